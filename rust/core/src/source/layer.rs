//! The input of a decoder: the stored bytes, or the output of another decoder.

use crate::error::{DamageKind, Error, Result, UnsupportedKind};

/// A buffered stream of bytes, consumed explicitly so that a decoder can leave the bytes after its end in place.
pub(super) trait ByteSource {
    /// The input, as the user named it.
    fn name(&self) -> &str;

    /// Number of stored bytes consumed, to locate a fault.
    fn position(&self) -> u64;

    /// The buffered bytes, filled by one read if empty; empty at the end.
    fn block(&mut self) -> Result<&[u8]>;

    /// Drops `count` bytes from the front of the block.
    fn consume(&mut self, count: usize);

    /// Skips zero padding, as tapes and block devices add; gives the byte after it, which stays, or none at the end.
    fn skip_padding(&mut self) -> Result<Option<u8>> {
        loop {
            let block = self.block()?;
            let zeros = block.iter().take_while(|&&byte| byte == 0).count();
            let next = block.get(zeros).copied();
            if next.is_some() || block.is_empty() {
                self.consume(zeros);
                return Ok(next);
            }
            self.consume(zeros);
        }
    }

    /// The error for corrupt data at the current position.
    fn corrupt(&self, fault: &str) -> Error {
        let kind = DamageKind::Corrupt(fault.to_owned());
        Error::Damaged { name: self.name().to_owned(), kind, position: Some(self.position()) }
    }
}

/// The error for a damaged input without a position.
pub(super) fn damaged(name: &str, kind: DamageKind) -> Error {
    Error::Damaged { name: name.to_owned(), kind, position: None }
}

/// The error for a valid input that cannot be read.
pub(super) fn unsupported(name: &str, kind: UnsupportedKind) -> Error {
    Error::Unsupported { name: name.to_owned(), kind }
}

/// A source limited to its next `left` bytes.
pub(super) struct Limited<'a, S> {
    pub(super) source: &'a mut S,
    pub(super) left: u64,
    pub(super) taken: u64,
}

impl<S: ByteSource> ByteSource for Limited<'_, S> {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn position(&self) -> u64 {
        self.source.position()
    }

    fn block(&mut self) -> Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let block = self.source.block()?;
        Ok(&block[..block.len().min(narrow(self.left))])
    }

    fn consume(&mut self, count: usize) {
        self.source.consume(count);
        self.left = self.left.saturating_sub(count as u64);
        self.taken += count as u64;
    }
}

/// Converts a count to an index, saturating on 32-bit targets.
pub(super) fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
