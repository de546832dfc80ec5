//! The state of one worker that evaluates a plan: the current record and the current element of each loop.
//!
//! What the state gives is layered: [`super::path`] finds values and evaluates predicates, [`super::eval`] evaluates
//! expressions on top of it, and [`super::run`] runs scopes on top of both.

use std::cell::RefCell;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::columns::{CellError, Column, Keys};
use crate::json::{Kind, SketchCounts, Value, identity};
use crate::leniency::Leniencies;

use super::cache::{PathMemo, hash};
use super::checked::{CellFingerprint, ValidCells};
use super::compiled::Plan;
use super::leaves::Leaves;
use super::meter::{Limits, Meter};
use super::once::CellMemo;
use super::program::Members;
use super::record::{RawRecord, Record};
use super::refs::NearestRef;
use super::repeats::RepeatedCells;

/// Why a record is rejected: the column at fault, and the error.
pub type Fault = (Option<String>, CellError);

/// Evaluates a plan, record by record.
pub struct RecordEvaluator {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The record's fields.
    pub record: Record,
    /// The loops, by number.
    pub loops: Vec<LoopState>,
    /// Values computed once per record, each in a column of its own.
    pub values: Vec<Column>,
    /// Results of [`super::program::Program::predicates`] that are known.
    pub predicates: Vec<Option<bool>>,
    /// For lists of which one item is used.
    pub spare: Vec<Column>,
    /// For rows of many columns: the positions of those that have a value.
    pub order: Vec<u32>,
    /// The loops over leaves that the current record entered.
    pub leaf_loops: Vec<usize>,
    /// Parts of large values that were found in the current record.
    pub memo: PathMemo,
    /// Cells whose rows are left out; see [`super::program::Loop::distinct`].
    pub distinct: ValidCells,
    /// Those of the current record that are new.
    pub new_cells: Vec<CellFingerprint>,
    /// Repeated cells of loops, by [`super::program::Loop::repeats`].
    pub repeats: Vec<RepeatedCells>,
    /// Whether, since it was set, rows read nothing but elements of loops, and nothing was counted that cannot be added
    /// again.
    pub repeatable: bool,
    /// Leniencies of the current record.
    pub leniencies: Leniencies,
    /// Leniencies of values that are counted in another row: only what counts in any row is taken from here.
    pub uncounted: Leniencies,
    /// Whether the current row counts leniencies of JSON values.
    pub counts_leniencies: bool,
    /// Counts of the current record, by counter.
    pub counts: Vec<u64>,
    /// Counts of the current record, by counter and sketch.
    pub sketches: SketchCounts,
    /// Estimates output.
    pub meter: Meter,
}

/// An element of a loop.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// Its node on the tape.
    pub node: u32,
    /// The node of its key, if it is a member.
    pub key: Option<u32>,
    /// Its integer key, or its position.
    pub index: i64,
}

/// The state of a loop.
#[derive(Debug)]
pub struct LoopState {
    /// The field whose JSON the loop is in.
    pub field: usize,
    /// The current element.
    pub element: Element,
    /// The members that are looked up in the current element.
    pub keys: Keys,
    /// For each of those, whether a column of the current row holds it exactly.
    pub held: Vec<bool>,
    /// Members by which later elements look up this one.
    pub tracked: Vec<Tracked>,
    /// All elements of the value that the loop visits.
    pub elements: Vec<Element>,
    /// Position of the current element among these.
    pub at: usize,
    /// Cells whose elements are known, if the loop deduplicates.
    pub cells: CellMemo,
    /// The paths of its elements, if they are leaves.
    pub leaves: Leaves,
}

/// A member by which preceding elements are found. Few records ask for one, so the index is built on demand.
#[derive(Debug)]
pub struct Tracked {
    slot: usize,
    index: RefCell<TextIndex>,
}

/// The last element that has a text, by the hash of the text.
#[derive(Debug, Default)]
struct TextIndex {
    elements: HashMap<u64, Element>,
    /// Number of elements that were added.
    indexed: usize,
}

impl Tracked {
    /// Clears the index.
    pub fn clear(&mut self) {
        let index = self.index.get_mut();
        if index.indexed > 0 {
            index.elements.clear();
            index.indexed = 0;
        }
    }
}

impl LoopState {
    /// The state of a loop that looks up these members.
    pub fn new((members, keys): (&Members, &Keys)) -> Self {
        Self {
            field: 0,
            element: Element { node: 0, key: None, index: 0 },
            keys: keys.clone(),
            held: vec![false; members.keys.len()],
            tracked: members.tracked.iter().map(|&slot| Tracked { slot, index: RefCell::default() }).collect(),
            elements: Vec::new(),
            at: 0,
            cells: CellMemo::default(),
            leaves: Leaves::default(),
        }
    }
}

