//! Decodes blocks of records to batches of every table, in one pass.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};

use super::compiled::Plan;
use super::fields::{FilterValue, LeftOut, filter_value, keeps};
use super::ids::{EarlierIds, RecordIds};
use super::layout::RecordLayout;
use super::machine::{Fault, RecordEvaluator};
use super::meter::Limits;
use super::once::{Fingerprint, Once};
use super::ops::Expr;
use super::record::RawRecord;
use super::run::TableBuilder;
use super::spec::{FragmentsSpec, TableSpec};
use crate::columns::{CellError, Column, Type, parse_int};
use crate::error::{Error, Result};
use crate::geometry;
use crate::json::SketchCounts;
use crate::leniency::{Leniencies, Leniency};
use crate::records::{Block, DecodedPart, Fields, LineCursor, Span};
use crate::reject::{RejectKind, RejectRef, Rejects};

/// The result of one block, or of a part of it.
#[derive(Debug, Default)]
pub struct Decoded {
    /// One batch per table that has rows.
    pub batches: Vec<TableBatch>,
    /// Rejected records, in order.
    pub rejects: Rejects,
    /// Number of records: rows, rejected and filtered.
    pub records: u64,
    /// Number of records that were neither rejected nor filtered: rows of the record table, if each gives one.
    pub rows: u64,
    /// Number of records that a filter skipped.
    pub filtered: u64,
    /// For each filter, values of its field in records that it left out before the first row.
    pub left_out: Vec<LeftOut>,
    /// The ids of the records that became rows, if the run collects ids.
    pub ids: Vec<i64>,
    /// Number of bytes of the decompressed source.
    pub bytes: u64,
    /// Input that was accepted with warnings.
    pub leniencies: Leniencies,
    /// The plan's counters, in their order.
    pub counts: Vec<u64>,
    /// Counts of values by counter and sketch.
    pub sketches: SketchCounts,
}

/// Rows of one table.
#[derive(Debug)]
pub struct TableBatch {
    /// Index of the table in the plan.
    pub table: usize,
    /// The rows.
    pub batch: RecordBatch,
    /// If the table deduplicates: the groups that the rows form, in order.
    pub once: Vec<Once>,
}

/// Runs a plan; each worker has its own.
pub struct Decoder {
    plan: Arc<Plan>,
    evaluator: RecordEvaluator,
    tables: Vec<TableBuilder>,
    /// For each table, its rows and groups before the current record.
    marks: Vec<(usize, usize)>,
    /// The id of the current record.
    id: Column,
}

/// The outcome of a record that is not rejected.
enum Outcome {
    Row,
    /// Left out by the filter with this number, for this value of its field.
    Filtered(usize, Option<FilterValue>),
    /// An earlier source has its id.
    Duplicate,
}

impl Decoder {
    /// A decoder for the records of `plan` with these limits.
    #[must_use]
    pub fn new(plan: Arc<Plan>, limits: Limits) -> Self {
        let builder = |table: &TableSpec| TableBuilder {
            columns: table.columns.iter().map(|(_, kind)| Column::new(kind)).collect(),
            ..TableBuilder::default()
        };
        Self {
            tables: plan.spec().tables.iter().map(builder).collect(),
            marks: vec![(0, 0); plan.spec().tables.len()],
            evaluator: RecordEvaluator::new(Arc::clone(&plan), limits),
            id: Column::new(&Type::Int64),
            plan,
        }
    }

