//! JSON texts: the same verdict, the same values and the same duplicate keys as `serde_json`.

use std::collections::HashMap;

use crowdarrow_core::json::{Doc, JsonErrorKind, Kind, Value, compact, identity, member, sketch, unescape};

use crate::DEPTH;

/// The text of a string; none if it has a lone surrogate.
fn text_of(string: Value<'_>) -> Option<String> {
    let mut text = Vec::new();
    let replaced = unescape(string.bytes(), &mut text);
    let text = String::from_utf8(text).expect("the text of a string is UTF-8");
    (!replaced).then_some(text)
}

/// The value as `serde_json` has it; none if it has no such value: numbers that no 64-bit float holds, strings with a
/// lone surrogate.
pub(crate) fn to_serde(value: Value<'_>) -> Option<serde_json::Value> {
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

/// Number of duplicate keys; also checks that members are found by their keys, the last of duplicates.
fn duplicates(value: Value<'_>) -> u64 {
    let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut count = 0;
    for (key, inner) in value.members() {
        count += u64::from(known.insert(identity(key.bytes()), inner.place()).is_some()) + duplicates(inner);
    }
    for (key, _) in value.members() {
        if let Some(text) = text_of(key) {
            let found = member(value, text.as_bytes()).map(Value::place);
            assert_eq!(found, known.get(text.as_bytes()).copied(), "the member {text:?}");
        }
    }
    count + value.items().map(duplicates).sum::<u64>()
}

/// The UTF-8 text of a cell.
pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let checked = Doc::default().check(data, DEPTH);
    let mut doc = Doc::default();
    // A tape that was used before.
    let _ = doc.parse(&data[data.len() / 2..], DEPTH);
    let count = doc.parse(data, DEPTH).map(duplicates);
    assert_eq!(count.as_ref().map(|_| doc.duplicate_keys()), count.as_ref().map(|&count| count), "duplicate keys");
    let ours = doc.parse(data, DEPTH);
    assert_eq!(ours.as_ref().map(|value| value.kind()).map_err(|&error| error), checked);
    match (ours, serde_json::from_str::<serde_json::Value>(text)) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(to_serde(ours), Some(theirs));
            let mut short = Vec::new();
            compact(ours, &mut short);
            let mut again = Vec::new();
            let mut other = Doc::default();
            let value = other.parse(&short, DEPTH).expect("compact JSON is JSON");
            assert!(!value.is_spaced());
            compact(value, &mut again);
            assert_eq!((to_serde(value), &again), (to_serde(ours), &short));
            let mut types = Vec::new();
            sketch(ours, &mut types);
            assert!(str::from_utf8(&types).is_ok());
        }
        (Ok(ours), Err(error)) => assert_eq!(to_serde(ours), None, "only serde_json refuses: {error}"),
        (Err(error), Ok(_)) => assert_eq!(error.kind, JsonErrorKind::Depth, "only serde_json reads"),
        (Err(_), Err(_)) => {}
    }
}