impl RecordEvaluator {
    /// An evaluator of `plan` with these limits of a record.
    pub fn new(plan: Arc<Plan>, limits: Limits) -> Self {
        let program = plan.program();
        let mut meter = Meter::new(plan.spec(), &program.texts, limits.rows);
        let differing = program.differing.iter().map(Option::is_some);
        let others = plan.spec().tables.iter().map(|table| table.once_per.is_some() || table.internal);
        for (table, _) in differing.zip(others).enumerate().filter(|&(_, (differs, other))| differs || other) {
            meter.leave_out(table);
        }
        Self {
            record: Record::new(plan.fields().len(), &program.derived, limits.depth),
            loops: program.loops.iter().zip(&program.keys).map(LoopState::new).collect(),
            values: program.values.iter().map(|(_, kind)| Column::new(kind)).collect(),
            predicates: vec![None; program.predicates.len()],
            spare: Vec::new(),
            order: Vec::new(),
            leaf_loops: Vec::new(),
            memo: PathMemo::default(),
            distinct: ValidCells::default(),
            new_cells: Vec::new(),
            repeats: program.repeats.iter().flatten().map(|_| RepeatedCells::new(&plan.spec().tables)).collect(),
            repeatable: true,
            leniencies: Leniencies::default(),
            uncounted: Leniencies::default(),
            counts_leniencies: true,
            counts: vec![0; plan.spec().counters.len()],
            sketches: SketchCounts::default(),
            meter,
            plan,
        }
    }

    /// Clears the state for the next record.
    pub fn reset(&mut self) {
        self.record.reset();
        self.memo.reset();
        self.repeats.iter_mut().for_each(RepeatedCells::reset);
        self.new_cells.clear();
        self.leniencies.clear();
        // Most plans of one table have neither.
        if !self.counts.is_empty() {
            self.counts.fill(0);
        }
        if !self.predicates.is_empty() {
            self.predicates.fill(None);
        }
        for id in self.leaf_loops.drain(..) {
            self.loops[id].leaves.visited = 0;
        }
        self.sketches.clear();
        self.values.iter_mut().for_each(|column| column.truncate(0));
    }

    /// The fault of a field.
    pub fn at_field(&self, field: usize, error: CellError) -> Fault {
        (self.plan.fields().get(field).cloned(), error)
    }

    /// Moves a loop to an element, and looks up the element's members.
    pub fn enter(&mut self, id: usize, element: Element, raw: RawRecord<'_>) {
        let state = &mut self.loops[id];
        state.element = element;
        if state.held.is_empty() {
            return;
        }
        let value = self.record.parsed(raw, state.field).at(element.node);
        if value.kind() == Kind::Object { state.keys.walk(value) } else { state.keys.clear() }
    }

    /// The current element of a loop.
    pub fn element<'s>(&'s self, id: usize, raw: RawRecord<'s>) -> Value<'s> {
        let state = &self.loops[id];
        self.record.parsed(raw, state.field).at(state.element.node)
    }

    /// The key of the current element of a loop.
    pub fn key<'s>(&'s self, id: usize, raw: RawRecord<'s>) -> Option<Value<'s>> {
        let state = &self.loops[id];
        state.element.key.map(|key| self.record.parsed(raw, state.field).at(key))
    }

    /// The closest preceding element that has `text` in the tracked member.
    pub fn preceding(&self, nearest: &NearestRef, text: &[u8], raw: RawRecord<'_>) -> Option<Element> {
        let state = &self.loops[nearest.level];
        let tracked = state.tracked.iter().find(|tracked| tracked.slot == nearest.slot)?;
        let key = self.plan.program().loops[nearest.level].keys[nearest.slot].as_bytes();
        let of = self.record.parsed(raw, state.field);
        let mut index = tracked.index.borrow_mut();
        for element in state.elements.get(index.indexed..state.at).unwrap_or_default() {
            let found = self.memo.member(state.field, of.at(element.node), key);
            if let Some(text) = found.filter(|text| text.kind() == Kind::String) {
                index.elements.insert(text_hash(text), *element);
            }
        }
        index.indexed = state.at;
        let element = index.elements.get(&hash(text)).copied()?;
        // Two texts may have the same hash.
        let found = self.memo.member(state.field, of.at(element.node), key);
        found.filter(|found| found.is_text(text)).map(|_| element)
    }
}

/// The hash of a string's text.
fn text_hash(value: Value<'_>) -> u64 {
    if value.is_escaped() { hash(&identity(value.bytes())) } else { hash(value.bytes()) }
}
