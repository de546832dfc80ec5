//! Splits blocks of bytes into complete records with their number, line and byte offset.
//!
//! A source may be read in parts: a reader may start at a [`Position`] and stop at another one. A position is a place where
//! nothing of the source before it is needed: in CSV the start of a line that is not in a record or a reject, in JSON the end of
//! an element of the outermost array or of JSON Lines. A reader stops at the first such place at or after the offset that it is
//! given, so the parts between any positions together give the records, rejects, leniencies and bytes of the whole. It looks
//! past that offset where it must, such as for the closing quote of a record.
//!
//! [`RecordReader`] reads either format into [`Block`]s: CSV records of several fields, or JSON elements, which are records
//! of one field. Any division of the input into blocks gives the same records.

mod checked;
mod checkpoints;
mod csv;
mod exact;
mod feed;
mod fields;
mod json_array;
mod line_end;
mod oversized;
mod probe;
mod quotes;
mod resync;
mod splitter;

#[cfg(test)]
mod tests;

pub use checked::Checked;
pub use checkpoints::Checkpoints;
pub use csv::{CsvHeader, CsvReader, SampledCell};
pub use fields::Fields;
pub use json_array::{JsonReader, first_elements};
pub use probe::{probe_csv, probe_json};

use crate::error::Result;
use crate::leniency::Leniencies;
use crate::reject::Rejects;
use crate::scan::Kernel;
pub use crate::scan::line_ends;
use crate::source::Finish;

/// Options of a reader.
#[derive(Clone, Copy, Debug)]
pub struct ReaderOptions {
    /// Number of new bytes per block; a block also has the incomplete record of the previous one.
    pub block_bytes: usize,
    /// Maximum length of a record in bytes, without its line end.
    pub max_record_bytes: usize,
    /// The kernel that computes masks.
    pub kernel: Kernel,
}

/// Reads a source of either format.
pub enum RecordReader {
    /// CSV: a record has as many fields as the header.
    Csv(Box<CsvReader>),
    /// JSON: a record is one element with one field.
    Json(Box<JsonReader>),
}

impl RecordReader {
    /// Number of fields of a record.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Csv(reader) => reader.header().len(),
            Self::Json(_) => 1,
        }
    }

    /// Whether all names of a CSV header are quoted.
    #[must_use]
    pub const fn is_header_quoted(&self) -> bool {
        match self {
            Self::Csv(reader) => reader.is_header_quoted(),
            Self::Json(_) => false,
        }
    }

    /// Fills `block` with the next records; returns false at the end of the source, or where it stops.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        match self {
            Self::Csv(reader) => reader.next_block(block),
            Self::Json(reader) => reader.next_block(block),
        }
    }

    /// Stops at the first position at offset `stop` or after it; without one at the end of the source.
    pub fn stop_at(&mut self, stop: Option<u64>) {
        match self {
            Self::Csv(reader) => reader.stop_at(stop),
            Self::Json(reader) => reader.stop_at(stop),
        }
    }

    /// The position after the records that were read.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Csv(reader) => reader.position(),
            Self::Json(reader) => reader.position(),
        }
    }

    /// Whether the source was read to its end.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        match self {
            Self::Csv(reader) => reader.is_at_end(),
            Self::Json(reader) => reader.is_at_end(),
        }
    }

    /// Finishes the input: see [`Input::finish`].
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish(&mut self) -> Result<Finish> {
        match self {
            Self::Csv(reader) => reader.finish(),
            Self::Json(reader) => reader.finish(),
        }
    }
}

impl From<CsvReader> for RecordReader {
    fn from(reader: CsvReader) -> Self {
        Self::Csv(Box::new(reader))
    }
}

impl From<JsonReader> for RecordReader {
    fn from(reader: JsonReader) -> Self {
        Self::Json(Box::new(reader))
    }
}

/// A place in a source where a reader may start or stop: see the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Byte offset in the decompressed source.
    pub offset: u64,
    /// The physical line there, from 1.
    pub line: u64,
    /// Number of records before it, rejected ones included.
    pub records: u64,
}

