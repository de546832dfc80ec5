//! Cells whose rows are known: volunteers give the same few answers again and again.
//!
//! Where the rows of a loop over a field's JSON depend on nothing else of the record, equal cells give equal rows. The rows
//! of short cells that repeat are kept, and copied instead of reading the cell again.

use hashbrown::HashMap;

use crate::columns::{Column, Type};
use crate::error::Result;
use crate::json::{Kind, Value};
use crate::leniency::Leniencies;

use super::cache::hash;
use super::machine::{Fault, RecordEvaluator};
use super::ops::{Expr, Predicate, Visitor};
use super::program::{Loop, Scope};
use super::record::RawRecord;
use super::refs::{JsonPath, NearestRef, PathStep, Root};
use super::run::TableBuilder;
use super::spec::TableSpec;

/// Shorter cells, such as empty lists, are read as fast as they are looked up.
const SHORTEST: usize = 16;

/// Longer cells seldom repeat.
const LONGEST: usize = 2 << 10;

/// Cells with more rows are not kept.
const MOST_ROWS: usize = 64;

/// Maximum bytes of kept cells and their rows, about; beyond them all are forgotten.
const MOST_BYTES: usize = 4 << 20;

/// In place of the number of a cell whose rows depend on more than the cell.
const NOT_KEPT: usize = usize::MAX;

/// Bytes of the number of a cell, of a kept cell beside its text, and of a value beside its text.
const NUMBER_BYTES: usize = 64;
const CELL_BYTES: usize = 512;
const VALUE_BYTES: usize = 16;

/// Number of hashes of cells that were seen once; a power of two.
const SEEN: usize = 1 << 12;

/// Look-ups after which the share of hits is checked, and look-ups that are left out after a low one.
const TRIAL: u32 = 2048;
const PAUSE: u32 = 16384;

/// The kept cells of one field.
#[derive(Debug)]
pub struct RepeatedCells {
    /// By hash, the number of the cell, or [`NOT_KEPT`].
    numbers: HashMap<u64, usize>,
    cells: Vec<RepeatedCell>,
    /// The rows of all cells, by table.
    rows: Vec<KeptRows>,
    /// Hashes of cells that were seen once, each in the slot of its hash.
    seen: Vec<u64>,
    bytes: usize,
    lookups: u32,
    hits: u32,
    paused: u32,
    current: Current,
}

/// Rows of one table.
#[derive(Debug)]
struct KeptRows {
    /// Its columns. They may be shorter than `count`.
    columns: Vec<Column>,
    count: usize,
}

/// What is known of the current record's cell.
#[derive(Clone, Copy, Debug)]
enum Current {
    Unread,
    /// It is the kept cell with this number.
    Known(usize),
    /// It repeats, but is not kept; its hash.
    Repeats(u64),
    New,
}

/// A kept cell.
#[derive(Debug)]
pub struct RepeatedCell {
    raw: Box<[u8]>,
    /// Whether it is from a JSON record, where quotes belong to it.
    of_json: bool,
    /// Its text.
    pub text: Box<[u8]>,
    /// The type of its JSON.
    pub kind: Kind,
    /// Number of duplicate keys in its JSON.
    pub duplicates: u64,
    /// Whether its rows are the first of the first table, which count leniencies.
    first: bool,
    leniencies: Leniencies,
    /// What was counted, by counter.
    counts: Vec<u64>,
    rows: Vec<RowsOfTable>,
}

/// The rows that a cell gives to one table.
#[derive(Debug)]
struct RowsOfTable {
    table: usize,
    start: usize,
    count: usize,
    /// The columns with values.
    columns: Vec<usize>,
}

impl RepeatedCells {
    /// No cells yet, of rows for these tables.
    pub fn new(tables: &[TableSpec]) -> Self {
        let rows = |table: &TableSpec| KeptRows {
            columns: table.columns.iter().map(|(_, kind): &(String, Type)| Column::new(kind)).collect(),
            count: 0,
        };
        Self {
            numbers: HashMap::new(),
            cells: Vec::new(),
            rows: tables.iter().map(rows).collect(),
            seen: Vec::new(),
            bytes: 0,
            lookups: 0,
            hits: 0,
            paused: 0,
            current: Current::Unread,
        }
    }

    /// Starts the next record.
    pub const fn reset(&mut self) {
        self.current = Current::Unread;
    }

    /// The kept cell with the bytes of the current record's.
    #[inline]
    pub fn find(&mut self, raw: &[u8], of_json: bool) -> Option<&RepeatedCell> {
        if matches!(self.current, Current::Unread) {
            self.current = self.look_up(raw, of_json);
        }
        match self.current {
            Current::Known(number) => self.cells.get(number),
            _ => None,
        }
    }

