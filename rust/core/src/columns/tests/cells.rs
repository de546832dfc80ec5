//! CSV fields in scalar columns (docs/contract.md, sections 1.3 to 1.5).

use super::{Cell, CellError, Column, Leniencies, Leniency, Type, append_cell, append_usual_cell, finish, list, texts};
use crate::reject::RejectKind;

/// A value as JSON text, none for a null, and the leniencies that were counted for it.
type Read = (Option<String>, Vec<(&'static str, u64)>);

/// The value that a column of this type holds for a field.
fn read(kind: &Type, text: &str, quoted: bool, nulls: &[&str]) -> Result<Read, CellError> {
    let mut column = Column::new(kind);
    let mut leniencies = Leniencies::default();
    let nulls: Vec<String> = nulls.iter().map(|&null| null.to_owned()).collect();
    let cell = Cell { text: text.as_bytes(), quoted };
    let done = append_cell(&mut column, kind, cell, &nulls, None, &mut leniencies);
    let result = match done {
        Ok(()) => Ok((texts(&finish(&mut column, kind)).remove(0), leniencies.used().collect())),
        Err(error) => {
            assert_eq!(column.len(), 0);
            Err(error)
        }
    };
    if nulls.is_empty() && !text.is_empty() {
        check_usual(kind, text, &result);
    }
    result
}

/// What is appended as a usual cell is what any cell gives, without a leniency.
fn check_usual(kind: &Type, text: &str, expected: &Result<Read, CellError>) {
    let mut column = Column::new(kind);
    if append_usual_cell(&mut column, kind, text.as_bytes(), 0) {
        let value = texts(&finish(&mut column, kind)).remove(0);
        assert_eq!(Ok((value, Vec::new())), *expected, "{text:?} as {kind:?}");
    } else {
        assert_eq!(column.len(), 0);
    }
}

#[test]
fn usual_cells_are_appended_at_once() {
    for (kind, text) in [
        (Type::String, "NA"),
        (Type::Int32, "-12"),
        (Type::Int64, "9223372036854775807"),
        (Type::Time, "2017-05-22 21:08:29 UTC"),
    ] {
        assert!(append_usual_cell(&mut Column::new(&kind), &kind, text.as_bytes(), 0), "{text}");
    }
}

#[track_caller]
fn check(kind: &Type, text: &str, expected: &str, leniency: Option<Leniency>) {
    let used: Vec<_> = leniency.iter().map(|leniency| (leniency.name(), 1)).collect();
    for quoted in [false, true] {
        assert_eq!(
            read(kind, text, quoted, &[]),
            Ok((Some(expected.to_owned()), used.clone())),
            "{text:?} as {kind:?}"
        );
    }
}

#[track_caller]
fn refuse(kind: &Type, texts: &[&str]) {
    for text in texts {
        let error = read(kind, text, false, &[]).expect_err(text);
        assert_eq!(error.kind, RejectKind::Type, "{text:?}");
    }
}

const SCALARS: [Type; 7] =
    [Type::Int32, Type::Int32Text, Type::Int64, Type::Float64, Type::Bool, Type::Time, Type::Json];

#[test]
fn nulls() {
    let null = Ok((None, Vec::new()));
    for kind in SCALARS {
        for text in ["", "NA", "None", "null", "NaN"] {
            for quoted in [false, true] {
                assert_eq!(read(&kind, text, quoted, &[]), null, "{text:?} as {kind:?}");
            }
        }
    }
    let text = |text: &str| Ok((Some(format!("\"{text}\"")), Vec::new()));
    assert_eq!(read(&Type::String, "", false, &[]), null);
    assert_eq!(read(&Type::String, "", true, &[]), text(""));
    for word in ["NA", "None", "null", "NaN"] {
        assert_eq!(read(&Type::String, word, false, &[]), text(word));
    }
}

#[test]
fn nulls_of_a_column_s_own() {
    let null = Ok((None, Vec::new()));
    for text in ["NA", ""] {
        assert_eq!(read(&Type::String, text, true, &["NA", ""]), null);
    }
    assert_eq!(read(&Type::String, "na", false, &["NA", ""]), Ok((Some("\"na\"".to_owned()), Vec::new())));
    assert_eq!(read(&Type::Int64, "not logged in", true, &["not logged in"]), null);
    assert!(read(&Type::Int64, "not logged in", false, &[]).is_err());
}

#[test]
fn integers() {
    check(&Type::Int64, "1544935", "1544935", None);
    check(&Type::Int64, "-9223372036854775808", "-9223372036854775808", None);
    check(&Type::Int64, "1544935.0", "1544935", Some(Leniency::FloatAsInteger));
    check(&Type::Int64, "-7.000", "-7", Some(Leniency::FloatAsInteger));
    check(&Type::Int64, "+7", "7", Some(Leniency::PlusSign));
    check(&Type::Int32, "2147483647", "2147483647", None);
    check(&Type::Int32Text, "-3600", "-3600", None);
    let no_integer = ["1.5", "1.", ".0", "1e3", "1,000", " 1", "1 ", "x", "0x1", "9223372036854775808", "-", "١"];
    refuse(&Type::Int64, &no_integer);
    refuse(&Type::Int32, &["2147483648", "2147483648.0", "1.5"]);
}

#[test]
fn floats() {
    for (text, expected) in [("1", "1.0"), ("-0.5", "-0.5"), ("1e5", "100000.0"), ("1E-2", "0.01"), (".5", "0.5")] {
        check(&Type::Float64, text, expected, None);
    }
    refuse(&Type::Float64, &["inf", "-Infinity", "nan", "1e400", "1,5", "1 ", "--1", "0x1p3", "e"]);
}

#[test]
fn truth_values() {
    check(&Type::Bool, "true", "true", None);
    check(&Type::Bool, "false", "false", None);
    for (text, expected) in [("True", "true"), ("FALSE", "false"), ("t", "true"), ("F", "false"), ("tRuE", "true")] {
        check(&Type::Bool, text, expected, Some(Leniency::BoolForm));
    }
    refuse(&Type::Bool, &["yes", "1", "0", "truee", " true", "tr"]);
}

#[test]
fn times() {
    let time = "\"2017-05-22T21:08:29.000Z\"";
    check(&Type::Time, "2017-05-22 21:08:29 UTC", time, None);
    for text in [
        "2017-05-22T21:08:29.000Z",
        "2017-05-22 21:08:29",
        "2017-05-22 21:08:29Z",
        "2017-05-22T16:08:29-05:00",
        "2017-05-22T21:08:29.000000000Z",
    ] {
        check(&Type::Time, text, time, Some(Leniency::TimeForm));
    }
    refuse(&Type::Time, &["2017-05-22", "22/05/2017 21:08", "2017-02-30 00:00:00 UTC", "1495487309", "21:08:29"]);
}

#[test]
fn texts_are_kept_as_they_are() {
    for text in ["a", " a ", "é\u{0}\n", "\\\"{}", "true"] {
        let expected = serde_json::to_string(text).unwrap();
        check(&Type::String, text, &expected, None);
    }
}

#[test]
fn a_message_shows_the_text_without_harm() {
    let error = |text: &str| read(&Type::Int64, text, false, &[]).expect_err(text).message;
    assert_eq!(error("a\u{0}\nb"), "\"a\\0\\nb\" is not an integer");
    let long = error(&"é".repeat(100));
    assert!(long.len() < 200 && long.contains('…') && !long.contains('\0'), "{long}");
    assert_eq!(
        read(&Type::Time, "x", false, &[]).unwrap_err().message,
        "\"x\" is not a time such as 2017-05-22 21:08:29 UTC"
    );
}

#[test]
fn no_scalar_goes_into_a_list() {
    assert!(read(&list(Type::Int64), "1", false, &[]).is_err());
    assert_eq!(read(&list(Type::Int64), "", false, &[]), Ok((None, Vec::new())));
}
