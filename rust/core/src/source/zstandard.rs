//! zstd: every frame of the file, one after the other.

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::layer::{Source, unsupported};
use crate::error::{Error, Result};

/// The largest window a frame may ask for: 128 MiB, what `zstd --long` writes. It bounds the memory of a hostile file.
const WINDOW_LOG_MAX: u32 = 27;

/// Calls in a row that may move nothing; the decoder itself gives up on a frame after fewer.
const IDLE_MAX: u32 = 32;

/// A zstd decoder that asks its source for more only when it needs to.
pub(super) struct Zstandard {
    decoder: Decoder<'static>,
    /// No frame is open: the input may end here.
    between: bool,
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
        Ok(Self { decoder, between: true, ended: false, truncated: None })
    }

    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl Source, out: &mut [u8]) -> Result<usize> {
        let mut idle = 0;
        while !self.ended && !out.is_empty() {
            let block = source.block()?;
            let starved = block.is_empty();
            if starved && self.between {
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
                Ok(hint) => self.between = hint == 0,
            }
            if given > 0 {
                return Ok(given);
            }
            if starved {
                self.ended = true;
                self.truncated = (!self.between).then(|| {
                    format!("its zstd data end early, after {} stored bytes; download it again", source.position())
                });
            }
            idle = if taken == 0 { idle + 1 } else { 0 };
            if idle > IDLE_MAX {
                return Err(source.damaged("its zstd data lead nowhere"));
            }
        }
        Ok(0)
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }
}

fn fault(source: &impl Source, reason: &str) -> Error {
    if reason.contains("too much memory") {
        let message = format!(
            "its zstd data ask for a window of more than {} MiB; decompress it with `zstd -d --long=31` and give the \
             plain file",
            1_u64 << (WINDOW_LOG_MAX - 20)
        );
        return unsupported(source.name(), message);
    }
    source.damaged(&format!("its zstd data cannot be read ({reason})"))
}
