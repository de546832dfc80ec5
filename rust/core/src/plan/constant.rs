//! Columns that have the same value in all rows of a record: filled when the record's rows are complete, not row by row.

use crate::columns::{Mode, Type};

use super::ops::{Expr, Predicate};
use super::program::{Loop, Row, Scope};
use super::refs::{JsonPath, Root};
use super::spec::{Elements, Spec};

/// Removes from the rows, for each table, the columns that every row takes from one value of the record; gives their
/// indices and the number of the value. Deduplication does not compare them: they belong to the record.
pub fn extract(record: &mut Scope, spec: &Spec) -> Vec<Vec<(usize, usize)>> {
    let mut tables: Vec<Candidates> = spec
        .tables
        .iter()
        .map(|table| Candidates { columns: vec![None; table.columns.len()], has_rows: false })
        .collect();
    collect(record, &mut tables);
    let constant: Vec<Vec<(usize, usize)>> = tables
        .into_iter()
        .map(|table| {
            table.columns.into_iter().enumerate().filter_map(|(column, value)| Some((column, value?))).collect()
        })
        .collect();
    remove(record, &constant);
    constant
}

/// What the rows of a table seen so far have in common.
struct Candidates {
    /// For each column, the value of the record that all rows take.
    columns: Vec<Option<usize>>,
    has_rows: bool,
}

fn collect(scope: &Scope, tables: &mut [Candidates]) {
    for row in &scope.rows {
        let table = &mut tables[row.table];
        for (index, expr, _) in &row.columns {
            let value = if let Expr::Shared { value } = expr { Some(*value) } else { None };
            let column = &mut table.columns[*index];
            *column = if table.has_rows { column.filter(|_| *column == value) } else { value };
        }
        table.has_rows = true;
    }
    for inner in &scope.loops {
        collect(&inner.scope, tables);
    }
    scope.branches.iter().flatten().for_each(|(_, inner)| collect(inner, tables));
}

fn remove(scope: &mut Scope, constant: &[Vec<(usize, usize)>]) {
    for row in &mut scope.rows {
        // A column without a value is padded with nulls when a value follows.
        row.columns.retain(|(index, expr, _)| {
            !matches!(expr, Expr::Null) && !constant[row.table].iter().any(|(column, _)| column == index)
        });
    }
    scope.loops.iter_mut().for_each(|inner| remove(&mut inner.scope, constant));
    scope.branches.iter_mut().flatten().for_each(|(_, inner)| remove(inner, constant));
}

/// Finds the columns, for each table, whose value is a member of a JSON record in every row, and notes in the rows how many
/// they begin with. A record has such a value where its first row needs it: it may reject the record, which a record without
/// rows is not. Columns that come after another one are left out, so that a record with several faults has the same message.
pub fn find_repeated(record: &mut Scope, spec: &Spec, differing: &[Option<usize>]) -> Vec<Vec<usize>> {
    let mut repeated = vec![Vec::new(); spec.tables.len()];
    // Which rows of a table without duplicates are kept is known at the end.
    let is_plain = |table: usize| spec.tables[table].once_per.is_none() && differing[table].is_none();
    for number in (0..spec.tables.len()).filter(|&number| is_plain(number)) {
        let mut rows = Vec::new();
        record.rows_of(number, &mut rows);
        let [first, others @ ..] = &rows[..] else { continue };
        let Some(id) = record.loops.iter().find(|inner| is_record(inner, spec)).map(|inner| inner.id) else { continue };
        let of_record = first.columns.iter().take_while(|(_, expr, kind)| is_number(kind) && is_member(expr, id));
        let mut count = of_record.count();
        for row in others {
            let same = row.columns.iter().zip(&first.columns).take_while(|(one, other)| one == other).count();
            count = count.min(same);
        }
        if rows.iter().all(|row| row.residual_of.is_none()) {
            repeated[number] = first.columns[..count].iter().map(|(column, ..)| *column).collect();
        }
    }
    record.note_repeated(&repeated);
    repeated
}

/// Whether a loop visits a JSON record as a whole, which is a field without a name.
fn is_record(inner: &Loop, spec: &Spec) -> bool {
    let is_field = |at: &JsonPath| match at {
        JsonPath::Long(long) => {
            long.steps.is_empty() && matches!(long.root, Root::Field(field) if spec.fields[field].is_empty())
        }
        _ => false,
    };
    inner.elements == Elements::One && is_field(&inner.over)
}

/// Whether a value takes as many bytes in each row, so that it does not count for the limit on a record's text.
const fn is_number(kind: &Type) -> bool {
    matches!(kind, Type::Int32 | Type::Int64 | Type::Float64 | Type::Time | Type::Bool)
}

/// Whether an expression is a member of the element of a loop, of the column's type or a reject.
fn is_member(expr: &Expr, id: usize) -> bool {
    let is_of = |at: &JsonPath| at.member().is_some_and(|(of, _)| of == id);
    match expr {
        Expr::Value { at, mode: Mode::Strict, .. } => is_of(at),
        Expr::When { test, then, otherwise } => {
            matches!(&**test, Predicate::IsType { at, .. } if is_of(at))
                && is_member(then, id)
                && is_member(otherwise, id)
        }
        _ => false,
    }
}

impl Scope {
    /// The rows of a table, those of inner scopes too.
    fn rows_of<'a>(&'a self, table: usize, found: &mut Vec<&'a Row>) {
        found.extend(self.rows.iter().filter(|row| row.table == table));
        self.loops.iter().for_each(|inner| inner.scope.rows_of(table, found));
        self.branches.iter().flatten().for_each(|(_, inner)| inner.rows_of(table, found));
    }

    fn note_repeated(&mut self, repeated: &[Vec<usize>]) {
        self.rows.iter_mut().for_each(|row| row.repeated = repeated[row.table].len());
        self.loops.iter_mut().for_each(|inner| inner.scope.note_repeated(repeated));
        self.branches.iter_mut().flatten().for_each(|(_, inner)| inner.note_repeated(repeated));
    }
}
