//! Blocks of records into batches of every table, in one pass.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::Plan;
use super::machine::{Fault, Machine};
use super::record::{Fields, Record};
use super::run::{Building, Once, Seen};
use super::shape::Shapes;
use super::spec::FilterSpec;
use super::version::{in_range, parse_version};
use crate::columns::{Cell, CellError, Column, parse_int, parse_time};
use crate::error::{Error, Result};
use crate::leniency::{Leniencies, Leniency};
use crate::records::{Block, LineCursor, Span, has_width};
use crate::reject::{Reject, RejectKind};

/// What one block gave.
#[derive(Debug, Default)]
pub struct Decoded {
    /// One batch for each table that has rows.
    pub batches: Vec<TableBatch>,
    /// Rejected records, in order.
    pub rejects: Vec<Reject>,
    /// Records read: rows, rejected and filtered.
    pub records: u64,
    /// Records of the record table.
    pub rows: u64,
    /// Records left out by a filter.
    pub filtered: u64,
    /// Bytes of the decompressed source.
    pub bytes: u64,
    /// What was read although it is not canonical.
    pub leniencies: Leniencies,
    /// What the plan's notes counted, in their order.
    pub notes: Vec<u64>,
    /// And by note and shape.
    pub shapes: Shapes,
}

/// What the records of a source look like.
#[derive(Clone, Debug)]
pub struct Form {
    /// For each field of the plan, its column in this source.
    pub columns: Vec<Option<usize>>,
    /// How many fields a record has.
    pub width: usize,
    /// A record is a JSON value.
    pub json: bool,
}

/// Rows of one table.
#[derive(Debug)]
pub struct TableBatch {
    /// The table's place in the plan.
    pub table: usize,
    /// The rows.
    pub batch: RecordBatch,
    /// Where parts stand once only: what the rows, in order, stand for.
    pub once: Vec<Once>,
}

/// Runs a plan; one for each worker.
pub struct Decoder {
    plan: Arc<Plan>,
    machine: Machine,
    tables: Vec<Building>,
    /// For each table, where the record at hand begins: rows, and entries of `once`.
    marks: Vec<(usize, usize)>,
}

/// What became of a record.
enum Fate {
    Row,
    Filtered,
}

impl Decoder {
    /// A decoder for the records of `plan`, whose JSON may be nested `max_depth` deep.
    #[must_use]
    pub fn new(plan: Arc<Plan>, max_depth: usize) -> Self {
        let building = |table: &super::TableSpec| Building {
            columns: table.columns.iter().map(|(_, kind)| Column::new(kind)).collect(),
            ..Building::default()
        };
        Self {
            tables: plan.spec().tables.iter().map(building).collect(),
            marks: vec![(0, 0); plan.spec().tables.len()],
            machine: Machine::new(Arc::clone(&plan), max_depth),
            plan,
        }
    }

    /// Decodes a block of a source of this form.
    ///
    /// # Errors
    /// Where Arrow refuses a batch.
    pub fn decode(&mut self, block: &mut Block, form: &Form) -> Result<Decoded> {
        let Form { columns, width, json } = form;
        let plan = Arc::clone(&self.plan);
        let mut decoded = Decoded {
            bytes: block.header_bytes + block.used as u64,
            leniencies: block.leniencies,
            rejects: std::mem::take(&mut block.rejects),
            notes: vec![0; plan.spec().notes.len()],
            ..Decoded::default()
        };
        decoded.records = decoded.rejects.iter().filter(|reject| !reject.more).count() as u64;
        let split_rejects = decoded.rejects.len();
        let mut lines = LineCursor::new(block.line);
        let all_utf8 = simdutf8::basic::from_utf8(&block.bytes[..block.used]).is_ok();
        for span in &block.records {
            decoded.records += 1;
            let ends = &block.ends[span.first_end as usize..span.last_end as usize];
            let fields =
                Fields { bytes: &block.bytes, start: span.start, ends, columns, json: *json, number: span.number };
            for (mark, table) in self.marks.iter_mut().zip(&mut self.tables) {
                table.started = table.rows;
                *mark = (table.started, table.once.len());
            }
            match self.decode_record(&plan, fields, *width, all_utf8) {
                Ok(Fate::Row) => {
                    self.keep();
                    decoded.rows += 1;
                    decoded.leniencies += self.machine.leniencies;
                    for (all, one) in decoded.notes.iter_mut().zip(&self.machine.notes) {
                        *all += one;
                    }
                    decoded.shapes.add(&self.machine.shapes);
                }
                Ok(Fate::Filtered) => decoded.filtered += 1,
                Err(fault) => {
                    self.roll_back();
                    decoded.rejects.push(reject(block, &mut lines, span, fault));
                }
            }
        }
        if split_rejects > 0 {
            decoded.rejects.sort_by_key(|reject| reject.record);
        }
        decoded.batches = self.finish(&plan)?;
        Ok(decoded)
    }

