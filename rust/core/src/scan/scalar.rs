//! The twins that say, byte by byte, what every kernel must give.

use super::{CHUNK, JsonMasks, Masks};

/// One chunk, byte by byte.
pub fn classify(chunk: &[u8; CHUNK]) -> Masks {
    let mut masks = Masks::default();
    for (i, &byte) in chunk.iter().enumerate() {
        masks.quote |= u64::from(byte == b'"') << i;
        masks.separator |= u64::from(matches!(byte, b',' | b'\n' | b'\r')) << i;
    }
    masks
}

/// One chunk of JSON, byte by byte.
pub fn classify_json(chunk: &[u8; CHUNK]) -> JsonMasks {
    let mut masks = JsonMasks::default();
    for (i, &byte) in chunk.iter().enumerate() {
        masks.quote |= u64::from(byte == b'"') << i;
        masks.backslash |= u64::from(byte == b'\\') << i;
        masks.open |= u64::from(matches!(byte, b'{' | b'[')) << i;
        masks.close |= u64::from(matches!(byte, b'}' | b']')) << i;
        masks.brace |= u64::from(byte & 0x20 != 0) << i;
        masks.line_end |= u64::from(matches!(byte, b'\n' | b'\r')) << i;
    }
    masks
}

/// The first position from `from` on whose byte ends plain string content: `"`, `\` or a control character.
pub fn string_stop(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|&byte| stops_string(byte)).map_or(bytes.len(), |i| from + i)
}

/// Whether a byte ends plain string content.
pub const fn stops_string(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// One bit for each byte that is so, the first byte in the lowest bit.
pub fn mask_of(bytes: &[u8], is_so: impl Fn(u8) -> bool) -> u32 {
    bytes.iter().rev().fold(0, |mask, &byte| mask << 1 | u32::from(is_so(byte)))
}

/// The first and the last eight bytes as numbers; of a shorter text all of it, and zeros behind.
pub fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    let all = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
    (all, all)
}

/// The first position from `from` on whose byte is no digit.
pub fn digits_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |i| from + i)
}

/// Appends `source` to `target`, leaving out every second quote; `odd` says that a first one came before.
pub fn collapse_quotes(source: &[u8], mut odd: bool, target: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(distance) = memchr::memchr(b'"', &source[at..]) {
        let quote = at + distance;
        target.extend_from_slice(&source[at..quote + usize::from(!odd)]);
        odd = !odd;
        at = quote + 1;
    }
    target.extend_from_slice(&source[at..]);
}
