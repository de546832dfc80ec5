//! Pushes of single values into columns, and what a value of another type than the column's becomes.

use serde::Deserialize;

use super::{CellError, Column, Decode, Type, append_scalar, append_value};
use crate::json::{Kind, LoneSurrogate, Value, unescape};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::RejectKind;

/// What becomes of a JSON value of another type than its column's.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Null, or what its text parses as.
    Lenient,
    /// Null, or what its text parses as, which then counts as held by the column.
    Parsed,
    /// Null.
    Exact,
    /// A reject.
    Strict,
    /// A reject, and so is a null.
    Required,
}

/// Appends a value as `mode` says; gives whether the column holds it exactly.
///
/// # Errors
/// The value rejects its record.
pub fn append_by(
    mode: Mode,
    column: &mut Column,
    kind: &Type,
    value: Value<'_>,
    decode: Option<Decode>,
    leniencies: &mut Leniencies,
) -> Result<bool, CellError> {
    if value.kind() == Kind::Null && mode != Mode::Required || mode == Mode::Exact && !kind.is_json_type(value.kind()) {
        column.push_null();
        return Ok(false);
    }
    match mode {
        Mode::Lenient | Mode::Exact => append_value(column, kind, value).map_err(lone_surrogate),
        Mode::Parsed if append_epoch(column, value, decode, leniencies) => Ok(true),
        Mode::Parsed => append_value(column, kind, value).map(|_| !column.is_last_null()).map_err(lone_surrogate),
        Mode::Required => append_required(column, kind, value).map(|()| true),
        Mode::Strict => append_scalar(column, kind, value, decode, leniencies).map(|()| true),
    }
}

/// Appends a time that is written as a number; gives whether the value is one.
fn append_epoch(column: &mut Column, value: Value<'_>, decode: Option<Decode>, leniencies: &mut Leniencies) -> bool {
    let (Column::Time(column), Some(decode)) = (column, decode) else { return false };
    let micros = match value.kind() {
        Kind::Number => decode.number(value.bytes(), false),
        Kind::String => decode.number(value.bytes(), true),
        _ => None,
    };
    if micros.is_some() {
        column.push(micros);
        leniencies[Leniency::EpochTime] += 1;
    }
    micros.is_some()
}

/// Appends a value that must have exactly the column's type.
///
/// # Errors
/// The value has another type.
pub fn append_required(column: &mut Column, kind: &Type, value: Value<'_>) -> Result<(), CellError> {
    if append_value(column, kind, value).map_err(lone_surrogate)? {
        return Ok(());
    }
    let found = match value.kind() {
        Kind::Array => "a list with items of another type",
        other => other.name(),
    };
    Err(CellError { kind: RejectKind::Type, message: format!("{found} where another type belongs") })
}

/// Appends a text, or a null.
pub fn push_text(column: &mut Column, text: Option<&[u8]>) {
    match (column, text) {
        (Column::Text(column), Some(text)) => column.push(text),
        (column, _) => column.push_null(),
    }
}

/// Appends an integer; a null to a column of another type, or of integers that are too small for it.
pub fn push_integer(column: &mut Column, number: i64) {
    match column {
        // Indices and keys within a record are below 2^31; a larger key has no column.
        Column::Int32(column) => column.push(i32::try_from(number).ok()),
        Column::Int64(column) => column.push(Some(number)),
        other => other.push_null(),
    }
}

/// Appends the text of a string; a null for another value.
///
/// # Errors
/// The string has a lone surrogate.
pub fn push_string(column: &mut Column, value: Option<Value<'_>>) -> Result<(), CellError> {
    match (column, value) {
        (Column::Text(column), Some(value)) if value.kind() == Kind::String => {
            if value.is_escaped() {
                unescape(value.bytes(), column.open()).map_err(lone_surrogate)?;
                column.close(true);
            } else {
                column.push(value.bytes());
            }
        }
        (column, _) => column.push_null(),
    }
    Ok(())
}

/// The reject of a string that no text column can hold.
#[must_use]
pub fn lone_surrogate(_: LoneSurrogate) -> CellError {
    CellError { kind: RejectKind::Json, message: "a string holds a lone surrogate escape".to_owned() }
}
