//! Bounds on output: of one record, which is rejected beyond them, and of one block, which then comes in parts.
//!
//! A record may repeat a text of itself in each of its rows, so its output may be its square. Measuring the output takes a
//! look at every column, so an upper bound is added up instead, and the output is measured where the bound is exceeded.

use crate::columns::{CellError, Type};
use crate::reject::RejectKind;

use super::machine::{Fault, RecordEvaluator};
use super::ops::Expr;
use super::run::TableBuilder;
use super::spec::{RowSpec, Spec, TableSpec};

/// Limits of a record.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum nesting depth of JSON.
    pub depth: usize,
    /// Maximum number of rows, of all tables together.
    pub rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, rows: 1_000_000 }
    }
}

/// Maximum number of bytes of text that a record gives, of all tables together.
const MAX_TEXT: usize = 256 << 20;

/// A long record may give this many times its own bytes.
const TEXT_PER_BYTE: usize = 4;

/// Output of a block beyond which the rest of the block comes in another part.
const PART_BYTES: usize = 64 << 20;

/// Maximum text of any record. With the part before it, it is within the reach of 32-bit offsets.
const LARGEST_TEXT: usize = i32::MAX as usize - 2 * PART_BYTES;

/// Estimated output after which output is measured.
const STEP: usize = 32 << 20;

/// Bytes of a number, an offset or a validity bit.
const VALUE_BYTES: usize = 8;

/// Estimates the output of records.
#[derive(Debug)]
pub struct Meter {
    costs: Vec<RowCost>,
    max_rows: u64,
    /// Upper bound of the text of one cell of the current record.
    cell: usize,
    /// Estimated output of the current record since it was measured.
    estimate: usize,
    /// Whether the current record was measured.
    measured: bool,
    /// Estimated output of the block since it was measured.
    block: usize,
}

/// The upper bound of the output of one row.
#[derive(Clone, Copy, Debug, Default)]
struct RowCost {
    /// See [`texts_of_row`].
    texts: usize,
    /// Bytes whatever the record.
    fixed: usize,
}

impl Meter {
    /// A meter of the tables of a plan, given [`texts_of_rows`].
    pub fn new(spec: &Spec, texts: &[usize], max_rows: u64) -> Self {
        let names = spec.fields.iter().map(String::len).sum::<usize>();
        // So that a record with too many rows is measured.
        let least = STEP / usize::try_from(max_rows).unwrap_or(usize::MAX).max(1) + 1;
        let cost = |(table, &texts): (&TableSpec, _)| RowCost {
            texts,
            fixed: (names + VALUE_BYTES * table.columns.len()).max(least),
        };
        let costs = spec.tables.iter().zip(texts).map(cost).collect();
        Self { costs, max_rows, cell: 0, estimate: 0, measured: false, block: 0 }
    }

    /// Leaves a table out. Which rows of a table without duplicates a worker keeps depends on what it has seen, and
    /// whether a record is rejected must not.
    pub fn leave_out(&mut self, table: usize) {
        self.costs[table] = RowCost::default();
    }

    /// Starts a record of `bytes` bytes.
    #[inline]
    pub fn start(&mut self, bytes: usize) {
        self.block += std::mem::take(&mut self.estimate);
        self.cell = bytes + VALUE_BYTES;
        self.measured = false;
    }

    /// Adds rows; whether the output must be measured.
    #[inline]
    pub fn add_rows(&mut self, table: usize, count: usize) -> bool {
        let RowCost { texts, fixed } = self.costs[table];
        self.estimate += count * (texts * self.cell + fixed);
        self.estimate > STEP
    }

    /// Whether the output of the block must be measured.
    #[inline]
    pub const fn is_block_due(&self) -> bool {
        self.block > STEP
    }

    /// Starts the output of a block or of a part of it.
    pub const fn start_part(&mut self) {
        self.block = 0;
        self.estimate = 0;
    }

    /// Whether the output of the block is so large that its rest comes in another part.
    #[cold]
    pub fn is_part_full(&mut self, tables: &[TableBuilder]) -> bool {
        self.block = 0;
        let counted = tables.iter().zip(&self.costs).filter(|(_, cost)| cost.fixed > 0);
        let bytes = counted.map(|(table, _)| table.text_bytes_from(0) + table.rows * table.columns.len() * VALUE_BYTES);
        bytes.sum::<usize>() > PART_BYTES
    }
}

impl RecordEvaluator {
    /// Checks the output of the current record.
    ///
    /// # Errors
    /// It is more than a record may give.
    #[cold]
    pub fn check_output(&mut self, tables: &[TableBuilder]) -> Result<(), Fault> {
        let meter = &mut self.meter;
        meter.block += std::mem::take(&mut meter.estimate);
        meter.measured = true;
        let (mut rows, mut text) = (0, 0);
        let constants = &self.plan.program().constant;
        for ((table, constant), _) in tables.iter().zip(constants).zip(&meter.costs).filter(|(_, cost)| cost.fixed > 0)
        {
            let added = table.rows - table.started;
            rows += added as u64;
            text += table.text_bytes_from(table.started);
            text += constant.iter().map(|&(_, value)| added * self.values[value].text_bytes_from(0)).sum::<usize>();
        }
        let max_text = (TEXT_PER_BYTE * meter.cell).clamp(MAX_TEXT, LARGEST_TEXT);
        if rows <= meter.max_rows && text <= max_text {
            return Ok(());
        }
        let message = format!("gives more than {} rows or {max_text} bytes of text", meter.max_rows);
        Err((None, CellError { kind: RejectKind::Amplification, message }))
    }

    /// Checks the output of the current record, once it is complete.
    ///
    /// # Errors
    /// It is more than a record may give.
    #[inline]
    pub fn check_complete_output(&mut self, tables: &[TableBuilder]) -> Result<(), Fault> {
        // A record whose estimate was never exceeded gives less than a step.
        if self.meter.measured { self.check_output(tables) } else { Ok(()) }
    }
}

/// For each table, the most that [`texts_of_row`] gives for one of its rows.
pub fn texts_of_rows(spec: &Spec) -> Vec<usize> {
    let mut most = vec![0; spec.tables.len()];
    spec.record.each_row(&mut |row| most[row.table] = texts_of_row(spec, row).max(most[row.table]));
    most
}

/// Number of columns of a row whose texts may each be as long as the record. Columns that are fields of the record count
/// as one, however many there are: together they are no longer than the record.
fn texts_of_row(spec: &Spec, row: &RowSpec) -> usize {
    let mut seen: Vec<bool> = vec![false; spec.fields.len()];
    spec.derived.iter().for_each(|&(field, _)| seen[field] = true);
    let mut is_field = |number: usize| match spec.exprs.get(number) {
        Some(Expr::Cell { field, decode: None, .. }) => {
            seen.get_mut(field.0).is_some_and(|seen| !std::mem::replace(seen, true))
        }
        _ => false,
    };
    let columns = row.columns.iter().zip(&spec.tables[row.table].columns);
    1 + columns.map(|(&number, (_, kind))| if is_field(number) { 0 } else { texts_of(kind) }).sum::<usize>()
}

/// Number of text columns in a column of this type.
fn texts_of(kind: &Type) -> usize {
    match kind {
        Type::String | Type::Json => 1,
        Type::List(item) => texts_of(item),
        Type::Struct(inner) => {
            inner.fields.iter().map(|(_, kind)| texts_of(kind)).sum::<usize>() + usize::from(inner.extra)
        }
        _ => 0,
    }
}
