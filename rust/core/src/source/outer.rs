//! The outermost decoder, and the output of one decoder as the input of the next.

use super::codec::Codec;
use super::guard::Guard;
use super::layer::ByteSource;
use super::stored::Stored;
use super::tar::Tar;
use super::zip::Zip;
use crate::error::Result;

/// The decoder of each compression.
pub(super) enum Decoder {
    Plain,
    Codec(Codec),
    Zip(Zip),
}

/// The decoder of the stored bytes.
pub(super) struct OuterDecoder {
    pub(super) decoder: Decoder,
    pub(super) guard: Guard,
    /// Number of stored bytes before those that are decompressed, such as other members of a zip.
    pub(super) before: u64,
    pub(super) decompressed: u64,
}

impl OuterDecoder {
    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<usize> {
        let room = self.guard.room(self.decompressed, out.len());
        let out = &mut out[..room];
        let count = match &mut self.decoder {
            Decoder::Plain => return stored.read(out),
            Decoder::Codec(codec) => codec.read(stored, out)?,
            Decoder::Zip(zip) => zip.read(stored, out)?,
        };
        self.decompressed += count as u64;
        self.guard.check(stored.name(), stored.position() - self.before, self.decompressed)?;
        Ok(count)
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        match &self.decoder {
            Decoder::Plain => None,
            Decoder::Codec(codec) => codec.truncated(),
            Decoder::Zip(zip) => zip.truncated(),
        }
    }
}

/// Output of a decoder that the next one has not consumed.
#[derive(Default)]
pub(super) struct OuterBuffer {
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl OuterBuffer {
    /// Reads until `count` bytes are buffered or the decoder has no more.
    pub(super) fn fill(&mut self, count: usize, mut read: impl FnMut(&mut [u8]) -> Result<usize>) -> Result<()> {
        self.bytes.resize(super::OUTER_BUFFER, 0);
        while self.end - self.start < count {
            match read(&mut self.bytes[self.end..])? {
                0 => break,
                more => self.end += more,
            }
        }
        Ok(())
    }

    /// Moves buffered bytes to `out`; returns their number.
    pub(super) fn take(&mut self, out: &mut [u8]) -> usize {
        let count = (self.end - self.start).min(out.len());
        out[..count].copy_from_slice(&self.bytes[self.start..self.start + count]);
        self.start += count;
        count
    }
}

/// The outer decoder as the source of the inner one.
pub(super) struct OuterSource<'a> {
    pub(super) stored: &'a mut Stored,
    pub(super) outer: &'a mut OuterDecoder,
    pub(super) buffer: &'a mut OuterBuffer,
}

impl ByteSource for OuterSource<'_> {
    fn name(&self) -> &str {
        self.stored.name()
    }

    fn position(&self) -> u64 {
        self.stored.position()
    }

    fn block(&mut self) -> Result<&[u8]> {
        if self.buffer.start == self.buffer.end {
            self.buffer.start = 0;
            self.buffer.end = 0;
            self.buffer.end = self.outer.read(self.stored, &mut self.buffer.bytes)?;
        }
        Ok(&self.buffer.bytes[self.buffer.start..self.buffer.end])
    }

    fn consume(&mut self, count: usize) {
        self.buffer.start = self.buffer.end.min(self.buffer.start + count);
    }
}

/// A tar as the source of a decoder of its member.
pub(super) struct TarSource<'a, 'b> {
    pub(super) tar: &'a mut Tar,
    pub(super) source: OuterSource<'b>,
    pub(super) buffer: &'a mut OuterBuffer,
}

impl ByteSource for TarSource<'_, '_> {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn position(&self) -> u64 {
        self.source.position()
    }

    fn block(&mut self) -> Result<&[u8]> {
        if self.buffer.start == self.buffer.end {
            self.buffer.start = 0;
            self.buffer.end = 0;
            self.buffer.end = self.tar.read(&mut self.source, &mut self.buffer.bytes)?;
        }
        Ok(&self.buffer.bytes[self.buffer.start..self.buffer.end])
    }

    fn consume(&mut self, count: usize) {
        self.buffer.start = self.buffer.end.min(self.buffer.start + count);
    }
}
