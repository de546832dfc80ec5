//! Columns that are the same in all rows of a record: filled once the record's rows are known, not row by row.

use super::program::{Op, Scope};
use super::spec::Spec;

/// For each table, the columns that every row takes from one value of the record, with its number; these are taken
/// out of the rows.
///
/// Rows that may be dropped as repeated are compared whole, so that their tables have none.
pub fn take(record: &mut Scope, spec: &Spec) -> Vec<Vec<(usize, usize)>> {
    let mut tables: Vec<Found> = spec
        .tables
        .iter()
        .map(|table| Found { columns: vec![None; table.columns.len()], seen: false, whole: table.once_per.is_some() })
        .collect();
    look(record, &mut tables);
    let of_table = |table: Found| table.columns.into_iter().enumerate();
    let recorded: Vec<Vec<(usize, usize)>> = tables
        .into_iter()
        .map(
            |table| if table.whole { Vec::new() } else { of_table(table).filter_map(|(i, n)| Some((i, n?))).collect() },
        )
        .collect();
    leave_out(record, &recorded);
    recorded
}

/// What the rows of a table have in common so far.
struct Found {
    /// For each column, the value of the record that all its rows take.
    columns: Vec<Option<usize>>,
    seen: bool,
    whole: bool,
}

fn look(scope: &Scope, tables: &mut [Found]) {
    for row in &scope.rows {
        let found = &mut tables[row.table];
        for (place, op, _) in &row.columns {
            let value = if let Op::Record(value) = op { Some(*value) } else { None };
            let column = &mut found.columns[*place];
            *column = if found.seen { column.filter(|_| *column == value) } else { value };
        }
        found.seen = true;
    }
    for inner in &scope.each {
        if let Some(once) = &inner.once {
            tables[once.table].whole = true;
        }
        look(&inner.scope, tables);
    }
    scope.branches.iter().flatten().for_each(|(_, inner)| look(inner, tables));
}

/// Takes out of the rows what is filled otherwise.
fn leave_out(scope: &mut Scope, recorded: &[Vec<(usize, usize)>]) {
    for row in &mut scope.rows {
        // Columns without a value are filled with nulls when one follows.
        row.columns.retain(|(place, op, _)| {
            !matches!(op, Op::Null) && !recorded[row.table].iter().any(|(column, _)| column == place)
        });
    }
    scope.each.iter_mut().for_each(|inner| leave_out(&mut inner.scope, recorded));
    scope.branches.iter_mut().flatten().for_each(|(_, inner)| leave_out(inner, recorded));
}
