//! Objects read straight from a CSV field, against the same objects read from a tape.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{Array, Column, DEPTH, Type, append_value, finish, list, samples, structure, texts};
use crate::columns::guess::{QuotedField, append_guessed_by};
use crate::json::Doc;
use crate::scan::Kernel;

fn doubled(text: &str) -> String {
    text.replace('"', "\"\"")
}

/// Appends a field, which is followed by others.
fn append_field(kernel: Kernel, column: &mut Column, kind: &Type, field: &[u8], depth: usize) -> bool {
    for rest in [&b"\",\"another field\""[..], b"\",12.5,another field that is longer than a window\n"] {
        let rows = column.len();
        let text = [field, rest].concat();
        if append_guessed_by(kernel, column, kind, QuotedField { text: &text, length: field.len() }, depth) {
            return true;
        }
        assert_eq!(column.len(), rows);
    }
    false
}

/// Appends an object from a tape; gives whether it is JSON, and whether a guess may have read it.
fn append_parsed(column: &mut Column, kind: &Type, text: &[u8], depth: usize) -> (bool, bool) {
    let mut doc = Doc::default();
    let Ok(value) = doc.parse(text, depth) else { return (false, false) };
    let held = append_value(column, kind, value);
    (true, !held.replaced && doc.duplicate_keys() == 0)
}

/// Appends each object by a guess or else from a tape, and all from a tape; gives how many guesses succeeded.
fn compare(kind: &Type, sources: &[Vec<u8>], depth: usize, kernel: Kernel) -> usize {
    let (mut column, mut expected) = (Column::new(kind), Column::new(kind));
    let mut guessed = 0;
    for source in sources {
        let field: Vec<u8> =
            source.iter().flat_map(|&byte| if byte == b'"' { vec![byte; 2] } else { vec![byte] }).collect();
        let (is_json, may_guess) = append_parsed(&mut expected, kind, source, depth);
        let before = column.len();
        if append_field(kernel, &mut column, kind, &field, depth) {
            assert!(may_guess, "{}", source.escape_ascii());
            assert_eq!(column.len(), before + 1);
            guessed += 1;
        } else {
            assert_eq!(column.len(), before);
            assert_eq!(append_parsed(&mut column, kind, source, depth).0, is_json);
        }
    }
    let (array, expected) = (finish(&mut column, kind), finish(&mut expected, kind));
    assert_eq!(texts(&array), texts(&expected));
    assert_eq!(array.to_data(), expected.to_data());
    guessed
}

