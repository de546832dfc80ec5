//! Keys that stand in their object more than once.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{DEPTH, Doc, Kind, Value, documents, text_of, to_serde};

fn count(text: &str) -> u64 {
    let mut doc = Doc::default();
    let has = doc.parse(text.as_bytes(), DEPTH).unwrap().has_duplicates();
    let count = doc.duplicate_keys();
    assert_eq!(has, count > 0);
    let mut checked = Doc::default();
    checked.check(text.as_bytes(), DEPTH).unwrap();
    assert_eq!(checked.duplicate_keys(), count);
    count
}

/// Keys less different keys, over all objects.
fn expected(value: Value<'_>) -> u64 {
    match value.kind() {
        Kind::Array => value.items().map(expected).sum(),
        Kind::Object => {
            let mut seen = HashSet::new();
            let again = value.members().filter(|&(key, _)| !seen.insert(text_of(key).unwrap())).count() as u64;
            again + value.members().map(|(_, value)| expected(value)).sum::<u64>()
        }
        _ => 0,
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(800))]

    #[test]
    fn are_counted(text in documents::document()) {
        let mut doc = Doc::default();
        let value = doc.parse(text.as_bytes(), DEPTH).unwrap();
        prop_assert_eq!(count(&text), expected(value));
    }
}

#[test]
fn by_hand() {
    for (text, expected) in [
        (r#"{"a":1,"b":2}"#, 0),
        (r#"{"b":1,"a":2}"#, 0),
        (r#"{"a":1,"a":2}"#, 1),
        (r#"{"a":1,"a":2,"a":3}"#, 2),
        (r#"{"a":1,"b":2,"a":3,"b":4}"#, 2),
        (r#"{"":1,"":2}"#, 1),
        (r#"{"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}"#, 2),
        (r#"{"a":{"a":{"a":1}}}"#, 0),
        (r#"{"a":{"b":1},"a":2}"#, 1),
        (r#"{"a":[{"b":1,"c":2},{}],"d":{"e":{}},"a":2,"e":3}"#, 1),
        (r#"{"a":1,"\u0061":2}"#, 1),
        (r#"{"\u0061":1,"a":2,"b":{"a":3}}"#, 1),
        (r#"{"\n":1,"\u000a":2}"#, 1),
        (r#"{"a":1,"A":2,"\u00e9":3,"é":4}"#, 1),
        (r#"{"\ud800":1,"\ud800":2}"#, 1),
        (r#"{"\ud800":1,"\uD800":2}"#, 1),
        (r#"{"\ud800":1,"\udc00":2}"#, 0),
        ("[]", 0),
    ] {
        assert_eq!(count(text), expected, "{text}");
        // Long enough for the fast reader.
        assert_eq!(count(&format!("{text:40}")), expected, "{text}");
    }
}

/// A backslash and the letters `ud800` are not the lone surrogate of that number.
#[test]
fn a_spelled_out_escape_is_another_key() {
    assert_eq!(count(r#"{"\\ud800":1,"\ud800":2}"#), 0);
}

#[test]
fn in_large_objects() {
    for (size, step) in [(7_u64, 3), (8, 3), (9, 5), (50, 7), (2000, 1201)] {
        // In an order that is neither up nor down; every key once.
        let keys: Vec<u64> = (0..size).map(|i| i * step % size).collect();
        let object = |keys: &[u64]| {
            let members: Vec<String> = keys.iter().enumerate().map(|(i, key)| format!("\"k{key}\":{i}")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(count(&object(&keys)), 0, "{size}");
        let again = [&keys[..], &[3, 5, 3]].concat();
        assert_eq!(count(&object(&again)), 3, "{size}");
        let escaped = object(&again).replace("\"k5\"", "\"\\u006b5\"");
        assert_eq!(count(&escaped), 3, "{size}");
    }
}

#[test]
fn the_last_one_wins() {
    let mut doc = Doc::default();
    let value = doc.parse(br#"{"a":1,"b":[1],"\u0061":{"x":1,"x":2}}"#, DEPTH).unwrap();
    assert_eq!(to_serde(value), Some(serde_json::json!({"a": {"x": 2}, "b": [1]})));
}
