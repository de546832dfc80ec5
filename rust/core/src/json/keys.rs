//! The keys of the objects that are open, and how many of them stand in their object a second time.

/// A key of an object whose end was not read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// Its first byte in the text, inside its quotes.
    start: u32,
    /// Its closing quote.
    end: u32,
    /// Keys that differ in it differ.
    hash: u32,
}

impl Key {
    /// The key between two places of a text, of which [`ends`](crate::scan::ends) are told: with its length enough to
    /// tell most keys apart.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "of the product the upper half, where it mixes best")]
    pub const fn new(start: u32, end: u32, (first, last): (u64, u64)) -> Self {
        let mixed = (first ^ last.rotate_left(29) ^ (end - start) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { start, end, hash: (mixed >> 32) as u32 }
    }

    /// One bit of 64; keys of different bits differ.
    #[inline]
    pub const fn bit(self) -> u64 {
        1 << (self.hash % 64)
    }

    fn bytes(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.end as usize]
    }
}

/// How many of an object's keys stand in it a second time; `escaped` says that one of them holds an escape.
///
/// They may be in another order after.
#[inline]
pub(super) fn repeated(text: &[u8], keys: &mut [Key], escaped: bool) -> u64 {
    if keys.len() < 2 {
        return 0;
    }
    if escaped {
        return spelled_repeated(text, keys);
    }
    // One bit in a thousand for each tells at once of most objects that none repeats.
    let mut seen = [0_u64; 16];
    let mut again = 0;
    for key in &*keys {
        let word = &mut seen[(key.hash >> 6) as usize % 16];
        again |= *word >> (key.hash % 64) & 1;
        *word |= 1 << (key.hash % 64);
    }
    if again == 0 { 0 } else { compared_repeated(text, keys) }
}

/// The same by their hashes, and by their bytes where two are alike.
#[cold]
fn compared_repeated(text: &[u8], keys: &mut [Key]) -> u64 {
    keys.sort_unstable_by_key(|key| key.hash);
    if keys.windows(2).all(|pair| pair[0].hash != pair[1].hash) {
        return 0;
    }
    keys.sort_unstable_by_key(|key| key.bytes(text));
    keys.windows(2).filter(|pair| pair[0].bytes(text) == pair[1].bytes(text)).count() as u64
}

/// The same where a key holds an escape, so that it may spell any other.
#[cold]
fn spelled_repeated(text: &[u8], keys: &[Key]) -> u64 {
    let mut spelled: Vec<Vec<u8>> = keys.iter().map(|key| super::identity(key.bytes(text))).collect();
    spelled.sort_unstable();
    spelled.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}
