//! Reads an input into blocks. Bytes that a splitter leaves unused start the next block.

use super::checked::Checked;
use super::line_end::BufferEnd;
use super::{Block, LARGEST_KEPT, Position};
use crate::error::{Error, Result, UnsupportedKind};
use crate::source::Input;

/// Maximum size of a block, whose positions are 32-bit.
const MAX_BLOCK: usize = 1 << 31;

/// Feeds the blocks of one input to a splitter.
pub struct Feed {
    /// The input that is read.
    pub input: Input,
    /// Number of new bytes per block.
    pub block_bytes: usize,
    /// Maximum length of a record in bytes, without its line end.
    pub max_record_bytes: usize,
    /// Bytes that were read; those from `taken` on are not part of a block yet.
    pub pending: Vec<u8>,
    taken: usize,
    /// Byte offset of the next block in the decompressed source.
    pub offset: u64,
    /// Physical line at the start of the next block, from 1.
    pub line: u64,
    ended: bool,
    /// Whether the last byte read is a line end.
    ends_in_line_end: bool,
    progress: Progress,
}

/// Whether there are more blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Reading,
    /// The splitter stopped: see [`Feed::resume`].
    Stopped,
    /// All bytes were split.
    Done,
}

impl Feed {
    /// A feed at the start of `input`.
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
            progress: Progress::Reading,
        }
    }

    /// Reads on from `position`, at which `input` is open and before which there is a line end if the format needs one.
    pub const fn start_at(&mut self, position: Position) {
        self.offset = position.offset;
        self.line = position.line;
        self.ends_in_line_end = true;
    }

    /// Whether all bytes were split.
    pub const fn is_done(&self) -> bool {
        matches!(self.progress, Progress::Done)
    }

    /// Reads on where the splitter stopped.
    pub const fn resume(&mut self) {
        if matches!(self.progress, Progress::Stopped) {
            self.progress = Progress::Reading;
        }
    }

    /// Fills and splits `block`, reading more until `split` uses some bytes; returns false at the end of the input, or
    /// where `split` stopped.
    ///
    /// `split` appends the records of the filled bytes to the block, sets `block.used`, and returns whether it stops there.
    pub fn next_block(
        &mut self,
        block: &mut Block,
        mut split: impl FnMut(&mut Block, &BufferEnd) -> bool,
    ) -> Result<bool> {
        if self.progress != Progress::Reading {
            return Ok(false);
        }
        if self.pending.len() - self.taken > 2 * self.block_bytes && self.take_ahead(block, &mut split) {
            return Ok(true);
        }
        self.start_with_pending(block);
        // For a record longer than a block the size is doubled, so that splitting it again takes linear time.
        let mut more = self.block_bytes.max(block.filled);
        loop {
            // One byte beyond the limit shows that a record is too long; a second one shows whether a CR has an LF.
            let enough = (self.max_record_bytes + 2).saturating_sub(block.filled);
            more = more.min(enough.max(self.block_bytes));
            if block.filled + more > MAX_BLOCK {
                return Err(self.unsupported(UnsupportedKind::RecordTooLarge));
            }
            block.filled += self.read_more(&mut block.bytes, block.filled, more)?;
            let end = self.end();
            self.split(block, &end, &mut split);
            // A block without records, such as the middle of a huge reject, is returned too: its bytes are counted.
            if self.progress != Progress::Reading || block.used > 0 {
                self.keep_rest(block);
                return Ok(true);
            }
            more = self.block_bytes.max(block.filled);
        }
    }

    /// Fills `block` from bytes that were read ahead for a record longer than a block, in the usual steps, so that a
    /// block is no longer than its longest record requires. Returns false if all of them are needed.
    fn take_ahead(&mut self, block: &mut Block, split: &mut impl FnMut(&mut Block, &BufferEnd) -> bool) -> bool {
        let pending = std::mem::take(&mut self.pending);
        let ahead = &pending[self.taken..];
        let mut window = self.block_bytes.min(ahead.len());
        let taken = loop {
            fill(block, &ahead[..window]);
            let end = if window < ahead.len() { BufferEnd::More } else { self.end() };
            self.split(block, &end, split);
            if block.used > 0 || self.progress != Progress::Reading {
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

    /// Moves the pending bytes to the start of `block`.
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

    /// Keeps the unused bytes of `block` for the next one. The shorter of the used and the unused part is copied.
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

    fn split(&mut self, block: &mut Block, end: &BufferEnd, split: &mut impl FnMut(&mut Block, &BufferEnd) -> bool) {
        block.offset = self.offset;
        block.line = self.line;
        block.checked = Checked::default();
        let stops = split(block, end);
        let (used, filled) = (block.used, block.filled);
        self.line += block.checked.line_ends(&block.bytes[..filled], used);
        self.offset += used as u64;
        // A huge reject is emitted in parts, so the end of the input may take several blocks.
        self.progress = match stops {
            _ if end.is_last() && used == filled => Progress::Done,
            true => Progress::Stopped,
            false => Progress::Reading,
        };
    }

    /// What follows the bytes read so far.
    pub fn end(&self) -> BufferEnd {
        match (self.ended, self.input.truncated()) {
            (false, _) => BufferEnd::More,
            (true, None) => BufferEnd::Last,
            (true, Some(why)) => BufferEnd::Truncated(why.to_owned()),
        }
    }

    /// Whether the input has ended, is not truncated, and does not end with a line end.
    pub fn lacks_final_line_end(&self) -> bool {
        self.is_done() && self.input.truncated().is_none() && !self.ends_in_line_end
    }

    /// Reads up to `count` bytes of the input into `bytes` at `at`; returns the number read.
    pub fn read_more(&mut self, bytes: &mut Vec<u8>, at: usize, count: usize) -> Result<usize> {
        if bytes.len() < at + count {
            bytes.resize(at + count, 0);
        }
        let read = if self.ended { 0 } else { self.input.fill(&mut bytes[at..at + count])? };
        self.ended |= read < count && !self.input.is_failing();
        self.ends_in_line_end = match bytes[at..at + read].last() {
            Some(last) => matches!(last, b'\n' | b'\r'),
            None => self.ends_in_line_end,
        };
        Ok(read)
    }

    /// An error for this input.
    pub fn unsupported(&self, kind: UnsupportedKind) -> Error {
        Error::Unsupported { name: self.input.name().to_owned(), kind }
    }
}

/// Replaces the filled bytes of `block`.
fn fill(block: &mut Block, bytes: &[u8]) {
    block.filled = bytes.len();
    if block.bytes.len() < block.filled {
        block.bytes.resize(block.filled, 0);
    }
    block.bytes[..block.filled].copy_from_slice(bytes);
}
