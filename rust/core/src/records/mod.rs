//! Blocks of bytes into whole records, with their number, line and byte offset.

mod csv;
mod exact;
mod feed;
mod growing;
mod json_array;
mod resync;
mod splitter;

#[cfg(test)]
mod tests;

pub use csv::{CsvOptions, CsvReader};
pub use json_array::{JsonOptions, JsonReader, first_elements};
pub(crate) use resync::has_width;

use crate::error::Result;
use crate::leniency::Leniencies;
use crate::reject::Reject;
use crate::source::{Finish, Input};

/// Reads one source, whatever its format.
pub enum RecordReader {
    /// CSV: a record has as many fields as the header, or it is rejected.
    Csv(CsvReader),
    /// JSON: a record is one element, its only field.
    Json(JsonReader),
}

impl RecordReader {
    /// The names of the columns, as they stand; JSON has none.
    #[must_use]
    pub fn header(&self) -> &[String] {
        match self {
            Self::Csv(reader) => reader.header(),
            Self::Json(reader) => reader.header(),
        }
    }

    /// Fields of a record.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Csv(reader) => reader.header().len(),
            Self::Json(_) => 1,
        }
    }

    /// Where the bytes come from.
    #[must_use]
    pub const fn input(&self) -> &Input {
        match self {
            Self::Csv(reader) => reader.input(),
            Self::Json(reader) => reader.input(),
        }
    }

    /// Fills `block` with the next records; false where there are none and never will be.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        match self {
            Self::Csv(reader) => reader.next_block(block),
            Self::Json(reader) => reader.next_block(block),
        }
    }

    /// What the end of the source tells: see [`Input::finish`].
    ///
    /// # Errors
    /// Where the source changed while it was read, or its rest cannot be read.
    pub fn finish(&mut self) -> Result<Finish> {
        match self {
            Self::Csv(reader) => reader.finish(),
            Self::Json(reader) => reader.finish(),
        }
    }
}

impl From<CsvReader> for RecordReader {
    fn from(reader: CsvReader) -> Self {
        Self::Csv(reader)
    }
}

impl From<JsonReader> for RecordReader {
    fn from(reader: JsonReader) -> Self {
        Self::Json(reader)
    }
}

/// One record of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its number in its source, from 1.
    pub number: u64,
    /// Its first byte in the block.
    pub start: u32,
    /// One past its last byte; the line end, or the white space around a JSON element, is not part of it.
    pub end: u32,
    /// Its field ends are `ends[first_end..last_end]` of the block.
    pub first_end: u32,
    /// See `first_end`.
    pub last_end: u32,
}

/// Whole records of one source, in order, and what was rejected among them.
#[derive(Debug, Default)]
pub struct Block {
    /// The source's place among the run's sources.
    pub source: usize,
    /// For how many blocks a long one counts: see [`crate::pipeline`].
    pub shares: usize,
    /// The records' bytes, and perhaps the head of the next block's; past `filled`, what an earlier block left.
    pub bytes: Vec<u8>,
    /// How many of `bytes` were read.
    pub filled: usize,
    /// The records.
    pub records: Vec<Span>,
    /// One past the last byte of each field of each record.
    pub ends: Vec<u32>,
    /// What the splitting itself rejected, in order.
    pub rejects: Vec<Reject>,
    /// Where `bytes` starts, in bytes of the decompressed source.
    pub offset: u64,
    /// The physical line `bytes` starts on, from 1.
    pub line: u64,
    /// Bytes of `bytes` that belong to this block.
    pub used: usize,
    /// Bytes before this block that belong to no other: the header's.
    pub header_bytes: u64,
    /// What was read although it is not canonical.
    pub leniencies: Leniencies,
}

/// What one huge record needed is not kept for the small ones after it.
pub(crate) const LARGEST_KEPT: usize = 1 << 23;

impl Block {
    /// An empty block that reuses the memory of an old one; its bytes stay, so that they need not be zeroed again.
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

/// Counts physical lines forward through a block, each byte once.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineCursor {
    at: usize,
    line: u64,
}

impl LineCursor {
    /// A cursor at the start of a block whose first byte is on `line`.
    #[must_use]
    pub const fn new(line: u64) -> Self {
        Self { at: 0, line }
    }

    /// The physical line of the byte at `at`, which is not before the last one asked for.
    pub fn line_of(&mut self, bytes: &[u8], at: usize) -> u64 {
        self.line += line_ends(&bytes[self.at..at], bytes.get(at).copied());
        self.at = at;
        self.line
    }
}

/// How many line ends `bytes` holds; `next` is the byte after it, since a CR before an LF ends no line of its own.
#[must_use]
pub fn line_ends(bytes: &[u8], next: Option<u8>) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    let lone = memchr::memchr_iter(b'\r', bytes)
        .filter(|&at| bytes.get(at + 1).copied().or(if at + 1 == bytes.len() { next } else { None }) != Some(b'\n'))
        .count();
    (feeds + lone) as u64
}
