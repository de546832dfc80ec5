//! The twins that say, byte by byte, what every kernel must give.

use super::{CHUNK, Masks};

/// One chunk, byte by byte.
pub fn classify(chunk: &[u8; CHUNK]) -> Masks {
    let mut masks = Masks::default();
    for (i, &byte) in chunk.iter().enumerate() {
        masks.quote |= u64::from(byte == b'"') << i;
        masks.separator |= u64::from(matches!(byte, b',' | b'\n' | b'\r')) << i;
    }
    masks
}

/// The first position from `from` on whose byte ends plain string content: `"`, `\` or a control character.
pub fn string_stop(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).map_or(bytes.len(), |i| from + i)
}

/// Appends `source` to `target`, leaving out the byte after each quote.
pub fn collapse_quotes(source: &[u8], target: &mut Vec<u8>) {
    let mut bytes = source.iter();
    while let Some(&byte) = bytes.next() {
        target.push(byte);
        if byte == b'"' {
            bytes.next();
        }
    }
}
