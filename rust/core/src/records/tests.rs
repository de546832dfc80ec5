//! Tests from bytes to records and rejects, with all block sizes and kernels.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cuts;
mod examples;
mod headers;
mod limits;
mod parts;
mod peers;
mod probe;
mod rules;
mod sampled;
mod samples;
mod separators;
mod truncated;

use std::io::{Cursor, Write};

use super::{Block, CsvReader, Fields, LineCursor, ReaderOptions, line_ends};
use crate::error::{Error, Result, UnsupportedKind};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::{Reject, RejectKind, RejectRef};
use crate::scan::Kernel;
use crate::source::{Input, Options};

/// Options to read a source with.
#[derive(Clone, Copy, Debug)]
struct Cut {
    block: usize,
    limit: usize,
    kernel: Kernel,
}

/// Longer than any record or input of a test.
const AMPLE: usize = 1 << 20;

/// Options that read the whole input as one block.
const WHOLE: Cut = Cut { block: AMPLE, limit: AMPLE, kernel: Kernel::Scalar };

/// A record with its undecoded fields.
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

/// The content of a source. Parts of a reject are joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Split {
    header: Vec<String>,
    records: Vec<Record>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
    /// Number of bytes, if the test counts them.
    bytes: u64,
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
            let found = Fields::of(block, *span);
            let text = |column| {
                let (start, end) = found.range(span.start, column).unwrap_or_default();
                block.bytes[start as usize..end as usize].to_vec()
            };
            let fields: Vec<_> = (0..found.count()).map(text).collect();
            let length = fields.iter().map(|field| field.len() + 1).sum::<usize>();
            assert_eq!(span.start as usize + length, span.end as usize + 1, "the last field ends with the record");
            assert!((span.end as usize) <= block.used);
            let line = lines.line_of(&block.bytes, span.start as usize);
            self.records.push(Record {
                number: span.number,
                line,
                offset: block.offset + u64::from(span.start),
                fields,
            });
        }
        join_rejects(&mut self.rejects, block);
        self.leniencies += block.leniencies;
    }
}

/// Appends the rejects of a block, joining the parts of one reject.
pub(super) fn join_rejects(rejects: &mut Vec<Reject>, block: &Block) {
    for reject in block.rejects.iter().map(RejectRef::to_reject) {
        match rejects.last_mut() {
            Some(last) if last.more => {
                assert_eq!(
                    (last.record, last.line, last.offset, last.kind),
                    (reject.record, reject.line, reject.offset, reject.kind),
                    "parts of one reject"
                );
                last.raw.extend_from_slice(&reject.raw);
                last.more = reject.more;
            }
            _ => rejects.push(reject),
        }
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The kind of an error for an unsupported input.
fn kind(error: Error) -> UnsupportedKind {
    match error {
        Error::Unsupported { kind, .. } => kind,
        other => panic!("{other}"),
    }
}

pub(super) fn input(bytes: &[u8]) -> Input {
    Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", Options::default()).unwrap()
}

fn open(bytes: &[u8], cut: Cut) -> Result<CsvReader> {
    CsvReader::open(
        input(bytes),
        ReaderOptions { block_bytes: cut.block, max_record_bytes: cut.limit, kernel: cut.kernel },
    )
}

/// `bytes` as a gzip stream that is truncated after them.
pub(super) fn truncated_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.flush().unwrap();
    encoder.get_ref().clone()
}

/// Splits a source, which may be compressed.
fn split(bytes: &[u8], cut: Cut) -> Split {
    collected(open(bytes, cut).unwrap())
}

/// All that a reader returns.
fn collected(mut reader: CsvReader) -> Split {
    let mut split = Split { header: reader.header().to_vec(), ..Split::default() };
    let mut block = Block::default();
    while reader.next_block(&mut block).unwrap() {
        split.take(&block);
        block = block.recycled();
    }
    reader.finish().unwrap();
    assert!(!reader.next_block(&mut block).unwrap(), "a read after the end returns nothing");
    split
}

/// All combinations of kernels and block sizes.
fn every_cut(limit: usize, sizes: &[usize]) -> Vec<Cut> {
    let kernels = Kernel::available();
    sizes.iter().flat_map(|&block| kernels.iter().map(move |&kernel| Cut { block, limit, kernel })).collect()
}

/// Splits `bytes` as one block, and checks that smaller blocks and all kernels give the same.
fn split_any(bytes: &[u8], limit: usize) -> Split {
    let whole = split(bytes, Cut { limit, ..WHOLE });
    for cut in every_cut(limit, &[1, 2, 3, 5, 64, 100, AMPLE]) {
        assert_eq!(split(bytes, cut), whole, "{cut:?}");
    }
    whole
}
