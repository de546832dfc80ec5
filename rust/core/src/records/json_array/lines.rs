//! Counts the leniencies of line ends in JSON Lines: CR LF, lone CR, empty lines, and a missing final line end.

use super::walk::is_white;
use crate::leniency::{Leniencies, Leniency};
use crate::records::line_end::BOM;

/// Counts of line ends, kept until the source is known to be JSON Lines, and the state of the current line.
#[derive(Debug, Default)]
pub struct LineEnds {
    found: Leniencies,
    /// The current line has a byte.
    started: bool,
    /// The current line has a byte that is not white space.
    filled: bool,
}

impl LineEnds {
    /// After an element, whose line goes on.
    pub fn after_element() -> Self {
        Self { started: true, filled: true, ..Self::default() }
    }

    /// Counts the line ends in `bytes[..used]`; `first` if the source starts with `bytes`.
    pub fn count(&mut self, bytes: &[u8], used: usize, first: bool) {
        let mut from = if first && bytes[..used].starts_with(BOM) { BOM.len() } else { 0 };
        for at in memchr::memchr2_iter(b'\n', b'\r', &bytes[..used]) {
            if bytes[at] == b'\r' {
                let pair = bytes.get(at + 1) == Some(&b'\n');
                self.found[if pair { Leniency::Crlf } else { Leniency::LoneCr }] += 1;
                if pair {
                    // The LF ends the line.
                    continue;
                }
            }
            self.extend(&bytes[from..at]);
            self.found[Leniency::EmptyLine] += u64::from(!self.filled);
            (self.started, self.filled) = (false, false);
            from = at + 1;
        }
        self.extend(&bytes[from..used]);
    }

    /// Takes the counts. At the end of the source, a last line without a line end is counted too.
    pub fn take(&mut self, at_end: bool) -> Leniencies {
        if at_end && std::mem::take(&mut self.started) {
            let last = if self.filled { Leniency::MissingFinalNewline } else { Leniency::EmptyLine };
            self.found[last] += 1;
        }
        std::mem::take(&mut self.found)
    }

    fn extend(&mut self, part: &[u8]) {
        self.started |= !part.is_empty();
        self.filled = self.filled || !part.iter().copied().all(is_white);
    }
}

/// Strips the line end and the empty lines after the last line that is not empty.
pub fn without_empty_lines(bytes: &[u8]) -> &[u8] {
    let white = bytes.iter().rev().take_while(|&&byte| is_white(byte)).count();
    let filled = bytes.len() - white;
    memchr::memchr2(b'\n', b'\r', &bytes[filled..]).map_or(bytes, |distance| &bytes[..filled + distance])
}
