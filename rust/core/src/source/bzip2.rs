//! Reads all streams of a bzip2 file.

use bzip2::{Decompress, Status};

use super::layer::ByteSource;
use crate::error::Result;

/// The first byte of a bzip2 stream.
const MAGIC: u8 = b'B';

enum State {
    InStream(Decompress),
    BetweenStreams,
    Ended,
}

/// A bzip2 decoder. It reads from its source only when it has no output left.
pub(super) struct Bzip2 {
    state: State,
    truncated: Option<String>,
}

impl Bzip2 {
    pub(super) fn new() -> Self {
        Self { state: State::InStream(Decompress::new(false)), truncated: None }
    }

    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Ended => return Ok(0),
                State::BetweenStreams => self.next_stream(source)?,
                State::InStream(decoder) => {
                    let block = source.block()?;
                    let starved = block.is_empty();
                    let (read, written) = (decoder.total_in(), decoder.total_out());
                    let ran = decoder.decompress(block, out);
                    let taken = super::layer::narrow(decoder.total_in() - read);
                    let given = super::layer::narrow(decoder.total_out() - written);
                    source.consume(taken);
                    match ran {
                        Err(error) => return Err(source.corrupt(&format!("the bzip2 data are invalid ({error})"))),
                        Ok(Status::StreamEnd) => self.state = State::BetweenStreams,
                        Ok(_) if starved && given == 0 => {
                            let reason = format!("the bzip2 data end early, after {} stored bytes", source.position());
                            self.truncated = Some(reason);
                            self.state = State::Ended;
                        }
                        Ok(_) if taken == 0 && given == 0 => {
                            return Err(source.corrupt("the bzip2 data make no progress"));
                        }
                        Ok(_) => {}
                    }
                    if given > 0 {
                        return Ok(given);
                    }
                }
            }
        }
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Skips zero padding up to the next stream or the end.
    fn next_stream(&mut self, source: &mut impl ByteSource) -> Result<()> {
        self.state = match source.skip_padding()? {
            None => State::Ended,
            Some(MAGIC) => State::InStream(Decompress::new(false)),
            Some(_) => return Err(source.corrupt("the bzip2 data are followed by bytes that are not bzip2")),
        };
        Ok(())
    }
}
