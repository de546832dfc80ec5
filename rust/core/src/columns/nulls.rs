//! The validity of a column under construction.

use std::ops::Range;

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

use super::builders::room;

/// One validity bit per value, in Arrow's layout, and the number of nulls.
///
/// Most values are valid, so values after the last null are only counted; their bits are set when a null follows.
#[derive(Debug, Default)]
pub struct Nulls {
    words: Vec<u64>,
    /// Number of values with a bit in `words`.
    set: usize,
    len: usize,
    missing: usize,
}

impl Nulls {
    /// Appends the validity of one value.
    #[inline]
    pub fn append(&mut self, valid: bool) {
        if valid {
            self.len += 1;
        } else {
            self.append_nulls(1);
        }
    }

    /// Appends the same validity for `count` values.
    #[inline]
    pub fn append_n(&mut self, count: usize, valid: bool) {
        if valid {
            self.len += count;
        } else {
            self.append_nulls(count);
        }
    }

    /// Appends the validity of values of another.
    #[inline]
    pub fn append_range(&mut self, other: &Self, range: Range<usize>) {
        if range.start >= other.set {
            self.len += range.len();
        } else {
            range.for_each(|at| self.append(other.is_valid(at)));
        }
    }

    fn append_nulls(&mut self, count: usize) {
        if self.set < self.len {
            self.set_bits(self.len - self.set, true);
        }
        self.set_bits(count, false);
        self.len += count;
        self.missing += count;
    }

    /// Sets the bits of the next `count` values.
    fn set_bits(&mut self, mut count: usize, valid: bool) {
        while count > 0 {
            let bit = self.set % 64;
            let some = count.min(64 - bit);
            let bits = if valid { u64::MAX >> (64 - some) << bit } else { 0 };
            match self.words.last_mut() {
                Some(word) if bit > 0 => *word |= bits,
                _ => self.words.push(bits),
            }
            self.set += some;
            count -= some;
        }
    }

    /// Number of values.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether a value exists and is not null.
    #[inline]
    pub fn is_valid(&self, at: usize) -> bool {
        at < self.len && (at >= self.set || self.words[at / 64] >> (at % 64) & 1 == 1)
    }

    /// Truncates to the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        while self.set > len {
            // The bits of the last word that are removed.
            let first = (self.set - 1) / 64 * 64;
            let from = first.max(len);
            let Some(word) = self.words.pop() else { return };
            let kept = (1_u64 << (from - first)) - 1;
            let gone = self.set - from;
            self.missing -= gone - (word & !kept).count_ones() as usize;
            if from > first {
                self.words.push(word & kept);
            }
            self.set = from;
        }
    }

    /// The finished buffer, none if no value is null. The validity is then empty.
    pub fn finish(&mut self) -> Option<NullBuffer> {
        if self.missing == 0 {
            // Keeps the memory for the next batch.
            self.words.clear();
            (self.set, self.len) = (0, 0);
            return None;
        }
        self.set_bits(self.len - self.set, true);
        let Self { words, len, .. } = std::mem::take(self);
        self.words.reserve(room(words.len()));
        Some(NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(words), 0, len)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Compared with a list of booleans under the same appends and truncations.
        #[test]
        fn are_those_of_a_list(steps in prop::collection::vec((0..200_usize, any::<bool>(), any::<bool>()), 0..20)) {
            let (mut nulls, mut list) = (Nulls::default(), Vec::new());
            for (count, valid, cut) in steps {
                if cut {
                    nulls.truncate(count);
                    list.truncate(count);
                } else {
                    nulls.append_n(count, valid);
                    nulls.append(!valid);
                    nulls.append(valid);
                    list.extend(std::iter::repeat_n(valid, count).chain([!valid, valid]));
                }
                prop_assert_eq!(nulls.len(), list.len());
                prop_assert!((0..list.len() + 2).all(|at| nulls.is_valid(at) == list.get(at).is_some_and(|valid| *valid)));
            }
            let expected = NullBuffer::from(list.clone());
            let found = nulls.finish();
            prop_assert_eq!(found.is_some(), list.contains(&false));
            if let Some(found) = found {
                prop_assert_eq!(found.null_count(), expected.null_count());
                prop_assert_eq!(found, expected);
            }
            prop_assert_eq!(nulls.len(), 0);
        }
    }
}
