//! Reads all frames of a zstd file.

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::layer::{ByteSource, unsupported};
use crate::error::{Error, Result, UnsupportedKind};

/// Largest window of a frame: 128 MiB, as written by `zstd --long`. It bounds the memory that a malicious file can request.
const WINDOW_LOG_MAX: u32 = 27;

/// Maximum number of consecutive calls without progress; the decoder itself gives up on a frame after fewer.
const IDLE_MAX: u32 = 32;

/// A zstd decoder. It reads from its source only when it has no output left.
pub(super) struct Zstandard {
    decoder: Decoder<'static>,
    /// The position is between frames, where the input may end.
    between_frames: bool,
    ended: bool,
    truncated: Option<String>,
}

impl Zstandard {
    pub(super) fn new(name: &str) -> Result<Self> {
        let decoder = || {
            let mut decoder = Decoder::new()?;
            decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
            Ok(decoder)
        };
        let decoder = decoder().map_err(|source| Error::io(name, source))?;
        Ok(Self { decoder, between_frames: true, ended: false, truncated: None })
    }

    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
        let mut idle = 0;
        while !self.ended && !out.is_empty() {
            let block = source.block()?;
            let starved = block.is_empty();
            if starved && self.between_frames {
                self.ended = true;
                break;
            }
            let mut input = InBuffer::around(block);
            let mut output = OutBuffer::around(&mut *out);
            let ran = self.decoder.run(&mut input, &mut output);
            let (taken, given) = (input.pos(), output.pos());
            source.consume(taken);
            match ran {
                Err(error) => return Err(fault(source, &error.to_string())),
                Ok(hint) => self.between_frames = hint == 0,
            }
            if given > 0 {
                return Ok(given);
            }
            if starved {
                self.ended = true;
                self.truncated = (!self.between_frames)
                    .then(|| format!("the zstd data end early, after {} stored bytes", source.position()));
            }
            idle = if taken == 0 { idle + 1 } else { 0 };
            if idle > IDLE_MAX {
                return Err(source.corrupt("the zstd data make no progress"));
            }
        }
        Ok(0)
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }
}

fn fault(source: &impl ByteSource, reason: &str) -> Error {
    if reason.contains("too much memory") {
        return unsupported(source.name(), UnsupportedKind::WindowSize { max_mib: 1 << (WINDOW_LOG_MAX - 20) });
    }
    source.corrupt(&format!("the zstd data are invalid ({reason})"))
}
