//! From bytes to elements and rejects: the exact rules, whatever the cut into blocks and whatever the kernel.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::format_push_string, reason = "sources are written piece by piece, and speed is no concern here")]

mod cuts;
mod damaged;
mod examples;
mod limits;
mod lines;
mod peers;
mod rules;
mod samples;

use std::io::{Cursor, Write};

use super::{JsonOptions, JsonReader, first_elements};
use crate::leniency::Leniencies;
use crate::records::{Block, LineCursor, line_ends};
use crate::reject::{Reject, RejectKind};
use crate::scan::Kernel;
use crate::source::{Input, Options};

/// Large enough for no element of a test to reach it, and for every input to be one block.
const AMPLE: usize = 1 << 20;

/// An element as it stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Element {
    number: u64,
    line: u64,
    offset: u64,
    raw: Vec<u8>,
}

/// Elements, the rejects' numbers, kinds and texts, and the leniencies.
type Reading = (Vec<String>, Vec<(u64, RejectKind, String)>, Vec<(&'static str, u64)>);

/// All that a source gave; of a reject in parts, the parts joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Split {
    elements: Vec<Element>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
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

    /// Without what the rules do not fix.
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
        for reject in &block.rejects {
            match self.rejects.last_mut() {
                Some(last) if last.more => {
                    assert_eq!(
                        (last.record, last.line, last.offset, last.kind),
                        (reject.record, reject.line, reject.offset, reject.kind),
                        "parts of one reject"
                    );
                    last.raw.extend_from_slice(&reject.raw);
                    last.more = reject.more;
                }
                _ => self.rejects.push(reject.clone()),
            }
        }
        self.leniencies += block.leniencies;
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn input(bytes: &[u8]) -> Input {
    Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", Options::default()).unwrap()
}

/// `bytes` as a gzip stream that was cut off just behind them.
fn cut_off(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.flush().unwrap();
    encoder.get_ref().clone()
}

/// Reads stored (perhaps compressed) bytes to their end.
fn split(bytes: &[u8], options: JsonOptions) -> Split {
    let mut reader = JsonReader::open(input(bytes), options).unwrap();
    let mut split = Split::default();
    let mut block = Block::default();
    let (mut offset, mut line) = (0, 1);
    while reader.next_block(&mut block).unwrap() {
        assert_eq!((block.offset, block.line), (offset, line), "blocks follow one another");
        offset += block.used as u64;
        line += line_ends(&block.bytes[..block.used], block.bytes[..block.filled].get(block.used).copied());
        split.take(&block);
        block = block.recycled();
    }
    assert_eq!(reader.offset(), offset);
    reader.finish().unwrap();
    assert!(!reader.next_block(&mut block).unwrap(), "the end is the end");
    split
}

/// Every kernel over blocks of several sizes.
fn every_cut(limit: usize, sizes: &[usize]) -> Vec<JsonOptions> {
    let kernels = Kernel::available();
    let options = |&block_bytes: &usize| {
        let of = move |&kernel| JsonOptions { block_bytes, max_record_bytes: limit, kernel };
        kernels.iter().map(of).collect::<Vec<_>>()
    };
    sizes.iter().flat_map(options).collect()
}

/// Reads `bytes` in one go, and makes sure that small blocks and every kernel give the same.
fn split_any(bytes: &[u8], limit: usize) -> Split {
    let mut cuts = every_cut(limit, &[AMPLE, 1, 2, 3, 5, 64, 100]).into_iter();
    let whole = split(bytes, cuts.next().unwrap());
    for cut in cuts {
        assert_eq!(split(bytes, cut), whole, "{cut:?}");
    }
    whole
}

/// The elements, kinds and texts of the rejects, and leniencies that `text` gives.
fn read(text: &str) -> Reading {
    let split = split_any(text.as_bytes(), AMPLE);
    (split.read(), split.rejected(), split.used())
}
