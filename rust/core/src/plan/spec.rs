//! The declaration of an export as data: which rows go to which table, and where each column comes from.

use serde::Deserialize;

use crate::columns::Type;

use super::ops::{Expr, Predicate};
use super::refs::{FieldRef, JsonPath};

/// What one run reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The record fields that are read, by the names that messages use.
    pub fields: Vec<String>,
    /// The tables.
    pub tables: Vec<TableSpec>,
    /// The expressions, which rows refer to by number: many rows share them.
    pub exprs: Vec<Expr>,
    /// The predicates, which branches refer to by number.
    #[serde(default)]
    pub predicates: Vec<Predicate>,
    /// What the record itself gives.
    pub record: ScopeSpec,
    /// Conditions; a record that fails one is skipped and counted.
    #[serde(default)]
    pub filters: Vec<FilterSpec>,
    /// The record's id, an integer: a number in [`Spec::exprs`]. A run may count or drop records whose id an earlier
    /// source has.
    #[serde(default)]
    pub record_id: Option<usize>,
    /// Fields composed from others, by their number in `fields`.
    #[serde(default)]
    pub derived: Vec<(usize, JsonTemplate)>,
    /// Where all names of a header are quoted, an unquoted `NA` is an empty cell in all fields, not only in derived ones.
    #[serde(default)]
    pub absent_na: bool,
    /// The names of what is counted besides rows; scopes refer to them by number.
    #[serde(default)]
    pub counters: Vec<String>,
}

/// JSON composed from fields. Empty parts are left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonTemplate {
    /// A field's text as JSON: unchanged if it is JSON, converted if it is a Python literal, else as a JSON string.
    Literal(usize),
    /// As [`Self::Literal`] if that is an object or array, which is counted; else a field's text as a JSON string.
    Container(usize),
    /// A field's text as JSON; as a JSON string if it is none; empty for texts that mean null.
    List(usize),
    /// As [`Self::Literal`], but empty for texts that mean null.
    LiteralList(usize),
    /// A field's text as a JSON string.
    Text(usize),
    /// A field's text as a JSON number; as a JSON string if it is none; empty for texts that mean null.
    Token(usize),
    /// An object.
    Object(Vec<(String, Self)>),
    /// An array.
    Array(Vec<Self>),
    /// The first option that is not empty.
    First(Vec<Self>),
    /// Items and members: an array of the items if no member has a value, else an object of all.
    Levels(Vec<(String, Self)>, Vec<(String, Self)>),
    /// The text of the last field as a JSON string, if one of the first fields is not empty.
    Below(Vec<usize>, usize),
    /// The object or array that a string holds as JSON: a field, and the keys of the member that is the string.
    Held(usize, Vec<String>),
    /// A field and the template of its parts: the parts if the field is empty, the field as [`Self::Container`] if the
    /// parts are empty, else the field as [`Self::Literal`], where a null is a text and the parts are counted.
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
    /// More columns, after those: each row has them.
    #[serde(default)]
    pub cells: Option<CellsSpec>,
    /// Only the first record with a given value of this integer field gives rows.
    #[serde(default)]
    pub once_per: Option<usize>,
    /// Its rows are no output: they do not count for the limit on a record's rows.
    #[serde(default)]
    pub internal: bool,
    /// Columns with the numbers of media fragments: see [`crate::geometry::fragments`].
    #[serde(default)]
    pub fragments: Option<FragmentsSpec>,
}

/// Text columns that are each the cell of one field: a wide file has thousands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellsSpec {
    /// The columns.
    pub names: Vec<String>,
    /// The field of the first of them, which those of the others follow.
    pub first: usize,
    /// Texts that mean null, besides the general ones.
    pub nulls: Vec<String>,
}

impl Spec {
    /// Replaces [`TableSpec::cells`] by the columns and expressions for which they stand.
    pub fn expand(&mut self) {
        for (number, table) in self.tables.iter_mut().enumerate() {
            let Some(CellsSpec { names, first, nulls }) = table.cells.take() else { continue };
            let exprs = self.exprs.len()..self.exprs.len() + names.len();
            let cell = |field| Expr::Cell { field: FieldRef(field), nulls: nulls.clone(), decode: None };
            self.exprs.extend((first..).take(names.len()).map(cell));
            table.columns.extend(names.into_iter().map(|name| (name, Type::String)));
            self.record.each_row_mut(&mut |row| {
                if row.table == number {
                    row.columns.extend(exprs.clone());
                }
            });
        }
    }
}

