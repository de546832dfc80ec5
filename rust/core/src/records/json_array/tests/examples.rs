//! Valid arrays.

use super::{AMPLE, Element, Kernel, ReaderOptions, first_elements, input, read, split_any, truncated_gzip};

fn elements(text: &str) -> Vec<String> {
    let (elements, rejects, leniencies) = read(text);
    assert_eq!((rejects, leniencies), (vec![], vec![]), "{text}");
    elements
}

#[test]
fn empty_sources() {
    for text in ["", "\n", " \t\r\n", "[]", " [ ] \n", "[\n]"] {
        assert_eq!(elements(text), [""; 0], "{text:?}");
    }
}

#[test]
fn arrays_on_one_line() {
    assert_eq!(elements(r#"[{"a": 1}, {"b": [2, {}]}]"#), [r#"{"a": 1}"#, r#"{"b": [2, {}]}"#]);
    assert_eq!(elements("[{},{}]"), ["{}", "{}"]);
    assert_eq!(elements("[[1],[],{}]"), ["1", "{}"]);
}

#[test]
fn white_space_is_not_part_of_elements() {
    let text = " \n[\r\n\t{\"a\": 1}\n ,\r{ \"b\" : 2 }  ]\n\n";
    assert_eq!(elements(text), ["{\"a\": 1}", "{ \"b\" : 2 }"]);
    let split = split_any(text.as_bytes(), AMPLE);
    let element = |number, line, offset, raw: &str| Element { number, line, offset, raw: raw.as_bytes().to_vec() };
    assert_eq!(split.elements, [element(1, 3, 6, "{\"a\": 1}"), element(2, 5, 18, "{ \"b\" : 2 }")]);
}

#[test]
fn structural_bytes_in_strings_are_text() {
    let strings = [r#"{"a": "}],["}"#, r#"{"a\"}": "\\"}"#, r#"{"\\\"": "\\\\\""}"#, r#"{"a": ["]", "{", ","]}"#];
    assert_eq!(elements(&format!("[{}]", strings.join(","))), strings);
    for backslashes in 0..140 {
        let string = format!(r#"{{"k": "{}", "l": "}},{{"}}"#, r"\\".repeat(backslashes));
        assert_eq!(elements(&format!("[{string},{string}]")), [string.clone(), string.clone()]);
        let string = format!(r#"{{"k": "{}\"}}"}}"#, r"\\".repeat(backslashes));
        assert_eq!(elements(&format!("[{string},{string}]")), [string.clone(), string]);
    }
}

#[test]
fn scalars() {
    assert_eq!(elements(r#"[1, "a,]}\"", null ,true,-2.5e3]"#), ["1", r#""a,]}\"""#, "null", "true", "-2.5e3"]);
    assert_eq!(elements(r#"[1,{"a":1},2,[3],"4"]"#), ["1", r#"{"a":1}"#, "2", "3", r#""4""#]);
}

#[test]
fn a_byte_order_mark() {
    for text in ["\u{feff}[{}]", "\u{feff} {}\n"] {
        let (elements, rejects, leniencies) = read(text);
        assert_eq!((elements, rejects, leniencies), (vec!["{}".to_owned()], vec![], vec![("bom", 1)]));
    }
    assert_eq!(read("\u{feff}"), (vec![], vec![], vec![("bom", 1)]));
}

#[test]
fn sampling_does_not_consume_the_input() {
    let options = ReaderOptions { block_bytes: 10, max_record_bytes: AMPLE, kernel: Kernel::best() };
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(200_000));
    for (text, expected) in [
        ("[{\"a\": 1}, 2, {\"b\"".to_owned(), vec!["{\"a\": 1}", "2"]),
        (format!("[{long}, {{}}]"), vec![&long, "{}"]),
        (format!("[{{}}, {long}, {{}}]"), vec!["{}", &long, "{}"]),
        (format!("[\"{}", "x".repeat(3 * AMPLE)), vec![]),
        ("{\"a\": 1}\n{\"b\": 2}".to_owned(), vec!["{\"a\": 1}", "{\"b\": 2}"]),
        (String::new(), vec![]),
    ] {
        for stored in [text.as_bytes().to_vec(), truncated_gzip(text.as_bytes())] {
            let mut input = input(&stored);
            let elements = first_elements(&mut input, options).unwrap();
            assert!(elements.iter().map(Vec::as_slice).eq(expected.iter().map(|text| text.as_bytes())));
            let mut bytes = vec![0; text.len() + 1];
            assert_eq!(input.fill(&mut bytes).unwrap(), text.len());
            assert!(bytes[..text.len()] == *text.as_bytes());
        }
    }
}
