//! The end of a buffer, and line ends near it.

use super::Block;
use crate::leniency::Leniency;

/// The byte-order mark of UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// What follows the buffered bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BufferEnd {
    /// More bytes.
    More,
    /// The end of the input.
    Last,
    /// The end of a truncated input; the text says why.
    Truncated(String),
}

impl BufferEnd {
    /// Whether no more bytes follow.
    pub const fn is_last(&self) -> bool {
        !matches!(self, Self::More)
    }
}

/// The end of a record's line.
#[derive(Clone, Copy, Debug)]
pub struct LineEnd {
    /// One past the record's last byte.
    pub at: usize,
    /// Start of the next line.
    pub next: usize,
    /// The leniency to count, unless the line ends in LF.
    form: Option<Leniency>,
}

impl LineEnd {
    /// The line end at `at`, or `None` if the next byte is needed to tell CR from CR LF.
    pub fn at(bytes: &[u8], at: usize, end: &BufferEnd) -> Option<Self> {
        let (next, form) = match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => (at + 2, Some(Leniency::Crlf)),
            (Some(b'\r'), None) if !end.is_last() => return None,
            (Some(b'\r'), _) => (at + 1, Some(Leniency::LoneCr)),
            (Some(_), _) => (at + 1, None),
            (None, _) => (at, None),
        };
        Some(Self { at, next, form })
    }

    /// Counts the line end if it is not LF.
    pub fn count(self, block: &mut Block) {
        if let Some(form) = self.form {
            block.leniencies[form] += 1;
        }
    }
}

/// Strips the line end; also returns the leniency to count unless it is LF.
pub fn without_line_end(bytes: &[u8]) -> (&[u8], Option<Leniency>) {
    match bytes {
        [kept @ .., b'\r', b'\n'] => (kept, Some(Leniency::Crlf)),
        [kept @ .., b'\r'] => (kept, Some(Leniency::LoneCr)),
        [kept @ .., b'\n'] => (kept, None),
        _ => (bytes, None),
    }
}
