//! Guesses where a record starts from a window of a source, without the bytes before it.
//!
//! The window starts either inside or outside quotes. Each is assumed in turn, and refuted by a quote where none may be, or by
//! what is not a record. The guess may be wrong, as the text of a field may be that of records. So it must be checked: the reader
//! of the part before must stop there.

/// What the bytes of a window show if it starts in a certain state.
struct Reading {
    /// The first position of the window where a record may start.
    first: Option<usize>,
    /// Number of whole records from there on.
    records: usize,
}

/// Guesses the first position of `window`, bytes of a CSV source whose records have `width` fields.
#[must_use]
pub fn probe_csv(window: &[u8], width: usize, separator: u8) -> Option<usize> {
    decide([false, true].map(|quoted| read_csv(window, width, separator, quoted)))
}

/// Guesses the first position of `window`, bytes of a JSON source: after an element of its outermost array, or after one of JSON
/// Lines if `lines`.
#[must_use]
pub fn probe_json(window: &[u8], lines: bool) -> Option<usize> {
    decide([false, true].map(|in_string| read_json(window, lines, in_string)))
}

/// The position by the only reading that has records.
fn decide(readings: [Option<Reading>; 2]) -> Option<usize> {
    let mut found = readings.into_iter().flatten().filter(|reading| reading.records > 0);
    match (found.next(), found.next()) {
        (Some(reading), None) => reading.first,
        _ => None,
    }
}

/// The state of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldState {
    Start,
    Unquoted,
    Quoted,
    QuoteInQuoted,
}

/// Reads a window that starts in a quoted field if `quoted`; none if it cannot.
fn read_csv(window: &[u8], width: usize, separator: u8, quoted: bool) -> Option<Reading> {
    let mut state = if quoted { FieldState::Quoted } else { FieldState::Start };
    let mut reading = Reading { first: None, records: 0 };
    // Number of complete fields of the record, and where it starts.
    let (mut fields, mut start) = (0, 0);
    for (at, &byte) in window.iter().enumerate() {
        state = match (state, byte) {
            (FieldState::Quoted, b'"') => FieldState::QuoteInQuoted,
            (FieldState::Quoted, _) | (FieldState::QuoteInQuoted | FieldState::Start, b'"') => FieldState::Quoted,
            (FieldState::Unquoted, b'"') => return None,
            (_, byte) if byte == separator => {
                fields += 1;
                FieldState::Start
            }
            (_, b'\r') if window.get(at + 1) == Some(&b'\n') => state,
            (_, b'\n' | b'\r') => {
                if reading.first.is_none() {
                    reading.first = Some(at + 1);
                } else if at > start && window[start..at] != *b"\r" {
                    if fields + 1 != width {
                        return None;
                    }
                    reading.records += 1;
                }
                (fields, start) = (0, at + 1);
                FieldState::Start
            }
            (FieldState::QuoteInQuoted, _) => return None,
            (FieldState::Start | FieldState::Unquoted, _) => FieldState::Unquoted,
        };
    }
    Some(reading)
}

/// Reads a window that starts in a string if `in_string`; none if it cannot.
fn read_json(window: &[u8], lines: bool, mut in_string: bool) -> Option<Reading> {
    let mut ends = Vec::new();
    let (mut depth, mut minimum) = (0_i64, 0_i64);
    // The last bytes outside of strings that are not white space: the position of the last and the one before; and whether a
    // line ended after the last.
    let (mut last, mut is_line_end) = (None, false);
    let mut comma_after = None;
    let mut at = 0;
    while let Some(&byte) = window.get(at) {
        at += 1;
        if in_string {
            match byte {
                b'\\' => at += 1,
                b'"' => (in_string, last) = (false, Some((b'"', at))),
                0..0x20 => return None,
                _ => {}
            }
            continue;
        }
        match byte {
            b' ' | b'\t' => continue,
            b'\n' | b'\r' => {
                is_line_end = true;
                continue;
            }
            b'"' => {
                if !matches!(last, None | Some((b'{' | b'[' | b',' | b':', _))) {
                    return None;
                }
                in_string = true;
            }
            b'{' | b'[' => {
                // After an element: a comma, or the end of its line.
                let end = match last {
                    Some((b'}', end)) if lines && is_line_end => Some(end),
                    Some((b',', _)) if !lines => comma_after,
                    _ => None,
                };
                ends.extend(end.filter(|_| byte == b'{').map(|end| (end, depth)));
                depth += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                minimum = minimum.min(depth);
            }
            b',' => comma_after = last.and_then(|(byte, end)| (byte == b'}').then_some(end)),
            b':' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E' => {}
            _ => return None,
        }
        if matches!(last, Some((b'"', _))) && !matches!(byte, b',' | b':' | b'}' | b']') {
            return None;
        }
        (last, is_line_end) = (Some((byte, at)), false);
    }
    // Between elements of the outermost array no more brackets are open than anywhere else.
    let mut outermost = ends.into_iter().filter(|&(_, depth)| depth == minimum).map(|(end, _)| end);
    Some(Reading { first: outermost.next(), records: outermost.count() })
}
