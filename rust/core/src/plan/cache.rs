//! Cells that were checked lately, found again by their bytes.

use super::spec::Outer;

/// Entries; a power of two.
const SLOTS: usize = 1 << 11;

/// Bytes of raw and plain text together; past them the cache starts anew.
const MOST_BYTES: usize = 2 << 20;

/// Longer cells seldom repeat and would push out many others.
const LONGEST: usize = 1 << 14;

/// Look-ups after which the cache asks itself whether it pays, and after which it tries again if it does not.
const TRIAL: u32 = 2048;
const PAUSE: u32 = 16384;

/// The cells of one column, by one worker.
#[derive(Debug, Default)]
pub struct Cache {
    slots: Vec<Entry>,
    /// The cells as they stand in the file, each with its text behind it.
    bytes: Vec<u8>,
    lookups: u32,
    hits: u32,
    paused: u32,
}

/// One cell: where it begins, where its text does, and where that ends. An empty one is none.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    hash: u64,
    start: u32,
    text: u32,
    end: u32,
    duplicate_keys: u64,
}

/// Where a cell that was not found belongs; none while the cache is paused.
pub type Key = Option<u64>;

impl Cache {
    /// The place of a cell with these bytes, or the key to keep it under.
    #[inline]
    pub fn find(&mut self, raw: &[u8], outer: Outer) -> Result<usize, Key> {
        if self.paused > 0 {
            self.paused -= 1;
            return Err(None);
        }
        if raw.len() > LONGEST {
            return Err(None);
        }
        self.lookups += 1;
        if self.lookups >= TRIAL {
            // Below one hit in eight, finding and keeping cost more than they save.
            if self.hits < TRIAL / 8 {
                *self = Self { paused: PAUSE, ..Self::default() };
                return Err(None);
            }
            self.lookups = 0;
            self.hits = 0;
        }
        // A cell that was checked to be an object was not checked to be an array.
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

    /// The text of the cell at a place that was found.
    pub fn text(&self, slot: usize) -> &[u8] {
        let entry = self.slots[slot];
        &self.bytes[entry.text as usize..entry.end as usize]
    }

    /// The keys that its JSON has twice.
    pub fn duplicate_keys(&self, slot: usize) -> u64 {
        self.slots[slot].duplicate_keys
    }

    /// Keeps a cell that was checked.
    pub fn keep(&mut self, key: Key, raw: &[u8], text: &[u8], duplicate_keys: u64) {
        let Some(hash) = key else { return };
        if self.slots.is_empty() || self.bytes.len() > MOST_BYTES {
            self.slots.clear();
            self.slots.resize(SLOTS, Entry::default());
            self.bytes.clear();
        }
        let start = place(self.bytes.len());
        self.bytes.extend_from_slice(raw);
        let between = place(self.bytes.len());
        self.bytes.extend_from_slice(text);
        self.slots[slot_of(hash)] = Entry { hash, start, text: between, end: place(self.bytes.len()), duplicate_keys };
    }
}

/// A place among the cells, of which there are few megabytes.
#[allow(clippy::cast_possible_truncation, reason = "see above")]
const fn place(at: usize) -> u32 {
    at as u32
}

/// Fewer slots than a 32-bit number counts.
#[allow(clippy::cast_possible_truncation, reason = "masked to the number of slots")]
const fn slot_of(hash: u64) -> usize {
    (hash >> 32) as usize & (SLOTS - 1)
}

/// A fast hash of long texts: 16 bytes a step, folded by a wide multiplication. What it finds is compared in full, so
/// that a chosen collision costs time at most.
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

/// The halves of the product, one over the other.
#[allow(clippy::cast_possible_truncation, reason = "the halves of a 128-bit product")]
const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn finds_what_was_kept_and_nothing_else() {
        let mut cache = Cache::default();
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
    fn stays_small_and_pauses_where_nothing_repeats() {
        let mut cache = Cache::default();
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
