//! Runs scopes over the current record: rows, loops and branches.

use std::collections::{HashMap, HashSet};
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::columns::{CellError, Column, SparseTexts, Type, append_usual_cell, numbered_members};
use crate::json::{Kind, Value, identity, integer_key};
use crate::leniency::Leniency;
use crate::reject::RejectKind;

use super::cache::hash;
use super::leaves::Leaves;
use super::machine::{Element, Fault, RecordEvaluator, Tracked};
use super::once::{Fingerprint, Key, Once, SeenKeys};
use super::ops::{Expr, Outer};
use super::program::{Loop, OnceRows, Row, Scope};
use super::record::RawRecord;
use super::refs::JsonPath;
use super::spec::Elements;
use super::wide::WideCells;

/// A table under construction.
#[derive(Debug, Default)]
pub struct TableBuilder {
    /// Its columns. They may be shorter than `rows`: nulls at the end are appended when a value follows or the batch is
    /// finished, and values that are constant within a record when the record is kept.
    pub columns: Vec<Column>,
    /// The values of the columns that [`WideCells::sparse`] lists, which are empty in `columns`.
    pub texts: SparseTexts,
    /// Number of rows.
    pub rows: usize,
    /// Number of rows before the current record.
    pub started: usize,
    /// If the table deduplicates: the groups that its rows form, in order.
    pub once: Vec<Once>,
    /// Keys that this worker has seen.
    pub seen: SeenKeys,
    /// Keys and fingerprints of the current record.
    pub pending: Vec<(Key, Fingerprint)>,
}

impl TableBuilder {
    /// Truncates to the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = rows;
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
        self.texts.truncate(rows);
    }

    /// Number of bytes of the texts from the row `from` on.
    pub fn text_bytes_from(&self, from: usize) -> usize {
        self.columns.iter().map(|column| column.text_bytes_from(from)).sum::<usize>() + self.texts.bytes_from(from)
    }

    /// Frees the memory of values that were dropped.
    pub fn shrink(&mut self) {
        self.columns.iter_mut().for_each(Column::shrink);
        self.texts.shrink();
    }

    /// A hash of the rows from `first` on, without the columns that the record fills when it is kept.
    fn content(&mut self, first: usize, constant: &[(usize, usize)]) -> u64 {
        // The same on each machine and in each release: hashes of other processes are compared with it.
        let mut hasher = SipHasher13::new();
        for (index, column) in self.columns.iter_mut().enumerate() {
            if constant.iter().all(|&(other, _)| other != index) {
                column.pad(self.rows);
                (first..self.rows).for_each(|row| column.hash_at(row, &mut hasher));
            }
        }
        hasher.finish()
    }
}

impl RecordEvaluator {
    /// Appends the rows that a scope gives.
    pub fn run(&mut self, scope: &Scope, raw: RawRecord<'_>, tables: &mut [TableBuilder]) -> Result<(), Fault> {
        for &counter in &scope.counters {
            self.counts[counter] += 1;
        }
        if !scope.sketches.is_empty() {
            self.repeatable = false;
            // A value borrows from the evaluator, so the counts are taken out while values are sketched.
            let mut sketches = std::mem::take(&mut self.sketches);
            for (counter, at) in &scope.sketches {
                if let Some(value) = self.value(at, raw)? {
                    sketches.count(*counter, value);
                }
            }
            self.sketches = sketches;
        }
        for row in &scope.rows {
            self.append_row(row, raw, &mut tables[row.table])?;
            if self.meter.add_rows(row.table, 1) {
                self.check_output(tables)?;
            }
        }
        for inner in &scope.loops {
            match (inner.repeats, inner.distinct) {
                (None, None) => self.run_loop(inner, raw, tables)?,
                (None, Some(value)) => self.run_distinct(value, inner, raw, tables)?,
                (Some(number), _) => self.run_repeated(number, inner, raw, tables)?,
            }
        }
        for branches in &scope.branches {
            for (predicate, inner) in branches {
                let matches = match predicate {
                    Some(predicate) => self.matches(predicate, raw)?,
                    None => true,
                };
                if matches {
                    self.run(inner, raw, tables)?;
                    break;
                }
            }
        }
        Ok(())
    }