/// An offset of the source as a position in `block`, or the nearest one.
fn position_in_block(offset: u64, block: &Block) -> usize {
    usize::try_from(offset.saturating_sub(block.offset)).unwrap_or(usize::MAX)
}

/// One record of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Number of the record in its source, from 1.
    pub number: u64,
    /// Position of its first byte in the block.
    pub start: u32,
    /// One past its last byte, without the line end or the white space around a JSON element.
    pub end: u32,
    /// Where its fields are: `ends[first_end..last_end]` of the block.
    pub first_end: u32,
    /// See `first_end`.
    pub last_end: u32,
}

/// Complete records of one source in order, and the rejects among them.
#[derive(Debug, Default)]
pub struct Block {
    /// Index of the source in the run.
    pub source: usize,
    /// Number of records in the sources before this one.
    pub preceding: u64,
    /// Number of pool permits the block takes: see [`crate::pipeline`].
    pub weight: usize,
    /// The records' bytes, followed by bytes of the next block and, from `filled` on, by stale bytes.
    pub bytes: Vec<u8>,
    /// Number of bytes read into `bytes`.
    pub filled: usize,
    /// The records.
    pub records: Vec<Span>,
    /// Where the fields of the records are: see [`Fields`].
    pub ends: Vec<u32>,
    /// Whether `ends` lists only the fields that are not empty.
    pub is_sparse: bool,
    /// Records rejected by the splitter, in order.
    pub rejects: Rejects,
    /// Byte offset of the block in the decompressed source.
    pub offset: u64,
    /// Physical line at the start of the block, from 1.
    pub line: u64,
    /// Number of bytes that belong to this block.
    pub used: usize,
    /// What else is known of its bytes.
    pub checked: Checked,
    /// Number of bytes of the header, counted with the first block.
    pub header_bytes: u64,
    /// Leniencies of the splitter.
    pub leniencies: Leniencies,
    /// What was decoded of it, if its output comes in parts.
    pub decoded: DecodedPart,
}

/// Where decoding a block goes on: the numbers of records and rejects that were decoded.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecodedPart {
    /// Of [`Block::records`].
    pub records: usize,
    /// Of [`Block::rejects`].
    pub rejects: usize,
}

/// Maximum number of records and rejects of a block. Ordinary blocks have a tenth of it; it bounds the memory of records
/// of a few bytes, which is many times their own.
pub(crate) const MOST_RECORDS: usize = 1 << 17;

/// Larger buffers are freed and not reused, since a huge record is rare.
pub(crate) const LARGEST_KEPT: usize = 1 << 23;

impl Block {
    /// Whether it takes no more records.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.records.len() + self.rejects.len() >= MOST_RECORDS
    }

    /// Whether all of its output was taken.
    #[must_use]
    pub fn is_decoded(&self) -> bool {
        self.decoded.records == self.records.len()
    }

    /// The number of its last record in the source; `None` if no record ends in it.
    #[must_use]
    pub fn last_number(&self) -> Option<u64> {
        let record = self.records.last().map(|span| span.number);
        record.max(self.rejects.last_record())
    }

    /// Whether the bytes of its records are UTF-8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.checked.is_utf8(&self.bytes, self.used)
    }

    /// Clears the block for reuse. Its bytes are kept, since a larger buffer would have to be zeroed.
    #[must_use]
    pub fn recycled(mut self) -> Self {
        if self.bytes.len() > LARGEST_KEPT {
            self.bytes = Vec::new();
        }
        self.records.clear();
        self.ends.clear();
        Self { bytes: self.bytes, records: self.records, ends: self.ends, ..Self::default() }
    }
}

/// Counts physical lines in a single pass over a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineCursor {
    at: usize,
    line: u64,
}

impl LineCursor {
    /// A cursor at the start of a block that starts on `line`.
    #[must_use]
    pub const fn new(line: u64) -> Self {
        Self { at: 0, line }
    }

    /// The physical line of the byte at `at`, which must not precede the previous one.
    pub fn line_of(&mut self, bytes: &[u8], at: usize) -> u64 {
        self.line += line_ends(&bytes[self.at..at], bytes.get(at).copied());
        self.at = at;
        self.line
    }
}
