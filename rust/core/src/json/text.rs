//! Strings from their tokens.

/// A `\ud800` to `\udfff` escape without its partner: no UTF-8 text can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoneSurrogate;

/// Appends the text of a string, given what stands between its quotes in a text that was parsed.
///
/// # Errors
/// Where it holds a lone surrogate; `target` is then as it was.
pub fn unescape(bytes: &[u8], target: &mut Vec<u8>) -> Result<(), LoneSurrogate> {
    let before = target.len();
    let mut at = 0;
    while let Some(distance) = memchr::memchr(b'\\', &bytes[at..]) {
        target.extend_from_slice(&bytes[at..at + distance]);
        at += distance + 2;
        match bytes.get(at - 1) {
            Some(b'b') => target.push(8),
            Some(b'f') => target.push(12),
            Some(b'n') => target.push(b'\n'),
            Some(b'r') => target.push(b'\r'),
            Some(b't') => target.push(b'\t'),
            Some(b'u') => {
                let Some((character, length)) = unicode_escape(bytes, at) else {
                    target.truncate(before);
                    return Err(LoneSurrogate);
                };
                target.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
            Some(&other) => target.push(other),
            None => break,
        }
    }
    target.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Ok(())
}

/// The character whose four hex digits are at `at`, and how many bytes from there on spell it.
fn unicode_escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let unit = hex(bytes.get(at..at + 4)?)?;
    if let Some(character) = char::from_u32(unit) {
        return Some((character, 4));
    }
    let low = hex(bytes.get(at + 6..at + 10)?)?;
    if bytes.get(at + 4..at + 6) == Some(b"\\u") && (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low) {
        let character = char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?;
        return Some((character, 10));
    }
    None
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}
