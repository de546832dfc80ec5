//! Deduplication: rows of which only the first with a given key is kept, in all records of all blocks.

use hashbrown::HashMap;

use super::cache::hash;

/// Deduplication key of a row: (record's key, element's key).
pub type Key = (Option<i64>, i64);

/// Rows that share one deduplication key; they are kept or dropped as a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once {
    /// Their key; rows without one are always kept.
    pub key: Option<Key>,
    /// A hash of their content.
    pub content: u64,
    /// Number of rows.
    pub rows: usize,
}

/// Hashes of an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of its bytes.
    pub raw: u64,
    /// Of its rows.
    pub content: u64,
    /// A text of its rows replaces a lone surrogate.
    pub replaced: bool,
}

/// Maximum number of keys that a worker remembers. Forgetting a key is safe: its rows are decoded again and dropped
/// when blocks are merged.
const MOST_SEEN: usize = 1 << 18;

/// The keys that a worker has seen, each with the fingerprint of its last element.
#[derive(Debug, Default)]
pub struct SeenKeys(HashMap<Key, Fingerprint>);

impl SeenKeys {
    /// The fingerprint of the last element with this key.
    pub fn get(&self, key: Key) -> Option<Fingerprint> {
        self.0.get(&key).copied()
    }

    /// Adds a key of a record that was not rejected.
    pub fn insert(&mut self, key: Key, fingerprint: Fingerprint) {
        if self.0.len() >= MOST_SEEN {
            self.0.clear();
        }
        self.0.insert(key, fingerprint);
    }
}

/// Maximum bytes of remembered cells; beyond them all are forgotten.
const MOST_BYTES: usize = 4 << 20;

/// Longer cells are not remembered.
const LONGEST: usize = 1 << 14;

/// The elements of one cell.
#[derive(Debug)]
pub struct CellElements {
    raw: Box<[u8]>,
    record_key: Option<i64>,
    /// Keys and fingerprints of the elements.
    pub elements: Vec<(Key, Fingerprint)>,
    /// Number of members that are not elements.
    pub others: u64,
    /// Number of duplicate keys in the cell's JSON.
    pub duplicates: u64,
}

/// Cells of a loop whose elements are known, so that they need not be parsed: many records repeat the same cell.
#[derive(Debug, Default)]
pub struct CellMemo {
    cells: HashMap<u64, CellElements>,
    bytes: usize,
}

impl CellMemo {
    /// The elements of a cell with these bytes, in a record with this key.
    pub fn find(&self, raw: &[u8], record_key: Option<i64>) -> Option<&CellElements> {
        if raw.len() > LONGEST {
            return None;
        }
        self.cells.get(&hash(raw)).filter(|cell| cell.record_key == record_key && *cell.raw == *raw)
    }

    /// Keeps the elements of a cell.
    pub fn keep(
        &mut self,
        raw: &[u8],
        record_key: Option<i64>,
        elements: Vec<(Key, Fingerprint)>,
        others: u64,
        duplicates: u64,
    ) {
        if raw.len() > LONGEST {
            return;
        }
        if self.bytes > MOST_BYTES {
            *self = Self::default();
        }
        self.bytes += raw.len() + elements.len() * size_of::<(Key, Fingerprint)>();
        let cell = CellElements { raw: raw.into(), record_key, elements, others, duplicates };
        self.cells.insert(hash(raw), cell);
    }
}
