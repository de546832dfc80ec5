//! Tests from bytes to elements and rejects, with all block sizes and kernels.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::format_push_string, reason = "tests build sources piece by piece")]

mod columns;
mod cuts;
mod damaged;
mod examples;
mod limits;
mod lines;
mod pages;
mod parts;
mod peers;
mod rules;
mod samples;

use super::{JsonReader, ReaderOptions, first_elements};
use crate::leniency::Leniencies;
use crate::records::tests::{input, join_rejects, text, truncated_gzip};
use crate::records::{Block, LineCursor, line_ends};
use crate::reject::{Reject, RejectKind, RejectRef};
use crate::scan::Kernel;

/// Longer than any element or input of a test.
const AMPLE: usize = 1 << 20;

/// An undecoded element.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Element {
    number: u64,
    line: u64,
    offset: u64,
    raw: Vec<u8>,
}

/// Elements, the rejects' numbers, kinds and texts, and the leniencies.
type Reading = (Vec<String>, Vec<(u64, RejectKind, String)>, Vec<(&'static str, u64)>);

/// The content of a source. Parts of a reject are joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Split {
    elements: Vec<Element>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
    /// Number of bytes, if the test counts them.
    bytes: u64,
}

impl Split {
    /// Each element's text.
    fn read(&self) -> Vec<String> {
        self.elements.iter().map(|element| text(&element.raw)).collect()
    }

    /// Number, kind and raw bytes of each reject.
    fn rejected(&self) -> Vec<(u64, RejectKind, String)> {
        self.rejects.iter().map(|reject| (reject.record, reject.kind, text(&reject.raw))).collect()
    }

    fn used(&self) -> Vec<(&'static str, u64)> {
        self.leniencies.used().collect()
    }

    /// Without messages, which the rules do not specify.
    fn without_messages(mut self) -> Self {
        self.rejects.iter_mut().for_each(|reject| reject.message.clear());
        self
    }

    fn take(&mut self, block: &Block) {
        let mut lines = LineCursor::new(block.line);
        for span in &block.records {
            assert_eq!(span.last_end, span.first_end + 1, "an element is one field");
            assert_eq!(block.ends[span.first_end as usize], span.end);
            assert!(span.end as usize <= block.used && span.start < span.end);
            let line = lines.line_of(&block.bytes, span.start as usize);
            let raw = block.bytes[span.start as usize..span.end as usize].to_vec();
            self.elements.push(Element {
                number: span.number,
                line,
                offset: block.offset + u64::from(span.start),
                raw,
            });
        }
        join_rejects(&mut self.rejects, block);
        self.leniencies += block.leniencies;
    }
}

/// Splits a source, which may be compressed.
fn split(bytes: &[u8], options: ReaderOptions) -> Split {
    let mut reader = JsonReader::new(input(bytes), options);
    let mut split = Split::default();
    let mut block = Block::default();
    let (mut offset, mut line) = (0, 1);
    while reader.next_block(&mut block).unwrap() {
        assert_eq!((block.offset, block.line), (offset, line), "blocks are contiguous");
        offset += block.used as u64;
        line += line_ends(&block.bytes[..block.used], block.bytes[..block.filled].get(block.used).copied());
        split.take(&block);
        block = block.recycled();
    }
    assert_eq!(reader.offset(), offset);
    reader.finish().unwrap();
    assert!(!reader.next_block(&mut block).unwrap(), "a read after the end returns nothing");
    split
}

/// All combinations of kernels and block sizes.
fn every_cut(limit: usize, sizes: &[usize]) -> Vec<ReaderOptions> {
    let kernels = Kernel::available();
    let options = |&block_bytes: &usize| {
        let of = move |&kernel| ReaderOptions { block_bytes, max_record_bytes: limit, kernel };
        kernels.iter().map(of).collect::<Vec<_>>()
    };
    sizes.iter().flat_map(options).collect()
}

/// Splits `bytes` as one block, and checks that smaller blocks and all kernels give the same.
fn split_any(bytes: &[u8], limit: usize) -> Split {
    let mut cuts = every_cut(limit, &[AMPLE, 1, 2, 3, 5, 64, 100]).into_iter();
    let whole = split(bytes, cuts.next().unwrap());
    for cut in cuts {
        assert_eq!(split(bytes, cut), whole, "{cut:?}");
    }
    whole
}

/// Splits a text.
fn read(text: &str) -> Reading {
    let split = split_any(text.as_bytes(), AMPLE);
    (split.read(), split.rejected(), split.used())
}
