//! A scope run over the record at hand: its rows, its loops, its branches.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};

use crate::columns::{CellError, Column};
use crate::json::{Value, identity};
use crate::reject::RejectKind;

use super::cache::hash;
use super::fields::{integer_key, numbered};
use super::machine::{Fault, Machine, Part, Tracked};
use super::program::{Loop, OnceRows, Op, Root, Row, Scope};
use super::record::Fields;
use super::spec::Parts;

/// What may stand once only: half of it from the record, half from the part.
pub type Key = (Option<i64>, i64);

/// Consecutive rows that stand or fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Their key; rows without one always stand.
    pub key: Option<Key>,
    /// A hash of what they were made of.
    pub content: u64,
    /// How many they are.
    pub rows: usize,
}

/// Keys that a worker remembers at most: what it forgets is only made again, and dropped where the blocks meet.
const MOST_SEEN: usize = 1 << 18;

/// Hashes of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Of its bytes.
    pub raw: u64,
    /// Of its rows.
    pub content: u64,
}

/// One table under construction.
#[derive(Debug, Default)]
pub struct Building {
    /// Its columns. They may lag behind: nulls at the end are appended when a value follows, or at last, and what is
    /// the same in all rows of a record when it is kept.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: usize,
    /// Where the record at hand begins among its rows.
    pub started: usize,
    /// Where parts stand once only: what its rows, in order, stand for.
    pub once: Vec<Once>,
    /// Keys that this worker has had, each with what it was made of last.
    pub seen: HashMap<Key, Seen>,
    /// What the parts of the record at hand were made of.
    pub made: Vec<(Key, Seen)>,
}

impl Building {
    /// Goes back to its first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        self.rows = rows;
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// Remembers a key of a record that was not rejected.
    pub fn remember(&mut self, key: Key, seen: Seen) {
        if self.seen.len() >= MOST_SEEN {
            self.seen.clear();
        }
        self.seen.insert(key, seen);
    }

    /// A hash of the rows from `first` on.
    fn content(&mut self, first: usize) -> u64 {
        self.columns.iter_mut().for_each(|column| column.pad(self.rows));
        let mut hasher = DefaultHasher::new();
        for row in first..self.rows {
            self.columns.iter().for_each(|column| column.hash_at(row, &mut hasher));
        }
        hasher.finish()
    }
}

impl Machine {
    /// Makes the rows that a scope gives.
    pub fn run(&mut self, scope: &Scope, fields: Fields<'_>, tables: &mut [Building]) -> Result<(), Fault> {
        for &note in &scope.notes {
            self.notes[note] += 1;
        }
        if !scope.shapes.is_empty() {
            // A value at hand borrows from the machine, so that its counts are set aside.
            let mut shapes = std::mem::take(&mut self.shapes);
            for (note, at) in &scope.shapes {
                if let Some(value) = self.value(at, fields)? {
                    shapes.count(*note, value);
                }
            }
            self.shapes = shapes;
        }
        for row in &scope.rows {
            self.append_row(row, fields, &mut tables[row.table])?;
        }
        for inner in &scope.each {
            self.run_loop(inner, fields, tables)?;
        }
        for branches in &scope.branches {
            for (check, inner) in branches {
                let holds = match check {
                    Some(check) => self.holds(check, fields)?,
                    None => true,
                };
                if holds {
                    self.run(inner, fields, tables)?;
                    break;
                }
            }
        }
        Ok(())
    }

    fn append_row(&mut self, row: &Row, fields: Fields<'_>, table: &mut Building) -> Result<(), Fault> {
        // A member may stand in many rows of a record, and what it lets pass is counted in the first one.
        self.counting = row.table == 0 && table.rows == table.started;
        if let Some(id) = row.rest_of {
            self.loops[id].fits.fill(false);
        }
        for (place, op, kind) in &row.columns {
            let column = &mut table.columns[*place];
            // Most columns are members, of which most are missing in most objects.
            if let Op::Member(member) = op {
                if let Some(found) = self.loops[member.id].keys.found(member.slot) {
                    column.pad(table.rows);
                    self.append_member(*member, found, column, kind, fields)?;
                }
                continue;
            }
            let op = self.chosen(op, fields)?;
            if !self.is_missing(op) {
                column.pad(table.rows);
                self.append_one(op, column, kind, fields)?;
            }
        }
        table.rows += 1;
        Ok(())
    }

