//! What a splitter finds in the bytes of a block besides its records, while they are in the cache.

use super::line_ends;

/// What is known of the first bytes of a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checked {
    /// Up to here line ends were counted.
    counted: usize,
    line_ends: u64,
    /// Up to here the bytes are UTF-8; the byte there starts a character if all are.
    valid: usize,
    /// Bytes that are not UTF-8 were found.
    is_invalid: bool,
}

impl Checked {
    /// Checks the bytes up to `end` if those before `start` were checked.
    #[inline]
    pub fn add(&mut self, bytes: &[u8], start: usize, end: usize) {
        if self.counted != start {
            return;
        }
        self.counted = end;
        self.line_ends += line_ends(&bytes[start..end], bytes.get(end).copied());
        if !self.is_invalid {
            let part = &bytes[self.valid..end];
            let part = &part[..whole_characters(part)];
            self.is_invalid = simdutf8::basic::from_utf8(part).is_err();
            self.valid += if self.is_invalid { 0 } else { part.len() };
        }
    }

    /// Number of line ends in the first `used` of `bytes`.
    pub fn line_ends(&self, bytes: &[u8], used: usize) -> u64 {
        let of = |start: usize, end: usize| line_ends(&bytes[start..end], bytes.get(end).copied());
        let (counted, count) = (self.counted, self.line_ends);
        if used < counted { count - of(used, counted) } else { count + of(counted, used) }
    }

    /// Whether the first `used` of `bytes`, which end with a record, are UTF-8.
    pub fn is_utf8(&self, bytes: &[u8], used: usize) -> bool {
        used <= self.valid || simdutf8::basic::from_utf8(&bytes[self.valid..used]).is_ok()
    }
}

/// Length of `bytes` without a character that is incomplete at their end.
#[inline]
fn whole_characters(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(3).position(|&byte| !matches!(byte, 0x80..0xc0));
    let Some((behind, lead)) = last.and_then(|at| Some((at + 1, *bytes.get(bytes.len() - at - 1)?))) else {
        return bytes.len();
    };
    let length = match lead {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    if length > behind { bytes.len() - behind } else { bytes.len() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text of characters of all lengths, with line ends, or bytes.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            3 => "[a\r\n\u{e9}\u{20ac}\u{1f98a}]{0,60}".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..40),
            1 => ("[a\n\u{e9}\u{20ac}\u{1f98a}]{0,20}", prop::collection::vec(0x80_u8.., 0..4), "[a\n\u{1f98a}]{0,20}")
                .prop_map(|(before, between, behind)| [before.as_bytes(), &between, behind.as_bytes()].concat()),
        ]
    }

    proptest! {
        #![proptest_config(crate::testing::cases(2000))]

        /// Whatever the cuts, and however far the bytes were checked.
        #[test]
        fn checks_are_those_of_the_whole(bytes in bytes(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let mut checked = Checked::default();
            let mut start = 0;
            for end in cuts {
                checked.add(&bytes, start, end);
                // Not the bytes that follow.
                checked.add(&bytes, end + 1, bytes.len());
                start = end;
            }
            for used in 0..=bytes.len() {
                let is_end = used == 0 || used == bytes.len() || matches!(bytes[used - 1], b'\n' | b'\r');
                if is_end {
                    prop_assert_eq!(checked.line_ends(&bytes, used), line_ends(&bytes[..used], bytes.get(used).copied()));
                    prop_assert_eq!(checked.is_utf8(&bytes, used), str::from_utf8(&bytes[..used]).is_ok());
                }
            }
        }
    }
}
