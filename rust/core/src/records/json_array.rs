//! Reads a JSON source: the elements of one array, or a sequence of values, in blocks of complete elements.

mod fast;
mod lines;
mod sample;
mod splitter;
mod walk;

#[cfg(test)]
mod tests;

pub use sample::first_elements;

use self::splitter::JsonSplitter;
use super::feed::Feed;
use super::{Block, ReaderOptions};
use crate::error::Result;
use crate::source::{Finish, Input};

/// Reads one JSON source.
pub struct JsonReader {
    feed: Feed,
    splitter: JsonSplitter,
}

impl JsonReader {
    /// A reader at the start of `input`.
    pub fn new(input: Input, options: ReaderOptions) -> Self {
        let splitter = JsonSplitter::new(options.kernel, options.max_record_bytes);
        Self { feed: Feed::new(input, options.block_bytes, options.max_record_bytes), splitter }
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
        self.feed.input.finish()
    }

    /// Fills `block` with the next elements; returns false at the end of the source.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        let Self { feed, splitter } = self;
        feed.next_block(block, |block, end| splitter.split(block, end))
    }
}