/// Columns of a table that hold the numbers of media fragments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FragmentsSpec {
    /// The column of the texts.
    pub of: usize,
    /// The columns of the four numbers; a column that is not wanted is null.
    pub into: [Option<usize>; 4],
}

/// What one value (the record, or an element of a loop) gives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeSpec {
    /// One row for each of these.
    pub rows: Vec<RowSpec>,
    /// Loops over values inside.
    pub loops: Vec<LoopSpec>,
    /// Groups of branches; of each group the first branch that matches is taken.
    pub branches: Vec<Vec<BranchSpec>>,
    /// Counters that count one more.
    pub counters: Vec<usize>,
    /// Counters that count one more under the type sketch of a value.
    pub sketches: Vec<(usize, JsonPath)>,
}

impl ScopeSpec {
    /// Visits the rows that a value may give, those of inner scopes too.
    pub fn each_row(&self, visit: &mut impl FnMut(&RowSpec)) {
        self.rows.iter().for_each(&mut *visit);
        self.loops.iter().for_each(|inner| inner.scope.each_row(visit));
        self.branches.iter().flatten().for_each(|branch| branch.scope.each_row(visit));
    }

    fn each_row_mut(&mut self, visit: &mut impl FnMut(&mut RowSpec)) {
        self.rows.iter_mut().for_each(&mut *visit);
        self.loops.iter_mut().for_each(|inner| inner.scope.each_row_mut(visit));
        self.branches.iter_mut().flatten().for_each(|branch| branch.scope.each_row_mut(visit));
    }
}

/// What a value gives if a predicate matches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchSpec {
    /// The predicate, a number in [`Spec::predicates`]; a branch without one always matches.
    #[serde(default)]
    pub when: Option<usize>,
    /// What the value gives.
    pub scope: ScopeSpec,
}

/// One row of a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowSpec {
    /// Index of the table in [`Spec::tables`].
    pub table: usize,
    /// The source of each column of the table: its number in [`Spec::exprs`].
    pub columns: Vec<usize>,
}

/// A loop over the elements of a JSON value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoopSpec {
    /// The value.
    pub over: JsonPath,
    /// Its elements.
    pub elements: Elements,
    /// Deduplicates the rows of the elements.
    #[serde(default)]
    pub once: Option<OnceSpec>,
    /// An integer of the record, by its number in [`Spec::exprs`], if rows that are equal are as good as one: a cell may then
    /// give none if an earlier record of the same worker has it too, with the same integer.
    #[serde(default)]
    pub distinct: Option<usize>,
    /// The counter of members that [`Elements::Integers`] skips because their key is not an integer.
    #[serde(default)]
    pub others: Option<usize>,
    /// What each element gives.
    pub scope: ScopeSpec,
}

/// Deduplication: an element gives rows only if no earlier element, in any record, had its key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnceSpec {
    /// The table of the rows.
    pub table: usize,
    /// The record's half of the key, an integer: a number in [`Spec::exprs`]. The other half is the element's index.
    pub record_key: usize,
    /// The counter of elements that differ from the first one with their key.
    pub counter: usize,
}

/// The elements that a loop visits.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Elements {
    /// The value itself, if it is present.
    One,
    /// The items of an array.
    Items,
    /// The members of an object, each key once.
    Members,
    /// The members of an object whose keys are integers, in source order; other members are skipped.
    Integers,
    /// The members of an object ordered by their integer keys; any other key rejects the record.
    Numbered,
    /// The scalars inside the value at any depth, or the value itself. Their index counts all those that the loop visits
    /// in a record.
    Leaves,
}

/// A condition on a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterSpec {
    /// An integer field has one of these values.
    OneOf {
        /// The field.
        field: usize,
        /// The integers.
        values: Vec<i64>,
    },
    /// A version field is within these bounds, both included. A bound without a minor part includes all minor versions
    /// of its major version.
    Versions {
        /// The field; with `minor`, it has the major version only.
        field: usize,
        /// The field of the minor version, if it is one of its own.
        #[serde(default)]
        minor: Option<usize>,
        /// Lowest version.
        from: Option<(i64, Option<i64>)>,
        /// Highest version.
        to: Option<(i64, Option<i64>)>,
    },
    /// A time field is at or after `from` and before `until`, in microseconds of the epoch.
    Times {
        /// The field.
        field: usize,
        /// First microsecond that is kept.
        from: Option<i64>,
        /// First microsecond that is no longer kept.
        until: Option<i64>,
    },
    /// The same of the time that an expression gives.
    TimesOf {
        /// Number of the expression.
        expr: usize,
        /// First microsecond that is kept.
        from: Option<i64>,
        /// First microsecond that is no longer kept.
        until: Option<i64>,
    },
}
