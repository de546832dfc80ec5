//! Tokens in their places, compact text, numbers and strings out of them.

use proptest::prelude::*;

use super::{
    DEPTH, Doc, Kind, Value, compact, documents, parse_f64, parse_i64, text_of, unescape, without_space, write_key,
};

fn compacted(value: Value<'_>) -> String {
    let mut text = b"before".to_vec();
    compact(value, &mut text);
    assert!(text.starts_with(b"before"), "what was there stays");
    String::from_utf8(text.split_off(6)).unwrap()
}

/// Each part's compact text is that of its token, and a whole is made of its parts.
fn assert_tokens(value: Value<'_>) {
    let token = str::from_utf8(value.token()).unwrap();
    assert_eq!(compacted(value), without_space(token));
    assert_eq!(value.at(value.place()).token(), value.token());
    match value.kind() {
        Kind::Array => {
            let parts: Vec<String> = value.items().map(compacted).collect();
            assert_eq!(compacted(value), format!("[{}]", parts.join(",")));
            value.items().for_each(assert_tokens);
        }
        Kind::Object => {
            let member = |(key, value): (Value<'_>, Value<'_>)| {
                assert_eq!(value.key_of(value.place()).token(), key.token());
                let mut text = Vec::new();
                write_key(key, &mut text);
                compact(value, &mut text);
                String::from_utf8(text).unwrap()
            };
            let parts: Vec<String> = value.members().map(member).collect();
            assert_eq!(compacted(value), format!("{{{}}}", parts.join(",")));
            value.members().for_each(|(_, value)| assert_tokens(value));
        }
        Kind::String => {
            assert_eq!(value.token(), [b"\"", value.bytes(), b"\""].concat());
            assert_eq!(value.is_escaped(), value.bytes().contains(&b'\\'));
        }
        _ => assert_eq!(value.token(), value.bytes()),
    }
    if value.kind() != Kind::Array {
        assert_eq!(value.items().count(), 0);
    }
    if value.kind() != Kind::Object {
        assert_eq!(value.members().count(), 0);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(800))]

    #[test]
    fn tokens_stand_where_they_are(text in documents::document()) {
        let mut doc = Doc::default();
        assert_tokens(doc.parse(text.as_bytes(), DEPTH).unwrap());
    }

    #[test]
    fn strings_unescape_as_serde_json_s(token in documents::string(), lone in "(\\\\u[dD][89a-fA-F][0-9a-f]{2}|x|\\\\u0041){0,3}") {
        let token = format!("{}{lone}\"", &token[..token.len() - 1]);
        let mut doc = Doc::default();
        let value = doc.parse(token.as_bytes(), DEPTH).unwrap();
        prop_assert_eq!(text_of(value), serde_json::from_str(&token).ok());
        let mut target = b"before".to_vec();
        let replaced = unescape(value.bytes(), &mut target);
        prop_assert!(target.starts_with(b"before"));
        // Each escape that has no pair is one character.
        prop_assert!(!replaced || String::from_utf8(target).unwrap().contains(char::REPLACEMENT_CHARACTER));
    }

    #[test]
    fn integers_are_the_library_s(digits in "-?[0-9]{1,21}", number in any::<i64>()) {
        prop_assert_eq!(parse_i64(digits.as_bytes()), digits.parse().ok());
        prop_assert_eq!(parse_i64(number.to_string().as_bytes()), Some(number));
    }

    #[test]
    fn floats_are_the_nearest(token in documents::number(), number in any::<f64>()) {
        let nearest: f64 = token.parse().unwrap();
        prop_assert_eq!(parse_f64(token.as_bytes()), nearest.is_finite().then_some(nearest));
        if number.is_finite() {
            prop_assert_eq!(parse_f64(format!("{number:e}").as_bytes()).map(f64::to_bits), Some(number.to_bits()));
        }
    }
}

#[test]
fn integers_at_the_borders() {
    assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
    assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
    for token in
        ["9223372036854775808", "-9223372036854775809", "", "-", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "--1", "٣"]
    {
        assert_eq!(parse_i64(token.as_bytes()), None, "{token:?}");
    }
    assert_eq!(parse_i64(b"-0"), Some(0));
    assert_eq!(parse_i64(b"007"), Some(7));
}

#[test]
fn floats_that_are_none() {
    for token in ["inf", "NaN", "nan", "infinity", "1e400", "-1e400", "", "-", ".", "e", "1_000", "1e", " 1"] {
        assert_eq!(parse_f64(token.as_bytes()), None, "{token:?}");
    }
    assert_eq!(parse_f64(b"-0").map(f64::to_bits), Some((-0.0f64).to_bits()));
    assert_eq!(parse_f64(b"1e-400"), Some(0.0));
}

#[test]
fn white_space_in_strings_stays() {
    let text = " { \"a b\" : [ 1 ,\t\"x\\\" y\" , \r\n { } , [ ] ] } ";
    let mut doc = Doc::default();
    let value = doc.parse(text.as_bytes(), DEPTH).unwrap();
    assert!(value.is_spaced());
    assert_eq!(compacted(value), "{\"a b\":[1,\"x\\\" y\",{},[]]}");
    assert!(!Doc::default().parse(b"{\"a b\":[1]}", DEPTH).unwrap().is_spaced());
}

#[test]
fn keys_are_found_however_they_are_spelled() {
    let mut doc = Doc::default();
    let value = doc.parse(br#"{"t\u0061sk":1,"\ud800":2,"":3}"#, DEPTH).unwrap();
    let keys: Vec<Value<'_>> = value.members().map(|(key, _)| key).collect();
    assert!(keys[0].is_text(b"task") && !keys[0].is_text(b"t\\u0061sk"));
    assert!(!keys[1].is_text(b"") && !keys[1].is_text(b"\\ud800"));
    assert!(keys[2].is_text(b""));
}
