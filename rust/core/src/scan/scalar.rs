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
    rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).map_or(bytes.len(), |i| from + i)
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
