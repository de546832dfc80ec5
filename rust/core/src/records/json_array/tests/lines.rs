//! JSON Lines, concatenated values, and invalid lines.

use super::{AMPLE, RejectKind, read, split_any};
use RejectKind::{Json, Truncated};

/// Checks elements and rejects, and that only leniencies of line ends occur.
#[track_caller]
fn assert_reads(text: &str, elements: &[&str], rejects: &[(u64, RejectKind, &str)]) {
    let rejects: Vec<_> = rejects.iter().map(|&(record, kind, raw)| (record, kind, raw.to_owned())).collect();
    let (found, rejected, used) = read(text);
    assert_eq!((found, rejected), (elements.iter().map(|&text| text.to_owned()).collect(), rejects));
    let of_lines = ["crlf", "lone_cr", "empty_line", "missing_final_newline"];
    assert!(used.iter().all(|(name, _)| of_lines.contains(name)), "{used:?}");
}

#[track_caller]
fn assert_counts(text: &str, leniencies: &[(&'static str, u64)]) {
    assert_eq!(read(text).2, leniencies, "{text:?}");
}

#[test]
fn line_ends_are_counted() {
    assert_counts("{}\n[1]\n5\n", &[]);
    assert_counts("{}\r\n{}\r\n", &[("crlf", 2)]);
    assert_counts("{}\r{}\r", &[("lone_cr", 2)]);
    assert_counts("{}\r\r\n{}\n", &[("crlf", 1), ("lone_cr", 1), ("empty_line", 1)]);
    assert_counts("{} \n {}\nx\r\n", &[("crlf", 1)]);
}

#[test]
fn empty_lines_are_counted() {
    assert_counts("{}\n\n \t\n{}\n", &[("empty_line", 2)]);
    assert_counts("\n\r\n{}\n", &[("crlf", 1), ("empty_line", 2)]);
    assert_counts("\u{feff}\n{}\n", &[("bom", 1), ("empty_line", 1)]);
    assert_counts("\u{feff}{}\n", &[("bom", 1)]);
    // White space without a line end counts as a line.
    assert_counts("{}\n ", &[("empty_line", 1)]);
}

#[test]
fn a_missing_final_line_end_is_counted() {
    assert_counts("{}", &[("missing_final_newline", 1)]);
    assert_counts("{}\n5 ", &[("missing_final_newline", 1)]);
    assert_counts("{}\r\n{}", &[("crlf", 1), ("missing_final_newline", 1)]);
}

#[test]
fn line_ends_of_arrays_and_empty_sources_are_not_counted() {
    for text in ["[{},\r\n\r\n{}]", "\r\n\n[\n]", "[]\r\n\r\n", "", "\n", " \r\n"] {
        assert_counts(text, &[]);
    }
}

#[test]
fn one_value_per_line() {
    for end in ["\n", "\r\n", "\r", ""] {
        assert_reads(&format!("{{\"a\": 1}}\n{{\"b\": 2}}{end}"), &["{\"a\": 1}", "{\"b\": 2}"], &[]);
    }
    assert_reads("{}\n\n \n{}\r\n[1]\n", &["{}", "{}", "1"], &[]);
    assert_reads("\n{\"a\": 1}\nnull\n\"x, {\" \n5", &["{\"a\": 1}", "null", "\"x, {\"", "5"], &[]);
}

#[test]
fn concatenated_values() {
    assert_reads("{\"a\": 1}{\"b\": 2} {}\t[3]\n{}", &["{\"a\": 1}", "{\"b\": 2}", "{}", "3", "{}"], &[]);
}

#[test]
fn values_of_several_lines() {
    let value = "{\n\"a\": [\n{\n\"b\": 1\n},\n{\n\"c\":\n{\n}\n}\n],\n\"d\": {\n}\n}";
    let indented = "{\n  \"a\": {\n    \"b\": \"{\"\n  }\n}";
    assert_reads(&format!("{value}\n{indented}\n{value}{value}\n"), &[value, indented, value, value], &[]);
}

#[test]
fn a_line_that_is_not_a_value_is_an_element() {
    assert_reads("{}\nnot JSON, {\"a\": 1}\n{}\n", &["{}", "not JSON, {\"a\": 1}", "{}"], &[]);
    assert_reads("{}\n}\n{}\n]\n", &["{}", "}", "{}", "]"], &[]);
}

#[test]
fn text_after_a_value_is_rejected_to_the_end_of_its_line() {
    assert_reads("{\"a\": 1}} {}\n{}\n", &["{\"a\": 1}", "{}"], &[(2, Json, "} {}")]);
    assert_reads("{}, \r\n{}]\n{}", &["{}", "{}", "{}"], &[(2, Json, ","), (4, Json, "]")]);
}

#[test]
fn an_invalid_line_does_not_affect_the_next() {
    let good = "{\"g\": [1]}";
    for bad in [
        "{\"a\": 1",
        "{\"a\": {\"b\": [1]}",
        "{\"a\": \"never closed}",
        "{\"a\": \"x\\",
        "{\"a",
        "{",
        "[1",
        // The next line may belong to the value, but the line after that cannot.
        "{\"a\": 1,",
        "{\"a\":",
        "{\"a\": [",
    ] {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("{good}{end}{bad}{end}{good}{end}{good}{end}");
            assert_reads(&text, &[good, good, good], &[(2, Json, bad)]);
            assert_reads(&format!("{good}{end}{bad}{end}{good}"), &[good, good], &[(2, Json, bad)]);
        }
        let split = split_any(format!("{good}\n{bad}\n{good}\n").as_bytes(), AMPLE);
        assert_eq!((split.rejects[0].line, split.rejects[0].offset, split.elements[1].line), (2, 11, 3));
    }
}

#[test]
fn brackets_of_the_other_kind_are_ignored() {
    assert_reads("{}\n{\"a\": [1}\n[{]\n{}\n", &["{}", "{\"a\": [1}", "[{]", "{}"], &[]);
}

/// An invalid value extends to the next line that starts a value.
#[test]
fn an_invalid_value_of_several_lines() {
    let bad = "{\n  \"a\": \"x\n\",\n  \"b\": {}\n}";
    assert_reads(&format!("{{}}\n{bad}\n{{}}\n"), &["{}", "{}"], &[(2, Json, bad)]);
}

#[test]
fn a_truncated_tail() {
    assert_reads("{}\n{\"a\": [1, ", &["{}"], &[(2, Truncated, "{\"a\": [1, ")]);
    assert_reads("{}\n{\"a\": [1, \n", &["{}"], &[(2, Truncated, "{\"a\": [1, ")]);
    assert_reads("{}\n{\"a\": \"x", &["{}"], &[(2, Truncated, "{\"a\": \"x")]);
    assert_reads("{}\n{\"a\": \"x\n", &["{}"], &[(2, Json, "{\"a\": \"x")]);
}

#[test]
fn empty_lines_after_an_invalid_value_do_not_belong_to_it() {
    assert_reads(
        "{\"a\": \"x\n\n \n{\"b\": 2}\n[1\r\n\r\n{}\n{\"c\": \"x \r\n\r\n",
        &["{\"b\": 2}", "{}"],
        &[(1, Json, "{\"a\": \"x"), (3, Json, "[1"), (5, Json, "{\"c\": \"x ")],
    );
    assert_reads("{}\n{\"a\": 1\n\n", &["{}"], &[(2, Truncated, "{\"a\": 1")]);
}
