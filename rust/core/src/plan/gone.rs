//! Cells whose parts were gone over lately: the data of a subject stands in each of its classifications.

use std::collections::HashMap;

use super::cache::hash;
use super::run::{Key, Seen};

/// Bytes of cells that are kept; past them all are forgotten.
const MOST_BYTES: usize = 4 << 20;

/// Longer cells are gone over each time.
const LONGEST: usize = 1 << 14;

/// What one cell gave.
#[derive(Debug)]
pub struct Gone {
    raw: Box<[u8]>,
    with: Option<i64>,
    /// Its parts: key, and what they were made of.
    pub made: Vec<(Key, Seen)>,
    /// Members that are no parts.
    pub others: u64,
    /// Keys that its JSON has twice.
    pub duplicates: u64,
}

/// The cells of one loop, by one worker.
#[derive(Debug, Default)]
pub struct GoneOver {
    cells: HashMap<u64, Gone>,
    bytes: usize,
}

impl GoneOver {
    /// What a cell with these bytes gave, in a record with this half of the key.
    pub fn find(&self, raw: &[u8], with: Option<i64>) -> Option<&Gone> {
        if raw.len() > LONGEST {
            return None;
        }
        self.cells.get(&hash(raw)).filter(|gone| gone.with == with && *gone.raw == *raw)
    }

    /// Keeps what a cell gave.
    pub fn keep(&mut self, raw: &[u8], with: Option<i64>, made: Vec<(Key, Seen)>, others: u64, duplicates: u64) {
        if raw.len() > LONGEST {
            return;
        }
        if self.bytes > MOST_BYTES {
            *self = Self::default();
        }
        self.bytes += raw.len() + made.len() * size_of::<(Key, Seen)>();
        let gone = Gone { raw: raw.into(), with, made, others, duplicates };
        self.cells.insert(hash(raw), gone);
    }
}
