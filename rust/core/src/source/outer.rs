//! The outer of at most two decoders, and how its bytes reach the inner one.

use super::gzip::Gzip;
use super::layer::{Guard, Source};
use super::stored::Stored;
use super::zip::Zip;
use super::zstandard::Zstandard;
use crate::error::Result;

/// A decoder for each compression.
pub(super) enum Decoder {
    Plain,
    Gzip(Gzip),
    Zstd(Zstandard),
    Zip(Zip),
}

/// The outer decoder: stored bytes in.
pub(super) struct Outer {
    pub(super) decoder: Decoder,
    pub(super) guard: Guard,
    pub(super) given: u64,
}

impl Outer {
    /// Reads decoded bytes; 0 at the end.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<usize> {
        let count = match &mut self.decoder {
            Decoder::Plain => return stored.read(out),
            Decoder::Gzip(gzip) => gzip.read(stored, out)?,
            Decoder::Zstd(zstd) => zstd.read(stored, out)?,
            Decoder::Zip(zip) => zip.read(stored, out)?,
        };
        self.given += count as u64;
        self.guard.check(stored, self.given)?;
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

/// Bytes between the outer decoder and the inner one.
pub(super) struct Between {
    pub(super) buffer: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The outer decoder's bytes, as a source for the inner one.
pub(super) struct Through<'a> {
    pub(super) stored: &'a mut Stored,
    pub(super) outer: &'a mut Outer,
    pub(super) between: &'a mut Between,
}

impl Source for Through<'_> {
    fn name(&self) -> &str {
        self.stored.name()
    }

    fn position(&self) -> u64 {
        self.stored.position()
    }

    fn block(&mut self) -> Result<&[u8]> {
        if self.between.start == self.between.end {
            self.between.start = 0;
            self.between.end = 0;
            self.between.end = self.outer.read(self.stored, &mut self.between.buffer)?;
        }
        Ok(&self.between.buffer[self.between.start..self.between.end])
    }

    fn consume(&mut self, count: usize) {
        self.between.start = self.between.end.min(self.between.start + count);
    }
}
