//! A compiled plan: every reference is resolved, so that running it looks up no names.

use std::sync::Arc;

use crate::columns::{Keys, Type};

use super::members::Part;
use super::ops::{Expr, Predicate};
use super::refs::JsonPath;
use super::spec::Elements;
use super::template::Template;
use super::wide::WideCells;

/// All of a plan.
#[derive(Debug)]
pub struct Program {
    /// What the record gives.
    pub record: Scope,
    /// The members that each loop looks up in its elements, by the number of the loop.
    pub loops: Vec<Members>,
    /// The keys of these members, to be looked up.
    pub keys: Vec<Keys>,
    /// For each table, the number of text columns of a row whose texts may each be as long as the record.
    pub texts: Vec<usize>,
    /// Values computed once per record.
    pub values: Vec<(Expr, Type)>,
    /// Which of these the record's own row uses; only those count leniencies.
    pub own: Vec<bool>,
    /// The expression of each filter that has one.
    pub filters: Vec<Option<Expr>>,
    /// The record's id.
    pub record_id: Option<Expr>,
    /// Predicates on the record alone, evaluated at most once per record.
    pub predicates: Vec<Predicate>,
    /// For each table, the counter of [`super::spec::OnceSpec`].
    pub differing: Vec<Option<usize>>,
    /// For each table, the columns that have the same value in all rows of a record: column and value.
    pub constant: Vec<Vec<(usize, usize)>>,
    /// For each table, the columns that are evaluated in the first row of a record alone: the others repeat it.
    pub repeated: Vec<Vec<usize>>,
    /// For each table, which of its columns are filled from [`super::run::TableBuilder::texts`]; empty if none are.
    pub sparse: Vec<Vec<bool>>,
    /// Fields whose JSON is parsed for some loop or path.
    pub parsed: Vec<bool>,
    /// Those of them whose values are read from a tape, and not as a whole into typed columns alone.
    pub walked: Vec<bool>,
    /// For each field, the number of the loop over it of which repeated cells are kept; see [`super::repeats`].
    pub repeats: Vec<Option<usize>>,
    /// The template of each derived field.
    pub derived: Vec<Option<Arc<Template>>>,
}

/// What one value gives.
#[derive(Debug, Default)]
pub struct Scope {
    /// Rows.
    pub rows: Vec<Row>,
    /// Loops over values inside.
    pub loops: Vec<Loop>,
    /// Of each group the first branch that matches is taken.
    pub branches: Vec<Vec<(Option<Predicate>, Self)>>,
    /// Counters that count one more.
    pub counters: Vec<usize>,
    /// Counters that count one more under the type sketch of a value.
    pub sketches: Vec<(usize, JsonPath)>,
}

/// One row of a table.
#[derive(Debug)]
pub struct Row {
    /// The table.
    pub table: usize,
    /// Index, source and type of each column, without those in [`Program::constant`].
    pub columns: Vec<(usize, Expr, Type)>,
    /// So many of them, at the start, are in [`Program::repeated`].
    pub repeated: usize,
    /// The loop whose residual a column holds.
    pub residual_of: Option<usize>,
    /// If most columns are fields: how those with a value are found.
    pub wide: Option<WideCells>,
    /// Whether a column reads more of the record than elements of loops, if it matters.
    pub reads_record: bool,
}

/// A loop.
#[derive(Debug)]
pub struct Loop {
    /// Its number in the plan.
    pub id: usize,
    /// The value that it visits.
    pub over: JsonPath,
    /// The elements of that value.
    pub elements: Elements,
    /// Deduplicates the rows of the elements.
    pub once: Option<OnceRows>,
    /// The number of the record value with which a cell gives rows once.
    pub distinct: Option<usize>,
    /// The counter of members that are skipped.
    pub others: Option<usize>,
    /// The number among [`super::machine::RecordEvaluator::repeats`], if repeated cells are kept.
    pub repeats: Option<usize>,
    /// If each element gives one row of parts of itself: what the columns after [`Row::repeated`] have of it.
    pub parts: Option<Vec<Part>>,
    /// What each element gives.
    pub scope: Scope,
}

/// See [`super::spec::OnceSpec`].
#[derive(Debug)]
pub struct OnceRows {
    /// The table.
    pub table: usize,
    /// The number of the record value that is half of the key.
    pub record_key: usize,
}

/// The members that a loop looks up in its elements.
#[derive(Debug, Default)]
pub struct Members {
    /// The keys; their indices here are the slots.
    pub keys: Vec<String>,
    /// Slots by whose text later elements look up this one.
    pub tracked: Vec<usize>,
}
