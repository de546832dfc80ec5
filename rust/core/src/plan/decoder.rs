//! Blocks of records into batches of every table, in one pass.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::Plan;
use super::eval::{Fault, Part, Scope, count_duplicates, numbered};
use super::record::{Fields, Record};
use super::spec::{FilterSpec, LoopSpec, Outer, Parts, ScopeSpec};
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
}

/// Rows of one table.
#[derive(Debug)]
pub struct TableBatch {
    /// The table's place in the plan.
    pub table: usize,
    /// The rows.
    pub batch: RecordBatch,
    /// Where only the first record with a key gives rows: the rows' keys.
    pub once: Vec<Once>,
}

/// Consecutive rows that stand or fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Their key; rows without one always stand.
    pub key: Option<i64>,
    /// How many they are.
    pub rows: usize,
}

/// Runs a plan; one for each worker.
pub struct Decoder {
    plan: Arc<Plan>,
    tables: Vec<Vec<Column>>,
    once: Vec<Vec<Once>>,
    /// Keys whose first record this worker has had; blocks come to a worker in order, so it needs no later one.
    seen: Vec<HashSet<i64>>,
    /// For each table, the key of the record at hand, where the table asks for one.
    keys: Vec<Option<i64>>,
    /// For each table, that the rows of the record at hand are not kept, since one before it had its key.
    skip: Vec<bool>,
    record: Record,
    parts: Vec<Part>,
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
        let spec = plan.spec();
        let tables: Vec<Vec<Column>> =
            spec.tables.iter().map(|table| table.columns.iter().map(|(_, kind)| Column::new(kind)).collect()).collect();
        Self {
            once: vec![Vec::new(); tables.len()],
            seen: vec![HashSet::new(); tables.len()],
            keys: vec![None; tables.len()],
            skip: vec![false; tables.len()],
            tables,
            record: Record::new(spec.fields.len(), max_depth),
            parts: Vec::new(),
            plan,
        }
    }

    /// Decodes a block whose source has `width` columns, of which `columns` are the plan's fields.
    ///
    /// # Errors
    /// Where Arrow refuses a batch.
    pub fn decode(&mut self, block: &mut Block, columns: &[Option<usize>], width: usize) -> Result<Decoded> {
        let plan = Arc::clone(&self.plan);
        let mut decoded = Decoded {
            bytes: block.header_bytes + block.used as u64,
            leniencies: block.leniencies,
            rejects: std::mem::take(&mut block.rejects),
            ..Decoded::default()
        };
        decoded.records = decoded.rejects.iter().filter(|reject| !reject.more).count() as u64;
        let split_rejects = decoded.rejects.len();
        let mut lines = LineCursor::new(block.line);
        let all_utf8 = simdutf8::basic::from_utf8(&block.bytes[..block.used]).is_ok();
        let mut marks = vec![0; self.tables.len()];
        for span in &block.records {
            decoded.records += 1;
            let ends = &block.ends[span.first_end as usize..span.last_end as usize];
            let fields = Fields { bytes: &block.bytes, start: span.start, ends, columns };
            for (mark, table) in marks.iter_mut().zip(&self.tables) {
                *mark = table.first().map_or(0, Column::len);
            }
            let mut leniencies = Leniencies::default();
            match self.decode_record(&plan, fields, width, all_utf8, &mut leniencies) {
                Ok(Fate::Row) => {
                    self.claim_keys(&plan, &marks);
                    decoded.rows += 1;
                    decoded.leniencies += leniencies;
                }
                Ok(Fate::Filtered) => decoded.filtered += 1,
                Err(fault) => {
                    self.roll_back(&marks);
                    decoded.rejects.push(reject(&plan, block, &mut lines, span, fault));
                }
            }
        }
        if split_rejects > 0 {
            decoded.rejects.sort_by_key(|reject| reject.record);
        }
        decoded.batches = self.finish(&plan)?;
        Ok(decoded)
    }

    fn decode_record(
        &mut self,
        plan: &Plan,
        fields: Fields<'_>,
        width: usize,
        all_utf8: bool,
        leniencies: &mut Leniencies,
    ) -> Result<Fate, Fault> {
        if fields.ends.len() != width {
            if !has_width(fields.bytes, fields.ends, width) {
                let message = format!("{} fields where the header has {width}", fields.ends.len());
                return Err((None, CellError { kind: RejectKind::Fields, message }));
            }
            leniencies[Leniency::SurplusFields] += 1;
        }
        if !all_utf8 {
            check_utf8(fields)?;
        }
        self.record.reset();
        for filter in &plan.spec().filters {
            if !passes(&mut self.record, fields, filter)? {
                return Ok(Fate::Filtered);
            }
        }
        for (i, table) in plan.spec().tables.iter().enumerate() {
            let key = table.once_per.and_then(|field| parse_int(self.record.cell(fields, field).text));
            self.keys[i] = key.map(|(key, _)| key);
            self.skip[i] = self.keys[i].is_some_and(|key| self.seen[i].contains(&key));
        }
        self.parts.clear();
        self.run(plan, &plan.spec().record, fields, leniencies)?;
        count_duplicates(&self.record, leniencies);
        Ok(Fate::Row)
    }

    fn run(
        &mut self,
        plan: &Plan,
        scope: &ScopeSpec,
        fields: Fields<'_>,
        leniencies: &mut Leniencies,
    ) -> Result<(), Fault> {
        for row in &scope.rows {
            let kinds = &plan.spec().tables[row.table].columns;
            let mut scope = Scope { record: &mut self.record, fields, parts: &self.parts, leniencies };
            for ((expr, column), (_, kind)) in row.columns.iter().zip(&mut self.tables[row.table]).zip(kinds) {
                scope.append(expr, column, kind)?;
            }
        }
        for inner in &scope.each {
            self.run_loop(plan, inner, fields, leniencies)?;
        }
        Ok(())
    }

    fn run_loop(
        &mut self,
        plan: &Plan,
        inner: &LoopSpec,
        fields: Fields<'_>,
        leniencies: &mut Leniencies,
    ) -> Result<(), Fault> {
        let (field, start) = match inner.over.level {
            Some(level) => (self.parts[level].field, Some(self.parts[level].place)),
            None => (inner.over.field.unwrap_or_default(), None),
        };
        let root = self.record.json(fields, field, Outer::Any).map_err(|error| (Some(field), error))?;
        let Some(root) = root else { return Ok(()) };
        let mut value = start.map_or(root, |place| root.at(place));
        for key in &inner.over.keys {
            let Some((_, member)) = value.members().filter(|(name, _)| name.is_text(key.as_bytes())).last() else {
                return Ok(());
            };
            value = member;
        }
        let parts: Vec<Part> = match inner.parts {
            Parts::Items => {
                value.items().zip(0..).map(|(item, number)| Part { field, place: item.place(), number }).collect()
            }
            Parts::Numbered => numbered(value)
                .map_err(|error| (Some(field), error))?
                .into_iter()
                .map(|(number, member)| Part { field, place: member.place(), number })
                .collect(),
        };
        for part in parts {
            self.parts.push(part);
            self.run(plan, &inner.scope, fields, leniencies)?;
            self.parts.pop();
        }
        Ok(())
    }

    /// Notes, for tables in which a key's first record alone counts, that this one was it.
    fn claim_keys(&mut self, plan: &Plan, marks: &[usize]) {
        for (i, table) in plan.spec().tables.iter().enumerate() {
            if table.once_per.is_none() {
                continue;
            }
            if self.skip[i] {
                // They were made all the same: whether a record is rejected must not hang on what this worker has seen.
                self.tables[i].iter_mut().for_each(|column| column.truncate(marks[i]));
                continue;
            }
            let rows = self.tables[i].first().map_or(0, Column::len) - marks[i];
            self.once[i].push(Once { key: self.keys[i], rows });
            if let Some(key) = self.keys[i] {
                self.seen[i].insert(key);
            }
        }
    }

    fn roll_back(&mut self, marks: &[usize]) {
        for (table, &mark) in self.tables.iter_mut().zip(marks) {
            for column in table {
                column.truncate(mark);
            }
        }
    }

    fn finish(&mut self, plan: &Plan) -> Result<Vec<TableBatch>> {
        let mut batches = Vec::with_capacity(self.tables.len());
        for (i, columns) in self.tables.iter_mut().enumerate() {
            let once = std::mem::take(&mut self.once[i]);
            if columns.first().is_none_or(Column::is_empty) && once.is_empty() {
                continue;
            }
            let kinds = &plan.spec().tables[i].columns;
            let arrays = columns
                .iter_mut()
                .zip(kinds)
                .map(|(column, (_, kind))| column.finish(kind))
                .collect::<Result<Vec<_>>>()?;
            let batch = RecordBatch::try_new(Arc::clone(&plan.schemas()[i]), arrays)
                .map_err(|error| Error::Internal(error.to_string()))?;
            batches.push(TableBatch { table: i, batch, once });
        }
        Ok(batches)
    }
}

