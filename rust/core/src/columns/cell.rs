//! Appends CSV fields to typed columns (docs/contract.md, sections 1.3 to 1.5).

use std::borrow::Cow;

use super::time::cell_time;
use super::{Column, Decode, Type};
use crate::json::{parse_f64, parse_i64};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::RejectKind;

/// One unquoted CSV field.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The text.
    pub text: &'a [u8],
    /// Whether it was quoted: an empty quoted field is an empty text.
    pub quoted: bool,
}

impl Cell<'_> {
    /// Whether it is null in a text column.
    #[must_use]
    pub const fn is_null_text(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }

    /// Whether it is null in any other column.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.text.is_empty() || is_null_text(self.text)
    }
}

/// Why a cell rejects its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// The kind of reject.
    pub kind: RejectKind,
    /// The message.
    pub message: String,
}

impl CellError {
    /// A scalar that does not have its column's type.
    pub fn scalar(text: &[u8], expected: &str) -> Self {
        Self { kind: RejectKind::Type, message: format!("{} is not {expected}", excerpt(text)) }
    }
}

/// The beginning of a text for a message, with unprintable characters escaped.
pub fn excerpt(text: &[u8]) -> String {
    let head = String::from_utf8_lossy(&text[..text.len().min(40)]);
    let head: Cow<'_, str> = if text.len() > 40 { Cow::Owned(format!("{head}…")) } else { head };
    format!("{head:?}")
}

/// Whether a text is one that R, Python 2 or pandas writes for a null.
pub fn is_null_text(text: &[u8]) -> bool {
    matches!(text, b"" | b"NA" | b"None" | b"null" | b"NaN")
}

/// Parses an integer; also returns whether it is written as a float with a zero fraction.
pub fn parse_int(text: &[u8]) -> Option<(i64, bool)> {
    match parse_i64(text) {
        Some(number) => Some((number, false)),
        None => parse_other_int(text),
    }
}

/// An integer with a plus sign or a zero fraction.
#[cold]
fn parse_other_int(text: &[u8]) -> Option<(i64, bool)> {
    let text = match text {
        [b'+', digits @ ..] if digits.first().is_some_and(u8::is_ascii_digit) => digits,
        _ => text,
    };
    if let Some(number) = parse_i64(text) {
        return Some((number, false));
    }
    let point = memchr::memchr(b'.', text)?;
    let zeros = &text[point + 1..];
    let zero = !zeros.is_empty() && zeros.iter().all(|&digit| digit == b'0');
    if zero { parse_i64(&text[..point]).map(|number| (number, true)) } else { None }
}

/// Parses a boolean; also returns whether it is in canonical form.
pub fn parse_bool(text: &[u8]) -> Option<(bool, bool)> {
    match text {
        b"true" => Some((true, true)),
        b"false" => Some((false, true)),
        _ if text.eq_ignore_ascii_case(b"true") || text.eq_ignore_ascii_case(b"t") => Some((true, false)),
        _ if text.eq_ignore_ascii_case(b"false") || text.eq_ignore_ascii_case(b"f") => Some((false, false)),
        _ => None,
    }
}

/// Appends a cell after `rows` others as most are: a text, a decimal integer, or a time in the form of an export. Gives
/// whether it was one; if not, the column is unchanged.
#[inline]
pub fn append_usual_cell(column: &mut Column, kind: &Type, text: &[u8], rows: usize) -> bool {
    match column {
        Column::Text(column) if matches!(kind, Type::String) => {
            column.pad(rows);
            column.push(text);
        }
        Column::Int32(column) => {
            let Some(number) = parse_i64(text).and_then(|number| i32::try_from(number).ok()) else { return false };
            column.pad(rows);
            column.push(Some(number));
        }
        Column::Int64(column) => {
            let Some(number) = parse_i64(text) else { return false };
            column.pad(rows);
            column.push(Some(number));
        }
        Column::Time(column) => {
            let Some(micros) = cell_time(text) else { return false };
            column.pad(rows);
            column.push(Some(micros));
        }
        _ => return false,
    }
    true
}

/// Appends a scalar; `nulls` are texts that mean null in this column besides the general ones, `decode` declares the forms
/// of a time.
///
/// # Errors
/// The cell does not have the column's type; the column is then unchanged.
pub fn append_cell(
    column: &mut Column,
    kind: &Type,
    cell: Cell<'_>,
    nulls: &[String],
    decode: Option<Decode>,
    leniencies: &mut Leniencies,
) -> Result<(), CellError> {
    let text = cell.text;
    let named_null = nulls.iter().any(|null| null.as_bytes() == text);
    if named_null || (if matches!(kind, Type::String) { cell.is_null_text() } else { cell.is_null() }) {
        column.push_null();
        return Ok(());
    }
    match column {
        Column::Text(column) => column.push(text),
        Column::Int32(column) => {
            let number = parse_int(text).and_then(|(n, float)| i32::try_from(n).ok().map(|n| (n, float)));
            let (number, float) = number.ok_or_else(|| CellError::scalar(text, "a 32-bit integer"))?;
            leniencies[Leniency::FloatAsInteger] += u64::from(float);
            leniencies[Leniency::PlusSign] += u64::from(text.first() == Some(&b'+'));
            column.push(Some(number));
        }
        Column::Int64(column) => {
            let (number, float) = parse_int(text).ok_or_else(|| CellError::scalar(text, "an integer"))?;
            leniencies[Leniency::FloatAsInteger] += u64::from(float);
            leniencies[Leniency::PlusSign] += u64::from(text.first() == Some(&b'+'));
            column.push(Some(number));
        }
        Column::Float64(column) => {
            column.push(Some(parse_f64(text).ok_or_else(|| CellError::scalar(text, "a number"))?));
            leniencies[Leniency::PlusSign] += u64::from(text.first() == Some(&b'+'));
        }
        Column::Bool(column) => {
            let (truth, canonical) = parse_bool(text).ok_or_else(|| CellError::scalar(text, "true or false"))?;
            leniencies[Leniency::BoolForm] += u64::from(!canonical);
            column.push(Some(truth));
        }
        Column::Time(column) => {
            let time = decode.unwrap_or_default().text(text);
            let (micros, leniency) =
                time.ok_or_else(|| CellError::scalar(text, "a time such as 2017-05-22 21:08:29 UTC"))?;
            column.push(Some(micros));
            if let Some(leniency) = leniency {
                leniencies[leniency] += 1;
            }
        }
        Column::List(_) | Column::Struct(_) => {
            return Err(CellError { kind: RejectKind::Type, message: "no scalar column".to_owned() });
        }
    }
    Ok(())
}
