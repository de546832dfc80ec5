//! Scalar implementations: the reference for all kernels.

use super::{CHUNK, JsonMasks, Masks, WINDOW};

/// Classifies one chunk of CSV with this separator of fields.
pub fn classify(chunk: &[u8; CHUNK], separator: u8) -> Masks {
    // A constant is compared together with the line ends, which takes fewer instructions.
    if separator == b',' {
        return masks_of(chunk, |byte| matches!(byte, b',' | b'\n' | b'\r'));
    }
    masks_of(chunk, |byte| byte == separator || matches!(byte, b'\n' | b'\r'))
}

fn masks_of(chunk: &[u8; CHUNK], is_separator: impl Fn(u8) -> bool) -> Masks {
    let mut masks = Masks::default();
    for (i, &byte) in chunk.iter().enumerate() {
        masks.quote |= u64::from(byte == b'"') << i;
        masks.separator |= u64::from(is_separator(byte)) << i;
    }
    masks
}

/// Classifies one chunk of JSON.
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

/// Number of line ends in `bytes`. A CR LF counts once; `next` is the byte after `bytes`.
pub fn line_ends(bytes: &[u8], next: Option<u8>) -> u64 {
    let after = bytes.iter().skip(1).copied().map(Some).chain([next]);
    let is_end = |(&byte, after): (&u8, Option<u8>)| byte == b'\n' || byte == b'\r' && after != Some(b'\n');
    bytes.iter().zip(after).filter(|&pair| is_end(pair)).count() as u64
}

/// Mask of bytes that two windows have in common.
pub fn equal(window: &[u8; WINDOW], other: &[u8; WINDOW]) -> u32 {
    window.iter().zip(other).zip(0..).map(|((one, other), bit)| u32::from(one == other) << bit).sum()
}

/// Position of the first byte at or after `from` that [`stops_string`].
pub fn string_stop(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|&byte| stops_string(byte)).map_or(bytes.len(), |i| from + i)
}

/// Whether a byte ends plain string content: `"`, `\` or a control character.
pub const fn stops_string(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// Bit mask of the bytes that match; the lowest bit is the first byte.
pub fn mask_of(bytes: &[u8], matches: impl Fn(u8) -> bool) -> u32 {
    bytes.iter().rev().fold(0, |mask, &byte| mask << 1 | u32::from(matches(byte)))
}

/// The first and the last eight bytes as little-endian integers; shorter input is padded with zeros.
pub fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    let all = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
    (all, all)
}

/// Position of the first byte at or after `from` that is not a digit.
pub fn digits_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|byte| !byte.is_ascii_digit()).map_or(bytes.len(), |i| from + i)
}

/// Appends `source` to `target` without every second quote.
pub fn collapse_quotes(source: &[u8], target: &mut Vec<u8>) {
    let (mut at, mut odd) = (0, false);
    while let Some(distance) = memchr::memchr(b'"', &source[at..]) {
        let quote = at + distance;
        target.extend_from_slice(&source[at..quote + usize::from(!odd)]);
        odd = !odd;
        at = quote + 1;
    }
    target.extend_from_slice(&source[at..]);
}
