//! Pushes of single values into columns, and what a value of another type than the column's becomes.

use serde::Deserialize;

use super::{CellError, Column, Decode, Type, append_scalar, append_value};
use crate::json::{Kind, Value, unescape};
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
    /// Null, which is counted; so is a JSON null.
    Counted,
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
    if mode == Mode::Counted && !kind.is_json_type(value.kind()) {
        column.push_null();
        leniencies[Leniency::NullItem] += 1;
        return Ok(false);
    }
    if value.kind() == Kind::Null && mode != Mode::Required || mode == Mode::Exact && !kind.is_json_type(value.kind()) {
        column.push_null();
        return Ok(false);
    }
    match mode {
        Mode::Parsed if append_epoch(column, value, decode, leniencies) => Ok(true),
        Mode::Lenient | Mode::Exact | Mode::Parsed | Mode::Counted => {
            let held = append_value(column, kind, value);
            leniencies[Leniency::LoneSurrogate] += u64::from(held.replaced);
            if mode == Mode::Parsed {
                return Ok(!column.is_last_null());
            }
            // What only struct columns keep: the escape of a lone surrogate.
            Ok(held.exact || held.replaced && matches!(kind, Type::String))
        }
        Mode::Required => append_required(column, kind, value, leniencies).map(|()| true),
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
pub fn append_required(
    column: &mut Column,
    kind: &Type,
    value: Value<'_>,
    leniencies: &mut Leniencies,
) -> Result<(), CellError> {
    let held = append_value(column, kind, value);
    leniencies[Leniency::LoneSurrogate] += u64::from(held.replaced);
    if held.exact || held.replaced && matches!(kind, Type::String) {
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

/// Appends the text of a string; a null for another value. Returns whether a lone surrogate was replaced.
pub fn push_string(column: &mut Column, value: Option<Value<'_>>) -> bool {
    match (column, value) {
        (Column::Text(column), Some(value)) if value.kind() == Kind::String => {
            if value.is_escaped() {
                let replaced = unescape(value.bytes(), column.open());
                column.close(true);
                return replaced;
            }
            column.push(value.bytes());
        }
        (column, _) => column.push_null(),
    }
    false
}
