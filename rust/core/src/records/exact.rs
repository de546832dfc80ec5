//! Parses one record exactly: the slow path for quotes that violate RFC 4180.
//!
//! The semantics are those of csv-core, which a differential test verifies. In addition, text after a closing quote and
//! quotes inside unquoted fields are reported.

use memchr::{memchr, memchr3};

/// The result of parsing one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A complete record.
    Record(Extent),
    /// A record with text after a closing quote.
    TextAfterQuote {
        /// The record as csv-core reads it.
        extent: Extent,
        /// Position of the text.
        at: usize,
    },
    /// The buffer ends within the record.
    Incomplete {
        /// The last field is quoted and not closed.
        in_quotes: bool,
    },
}

/// The extent of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// One past the record's last byte: its line end, or the end of the input.
    pub end: usize,
    /// Number of unquoted fields that contain a quote.
    pub quotes_in_fields: u32,
}

/// Parses the record at `start` and pushes the end of each field to `ends`.
///
/// If `last`, the input ends with `bytes`, and a record without a line end is complete unless a quote is open.
pub fn read_record(bytes: &[u8], start: usize, separator: u8, last: bool, ends: &mut Vec<u32>) -> Parsed {
    let mut at = start;
    let mut text_after_quote = None;
    let mut quotes_in_fields = 0;
    loop {
        let Field { end, text } = match read_field(bytes, at, separator, last) {
            Ok(field) => field,
            Err(InQuotes(in_quotes)) => return Parsed::Incomplete { in_quotes },
        };
        text_after_quote = text_after_quote.or(text);
        if bytes.get(at) != Some(&b'"') && memchr(b'"', &bytes[at..end]).is_some() {
            quotes_in_fields += 1;
        }
        ends.push(position(end));
        if bytes.get(end) != Some(&separator) {
            let extent = Extent { end, quotes_in_fields };
            return match text_after_quote {
                None => Parsed::Record(extent),
                Some(at) => Parsed::TextAfterQuote { extent, at },
            };
        }
        at = end + 1;
    }
}

/// One field of a record.
pub struct Field {
    /// One past the field's last byte.
    pub end: usize,
    /// Position of the text after the closing quote, if there is any.
    pub text: Option<usize>,
}

/// The buffer ends within the field; whether that is inside quotes.
pub struct InQuotes(pub bool);

/// Parses the field at `start`; see [`read_record`].
pub fn read_field(bytes: &[u8], start: usize, separator: u8, last: bool) -> Result<Field, InQuotes> {
    let mut at = start;
    let mut text = None;
    if bytes.get(start) == Some(&b'"') {
        at = closing_quote(bytes, start + 1).ok_or(InQuotes(true))? + 1;
        // A quote at the end of the buffer may be the first of a doubled quote.
        if at == bytes.len() && !last {
            return Err(InQuotes(false));
        }
        text = (at < bytes.len() && bytes[at] != separator && !matches!(bytes[at], b'\n' | b'\r')).then_some(at);
    }
    match memchr3(separator, b'\n', b'\r', &bytes[at..]) {
        Some(distance) => Ok(Field { end: at + distance, text }),
        None if last => Ok(Field { end: bytes.len(), text }),
        None => Err(InQuotes(false)),
    }
}

/// Position of the closing quote of the quoted field whose content starts at `from`.
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

/// A position in a block as 32 bits.
#[allow(
    clippy::cast_possible_truncation,
    reason = "blocks are smaller than 4 GiB, which is checked when they are filled"
)]
pub const fn position(at: usize) -> u32 {
    at as u32
}
