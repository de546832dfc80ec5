//! A JSON source: the elements of one array, or values one after the other; block after block of whole elements.

mod fast;
mod lines;
mod sample;
mod splitter;
mod walk;

#[cfg(test)]
mod tests;

pub use sample::first_elements;

use self::splitter::JsonSplitter;
use super::Block;
use super::feed::Feed;
use crate::error::Result;
use crate::scan::Kernel;
use crate::source::{Finish, Input};

/// How a JSON source is read.
#[derive(Clone, Copy, Debug)]
pub struct JsonOptions {
    /// New bytes of a block; a block also holds what the one before left open.
    pub block_bytes: usize,
    /// Longest element, in bytes.
    pub max_record_bytes: usize,
    /// How the masks are computed.
    pub kernel: Kernel,
}

/// Reads one source.
pub struct JsonReader {
    feed: Feed,
    splitter: JsonSplitter,
}

impl JsonReader {
    /// A reader at the start of its source; nothing is read as yet.
    ///
    /// # Errors
    /// None so far; it is fallible as opening a CSV source is.
    pub fn open(input: Input, options: JsonOptions) -> Result<Self> {
        let splitter = JsonSplitter::new(options.kernel, options.max_record_bytes);
        Ok(Self { feed: Feed::new(input, options.block_bytes, options.max_record_bytes), splitter })
    }

    /// The names of the columns: none, since a record is one JSON value.
    #[must_use]
    pub const fn header(&self) -> &[String] {
        &[]
    }

    /// Where the bytes come from.
    #[must_use]
    pub const fn input(&self) -> &Input {
        &self.feed.input
    }

    /// Bytes of the decompressed source that were dealt with.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.feed.offset
    }

    /// What the end of the source tells: see [`Input::finish`].
    ///
    /// # Errors
    /// Where the source changed while it was read, or its rest cannot be read.
    pub fn finish(&mut self) -> Result<Finish> {
        self.feed.input.finish()
    }

    /// Fills `block` with the next elements; false where there are none and never will be.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        let Self { feed, splitter } = self;
        feed.next_block(block, |block, end| splitter.split(block, end))
    }
}
