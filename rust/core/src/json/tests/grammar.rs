//! The grammar's borders: depth, and where and why a text is refused.

use super::{DEPTH, Doc, JsonErrorKind, Kind, error_of};

#[test]
fn the_depth_limit_is_exact() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = if open.len() > 5 { 64 } else { 128 };
        let core = if open == "[" { "" } else { "0" };
        let nested = |count: usize| open.repeat(count) + core + &close.repeat(count);
        assert!(Doc::default().parse(nested(levels).as_bytes(), DEPTH).is_ok());
        assert_eq!(error_of(&nested(levels + 1)).1, JsonErrorKind::Depth);
        // The limit comes before what is wrong behind it.
        assert_eq!(error_of(&open.repeat(levels + 1)).1, JsonErrorKind::Depth);
    }
    assert_eq!(error_of(&("[".repeat(128) + "[")), (128, JsonErrorKind::Depth));
    // Side by side is not one in the other.
    let wide = format!("[{}[]]", "[],{},".repeat(1000));
    assert!(Doc::default().parse(wide.as_bytes(), 2).is_ok());
    assert!(Doc::default().parse(b"0", 0).is_ok());
    assert!(Doc::default().parse(b"[]", 0).is_err());
}

#[test]
fn where_and_why() {
    use JsonErrorKind::{Byte, Control, Ends, Escape, Trailing};
    let cases = [
        ("", 0, Ends),
        ("  ", 2, Ends),
        ("[1,", 3, Ends),
        ("[1", 2, Ends),
        ("{\"a\"", 4, Ends),
        ("{\"a\":", 5, Ends),
        ("\"abc", 4, Ends),
        ("\"abc\\", 5, Ends),
        ("\"abc\\u12", 8, Ends),
        ("-", 1, Ends),
        ("1.", 2, Ends),
        ("1e+", 3, Ends),
        ("[1 2]", 3, Byte),
        ("[1,]", 3, Byte),
        ("{,}", 1, Byte),
        ("{\"a\":1,}", 7, Byte),
        ("{a:1}", 1, Byte),
        ("{\"a\" 1}", 5, Byte),
        ("[1}", 2, Byte),
        ("{\"a\":1]", 6, Byte),
        ("]", 0, Byte),
        ("NaN", 0, Byte),
        ("+1", 0, Byte),
        ("-a", 1, Byte),
        ("1.e", 2, Byte),
        ("truE", 0, Byte),
        ("nul", 3, Ends),
        ("\u{feff}1", 0, Byte),
        ("\u{a0}1", 0, Byte),
        ("01", 1, Trailing),
        ("1 1", 2, Trailing),
        ("{}}", 2, Trailing),
        ("\"a\nb\"", 2, Control),
        ("\"a\u{0}\"", 2, Control),
        ("\"abcdefghijklmnopqrs\t\"", 20, Control),
        ("\"\\x41\"", 1, Escape),
        ("\"a\\u12g4\"", 2, Escape),
        ("\"\\'\"", 1, Escape),
    ];
    for (text, at, kind) in cases {
        assert_eq!(error_of(text), (at, kind), "{text:?}");
    }
}

#[test]
fn delete_and_line_separators_are_plain() {
    for text in ["\"\u{7f}\"", "\"\u{2028}\"", "\"\u{fffe}\"", "\"\u{10ffff}\""] {
        assert_eq!(Doc::default().parse(text.as_bytes(), DEPTH).unwrap().kind(), Kind::String, "{text:?}");
    }
}

/// Strings of any length around the 16 bytes that are looked at at a time, with what ends them at any place.
#[test]
fn strings_stop_where_they_should() {
    for length in 0..70 {
        let plain = "x".repeat(length);
        let text = format!("[\"{plain}\",\"{plain}\\\"\",\"\\n{plain}\"]");
        let mut doc = Doc::default();
        let value = doc.parse(text.as_bytes(), DEPTH).unwrap();
        let lengths: Vec<usize> = value.items().map(|item| item.bytes().len()).collect();
        assert_eq!(lengths, [length, length + 2, length + 2]);
        assert_eq!(error_of(&format!("\"{plain}\u{1f}\"")), (length + 1, JsonErrorKind::Control));
        assert_eq!(error_of(&format!("\"{plain}")), (length + 1, JsonErrorKind::Ends));
    }
}
