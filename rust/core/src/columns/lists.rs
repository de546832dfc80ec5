//! List columns from a field: its integers, or the integer keys and numbered values of its JSON object.

use std::collections::HashSet;

use super::{Cell, CellError, Column, Type, append_cell, append_required};
use crate::json::{Value, integer_key};
use crate::leniency::Leniencies;
use crate::reject::RejectKind;

/// Appends the integers of a cell, separated by `;` or `,`.
///
/// # Errors
/// The cell has something else than integers.
pub fn append_integers(
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
        // A plus sign is accepted before a number, but not before an id of a list.
        if cell.is_null() || cell.text.first() == Some(&b'+') {
            return Err(CellError::scalar(part, "an integer"));
        }
        append_cell(list.open(), item, cell, &[], None, leniencies)?;
    }
    list.close(true);
    Ok(())
}

/// Appends the integer keys of an object as a list, each once, in source order; null if there is no object.
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

/// Appends the values of an object ordered by their integer keys as a list; null if there is no object.
///
/// # Errors
/// A key is not an integer, or a value has another type than the list's items.
pub fn append_numbered(object: Option<Value<'_>>, column: &mut Column, kind: &Type) -> Result<(), CellError> {
    let (Some(object), Column::List(list), Type::List(item)) = (object, &mut *column, kind) else {
        column.push_null();
        return Ok(());
    };
    for (_, _, value) in numbered_members(object)? {
        append_required(list.open(), item, value)?;
    }
    list.close(true);
    Ok(())
}

/// The members of an object ordered by their integer keys: integer, key and value; of a duplicate key, the last.
///
/// # Errors
/// A key is not an integer.
pub fn numbered_members(object: Value<'_>) -> Result<Vec<(i64, Value<'_>, Value<'_>)>, CellError> {
    let mut members = Vec::new();
    for (key, value) in object.members() {
        let number = integer_key(key)
            .ok_or_else(|| CellError { kind: RejectKind::Type, message: "a key that is not an integer".to_owned() })?;
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
