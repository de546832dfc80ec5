//! Inputs: a file, a pipe or a foreign reader, decompressed on the fly into the caller's buffer.
//!
//! The compression (none, gzip, zstd or zip) is detected from the first bytes, not from the file name. Compressed data that
//! end early are not an error: everything before the end is returned, and [`Input::truncated`] describes the end. Corrupt
//! data are an error.

mod gzip;
mod inflate;
mod layer;
mod outer;
mod stored;
#[cfg(test)]
mod tests;
mod zip;
mod zstandard;

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use self::gzip::Gzip;
use self::layer::{ByteSource, Guard, damaged, unsupported};
use self::outer::{Decoder, OuterBuffer, OuterDecoder, OuterSource};
use self::stored::Stored;
use self::zip::Zip;
use self::zstandard::Zstandard;
use crate::error::{DamageKind, Result, UnsupportedKind};

/// Number of decompressed bytes allowed at any compression ratio.
const GUARD_FLOOR: u64 = 1 << 30;

/// Size of the buffer between the outer decoder and an inner gzip.
const OUTER_BUFFER: usize = 1 << 16;

/// How an input is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The zip member to read, by its full name or its last path component. An input that is not a zip is then an error.
    pub member: Option<String>,
    /// Suffixes of zip member names that are skipped unless requested by `member`.
    pub skip_members: Vec<String>,
    /// Whether to compute the SHA-256 of the stored bytes.
    pub digest: bool,
    /// Maximum number of decompressed bytes per stored byte, checked beyond 1 GiB; 0 disables the check.
    pub max_ratio: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { member: None, skip_members: Vec::new(), digest: false, max_ratio: 2000 }
    }
}

/// Compression of the stored bytes. A gzip inside another compression is decoded but not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// gzip, of one or more members.
    Gzip,
    /// zstd, of one or more frames.
    Zstd,
    /// zip, of which one member is read.
    Zip,
}

impl Compression {
    fn detect(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        })
    }
}

/// Size and digest of an input, known at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// Size of the stored bytes.
    pub stored_bytes: u64,
    /// SHA-256 of the stored bytes, if [`Options::digest`] is set.
    pub sha256: Option<[u8; 32]>,
}

/// One input, read from start to end.
pub struct Input {
    stored: Stored,
    compression: Compression,
    outer: OuterDecoder,
    outer_buffer: OuterBuffer,
    /// A gzip inside the outer compression; browsers compress files that are gzip already.
    inner: Option<Gzip>,
    decompressed: u64,
    /// Decompressed bytes returned by `peek` and not read yet.
    peeked: Vec<u8>,
    peeked_start: usize,
    failed: bool,
}

impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Input")
            .field("name", &self.name())
            .field("compression", &self.compression)
            .field("member", &self.member())
            .finish_non_exhaustive()
    }
}

impl Input {
    /// Opens a path; anything but a regular file is read as a stream. `name` is used in messages.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) from the operating system or for a folder; `Unsupported` if a zip does not
    /// have exactly one matching member; `Damaged` if the first bytes are corrupt.
    pub fn open(path: &Path, name: &str, options: Options) -> Result<Self> {
        Self::new(Stored::open(path, name, options.digest)?, options, GUARD_FLOOR)
    }

