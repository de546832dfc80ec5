//! Single values: what each type holds for each JSON type, and whether exactly (docs/contract.md, section 1.8).

use super::{Column, Held, Type, append, finish, list, read, structure, texts};

const EXACT: bool = true;
const LOSSY: bool = false;

#[track_caller]
fn check(kind: &Type, cases: &[(&str, Option<&str>, bool)]) {
    for &(json, expected, exact) in cases {
        assert_eq!(read(kind, json), (expected.map(str::to_owned), exact), "{json} as {kind:?}");
    }
}

#[test]
fn a_json_null_is_a_null_that_extra_has_to_keep() {
    let point = Type::Struct(structure(&[("x", Type::Float64)], true));
    let scalars =
        [Type::Int32, Type::Int32Text, Type::Int64, Type::Float64, Type::Bool, Type::String, Type::Time, Type::Json];
    for kind in scalars.into_iter().chain([list(Type::Int64), point]) {
        check(&kind, &[("null", None, LOSSY)]);
    }
}

#[test]
fn integers() {
    check(
        &Type::Int64,
        &[
            ("1", Some("1"), EXACT),
            ("-9223372036854775808", Some("-9223372036854775808"), EXACT),
            ("9223372036854775807", Some("9223372036854775807"), EXACT),
            ("9223372036854775808", None, LOSSY),
            ("-0", Some("0"), EXACT),
            ("1544935.0", Some("1544935"), EXACT),
            ("1.5", None, LOSSY),
            ("1e3", None, LOSSY),
            ("\"5\"", Some("5"), LOSSY),
            ("\"5.00\"", Some("5"), LOSSY),
            ("\"\\u0035\"", Some("5"), LOSSY),
            ("\"\"", None, LOSSY),
            ("\"NA\"", None, LOSSY),
            ("\"None\"", None, LOSSY),
            ("\"five\"", None, LOSSY),
            ("\" 5\"", None, LOSSY),
            ("\"\\ud800\"", None, LOSSY),
            ("true", None, LOSSY),
            ("[5]", None, LOSSY),
            ("{\"a\":5}", None, LOSSY),
        ],
    );
    check(
        &Type::Int32,
        &[
            ("2147483647", Some("2147483647"), EXACT),
            ("2147483648", None, LOSSY),
            ("-2147483648.0", Some("-2147483648"), EXACT),
            ("\"7\"", Some("7"), LOSSY),
            ("\"2147483648\"", None, LOSSY),
        ],
    );
}

/// `utc_offset`: a decimal string is its own form, so that a number is the odd one.
#[test]
fn integers_that_json_writes_as_text() {
    check(
        &Type::Int32Text,
        &[
            ("\"18000\"", Some("18000"), EXACT),
            ("\"-3600\"", Some("-3600"), EXACT),
            ("\"0\"", Some("0"), EXACT),
            ("18000", Some("18000"), LOSSY),
            ("\"-0\"", Some("0"), LOSSY),
            ("\"007\"", Some("7"), LOSSY),
            ("\"1.0\"", Some("1"), LOSSY),
            ("\"+1\"", Some("1"), LOSSY),
            ("\"2147483648\"", None, LOSSY),
            ("\"NA\"", None, LOSSY),
            ("true", None, LOSSY),
        ],
    );
    // Spelled with an escape it is the same JSON value.
    check(&Type::Int32Text, &[("\"\\u0031\"", Some("1"), EXACT)]);
}

#[test]
fn floats() {
    check(
        &Type::Float64,
        &[
            ("0.1", Some("0.1"), EXACT),
            ("-3", Some("-3.0"), EXACT),
            ("1e22", Some("1e+22"), EXACT),
            ("9007199254740992", Some("9007199254740992.0"), EXACT),
            ("-9007199254740992", Some("-9007199254740992.0"), EXACT),
            ("9007199254740993", Some("9007199254740992.0"), LOSSY),
            ("-9007199254740993", Some("-9007199254740992.0"), LOSSY),
            ("18014398509481984", Some("1.8014398509481984e+16"), LOSSY),
            ("123456789012345678901234567890", Some("1.2345678901234568e+29"), LOSSY),
            ("1e400", None, LOSSY),
            ("\"2.5\"", Some("2.5"), LOSSY),
            ("\"NaN\"", None, LOSSY),
            ("\"inf\"", None, LOSSY),
            ("\"1e400\"", None, LOSSY),
            ("false", None, LOSSY),
            ("[1]", None, LOSSY),
        ],
    );
}

