//! From bytes to records and rejects: the exact rules, whatever the cut into blocks and whatever the kernel.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod contract;
mod cuts;
mod examples;
mod headers;
mod limits;
mod peers;
mod samples;
mod truncated;

use std::io::Cursor;

use super::{Block, CsvOptions, CsvReader, LineCursor, line_ends};
use crate::error::{Error, Result};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::{Reject, RejectKind};
use crate::scan::Kernel;
use crate::source::{Input, Options};

/// How a source is read.
#[derive(Clone, Copy, Debug)]
struct Cut {
    block: usize,
    limit: usize,
    kernel: Kernel,
}

/// Large enough for no record of a test to reach it, and for every input to be one block.
const AMPLE: usize = 1 << 20;

/// The whole input as one block, with no limit to speak of.
const WHOLE: Cut = Cut { block: AMPLE, limit: AMPLE, kernel: Kernel::Scalar };

/// A record with its fields as they stand in the source, quotes and all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    number: u64,
    line: u64,
    offset: u64,
    fields: Vec<Vec<u8>>,
}

impl Record {
    fn raw(&self) -> Vec<u8> {
        self.fields.join(&b',')
    }
}

/// All that a source gave; of a reject in parts, the parts joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Split {
    header: Vec<String>,
    records: Vec<Record>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
}

impl Split {
    /// Number and raw bytes of each record.
    fn read(&self) -> Vec<(u64, String)> {
        self.records.iter().map(|record| (record.number, text(&record.raw()))).collect()
    }

    /// Number, kind and raw bytes of each reject.
    fn rejected(&self) -> Vec<(u64, RejectKind, String)> {
        self.rejects.iter().map(|reject| (reject.record, reject.kind, text(&reject.raw))).collect()
    }

    fn take(&mut self, block: &Block) {
        let mut lines = LineCursor::new(block.line);
        for span in &block.records {
            let mut from = span.start as usize;
            let mut fields = Vec::new();
            for &end in &block.ends[span.first_end as usize..span.last_end as usize] {
                fields.push(block.bytes[from..end as usize].to_vec());
                from = end as usize + 1;
            }
            assert_eq!(from, span.end as usize + 1, "the last field ends where the record does");
            assert!((span.end as usize) <= block.used);
            let line = lines.line_of(&block.bytes, span.start as usize);
            self.records.push(Record {
                number: span.number,
                line,
                offset: block.offset + u64::from(span.start),
                fields,
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

fn open(bytes: &[u8], cut: Cut) -> Result<CsvReader> {
    CsvReader::open(
        input(bytes),
        CsvOptions { block_bytes: cut.block, max_record_bytes: cut.limit, kernel: cut.kernel },
    )
}

/// Reads stored (perhaps compressed) bytes to their end.
fn split(bytes: &[u8], cut: Cut) -> Split {
    let mut reader = open(bytes, cut).unwrap();
    let mut split = Split { header: reader.header().to_vec(), ..Split::default() };
    let mut block = Block::default();
    while reader.next_block(&mut block).unwrap() {
        split.take(&block);
        block = block.recycled();
    }
    reader.finish().unwrap();
    assert!(!reader.next_block(&mut block).unwrap(), "the end is the end");
    split
}

/// Every kernel over blocks of several sizes.
fn every_cut(limit: usize, sizes: &[usize]) -> Vec<Cut> {
    let kernels = Kernel::available();
    sizes.iter().flat_map(|&block| kernels.iter().map(move |&kernel| Cut { block, limit, kernel })).collect()
}

/// Reads `bytes` in one go, and makes sure that small blocks and every kernel give the same.
fn split_any(bytes: &[u8], limit: usize) -> Split {
    let whole = split(bytes, Cut { limit, ..WHOLE });
    for cut in every_cut(limit, &[1, 2, 3, 5, 64, 100, AMPLE]) {
        assert_eq!(split(bytes, cut), whole, "{cut:?}");
    }
    whole
}
