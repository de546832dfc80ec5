//! What is let pass of the lines that values stand in: CR LF, a lone CR, lines without anything, a last one without end.

use super::splitter::BOM;
use super::walk::is_white;
use crate::leniency::{Leniencies, Leniency};

/// The counts of what was read, kept until it is known that values stand in lines; and the line that was begun.
#[derive(Debug, Default)]
pub struct LineEnds {
    found: Leniencies,
    /// A byte of the line was read.
    begun: bool,
    /// More than white space stands on it.
    filled: bool,
}

impl LineEnds {
    /// Counts the lines that end in the first `used` of the bytes at hand; `first`: they begin the source.
    pub fn count(&mut self, bytes: &[u8], used: usize, first: bool) {
        let mut from = if first && bytes[..used].starts_with(BOM) { BOM.len() } else { 0 };
        for at in memchr::memchr2_iter(b'\n', b'\r', &bytes[..used]) {
            if bytes[at] == b'\r' {
                let pair = bytes.get(at + 1) == Some(&b'\n');
                self.found[if pair { Leniency::Crlf } else { Leniency::LoneCr }] += 1;
                if pair {
                    // It is the LF that ends the line.
                    continue;
                }
            }
            self.go_on(&bytes[from..at]);
            self.found[Leniency::EmptyLine] += u64::from(!self.filled);
            (self.begun, self.filled) = (false, false);
            from = at + 1;
        }
        self.go_on(&bytes[from..used]);
    }

    /// Hands on the counts; at the end of the source the last line counts too, if it has no line end.
    pub fn take(&mut self, at_end: bool) -> Leniencies {
        if at_end && std::mem::take(&mut self.begun) {
            let last = if self.filled { Leniency::MissingFinalNewline } else { Leniency::EmptyLine };
            self.found[last] += 1;
        }
        std::mem::take(&mut self.found)
    }

    fn go_on(&mut self, part: &[u8]) {
        self.begun |= !part.is_empty();
        self.filled = self.filled || !part.iter().copied().all(is_white);
    }
}
