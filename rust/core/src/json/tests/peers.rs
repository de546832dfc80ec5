//! Against `serde_json` and `simd-json` on random texts.

use proptest::prelude::*;

use super::{DEPTH, Doc, Kind, Value, documents, parse_f64, to_serde};

/// Whether any part of the value is so.
fn any_part(value: Value<'_>, is_so: &dyn Fn(Value<'_>) -> bool) -> bool {
    is_so(value)
        || value.items().any(|item| any_part(item, is_so))
        || value.members().any(|(key, value)| is_so(key) || any_part(value, is_so))
}

/// Our verdict against `serde_json`'s. Theirs is about values, so that they refuse what has none: numbers beyond the
/// largest float, lone surrogates. Ours is about tokens, see docs/contract.md, section 1.10.
fn compare_with_serde(text: &str) {
    let mut doc = Doc::default();
    let checked = Doc::default().check(text.as_bytes(), DEPTH);
    let ours = doc.parse(text.as_bytes(), DEPTH);
    assert_eq!(ours.as_ref().map(|value| value.kind()).map_err(|&error| error), checked);
    let theirs: Result<serde_json::Value, _> = serde_json::from_str(text);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(to_serde(ours), Some(theirs)),
        (Ok(ours), Err(error)) => assert_eq!(to_serde(ours), None, "only serde_json refuses: {error}"),
        (Err(error), Ok(_)) => panic!("only serde_json reads: {error:?}"),
        (Err(_), Err(_)) => {}
    }
}

/// Our verdict against simd-json's, which has known differences:
/// * it decodes numbers, and refuses integers beyond 64 bits and numbers beyond the largest float;
/// * it decodes strings, and refuses some lone surrogates (and takes others, in a way of its own).
fn compare_with_simd_json(text: &str) {
    let mut doc = Doc::default();
    let ours = doc.parse(text.as_bytes(), DEPTH);
    let mut bytes = text.as_bytes().to_vec();
    let theirs = simd_json::to_tape(&mut bytes).map(|tape| tape.0.len());
    match (ours, theirs) {
        (Ok(ours), Ok(nodes)) => {
            let mut count = 0;
            count_nodes(ours, &mut count);
            assert_eq!(count, nodes, "another number of values");
        }
        (Ok(ours), Err(error)) => {
            let excused = any_part(ours, &|value| match value.kind() {
                Kind::Number => parse_f64(value.bytes()).is_none_or(|number| number.abs() > 9e18),
                Kind::String => super::text_of(value).is_none(),
                _ => false,
            });
            assert!(excused, "only simd-json refuses: {error}");
        }
        (Err(error), Ok(_)) => panic!("only simd-json reads: {error:?}"),
        (Err(_), Err(_)) => {}
    }
}

fn count_nodes(value: Value<'_>, count: &mut usize) {
    *count += 1;
    for item in value.items() {
        count_nodes(item, count);
    }
    for (_, value) in value.members() {
        *count += 1;
        count_nodes(value, count);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(1200))]

    #[test]
    fn sound_texts_have_serde_json_s_values(text in documents::document()) {
        prop_assert!(Doc::default().parse(text.as_bytes(), DEPTH).is_ok());
        compare_with_serde(&text);
    }

    #[test]
    fn damaged_texts_have_serde_json_s_verdict(text in documents::damaged()) {
        compare_with_serde(&text);
    }

    #[test]
    fn soups_have_serde_json_s_verdict(text in "[\\[\\]{}\",:0-9eE.+\\\\ \n-]{0,12}") {
        compare_with_serde(&text);
    }

    #[test]
    fn simd_json_agrees_where_it_has_the_same_policy(sound in documents::document(), damaged in documents::damaged()) {
        compare_with_simd_json(&sound);
        compare_with_simd_json(&damaged);
    }

    /// The tape is kept from text to text; nothing of the last one shows.
    #[test]
    fn a_used_tape_is_as_good_as_a_new_one(first in documents::damaged(), second in documents::document()) {
        let mut used = Doc::default();
        let _ = used.parse(first.as_bytes(), DEPTH);
        let mut new = Doc::default();
        let expected = new.parse(second.as_bytes(), DEPTH).map(to_serde);
        prop_assert_eq!(used.parse(second.as_bytes(), DEPTH).map(to_serde), expected);
        prop_assert_eq!(used.duplicate_keys(), new.duplicate_keys());
    }
}
