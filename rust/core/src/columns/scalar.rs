//! Appends members of JSON records to typed columns; a value of another type rejects its record (docs/contract.md,
//! section 2.5).

use super::cell::{CellError, is_null_text, parse_int};
use super::{Column, Decode, Type};
use crate::json::{Kind, Value, has_lone_surrogate, parse_f64, string_text};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::RejectKind;

/// Appends a value that must have the column's type or be null; `decode` declares the forms of a time.
///
/// # Errors
/// The value has another type or cannot be parsed; the column may then hold part of it.
pub fn append_scalar(
    column: &mut Column,
    kind: &Type,
    value: Value<'_>,
    decode: Option<Decode>,
    leniencies: &mut Leniencies,
) -> Result<(), CellError> {
    if value.kind() == Kind::Null {
        column.push_null();
        return Ok(());
    }
    let refuse = |expected: &str| CellError::scalar(value.token(), expected);
    let number = if value.kind() == Kind::Number { value.bytes() } else { b"" };
    match (&mut *column, kind) {
        (Column::Int32(column), _) => {
            let (found, float) = parse_int(number).ok_or_else(|| refuse("an integer"))?;
            column.push(Some(i32::try_from(found).map_err(|_| refuse("a 32-bit integer"))?));
            leniencies[Leniency::FloatAsInteger] += u64::from(float);
        }
        (Column::Int64(column), _) => {
            let (found, float) = parse_int(number).ok_or_else(|| refuse("an integer"))?;
            column.push(Some(found));
            leniencies[Leniency::FloatAsInteger] += u64::from(float);
        }
        (Column::Float64(column), _) => column.push(Some(parse_f64(number).ok_or_else(|| refuse("a number"))?)),
        (Column::Bool(column), _) => match value.kind() {
            Kind::True => column.push(Some(true)),
            Kind::False => column.push(Some(false)),
            _ => return Err(refuse("true or false")),
        },
        (Column::Time(column), _) if value.kind() == Kind::Number => {
            let micros = decode.and_then(|decode| decode.number(number, false)).ok_or_else(|| refuse("a time"))?;
            column.push(Some(micros));
            leniencies[Leniency::EpochTime] += 1;
        }
        (Column::Time(column), _) => {
            let text = string_text(value).ok_or_else(|| refuse("a time"))?;
            if is_null_text(&text) {
                column.push(None);
                return Ok(());
            }
            let (micros, leniency) = decode.unwrap_or_default().text(&text).ok_or_else(|| refuse("a time"))?;
            column.push(Some(micros));
            if let Some(leniency) = leniency {
                leniencies[leniency] += 1;
            }
        }
        (Column::List(list), Type::List(item)) => {
            if value.kind() != Kind::Array {
                return Err(CellError { kind: RejectKind::JsonType, ..refuse("a list") });
            }
            for inner in value.items() {
                append_scalar(list.open(), item, inner, None, leniencies)?;
            }
            list.close(true);
        }
        (Column::Text(column), Type::String) => {
            column.push(&string_text(value).ok_or_else(|| refuse("a text"))?);
            leniencies[Leniency::LoneSurrogate] += u64::from(has_lone_surrogate(value));
        }
        (other, _) => {
            let held = super::append_value(other, kind, value);
            leniencies[Leniency::LoneSurrogate] += u64::from(held.replaced);
        }
    }
    Ok(())
}
