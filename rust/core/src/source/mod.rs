//! Inputs: a file, a pipe or a foreign reader, decompressed on the fly into the caller's buffer.
//!
//! The compression or archive (gzip, bzip2, xz, zstd, zip or tar) is detected from the first bytes, not from the file name.
//! A tar may be compressed, and the member of an archive may be. Data that end early are not an error: everything before
//! the end is returned, and [`Input::truncated`] describes the end. Corrupt data are an error.

mod bzip2;
mod codec;
mod guard;
mod gzip;
mod inflate;
mod layer;
mod outer;
mod selection;
mod stored;
mod tar;
#[cfg(test)]
mod tests;
mod xz;
mod zip;
mod zstandard;

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use self::codec::Codec;
pub use self::guard::Expanded;
use self::guard::Guard;
use self::layer::{ByteSource, damaged, unsupported};
use self::outer::{Decoder, OuterBuffer, OuterDecoder, OuterSource, TarSource};
use self::selection::Selection;
use self::stored::Stored;
use self::tar::Tar;
use self::zip::Zip;
use crate::error::{DamageKind, Error, Result, UnsupportedKind};

/// Size of the buffer between two decoders.
const OUTER_BUFFER: usize = 1 << 16;

/// How an input is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The member of an archive to read, by its full name or its last path component. An input that is not an archive is
    /// then an error.
    pub member: Option<String>,
    /// Suffixes of member names that are skipped unless requested by `member`.
    pub skip_members: Vec<String>,
    /// The digest to compute of the stored bytes.
    pub digest: Option<Digest>,
    /// Number of stored bytes that the source announced, such as an HTTP response; a source that ends before is truncated.
    pub announced: Option<u64>,
    /// The input is the rest of an uncompressed one from this offset on, at which a reader is. What is not read of it is not
    /// drained at the end.
    pub start: Option<u64>,
    /// Maximum number of decompressed bytes per stored byte; 0 disables the check.
    pub max_expansion: u64,
    /// Number of decompressed bytes beyond which it is checked.
    pub expansion_floor: u64,
    /// The decompressed bytes of all members of the archive that are read, which count together.
    pub expanded: Option<Expanded>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            member: None,
            skip_members: Vec::new(),
            digest: None,
            announced: None,
            start: None,
            max_expansion: 200,
            expansion_floor: 1 << 30,
            expanded: None,
        }
    }
}

/// A cryptographic digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// BLAKE3, of 256 bits.
    Blake3,
    /// SHA-256.
    Sha256,
}

/// Compression or archive of the stored bytes. What is inside a compression is decoded but not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    None,
    /// gzip, of one or more members.
    Gzip,
    /// zstd, of one or more frames.
    Zstd,
    /// bzip2, of one or more streams.
    Bzip2,
    /// xz, of one or more streams.
    Xz,
    /// zip, of which one member is read.
    Zip,
    /// tar without compression, of which one member is read.
    Tar,
}

impl Compression {
    fn detect(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', ..] => Self::Xz,
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
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zip => "zip",
            Self::Tar => "tar",
        })
    }
}

/// Size and digest of an input, known at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// Size of the stored bytes.
    pub stored_bytes: u64,
    /// The digest of the stored bytes, if [`Options::digest`] is set.
    pub digest: Option<[u8; 32]>,
}

/// Size and digest of a file, whatever it contains.
///
/// # Errors
/// [`Error::Io`](crate::error::Error::Io) from the operating system; `Damaged` if the file changes while it is read.
pub fn digest_of(path: &Path, name: &str, digest: Digest) -> Result<Finish> {
    Stored::open(path, name, Some(digest))?.finish()
}

/// Size and digest of what a reader has.
///
/// # Errors
/// [`Error::Io`](crate::error::Error::Io) from the reader.
pub fn digest_of_reader(reader: Box<dyn Read + Send>, digest: Digest) -> Result<Finish> {
    Stored::from_reader(reader, "the input", Some(digest), None).finish()
}

