//! List columns from a field: its integers, or the integer keys and numbered values of its JSON object.

use std::collections::HashSet;

use super::{Cell, CellError, Column, Mode, Type, append_by, append_cell};
use crate::json::{Value, integer_key, parse_i64};
use crate::leniency::Leniencies;
use crate::reject::RejectKind;

/// Appends the integers of a cell, separated by `;` or `, `. A comma without a blank does not
/// separate: `1,234` may be one number as a spreadsheet shows it.
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
    // Most cells are one integer.
    if let (Column::Int64(items), Some(number)) = (list.open(), parse_i64(cell.text)) {
        items.push(Some(number));
        list.close(true);
        return Ok(());
    }
    if cell.is_null() {
        list.close(false);
        return Ok(());
    }
    let mut rest = Some(cell.text);
    while let Some(text) = rest {
        let end = text.iter().enumerate().find_map(|(at, byte)| match byte {
            b';' => Some((at, at + 1)),
            b',' if text.get(at + 1) == Some(&b' ') => Some((at, at + 2)),
            _ => None,
        });
        let (end, next) = end.unwrap_or((text.len(), text.len()));
        let part = &text[..end];
        rest = (end < next).then(|| &text[next..]);
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

/// Appends the values of an object ordered by their integer keys as a list; null if there is no object. A value of
/// another type than the list's items is null and counted.
///
/// # Errors
/// A key is not an integer.
pub fn append_numbered(
    object: Option<Value<'_>>,
    column: &mut Column,
    kind: &Type,
    leniencies: &mut Leniencies,
) -> Result<(), CellError> {
    let (Some(object), Column::List(list), Type::List(item)) = (object, &mut *column, kind) else {
        column.push_null();
        return Ok(());
    };
    for (_, _, value) in numbered_members(object)? {
        append_by(Mode::Counted, list.open(), item, value, None, leniencies)?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn ids(text: &str) -> Option<Vec<Option<i64>>> {
        let kind = Type::List(Box::new(Type::Int64));
        let mut column = Column::new(&kind);
        let cell = Cell { text: text.as_bytes(), quoted: true };
        append_integers(cell, &mut column, &kind, &mut Leniencies::default()).ok()?;
        let Column::List(list) = column else { return None };
        let Column::Int64(items) = list.items() else { return None };
        Some((0..list.items().len()).map(|at| items.get(at)).collect())
    }

    #[test]
    fn a_comma_without_a_blank_is_no_separator() {
        assert_eq!(ids("1;23"), Some(vec![Some(1), Some(23)]));
        assert_eq!(ids("1, 23;4"), Some(vec![Some(1), Some(23), Some(4)]));
        assert_eq!(ids("1 ; 23"), Some(vec![Some(1), Some(23)]));
        for text in ["1,234", "1, 2,3", "1,", "1, ", ",1", ";", "1;", "1;;2", "1,\t2"] {
            assert_eq!(ids(text), None, "{text}");
        }
    }
}
