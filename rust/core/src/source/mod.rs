//! Where bytes come from: a file, a pipe, a foreign reader; plain, gzip, zstd or a member of a zip; read in order, in
//! plain reads, into the caller's buffer.
//!
//! What is compressed is told by its first bytes, never by its name. Compressed data that end early are not an error
//! here: all that can be read is given, then [`Input::truncated`] says what happened. Damaged data are an error.

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
use self::layer::{Guard, Source, damaged, unsupported};
use self::outer::{Between, Decoder, Outer, Through};
use self::stored::Stored;
use self::zip::Zip;
use self::zstandard::Zstandard;
use crate::error::Result;

/// Bytes that are given whatever their ratio to the stored ones.
const GUARD_FLOOR: u64 = 1 << 30;

/// Bytes of the outer decoder kept for the look at what they are, and for a gzip within.
const BETWEEN: usize = 1 << 16;

/// How an input is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The zip member to read, by its full name or its last path component. An input that is no zip is then refused.
    pub member: Option<String>,
    /// Whether to compute the SHA-256 of the stored bytes.
    pub digest: bool,
    /// Decompressed bytes allowed per stored byte, once there are more than 1 GiB of them; 0 allows any number.
    pub max_ratio: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { member: None, digest: false, max_ratio: 2000 }
    }
}

/// How the stored bytes are compressed; a gzip within another compression doesn't show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of one member or more.
    Gzip,
    /// zstd, of one frame or more.
    Zstd,
    /// A zip, of which one member is read.
    Zip,
}

impl Compression {
    fn told_by(magic: &[u8]) -> Self {
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

/// What is known of an input once it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The size as stored, in bytes.
    pub stored_bytes: u64,
    /// The SHA-256 of the stored bytes, if [`Options::digest`] asked for it.
    pub sha256: Option<[u8; 32]>,
}

/// One input, read from its first byte to its last.
pub struct Input {
    stored: Stored,
    compression: Compression,
    outer: Outer,
    between: Between,
    /// A gzip within the outer compression, as browsers make of a file that is gzip already.
    inner: Option<Gzip>,
    given: u64,
    /// Decompressed bytes that were looked at and not yet given.
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
    /// Opens a file (or anything else with a path: a named pipe is read as a stream). `name` is for messages.
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) as the system gave it, or for a folder; `Unsupported` if no member of a
    /// zip is meant, or several; `Damaged` if the first bytes are.
    pub fn open(path: &Path, name: &str, options: Options) -> Result<Self> {
        Self::new(Stored::open(path, name, options.digest)?, options, GUARD_FLOOR)
    }

