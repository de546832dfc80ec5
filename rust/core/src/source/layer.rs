//! What a decoder takes its bytes from: the stored bytes themselves, or what an outer decoder gives.

use crate::error::{Error, Result};

/// A buffered stream of bytes. Nothing counts as consumed before a decoder says so, so that a decoder that reaches
/// its end leaves what follows in place.
pub(super) trait Source {
    /// The input, as the user named it.
    fn name(&self) -> &str;

    /// Stored bytes consumed so far, to say where a fault lies.
    fn position(&self) -> u64;

    /// The buffered bytes, after one read if there are none; empty at the end.
    fn block(&mut self) -> Result<&[u8]>;

    /// Takes `count` bytes off the front of the block.
    fn consume(&mut self, count: usize);

    /// An error that says what is wrong with the bytes, where, and what to do.
    fn damaged(&self, fault: &str) -> Error {
        damaged(self.name(), &format!("{fault}, near stored byte {}; download it again", self.position()))
    }
}

/// The bytes are not what they should be.
pub(super) fn damaged(name: &str, message: &str) -> Error {
    Error::Damaged { name: name.to_owned(), message: message.to_owned() }
}

/// The bytes are sound, but not something that is read here.
pub(super) fn unsupported(name: &str, message: String) -> Error {
    Error::Unsupported { name: name.to_owned(), message }
}

/// The next `left` bytes of a source, as if nothing followed.
pub(super) struct Limited<'a, S> {
    pub(super) source: &'a mut S,
    pub(super) left: u64,
    pub(super) taken: u64,
}

impl<S: Source> Source for Limited<'_, S> {
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

/// A count as an index; on a 32-bit machine no buffer reaches the counts that do not fit.
pub(super) fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Guards against bytes made to swell without end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// Bytes that are given whatever the ratio.
    pub(super) floor: u64,
    /// The most bytes given per stored byte; 0 for no guard.
    pub(super) ratio: u64,
}

impl Guard {
    /// Fails if `given` bytes are too many for the stored bytes that were consumed for them.
    pub(super) fn check(self, source: &impl Source, given: u64) -> Result<()> {
        let stored = source.position();
        if self.ratio == 0 || given <= self.floor || given <= stored.saturating_mul(self.ratio) {
            return Ok(());
        }
        let ratio = self.ratio;
        Err(damaged(
            source.name(),
            &format!(
                "{stored} compressed bytes became {given}, more than {ratio} for one, as in a decompression bomb; \
                 if the file can be trusted, decompress it first"
            ),
        ))
    }
}
