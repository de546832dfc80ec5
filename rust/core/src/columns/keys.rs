//! Which member of an object is which column, found by walking the object once.

use std::collections::HashMap;

use crate::json::{Value, identity, start_of};

/// Known keys, found by their length: few have the same, and most keys that are not known have a length of their own.
#[derive(Debug, Default)]
pub struct Keys {
    names: Vec<Vec<u8>>,
    /// The first eight bytes of each, as [`Value::start`] gives them.
    starts: Vec<u64>,
    /// For each length, the known keys that have it.
    of_length: Vec<Vec<usize>>,
    /// Where each known member of the object at hand is: the place of its value on the tape.
    found: Vec<u32>,
    /// The members of the object at hand that are not known: the places of key and value.
    unknown: Vec<(u32, u32)>,
}

/// The place of a member that the object does not have.
const ABSENT: u32 = u32::MAX;

impl Keys {
    /// The keys, in the order of their columns.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<Vec<u8>> = names.map(|name| name.as_bytes().to_vec()).collect();
        let starts = names.iter().map(|name| start_of(name)).collect();
        let mut keys = Self { names, starts, ..Self::default() };
        keys.of_length.resize(keys.names.iter().map(Vec::len).max().map_or(0, |longest| longest + 1), Vec::new());
        for (column, name) in keys.names.iter().enumerate() {
            keys.of_length[name.len()].push(column);
        }
        keys
    }

    /// Finds the members of `object`; of a key that it has twice, the last one.
    pub fn walk(&mut self, object: Value<'_>) {
        self.found.clear();
        self.found.resize(self.names.len(), ABSENT);
        self.unknown.clear();
        for (key, value) in object.members() {
            if let Some(column) = self.column_of(key) {
                self.found[column] = value.place();
                continue;
            }
            self.unknown.push((key.place(), value.place()));
        }
        if object.has_duplicates() {
            self.keep_last(object);
        }
    }

    /// Forgets the object at hand: what comes has no members.
    pub fn clear(&mut self) {
        self.found.clear();
        self.unknown.clear();
    }

    /// The place of the value of the known key `column`, if the object has it.
    pub fn found(&self, column: usize) -> Option<u32> {
        self.found.get(column).copied().filter(|&place| place != ABSENT)
    }

    /// The places of key and value of each member that is not known.
    pub fn unknown(&self) -> &[(u32, u32)] {
        &self.unknown
    }

    #[inline]
    fn column_of(&self, key: Value<'_>) -> Option<usize> {
        if key.is_escaped() {
            return self.names.iter().position(|name| key.is_text(name));
        }
        let (bytes, start) = (key.bytes(), key.start());
        let same = |&column: &usize| self.starts[column] == start && self.names[column].get(8..) == bytes.get(8..);
        self.of_length.get(bytes.len())?.iter().copied().find(same)
    }

    /// Of unknown members that have one key, keeps the last, at the place of the first.
    fn keep_last(&mut self, object: Value<'_>) {
        let mut places = HashMap::new();
        let mut kept = Vec::with_capacity(self.unknown.len());
        for member in self.unknown.drain(..) {
            let place = *places.entry(identity(object.at(member.0).bytes())).or_insert(kept.len());
            match kept.get_mut(place) {
                Some(before) => *before = member,
                None => kept.push(member),
            }
        }
        self.unknown = kept;
    }
}
