//! The outer of at most two decoders, and its output as the input of the inner one.

use super::gzip::Gzip;
use super::layer::{ByteSource, Guard};
use super::stored::Stored;
use super::zip::Zip;
use super::zstandard::Zstandard;
use crate::error::Result;

/// The decoder of each compression.
pub(super) enum Decoder {
    Plain,
    Gzip(Gzip),
    Zstd(Zstandard),
    Zip(Zip),
}

/// The decoder of the stored bytes.
pub(super) struct OuterDecoder {
    pub(super) decoder: Decoder,
    pub(super) guard: Guard,
    pub(super) decompressed: u64,
}

impl OuterDecoder {
    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<usize> {
        let count = match &mut self.decoder {
            Decoder::Plain => return stored.read(out),
            Decoder::Gzip(gzip) => gzip.read(stored, out)?,
            Decoder::Zstd(zstd) => zstd.read(stored, out)?,
            Decoder::Zip(zip) => zip.read(stored, out)?,
        };
        self.decompressed += count as u64;
        self.guard.check(stored, self.decompressed)?;
        Ok(count)
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        match &self.decoder {
            Decoder::Plain => None,
            Decoder::Gzip(gzip) => gzip.truncated(),
            Decoder::Zstd(zstd) => zstd.truncated(),
            Decoder::Zip(zip) => zip.truncated(),
        }
    }
}

/// Output of the outer decoder that the inner one has not consumed.
pub(super) struct OuterBuffer {
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
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