    /// Opens a reader, such as stdin. Short reads are allowed; a read of 0 bytes is the end.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn from_reader(reader: Box<dyn Read + Send>, name: &str, options: Options) -> Result<Self> {
        Self::new(Stored::from_reader(reader, name, options.digest), options, GUARD_FLOOR)
    }

    fn new(mut stored: Stored, options: Options, guard_floor: u64) -> Result<Self> {
        let compression = Compression::detect(stored.peek(4)?);
        let decoder = match compression {
            Compression::None => Decoder::Plain,
            Compression::Gzip => Decoder::Gzip(Gzip::new()),
            Compression::Zstd => Decoder::Zstd(Zstandard::new(stored.name())?),
            Compression::Zip => Decoder::Zip(Zip::open(&mut stored, options.member.clone(), options.skip_members)?),
        };
        if let (Some(member), false) = (options.member, compression == Compression::Zip) {
            let member = member.escape_debug().to_string();
            return Err(unsupported(stored.name(), UnsupportedKind::NotAZip { member }));
        }
        let mut input = Self {
            stored,
            compression,
            outer: OuterDecoder {
                decoder,
                guard: Guard { floor: guard_floor, ratio: options.max_ratio },
                decompressed: 0,
            },
            outer_buffer: OuterBuffer { bytes: Vec::new(), start: 0, end: 0 },
            inner: None,
            decompressed: 0,
            peeked: Vec::new(),
            peeked_start: 0,
            failed: false,
        };
        if compression != Compression::None {
            input.detect_inner_gzip()?;
        }
        Ok(input)
    }

    /// Detects a gzip inside the outer compression. Deeper levels are not decoded.
    fn detect_inner_gzip(&mut self) -> Result<()> {
        let Self { stored, outer, outer_buffer, .. } = self;
        outer_buffer.bytes.resize(OUTER_BUFFER, 0);
        while outer_buffer.end < 2 {
            match outer.read(stored, &mut outer_buffer.bytes[outer_buffer.end..])? {
                0 => break,
                count => outer_buffer.end += count,
            }
        }
        if Compression::detect(&outer_buffer.bytes[..outer_buffer.end]) == Compression::Gzip {
            self.inner = Some(Gzip::new());
        }
        Ok(())
    }

    /// The input, as the user named it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.stored.name()
    }

    /// Compression of the stored bytes.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The zip member that is read; `None` if the input is not a zip, or ended before the member was found.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match &self.outer.decoder {
            Decoder::Zip(zip) => zip.member(),
            _ => None,
        }
    }

    /// Size of the stored bytes; `None` for a stream.
    #[must_use]
    pub fn stored_size(&self) -> Option<u64> {
        self.stored.size()
    }

    /// Number of stored bytes consumed, for other threads to watch.
    #[must_use]
    pub fn counter(&self) -> Arc<AtomicU64> {
        self.stored.counter()
    }

    /// Reads decompressed bytes into `buffer`; 0 at the end or if `buffer` is empty. May return fewer bytes than fit.
    ///
    /// # Errors
    /// `Io` from the operating system or the reader; `Damaged` for corrupt data or a decompression bomb; `Unsupported` for
    /// a streamed zip with several members. After an error every further call fails.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.usable()?;
        if !self.peeked.is_empty() {
            let peeked = &self.peeked[self.peeked_start..];
            let count = peeked.len().min(buffer.len());
            buffer[..count].copy_from_slice(&peeked[..count]);
            self.peeked_start += count;
            if self.peeked_start == self.peeked.len() {
                (self.peeked, self.peeked_start) = (Vec::new(), 0);
            }
            return Ok(count);
        }
        let count = self.read_decoded(buffer);
        self.failed = count.is_err();
        count
    }

    /// Returns the next `size` decompressed bytes, fewer at the end of the input, without consuming them.
    ///
    /// # Errors
    /// As [`Input::read`].
    pub fn peek(&mut self, size: usize) -> Result<&[u8]> {
        self.peeked.drain(..std::mem::take(&mut self.peeked_start));
        let filled = self.peeked.len();
        if filled < size {
            // Taken out, so that `fill` does not read the peeked bytes again.
            let mut peeked = std::mem::take(&mut self.peeked);
            peeked.resize(size, 0);
            let more = self.fill(&mut peeked[filled..])?;
            peeked.truncate(filled + more);
            self.peeked = peeked;
        }
        Ok(&self.peeked[..size.min(self.peeked.len())])
    }

    /// Reads until `buffer` is full or the input ends; returns the number of bytes read.
    ///
    /// # Errors
    /// As [`Input::read`].
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// Why the compressed data ended early, if they did; known at the end of the input.
    #[must_use]
    pub fn truncated(&self) -> Option<&str> {
        self.outer.truncated().or_else(|| self.inner.as_ref().and_then(Gzip::truncated))
    }

    /// Hashes the stored bytes that were not read, and checks that the file has not changed since it was opened.
    ///
    /// # Errors
    /// `Io`, and `Damaged` if the file's size or modification time changed, or if an earlier call failed.
    pub fn finish(&mut self) -> Result<Finish> {
        self.usable()?;
        let finish = self.stored.finish();
        self.failed = finish.is_err();
        finish
    }

    fn read_decoded(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Self { stored, outer, outer_buffer, inner, .. } = self;
        if let Some(gzip) = inner {
            let mut source = OuterSource { stored, outer, buffer: outer_buffer };
            let count = gzip.read(&mut source, buffer)?;
            self.decompressed += count as u64;
            outer.guard.check(stored, self.decompressed)?;
            return Ok(count);
        }
        let buffered = &outer_buffer.bytes[outer_buffer.start..outer_buffer.end];
        if buffered.is_empty() {
            return outer.read(stored, buffer);
        }
        let count = buffered.len().min(buffer.len());
        buffer[..count].copy_from_slice(&buffered[..count]);
        outer_buffer.start += count;
        Ok(count)
    }

    fn usable(&self) -> Result<()> {
        if self.failed {
            return Err(damaged(self.name(), DamageKind::ReadFailed));
        }
        Ok(())
    }
}
