//! What a worker remembers: cells that were checked, and values found in large JSON.

use std::cell::RefCell;

use hashbrown::HashMap;

use crate::json::{Value, member, string_text};

use super::ops::Outer;

/// Number of entries; a power of two.
const SLOTS: usize = 1 << 11;

/// Maximum bytes of raw and plain text together; beyond them the cache is cleared.
const MOST_BYTES: usize = 2 << 20;

/// Longer cells seldom repeat and would evict many others.
const LONGEST: usize = 1 << 14;

/// Look-ups after which the cache checks its hit rate, and look-ups that it skips after a low one.
const TRIAL: u32 = 2048;
const PAUSE: u32 = 16384;

/// Cells of one field that one worker has checked, found by their bytes.
#[derive(Debug, Default)]
pub struct CheckedCells {
    slots: Vec<Entry>,
    /// The raw cells, each followed by its text.
    bytes: Vec<u8>,
    lookups: u32,
    hits: u32,
    paused: u32,
}

/// One cell: the start of its raw bytes, the start of its text, and the end of the text. All zero if it is empty.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    hash: u64,
    start: u32,
    text: u32,
    end: u32,
    duplicate_keys: u64,
}

/// Where a cell that was not found is kept; none while the cache is paused.
pub type CacheKey = Option<u64>;

impl CheckedCells {
    /// The slot of a cell with these bytes, or the key to keep it under.
    #[inline]
    pub fn find(&mut self, raw: &[u8], outer: Outer) -> Result<usize, CacheKey> {
        if self.paused > 0 {
            self.paused -= 1;
            return Err(None);
        }
        if raw.len() > LONGEST {
            return Err(None);
        }
        self.lookups += 1;
        if self.lookups >= TRIAL {
            // Below one hit in eight the cache costs more than it saves.
            if self.hits < TRIAL / 8 {
                *self = Self { paused: PAUSE, ..Self::default() };
                return Err(None);
            }
            self.lookups = 0;
            self.hits = 0;
        }
        // A cell that was checked as an object was not checked as an array.
        let hash = hash(raw) ^ outer as u64;
        let slot = slot_of(hash);
        match self.slots.get(slot) {
            Some(entry) if entry.hash == hash && self.bytes[entry.start as usize..entry.text as usize] == *raw => {
                self.hits += 1;
                Ok(slot)
            }
            _ => Err(Some(hash)),
        }
    }

    /// The text of the cell in a slot.
    pub fn text(&self, slot: usize) -> &[u8] {
        let entry = self.slots[slot];
        &self.bytes[entry.text as usize..entry.end as usize]
    }

    /// Number of duplicate keys in the JSON of the cell in a slot.
    pub fn duplicate_keys(&self, slot: usize) -> u64 {
        self.slots[slot].duplicate_keys
    }

    /// Keeps a cell that was checked.
    pub fn keep(&mut self, key: CacheKey, raw: &[u8], text: &[u8], duplicate_keys: u64) {
        let Some(hash) = key else { return };
        if self.slots.is_empty() || self.bytes.len() > MOST_BYTES {
            self.slots.clear();
            self.slots.resize(SLOTS, Entry::default());
            self.bytes.clear();
        }
        let start = offset(self.bytes.len());
        self.bytes.extend_from_slice(raw);
        let between = offset(self.bytes.len());
        self.bytes.extend_from_slice(text);
        self.slots[slot_of(hash)] = Entry { hash, start, text: between, end: offset(self.bytes.len()), duplicate_keys };
    }
}

/// An offset into the cached bytes, which are a few megabytes.
#[allow(clippy::cast_possible_truncation, reason = "see above")]
const fn offset(at: usize) -> u32 {
    at as u32
}

/// The slot of a hash.
#[allow(clippy::cast_possible_truncation, reason = "masked to the number of slots")]
const fn slot_of(hash: u64) -> usize {
    (hash >> 32) as usize & (SLOTS - 1)
}

/// A fast hash of long texts: 16 bytes per step, folded by a wide multiplication. Every hit is compared in full, so a
/// deliberate collision costs time only.
pub fn hash(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = bytes.len() as u64 ^ ODD;
    let (steps, rest) = bytes.as_chunks::<16>();
    let mut mix = |step: &[u8; 16]| {
        let (words, _) = step.as_chunks::<8>();
        let (low, high) = (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]));
        state = fold(state ^ low, high ^ ODD);
    };
    steps.iter().for_each(&mut mix);
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    mix(&last);
    fold(state, ODD)
}

