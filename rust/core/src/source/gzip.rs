//! gzip: every member of the file, one after the other.

use super::inflate::{Inflater, Step};
use super::layer::Source;
use crate::error::Result;

/// The first byte of a gzip member.
const ID1: u8 = 0x1f;

#[derive(Clone, Copy)]
enum State {
    Within,
    Between,
    Ended,
}

/// A gzip decoder that asks its source for more only when it needs to.
pub(super) struct Gzip {
    inflater: Inflater,
    state: State,
    truncated: Option<String>,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self { inflater: Inflater::gzip(), state: State::Within, truncated: None }
    }

    /// Reads inflated bytes; 0 at the end.
    pub(super) fn read(&mut self, source: &mut impl Source, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Ended => return Ok(0),
                State::Between => self.next_member(source)?,
                State::Within => match self.inflater.step(source, out)? {
                    Step::Bytes(count) => return Ok(count),
                    Step::End(count) => {
                        self.state = State::Between;
                        if count > 0 {
                            return Ok(count);
                        }
                    }
                    Step::Starved => {
                        self.state = State::Ended;
                        self.truncated = Some(format!(
                            "its gzip data end early, after {} stored bytes; download it again",
                            source.position()
                        ));
                    }
                },
            }
        }
    }

    /// Why the data ended early, if they did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Passes over the zeros that tapes and block devices leave, to the next member or the end.
    fn next_member(&mut self, source: &mut impl Source) -> Result<()> {
        loop {
            let block = source.block()?;
            let zeros = block.iter().take_while(|&&byte| byte == 0).count();
            match block.get(zeros) {
                None if block.is_empty() => {
                    self.state = State::Ended;
                    return Ok(());
                }
                None => source.consume(zeros),
                Some(&ID1) => {
                    source.consume(zeros);
                    self.inflater.restart();
                    self.state = State::Within;
                    return Ok(());
                }
                Some(_) => {
                    source.consume(zeros);
                    return Err(source.damaged("its gzip data are followed by bytes that are not gzip"));
                }
            }
        }
    }
}
