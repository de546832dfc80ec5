//! The declaration of an export as data, as it is handed over: which rows go to which table, and where each column
//! comes from. Its field names are the language that declarations are compiled to.

mod expr;

pub use expr::{Expr, Find, Joint, Mode, Nearest, Outer, Path, Step, Test};

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
    /// Fields made of others, by their number in `fields`.
    #[serde(default)]
    pub derived: Vec<(usize, Tree)>,
    /// What is counted besides rows: names that scopes refer to by number.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// JSON put together of fields. What would be empty is left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tree {
    /// A field's text as JSON: as it is if it is JSON, else a Python literal in JSON's form, else a JSON string.
    Literal(usize),
    /// The text of a field, as a JSON string.
    Text(usize),
    /// The text of a field, as it stands: a number.
    Token(usize),
    /// An object.
    Object(Vec<(String, Self)>),
    /// A list.
    List(Vec<Self>),
    /// The first of these that is not empty.
    First(Vec<Self>),
    /// Items and members: a list of the items if no member is filled, else an object of all.
    Levels(Vec<(String, Self)>, Vec<(String, Self)>),
    /// The text of the last field, as a JSON string, where one of the first is not empty.
    Below(Vec<usize>, usize),
    /// A field beside the tree of its parts: the parts if it is empty, its text as a JSON string if they are, and what
    /// [`Self::Literal`] makes of it if neither is.
    Whole(usize, Box<Self>),
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

/// What one value (the record, or a part of a loop) gives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeSpec {
    /// One row for each of these.
    #[serde(default)]
    pub rows: Vec<RowSpec>,
    /// Loops over what is inside.
    #[serde(default)]
    pub each: Vec<LoopSpec>,
    /// Of each of these, the first whose test holds, and no other.
    #[serde(default)]
    pub branches: Vec<Vec<BranchSpec>>,
    /// Notes that count one more.
    #[serde(default)]
    pub notes: Vec<usize>,
    /// Notes that count one more by the shape of a value.
    #[serde(default)]
    pub shapes: Vec<(usize, Path)>,
}

/// What a value gives if a test holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchSpec {
    /// The test; without one it holds.
    #[serde(default)]
    pub when: Option<Test>,
    /// What the value gives.
    #[serde(flatten)]
    pub scope: ScopeSpec,
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
    /// Parts that are rows once only.
    #[serde(default)]
    pub once: Option<OnceSpec>,
    /// The note that counts members whose key is no integer, where [`Parts::Integers`] passes them over.
    #[serde(default)]
    pub others: Option<usize>,
    /// What each part gives.
    #[serde(flatten)]
    pub scope: ScopeSpec,
}

/// The rows of a loop's part stand only if no part before, in any record, had its key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnceSpec {
    /// The table whose rows these are.
    pub table: usize,
    /// Half of the key: an integer of the record. The other half is the part's number.
    pub with: Expr,
    /// The note that counts parts which differ from the first one of their key.
    pub note: usize,
}

/// What a loop goes over.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// The value itself, if it is there.
    One,
    /// The items of an array.
    Items,
    /// The members of an object, each key once.
    Members,
    /// The members of an object whose keys are integers, in the object's order; the others are passed over.
    Integers,
    /// The members of an object whose keys are integers, by number; any other key rejects the record.
    Numbered,
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
