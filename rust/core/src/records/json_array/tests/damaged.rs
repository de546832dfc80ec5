//! Malformed arrays: valid elements are read and the rest is rejected.

use super::{AMPLE, RejectKind, read, split_any, truncated_gzip};
use RejectKind::{Json, Truncated};

type Rejected = Vec<(u64, RejectKind, String)>;

fn rejected(rejects: &[(u64, RejectKind, &str)]) -> Rejected {
    rejects.iter().map(|&(record, kind, raw)| (record, kind, raw.to_owned())).collect()
}

/// Checks the elements, rejects and leniencies of a text.
#[track_caller]
fn assert_reads(
    text: &str,
    elements: &[&str],
    rejects: &[(u64, RejectKind, &str)],
    leniencies: &[(&'static str, u64)],
) {
    assert_eq!(
        read(text),
        (elements.iter().map(|&text| text.to_owned()).collect(), rejected(rejects), leniencies.to_vec())
    );
}

#[test]
fn a_missing_comma() {
    assert_reads(r#"[{"a":1}{"b":2}]"#, &[r#"{"a":1}"#, r#"{"b":2}"#], &[], &[("missing_comma", 1)]);
    assert_reads("[{} {}\n[],{}]", &["{}", "{}", "{}"], &[], &[("missing_comma", 2)]);
}

#[test]
fn a_comma_after_the_last_element() {
    assert_reads("[{}, ]", &["{}"], &[], &[("trailing_comma", 1)]);
    assert_reads("[1,\n]\n", &["1"], &[], &[("trailing_comma", 1)]);
}

#[test]
fn nothing_between_two_commas() {
    assert_reads("[1,,2]", &["1", "2"], &[(2, Json, "")], &[]);
    assert_reads("[, {}]", &["{}"], &[(1, Json, "")], &[]);
    assert_reads("[{}, , ,]", &["{}"], &[(2, Json, ""), (3, Json, "")], &[("trailing_comma", 1)]);
    let split = split_any(b"[1,\n,2]", AMPLE);
    assert_eq!((split.rejects[0].offset, split.rejects[0].line), (4, 2));
}

#[test]
fn an_invalid_element_ends_with_its_matching_bracket() {
    let bad = r#"{"a": nope, "b": ["}", {}, "]": 1}"#;
    assert_reads(&format!("[{{}}, {bad}, {{}}]"), &["{}", bad, "{}"], &[], &[]);
    assert_reads(r#"[{"a" 1 2 3}, {"b":}, {}]"#, &[r#"{"a" 1 2 3}"#, r#"{"b":}"#, "{}"], &[], &[]);
    // A backslash outside a string escapes no quote.
    assert_reads(r#"[{\"}": 1}, {}]"#, &[r#"{\"}": 1}"#, "{}"], &[], &[]);
}

#[test]
fn brackets_of_the_other_kind_are_ignored() {
    assert_reads(r#"[{"a": [1}, {"b": 2]}, {}]"#, &[r#"{"a": [1}"#, r#"{"b": 2]}"#, "{}"], &[], &[]);
    assert_reads(r#"[[{"a": 1], [}], {}]"#, &[r#"{"a": 1], [}"#, "{}"], &[], &[]);
}

#[test]
fn text_after_an_element_is_rejected_separately() {
    assert_reads(r#"[{"a":1}}, {}]"#, &[r#"{"a":1}"#, "{}"], &[(2, Json, "}")], &[]);
    assert_reads("[{} x y , {}]", &["{}", "{}"], &[(2, Json, "x y")], &[]);
    assert_reads("[{} 5]", &["{}"], &[(2, Json, "5")], &[]);
    assert_reads("[{}x{}]", &["{}", "{}"], &[(2, Json, "x")], &[("missing_comma", 1)]);
}

#[test]
fn any_text_between_commas_is_an_element() {
    assert_reads("[two words, {}, }, 3]", &["two words", "{}", "}", "3"], &[], &[]);
}

#[test]
fn text_after_the_array() {
    assert_reads("[1] x, y \r\n", &["1"], &[(2, Json, "x, y ")], &[]);
    assert_reads("[{}]]", &["{}"], &[(2, Json, "]")], &[]);
    let split = split_any(b"[1]\n\n x", AMPLE);
    assert_eq!((split.rejects[0].offset, split.rejects[0].line), (6, 3));
}

#[test]
fn a_missing_end() {
    assert_reads("[", &[], &[(1, Truncated, "")], &[]);
    assert_reads("[{}", &["{}"], &[(2, Truncated, "")], &[]);
    assert_reads("[{}\n", &["{}"], &[(2, Truncated, "")], &[]);
    assert_reads("[{}, \n", &["{}"], &[(2, Truncated, ",")], &[]);
    assert_reads("[{}, {\"a\": [1, \"x", &["{}"], &[(2, Truncated, "{\"a\": [1, \"x")], &[]);
    assert_reads("[{}, {\"a\": \n", &["{}"], &[(2, Truncated, "{\"a\": ")], &[]);
    // The number may be incomplete.
    assert_reads("[{}, 12", &["{}"], &[(2, Truncated, "12")], &[]);
    let split = split_any(b"[1\n\n ,  ", AMPLE);
    let reject = &split.rejects[0];
    assert_eq!((reject.record, reject.offset, reject.line, &*reject.raw), (2, 5, 3, &b","[..]));
}

/// Truncation is reported once.
#[test]
fn truncated_compressed_input() {
    for (text, elements, reject) in [
        ("", 0, (1, Truncated, "")),
        ("[", 0, (1, Truncated, "")),
        ("[{}, {\"a\"", 1, (2, Truncated, "{\"a\"")),
        ("[{}, {}", 2, (3, Truncated, "")),
        ("[{}, 1", 1, (2, Truncated, "1")),
        ("[{}, {},", 2, (3, Truncated, ",")),
        ("[{}]", 1, (2, Truncated, "")),
        ("[{}]\n", 1, (2, Truncated, "")),
        ("{}\n{}\n", 2, (3, Truncated, "")),
        ("{}\n{\"a\"", 1, (2, Truncated, "{\"a\"")),
        ("{}\n12", 1, (2, Truncated, "12")),
    ] {
        let split = split_any(&truncated_gzip(text.as_bytes()), AMPLE);
        assert_eq!((split.elements.len(), split.rejected()), (elements, rejected(&[reject])), "{text:?}");
        let message = &split.rejects[0].message;
        assert!(message.contains("gzip"), "{message}");
    }
    let split = split_any(&truncated_gzip(b"[{}] x"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(2, Json, "x"), (3, Truncated, "")]));
}