    fn look_up(&mut self, raw: &[u8], of_json: bool) -> Current {
        if !(SHORTEST..=LONGEST).contains(&raw.len()) {
            return Current::New;
        }
        if self.paused > 0 {
            self.paused -= 1;
            return Current::New;
        }
        self.lookups += 1;
        if self.lookups >= TRIAL {
            // Below one hit in eight it costs more than it saves.
            if self.hits < TRIAL / 8 {
                self.forget();
                self.paused = PAUSE;
            }
            (self.lookups, self.hits) = (0, 0);
        }
        let hash = hash(raw) ^ u64::from(of_json);
        let Some(&number) = self.numbers.get(&hash) else {
            self.seen.resize(SEEN, 0);
            let repeats = std::mem::replace(&mut self.seen[slot_of(hash)], hash) == hash;
            return if repeats { Current::Repeats(hash) } else { Current::New };
        };
        let is_same = |cell: &RepeatedCell| cell.of_json == of_json && *cell.raw == *raw;
        if !self.cells.get(number).is_some_and(is_same) {
            return Current::New;
        }
        self.hits += 1;
        Current::Known(number)
    }

    fn make_room(&mut self) {
        if self.bytes > MOST_BYTES {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.numbers.clear();
        self.cells.clear();
        for rows in &mut self.rows {
            rows.columns.iter_mut().for_each(|column| column.truncate(0));
            rows.count = 0;
        }
        self.bytes = 0;
    }

    /// Notes that a cell is not to be kept, so that this is not tried again.
    fn leave_out(&mut self, hash: u64) {
        self.make_room();
        self.bytes += NUMBER_BYTES;
        self.numbers.insert(hash, NOT_KEPT);
    }

    /// Keeps a cell, given the number of rows that each table had before it.
    fn keep(&mut self, hash: u64, mut cell: RepeatedCell, tables: &[TableBuilder], before: &[usize]) {
        self.make_room();
        self.bytes += CELL_BYTES + cell.raw.len() + cell.text.len();
        for (number, (table, &before)) in tables.iter().zip(before).enumerate().filter(|(_, (t, b))| t.rows > **b) {
            let kept = &mut self.rows[number];
            let mut columns = Vec::new();
            for (index, (from, to)) in table.columns.iter().zip(&mut kept.columns).enumerate() {
                // Nulls at the end are appended later, and values of the record when it is kept.
                if from.len() > before {
                    to.pad(kept.count);
                    to.push_range(from, before..table.rows);
                    columns.push(index);
                    self.bytes += from.text_bytes_from(before) + (table.rows - before) * VALUE_BYTES;
                }
            }
            let count = table.rows - before;
            cell.rows.push(RowsOfTable { table: number, start: kept.count, count, columns });
            kept.count += count;
        }
        self.numbers.insert(hash, self.cells.len());
        self.cells.push(cell);
    }
}

/// The slot of a hash among those that were seen.
#[allow(clippy::cast_possible_truncation, reason = "masked to the number of slots")]
const fn slot_of(hash: u64) -> usize {
    (hash >> 32) as usize & (SEEN - 1)
}

impl RecordEvaluator {
    /// Appends the rows of a loop over a field whose repeated cells are kept under `number`.
    pub fn run_repeated(
        &mut self,
        number: usize,
        inner: &Loop,
        raw: RawRecord<'_>,
        tables: &mut [TableBuilder],
    ) -> std::result::Result<(), Fault> {
        let field = self.field_of(&inner.over);
        let first = tables.first().is_some_and(|table| table.rows == table.started);
        let Self { repeats, record, meter, leniencies, counts, .. } = self;
        let cells = &mut repeats[number];
        if cells.find(raw.whole(field), raw.layout.json).is_some_and(|cell| cell.first != first) {
            return self.run_loop(inner, raw, tables);
        }
        match cells.current {
            Current::Repeats(hash) => self.run_and_keep((number, hash), (inner, field), first, raw, tables),
            Current::Known(cell) => {
                let (cell, kept) = (&cells.cells[cell], &cells.rows);
                record.count(field, cell.duplicates);
                *leniencies += cell.leniencies;
                for (all, one) in counts.iter_mut().zip(&cell.counts) {
                    *all += one;
                }
                let mut due = false;
                for rows in &cell.rows {
                    let (table, from) = (&mut tables[rows.table], &kept[rows.table]);
                    for &column in &rows.columns {
                        let to = &mut table.columns[column];
                        to.pad(table.rows);
                        to.push_range(&from.columns[column], rows.start..rows.start + rows.count);
                    }
                    table.rows += rows.count;
                    due |= meter.add_rows(rows.table, rows.count);
                }
                if due { self.check_output(tables) } else { Ok(()) }
            }
            _ => self.run_loop(inner, raw, tables),
        }
    }

