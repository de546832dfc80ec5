//! Rows with so many columns that only those with a value are visited.

use std::sync::Arc;

use crate::columns::Type;

use super::ops::Expr;
use super::program::Row;
use super::record::field_number;
use super::template::Template;

/// A row of fewer columns is filled faster column by column.
const FEWEST: usize = 64;

/// A row of fewer columns has text columns with buffers of their own.
const FEWEST_SPARSE: usize = 1000;

/// No column.
const NONE: u32 = u32::MAX;

/// The columns of a row that are fields of the record: an empty field gives null.
#[derive(Debug)]
pub struct WideCells {
    /// Positions of the other columns, which are always evaluated.
    others: Vec<u32>,
    /// For each field of the plan, the position of its column.
    of_field: Vec<u32>,
    /// Whether the values of text columns that are cells go to [`super::run::TableBuilder::texts`].
    pub is_sparse: bool,
}

impl WideCells {
    /// Finds the columns of a row that are fields; none if they are few. `is_only` if no other row is of its table.
    pub fn of(row: &Row, derived: &[Option<Arc<Template>>], is_only: bool) -> Option<Self> {
        if row.columns.len() < FEWEST {
            return None;
        }
        let is_sparse = is_only && row.columns.len() >= FEWEST_SPARSE;
        let mut wide = Self { others: Vec::new(), of_field: vec![NONE; derived.len()], is_sparse };
        for (position, (_, expr, _)) in row.columns.iter().enumerate() {
            let position = field_number(position);
            match expr {
                Expr::Cell { field, .. } if derived[field.0].is_none() && wide.of_field[field.0] == NONE => {
                    wide.of_field[field.0] = position;
                }
                _ => wide.others.push(position),
            }
        }
        Some(wide)
    }

    /// Which of the `columns` columns of a table are sparse, given its row.
    pub fn sparse(row: &Row, columns: usize) -> Vec<bool> {
        let mut sparse = vec![false; columns];
        for (index, expr, kind) in &row.columns {
            sparse[*index] = matches!((expr, kind), (Expr::Cell { decode: None, .. }, Type::String));
        }
        sparse
    }

    /// Sets `order` to the positions of the columns that are evaluated, given the fields that are not empty.
    pub fn filled(&self, fields: &[u32], order: &mut Vec<u32>) {
        order.clear();
        order.extend_from_slice(&self.others);
        order.extend(fields.iter().map(|&field| self.of_field[field as usize]).filter(|&position| position != NONE));
        order.sort_unstable();
    }
}
