//! The stored bytes of an input: read in blocks, counted and hashed in order.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest as _, Sha256};

use super::layer::{ByteSource, damaged, narrow};
use super::{Digest, Finish};
use crate::error::{DamageKind, Error, Result};
use crate::workers;

/// Number of stored bytes requested at a time.
pub(super) const BLOCK: usize = 1 << 20;

/// A file that delivers less than 125 MB/s is on a slow disk or a remote one; the next read is expected to block too.
const SLOW_BYTE: Duration = Duration::from_nanos(8);
/// Reads shorter than this are not measured.
const SHORT: Duration = Duration::from_millis(2);

enum Origin {
    /// A regular file: its size is known and it can seek.
    File {
        file: File,
        opened: Stamp,
        /// Whether the last read blocked.
        slow: bool,
    },
    /// A pipe, a socket, a foreign reader.
    Reader(Box<dyn Read + Send>),
}

/// Size and modification time, to detect that a file changed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// The state of a digest.
enum Hasher {
    Blake3(Box<blake3::Hasher>),
    Sha256(Box<Sha256>),
}

impl Hasher {
    fn new(digest: Digest) -> Self {
        match digest {
            Digest::Blake3 => Self::Blake3(Box::default()),
            Digest::Sha256 => Self::Sha256(Box::default()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Blake3(hasher) => {
                hasher.update(bytes);
            }
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    fn finalize(self) -> [u8; 32] {
        match self {
            Self::Blake3(hasher) => hasher.finalize().into(),
            Self::Sha256(hasher) => hasher.finalize().into(),
        }
    }
}

/// A stored input, read once from start to end.
pub(super) struct Stored {
    name: String,
    origin: Origin,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    ended: bool,
    /// Number of bytes read from the origin, including buffered ones: the position in a file.
    arrived: u64,
    counter: Arc<AtomicU64>,
    digest: Option<Hasher>,
    /// What is read is a part of the input.
    is_part: bool,
    /// Number of bytes that a reader announced.
    announced: Option<u64>,
    /// Why the reader ended early, if it did.
    truncated: Option<String>,
    finished: Option<Finish>,
}

impl Stored {
    pub(super) fn open(path: &Path, name: &str, digest: Option<Digest>) -> Result<Self> {
        let open = || -> io::Result<Origin> {
            // Checked before opening: some systems report an unrelated error for a folder.
            if std::fs::metadata(path)?.is_dir() {
                return Err(io::Error::new(ErrorKind::IsADirectory, "the path is a folder"));
            }
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            Ok(if metadata.is_file() {
                Origin::File { file, opened: Stamp::of(&metadata), slow: false }
            } else {
                Origin::Reader(Box::new(file))
            })
        };
        Ok(Self::new(open().map_err(|source| Error::io(name, source))?, name, digest, None))
    }

    pub(super) fn from_reader(
        reader: Box<dyn Read + Send>,
        name: &str,
        digest: Option<Digest>,
        announced: Option<u64>,
    ) -> Self {
        Self::new(Origin::Reader(reader), name, digest, announced)
    }

    fn new(origin: Origin, name: &str, digest: Option<Digest>, announced: Option<u64>) -> Self {
        Self {
            name: name.to_owned(),
            origin,
            buffer: vec![0; BLOCK].into_boxed_slice(),
            start: 0,
            end: 0,
            ended: false,
            arrived: 0,
            counter: Arc::default(),
            digest: digest.map(Hasher::new),
            is_part: false,
            announced,
            truncated: None,
            finished: None,
        }
    }

    /// Reads from offset `start` on, at which a reader is, and no further than it is asked to.
    pub(super) fn start_at(&mut self, start: u64) -> Result<()> {
        if let Origin::File { file, .. } = &mut self.origin {
            file.seek(SeekFrom::Start(start)).map_err(|source| Error::io(&self.name, source))?;
        }
        self.arrived = start;
        self.is_part = true;
        Ok(())
    }

    /// Size of a regular file in bytes.
    pub(super) fn size(&self) -> Option<u64> {
        match &self.origin {
            Origin::File { opened, .. } => Some(opened.size),
            Origin::Reader(_) => None,
        }
    }

    /// Size and modification time of a regular file when it was opened, in bytes and nanoseconds since 1970.
    pub(super) fn stamp(&self) -> Option<(u64, i64)> {
        let Origin::File { opened: Stamp { size, modified }, .. } = &self.origin else { return None };
        let nanoseconds = modified.map_or(0, |modified| match modified.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanoseconds| -nanoseconds),
        });
        Some((*size, nanoseconds))
    }

    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.counter)
    }

    /// The unconsumed bytes: at least `wanted` of them (at most [`BLOCK`]) unless the input ends before.
    pub(super) fn peek(&mut self, wanted: usize) -> Result<&[u8]> {
        while self.end - self.start < wanted && !self.ended {
            if self.start == self.end || self.start + wanted > self.buffer.len() {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.end == self.buffer.len() {
                break;
            }
            let count = take(&mut self.origin, &self.name, &mut self.buffer[self.end..])?;
            let arriving = self.end..self.end + count;
            self.end += count;
            self.arrived += count as u64;
            if let Some(digest) = &mut self.digest {
                digest.update(&self.buffer[arriving]);
            }
            if count == 0 {
                self.end();
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Reads into `out`; 0 at the end. Bypasses the buffer when it is empty.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let buffered = &self.buffer[self.start..self.end];
        if !buffered.is_empty() {
            let count = buffered.len().min(out.len());
            out[..count].copy_from_slice(&buffered[..count]);
            self.consume(count);
            return Ok(count);
        }
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        let count = take(&mut self.origin, &self.name, out)?;
        if count == 0 {
            self.end();
        }
        self.arrived += count as u64;
        self.counter.fetch_add(count as u64, Ordering::Relaxed);
        if let Some(digest) = &mut self.digest {
            digest.update(&out[..count]);
        }
        Ok(count)
    }

    /// Why the reader ended before the length that it announced, if it did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Notes the end of the origin.
    #[cold]
    fn end(&mut self) {
        self.ended = true;
        let arrived = self.arrived;
        if let Some(announced) = self.announced.filter(|&announced| arrived < announced) {
            self.truncated = Some(format!("the input ends after {arrived} of {announced} bytes"));
        }
    }

    /// Skips up to `count` bytes; returns the number skipped.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64> {
        let mut left = count;
        while left > 0 {
            if let (Origin::File { file, opened, .. }, None, true) =
                (&mut self.origin, &self.digest, self.start == self.end)
            {
                let distance = left.min(opened.size.saturating_sub(self.arrived));
                file.seek(SeekFrom::Start(self.arrived + distance)).map_err(|source| Error::io(&self.name, source))?;
                self.arrived += distance;
                self.counter.fetch_add(distance, Ordering::Relaxed);
                return Ok(count - left + distance);
            }
            let ready = self.block()?.len().min(narrow(left));
            if ready == 0 {
                break;
            }
            self.consume(ready);
            left -= ready as u64;
        }
        Ok(count - left)
    }

    /// Calls `inspect` with a regular file and its size, then restores the position; `None` for any other origin.
    pub(super) fn with_file<T>(&mut self, inspect: impl FnOnce(&File, u64) -> T) -> Result<Option<T>> {
        let Origin::File { file, opened, .. } = &mut self.origin else { return Ok(None) };
        let inspected = inspect(file, opened.size);
        file.seek(SeekFrom::Start(self.arrived)).map_err(|source| Error::io(&self.name, source))?;
        Ok(Some(inspected))
    }

    /// Reads the rest if it must be hashed or drained, and checks that the file has not changed since it was opened.
    pub(super) fn finish(&mut self) -> Result<Finish> {
        if let Some(finish) = &self.finished {
            return Ok(finish.clone());
        }
        // The rest of a file is read only for its hash; a pipe is drained so that its writer gets no broken pipe.
        if !self.is_part && (self.digest.is_some() || self.size().is_none()) {
            loop {
                let ready = self.block()?.len();
                if ready == 0 {
                    break;
                }
                self.consume(ready);
            }
        }
        let mut stored_bytes = self.arrived;
        if let Origin::File { file, opened, .. } = &self.origin {
            let metadata = file.metadata().map_err(|source| Error::io(&self.name, source))?;
            if Stamp::of(&metadata) != *opened {
                return Err(damaged(&self.name, DamageKind::Changed));
            }
            stored_bytes = stored_bytes.max(opened.size);
        }
        if !self.is_part {
            self.counter.store(stored_bytes, Ordering::Relaxed);
        }
        let digest = self.digest.take().filter(|_| !self.is_part).map(Hasher::finalize);
        let finish = Finish { stored_bytes, digest };
        self.finished = Some(finish.clone());
        Ok(finish)
    }
}

impl ByteSource for Stored {
    fn name(&self) -> &str {
        &self.name
    }

    fn position(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }

    fn block(&mut self) -> Result<&[u8]> {
        self.peek(1)
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.counter.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// One read from the origin; 0 at its end.
fn take(origin: &mut Origin, name: &str, out: &mut [u8]) -> Result<usize> {
    loop {
        let taken = match origin {
            Origin::File { file, slow, .. } => {
                let began = Instant::now();
                // A cached read only copies memory, so it keeps its core.
                let taken = if *slow { workers::wait(|| file.read(out)) } else { file.read(out) };
                let count = taken.as_ref().map_or(0, |&count| u32::try_from(count).unwrap_or(u32::MAX));
                *slow = began.elapsed() > SHORT.max(SLOW_BYTE * count);
                taken
            }
            Origin::Reader(reader) => workers::wait(|| reader.read(out)),
        };
        return match taken {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // A foreign reader may return a wrong count, which is checked before it is used as an index.
            Ok(count) if count > out.len() => {
                let fault = format!("the reader returned {count} bytes when {} were requested", out.len());
                Err(Error::io(name, io::Error::new(ErrorKind::InvalidData, fault)))
            }
            Ok(count) => Ok(count),
            Err(source) => Err(Error::io(name, source)),
        };
    }
}
