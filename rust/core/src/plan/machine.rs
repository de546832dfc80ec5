//! What a plan knows of the record at hand while it runs: its fields, and the parts that its loops are at.

use std::cell::RefCell;
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
    /// Slots to look for from parts further on.
    pub tracked: Vec<Tracked>,
    /// The parts of what the loop goes over.
    pub parts: Vec<Part>,
    /// The place of the part that it is at among these.
    pub at: usize,
    /// Cells gone over lately, where parts are rows once only.
    pub gone: GoneOver,
}

/// A slot that parts before are found by. Few records ask for any, so that parts are looked at when one does.
#[derive(Debug)]
pub struct Tracked {
    slot: usize,
    seen: RefCell<Seen>,
}

/// What was found so far: text to the last part that has it, of so many parts.
#[derive(Debug, Default)]
struct Seen {
    parts: HashMap<u64, Part>,
    looked_at: usize,
}

impl Tracked {
    /// Forgets the parts.
    pub fn clear(&mut self) {
        let seen = self.seen.get_mut();
        if seen.looked_at > 0 {
            seen.parts.clear();
            seen.looked_at = 0;
        }
    }
}

impl LoopState {
    /// The state of a loop that needs these members.
    pub fn new(members: &Members) -> Self {
        Self {
            field: 0,
            part: Part { place: 0, key: None, number: 0 },
            keys: Keys::new(members.keys.iter().map(String::as_str)),
            fits: vec![false; members.keys.len()],
            tracked: members.tracked.iter().map(|&slot| Tracked { slot, seen: RefCell::default() }).collect(),
            parts: Vec::new(),
            at: 0,
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

    /// The part before the one at hand that has `text` in its tracked member.
    pub fn before(&self, near: &Near, text: &[u8], fields: Fields<'_>) -> Option<Part> {
        let state = &self.loops[near.id];
        let tracked = state.tracked.iter().find(|tracked| tracked.slot == near.slot)?;
        let key = self.plan.program().loops[near.id].keys[near.slot].as_bytes();
        let of = self.record.parsed(fields, state.field);
        let mut seen = tracked.seen.borrow_mut();
        for part in state.parts.get(seen.looked_at..state.at).unwrap_or_default() {
            let found = self.again.member(state.field, of.at(part.place), key);
            if let Some(text) = found.filter(|text| text.kind() == Kind::String) {
                seen.parts.insert(text_hash(text), *part);
            }
        }
        seen.looked_at = state.at;
        let part = seen.parts.get(&hash(text)).copied()?;
        // Two texts may have one hash.
        self.again.member(state.field, of.at(part.place), key).filter(|found| found.is_text(text)).map(|_| part)
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
