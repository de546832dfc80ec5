//! One record by the exact state machine: the slow path where quotes are not as RFC 4180 says.
//!
//! Semantics are csv-core's, with the two things it hides made visible: text after a closing quote, and quotes that
//! are data because their field does not start with one. A differential test holds it against csv-core.

use memchr::{memchr, memchr3};

/// How reading one record came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A whole record.
    Record(Extent),
    /// A record with text after a closing quote; its extent is what csv-core would take for it.
    TextAfterQuote {
        /// The record.
        extent: Extent,
        /// Where the text begins.
        at: usize,
    },
    /// The bytes end before the record does.
    Open {
        /// The last field is quoted and not closed.
        in_quotes: bool,
    },
}

/// Where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Of its last byte, plus one: its line end, or the end of the input.
    pub end: usize,
    /// Fields that hold a quote but do not start with one.
    pub quotes_in_fields: u32,
}

/// Reads the record at `start`, pushing the end of each field to `ends` (the last one is the record's end).
///
/// `bytes` is all there is if `last`; then a record without a line end is whole unless a quote is open.
pub fn read_record(bytes: &[u8], start: usize, last: bool, ends: &mut Vec<u32>) -> Outcome {
    let mut at = start;
    let mut text_after_quote = None;
    let mut quotes_in_fields = 0;
    loop {
        let Field { end, text } = match read_field(bytes, at, last) {
            Ok(field) => field,
            Err(InQuotes(in_quotes)) => return Outcome::Open { in_quotes },
        };
        text_after_quote = text_after_quote.or(text);
        if bytes.get(at) != Some(&b'"') && memchr(b'"', &bytes[at..end]).is_some() {
            quotes_in_fields += 1;
        }
        ends.push(position(end));
        if bytes.get(end) != Some(&b',') {
            let extent = Extent { end, quotes_in_fields };
            return match text_after_quote {
                None => Outcome::Record(extent),
                Some(at) => Outcome::TextAfterQuote { extent, at },
            };
        }
        at = end + 1;
    }
}

/// One field of a record.
pub struct Field {
    /// Of its last byte, plus one.
    pub end: usize,
    /// Where the text after its closing quote begins, if there is such.
    pub text: Option<usize>,
}

/// The bytes end before the field does, inside its quotes or not.
pub struct InQuotes(pub bool);

/// Reads the field at `start`; see [`read_record`].
pub fn read_field(bytes: &[u8], start: usize, last: bool) -> Result<Field, InQuotes> {
    let mut at = start;
    let mut text = None;
    if bytes.get(start) == Some(&b'"') {
        at = closing_quote(bytes, start + 1).ok_or(InQuotes(true))? + 1;
        // A quote at the very end of a part of the input may be the first of a doubled one.
        if at == bytes.len() && !last {
            return Err(InQuotes(false));
        }
        text = (at < bytes.len() && !is_separator(bytes[at])).then_some(at);
    }
    match memchr3(b',', b'\n', b'\r', &bytes[at..]) {
        Some(distance) => Ok(Field { end: at + distance, text }),
        None if last => Ok(Field { end: bytes.len(), text }),
        None => Err(InQuotes(false)),
    }
}

/// The closing quote of the quoted field whose content begins at `from`.
fn closing_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

/// `,` or a line end.
pub const fn is_separator(byte: u8) -> bool {
    matches!(byte, b',' | b'\n' | b'\r')
}

/// A position in a block; blocks are kept below 4 GiB.
#[allow(clippy::cast_possible_truncation, reason = "a block's length is checked when it is filled")]
pub const fn position(at: usize) -> u32 {
    at as u32
}