    fn append_row(&mut self, row: &Row, raw: RawRecord<'_>, table: &mut TableBuilder) -> Result<(), Fault> {
        // A value may be in many rows of a record; its leniencies are counted in the first.
        self.counts_leniencies = row.table == 0 && table.rows == table.started;
        self.repeatable &= !row.reads_record;
        if let Some(id) = row.residual_of {
            self.loops[id].held.fill(false);
        }
        if let Some(wide) = &row.wide {
            self.append_wide(row, wide, raw, table)?;
        } else {
            let known = if table.rows > table.started { row.repeated } else { 0 };
            for column in &row.columns[known..] {
                self.append_column(column, raw, table)?;
            }
        }
        table.rows += 1;
        Ok(())
    }

    #[inline]
    pub fn append_column(
        &mut self,
        (index, expr, kind): &(usize, Expr, Type),
        raw: RawRecord<'_>,
        table: &mut TableBuilder,
    ) -> Result<(), Fault> {
        let column = &mut table.columns[*index];
        // Most columns are members, of which most are missing in most objects.
        if let Expr::Value { at: JsonPath::Member(id, slot), mode, decode } = expr {
            if let Some(node) = self.loops[*id].keys.found(*slot) {
                column.pad(table.rows);
                self.append_member((*id, *slot), node, (*mode, *decode), column, kind, raw)?;
            }
            return Ok(());
        }
        if let Expr::Cell { field, nulls, decode: None } = expr
            && let Some(text) = self.record.usual_text(raw, field.0)
        {
            if text.is_empty() {
                return Ok(());
            }
            let is_null = nulls.iter().any(|null| null.as_bytes() == text);
            if !is_null && append_usual_cell(column, kind, text, table.rows) {
                return Ok(());
            }
        }
        let expr = self.chosen(expr, raw)?;
        if !self.is_missing(expr) {
            column.pad(table.rows);
            self.append_common(expr, column, kind, raw)?;
        }
        Ok(())
    }

    /// Appends the columns of a row that has many of them, without those whose fields are empty.
    #[cold]
    fn append_wide(
        &mut self,
        row: &Row,
        wide: &WideCells,
        raw: RawRecord<'_>,
        table: &mut TableBuilder,
    ) -> Result<(), Fault> {
        let mut order = std::mem::take(&mut self.order);
        wide.filled(self.record.filled(raw), &mut order);
        let done = order.iter().try_for_each(|&at| match &row.columns[at as usize] {
            (index, Expr::Cell { field, nulls, decode: None }, Type::String) if wide.is_sparse => {
                let cell = self.record.cell(raw, field.0);
                if !(cell.is_null_text() || nulls.iter().any(|null| null.as_bytes() == cell.text)) {
                    table.texts.push(*index, table.rows, cell.text);
                }
                Ok(())
            }
            column => self.append_column(column, raw, table),
        });
        self.order = order;
        done
    }

