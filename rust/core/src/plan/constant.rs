//! Columns that have the same value in all rows of a record: filled when the record's rows are complete, not row by row.

use super::ops::Expr;
use super::program::Scope;
use super::spec::Spec;

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