    fn decode_record(&mut self, plan: &Plan, fields: Fields<'_>, width: usize, all_utf8: bool) -> Result<Fate, Fault> {
        let machine = &mut self.machine;
        machine.reset();
        if fields.ends.len() != width {
            if !has_width(fields.bytes, fields.ends, width) {
                let message = format!("{} fields where the header has {width}", fields.ends.len());
                return Err((None, CellError { kind: RejectKind::Fields, message }));
            }
            machine.leniencies[Leniency::SurplusFields] += 1;
        }
        if !all_utf8 {
            check_utf8(fields, plan.fields())?;
        }
        for filter in &plan.spec().filters {
            if !passes(&mut machine.record, fields, filter).map_err(|(field, error)| machine.at_field(field, error))? {
                return Ok(Fate::Filtered);
            }
        }
        let program = plan.program();
        let mut values = std::mem::take(&mut machine.values);
        let mut all = values.iter_mut().zip(&program.values).zip(&program.own);
        let done = all.try_for_each(|((column, (op, kind)), own)| {
            let counted = machine.leniencies;
            machine.append(op, column, kind, fields)?;
            if !own && !program.record.rows.is_empty() {
                // The record's own row reads the same fields, and counts what it lets pass.
                machine.leniencies = counted;
            }
            Ok(())
        });
        machine.values = values;
        done?;
        for (table, spec) in self.tables.iter_mut().zip(&plan.spec().tables) {
            if let Some(field) = spec.once_per {
                let number = parse_int(machine.record.cell(fields, field).text).map(|(number, _)| number);
                let key = number.map(|number| (None, number));
                table.once.push(Once { key, content: 0, rows: 0 });
            }
        }
        machine.run(&program.record, fields, &mut self.tables)?;
        machine.leniencies[Leniency::DuplicateKeys] += machine.record.duplicate_keys;
        Ok(Fate::Row)
    }

    /// Keeps the rows of the record at hand, but for those of keys that this worker has had.
    fn keep(&mut self) {
        let tables = self.tables.iter_mut().zip(&self.plan.spec().tables).zip(&self.plan.program().recorded);
        for (((table, spec), recorded), &(rows, _)) in tables.zip(&self.marks) {
            if table.rows > rows {
                for &(place, value) in recorded {
                    table.columns[place].push_repeated(&self.machine.values[value], table.rows - rows);
                }
            }
            if spec.once_per.is_some() {
                // Made all the same: whether a record is rejected must not hang on what this worker has seen.
                if table.once.last().and_then(|once| once.key).is_some_and(|key| table.seen.contains_key(&key)) {
                    table.truncate(rows);
                }
                let made = table.rows - rows;
                if let Some(once) = table.once.last_mut() {
                    once.rows = made;
                    table.made.extend(once.key.map(|key| (key, Seen::default())));
                }
            }
            for (key, seen) in std::mem::take(&mut table.made) {
                table.remember(key, seen);
            }
        }
    }

    fn roll_back(&mut self) {
        for (table, &(rows, entries)) in self.tables.iter_mut().zip(&self.marks) {
            table.truncate(rows);
            table.once.truncate(entries);
            table.made.clear();
        }
    }

    fn finish(&mut self, plan: &Plan) -> Result<Vec<TableBatch>> {
        let mut batches = Vec::with_capacity(self.tables.len());
        for (i, table) in self.tables.iter_mut().enumerate() {
            let once = std::mem::take(&mut table.once);
            if table.rows == 0 && once.is_empty() {
                continue;
            }
            let rows = std::mem::take(&mut table.rows);
            let kinds = &plan.spec().tables[i].columns;
            let arrays = table
                .columns
                .iter_mut()
                .zip(kinds)
                .map(|(column, (_, kind))| {
                    column.pad(rows);
                    column.finish(kind)
                })
                .collect::<Result<Vec<_>>>()?;
            let batch = RecordBatch::try_new(Arc::clone(&plan.schemas()[i]), arrays)
                .map_err(|error| Error::Internal(error.to_string()))?;
            batches.push(TableBatch { table: i, batch, once });
        }
        Ok(batches)
    }
}

/// Refuses a record that is not UTF-8, naming the first field at fault that the plan knows.
fn check_utf8(fields: Fields<'_>, names: &[String]) -> Result<(), Fault> {
    let end = fields.ends.last().copied().unwrap_or(fields.start);
    let record = &fields.bytes[fields.start as usize..end as usize];
    let Err(error) = simdutf8::compat::from_utf8(record) else { return Ok(()) };
    let at = error.valid_up_to();
    let column = fields.ends.iter().position(|&end| fields.start as usize + at < end as usize);
    let field = column.and_then(|column| fields.columns.iter().position(|&known| known == Some(column)));
    let message = format!("not UTF-8: byte 0x{:02x} at byte {at} of the record", record[at]);
    Err((field.and_then(|field| names.get(field).cloned()), CellError { kind: RejectKind::Utf8, message }))
}

fn passes(record: &mut Record, fields: Fields<'_>, filter: &FilterSpec) -> Result<bool, (usize, CellError)> {
    let unreadable = |field: usize, cell: Cell<'_>, what| Err((field, CellError::scalar(cell.text, what)));
    match filter {
        FilterSpec::OneOf { field, values } => {
            let cell = record.cell(fields, *field);
            match parse_int(cell.text) {
                Some((number, _)) => Ok(values.contains(&number)),
                None if cell.is_null() => Ok(false),
                None => unreadable(*field, cell, "an integer"),
            }
        }
        FilterSpec::Versions { field, from, to } => {
            let version = parse_version(record.cell(fields, *field).text);
            Ok(version.is_some_and(|version| in_range(version, *from, *to)))
        }
        FilterSpec::Times { field, from, until } => {
            let cell = record.cell(fields, *field);
            match parse_time(cell.text) {
                Some(time) => {
                    Ok(from.is_none_or(|from| time.micros >= from) && until.is_none_or(|until| time.micros < until))
                }
                None if cell.is_null() => Ok(false),
                None => unreadable(*field, cell, "a time"),
            }
        }
    }
}

fn reject(block: &Block, lines: &mut LineCursor, span: &Span, (column, error): Fault) -> Reject {
    Reject {
        record: span.number,
        line: lines.line_of(&block.bytes, span.start as usize),
        offset: block.offset + u64::from(span.start),
        column,
        kind: error.kind,
        message: error.message,
        raw: block.bytes[span.start as usize..span.end as usize].to_vec(),
        more: false,
    }
}