    fn run_loop(&mut self, inner: &Loop, fields: Fields<'_>, tables: &mut [Building]) -> Result<(), Fault> {
        let id = inner.id;
        let field = match &inner.over.root {
            Root::Field(field) => *field,
            Root::Part(around) | Root::Slot(around, _) => self.loops[*around].field,
            Root::Nearest(near) => self.loops[near.id].field,
        };
        if let Some(once) = &inner.once
            && self.repeat(once, inner, field, fields, tables)
        {
            return Ok(());
        }
        let mut parts = std::mem::take(&mut self.loops[id].parts);
        parts.clear();
        let (found, passed_over) = match self.value(&inner.over, fields)? {
            Some(value) => (parts_of(value, inner.parts, &mut parts), count_others(value, inner)),
            None => (Ok(()), 0),
        };
        found.map_err(|error| self.at_field(field, error))?;
        if let Some(note) = inner.others {
            self.notes[note] += passed_over;
        }
        let count = parts.len();
        let state = &mut self.loops[id];
        state.field = field;
        state.parts = parts;
        state.tracked.iter_mut().for_each(Tracked::clear);
        for at in 0..count {
            let part = self.loops[id].parts[at];
            self.loops[id].at = at;
            self.enter(id, part, fields);
            match &inner.once {
                None => self.run(&inner.scope, fields, tables)?,
                Some(once) => self.run_once(once, id, &inner.scope, fields, tables)?,
            }
        }
        if let Some(once) = &inner.once {
            let made = &tables[once.table].made;
            let made = made[made.len() - count..].to_vec();
            let (raw, with) = (fields.whole(field), self.half(once));
            let duplicates = self.record.duplicates(field);
            self.loops[id].gone.keep(raw, with, made, passed_over, duplicates);
        }
        Ok(())
    }

    /// Half of the key of a record's parts.
    fn half(&self, once: &OnceRows) -> Option<i64> {
        match &self.values[once.with] {
            Column::Int64(column) => column.get(0),
            _ => None,
        }
    }

    /// Notes the parts of a cell that was gone over before without parsing it; gives whether it was.
    fn repeat(
        &mut self,
        once: &OnceRows,
        inner: &Loop,
        field: usize,
        fields: Fields<'_>,
        tables: &mut [Building],
    ) -> bool {
        let with = self.half(once);
        let Some(gone) = self.loops[inner.id].gone.find(fields.whole(field), with) else { return false };
        let table = &mut tables[once.table];
        // Of parts that this worker has forgotten, rows are made again.
        if !gone.made.iter().all(|(key, seen)| table.seen.get(key) == Some(seen)) {
            return false;
        }
        table.once.extend(gone.made.iter().map(|&(key, Seen { content, .. })| Once {
            key: Some(key),
            content,
            rows: 0,
        }));
        table.made.extend(&gone.made);
        if let Some(note) = inner.others {
            self.notes[note] += gone.others;
        }
        let duplicates = gone.duplicates;
        self.record.count(field, duplicates);
        true
    }

    /// Makes the rows of a part unless an earlier part had its key, and notes what it was made of.
    fn run_once(
        &mut self,
        once: &OnceRows,
        id: usize,
        scope: &Scope,
        fields: Fields<'_>,
        tables: &mut [Building],
    ) -> Result<(), Fault> {
        let key = (self.half(once), self.loops[id].part.number);
        let raw = hash(self.part(id, fields).token());
        let before = tables[once.table].rows;
        let seen = tables[once.table].seen.get(&key).copied();
        let known = seen.filter(|seen| seen.raw == raw);
        // The same bytes give the same rows, and no reject either.
        if known.is_none() {
            self.run(scope, fields, tables)?;
        }
        let table = &mut tables[once.table];
        let content = known.map_or_else(|| table.content(before), |seen| seen.content);
        if seen.is_some() {
            // Made all the same: whether a record is rejected must not hang on what this worker has seen.
            table.truncate(before);
        }
        let rows = table.rows - before;
        table.once.push(Once { key: Some(key), content, rows });
        table.made.push((key, Seen { raw, content }));
        Ok(())
    }
}

/// The parts of a value.
fn parts_of(value: Value<'_>, parts: Parts, target: &mut Vec<Part>) -> Result<(), CellError> {
    match parts {
        Parts::One => target.push(Part { place: value.place(), key: None, number: 0 }),
        Parts::Items => {
            target.extend(value.items().zip(0..).map(|(item, number)| Part { place: item.place(), key: None, number }));
        }
        Parts::Members => {
            let members = value.members();
            target.extend(members.map(|(key, value)| Part { place: value.place(), key: Some(key.place()), number: 0 }));
            if value.has_duplicates() {
                keep_last(value, target);
            }
            for (part, number) in target.iter_mut().zip(0..) {
                part.number = number;
            }
        }
        Parts::Integers => {
            let members = value.members().filter_map(|(key, value)| {
                Some(Part { number: integer_key(key)?, place: value.place(), key: Some(key.place()) })
            });
            target.extend(members);
            if value.has_duplicates() {
                keep_last(value, target);
            }
        }
        Parts::Numbered => {
            let members = numbered(value)?.into_iter();
            target.extend(members.map(|(number, key, value)| Part {
                place: value.place(),
                key: Some(key.place()),
                number,
            }));
            if let Some(part) = target.iter().find(|part| i32::try_from(part.number).is_err()) {
                let message = format!("the key {} is no 32-bit integer", part.number);
                return Err(CellError { kind: RejectKind::Type, message });
            }
        }
    }
    Ok(())
}

/// Of the members that have one key, keeps the last, at the place of the first, as other readers of JSON do.
fn keep_last(object: Value<'_>, parts: &mut Vec<Part>) {
    let mut places = HashMap::new();
    let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts.drain(..) {
        let key = part.key.map(|key| identity(object.at(key).bytes()));
        let place = *places.entry(key).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(before) => *before = part,
            None => kept.push(part),
        }
    }
    *parts = kept;
}

/// The members of an object that a loop over its integer keys passes over.
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