    /// Appends the rows of a loop, and keeps them if an equal cell gives equal rows.
    #[cold]
    fn run_and_keep(
        &mut self,
        (number, hash): (usize, u64),
        (inner, field): (&Loop, usize),
        first: bool,
        raw: RawRecord<'_>,
        tables: &mut [TableBuilder],
    ) -> std::result::Result<(), Fault> {
        let before: Vec<usize> = tables.iter().map(|table| table.rows).collect();
        let (leniencies, counts) = (self.leniencies, self.counts.clone());
        self.repeatable = true;
        self.run_loop(inner, raw, tables)?;
        let rows = tables.iter().zip(&before).map(|(table, before)| table.rows - before).sum::<usize>();
        let Some(kind) = self.record.json_if_parsed(raw, field).map(Value::kind) else { return Ok(()) };
        if self.repeatable && rows <= MOST_ROWS {
            let cell = RepeatedCell {
                raw: raw.whole(field).into(),
                of_json: raw.layout.json,
                text: self.record.cell(raw, field).text.into(),
                kind,
                duplicates: self.record.duplicates(field),
                first,
                leniencies: self.leniencies.since(&leniencies),
                counts: self.counts.iter().zip(&counts).map(|(now, before)| now - before).collect(),
                rows: Vec::new(),
            };
            self.repeats[number].keep(hash, cell, tables, &before);
        } else {
            self.repeats[number].leave_out(hash);
        }
        Ok(())
    }
}

/// Finds the loops over a field whose rows may depend on its cell alone: numbers them, and notes which of their rows do
/// not. Gives the number of each field's loop. A field that anything else parses has none, since what is parsed of a known
/// cell is nothing.
pub fn find_loops(record: &mut Scope, may_repeat: impl Fn(usize) -> bool) -> Result<Vec<Option<usize>>> {
    let mut fields = Vec::new();
    for inner in &mut record.loops {
        let JsonPath::Long(long) = &inner.over else { continue };
        let Root::Field(field) = long.root else { continue };
        if long.steps.is_empty()
            && inner.once.is_none()
            && inner.distinct.is_none()
            && may_repeat(field)
            && note_rows(&mut inner.scope)?
        {
            inner.repeats = Some(fields.len());
            fields.push(field);
        }
    }
    let most = fields.iter().max().map_or(0, |most| most + 1);
    let mut numbers = vec![None; most];
    for (number, field) in fields.into_iter().enumerate() {
        numbers[field] = Some(number);
    }
    Ok(numbers)
}

/// Notes which rows read more of the record than elements of the loops around them; gives whether what decides on the rows
/// does not.
fn note_rows(scope: &mut Scope) -> Result<bool> {
    for row in &mut scope.rows {
        let mut reads = ReadsRecord(false);
        for (_, expr, _) in &mut row.columns {
            reads.expr(expr)?;
        }
        row.reads_record = reads.0;
    }
    let mut reads = ReadsRecord(false);
    for inner in &mut scope.loops {
        reads.path(&mut inner.over)?;
        if inner.once.is_some() || !note_rows(&mut inner.scope)? {
            return Ok(false);
        }
    }
    for (predicate, inner) in scope.branches.iter_mut().flatten() {
        if let Some(predicate) = predicate {
            reads.predicate(predicate)?;
        }
        if !note_rows(inner)? {
            return Ok(false);
        }
    }
    Ok(!reads.0)
}

/// Whether the record is read, and not only elements of loops. Predicates on the record alone do not count here: it is
/// noted when they are evaluated.
struct ReadsRecord(bool);

impl Visitor for ReadsRecord {
    fn field(&mut self, _field: usize, _parsed: bool) -> Result<()> {
        self.0 = true;
        Ok(())
    }

    fn element(&mut self, _level: &mut usize) -> Result<()> {
        Ok(())
    }

    fn path(&mut self, path: &mut JsonPath) -> Result<()> {
        let JsonPath::Long(long) = path else { return Ok(()) };
        match &mut long.root {
            Root::Field(_) => self.0 = true,
            Root::Nearest(nearest) => self.nearest(nearest)?,
            Root::Element(_) | Root::Member(..) | Root::Key(_) => {}
        }
        for step in &mut long.steps {
            if let PathStep::Item { at } | PathStep::Leading { of: at } = step {
                self.path(at)?;
            }
        }
        Ok(())
    }

    fn nearest(&mut self, nearest: &mut NearestRef) -> Result<()> {
        self.path(&mut nearest.of)
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<()> {
        self.0 |= matches!(expr, Expr::Shared { .. } | Expr::RecordIndex | Expr::RecordNumber);
        expr.visit_operands(self)
    }

    fn predicate(&mut self, predicate: &mut Predicate) -> Result<()> {
        predicate.visit_operands(self)
    }
}
