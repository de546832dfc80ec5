//! The keys of open objects, and the number of duplicates among them.

/// A key of an open object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Offset of its first byte inside the quotes.
    start: u32,
    /// Offset of its closing quote.
    end: u32,
    /// A hash; keys with different hashes differ.
    hash: u32,
}

impl Key {
    /// The key between two offsets of a text, with its [`ends`](crate::scan::ends): together with the length they
    /// distinguish most keys.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "of the product the upper half, where it mixes best")]
    pub const fn new(start: u32, end: u32, (first, last): (u64, u64)) -> Self {
        let mixed = (first ^ last.rotate_left(29) ^ (end - start) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { start, end, hash: (mixed >> 32) as u32 }
    }

    /// One of 64 bits; keys with different bits differ.
    #[inline]
    pub const fn bit(self) -> u64 {
        1 << (self.hash % 64)
    }

    fn bytes(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.end as usize]
    }
}

/// Number of duplicates among an object's keys; `escaped` if one of them has an escape. Reorders the keys.
#[inline]
pub(super) fn repeated(text: &[u8], keys: &mut [Key], escaped: bool) -> u64 {
    if keys.len() < 2 {
        return 0;
    }
    if escaped {
        return spelled_repeated(text, keys);
    }
    // One bit of a thousand per key shows for most objects that no key repeats.
    let mut seen = [0_u64; 16];
    let mut again = 0;
    for key in &*keys {
        let word = &mut seen[(key.hash >> 6) as usize % 16];
        again |= *word >> (key.hash % 64) & 1;
        *word |= 1 << (key.hash % 64);
    }
    if again == 0 { 0 } else { compared_repeated(text, keys) }
}

/// The same, by comparing hashes, and bytes if two hashes are equal.
#[cold]
fn compared_repeated(text: &[u8], keys: &mut [Key]) -> u64 {
    keys.sort_unstable_by_key(|key| key.hash);
    if keys.windows(2).all(|pair| pair[0].hash != pair[1].hash) {
        return 0;
    }
    keys.sort_unstable_by_key(|key| key.bytes(text));
    keys.windows(2).filter(|pair| pair[0].bytes(text) == pair[1].bytes(text)).count() as u64
}

/// The same if a key has an escape, by comparing texts.
#[cold]
fn spelled_repeated(text: &[u8], keys: &[Key]) -> u64 {
    let mut spelled: Vec<Vec<u8>> = keys.iter().map(|key| super::identity(key.bytes(text))).collect();
    spelled.sort_unstable();
    spelled.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}
