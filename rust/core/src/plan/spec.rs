//! The declaration of an export as data, as it is handed over: which rows go to which table, and where each column
//! comes from. Its field names are the language that declarations are compiled to.

use serde::Deserialize;

use crate::columns::Type;

/// Everything asked of one run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The fields of a record that are used, by the names messages give them.
    pub fields: Vec<String>,
    /// The tables to fill.
    pub tables: Vec<TableSpec>,
    /// What the record itself gives.
    pub record: ScopeSpec,
    /// A record that fails one of these is left out, and counted.
    #[serde(default)]
    pub filters: Vec<FilterSpec>,
}

/// One table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<(String, Type)>,
    /// Only the first record with a given value of this integer field gives rows.
    #[serde(default)]
    pub once_per: Option<usize>,
}

/// What one value (the record, or an item of a loop) gives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeSpec {
    /// One row for each of these.
    #[serde(default)]
    pub rows: Vec<RowSpec>,
    /// Loops over what is inside.
    #[serde(default)]
    pub each: Vec<LoopSpec>,
}

/// One row of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowSpec {
    /// The table's place in [`Spec::tables`].
    pub table: usize,
    /// Where each column of the table comes from.
    pub columns: Vec<Expr>,
}

/// A loop over the parts of a JSON value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopSpec {
    /// The value.
    pub over: Path,
    /// Its parts.
    pub parts: Parts,
    /// What each part gives.
    #[serde(flatten)]
    pub scope: ScopeSpec,
}

/// What a loop goes over.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// The items of an array.
    Items,
    /// The members of an object whose keys are integers, by number; any other key rejects the record.
    Numbered,
}

/// A place in a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// The field whose JSON it starts in, or
    #[serde(default)]
    pub field: Option<usize>,
    /// the loop whose part it starts at, counted from the outermost, 0.
    #[serde(default)]
    pub level: Option<usize>,
    /// Member after member.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// Where a column comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// Nowhere: null.
    Null,
    /// A scalar field, and texts that mean null in it.
    Cell {
        /// The field.
        field: usize,
        /// Texts that mean null in it, besides the general ones.
        #[serde(default)]
        nulls: Vec<String>,
    },
    /// The n-th part of a field of the form `major.minor` or `major`; null in any other form.
    Version {
        /// The field.
        field: usize,
        /// 0 or 1.
        part: usize,
    },
    /// The integers of a field, which `;` or `,` separate.
    Split {
        /// The field.
        field: usize,
    },
    /// A field's JSON, byte for byte.
    Verbatim {
        /// The field.
        field: usize,
        /// Its outer type.
        outer: Outer,
    },
    /// A field's JSON, typed as the column, all of it: what does not fit rejects the record.
    Strict {
        /// The field.
        field: usize,
        /// Its outer type.
        outer: Outer,
    },
    /// A field's JSON object as a struct column.
    Object {
        /// The field.
        field: usize,
    },
    /// The keys of a field's JSON object that are integers, in order.
    IntegerKeys {
        /// The field.
        field: usize,
    },
    /// The values of a field's JSON object whose keys are integers, by number, typed as the items of the column; what
    /// does not fit rejects the record.
    NumberedValues {
        /// The field.
        field: usize,
    },
    /// The number that is the key of a loop's part.
    Number {
        /// The loop, from the outermost, 0.
        level: usize,
    },
    /// A loop's part itself, typed as the column; what does not fit rejects the record.
    Part {
        /// The loop, from the outermost, 0.
        level: usize,
    },
    /// The first of these whose field the source has; null where it has none.
    Either(Vec<Expr>),
}

/// The outer type that a JSON field must have.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Outer {
    /// An object.
    Object,
    /// An array.
    Array,
    /// Any.
    Any,
}

/// A condition on a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterSpec {
    /// An integer field is one of these.
    OneOf {
        /// The field.
        field: usize,
        /// The integers.
        values: Vec<i64>,
    },
    /// A version field is within these bounds, both of which belong to the range. A bound without a minor takes all
    /// minors of its major.
    Versions {
        /// The field.
        field: usize,
        /// Lowest version.
        from: Option<(i64, Option<i64>)>,
        /// Highest version.
        to: Option<(i64, Option<i64>)>,
    },
    /// A time field is at or after `from` and before `until`, in microseconds of the epoch.
    Times {
        /// The field.
        field: usize,
        /// First microsecond that belongs to the range.
        from: Option<i64>,
        /// First microsecond that no longer does.
        until: Option<i64>,
    },
}
