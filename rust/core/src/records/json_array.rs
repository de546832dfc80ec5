//! Reads a JSON source: arrays of elements, pages of them, or a sequence of values, in blocks of complete elements.

mod columns;
mod fast;
mod lines;
mod pages;
mod sample;
mod splitter;
mod walk;

#[cfg(test)]
mod tests;

pub use sample::first_elements;

use self::splitter::JsonSplitter;
use super::feed::Feed;
use super::{Block, Position, ReaderOptions};
use crate::error::Result;
use crate::leniency::Leniencies;
use crate::source::{Finish, Input};

/// Reads one JSON source.
pub struct JsonReader {
    feed: Feed,
    splitter: JsonSplitter,
    /// The source that was written column by column, if the feed reads the records of one.
    by_columns: Option<Box<Input>>,
    /// What was accepted in that source, until it is counted.
    uncounted: Leniencies,
}

impl JsonReader {
    /// A reader at the start of `input`.
    pub fn new(input: Input, options: ReaderOptions) -> Self {
        let splitter = JsonSplitter::new(options.kernel, options.max_record_bytes);
        let feed = Feed::new(input, options.block_bytes, options.max_record_bytes);
        Self { feed, splitter, by_columns: None, uncounted: Leniencies::default() }
    }

    /// A reader at the start of `input`, which may be written column by column, and its first elements.
    ///
    /// # Errors
    /// The input cannot be read, or is written column by column and too long to be held in memory.
    pub fn open(mut input: Input, options: ReaderOptions) -> Result<(Self, Vec<Vec<u8>>)> {
        let Some((mut records, uncounted)) = columns::by_columns(&mut input, options.max_record_bytes)? else {
            let elements = first_elements(&mut input, options)?;
            return Ok((Self::new(input, options), elements));
        };
        let elements = first_elements(&mut records, options)?;
        Ok((Self { by_columns: Some(Box::new(input)), uncounted, ..Self::new(records, options) }, elements))
    }

    /// A reader at a position after an element of the outermost array, or of JSON Lines if `lines`, where `input` is open.
    #[must_use]
    pub fn open_at(input: Input, options: ReaderOptions, lines: bool, position: Position) -> Self {
        let mut reader = Self::new(input, options);
        reader.feed.start_at(position);
        reader.splitter.start_after_element(lines, position.records);
        reader
    }

    /// Stops after the first element that ends at offset `stop` or after it, unless that is in a page or the source is written
    /// column by column; without one at the end of the source.
    pub fn stop_at(&mut self, stop: Option<u64>) {
        // Records assembled from columns have no position in the source.
        self.splitter.stop = stop.filter(|_| self.is_as_stored()).unwrap_or(u64::MAX);
        self.feed.resume();
    }

    /// The position after the elements that were read.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { offset: self.feed.offset, line: self.feed.line, records: self.splitter.records() }
    }

    /// Whether the source was read to its end.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.feed.is_done()
    }

    /// Whether the source is JSON Lines; known once elements were read.
    #[must_use]
    pub const fn is_of_lines(&self) -> bool {
        self.splitter.is_of_lines()
    }

    /// Whether the bytes that are read are those of the input: they are not if it is written column by column.
    #[must_use]
    pub const fn is_as_stored(&self) -> bool {
        self.by_columns.is_none()
    }

    /// Number of decompressed bytes split so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.feed.offset
    }

    /// Finishes the input: see [`Input::finish`].
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish(&mut self) -> Result<Finish> {
        self.by_columns.as_deref_mut().unwrap_or(&mut self.feed.input).finish()
    }

    /// Fills `block` with the next elements; returns false at the end of the source, or where it stops.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        let Self { feed, splitter, .. } = self;
        let found = feed.next_block(block, |block, end| splitter.split(block, end))?;
        block.leniencies += std::mem::take(&mut self.uncounted);
        Ok(found)
    }
}