/// One input, read from start to end.
pub struct Input {
    stored: Stored,
    compression: Compression,
    outer: OuterDecoder,
    outer_buffer: OuterBuffer,
    /// A tar, compressed or not.
    tar: Option<Tar>,
    tar_buffer: OuterBuffer,
    /// The compression of an archive's member, or a second one of a file: browsers compress files that are gzip already.
    inner: Option<Codec>,
    /// Number of stored bytes before those that `inner` decompresses, and of bytes that it decompressed.
    inner_before: u64,
    decompressed: u64,
    expanded: Option<Expanded>,
    /// Decompressed bytes returned by `peek` and not read yet.
    peeked: Vec<u8>,
    peeked_start: usize,
    /// The error after the bytes that `fill` returned last.
    deferred: Option<Error>,
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
    /// [`Error::Io`](crate::error::Error::Io) from the operating system or for a folder; `Unsupported` if an archive does
    /// not have exactly one matching member; `Damaged` if the first bytes are corrupt.
    pub fn open(path: &Path, name: &str, options: Options) -> Result<Self> {
        Self::new(Stored::open(path, name, options.digest)?, options)
    }

    /// Opens a reader, such as stdin. Short reads are allowed; a read of 0 bytes is the end.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn from_reader(reader: Box<dyn Read + Send>, name: &str, options: Options) -> Result<Self> {
        let stored = Stored::from_reader(reader, name, options.digest, options.announced);
        Self::new(stored, options)
    }

    fn new(mut stored: Stored, options: Options) -> Result<Self> {
        let is_part = options.start.is_some();
        let compression = match options.start {
            Some(start) => {
                stored.start_at(start)?;
                Compression::None
            }
            None => Compression::detect(stored.peek(4)?),
        };
        let selection = Selection { wanted: options.member, skip_suffixes: options.skip_members };
        let decoder = match Codec::new(compression, stored.name())? {
            Some(codec) => Decoder::Codec(codec),
            None if compression == Compression::Zip => Decoder::Zip(Zip::open(&mut stored, selection.clone())?),
            None => Decoder::Plain,
        };
        let before = if compression == Compression::Zip { stored.position() } else { 0 };
        let guard = Guard { floor: options.expansion_floor, factor: options.max_expansion };
        let mut input = Self {
            stored,
            compression,
            outer: OuterDecoder { decoder, guard, before, decompressed: 0 },
            outer_buffer: OuterBuffer::default(),
            tar: None,
            tar_buffer: OuterBuffer::default(),
            inner: None,
            inner_before: before,
            decompressed: 0,
            expanded: options.expanded,
            peeked: Vec::new(),
            peeked_start: 0,
            deferred: None,
            failed: false,
        };
        if compression != Compression::Zip && !is_part {
            input.detect_tar(&selection)?;
        }
        if input.compression != Compression::None {
            input.detect_inner()?;
        }
        if let (Some(member), false) = (selection.wanted, compression == Compression::Zip || input.tar.is_some()) {
            let member = member.escape_debug().to_string();
            return Err(unsupported(input.name(), UnsupportedKind::NotAnArchive { member }));
        }
        Ok(input)
    }

    /// Detects a tar, inside the outer compression if there is one.
    fn detect_tar(&mut self, selection: &Selection) -> Result<()> {
        let Self { stored, outer, outer_buffer, .. } = self;
        let is_tar = if self.compression == Compression::None {
            let mut size = 1;
            loop {
                let head = stored.peek(size)?;
                match Tar::detect(head) {
                    None if head.len() >= size => size = head.len() + 1,
                    found => break found == Some(true),
                }
            }
        } else {
            outer_buffer.bytes.resize(OUTER_BUFFER, 0);
            loop {
                match Tar::detect(&outer_buffer.bytes[..outer_buffer.end]) {
                    Some(found) => break found,
                    None => match outer.read(stored, &mut outer_buffer.bytes[outer_buffer.end..])? {
                        0 => break false,
                        count => outer_buffer.end += count,
                    },
                }
            }
        };
        if is_tar {
            outer_buffer.bytes.resize(OUTER_BUFFER, 0);
            let mut source = OuterSource { stored, outer, buffer: outer_buffer };
            self.tar = Some(Tar::open(&mut source, selection.clone())?);
            self.inner_before = self.stored.position();
            if self.compression == Compression::None {
                self.compression = Compression::Tar;
            }
        }
        Ok(())
    }

    /// Detects a compression inside the outer one or inside an archive. Deeper levels are not decoded.
    fn detect_inner(&mut self) -> Result<()> {
        let Self { stored, outer, outer_buffer, tar, tar_buffer, .. } = self;
        let buffer = if let Some(tar) = tar {
            let mut source = OuterSource { stored, outer, buffer: outer_buffer };
            tar_buffer.fill(4, |out| tar.read(&mut source, out))?;
            tar_buffer
        } else {
            outer_buffer.fill(4, |out| outer.read(stored, out))?;
            outer_buffer
        };
        let magic = &buffer.bytes[buffer.start..buffer.end];
        self.inner = Codec::new(Compression::detect(magic), self.stored.name())?;
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

    /// The member that is read; `None` if the input is not an archive, or ended before the member was found.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        match (&self.outer.decoder, &self.tar) {
            (Decoder::Zip(zip), _) => zip.member(),
            (_, Some(tar)) => tar.member(),
            _ => None,
        }
    }

    /// Size of the stored bytes; `None` for a stream.
    #[must_use]
    pub fn stored_size(&self) -> Option<u64> {
        self.stored.size()
    }

    /// Size and modification time of a regular file when it was opened, in bytes and nanoseconds since 1970.
    #[must_use]
    pub fn stamp(&self) -> Option<(u64, i64)> {
        self.stored.stamp()
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
    /// a streamed archive with several members. After an error every further call fails.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
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
            if let Some(error) = self.deferred.take() {
                return Err(error);
            }
            peeked.truncate(filled + more);
            self.peeked = peeked;
        }
        Ok(&self.peeked[..size.min(self.peeked.len())])
    }

    /// Reads until `buffer` is full or the input ends; returns the number of bytes read.
    ///
    /// If reading fails after some bytes, these are returned, and the next call fails: [`Input::is_failing`].
    ///
    /// # Errors
    /// As [`Input::read`].
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if filled == 0 => return Err(error),
                Err(error) => {
                    self.deferred = Some(error);
                    break;
                }
            }
        }
        Ok(filled)
    }

    /// Whether the next call fails.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.failed
    }

    /// Why the input ended early, if it did; known at the end of the input.
    #[must_use]
    pub fn truncated(&self) -> Option<&str> {
        let archive = || self.tar.as_ref().and_then(Tar::truncated);
        let inner = || self.inner.as_ref().and_then(Codec::truncated);
        self.stored.truncated().or_else(|| self.outer.truncated()).or_else(archive).or_else(inner)
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

    fn read_decoded(&mut self, out: &mut [u8]) -> Result<usize> {
        let count = self.decode(out)?;
        if let Some(expanded) = &self.expanded {
            let size = self.stored.size().unwrap_or_else(|| self.stored.position());
            self.outer.guard.check_archive(self.stored.name(), size, expanded, count)?;
        }
        Ok(count)
    }

    fn decode(&mut self, out: &mut [u8]) -> Result<usize> {
        let Self { stored, outer, outer_buffer, tar, tar_buffer, inner, .. } = self;
        let buffer = if tar.is_some() { &mut *tar_buffer } else { &mut *outer_buffer };
        if inner.is_none() && buffer.start < buffer.end {
            return Ok(buffer.take(out));
        }
        let room = outer.guard.room(self.decompressed, out.len());
        let count = match (tar, inner) {
            (None, None) => return outer.read(stored, out),
            (None, Some(inner)) => {
                inner.read(&mut OuterSource { stored, outer, buffer: outer_buffer }, &mut out[..room])?
            }
            (Some(tar), None) => return tar.read(&mut OuterSource { stored, outer, buffer: outer_buffer }, out),
            (Some(tar), Some(inner)) => {
                let source = OuterSource { stored, outer, buffer: outer_buffer };
                inner.read(&mut TarSource { tar, source, buffer: tar_buffer }, &mut out[..room])?
            }
        };
        self.decompressed += count as u64;
        let stored = self.stored.position() - self.inner_before;
        self.outer.guard.check(self.stored.name(), stored, self.decompressed)?;
        Ok(count)
    }

    fn usable(&self) -> Result<()> {
        if self.failed {
            return Err(damaged(self.name(), DamageKind::ReadFailed));
        }
        Ok(())
    }
}