    /// Appends the rows of all elements of a loop.
    pub fn run_loop(&mut self, inner: &Loop, raw: RawRecord<'_>, tables: &mut [TableBuilder]) -> Result<(), Fault> {
        let id = inner.id;
        let field = self.field_of(&inner.over);
        if let Some(once) = &inner.once
            && self.repeat_cell(once, inner, field, raw, tables)
        {
            return Ok(());
        }
        let found = self.value(&inner.over, raw)?;
        // Most loops of a plan have nothing to visit in most records.
        if inner.once.is_none() && found.is_none_or(|value| has_none(value, inner.elements)) {
            return Ok(());
        }
        let place = found.map(Value::place);
        let mut elements = std::mem::take(&mut self.loops[id].elements);
        elements.clear();
        let of_leaves = inner.elements == Elements::Leaves;
        if of_leaves {
            self.leaf_loops.push(id);
        }
        let mut leaves = if of_leaves { std::mem::take(&mut self.loops[id].leaves) } else { Leaves::default() };
        let (found, others) = match place.map(|place| self.record.parsed(raw, field).at(place)) {
            Some(value) if of_leaves => {
                leaves.find(value, &mut elements);
                (Ok(()), 0)
            }
            Some(value) => (elements_of(value, inner.elements, &mut elements), count_others(value, inner)),
            None => (Ok(()), 0),
        };
        found.map_err(|error| self.at_field(field, error))?;
        if let Some(counter) = inner.others {
            self.counts[counter] += others;
        }
        let count = elements.len();
        let state = &mut self.loops[id];
        state.field = field;
        state.elements = elements;
        if of_leaves {
            state.leaves = leaves;
        }
        state.tracked.iter_mut().for_each(Tracked::clear);
        if let Some(parts) = &inner.parts {
            return self.append_members(inner, parts, raw, tables);
        }
        for at in 0..count {
            let element = self.loops[id].elements[at];
            self.loops[id].at = at;
            if of_leaves {
                self.loops[id].leaves.at = at;
            }
            self.enter(id, element, raw);
            match &inner.once {
                None => self.run(&inner.scope, raw, tables)?,
                Some(once) => self.run_once(once, id, &inner.scope, raw, tables)?,
            }
        }
        if let Some(once) = &inner.once {
            let pending = &tables[once.table].pending;
            let elements = pending[pending.len() - count..].to_vec();
            let (bytes, record_key) = (raw.whole(field), self.record_key(once.record_key));
            let duplicates = self.record.duplicates(field);
            self.loops[id].cells.keep(bytes, record_key, elements, others, duplicates);
        }
        Ok(())
    }

    /// Appends the rows of a loop over a field, unless this worker has kept a record with the same cell and the same value.
    fn run_distinct(
        &mut self,
        value: usize,
        inner: &Loop,
        raw: RawRecord<'_>,
        tables: &mut [TableBuilder],
    ) -> Result<(), Fault> {
        let field = self.field_of(&inner.over);
        let (whole, value) = (raw.whole(field), self.record_key(value));
        if whole.is_empty() {
            // The text of a derived field is not a cell.
            return self.run_loop(inner, raw, tables);
        }
        let cell = self.distinct.fingerprint(whole, field, Outer::Any, raw.layout.json).with(value);
        if !self.distinct.has(cell) {
            self.run_loop(inner, raw, tables)?;
            self.new_cells.push(cell);
        }
        Ok(())
    }

    /// The record's half of a deduplication key, by the number of the value.
    fn record_key(&self, value: usize) -> Option<i64> {
        match &self.values[value] {
            Column::Int64(column) => column.get(0),
            _ => None,
        }
    }

    /// Handles a cell whose elements are known without parsing it; gives whether it was one.
    fn repeat_cell(
        &mut self,
        once: &OnceRows,
        inner: &Loop,
        field: usize,
        raw: RawRecord<'_>,
        tables: &mut [TableBuilder],
    ) -> bool {
        let record_key = self.record_key(once.record_key);
        let Some(cell) = self.loops[inner.id].cells.find(raw.whole(field), record_key) else { return false };
        let table = &mut tables[once.table];
        // Rows of keys that this worker has forgotten are decoded again.
        if !cell.elements.iter().all(|&(key, fingerprint)| table.seen.get(key) == Some(fingerprint)) {
            return false;
        }
        table.once.extend(cell.elements.iter().map(|&(key, Fingerprint { content, .. })| Once {
            key: Some(key),
            content,
            rows: 0,
        }));
        table.pending.extend(&cell.elements);
        if let Some(counter) = inner.others {
            self.counts[counter] += cell.others;
        }
        let duplicates = cell.duplicates;
        let replaced = cell.elements.iter().any(|(_, fingerprint)| fingerprint.replaced);
        self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
        self.record.count(field, duplicates);
        true
    }