    /// Takes a reader: stdin, a Python file object. It need not seek, and may give less than it is asked for; it isn't
    /// read again once it gave nothing.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn from_reader(reader: Box<dyn Read + Send>, name: &str, options: Options) -> Result<Self> {
        Self::new(Stored::from_reader(reader, name, options.digest), options, GUARD_FLOOR)
    }

    fn new(mut stored: Stored, options: Options, guard_floor: u64) -> Result<Self> {
        let compression = Compression::told_by(stored.peek(4)?);
        let decoder = match compression {
            Compression::None => Decoder::Plain,
            Compression::Gzip => Decoder::Gzip(Gzip::new()),
            Compression::Zstd => Decoder::Zstd(Zstandard::new(stored.name())?),
            Compression::Zip => Decoder::Zip(Zip::open(&mut stored, options.member.as_deref())?),
        };
        if let (Some(member), false) = (options.member, compression == Compression::Zip) {
            let message = format!("it is no zip, so it has no member {}; leave the member out", member.escape_debug());
            return Err(unsupported(stored.name(), message));
        }
        let mut input = Self {
            stored,
            compression,
            outer: Outer { decoder, guard: Guard { floor: guard_floor, ratio: options.max_ratio }, given: 0 },
            between: Between { buffer: Vec::new(), start: 0, end: 0 },
            inner: None,
            given: 0,
            peeked: Vec::new(),
            peeked_start: 0,
            failed: false,
        };
        if compression != Compression::None {
            input.look_within()?;
        }
        Ok(input)
    }

    /// Tells a gzip within; one level more is all that is looked for.
    fn look_within(&mut self) -> Result<()> {
        let Self { stored, outer, between, .. } = self;
        between.buffer.resize(BETWEEN, 0);
        while between.end < 2 {
            match outer.read(stored, &mut between.buffer[between.end..])? {
                0 => break,
                count => between.end += count,
            }
        }
        if Compression::told_by(&between.buffer[..between.end]) == Compression::Gzip {
            self.inner = Some(Gzip::new());
        }
        Ok(())
    }

    /// The input, as the user named it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.stored.name()
    }

    /// How the stored bytes are compressed.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// The zip member that is read; `None` if the input is no zip, or ended before a member was found.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match &self.outer.decoder {
            Decoder::Zip(zip) => zip.member(),
            _ => None,
        }
    }

    /// The size as stored, in bytes; `None` for a stream.
    #[must_use]
    pub fn stored_size(&self) -> Option<u64> {
        self.stored.size()
    }

    /// Stored bytes consumed so far, for another thread to watch.
    #[must_use]
    pub fn counter(&self) -> Arc<AtomicU64> {
        self.stored.counter()
    }

    /// Reads decompressed bytes into `buffer`, as many as one step gives; 0 at the end (or if `buffer` is empty).
    ///
    /// # Errors
    /// `Io` as the system or the reader gave it; `Damaged` for compressed data that are not what they should be, that
    /// fail their checksum, or that swell without end; `Unsupported` for a stream that turns out to be a zip of several
    /// members. After an error there is nothing more to read, and each further call fails.
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
        let count = self.step(buffer);
        self.failed = count.is_err();
        count
    }

    /// The next `size` decompressed bytes, fewer where the input ends before; they are still to be read.
    ///
    /// They are kept in memory until then.
    ///
    /// # Errors
    /// As [`Input::read`].
    pub fn peek(&mut self, size: usize) -> Result<&[u8]> {
        self.peeked.drain(..std::mem::take(&mut self.peeked_start));
        let filled = self.peeked.len();
        if filled < size {
            // Taken out, since it would else be read again.
            let mut peeked = std::mem::take(&mut self.peeked);
            peeked.resize(size, 0);
            let more = self.fill(&mut peeked[filled..])?;
            peeked.truncate(filled + more);
            self.peeked = peeked;
        }
        Ok(&self.peeked[..size.min(self.peeked.len())])
    }

    /// Reads until `buffer` is full or the input ends, which less than a full buffer tells.
    ///
    /// # Errors
    /// As [`Input::read`]; what was put into `buffer` before is then void.
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

    /// After the end: why the compressed data ended early, if they did.
    #[must_use]
    pub fn truncated(&self) -> Option<&str> {
        self.outer.truncated().or_else(|| self.inner.as_ref().and_then(Gzip::truncated))
    }

    /// Ends the reading: hashes what wasn't read (behind a zip's member, say), and makes sure that the file is still
    /// as it was opened.
    ///
    /// # Errors
    /// `Io`, and `Damaged` if a file's size or time of change is another than when it was opened, or if an earlier
    /// call failed.
    pub fn finish(&mut self) -> Result<Finish> {
        self.usable()?;
        let finish = self.stored.finish();
        self.failed = finish.is_err();
        finish
    }

    fn step(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let Self { stored, outer, between, inner, .. } = self;
        if let Some(gzip) = inner {
            let mut source = Through { stored, outer, between };
            let count = gzip.read(&mut source, buffer)?;
            self.given += count as u64;
            outer.guard.check(stored, self.given)?;
            return Ok(count);
        }
        let looked_at = &between.buffer[between.start..between.end];
        if looked_at.is_empty() {
            return outer.read(stored, buffer);
        }
        let count = looked_at.len().min(buffer.len());
        buffer[..count].copy_from_slice(&looked_at[..count]);
        between.start += count;
        Ok(count)
    }

    fn usable(&self) -> Result<()> {
        if self.failed {
            return Err(damaged(self.name(), "its reading failed before; open it again"));
        }
        Ok(())
    }
}
