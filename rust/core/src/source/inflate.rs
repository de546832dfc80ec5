//! Deflate data, bare (in a zip) or in a gzip member.

use flate2::{Decompress, FlushDecompress, Status};

use super::layer::{Source, narrow};
use crate::error::Result;

/// The window of 32 KiB that every deflate stream may ask for.
const WINDOW_BITS: u8 = 15;

/// What came of one step.
pub(super) enum Step {
    /// So many bytes, never 0; more may follow.
    Bytes(usize),
    /// The stream is whole; so many bytes were its last.
    End(usize),
    /// The source ended before the stream did.
    Starved,
}

/// One deflate stream at a time.
pub(super) struct Inflater {
    inner: Decompress,
    form: &'static str,
}

impl Inflater {
    /// Reads gzip members: the header and the checksum are looked after too.
    pub(super) fn gzip() -> Self {
        Self { inner: Decompress::new_gzip(WINDOW_BITS), form: "gzip" }
    }

    /// Reads bare deflate data.
    pub(super) fn bare() -> Self {
        Self { inner: Decompress::new(false), form: "deflate" }
    }

    /// Makes ready for the next gzip member.
    pub(super) fn restart(&mut self) {
        self.inner.reset(true);
    }

    /// Gives bytes as soon as there are some. `out` must have room.
    pub(super) fn step(&mut self, source: &mut impl Source, out: &mut [u8]) -> Result<Step> {
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
                    let reason = error.message().unwrap_or("invalid data");
                    return Err(source.damaged(&format!("its {} data cannot be read ({reason})", self.form)));
                }
                Ok(Status::StreamEnd) => return Ok(Step::End(given)),
                Ok(_) if given > 0 => return Ok(Step::Bytes(given)),
                Ok(_) if starved => return Ok(Step::Starved),
                Ok(_) if taken == 0 => {
                    return Err(source.damaged(&format!("its {} data lead nowhere", self.form)));
                }
                Ok(_) => {}
            }
        }
    }
}