/// The exclusive or of both halves of the product.
#[allow(clippy::cast_possible_truncation, reason = "the halves of a 128-bit product")]
pub const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

/// A value of fewer nodes is searched faster than it is looked up.
const SMALLEST: u32 = 256;

/// A JSON value of the record: field and index on the tape.
type ValueId = (usize, u32);

/// Items and members of large values, each found once per record. Each of many answers may refer to one of many marks;
/// searching the marks for each answer would take quadratic time.
#[derive(Debug, Default)]
pub struct PathMemo {
    items: RefCell<HashMap<ValueId, Vec<u32>>>,
    /// By the address of the key: keys belong to the plan and do not move.
    members: RefCell<HashMap<(ValueId, usize), Option<u32>>>,
    /// By the hash of the key.
    named: RefCell<HashMap<ValueId, HashMap<u64, u32>>>,
}

impl PathMemo {
    /// Clears the memo for the next record.
    pub fn reset(&mut self) {
        // The memory of a large record is freed.
        free(self.items.get_mut());
        free(self.members.get_mut());
        free(self.named.get_mut());
    }

    /// The item of a field's array at an index.
    pub fn item<'a>(&self, field: usize, array: Value<'a>, index: usize) -> Option<Value<'a>> {
        if array.nodes() < SMALLEST {
            return array.items().nth(index);
        }
        let mut items = self.items.borrow_mut();
        let nodes =
            items.entry((field, array.place())).or_insert_with(|| array.items().map(Value::place).collect::<Vec<_>>());
        nodes.get(index).map(|&node| array.at(node))
    }

    /// The member of a field's object by a key of the plan.
    pub fn member<'a>(&self, field: usize, object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        if object.nodes() < SMALLEST {
            return member(object, key);
        }
        let mut members = self.members.borrow_mut();
        let node = members
            .entry(((field, object.place()), key.as_ptr().addr()))
            .or_insert_with(|| member(object, key).map(Value::place));
        node.map(|node| object.at(node))
    }

    /// The member of a field's object by a key that the record has.
    pub fn named<'a>(&self, field: usize, object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        if object.nodes() < SMALLEST {
            return member(object, key);
        }
        let mut named = self.named.borrow_mut();
        let nodes = named.entry((field, object.place())).or_insert_with(|| {
            object.members().filter_map(|(key, value)| Some((hash(&string_text(key)?), value.place()))).collect()
        });
        // Two keys may have the same hash.
        nodes.get(&hash(key)).filter(|&&node| object.key_of(node).is_text(key)).map(|&node| object.at(node))
    }
}

fn free<K, V>(map: &mut HashMap<K, V>) {
    if !map.is_empty() {
        *map = HashMap::new();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn kept_cells_are_found_and_no_others() {
        let mut cache = CheckedCells::default();
        let cells: Vec<Vec<u8>> =
            (0..200).map(|i| format!("\"{{\"\"id\"\":{i}}}{}\"", "x".repeat(i)).into_bytes()).collect();
        for (i, cell) in cells.iter().enumerate() {
            let key = cache.find(cell, Outer::Object).expect_err("not kept yet");
            cache.keep(key, cell, format!("text {i}").as_bytes(), i as u64);
        }
        let mut found = 0;
        for (i, cell) in cells.iter().enumerate() {
            if let Ok(slot) = cache.find(cell, Outer::Object) {
                assert_eq!(cache.text(slot), format!("text {i}").as_bytes());
                assert_eq!(cache.duplicate_keys(slot), i as u64);
                found += 1;
            }
        }
        assert!(found > 150, "{found}");
    }

    #[test]
    fn cache_stays_small_and_pauses_if_nothing_repeats() {
        let mut cache = CheckedCells::default();
        let mut paused = false;
        for i in 0..20_000u32 {
            let cell = format!("{i}").repeat(200);
            if let Err(key) = cache.find(cell.as_bytes(), Outer::Any) {
                paused |= key.is_none();
                cache.keep(key, cell.as_bytes(), cell.as_bytes(), 0);
            }
            assert!(cache.bytes.len() <= MOST_BYTES + 2 * LONGEST);
        }
        assert!(paused);
    }
}
