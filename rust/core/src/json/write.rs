//! Writes JSON text: the source's tokens without white space between them.

use super::{Kind, Value};
use crate::scan::string_stop;

/// Appends the value's tokens, unchanged, without white space between them.
pub fn compact(value: Value<'_>, target: &mut Vec<u8>) {
    let token = value.token();
    if !value.is_spaced() || !matches!(value.kind(), Kind::Array | Kind::Object) {
        target.extend_from_slice(token);
        return;
    }
    let mut at = 0;
    while at < token.len() {
        match token[at] {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'"' => {
                let end = string_end(token, at);
                target.extend_from_slice(&token[at..end]);
                at = end;
            }
            byte => {
                target.push(byte);
                at += 1;
            }
        }
    }
}

/// Appends a UTF-8 text as a JSON string.
pub fn write_string(text: &[u8], target: &mut Vec<u8>) {
    target.push(b'"');
    let mut at = 0;
    while at < text.len() {
        let stop = string_stop(text, at);
        target.extend_from_slice(&text[at..stop]);
        if let Some(&byte) = text.get(stop) {
            escape(byte, target);
        }
        at = stop + 1;
    }
    target.push(b'"');
}

/// Appends one byte of a text, escaped if a JSON string requires it.
pub(super) fn escape(byte: u8, target: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => target.extend_from_slice(&[b'\\', byte]),
        b'\n' => target.extend_from_slice(b"\\n"),
        b'\r' => target.extend_from_slice(b"\\r"),
        b'\t' => target.extend_from_slice(b"\\t"),
        0..0x20 => target.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        _ => target.push(byte),
    }
}

/// Appends `"key":` with the source's token.
pub fn write_key(key: Value<'_>, target: &mut Vec<u8>) {
    target.extend_from_slice(key.token());
    target.push(b':');
}

/// The end of the string that opens at `at`, in a valid text.
fn string_end(text: &[u8], at: usize) -> usize {
    let mut stop = string_stop(text, at + 1);
    while text.get(stop) == Some(&b'\\') {
        stop = string_stop(text, (stop + 2).min(text.len()));
    }
    (stop + 1).min(text.len())
}
