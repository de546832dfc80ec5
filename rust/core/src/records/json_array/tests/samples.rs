//! Random sources: mixtures of structural bytes, and valid values with faults among them.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

/// Text with many brackets, quotes and backslashes.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => Just("\\".to_owned()),
        3 => Just("\"".to_owned()),
        2 => "[\\[\\]{},:]{1,3}",
        1 => Just("},{".to_owned()),
        1 => Just("\n\r\t\u{1}".to_owned()),
        1 => Just("é\u{2028}\u{1f98a}".to_owned()),
        4 => "[a-z ]{0,8}",
        1 => "[a-z]{60,70}",
        1 => "\\\\{1,70}",
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        string().prop_map(Value::from),
        Just(Value::Array(vec![])),
        Just(Value::Object(serde_json::Map::new())),
    ]
}

/// A random value.
pub fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((string(), inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A random value that is no array: the elements of an array would be read as elements.
pub fn element() -> impl Strategy<Value = Value> {
    value().prop_map(|value| if value.is_array() { in_object(value) } else { value })
}

/// A random object.
pub fn object() -> impl Strategy<Value = Value> {
    value().prop_map(|value| if value.is_object() { value } else { in_object(value) })
}

fn in_object(value: Value) -> Value {
    Value::Object(std::iter::once(("a".to_owned(), value)).collect())
}

/// JSON white space.
pub fn white() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(String::new()),
        4 => Just(" ".to_owned()),
        2 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => "[ \t\r\n]{1,4}",
    ]
}

/// Pieces of white space to use in turn.
pub fn whites() -> impl Strategy<Value = Vec<String>> {
    vec(white(), 1..7)
}

/// Serializes a value with white space between all tokens.
pub fn spaced(value: &Value, white: &mut impl Iterator<Item = String>) -> String {
    let (open, parts, close) = match value {
        Value::Array(items) => ("[", items.iter().map(|item| spaced(item, white)).collect::<Vec<_>>(), "]"),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                let key = Value::from(key.as_str());
                let before = white.next().unwrap();
                format!("{key}{before}:{}{}", white.next().unwrap(), spaced(value, white))
            };
            ("{", members.iter().map(member).collect(), "}")
        }
        scalar => return scalar.to_string(),
    };
    let mut text = open.to_owned();
    for (i, part) in parts.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        text += &format!("{comma}{}{part}{}", white.next().unwrap(), white.next().unwrap());
    }
    text + &white.next().unwrap() + close
}

/// Random sequences of structural bytes and text, of an array or not.
pub fn soup(length: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("\"".to_owned()),
        2 => Just("\\".to_owned()),
        1 => Just("\\\"".to_owned()),
        4 => "[\\[{]",
        5 => "[\\]}]",
        4 => Just(",".to_owned()),
        2 => Just(":".to_owned()),
        3 => Just("\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just(" ".to_owned()),
        2 => Just("{\"a\": 1}".to_owned()),
        2 => Just(", {\"b\": [\"}\"]}".to_owned()),
        1 => Just("\n{\"c\": \"\\\"\"}\n".to_owned()),
        3 => "[a-c1]{1,4}",
        1 => Just("\u{1f98a}".to_owned()),
        1 => "[a-c]{50,80}",
    ];
    (prop_oneof![Just(""), Just("["), Just("\u{feff}"), Just(" [")], vec(piece, 0..length))
        .prop_map(|(head, pieces)| head.to_owned() + &pieces.concat())
}

/// Valid and invalid elements, of an array or of JSON Lines.
pub fn faulty(elements: usize, array: bool) -> impl Strategy<Value = String> {
    let fault = prop_oneof![
        Just("{\"a\": \"never closed".to_owned()),
        Just("{\"a\": [1}".to_owned()),
        Just("{\"a\": 1,".to_owned()),
        Just("{\"a\":".to_owned()),
        Just("{\"a\": [".to_owned()),
        Just("[\n{\n".to_owned()),
        Just("{}}".to_owned()),
        Just("{\\\"a\": 1}".to_owned()),
        Just("two words".to_owned()),
        Just("]".to_owned()),
        Just(String::new()),
        "\\[[a-z, ]{150,260}\\]",
        "[a-z ]{150,260}",
    ];
    let valid = (value(), whites()).prop_map(|(value, white)| spaced(&value, &mut white.into_iter().cycle()));
    let element = prop_oneof![8 => valid, 2 => fault];
    let between = if array {
        prop_oneof![8 => Just(","), 4 => Just(", "), 2 => Just(" ,\n"), 1 => Just(""), 1 => Just(" "), 1 => Just(",,")]
            .boxed()
    } else {
        prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 1 => Just(""), 1 => Just(" "), 1 => Just("\n\n")]
            .boxed()
    };
    let (head, ends) = if array { ("[", vec!["]", "]\n", ",]", "", "] x\n"]) } else { ("", vec![""]) };
    (vec((element, between), 0..elements), prop::sample::select(ends)).prop_map(move |(elements, end)| {
        let last = elements.len().saturating_sub(1);
        let parts = elements
            .iter()
            .enumerate()
            .flat_map(|(i, (element, between))| [element.as_str(), if array && i == last { "" } else { between }]);
        format!("{head}{}{end}", parts.collect::<String>())
    })
}