/// Objects without white space; in some, one byte is another, or the text is cut.
fn source() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![proptest::sample::select(b"\"\\,:{}[]0-9.eE+ntf \x1f\x00".to_vec()), 0x20..0x7f_u8];
    (samples::object(), any::<bool>(), prop::option::weighted(0.3, (any::<Index>(), byte, any::<bool>()))).prop_map(
        |(text, spaced, change)| {
            let mut text = if spaced { text } else { text.replace("\" : ", "\":").replace(", ", ",") }.into_bytes();
            if let Some((place, byte, cut)) = change {
                let place = place.index(text.len());
                if cut {
                    text.truncate(place);
                    text = String::from_utf8_lossy(&text).into_owned().into_bytes();
                } else if text[place].is_ascii() {
                    text[place] = byte;
                }
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(crate::testing::cases(3000))]

    #[test]
    fn guessed_objects_are_those_of_the_tape(sources in vec(source(), 1..12), depth in prop_oneof![9 => Just(DEPTH), 1 => 0..4_usize]) {
        let kind = Type::Struct(samples::metadata());
        for kernel in Kernel::available() {
            compare(&kind, &sources, depth, kernel);
        }
    }

    /// Members without a column, of which some are containers.
    #[test]
    fn members_that_are_not_read(sources in vec(source(), 1..12), children in 0..11_usize) {
        let kind = Type::Struct(samples::without_columns(children));
        for kernel in Kernel::available() {
            compare(&kind, &sources, DEPTH, kernel);
        }
    }

    /// Lists and objects in which each member must be there, or a null is a value.
    #[test]
    fn types_that_require_members(sources in vec(source(), 1..6), all_members in any::<bool>(), whole in any::<bool>()) {
        let mut inner = samples::metadata();
        (inner.all_members, inner.whole, inner.extra) = (all_members, whole, false);
        let kind = Type::Struct(structure(&[("kept", list(Type::Struct(inner.clone()))), ("size", Type::Struct(inner))], true));
        for source in sources {
            let text = String::from_utf8(source).unwrap();
            let texts = [format!("{{\"kept\":[{text},null,{text}]}}"), format!("{{\"size\":{text},\"kept\":[]}}")];
            compare(&kind, &texts.map(String::into_bytes), DEPTH, Kernel::best());
        }
    }
}

#[test]
fn objects_of_known_members_are_guessed_in_any_order() {
    let kind = Type::Struct(samples::metadata());
    let sources = [
        r#"{"t":"2017-05-22T21:08:29.517Z","s":"a text without escapes","size":{"w":1.5,"h":-20},"live":true}"#,
        r#"{"live":false,"size":{"h":1e3,"w":null},"s":null,"sizes":[{"w":1},null,{}],"kept":[],"groups":[1,22]}"#,
        r#"{"offset":"-3600","size":{},"f":9007199254740993,"i":"7","s":true,"json":"text","t":"2017"}"#,
        r#"{"live":false,"size":{"h":1e3,"w":0.5},"s":"","kept":[{"s":"b","i":2},{"i":null}],"json":12345678}"#,
    ];
    let sources: Vec<Vec<u8>> = sources.iter().map(|text| text.as_bytes().to_vec()).collect();
    for kernel in Kernel::available().into_iter().filter(|&kernel| kernel != Kernel::Scalar) {
        assert_eq!(compare(&kind, &sources, DEPTH, kernel), sources.len());
        assert_eq!(compare(&kind, &sources, 1, kernel), 0, "too deep");
    }
}

#[test]
fn values_without_a_column_are_checked() {
    let kind = Type::Struct(samples::without_columns(2));
    let read = |text: &str| {
        let field = doubled(text);
        append_field(Kernel::best(), &mut Column::new(&kind), &kind, field.as_bytes(), DEPTH)
    };
    for value in [
        r#"{"w":1.5,"h":[-20,"a text that is longer than a window of 32 bytes",true,false,null,{},[]]}"#,
        r#"{"any":{"key":{"key":1}},"key":{"any":""}}"#,
        "[]",
        "-1.5e3",
        r#""""#,
    ] {
        let text = format!(r#"{{"size":{value},"s":"a text","live":true,"sizes":[{value},{value}]}}"#);
        assert!(read(&text), "{text}");
    }
    let many: Vec<String> = (0..17).map(|number| format!(r#""{number}":1"#)).collect();
    for value in [
        r#"{"w":1,"w":2}"#,
        r#"{"w":1,}"#,
        r#"{"w":1]"#,
        r#"{"w"}"#,
        r#"{"w":01}"#,
        r"{w:1}",
        "[1,]",
        "[1}",
        "[,]",
        "[",
        "truer",
        "nul",
        "+1",
        r#""a\n""#,
        "{\"w\":\"a\n\"}",
        &format!("{{{}}}", many.join(",")),
        &format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
    ] {
        let text = format!(r#"{{"s":"a text that is longer than a window","size":{value}}}"#);
        assert!(!read(&text), "{text}");
    }
}

#[test]
fn whatever_is_in_doubt_is_not_guessed() {
    let kind = Type::Struct(samples::metadata());
    let rest = r#""s":"a text that is longer than a window of 32 bytes""#;
    for text in [
        r#"{"i":1,"i":2,REST}"#,
        r#"{"size":{"w":1,"w":2},REST}"#,
        r#"{"unknown":1,REST}"#,
        r#"{"json":{"a":1},REST}"#,
        r#"{"i": 1,REST}"#,
        r#"{"i":01,REST}"#,
        r#"{"i":1.,REST}"#,
        r#"{"i":-,REST}"#,
        r#"{"i":1e,REST}"#,
        r#"{"i":+1,REST}"#,
        r#"{"live":TRUE,REST}"#,
        r#"{"live":truer,REST}"#,
        r#"{"live":nulls,REST}"#,
        r#"{"groups":[1,],REST}"#,
        r#"{"groups":[1}],REST}"#,
        r"{REST,}",
        r"{REST}}",
        r"{REST} ",
        r"{REST",
        r#"{"l\u0069ve":true,REST}"#,
        r#"{"t":"a\n",REST}"#,
        "{\"t\":\"a\n\",REST}",
    ] {
        let mut column = Column::new(&kind);
        let field = doubled(&text.replace("REST", rest));
        assert!(!append_field(Kernel::best(), &mut column, &kind, field.as_bytes(), DEPTH), "{text}");
        assert!(finish(&mut column, &kind).is_empty());
    }
    // Quotes of the field itself.
    for field in
        ["{\"\"s\"\":\"a text that is longer than a window\"\"}", "{\"\"s\"\":\"\"a text that is longer than this\"}"]
    {
        assert!(!append_field(Kernel::best(), &mut Column::new(&kind), &kind, field.as_bytes(), DEPTH), "{field}");
    }
}

#[test]
fn guesses_that_fail_pause_and_are_tried_again() {
    let kind = Type::Struct(samples::metadata());
    let mut column = Column::new(&kind);
    let good = doubled(r#"{"s":"a text that is longer than a window","i":1}"#);
    let mut read = |field: &str| append_field(Kernel::best(), &mut column, &kind, field.as_bytes(), DEPTH);
    let bad = good.replace(":1}", ": 1}");
    assert!(read(&good));
    (0..1000).for_each(|_| assert!(!read(&bad)));
    let tried = (0..1000).take_while(|_| !read(&good)).count();
    assert!((1..300).contains(&tried), "{tried}");
    assert!(read(&good));
}
