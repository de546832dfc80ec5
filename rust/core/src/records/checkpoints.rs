//! Positions at which a source may be divided, found in one pass that splits records and decodes none.

use super::{Block, Position, RecordReader};
use crate::error::Result;
use crate::source::Finish;

/// Reads a source and finds the first position at or after each multiple of a number of bytes.
pub struct Checkpoints {
    reader: RecordReader,
    every: u64,
    block: Block,
    /// The last position, until bytes of a record follow: there is no part without records, nor one that has only the reject
    /// of input that ends early.
    found: Option<Position>,
    done: bool,
}

impl Checkpoints {
    /// Finds positions with about `every` bytes between them. `reader` is at the first record of its source.
    #[must_use]
    pub fn new(reader: impl Into<RecordReader>, every: u64) -> Self {
        let mut reader = reader.into();
        // The records of a source that is written column by column have other offsets than its bytes.
        let is_as_stored = match &reader {
            RecordReader::Csv(_) => true,
            RecordReader::Json(reader) => reader.is_as_stored(),
        };
        let every = if is_as_stored { every.max(1) } else { u64::MAX };
        reader.stop_at(Some(every));
        Self { reader, every, block: Block::default(), found: None, done: false }
    }

    /// Reads one more block; returns the next position if it is known then.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn advance(&mut self) -> Result<Option<Position>> {
        if self.done {
            return Ok(None);
        }
        if self.reader.next_block(&mut self.block)? {
            self.block = std::mem::take(&mut self.block).recycled();
            return Ok(None);
        }
        let at = self.reader.position();
        let passed = self.found.filter(|found| at.records > found.records && at.offset > found.offset);
        if self.reader.is_at_end() {
            self.done = true;
            return Ok(passed);
        }
        if at.records > 0 && (self.found.is_none() || passed.is_some()) {
            self.found = Some(at);
        }
        let next = (at.offset / self.every).saturating_add(1).saturating_mul(self.every);
        self.reader.stop_at(Some(next));
        Ok(passed)
    }

    /// Whether all positions were found.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// The position that was reached: that of the end when all were found.
    #[must_use]
    pub fn position(&self) -> Position {
        self.reader.position()
    }

    /// Whether the source is JSON Lines; known once records were read.
    #[must_use]
    pub fn is_of_lines(&self) -> bool {
        matches!(&self.reader, RecordReader::Json(reader) if reader.is_of_lines())
    }

    /// Finishes the input: see [`Input::finish`](crate::source::Input::finish).
    ///
    /// # Errors
    /// As `Input::finish`.
    pub fn finish(&mut self) -> Result<Finish> {
        self.reader.finish()
    }
}
