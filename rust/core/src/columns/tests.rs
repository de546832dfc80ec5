//! Values and cells in typed columns: finished arrays, and truncation to any earlier length.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cells;
mod guess;
mod objects;
mod rollback;
mod samples;
mod values;

use arrow_array::{Array, ArrayRef};

use super::convert::Held;
use super::{Cell, CellError, Column, StructType, Type, append_cell, append_usual_cell, append_value};
use crate::json::Doc;
use crate::json_text::to_json_text;
use crate::leniency::{Leniencies, Leniency};

/// Maximum nesting depth of JSON.
const DEPTH: usize = 128;

fn list(item: Type) -> Type {
    Type::List(Box::new(item))
}

fn structure(fields: &[(&str, Type)], extra: bool) -> StructType {
    let fields = fields.iter().map(|(name, kind)| ((*name).to_owned(), kind.clone())).collect();
    StructType { fields, extra, all_members: false, whole: false, unread: Vec::new() }
}

/// Appends a JSON value; returns how the column holds it.
fn append(column: &mut Column, kind: &Type, json: &str) -> Held {
    let mut doc = Doc::default();
    append_value(column, kind, doc.parse(json.as_bytes(), DEPTH).unwrap())
}

fn finish(column: &mut Column, kind: &Type) -> ArrayRef {
    let length = column.len();
    let array = column.finish(&kind.arrow()).unwrap();
    assert_eq!(array.data_type(), &kind.arrow());
    assert_eq!(array.len(), length);
    assert!(column.is_empty());
    array.to_data().validate_full().unwrap();
    array
}

/// The values of an array as JSON texts; none for a null.
fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    to_json_text(array).unwrap().iter().map(|text| text.map(str::to_owned)).collect()
}

/// The value that a column of this type holds for a JSON value, as JSON text, and whether it is exact.
fn read(kind: &Type, json: &str) -> (Option<String>, bool) {
    let mut column = Column::new(kind);
    let Held { exact, .. } = append(&mut column, kind, json);
    (texts(&finish(&mut column, kind)).remove(0), exact)
}
