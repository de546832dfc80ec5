//! Compression of pages.

use std::cell::RefCell;
use std::io::Write;

use flate2::write::GzEncoder;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use zstd::bulk::Compressor;

thread_local! {
    /// The compressor of this thread with its level: its tables take longer to allocate than a small page to compress.
    static ZSTD: RefCell<Option<(i32, Compressor<'static>)>> = const { RefCell::new(None) };
}

/// The codec of `name` with `level`.
pub(super) fn codec_of(name: &str, level: i32) -> Result<Compression> {
    Ok(match name {
        "zstd" => Compression::ZSTD(ZstdLevel::try_new(level)?),
        "gzip" => Compression::GZIP(GzipLevel::try_new(level.try_into()?)?),
        "snappy" => Compression::SNAPPY,
        "none" => Compression::UNCOMPRESSED,
        other => return Err(ParquetError::General(format!("unknown compression {other}"))),
    })
}

/// The bytes of a compressed page.
pub(super) fn compress(codec: Compression, page: Vec<u8>) -> Result<Vec<u8>> {
    match codec {
        Compression::UNCOMPRESSED => Ok(page),
        Compression::ZSTD(level) => ZSTD.with_borrow_mut(|kept| {
            let level = level.compression_level();
            let compressor = match kept.take() {
                Some((kept, compressor)) if kept == level => compressor,
                _ => Compressor::new(level)?,
            };
            let (_, compressor) = kept.insert((level, compressor));
            Ok(compressor.compress(&page)?)
        }),
        Compression::SNAPPY => Ok(snap::raw::Encoder::new().compress_vec(&page).map_err(std::io::Error::from)?),
        Compression::GZIP(level) => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(level.compression_level()));
            encoder.write_all(&page)?;
            Ok(encoder.finish()?)
        }
        other => Err(ParquetError::NYI(format!("compression {other}"))),
    }
}