#[test]
fn truth_values() {
    check(
        &Type::Bool,
        &[
            ("true", Some("true"), EXACT),
            ("false", Some("false"), EXACT),
            ("\"true\"", Some("true"), LOSSY),
            ("\"F\"", Some("false"), LOSSY),
            ("\"TRUE\"", Some("true"), LOSSY),
            ("\"yes\"", None, LOSSY),
            ("\"1\"", None, LOSSY),
            ("1", None, LOSSY),
            ("0", None, LOSSY),
            ("{}", None, LOSSY),
        ],
    );
}

#[test]
fn strings() {
    check(
        &Type::String,
        &[
            ("\"text\"", Some("\"text\""), EXACT),
            ("\"\"", Some("\"\""), EXACT),
            ("\"NA\"", Some("\"NA\""), EXACT),
            ("\"\\u00e9\\n\\u0000\"", Some("\"é\\n\\u0000\""), EXACT),
            ("1", None, LOSSY),
            ("true", None, LOSSY),
            ("[\"text\"]", None, LOSSY),
            ("{}", None, LOSSY),
        ],
    );
}

#[test]
fn a_lone_surrogate_becomes_the_replacement_character_in_a_text() {
    let member = structure(&[("s", Type::String)], true);
    let cases = [
        (Type::String, r#""a\ud800b""#, "\"a\u{fffd}b\"", false),
        (Type::String, r#""\ud800\ud83d\ude00\udc00""#, "\"\u{fffd}\u{1f600}\u{fffd}\"", false),
        (list(Type::String), r#"["a","\udc00x"]"#, "[\"a\",\"\u{fffd}x\"]", false),
        // Only the `extra` of a struct keeps the escape.
        (
            Type::Struct(member.clone()),
            r#"{"z":1,"s":"\ud83e"}"#,
            r#"{"s":"\u{fffd}","extra":"{\"s\":\"\\ud83e\",\"z\":1}"}"#,
            true,
        ),
        (
            list(Type::Struct(member)),
            r#"[{"s":"a"},{"s":"\ud83e\u0041"}]"#,
            r#"[{"s":"a"},{"s":"\u{fffd}A","extra":"{\"s\":\"\\ud83e\\u0041\"}"}]"#,
            true,
        ),
    ];
    for (kind, json, text, exact) in &cases {
        let mut column = Column::new(kind);
        assert_eq!(append(&mut column, kind, json), Held { exact: *exact, replaced: true }, "{json}");
        let expected = text.replace("\\u{fffd}", "\u{fffd}");
        assert_eq!(texts(&finish(&mut column, kind)), [Some(expected)], "{json}");
    }
    // JSON text keeps the source's tokens, and a value that is not a text is never one with a replacement.
    check(&Type::Json, &[("\"\\ud800\"", Some("\"\\\"\\\\ud800\\\"\""), EXACT)]);
    for kind in [Type::Json, Type::Time, Type::Float64] {
        assert!(!append(&mut Column::new(&kind), &kind, "\"\\ud800\"").replaced);
    }
}

#[test]
fn numbers_in_strings() {
    let lossy = |text| (text, None, LOSSY);
    check(
        &Type::Float64,
        &[
            ("\"+76.15\"", Some("76.15"), LOSSY),
            ("\".5\"", Some("0.5"), LOSSY),
            ("\"-.5e1\"", Some("-5.0"), LOSSY),
            ("\"007\"", Some("7.0"), LOSSY),
            ("\"1E+2\"", Some("100.0"), LOSSY),
            lossy("\"5.\""),
            lossy("\"5.e1\""),
            lossy("\".\""),
            lossy("\"\""),
            lossy("\" 5\""),
            lossy("\"5 \""),
            lossy("\"1e\""),
            lossy("\"1e999\""),
            lossy("\"0x10\""),
            lossy("\"1_000\""),
            lossy("\"1,5\""),
            lossy("\"--5\""),
            lossy("\"nan\""),
            lossy("\"\\ud800\""),
        ],
    );
    check(
        &Type::Int32,
        &[
            ("\"3\"", Some("3"), LOSSY),
            ("\"3.0\"", Some("3"), LOSSY),
            ("\"-0\"", Some("0"), LOSSY),
            lossy("\"1e2\""),
            lossy("\"3.5\""),
            lossy("\"3.\""),
            lossy("\"2147483648\""),
        ],
    );
}

#[test]
fn times() {
    let read = Some("\"2017-05-22T21:08:29.000Z\"");
    check(
        &Type::Time,
        &[
            ("\"2017-05-22T21:08:29.000Z\"", read, EXACT),
            ("\"2017-05-22T21:08:29.517Z\"", Some("\"2017-05-22T21:08:29.517Z\""), EXACT),
            ("\"2017-05-22 21:08:29 UTC\"", read, LOSSY),
            ("\"2017-05-22T21:08:29Z\"", read, LOSSY),
            ("\"2017-05-22T21:08:29.0Z\"", read, LOSSY),
            ("\"2017-05-22T21:08:29.000000Z\"", read, LOSSY),
            ("\"2017-05-22T21:08:29.000+00:00\"", read, LOSSY),
            ("\"2017-05-22T22:08:29.000+01:00\"", read, LOSSY),
            ("\"2017-05-22T21:08:29\"", read, LOSSY),
            ("\"2017-05-22T21:08:29.123456789Z\"", Some("\"2017-05-22T21:08:29.123456Z\""), LOSSY),
            ("\"NA\"", None, LOSSY),
            ("\"yesterday\"", None, LOSSY),
            ("1495487309", None, LOSSY),
        ],
    );
}

#[test]
fn json_keeps_the_source_s_tokens() {
    check(
        &Type::Json,
        &[
            ("true", Some("\"true\""), EXACT),
            ("1.50e2", Some("\"1.50e2\""), EXACT),
            (" [ 1 , \"a b\" ] ", Some("\"[1,\\\"a b\\\"]\""), EXACT),
            ("{\"a\": {\"b\": 1, \"b\": 2}}", Some("\"{\\\"a\\\":{\\\"b\\\":1,\\\"b\\\":2}}\""), EXACT),
        ],
    );
}

#[test]
fn lists() {
    check(
        &list(Type::Int64),
        &[
            ("[1,2]", Some("[1,2]"), EXACT),
            ("[]", Some("[]"), EXACT),
            ("[1,null]", Some("[1,null]"), EXACT),
            ("[1,\"2\"]", Some("[1,2]"), LOSSY),
            ("[1,\"x\",3]", Some("[1,null,3]"), LOSSY),
            ("[[1]]", Some("[null]"), LOSSY),
            ("1", None, LOSSY),
            ("\"1\"", None, LOSSY),
            ("{\"0\":1}", None, LOSSY),
        ],
    );
    check(&list(list(Type::Bool)), &[("[[true],[],null]", Some("[[true],[],null]"), EXACT)]);
    check(&list(Type::Json), &[("[1,{\"a\": 2},null]", Some("[\"1\",\"{\\\"a\\\":2}\",null]"), EXACT)]);
}

#[test]
fn lists_of_objects() {
    let size = |extra| list(Type::Struct(structure(&[("w", Type::Float64), ("h", Type::Float64)], extra)));
    check(
        &size(false),
        &[
            ("[{\"w\":1,\"h\":2},null]", Some("[{\"w\":1.0,\"h\":2.0},null]"), EXACT),
            ("[{\"w\":1}]", Some("[{\"w\":1.0}]"), EXACT),
            ("[{}]", Some("[{}]"), EXACT),
            ("[{\"w\":1,\"x\":2}]", Some("[{\"w\":1.0}]"), LOSSY),
            ("[{\"w\":null}]", Some("[{}]"), LOSSY),
            ("[{\"w\":\"1\"}]", Some("[{\"w\":1.0}]"), LOSSY),
            ("[1]", Some("[null]"), LOSSY),
            // A lone object is a list of one.
            ("{\"w\":1,\"h\":2}", Some("[{\"w\":1.0,\"h\":2.0}]"), LOSSY),
            ("1", None, LOSSY),
        ],
    );
    // Items with an `extra` hold everything exactly.
    let kept = Some("[{\"w\":1.0,\"extra\":\"{\\\"h\\\":null,\\\"x\\\":2}\"}]");
    check(&size(true), &[("[{\"w\":1,\"x\":2,\"h\":null}]", kept, EXACT)]);
}

#[test]
fn values_stand_one_after_the_other() {
    let kind = list(Type::String);
    let mut column = Column::new(&kind);
    for json in ["[\"a\"]", "[]", "null", "[\"b\",null,\"\"]", "7"] {
        append(&mut column, &kind, json);
    }
    column.push_null();
    let expected = [Some("[\"a\"]"), Some("[]"), None, Some("[\"b\",null,\"\"]"), None, None];
    assert_eq!(texts(&finish(&mut column, &kind)), expected.map(|text| text.map(str::to_owned)));
    append(&mut column, &kind, "[\"again\"]");
    assert_eq!(texts(&finish(&mut column, &kind)), [Some("[\"again\"]".to_owned())]);
}
