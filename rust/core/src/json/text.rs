//! Decodes strings from their tokens.

/// Appends the text of a string, given the bytes between its quotes in a valid text.
///
/// A `\ud800` to `\udfff` escape without its pair, which UTF-8 cannot represent, becomes U+FFFD; returns whether there
/// is one.
pub fn unescape(bytes: &[u8], target: &mut Vec<u8>) -> bool {
    decode(bytes, target, |_, target| target.extend_from_slice("\u{fffd}".as_bytes()))
}

/// Bytes that identify a string: its text, with each lone surrogate replaced by bytes that are not UTF-8. The string may
/// be invalid, with an escape that is cut off by its quote.
#[must_use]
pub fn identity(bytes: &[u8]) -> Vec<u8> {
    let mut target = Vec::with_capacity(bytes.len());
    decode(bytes, &mut target, |unit, target| {
        target.push(0xff);
        target.extend_from_slice(&unit.to_be_bytes());
    });
    target
}

/// Appends the text of a string; `lone` appends what represents a lone surrogate. Returns whether there is one.
fn decode(bytes: &[u8], target: &mut Vec<u8>, lone: impl Fn(u32, &mut Vec<u8>)) -> bool {
    let mut at = 0;
    let mut any = false;
    while let Some(distance) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        target.extend_from_slice(&bytes[at..at + distance]);
        at += distance + 2;
        match bytes.get(at - 1) {
            Some(b'b') => target.push(8),
            Some(b'f') => target.push(12),
            Some(b'n') => target.push(b'\n'),
            Some(b'r') => target.push(b'\r'),
            Some(b't') => target.push(b'\t'),
            Some(b'u') => {
                if let Some((character, length)) = unicode_escape(bytes, at) {
                    target.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    at += length;
                } else {
                    lone(bytes.get(at..at + 4).and_then(hex).unwrap_or_default(), target);
                    at += 4;
                    any = true;
                }
            }
            Some(&other) => target.push(other),
            None => break,
        }
    }
    target.extend_from_slice(bytes.get(at..).unwrap_or_default());
    any
}

/// The character whose four hex digits are at `at`, and the length of its escape from there.
fn unicode_escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let unit = hex(bytes.get(at..at + 4)?)?;
    if let Some(character) = char::from_u32(unit) {
        return Some((character, 4));
    }
    let low = hex(bytes.get(at + 6..at + 10)?)?;
    if bytes.get(at + 4..at + 6) == Some(b"\\u") && (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low)
    {
        let character = char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?;
        return Some((character, 10));
    }
    None
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}
