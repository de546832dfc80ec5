//! Reads all members of a gzip file.

use super::inflate::{Inflated, Inflater};
use super::layer::ByteSource;
use crate::error::Result;

/// The first byte of a gzip member.
const ID1: u8 = 0x1f;

#[derive(Clone, Copy)]
enum State {
    InMember,
    BetweenMembers,
    Ended,
}

/// A gzip decoder. It reads from its source only when it has no output left.
pub(super) struct Gzip {
    inflater: Inflater,
    state: State,
    truncated: Option<String>,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self { inflater: Inflater::gzip(), state: State::InMember, truncated: None }
    }

    /// Reads decompressed bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Ended => return Ok(0),
                State::BetweenMembers => self.next_member(source)?,
                State::InMember => match self.inflater.inflate(source, out)? {
                    Inflated::Bytes(count) => return Ok(count),
                    Inflated::End(count) => {
                        self.state = State::BetweenMembers;
                        if count > 0 {
                            return Ok(count);
                        }
                    }
                    Inflated::Starved => {
                        self.state = State::Ended;
                        self.truncated =
                            Some(format!("the gzip data end early, after {} stored bytes", source.position()));
                    }
                },
            }
        }
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Skips zero padding up to the next member or the end.
    fn next_member(&mut self, source: &mut impl ByteSource) -> Result<()> {
        match source.skip_padding()? {
            None => self.state = State::Ended,
            Some(ID1) => {
                self.inflater.restart();
                self.state = State::InMember;
            }
            Some(_) => return Err(source.corrupt("the gzip data are followed by bytes that are not gzip")),
        }
        Ok(())
    }
}