    /// Decodes a block of a source with this layout; with `ids`, collects the ids of its records, and drops those whose
    /// id an earlier source has if `ids` says so.
    ///
    /// The output of a block may be many times the block. Then it comes in parts, one per call: see
    /// [`Block::is_decoded`].
    ///
    /// # Errors
    /// Arrow refuses a batch.
    pub fn decode(&mut self, block: &mut Block, layout: &RecordLayout, ids: Option<&RecordIds>) -> Result<Decoded> {
        let earlier = ids.filter(|ids| ids.drops()).map(RecordIds::earlier);
        let plan = Arc::clone(&self.plan);
        let is_first = block.decoded.records == 0;
        let mut decoded = Decoded {
            bytes: if is_first { block.header_bytes + block.used as u64 } else { 0 },
            leniencies: std::mem::take(&mut block.leniencies),
            counts: vec![0; plan.spec().counters.len()],
            left_out: vec![LeftOut::default(); plan.spec().filters.len()],
            ..Decoded::default()
        };
        let mut lines = LineCursor::new(block.line);
        let all_utf8 = block.is_utf8();
        let mut number = block.decoded.records;
        self.evaluator.meter.start_part();
        while let Some(span) = block.records.get(number) {
            number += 1;
            decoded.records +=
                1 + add_rejects_before(span.number, &block.rejects, &mut block.decoded, &mut decoded.rejects);
            let raw = RawRecord {
                bytes: &block.bytes,
                start: span.start,
                end: span.end,
                fields: Fields::of(block, *span),
                layout,
                number: span.number,
                preceding: block.preceding,
            };
            for (mark, table) in self.marks.iter_mut().zip(&mut self.tables) {
                table.started = table.rows;
                *mark = (table.started, table.once.len());
            }
            self.evaluator.meter.start((span.end - span.start) as usize);
            match self.decode_record(&plan, raw, all_utf8, earlier.as_ref()) {
                Ok(Outcome::Row) => {
                    self.keep();
                    decoded.rows += 1;
                    decoded.leniencies += &self.evaluator.leniencies;
                    for (all, one) in decoded.counts.iter_mut().zip(&self.evaluator.counts) {
                        *all += one;
                    }
                    decoded.sketches.add(&self.evaluator.sketches);
                    if ids.is_some() {
                        decoded.ids.extend(self.record_id(&plan, raw));
                    }
                }
                Ok(Outcome::Filtered(number, value)) => {
                    decoded.filtered += 1;
                    if let (0, Some(value)) = (decoded.rows, value) {
                        decoded.left_out[number].add(value);
                    }
                }
                Ok(Outcome::Duplicate) => {
                    decoded.filtered += 1;
                    decoded.leniencies[Leniency::Duplicates] += 1;
                }
                Err(fault) => {
                    self.roll_back(&fault);
                    push_reject(&mut decoded.rejects, block, &mut lines, span, &fault);
                }
            }
            if self.evaluator.meter.is_block_due() && self.evaluator.meter.is_part_full(&self.tables) {
                break;
            }
        }
        block.decoded.records = number;
        if block.records.len() == number {
            decoded.records += add_rejects_before(u64::MAX, &block.rejects, &mut block.decoded, &mut decoded.rejects);
        }
        decoded.batches = self.finish(&plan)?;
        Ok(decoded)
    }

    fn decode_record(
        &mut self,
        plan: &Plan,
        raw: RawRecord<'_>,
        all_utf8: bool,
        earlier: Option<&EarlierIds<'_>>,
    ) -> Result<Outcome, Fault> {
        let evaluator = &mut self.evaluator;
        evaluator.reset();
        if raw.fields.count() != raw.layout.width {
            let leniency = other_width(raw).map_err(|error| (None, error))?;
            evaluator.leniencies[leniency] += 1;
        }
        if !all_utf8 {
            check_utf8(raw, plan.fields())?;
        }
        for (number, (filter, expr)) in plan.spec().filters.iter().zip(&plan.program().filters).enumerate() {
            let value = match expr {
                Some(expr) => self.time(expr, raw)?.map(|micros| (micros, 0)),
                None => filter_value(&mut self.evaluator.record, raw, filter),
            };
            if !value.is_some_and(|value| keeps(filter, value)) {
                return Ok(Outcome::Filtered(number, value));
            }
        }
        if let Some(earlier) = earlier
            && self.record_id(plan, raw).is_some_and(|id| earlier.contains(id))
        {
            return Ok(Outcome::Duplicate);
        }
        let evaluator = &mut self.evaluator;
        let program = plan.program();
        let mut values = std::mem::take(&mut evaluator.values);
        let mut all = values.iter_mut().zip(&program.values).zip(&program.own);
        let done = all.try_for_each(|((column, (expr, kind)), own)| {
            // The record's own row reads the same fields and counts their leniencies.
            let counted = (!own && !program.record.rows.is_empty()).then_some(evaluator.leniencies);
            evaluator.append(expr, column, kind, raw)?;
            if let Some(counted) = counted {
                let replaced = evaluator.leniencies[Leniency::LoneSurrogate];
                evaluator.leniencies = counted;
                evaluator.leniencies[Leniency::LoneSurrogate] = replaced;
            }
            Ok(())
        });
        evaluator.values = values;
        done?;
        for (table, spec) in self.tables.iter_mut().zip(&plan.spec().tables) {
            if let Some(field) = spec.once_per {
                let number = parse_int(evaluator.record.cell(raw, field).text).map(|(number, _)| number);
                let key = number.map(|number| (None, number));
                table.once.push(Once { key, content: 0, rows: 0 });
            }
        }
        evaluator.run(&program.record, raw, &mut self.tables)?;
        evaluator.check_complete_output(&self.tables)?;
        if evaluator.record.duplicate_keys > 0 {
            evaluator.leniencies[Leniency::DuplicateKeys] += evaluator.record.duplicate_keys;
        }
        evaluator.leniencies += &evaluator.record.composed;
        if evaluator.leniencies[Leniency::LoneSurrogate] > 1 {
            evaluator.leniencies[Leniency::LoneSurrogate] = 1;
        }
        Ok(Outcome::Row)
    }

