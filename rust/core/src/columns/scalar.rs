//! A member of a JSON record into a typed column: what is of another type rejects the record (contract 2.5).

use super::cell::{CellError, is_null_text, parse_int};
use super::{Column, TimeForm, Type, parse_time};
use crate::json::{Kind, Value, parse_f64, unescape};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::RejectKind;

/// Appends a value that must be of the column's type, or null; with `hex` a time may be the hex digits of its text.
///
/// # Errors
/// Where it is of another type, or cannot be read as one of the column's; the column may then hold part of it.
pub fn append_scalar(
    column: &mut Column,
    kind: &Type,
    value: Value<'_>,
    hex: bool,
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
        (Column::Time(column), _) => {
            let text = text(value).ok_or_else(|| refuse("a time"))?;
            if is_null_text(&text) {
                column.push(None);
                return Ok(());
            }
            let plain = if hex { hex_text(&text) } else { None };
            let time = parse_time(plain.as_deref().unwrap_or(&text)).ok_or_else(|| refuse("a time"))?;
            column.push(Some(time.micros));
            match plain {
                Some(_) => leniencies[Leniency::HexTime] += 1,
                None => leniencies[Leniency::TimeForm] += u64::from(time.form != TimeForm::Cell),
            }
        }
        (Column::List(list), Type::List(item)) => {
            if value.kind() == Kind::String && is_null_text(value.bytes()) {
                list.close(false);
                return Ok(());
            }
            if value.kind() != Kind::Array {
                return Err(CellError { kind: RejectKind::JsonType, ..refuse("a list") });
            }
            for inner in value.items() {
                append_scalar(list.open(), item, inner, false, leniencies)?;
            }
            list.close(true);
        }
        (Column::Text(column), Type::String) => {
            let text = text(value).ok_or_else(|| match value.kind() {
                Kind::String => {
                    let message = "a string holds a lone surrogate escape".to_owned();
                    CellError { kind: RejectKind::Json, message }
                }
                _ => refuse("a text"),
            })?;
            column.push(&text);
        }
        (other, _) => {
            super::append_value(other, kind, value)
                .map_err(|_| CellError { kind: RejectKind::Json, message: "a lone surrogate escape".to_owned() })?;
        }
    }
    Ok(())
}

fn text(value: Value<'_>) -> Option<Vec<u8>> {
    if value.kind() != Kind::String {
        return None;
    }
    let mut text = Vec::new();
    unescape(value.bytes(), &mut text).ok().map(|()| text)
}

/// The text of `\x3230…`, as a database writes bytes: servers of 2020 wrote times so (formats/libcrowds.md 5).
pub fn hex_text(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.strip_prefix(b"\\x")?.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}
