//! What is taken from a field as a whole: lists of integers, and objects whose keys are integers.

use std::collections::HashSet;

use crate::columns::{Cell, CellError, Column, Type, append_cell};
use crate::json::{Value, parse_i64, unescape};
use crate::leniency::Leniencies;
use crate::reject::RejectKind;

use super::eval::append_strictly;

/// Appends the integers that `;` or `,` separate.
pub fn append_split(
    cell: Cell<'_>,
    column: &mut Column,
    kind: &Type,
    leniencies: &mut Leniencies,
) -> Result<(), CellError> {
    let (Column::List(list), Type::List(item)) = (&mut *column, kind) else {
        column.push_null();
        return Ok(());
    };
    if cell.is_null() {
        list.close(false);
        return Ok(());
    }
    for part in cell.text.split(|&byte| byte == b';' || byte == b',') {
        let cell = Cell { text: part.trim_ascii(), quoted: false };
        if cell.is_null() {
            return Err(CellError::scalar(part, "an integer"));
        }
        append_cell(list.open(), item, cell, &[], leniencies)?;
    }
    list.close(true);
    Ok(())
}

/// Appends the integer keys of an object as a list, each once, in order; null where there is no object.
pub fn append_integer_keys(object: Option<Value<'_>>, column: &mut Column) {
    let (Some(object), Column::List(list)) = (object, &mut *column) else { return column.push_null() };
    if let Column::Int64(target) = list.open() {
        let mut seen = HashSet::new();
        for (key, _) in object.members() {
            if let Some(number) = integer_key(key)
                && (!object.has_duplicates() || seen.insert(number))
            {
                target.push(Some(number));
            }
        }
    }
    list.close(true);
}

/// Appends the values of an object whose keys are integers, by number, as a list; null where there is no object.
pub fn append_numbered(object: Option<Value<'_>>, column: &mut Column, kind: &Type) -> Result<(), CellError> {
    let (Some(object), Column::List(list), Type::List(item)) = (object, &mut *column, kind) else {
        column.push_null();
        return Ok(());
    };
    for (_, _, value) in numbered(object)? {
        append_strictly(list.open(), item, value)?;
    }
    list.close(true);
    Ok(())
}

/// The integer that a key spells.
pub fn integer_key(key: Value<'_>) -> Option<i64> {
    if !key.is_escaped() {
        return parse_i64(key.bytes());
    }
    let mut text = Vec::new();
    unescape(key.bytes(), &mut text).ok()?;
    parse_i64(&text)
}

/// The members of an object by the integers that are its keys, with the keys; of a key that it has twice, the last.
pub fn numbered(object: Value<'_>) -> Result<Vec<(i64, Value<'_>, Value<'_>)>, CellError> {
    let mut members = Vec::new();
    for (key, value) in object.members() {
        let number = integer_key(key)
            .ok_or_else(|| CellError { kind: RejectKind::Type, message: "a key that is no integer".to_owned() })?;
        members.push((number, key, value));
    }
    members.sort_by_key(|&(number, ..)| number);
    if object.has_duplicates() {
        members.reverse();
        members.dedup_by_key(|&mut (number, ..)| number);
        members.reverse();
    }
    Ok(members)
}