    /// The record's id; none if it is null or not an integer, which rejects the record where a table has the id.
    #[cold]
    fn record_id(&mut self, plan: &Plan, raw: RawRecord<'_>) -> Option<i64> {
        let expr = plan.program().record_id.as_ref()?;
        let counted = self.evaluator.leniencies;
        self.id.truncate(0);
        let done = self.evaluator.append(expr, &mut self.id, &Type::Int64, raw);
        self.evaluator.leniencies = counted;
        match (done, &self.id) {
            (Ok(()), Column::Int64(ids)) => ids.get(0),
            _ => None,
        }
    }

    /// The time that an expression gives; none if it is null or not a time.
    ///
    /// # Errors
    /// The record is not valid JSON.
    #[cold]
    fn time(&mut self, expr: &Expr, raw: RawRecord<'_>) -> Result<Option<i64>, Fault> {
        let counted = self.evaluator.leniencies;
        let mut column = Column::new(&Type::Time);
        let done = self.evaluator.append(expr, &mut column, &Type::Time, raw);
        self.evaluator.leniencies = counted;
        match (done, column) {
            (Ok(()), Column::Time(times)) => Ok(times.get(0)),
            (Err((_, error)), _) if error.kind != RejectKind::Type => Err((None, error)),
            _ => Ok(None),
        }
    }

    /// Keeps the rows of the current record, except those with a key that this worker has seen.
    fn keep(&mut self) {
        for cell in self.evaluator.new_cells.drain(..) {
            self.evaluator.distinct.keep(cell);
        }
        let program = self.plan.program();
        let filled = program.constant.iter().zip(&program.repeated);
        let tables = self.tables.iter_mut().zip(&self.plan.spec().tables).zip(filled);
        for (((table, spec), (constant, repeated)), &(rows, _)) in tables.zip(&self.marks) {
            if table.rows > rows {
                for &column in repeated {
                    table.columns[column].repeat_number(rows, table.rows);
                }
                for &(column, value) in constant {
                    table.columns[column].push_repeated(&self.evaluator.values[value], table.rows - rows);
                }
            }
            if spec.once_per.is_some() {
                // Decoded nevertheless: whether a record is rejected must not depend on what this worker has seen.
                let key = table.once.last().and_then(|once| once.key);
                if table.rows > rows && key.is_some_and(|key| table.seen.get(key).is_some()) {
                    table.truncate(rows);
                }
                let kept = table.rows - rows;
                if let Some(once) = table.once.last_mut() {
                    once.rows = kept;
                    table.pending.extend(once.key.map(|key| (key, Fingerprint::default())));
                }
            }
            for (key, fingerprint) in std::mem::take(&mut table.pending) {
                table.seen.insert(key, fingerprint);
            }
        }
    }

