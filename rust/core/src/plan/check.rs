//! Whether a declaration holds together, so that running it needs no checks.

use super::spec::{Expr, FilterSpec, Path, RowSpec, ScopeSpec, Spec};
use crate::error::{Error, Result};

/// Refuses a declaration that refers to what it does not have.
pub fn check(spec: &Spec) -> Result<()> {
    for filter in &spec.filters {
        let (FilterSpec::OneOf { field, .. } | FilterSpec::Versions { field, .. } | FilterSpec::Times { field, .. }) =
            filter;
        check_field(spec, *field)?;
    }
    for table in &spec.tables {
        table.once_per.map_or(Ok(()), |field| check_field(spec, field))?;
    }
    check_scope(spec, &spec.record, 0)
}

fn check_scope(spec: &Spec, scope: &ScopeSpec, depth: usize) -> Result<()> {
    for row in &scope.rows {
        check_row(spec, row, depth)?;
    }
    for inner in &scope.each {
        check_path(spec, &inner.over, depth)?;
        check_scope(spec, &inner.scope, depth + 1)?;
    }
    Ok(())
}

fn check_row(spec: &Spec, row: &RowSpec, depth: usize) -> Result<()> {
    let Some(table) = spec.tables.get(row.table) else {
        return Err(Error::Plan(format!("no table {}", row.table)));
    };
    if table.columns.len() != row.columns.len() {
        return Err(Error::Plan(format!("a row of {} has {} columns", table.name, row.columns.len())));
    }
    row.columns.iter().try_for_each(|expr| check_expr(spec, expr, depth))
}

fn check_expr(spec: &Spec, expr: &Expr, depth: usize) -> Result<()> {
    match expr {
        Expr::Null => Ok(()),
        Expr::Cell { field, .. }
        | Expr::Version { field, .. }
        | Expr::Split { field }
        | Expr::Verbatim { field, .. }
        | Expr::Strict { field, .. }
        | Expr::Object { field }
        | Expr::IntegerKeys { field }
        | Expr::NumberedValues { field } => check_field(spec, *field),
        Expr::Number { level } | Expr::Part { level } => check_level(*level, depth),
        Expr::Either(options) => options.iter().try_for_each(|option| {
            if option.field().is_none() {
                return Err(Error::Plan("each option of an either needs a field".to_owned()));
            }
            check_expr(spec, option, depth)
        }),
    }
}

fn check_path(spec: &Spec, path: &Path, depth: usize) -> Result<()> {
    match (path.field, path.level) {
        (Some(field), None) => check_field(spec, field),
        (None, Some(level)) => check_level(level, depth),
        _ => Err(Error::Plan("a path starts either in a field or at a loop".to_owned())),
    }
}

fn check_field(spec: &Spec, field: usize) -> Result<()> {
    if field < spec.fields.len() { Ok(()) } else { Err(Error::Plan(format!("no field {field}"))) }
}

fn check_level(level: usize, depth: usize) -> Result<()> {
    if level < depth { Ok(()) } else { Err(Error::Plan(format!("no loop {level} around this"))) }
}

impl Expr {
    /// The field it reads, where it reads one.
    pub fn field(&self) -> Option<usize> {
        match self {
            Self::Cell { field, .. }
            | Self::Version { field, .. }
            | Self::Split { field }
            | Self::Verbatim { field, .. }
            | Self::Strict { field, .. }
            | Self::Object { field }
            | Self::IntegerKeys { field }
            | Self::NumberedValues { field } => Some(*field),
            Self::Null | Self::Number { .. } | Self::Part { .. } | Self::Either(_) => None,
        }
    }
}
