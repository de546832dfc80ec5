//! Cells whose JSON was checked before, and fields whose JSON is only checked.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::columns::CellError;

use super::cache::fold;
use super::machine::RecordEvaluator;
use super::ops::Outer;
use super::record::{RawRecord, check_outer};

/// Number of cells that are known at most; a power of two.
const SLOTS: usize = 1 << 16;

/// Cells that one worker knows, such as those that it has found to be JSON without duplicate keys. Only a fingerprint of
/// each is kept: a file may repeat each of thousands of cells, but seldom soon.
#[derive(Debug)]
pub struct ValidCells {
    /// One half of each fingerprint, in the slot that the other half gives.
    slots: Vec<u64>,
    seeds: [u64; 2],
}

/// What is known of a cell by its bytes, its field and its outer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellFingerprint(u64, u64);

impl CellFingerprint {
    /// That of the cell together with a value of its record.
    pub fn with(self, value: Option<i64>) -> Self {
        const NONE: u64 = 0x9e37_79b9_7f4a_7c15;
        // The bits of a fingerprint are random.
        Self(self.0, self.1 ^ value.map_or(NONE, i64::cast_unsigned))
    }
}

impl Default for ValidCells {
    fn default() -> Self {
        // The seeds are of this worker: an input cannot be made so that two of its cells have the same fingerprint.
        let random = DefaultHashBuilder::default();
        Self { slots: Vec::new(), seeds: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl ValidCells {
    /// A fingerprint of a field's cell that is checked to have this outer type; `of_json` is of a JSON record, where quotes
    /// belong to the cell.
    #[inline]
    pub fn fingerprint(&self, raw: &[u8], field: usize, outer: Outer, of_json: bool) -> CellFingerprint {
        let [one, other] = self.seeds;
        let form = (field as u64) << 8 | u64::from(of_json) << 7 | outer as u64;
        let mut states = [one ^ raw.len() as u64, other ^ form];
        let (steps, rest) = raw.as_chunks::<32>();
        let mut mix = |step: &[u8; 32]| {
            let (words, _) = step.as_chunks::<8>();
            let [a, b, c, d] = [0, 1, 2, 3].map(|at: usize| u64::from_le_bytes(words[at]));
            states = [fold(states[0] ^ a, b ^ other), fold(states[1] ^ c, d ^ one)];
        };
        steps.iter().for_each(&mut mix);
        let mut last = [0; 32];
        last[..rest.len()].copy_from_slice(rest);
        mix(&last);
        // Each half depends on all bytes: cells may differ in those that one state has read alone, such as ids at their start.
        let [first, last] = states;
        CellFingerprint(first ^ last, fold(first ^ other, last ^ one))
    }

    /// Whether the cell with this fingerprint is known.
    #[inline]
    pub fn has(&self, fingerprint: CellFingerprint) -> bool {
        self.slots.get(slot_of(fingerprint)) == Some(&fingerprint.1)
    }

    /// Keeps the fingerprint of a cell, in place of another.
    pub fn keep(&mut self, fingerprint: CellFingerprint) {
        if self.slots.is_empty() {
            // Pages of zeros, which take memory when they are written.
            self.slots = vec![0; SLOTS];
        }
        self.slots[slot_of(fingerprint)] = fingerprint.1;
    }
}

/// The slot of a fingerprint.
#[allow(clippy::cast_possible_truncation, reason = "masked to the number of slots")]
const fn slot_of(fingerprint: CellFingerprint) -> usize {
    fingerprint.0 as usize & (SLOTS - 1)
}

impl RecordEvaluator {
    /// Checks that a field is null or JSON of this outer type.
    pub fn check_json(&mut self, field: usize, outer: Outer, raw: RawRecord<'_>) -> Result<(), CellError> {
        let Self { plan, record, repeats, .. } = self;
        let program = plan.program();
        if let Some(&Some(number)) = program.repeats.get(field)
            && let Some(cell) = repeats[number].find(raw.whole(field), raw.layout.json)
        {
            record.count(field, cell.duplicates);
            return check_outer(outer, cell.kind);
        }
        if program.parsed[field] {
            record.json(raw, field, outer).map(drop)
        } else {
            record.check_json(raw, field, outer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_a_fingerprint_depend_on_each_byte() {
        let cells = ValidCells::default();
        let mut text = [b'1'; 100];
        let CellFingerprint(slot, other) = cells.fingerprint(&text, 3, Outer::Object, false);
        for at in 0..text.len() {
            text[at] = b'2';
            let found = cells.fingerprint(&text, 3, Outer::Object, false);
            assert!(found.0 != slot && found.1 != other, "{at}");
            text[at] = b'1';
        }
        let found = CellFingerprint(slot, other);
        assert!(found.with(None) != found.with(Some(1)) && found.with(Some(2)) != found.with(Some(1)));
    }

    #[test]
    fn valid_cells_are_known_by_their_bytes_field_and_type() {
        let mut cells = ValidCells::default();
        let texts: Vec<Vec<u8>> = (0..70).map(|length| vec![0; length]).collect();
        for text in &texts {
            let fingerprint = cells.fingerprint(text, 3, Outer::Object, false);
            assert!(!cells.has(fingerprint), "{}", text.len());
            cells.keep(fingerprint);
            assert!(cells.has(fingerprint));
        }
        // A few may have been in the slot of another.
        let known = texts.iter().filter(|text| cells.has(cells.fingerprint(text, 3, Outer::Object, false))).count();
        assert!(known > 60, "{known}");
        for text in &texts {
            assert!(!cells.has(cells.fingerprint(text, 2, Outer::Object, false)));
            assert!(!cells.has(cells.fingerprint(text, 3, Outer::Array, false)));
            assert!(!cells.has(cells.fingerprint(text, 3, Outer::Object, true)));
        }
    }
}