/// Refuses a record that is not UTF-8, naming the first field at fault that the plan knows.
fn check_utf8(fields: Fields<'_>) -> Result<(), Fault> {
    let end = fields.ends.last().copied().unwrap_or(fields.start);
    let record = &fields.bytes[fields.start as usize..end as usize];
    let Err(error) = simdutf8::compat::from_utf8(record) else { return Ok(()) };
    let at = error.valid_up_to();
    let column = fields.ends.iter().position(|&end| fields.start as usize + at < end as usize);
    let field = column.and_then(|column| fields.columns.iter().position(|&known| known == Some(column)));
    let message = format!("not UTF-8: byte 0x{:02x} at byte {at} of the record", record[at]);
    Err((field, CellError { kind: RejectKind::Utf8, message }))
}

fn passes(record: &mut Record, fields: Fields<'_>, filter: &FilterSpec) -> Result<bool, Fault> {
    let unreadable = |field: usize, cell: Cell<'_>, what| Err((Some(field), CellError::scalar(cell.text, what)));
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

fn reject(plan: &Plan, block: &Block, lines: &mut LineCursor, span: &Span, (field, error): Fault) -> Reject {
    Reject {
        record: span.number,
        line: lines.line_of(&block.bytes, span.start as usize),
        offset: block.offset + u64::from(span.start),
        column: field.map(|field| plan.spec().fields[field].clone()),
        kind: error.kind,
        message: error.message,
        raw: block.bytes[span.start as usize..span.end as usize].to_vec(),
        more: false,
    }
}
