//! The JSON parsing test suite of Nicolas Seriot, skipped where its files are absent.

use std::fs;
use std::path::PathBuf;

use super::{DEPTH, Doc, Kind, Value, text_of, twins};

/// What becomes of a text on which RFC 8259 leaves the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    /// Read.
    Read,
    /// Read, with a string that no text column can hold: such a column rejects the record.
    NoText,
    /// Refused: not UTF-8, not JSON's characters, or nested too deep.
    Refused,
}

/// Numbers are tokens, so that none is too large; strings are tokens until a column wants their text.
const CHOICES: [(&str, Policy); 35] = [
    ("i_number_double_huge_neg_exp", Policy::Read),
    ("i_number_huge_exp", Policy::Read),
    ("i_number_neg_int_huge_exp", Policy::Read),
    ("i_number_pos_double_huge_exp", Policy::Read),
    ("i_number_real_neg_overflow", Policy::Read),
    ("i_number_real_pos_overflow", Policy::Read),
    ("i_number_real_underflow", Policy::Read),
    ("i_number_too_big_neg_int", Policy::Read),
    ("i_number_too_big_pos_int", Policy::Read),
    ("i_number_very_big_negative_int", Policy::Read),
    ("i_object_key_lone_2nd_surrogate", Policy::NoText),
    ("i_string_1st_surrogate_but_2nd_missing", Policy::NoText),
    ("i_string_1st_valid_surrogate_2nd_invalid", Policy::NoText),
    ("i_string_UTF-16LE_with_BOM", Policy::Refused),
    ("i_string_UTF-8_invalid_sequence", Policy::Refused),
    ("i_string_UTF8_surrogate_U+D800", Policy::Refused),
    ("i_string_incomplete_surrogate_and_escape_valid", Policy::NoText),
    ("i_string_incomplete_surrogate_pair", Policy::NoText),
    ("i_string_incomplete_surrogates_escape_valid", Policy::NoText),
    ("i_string_invalid_lonely_surrogate", Policy::NoText),
    ("i_string_invalid_surrogate", Policy::NoText),
    ("i_string_invalid_utf-8", Policy::Refused),
    ("i_string_inverted_surrogates_U+1D11E", Policy::NoText),
    ("i_string_iso_latin_1", Policy::Refused),
    ("i_string_lone_second_surrogate", Policy::NoText),
    ("i_string_lone_utf8_continuation_byte", Policy::Refused),
    ("i_string_not_in_unicode_range", Policy::Refused),
    ("i_string_overlong_sequence_2_bytes", Policy::Refused),
    ("i_string_overlong_sequence_6_bytes", Policy::Refused),
    ("i_string_overlong_sequence_6_bytes_null", Policy::Refused),
    ("i_string_truncated-utf-8", Policy::Refused),
    ("i_string_utf16BE_no_BOM", Policy::Refused),
    ("i_string_utf16LE_no_BOM", Policy::Refused),
    ("i_structure_500_nested_arrays", Policy::Refused),
    ("i_structure_UTF-8_BOM_empty_object", Policy::Refused),
];

fn has_text(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::String => text_of(value).is_some(),
        Kind::Array => value.items().all(has_text),
        Kind::Object => value.members().all(|(key, value)| has_text(key) && has_text(value)),
        _ => true,
    }
}

/// What a record with this cell would come to: UTF-8 is checked for whole records, before.
fn verdict(bytes: &[u8]) -> Policy {
    let mut doc = Doc::default();
    match (str::from_utf8(bytes), doc.parse(bytes, DEPTH)) {
        (Ok(_), Ok(value)) if has_text(value) => Policy::Read,
        (Ok(_), Ok(_)) => Policy::NoText,
        _ => Policy::Refused,
    }
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says why")]
fn json_test_suite() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/suites/JSONTestSuite");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: the suite is not at {}", folder.display());
        return;
    };
    let mut seen = [0; 3];
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        twins::compare(&bytes, DEPTH);
        twins::compare(&[b"[\"long enough for the fast reader\",", &bytes[..], b"]"].concat(), DEPTH);
        let verdict = verdict(&bytes);
        let (group, expected) = match name.split_once('_').unwrap().0 {
            "y" => (0, Policy::Read),
            "n" => (1, Policy::Refused),
            _ => (2, CHOICES.iter().find(|(known, _)| *known == name).expect(name).1),
        };
        assert_eq!(verdict, expected, "{name}");
        seen[group] += 1;
    }
    assert!(seen[0] > 90 && seen[1] > 180 && seen[2] == CHOICES.len(), "{seen:?}");
}
