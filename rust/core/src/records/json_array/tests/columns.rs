//! JSON that is written column by column.

use super::{AMPLE, JsonReader, ReaderOptions, Split, input};
use crate::error::{Error, UnsupportedKind};
use crate::records::Block;
use crate::scan::Kernel;

/// Reads a text as an input is read, in blocks of a few bytes and as one.
fn open(text: &str, limit: usize) -> Result<(Split, Vec<String>), Error> {
    let mut found = None;
    for block_bytes in [AMPLE, 7] {
        let options = ReaderOptions { block_bytes, max_record_bytes: limit, kernel: Kernel::best() };
        let (mut reader, sample) = JsonReader::open(input(text.as_bytes()), options)?;
        let mut split = Split::default();
        let mut block = Block::default();
        while reader.next_block(&mut block)? {
            split.take(&block);
            block = block.recycled();
        }
        assert_eq!(reader.finish()?.stored_bytes, text.len() as u64, "the size is the input's");
        let sample = sample.into_iter().map(|element| String::from_utf8(element).unwrap()).collect();
        let read = (split, sample);
        assert_eq!(*found.get_or_insert_with(|| read.clone()), read, "{block_bytes}");
    }
    Ok(found.unwrap())
}

fn records(text: &str) -> Vec<String> {
    let (split, sample) = open(text, AMPLE).unwrap();
    assert_eq!((split.used(), split.rejected()), (vec![("column_oriented", 1)], vec![]), "{text}");
    assert_eq!(split.read(), sample);
    sample
}

#[test]
fn columns_become_records() {
    let expected = [r#"{"body":"a","target":[1]}"#, r#"{"body":"b","target":{"x":"}"}}"#];
    for text in [
        r#"{"body":{"0":"a","1":"b"},"target":{"0":[1],"1":{"x":"}"}}}"#,
        " {\n \"body\" : { \"0\" : \"a\" ,\n\"1\":\"b\"} , \"target\":{\"0\": [1] , \"1\":{\"x\":\"}\"} }\n}\n",
    ] {
        assert_eq!(records(text), expected);
    }
}

#[test]
fn a_byte_order_mark_is_counted() {
    let (split, _) = open("\u{feff}{\"a\":{\"0\":1}}", AMPLE).unwrap();
    assert_eq!((split.read(), split.used()), (vec!["{\"a\":1}".to_owned()], vec![("bom", 1), ("column_oriented", 1)]));
}

#[test]
fn null_cells_are_absent_members() {
    assert_eq!(records(r#"{"a":{"0":null,"1":0},"b":{"0":null ,"1":""}}"#), ["{}", r#"{"a":0,"b":""}"#]);
}

#[test]
fn a_name_whose_escape_is_cut_off_leaves_records_that_are_not_json() {
    for name in [r"\u", r"x\us", r"\ud83d\u", r"\u0"] {
        let text = format!("{{\"a\":{{\"0\":1}},\"{name}\":{{\"0\":2}}}}");
        let (split, _) = open(&text, AMPLE).unwrap();
        assert_eq!(split.read(), [format!("{{\"a\":1,\"{name}\":2}}")]);
    }
}

#[test]
fn records_have_the_order_of_the_first_column() {
    assert_eq!(
        records(r#"{"a":{"10":1,"2":2,"7":3},"b":{"2":"2","7":"3","10":"1"}}"#),
        [r#"{"a":1,"b":"1"}"#, r#"{"a":2,"b":"2"}"#, r#"{"a":3,"b":"3"}"#]
    );
}

#[test]
fn of_a_key_that_occurs_twice_the_last_value_is_used() {
    for (text, expected, duplicates) in [
        (r#"{"a":{"0":1,"0":2},"b":{"0":3}}"#, vec![r#"{"a":2,"b":3}"#], 1),
        (r#"{"a":{"0":1,"1":2},"b":{"0":3,"1":4,"0":null,"0":5}}"#, vec![r#"{"a":1,"b":5}"#, r#"{"a":2,"b":4}"#], 2),
        (r#"{"a":{"0":1,"0":2},"b":{"0":3,"0":null}}"#, vec![r#"{"a":2}"#], 2),
        (r#"{"a":{"0":1},"b":{"0":3},"\u0061":{"0":2,"0":4}}"#, vec![r#"{"\u0061":4,"b":3}"#], 2),
    ] {
        let (split, _) = open(text, AMPLE).unwrap();
        assert_eq!(split.read(), expected);
        assert_eq!(split.used(), [("duplicate_keys", duplicates), ("column_oriented", 1)], "{text}");
    }
}

#[test]
fn other_objects_are_read_as_they_are() {
    for text in [
        r#"{"a":{"0":1},"b":{"1":1}}"#,
        r#"{"a":{"0":1},"b":{"0":1,"1":2}}"#,
        r#"{"a":{"0":1},"b":2}"#,
        r#"{"a":{"0":1,"x":2}}"#,
        r#"{"a":{}}"#,
        r#"{"a":{"0":1},"b":{}}"#,
    ] {
        let (split, _) = open(text, AMPLE).unwrap();
        assert_eq!((split.read(), split.used()), (vec![text.to_owned()], vec![("missing_final_newline", 1)]));
    }
    assert_eq!(open("{\"a\":{\"0\":1}}\n{\"a\":{\"0\":2}}\n", AMPLE).unwrap().0.elements.len(), 2);
    assert_eq!(open(r#"{"a":{"0":1,"1":"#, AMPLE).unwrap().0.rejects.len(), 1);
}

#[test]
fn longer_than_sixteen_records_is_refused() {
    let cell = "x".repeat(4096);
    let text =
        format!("{{\"a\":{{{}}}}}", (0..20).map(|row| format!("\"{row}\":\"{cell}\"")).collect::<Vec<_>>().join(","));
    assert_eq!(open(&text, 5200).unwrap().0.elements.len(), 20);
    let refused = open(&text, 5000).unwrap_err();
    assert!(matches!(refused, Error::Unsupported { kind: UnsupportedKind::ColumnsTooLarge { limit: 80_000 }, .. }));
}

#[test]
fn a_short_input_that_is_longer_than_sixteen_records_is_refused() {
    let text = format!("{{\"a\":{{{}}}}}", (0..20).map(|row| format!("\"{row}\":1")).collect::<Vec<_>>().join(","));
    assert_eq!(text.len(), 137);
    assert_eq!(open(&text, 9).unwrap().0.elements.len(), 20);
    let refused = open(&text, 8).unwrap_err();
    assert!(matches!(refused, Error::Unsupported { kind: UnsupportedKind::ColumnsTooLarge { limit: 128 }, .. }));
}
