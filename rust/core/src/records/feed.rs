//! An input's bytes into blocks: what a splitter leaves open is the head of the next block.

use super::splitter::End;
use super::{Block, LARGEST_KEPT, line_ends};
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
    /// Longest record, in bytes without its line end.
    pub max_record_bytes: usize,
    /// Read but, from `taken` on, not yet part of a block.
    pub pending: Vec<u8>,
    taken: usize,
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
    /// A feed that has read nothing yet, of blocks of `block_bytes` new bytes and records of at most `max_record_bytes`.
    pub const fn new(input: Input, block_bytes: usize, max_record_bytes: usize) -> Self {
        Self {
            input,
            block_bytes,
            max_record_bytes,
            pending: Vec::new(),
            taken: 0,
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
        if self.pending.len() - self.taken > 2 * self.block_bytes && self.take_ahead(block, &mut split) {
            return Ok(true);
        }
        self.start_with_pending(block);
        // A record longer than a block: double what is at hand, so that reading it again stays linear.
        let mut more = self.block_bytes.max(block.filled);
        loop {
            // One byte more than the limit tells that a record is too long, another one the form of its line end.
            let enough = (self.max_record_bytes + 2).saturating_sub(block.filled);
            more = more.min(enough.max(self.block_bytes));
            if block.filled + more > MAX_BLOCK {
                return Err(self.unsupported("a record needs more than 2 GiB of memory; lower --max-record-bytes"));
            }
            block.filled += self.read_more(&mut block.bytes, block.filled, more)?;
            let end = self.end();
            self.split(block, &end, &mut split);
            // Bytes that gave no record, such as the middle of a huge reject, are handed on too: their number is reported.
            if self.done || block.used > 0 {
                self.keep_rest(block);
                return Ok(true);
            }
            more = self.block_bytes.max(block.filled);
        }
    }

    /// Fills `block` from what was read ahead for a record longer than a block, cut as if it had not been read yet, so
    /// that a block is never longer than its longest record asks for; false where that takes more bytes than there are.
    fn take_ahead(&mut self, block: &mut Block, split: &mut impl FnMut(&mut Block, &End)) -> bool {
        let pending = std::mem::take(&mut self.pending);
        let ahead = &pending[self.taken..];
        let mut window = self.block_bytes.min(ahead.len());
        let taken = loop {
            fill(block, &ahead[..window]);
            let end = if window < ahead.len() { End::More } else { self.end() };
            self.split(block, &end, split);
            if block.used > 0 || self.done {
                break true;
            }
            if window == ahead.len() {
                break false;
            }
            window = (2 * window).min(ahead.len());
        };
        self.taken += block.used;
        self.pending = pending;
        taken
    }

    /// Puts what was read already at the start of `block`.
    fn start_with_pending(&mut self, block: &mut Block) {
        if self.pending.len() - self.taken > LARGEST_KEPT {
            self.pending.drain(..self.taken);
            block.bytes = std::mem::take(&mut self.pending);
            block.filled = block.bytes.len();
        } else {
            fill(block, &self.pending[self.taken..]);
            self.pending.clear();
            self.pending.shrink_to(LARGEST_KEPT);
        }
        self.taken = 0;
    }

    /// Keeps what `block` did not use for the next one: of the two, the shorter part is copied.
    fn keep_rest(&mut self, block: &mut Block) {
        let (used, filled) = (block.used, block.filled);
        if filled - used > used.max(self.block_bytes) {
            self.pending.extend_from_slice(&block.bytes[..used]);
            std::mem::swap(&mut self.pending, &mut block.bytes);
            self.pending.truncate(filled);
            self.taken = used;
            block.filled = used;
        } else {
            self.pending.extend_from_slice(&block.bytes[used..filled]);
        }
    }

    fn split(&mut self, block: &mut Block, end: &End, split: &mut impl FnMut(&mut Block, &End)) {
        block.offset = self.offset;
        block.line = self.line;
        split(block, end);
        let (used, filled) = (block.used, block.filled);
        self.line += line_ends(&block.bytes[..used], block.bytes[..filled].get(used).copied());
        self.offset += used as u64;
        // A huge reject is handed on in parts, at the end of the input too.
        self.done = end.is_last() && used == filled;
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
        let read = if self.ended { 0 } else { self.input.fill(&mut bytes[at..at + count])? };
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

/// Makes `bytes` all that `block` is filled with.
fn fill(block: &mut Block, bytes: &[u8]) {
    block.filled = bytes.len();
    if block.bytes.len() < block.filled {
        block.bytes.resize(block.filled, 0);
    }
    block.bytes[..block.filled].copy_from_slice(bytes);
}