    fn roll_back(&mut self, (_, error): &Fault) {
        for (table, &(rows, entries)) in self.tables.iter_mut().zip(&self.marks) {
            table.truncate(rows);
            table.once.truncate(entries);
            table.pending.clear();
            if error.kind == RejectKind::Amplification {
                table.shrink();
            }
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
            let schema = &plan.schemas()[i];
            let sparse = &plan.program().sparse[i];
            let texts = if sparse.is_empty() { Vec::new() } else { table.texts.finish(schema.fields().len(), rows)? };
            let mut arrays = table
                .columns
                .iter_mut()
                .zip(schema.fields())
                .enumerate()
                .map(|(number, (column, field))| {
                    if sparse.get(number) == Some(&true) {
                        return Ok(Arc::clone(&texts[number]));
                    }
                    column.pad(rows);
                    column.finish(field.data_type())
                })
                .collect::<Result<Vec<_>>>()?;
            if let Some(fragments) = &plan.spec().tables[i].fragments {
                add_fragments(fragments, &mut arrays);
            }
            let batch =
                RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| Error::Internal(error.to_string()))?;
            batches.push(TableBatch { table: i, batch, once });
        }
        Ok(batches)
    }
}

/// Replaces the columns of a table that hold the numbers of media fragments.
fn add_fragments(spec: &FragmentsSpec, arrays: &mut [ArrayRef]) {
    let Some(texts) = arrays.get(spec.of).and_then(|texts| texts.as_string_opt::<i32>()) else { return };
    let boxes = geometry::fragments(texts);
    for (numbers, into) in boxes.columns().iter().zip(spec.into) {
        if let Some(column) = into.and_then(|into| arrays.get_mut(into)) {
            *column = Arc::clone(numbers);
        }
    }
}

/// Why a record with another number of fields than the header is accepted; an error if it is not.
#[cold]
fn other_width(raw: RawRecord<'_>) -> Result<Leniency, CellError> {
    let (found, width) = (raw.fields.count(), raw.layout.width);
    if raw.fields.has_width(raw.bytes, width) {
        return Ok(Leniency::SurplusFields);
    }
    if raw.layout.least.is_some_and(|least| found >= least) {
        return Ok(Leniency::Ragged);
    }
    let message = format!("{found} fields where the header has {width}");
    Err(CellError { kind: RejectKind::Fields, message })
}

/// Rejects a record that is not UTF-8, naming the field at fault if the plan reads it.
fn check_utf8(raw: RawRecord<'_>, names: &[String]) -> Result<(), Fault> {
    let record = &raw.bytes[raw.start as usize..raw.end as usize];
    let Err(error) = simdutf8::compat::from_utf8(record) else { return Ok(()) };
    let at = error.valid_up_to();
    let column = raw.fields.column_at(raw.start as usize + at);
    let field = column.and_then(|column| raw.layout.columns.iter().position(|&known| known == Some(column)));
    let message = format!("not UTF-8: byte 0x{:02x} at byte {at} of the record", record[at]);
    Err((field.and_then(|field| names.get(field).cloned()), CellError { kind: RejectKind::Utf8, message }))
}

fn push_reject(rejects: &mut Rejects, block: &Block, lines: &mut LineCursor, span: &Span, (column, error): &Fault) {
    rejects.push_ref(RejectRef {
        record: span.number,
        line: lines.line_of(&block.bytes, span.start as usize),
        offset: block.offset + u64::from(span.start),
        column: column.as_deref().map(|name| (0, name)),
        kind: error.kind,
        message: &error.message,
        raw: &block.bytes[span.start as usize..span.end as usize],
        more: false,
    });
}

/// Appends the rejects of the splitter that come before a record; returns the number of records that end in them.
fn add_rejects_before(record: u64, all: &Rejects, done: &mut DecodedPart, rejects: &mut Rejects) -> u64 {
    let mut records = 0;
    while let Some(reject) = all.get(done.rejects).filter(|reject| reject.record < record) {
        records += u64::from(!reject.more);
        rejects.push_ref(reject);
        done.rejects += 1;
    }
    records
}
