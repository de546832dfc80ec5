//! Fields whose JSON is only checked.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::columns::CellError;

use super::cache::fold;
use super::machine::RecordEvaluator;
use super::ops::Outer;
use super::record::{RawRecord, check_outer};

/// Maximum number of cells that are known to be valid; beyond them all are forgotten.
const MOST_VALID: usize = 1 << 16;

/// Cells that one worker has found to be JSON without duplicate keys. Only a fingerprint of each is kept: a file may repeat
/// each of thousands of cells, but seldom soon.
#[derive(Debug)]
pub struct ValidCells {
    known: HashTable<u128>,
    seeds: [u64; 2],
}

impl Default for ValidCells {
    fn default() -> Self {
        // The seeds are of this worker: an input cannot be made so that two of its cells have the same fingerprint.
        let random = DefaultHashBuilder::default();
        Self { known: HashTable::new(), seeds: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl ValidCells {
    /// A fingerprint of a field's cell that is checked to have this outer type.
    #[inline]
    pub fn fingerprint(&self, raw: &[u8], field: usize, outer: Outer) -> u128 {
        let [one, other] = self.seeds;
        let mut states = [one ^ raw.len() as u64, other ^ ((field as u64) << 8) ^ outer as u64];
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
        (u128::from(states[0]) << 64) | u128::from(states[1])
    }

    /// Whether the cell with this fingerprint is known.
    #[inline]
    pub fn has(&self, fingerprint: u128) -> bool {
        self.known.find(low(fingerprint), |&known| known == fingerprint).is_some()
    }

    /// Keeps the fingerprint of a cell that is not known.
    pub fn keep(&mut self, fingerprint: u128) {
        if self.known.len() >= MOST_VALID {
            self.known.clear();
        }
        self.known.insert_unique(low(fingerprint), fingerprint, |&known| low(known));
    }
}

/// The lower half.
#[allow(clippy::cast_possible_truncation, reason = "the lower 64 bits are enough to find a slot")]
const fn low(fingerprint: u128) -> u64 {
    fingerprint as u64
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
    fn valid_cells_are_known_by_their_bytes_field_and_type() {
        let mut cells = ValidCells::default();
        let texts: Vec<Vec<u8>> = (0..70).map(|length| vec![0; length]).collect();
        for text in &texts {
            let fingerprint = cells.fingerprint(text, 3, Outer::Object);
            assert!(!cells.has(fingerprint), "{}", text.len());
            cells.keep(fingerprint);
        }
        for text in &texts {
            assert!(cells.has(cells.fingerprint(text, 3, Outer::Object)));
            assert!(!cells.has(cells.fingerprint(text, 2, Outer::Object)));
            assert!(!cells.has(cells.fingerprint(text, 3, Outer::Array)));
        }
        (0..=MOST_VALID).for_each(|number| cells.keep(number as u128));
        assert!(cells.known.len() <= MOST_VALID);
    }
}
