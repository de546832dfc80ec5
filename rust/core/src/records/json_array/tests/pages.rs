//! Arrays one after the other, arrays within an array, and objects with a list of records.

use super::{AMPLE, Reading, RejectKind, read, split_any};

/// The elements of a text without rejects, and the leniencies.
fn pages(text: &str) -> (Vec<String>, Vec<(&'static str, u64)>) {
    let (elements, rejects, leniencies) = read(text);
    assert_eq!(rejects, vec![], "{text}");
    (elements, leniencies)
}

#[test]
fn arrays_one_after_the_other() {
    for text in [
        r#"[{"a":1}, {"b":2}][{"c":3}]"#,
        "[{\"a\":1},{\"b\":2}]\n[]\n[{\"c\":3}]\n",
        "[[{\"a\":1}, {\"b\":2}],[{\"c\":3}]]",
    ] {
        assert_eq!(
            pages(text),
            (vec![r#"{"a":1}"#.into(), r#"{"b":2}"#.into(), r#"{"c":3}"#.into()], vec![]),
            "{text}"
        );
    }
    let split = split_any(b"[{}]\n[{},\n{}]", AMPLE);
    let places: Vec<_> = split.elements.iter().map(|element| (element.number, element.line, element.offset)).collect();
    assert_eq!(places, [(1, 1, 1), (2, 2, 6), (3, 3, 10)]);
}

#[test]
fn commas_between_arrays_are_counted() {
    let expected = (vec!["{}".to_owned(), "{}".to_owned(), "{}".to_owned()], vec![("separators", 2)]);
    assert_eq!(pages("[{}],[{}] ,\n[{}]"), expected);
    assert_eq!(read("[{}],,[{}]").1, [(2, RejectKind::Json, String::new())]);
    assert_eq!(read("[{}] text,\n [{}]").1, [(2, RejectKind::Json, "text,".to_owned())]);
}

#[test]
fn only_an_array_within_the_outermost_array_is_a_page() {
    assert_eq!(pages("[[{}],[[1],2]]").0, ["{}", "[1]", "2"]);
    assert_eq!(pages("[{},[{}],{}]").0, ["{}", "{}", "{}"]);
    assert_eq!(pages("[[{}][{}],]"), (vec!["{}".to_owned(); 2], vec![("missing_comma", 1), ("trailing_comma", 1)]));
}

#[test]
fn first_value_is_a_page_although_a_string_before_its_list_has_a_line_end() {
    assert_eq!(pages("{\"id\":\"a\nb\",\"items\":[{\"a\":1},\n{}]}").0, ["{\"a\":1}", "{}"]);
    // If the first value is not a page, the data are JSON Lines, and a page's line must be JSON.
    let (elements, rejects, _) = read("{\"a\n{\"items\":[{}],\"b\":\"\n{\"items\":[{},{}]}\n");
    assert_eq!((elements, rejects.len()), (vec!["{}".to_owned(), "{}".to_owned()], 2));
}

#[test]
fn records_after_an_array() {
    assert_eq!(pages("[{}]\n{\"a\":1}\n[{}]").0, ["{}", "{\"a\":1}", "{}"]);
    assert_eq!(pages("{\"a\":1}\n[{},{}]\n{\"a\":2}\n").0, ["{\"a\":1}", "{}", "{}", "{\"a\":2}"]);
    // In JSON Lines, a damaged line is one reject.
    let (elements, rejects, _) = read("{\"a\":1}\n[{},{}\n{\"a\":2}\n");
    assert_eq!((elements.len(), rejects.len()), (2, 1));
}

#[test]
fn objects_with_a_list_of_items() {
    let page = |items: &str| format!(r#"{{"id": "p", "x": {{"items": 1}}, "items": [{items}], "total": 2}}"#);
    for text in
        [page("{\"a\":1},{}"), format!("[{}]", page("{\"a\":1},{}")), format!("{}\n{}", page("{\"a\":1}"), page("{}"))]
    {
        assert_eq!(pages(&text), (vec![r#"{"a":1}"#.into(), "{}".into()], vec![]), "{text}");
    }
    let collection = format!("{{\"first\":{},\"total\":1}}\n", page("{}"));
    assert_eq!(pages(&collection).0, ["{}"]);
    assert_eq!(pages(&format!("[{{}},{},{{}}]", page("{},{}"))).0.len(), 4);
    assert_eq!(pages("{\"items\":[]}").0, [""; 0]);
    assert_eq!(pages("{\"items\":[{\"items\":[{}]},[{}]]}").0, ["{}", "{}"]);
}

#[test]
fn other_objects_are_records() {
    for record in [
        r#"{"items":{}}"#,
        r#"{"a":{"items":[]}}"#,
        r#"{"a":"\"items\":["}"#,
        r#"{"first":{"a":1},"b":2}"#,
        r#"{"first":[{"items":[]}]}"#,
        r#"{"a":{"first":{"items":[]}}}"#,
        // Not the beginning of an object.
        r#"{,"items":[]}"#,
        r#"{"a":1,,"items":[]}"#,
        r#"{"a":[] "items":[]}"#,
    ] {
        assert_eq!(pages(&format!("[{record},{record}]")).0, [record, record]);
        assert_eq!(pages(&format!("{record}\n{record}\n")), (vec![record.to_owned(); 2], vec![]), "{record}");
    }
}

#[test]
fn a_next_page_is_counted_if_the_last_page_names_one() {
    let next = |page: &str| pages(page).1;
    assert_eq!(next(r#"{"items":[{}],"next":"https://x?page=1"}"#), [("next_page", 1)]);
    assert_eq!(next(r#"{"next":"https://x?page=1","items":[{}]}"#), [("next_page", 1)]);
    assert_eq!(next(r#"{"first":{"items":[{}],"next":"x"},"last":"y"}"#), [("next_page", 1)]);
    for text in [
        r#"{"items":[{}],"next":null}"#,
        "{\"next\":\"x\",\"items\":[{}]}{\"items\":[]}",
        r#"{"items":[{"next":"x"}]}"#,
    ] {
        assert_eq!(next(text), [], "{text}");
    }
}

#[test]
fn damaged_pages_lose_nothing() {
    let truncated = |raw: &str, number| vec![(number, RejectKind::Truncated, raw.to_owned())];
    let cut = |text: &str| -> Reading { read(text) };
    assert_eq!(cut(r#"{"items":[{},"#).1, truncated(",", 2));
    assert_eq!(cut(r#"{"items":[{}], "a"#).1, truncated(r#", "a"#, 2));
    assert_eq!(cut("[[{}],[{}]").1, truncated("", 3));
    // A page without its last bracket does not take the next page with it.
    let (elements, ..) = cut("{\"items\":[{\"a\":1}]\n{\"items\":[{\"a\":2}]}\n");
    assert_eq!(elements, [r#"{"a":1}"#, r#"{"a":2}"#]);
}

#[test]
fn the_rest_of_a_page_is_json_up_to_where_the_input_ends() {
    let rest = r#", "a": [-1.5e+3, "\u00e9\n", {"b": []}], "c": true}, "d": [null]}"#;
    let page = r#"{"first":{"items":[{}]"#;
    assert_eq!(pages(&format!("{page}{rest}{{}}")).0, ["{}", "{}"]);
    for cut in (0..rest.len()).filter(|&cut| rest.is_char_boundary(cut)) {
        let rejects = read(&format!("{page}{}", &rest[..cut])).1;
        assert_eq!(rejects, [(2, RejectKind::Truncated, rest[..cut].to_owned())]);
    }
    for damaged in ["\"a\": trx", "\"a\": 1 2", "\"a\": \"\\u00z", "\"a\": \"b\n"] {
        let (elements, rejects, _) = read(&format!("{page}, {damaged}[{{}}]"));
        assert_eq!((elements.len(), rejects.len()), (2, 1), "{damaged}");
    }
}

#[test]
fn a_page_may_be_longer_than_a_record() {
    let record = format!("{{\"a\":\"{}\"}}", "x".repeat(50));
    let text = format!("{{\"items\":[{}]}}", vec![record.clone(); 20].join(","));
    assert_eq!(split_any(text.as_bytes(), 100).read(), vec![record; 20]);
}

#[test]
fn empty_lines_before_a_page_are_not_counted() {
    for text in ["\n{\"items\": [{\"a\":1}]}", "\r\n\n  {\"id\": \"p\", \"items\": [\n{\"a\":1}]}\n"] {
        assert_eq!(pages(text), (vec![r#"{"a":1}"#.to_owned()], vec![]), "{text}");
    }
    assert_eq!(pages("\n{\"a\":1}\n").1, [("empty_line", 1)]);
}