    /// Appends the rows of an element unless an earlier element had its key, and records its fingerprint.
    fn run_once(
        &mut self,
        once: &OnceRows,
        id: usize,
        scope: &Scope,
        raw: RawRecord<'_>,
        tables: &mut [TableBuilder],
    ) -> Result<(), Fault> {
        let key = (self.record_key(once.record_key), self.loops[id].element.index);
        let raw_hash = hash(self.element(id, raw).token());
        let before = tables[once.table].rows;
        let seen = tables[once.table].seen.get(key);
        let known = seen.filter(|seen| seen.raw == raw_hash);
        // The same bytes give the same rows, and no reject either.
        let counted = self.leniencies[Leniency::LoneSurrogate];
        match known {
            None => self.run(scope, raw, tables)?,
            Some(seen) => self.leniencies[Leniency::LoneSurrogate] += u64::from(seen.replaced),
        }
        let replaced = self.leniencies[Leniency::LoneSurrogate] > counted;
        let table = &mut tables[once.table];
        let constant = &self.plan.program().constant[once.table];
        let content = known.map_or_else(|| table.content(before, constant), |seen| seen.content);
        if seen.is_some() && table.rows > before {
            // Decoded nevertheless: whether a record is rejected must not depend on what this worker has seen.
            table.truncate(before);
        }
        let rows = table.rows - before;
        table.once.push(Once { key: Some(key), content, rows });
        table.pending.push((key, Fingerprint { raw: raw_hash, content, replaced }));
        Ok(())
    }
}

/// Whether a value has no elements of this kind, by its type.
#[inline]
fn has_none(value: Value<'_>, elements: Elements) -> bool {
    match elements {
        Elements::Items => value.kind() != Kind::Array,
        Elements::Members | Elements::Integers => value.kind() != Kind::Object,
        Elements::One | Elements::Numbered | Elements::Leaves => false,
    }
}

/// Appends the elements of a value to `target`.
fn elements_of(value: Value<'_>, elements: Elements, target: &mut Vec<Element>) -> Result<(), CellError> {
    match elements {
        // Found by [`super::leaves::Leaves`].
        Elements::Leaves => {}
        Elements::One => target.push(Element { node: value.place(), key: None, index: 0 }),
        Elements::Items => {
            target.extend(value.items().zip(0..).map(|(item, index)| Element { node: item.place(), key: None, index }));
        }
        Elements::Members => {
            target.extend(value.members().map(|(key, value)| Element {
                node: value.place(),
                key: Some(key.place()),
                index: 0,
            }));
            if value.has_duplicates() {
                keep_last(value, target);
            }
            for (element, index) in target.iter_mut().zip(0..) {
                element.index = index;
            }
        }
        Elements::Integers => {
            target.extend(value.members().filter_map(|(key, value)| {
                Some(Element { index: integer_key(key)?, node: value.place(), key: Some(key.place()) })
            }));
            if value.has_duplicates() {
                keep_last(value, target);
            }
        }
        Elements::Numbered => {
            target.extend(numbered_members(value)?.into_iter().map(|(index, key, value)| Element {
                node: value.place(),
                key: Some(key.place()),
                index,
            }));
            if let Some(element) = target.iter().find(|element| i32::try_from(element.index).is_err()) {
                let message = format!("the key {} is not a 32-bit integer", element.index);
                return Err(CellError { kind: RejectKind::Type, message });
            }
        }
    }
    Ok(())
}

/// Of members with a duplicate key, keeps the last at the position of the first, as other JSON readers do.
fn keep_last(object: Value<'_>, elements: &mut Vec<Element>) {
    let mut positions = HashMap::new();
    let mut kept: Vec<Element> = Vec::with_capacity(elements.len());
    for element in elements.drain(..) {
        let key = element.key.map(|key| identity(object.at(key).bytes()));
        let position = *positions.entry(key).or_insert(kept.len());
        match kept.get_mut(position) {
            Some(before) => *before = element,
            None => kept.push(element),
        }
    }
    *elements = kept;
}

/// Number of members that a loop over integer keys skips.
fn count_others(value: Value<'_>, inner: &Loop) -> u64 {
    if inner.others.is_none() {
        return 0;
    }
    let others = value.members().filter(|(key, _)| integer_key(*key).is_none());
    if value.has_duplicates() {
        return others.map(|(key, _)| identity(key.bytes())).collect::<HashSet<_>>().len() as u64;
    }
    others.count() as u64
}
