//! An input's bytes into blocks: what a splitter leaves open is the head of the next block.

use super::splitter::End;
use super::{Block, line_ends};
use crate::error::{Error, Result};
use crate::source::Input;

/// Blocks are addressed with 32 bits; a record and what is read beyond it stay well below.
const MAX_BLOCK: usize = 1 << 31;

/// Feeds one input to a splitter.
pub struct Feed {
    /// Where the bytes come from.
    pub input: Input,
    /// New bytes of a block.
    pub block_bytes: usize,
    /// Read but not yet part of a block.
    pub pending: Vec<u8>,
    /// Where the next block starts, in bytes of the decompressed source.
    pub offset: u64,
    /// The physical line that the next block starts on, from 1.
    pub line: u64,
    ended: bool,
    /// The last byte read so far ends a line.
    ends_in_line_end: bool,
    done: bool,
}

impl Feed {
    /// A feed that has read nothing yet, of blocks of `block_bytes` new bytes.
    pub const fn new(input: Input, block_bytes: usize) -> Self {
        Self {
            input,
            block_bytes,
            pending: Vec::new(),
            offset: 0,
            line: 1,
            ended: false,
            ends_in_line_end: false,
            done: false,
        }
    }

    /// Fills `block` and has it split, with more and more bytes until some are dealt with; false where there are none
    /// and never will be.
    ///
    /// `split` finds the records of what the block was filled with, sets `block.used`, and adds to what it has found.
    pub fn next_block(&mut self, block: &mut Block, mut split: impl FnMut(&mut Block, &End)) -> Result<bool> {
        if self.done {
            return Ok(false);
        }
        block.filled = self.pending.len();
        if block.bytes.len() < block.filled {
            block.bytes.resize(block.filled, 0);
        }
        block.bytes[..block.filled].copy_from_slice(&self.pending);
        self.pending.clear();
        // A record longer than a block: double what is at hand, so that reading it again stays linear.
        let mut more = self.block_bytes.max(block.filled);
        loop {
            if block.filled + more > MAX_BLOCK {
                return Err(self.unsupported("a record needs more than 2 GiB of memory; lower --max-record-bytes"));
            }
            block.filled += self.read_more(&mut block.bytes, block.filled, more)?;
            let end = self.end();
            block.offset = self.offset;
            block.line = self.line;
            split(block, &end);
            let (used, filled) = (block.used, block.filled);
            self.line += line_ends(&block.bytes[..used], block.bytes[..filled].get(used).copied());
            self.offset += used as u64;
            if end.is_last() {
                self.done = true;
                return Ok(true);
            }
            // Bytes that gave no record, such as the middle of a huge reject, are handed on too: their number is reported.
            if used > 0 {
                self.pending.extend_from_slice(&block.bytes[used..filled]);
                return Ok(true);
            }
            more = self.block_bytes.max(block.filled);
        }
    }

    /// What comes after the bytes read so far.
    pub fn end(&self) -> End {
        match (self.ended, self.input.truncated()) {
            (false, _) => End::More,
            (true, None) => End::Last,
            (true, Some(why)) => End::Truncated(why.to_owned()),
        }
    }

    /// The end was reached, it is no early one, and the last byte ends no line.
    pub fn lacks_final_line_end(&self) -> bool {
        self.done && self.input.truncated().is_none() && !self.ends_in_line_end
    }

    /// Reads up to `count` bytes of the source to the place `at`; gives how many there were.
    pub fn read_more(&mut self, bytes: &mut Vec<u8>, at: usize, count: usize) -> Result<usize> {
        if bytes.len() < at + count {
            bytes.resize(at + count, 0);
        }
        let read = self.input.fill(&mut bytes[at..at + count])?;
        self.ended |= read < count;
        self.ends_in_line_end = match bytes[at..at + read].last() {
            Some(last) => matches!(last, b'\n' | b'\r'),
            None => self.ends_in_line_end,
        };
        Ok(read)
    }

    /// The error that names this input.
    pub fn unsupported(&self, message: &str) -> Error {
        Error::Unsupported { name: self.input.name().to_owned(), message: message.to_owned() }
    }
}
