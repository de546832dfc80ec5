//! The reader against other readers, a published suite, and examples by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod documents;
mod duplicates;
mod grammar;
mod peers;
mod suite;
mod tokens;
mod twins;

use super::{Doc, JsonError, JsonErrorKind, Kind, Value, compact, parse_f64, parse_i64, unescape, write_key};

/// The default limit of runs.
const DEPTH: usize = 128;

/// The text of a string; none where it holds a lone surrogate.
fn text_of(string: Value<'_>) -> Option<String> {
    let mut text = Vec::new();
    let replaced = unescape(string.bytes(), &mut text);
    let text = String::from_utf8(text).unwrap();
    (!replaced).then_some(text)
}

/// The value as `serde_json` has it, the last of duplicate keys winning; none where it has no such value: numbers that
/// no 64-bit float holds, strings with a lone surrogate.
fn to_serde(value: Value<'_>) -> Option<serde_json::Value> {
    Some(match value.kind() {
        Kind::Null => serde_json::Value::Null,
        Kind::True => true.into(),
        Kind::False => false.into(),
        Kind::Number => serde_json::from_slice(value.token()).ok()?,
        Kind::String => text_of(value)?.into(),
        Kind::Array => value.items().map(to_serde).collect::<Option<Vec<_>>>()?.into(),
        Kind::Object => {
            let members = value.members().map(|(key, value)| Some((text_of(key)?, to_serde(value)?)));
            serde_json::Value::Object(members.collect::<Option<_>>()?)
        }
    })
}

/// The text without white space between its tokens, found byte by byte.
fn without_space(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |&character: &char| {
        let keep = in_string || !" \t\n\r".contains(character);
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
        keep
    };
    text.chars().filter(keep).collect()
}

#[track_caller]
fn error_of(text: &str) -> (usize, JsonErrorKind) {
    let JsonError { at, kind } = Doc::default().parse(text.as_bytes(), DEPTH).err().expect("no error");
    assert_eq!(Doc::default().check(text.as_bytes(), DEPTH).err(), Some(JsonError { at, kind }));
    (at, kind)
}
