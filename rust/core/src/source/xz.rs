//! Reads all streams of an xz file.

use liblzma::stream::{Action, CONCATENATED, Error as XzError, Status, Stream};

use super::layer::{ByteSource, narrow, unsupported};
use crate::error::{Error, Result, UnsupportedKind};

/// Maximum memory of the decoder in MiB: `xz -9` needs 65. It bounds the memory that a malicious file can request.
const MEMORY_MIB: u64 = 192;

/// An xz decoder. It reads from its source only when it has no output left.
pub(super) struct Xz {
    decoder: Stream,
    ended: bool,
    truncated: Option<String>,
}

impl Xz {
    pub(super) fn new(name: &str) -> Result<Self> {
        let decoder = Stream::new_stream_decoder(MEMORY_MIB << 20, CONCATENATED);
        let decoder = decoder.map_err(|error| Error::io(name, error.into()))?;
        Ok(Self { decoder, ended: false, truncated: None })
    }

    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
        while !self.ended && !out.is_empty() {
            let block = source.block()?;
            let starved = block.is_empty();
            // Only at the end of the input can the decoder tell that no stream follows.
            let action = if starved { Action::Finish } else { Action::Run };
            let (read, written) = (self.decoder.total_in(), self.decoder.total_out());
            let ran = self.decoder.process(block, out, action);
            let taken = narrow(self.decoder.total_in() - read);
            let given = narrow(self.decoder.total_out() - written);
            source.consume(taken);
            match ran {
                Err(XzError::MemLimit) => {
                    return Err(unsupported(source.name(), UnsupportedKind::XzMemory { max_mib: MEMORY_MIB }));
                }
                Err(error) => return Err(source.corrupt(&format!("the xz data are invalid ({error})"))),
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(_) if starved && given == 0 => {
                    self.ended = true;
                    self.truncated = Some(format!("the xz data end early, after {} stored bytes", source.position()));
                }
                Ok(_) if taken == 0 && given == 0 => return Err(source.corrupt("the xz data make no progress")),
                Ok(_) => {}
            }
            if given > 0 {
                return Ok(given);
            }
        }
        Ok(0)
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }
}
