//! The compressions of a single stream of bytes.

use super::Compression;
use super::bzip2::Bzip2;
use super::gzip::Gzip;
use super::layer::ByteSource;
use super::xz::Xz;
use super::zstandard::Zstandard;
use crate::error::Result;

/// A decoder of one compressed stream.
pub(super) enum Codec {
    Gzip(Gzip),
    Zstd(Zstandard),
    Bzip2(Bzip2),
    Xz(Box<Xz>),
}

impl Codec {
    /// The decoder of a compression; `None` for no compression and for archives.
    pub(super) fn new(compression: Compression, name: &str) -> Result<Option<Self>> {
        Ok(match compression {
            Compression::Gzip => Some(Self::Gzip(Gzip::new())),
            Compression::Zstd => Some(Self::Zstd(Zstandard::new(name)?)),
            Compression::Bzip2 => Some(Self::Bzip2(Bzip2::new())),
            Compression::Xz => Some(Self::Xz(Box::new(Xz::new(name)?))),
            Compression::None | Compression::Zip | Compression::Tar => None,
        })
    }

    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
        match self {
            Self::Gzip(gzip) => gzip.read(source, out),
            Self::Zstd(zstd) => zstd.read(source, out),
            Self::Bzip2(bzip2) => bzip2.read(source, out),
            Self::Xz(xz) => xz.read(source, out),
        }
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        match self {
            Self::Gzip(gzip) => gzip.truncated(),
            Self::Zstd(zstd) => zstd.truncated(),
            Self::Bzip2(bzip2) => bzip2.truncated(),
            Self::Xz(xz) => xz.truncated(),
        }
    }
}
