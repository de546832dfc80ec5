//! Inflates raw deflate data (in a zip) and gzip members.

use flate2::{Decompress, FlushDecompress, Status};

use super::layer::{ByteSource, narrow};
use crate::error::Result;

/// The window of 32 KiB that every deflate stream may require.
const WINDOW_BITS: u8 = 15;

/// The result of one call of [`Inflater::inflate`].
pub(super) enum Inflated {
    /// Number of bytes written, never 0; more may follow.
    Bytes(usize),
    /// The stream is complete; number of bytes written last.
    End(usize),
    /// The source ended within the stream.
    Starved,
}

/// One deflate stream at a time.
pub(super) struct Inflater {
    inner: Decompress,
    format: &'static str,
}

impl Inflater {
    /// An inflater of gzip members, which verifies their header and checksum.
    pub(super) fn gzip() -> Self {
        Self { inner: Decompress::new_gzip(WINDOW_BITS), format: "gzip" }
    }

    /// An inflater of raw deflate data.
    pub(super) fn raw() -> Self {
        Self { inner: Decompress::new(false), format: "deflate" }
    }

    /// Prepares for the next gzip member.
    pub(super) fn restart(&mut self) {
        self.inner.reset(true);
    }

    /// Inflates into `out`, which must not be empty, and returns as soon as a byte is written.
    pub(super) fn inflate(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<Inflated> {
        loop {
            let block = source.block()?;
            let starved = block.is_empty();
            let (taken, given) = (self.inner.total_in(), self.inner.total_out());
            let status = self.inner.decompress(block, out, FlushDecompress::None);
            let taken = narrow(self.inner.total_in() - taken);
            let given = narrow(self.inner.total_out() - given);
            source.consume(taken);
            match status {
                Err(error) => {
                    // The first call that finds the damage may still give bytes, and only the next one fails.
                    let reason = error.message().filter(|reason| !reason.starts_with("repeated call"));
                    let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
                    return Err(source.corrupt(&format!("the {} data are invalid{reason}", self.format)));
                }
                Ok(Status::StreamEnd) => return Ok(Inflated::End(given)),
                Ok(_) if given > 0 => return Ok(Inflated::Bytes(given)),
                Ok(_) if starved => return Ok(Inflated::Starved),
                Ok(_) if taken == 0 => {
                    return Err(source.corrupt(&format!("the {} data make no progress", self.format)));
                }
                Ok(_) => {}
            }
        }
    }
}
