//! One column of one row.

use std::collections::HashSet;

use crate::columns::{CellError, Column, Type, append_cell, append_value};
use crate::json::{Kind, LoneSurrogate, Value, parse_i64, unescape};
use crate::leniency::Leniencies;
use crate::leniency::Leniency;
use crate::reject::RejectKind;

use super::record::{Fields, Record};
use super::spec::{Expr, Outer};
use super::version::parse_version;

/// The part of a JSON value that a loop is at.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The field whose JSON it is in.
    pub field: usize,
    /// Its place on the tape.
    pub place: u32,
    /// The integer that is its key.
    pub number: i64,
}

/// What a column is taken from.
pub struct Scope<'a> {
    /// The record.
    pub record: &'a mut Record,
    /// Its fields.
    pub fields: Fields<'a>,
    /// The loops around, outermost first.
    pub parts: &'a [Part],
    /// What was read although it is not canonical.
    pub leniencies: &'a mut Leniencies,
}

/// Why a column rejects the record, and the field at fault.
pub type Fault = (Option<usize>, CellError);

impl Scope<'_> {
    /// Appends what `expr` gives to `column`.
    pub fn append(&mut self, expr: &Expr, column: &mut Column, kind: &Type) -> Result<(), Fault> {
        let at_field = |error| (expr.field(), error);
        match expr {
            Expr::Null => column.push_null(),
            Expr::Cell { field, nulls } => {
                let cell = self.record.cell(self.fields, *field);
                append_cell(column, kind, cell, nulls, self.leniencies).map_err(at_field)?;
            }
            Expr::Version { field, part } => {
                let version = parse_version(self.record.cell(self.fields, *field).text);
                let part = version.and_then(|(major, minor)| if *part == 0 { Some(major) } else { minor });
                match column {
                    Column::Int32(column) => column.push(part),
                    other => other.push_null(),
                }
            }
            Expr::Split { field } => {
                let cell = self.record.cell(self.fields, *field);
                split(cell.is_null(), cell.text, column, kind, self.leniencies).map_err(at_field)?;
            }
            Expr::Verbatim { field, outer } => {
                let text = self.record.verbatim(self.fields, *field, *outer).map_err(at_field)?;
                match (column, text) {
                    (Column::Text(column), Some(text)) => column.push(text),
                    (column, _) => column.push_null(),
                }
            }
            Expr::Strict { field, outer } => match self.record.json(self.fields, *field, *outer).map_err(at_field)? {
                None => column.push_null(),
                Some(value) => append_strictly(column, kind, value).map_err(at_field)?,
            },
            Expr::Object { field } => match self.record.json(self.fields, *field, Outer::Object).map_err(at_field)? {
                None => column.push_null(),
                Some(value) => {
                    append_value(column, kind, value).map_err(|LoneSurrogate| at_field(surrogate()))?;
                }
            },
            Expr::IntegerKeys { field } => {
                let object = self.record.json(self.fields, *field, Outer::Object).map_err(at_field)?;
                if let (Some(object), Column::List(list)) = (object, &mut *column) {
                    integer_keys(object, list.open());
                    list.close(true);
                } else {
                    column.push_null();
                }
            }
            Expr::NumberedValues { field } => {
                let object = self.record.json(self.fields, *field, Outer::Object).map_err(at_field)?;
                if let (Some(object), Column::List(list), Type::List(item)) = (object, &mut *column, kind) {
                    for (_, value) in numbered(object).map_err(at_field)? {
                        append_strictly(list.open(), item, value).map_err(at_field)?;
                    }
                    list.close(true);
                } else {
                    column.push_null();
                }
            }
            Expr::Number { level } => {
                let Part { field, number, .. } = self.parts[*level];
                match column {
                    Column::Int32(column) => {
                        let narrow = i32::try_from(number).map_err(|_| {
                            (Some(field), CellError::scalar(number.to_string().as_bytes(), "a 32-bit integer"))
                        })?;
                        column.push(Some(narrow));
                    }
                    Column::Int64(column) => column.push(Some(number)),
                    other => other.push_null(),
                }
            }
            Expr::Part { level } => {
                let part = self.parts[*level];
                let value = self.record.parsed(self.fields, part.field).at(part.place);
                append_strictly(column, kind, value).map_err(|error| (Some(part.field), error))?;
            }
            Expr::Either(options) => {
                let present = |option: &&Expr| option.field().is_some_and(|field| self.fields.columns[field].is_some());
                match options.iter().find(present) {
                    Some(option) => self.append(option, column, kind)?,
                    None => column.push_null(),
                }
            }
        }
        Ok(())
    }
}

/// Appends the integers that `;` or `,` separate.
fn split(
    null: bool,
    text: &[u8],
    column: &mut Column,
    kind: &Type,
    leniencies: &mut Leniencies,
) -> Result<(), CellError> {
    let (Column::List(list), Type::List(item)) = (&mut *column, kind) else {
        column.push_null();
        return Ok(());
    };
    if null {
        list.close(false);
        return Ok(());
    }
    for part in text.split(|&byte| byte == b';' || byte == b',') {
        let text = part.trim_ascii();
        if text.is_empty() {
            return Err(CellError::scalar(part, "an integer"));
        }
        let cell = crate::columns::Cell { text, quoted: false };
        if cell.is_null() {
            return Err(CellError::scalar(text, "an integer"));
        }
        append_cell(list.open(), item, cell, &[], leniencies)?;
    }
    list.close(true);
    Ok(())
}

/// The integer keys of an object, each once, in order.
fn integer_keys(object: Value<'_>, target: &mut Column) {
    let Column::Int64(target) = target else { return };
    let mut seen = HashSet::new();
    for (key, _) in object.members() {
        if let Some(number) = integer_key(key)
            && (!object.has_duplicates() || seen.insert(number))
        {
            target.push(Some(number));
        }
    }
}

/// The integer that a key spells.
fn integer_key(key: Value<'_>) -> Option<i64> {
    if !key.is_escaped() {
        return parse_i64(key.bytes());
    }
    let mut text = Vec::new();
    unescape(key.bytes(), &mut text).ok()?;
    parse_i64(&text)
}

/// The members of an object by the integers that are its keys; of a key that it has twice, the last.
pub fn numbered(object: Value<'_>) -> Result<Vec<(i64, Value<'_>)>, CellError> {
    let mut members = Vec::new();
    for (key, value) in object.members() {
        let number = integer_key(key)
            .ok_or_else(|| CellError { kind: RejectKind::Type, message: "a key that is no integer".to_owned() })?;
        members.push((number, value));
    }
    members.sort_by_key(|&(number, _)| number);
    if object.has_duplicates() {
        members.reverse();
        members.dedup_by_key(|&mut (number, _)| number);
        members.reverse();
    }
    Ok(members)
}

/// Appends a value that must be exactly of its type.
fn append_strictly(column: &mut Column, kind: &Type, value: Value<'_>) -> Result<(), CellError> {
    if append_value(column, kind, value).map_err(|LoneSurrogate| surrogate())? {
        return Ok(());
    }
    let found = match value.kind() {
        Kind::Array => "a list with items of another type",
        other => other.name(),
    };
    Err(CellError { kind: RejectKind::Type, message: format!("{found} where another type belongs") })
}

fn surrogate() -> CellError {
    CellError { kind: RejectKind::Json, message: "a string holds a lone surrogate escape".to_owned() }
}

/// Counts what one record's JSON had twice.
pub fn count_duplicates(record: &Record, leniencies: &mut Leniencies) {
    leniencies[Leniency::DuplicateKeys] += record.duplicate_keys;
}
