//! What a plan knows of the record at hand while it runs: its fields, and the parts that its loops are at.

use std::collections::HashMap;
use std::sync::Arc;

use crate::columns::{CellError, Column, Keys};
use crate::json::{Kind, Value, identity};
use crate::leniency::Leniencies;

use super::Plan;
use super::again::Again;
use super::cache::hash;
use super::gone::GoneOver;
use super::program::{Members, Near};
use super::record::{Fields, Record};
use super::shape::Shapes;

/// Why a column rejects the record, and the column at fault.
pub type Fault = (Option<String>, CellError);

/// The state of one worker's plan.
pub struct Machine {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The record's fields.
    pub record: Record,
    /// The loops, by number.
    pub loops: Vec<LoopState>,
    /// Values computed once for the record, one in each column.
    pub values: Vec<Column>,
    /// What is known of [`super::program::Program::checks`].
    pub checked: Vec<Option<bool>>,
    /// For lists of which one item is wanted.
    pub spare: Vec<Column>,
    /// Parts of large values that were found in the record at hand.
    pub again: Again,
    /// What was read although it is not canonical, in the record at hand.
    pub leniencies: Leniencies,
    /// The row at hand counts what its members let pass.
    pub counting: bool,
    /// Counts of the record at hand, by note.
    pub notes: Vec<u64>,
    /// And by note and shape.
    pub shapes: Shapes,
}

/// A part of a JSON value.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its place on the tape.
    pub place: u32,
    /// The place of its key, if it is a member.
    pub key: Option<u32>,
    /// The integer that is its key, or its place among the parts.
    pub number: i64,
}

/// Where a loop is.
#[derive(Debug)]
pub struct LoopState {
    /// The field whose JSON it is in.
    pub field: usize,
    /// The part it is at.
    pub part: Part,
    /// The members of that part that the plan asks for.
    pub keys: Keys,
    /// For each of those, that the row at hand has it in a column.
    pub fits: Vec<bool>,
    /// Slots to look for from parts further on, each with what was found so far: text to part.
    pub tracked: Vec<(usize, HashMap<u64, Part>)>,
    /// The parts, kept for their memory.
    pub parts: Vec<Part>,
    /// Cells gone over lately, where parts are rows once only.
    pub gone: GoneOver,
}

impl LoopState {
    /// The state of a loop that needs these members.
    pub fn new(members: &Members) -> Self {
        Self {
            field: 0,
            part: Part { place: 0, key: None, number: 0 },
            keys: Keys::new(members.keys.iter().map(String::as_str)),
            fits: vec![false; members.keys.len()],
            tracked: members.tracked.iter().map(|&slot| (slot, HashMap::new())).collect(),
            parts: Vec::new(),
            gone: GoneOver::default(),
        }
    }
}

impl Machine {
    /// A machine for `plan`, whose JSON may be nested `max_depth` deep.
    pub fn new(plan: Arc<Plan>, max_depth: usize) -> Self {
        let program = plan.program();
        Self {
            record: Record::new(plan.fields().len(), &program.derived, max_depth),
            loops: program.loops.iter().map(LoopState::new).collect(),
            values: program.values.iter().map(|(_, kind)| Column::new(kind)).collect(),
            checked: vec![None; program.checks.len()],
            spare: Vec::new(),
            again: Again::default(),
            leniencies: Leniencies::default(),
            counting: true,
            notes: vec![0; plan.spec().notes.len()],
            shapes: Shapes::default(),
            plan,
        }
    }

    /// Forgets the record before.
    pub fn reset(&mut self) {
        self.record.reset();
        self.again.reset();
        self.leniencies = Leniencies::default();
        self.notes.fill(0);
        self.checked.fill(None);
        self.shapes.clear();
        self.values.iter_mut().for_each(|column| column.truncate(0));
    }

    /// A fault of a field.
    pub fn at_field(&self, field: usize, error: CellError) -> Fault {
        (self.plan.fields().get(field).cloned(), error)
    }

    /// Puts a loop at a part, and finds the members that are asked for.
    pub fn enter(&mut self, id: usize, part: Part, fields: Fields<'_>) {
        let state = &mut self.loops[id];
        state.part = part;
        if state.fits.is_empty() {
            return;
        }
        let value = self.record.parsed(fields, state.field).at(part.place);
        if value.kind() == Kind::Object { state.keys.walk(value) } else { state.keys.clear() }
    }

    /// Keeps the texts of the part at hand for parts further on.
    pub fn leave(&mut self, id: usize, fields: Fields<'_>) {
        let state = &mut self.loops[id];
        for (slot, seen) in &mut state.tracked {
            if let Some(place) = state.keys.found(*slot) {
                let text = self.record.parsed(fields, state.field).at(place);
                if text.kind() == Kind::String {
                    seen.insert(text_hash(text), state.part);
                }
            }
        }
    }

    /// The part before the one at hand that has `text` in its tracked member.
    pub fn before(&self, near: &Near, text: &[u8], fields: Fields<'_>) -> Option<Part> {
        let state = &self.loops[near.id];
        let (_, seen) = state.tracked.iter().find(|(slot, _)| *slot == near.slot)?;
        let part = seen.get(&hash(text)).copied()?;
        // Two texts may have one hash.
        let key = self.plan.program().loops[near.id].keys[near.slot].as_bytes();
        let item = self.record.parsed(fields, state.field).at(part.place);
        self.again.member(state.field, item, key).filter(|found| found.is_text(text)).map(|_| part)
    }
}

/// The hash of a string's text.
fn text_hash(value: Value<'_>) -> u64 {
    if value.is_escaped() { hash(&identity(value.bytes())) } else { hash(value.bytes()) }
}

/// The member of an object with this key; of a key that it has twice, the last.
pub fn member<'a>(object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
    let mut named = object.members().filter(|(name, _)| name.is_text(key)).map(|(_, value)| value);
    if object.has_duplicates() { named.last() } else { named.next() }
}
