//! Typed objects: `extra` keeps what the children do not hold, so that nothing of the source object is lost.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Column, StructType, Type, append, finish, list, samples, structure, texts};

/// The object in column form: each child that is not null, and what `extra` holds as JSON.
fn typed(inner: &StructType, json: &str) -> (Value, Option<String>, bool) {
    let kind = Type::Struct(inner.clone());
    let mut column = Column::new(&kind);
    let exact = append(&mut column, &kind, json).exact;
    let array = finish(&mut column, &kind);
    let mut value: Value = serde_json::from_str(texts(&array)[0].as_deref().unwrap()).unwrap();
    let extra = value.as_object_mut().unwrap().remove("extra");
    (value, extra.map(|extra| extra.as_str().unwrap().to_owned()), exact)
}

#[test]
fn what_does_not_fit_goes_to_extra() {
    let inner = structure(
        &[
            ("i", Type::Int64),
            ("s", Type::String),
            ("t", Type::Time),
            ("f", Type::Float64),
            ("l", list(Type::Int64)),
            ("v", Type::Struct(structure(&[("w", Type::Float64)], false))),
            ("vs", list(Type::Struct(structure(&[("w", Type::Float64)], false)))),
        ],
        true,
    );
    let cases = [
        (
            r#"{"i":1,"s":"a","f":0.5,"l":[1],"v":{"w":2}}"#,
            json!({"i": 1, "s": "a", "f": 0.5, "l": [1], "v": {"w": 2.0}}),
            None,
        ),
        ("{}", json!({}), None),
        (r#"{"z": 1.50, "y": [ "a b", null ]}"#, json!({}), Some(r#"{"z":1.50,"y":["a b",null]}"#)),
        (r#"{"i":null}"#, json!({}), Some(r#"{"i":null}"#)),
        (r#"{"i":"5"}"#, json!({"i": 5}), Some(r#"{"i":"5"}"#)),
        (r#"{"s":5}"#, json!({}), Some(r#"{"s":5}"#)),
        (
            r#"{"t":"2017-05-22 21:08:29 UTC"}"#,
            json!({"t": "2017-05-22T21:08:29.000Z"}),
            Some(r#"{"t":"2017-05-22 21:08:29 UTC"}"#),
        ),
        (r#"{"f":9007199254740993}"#, json!({"f": 9_007_199_254_740_992.0}), Some(r#"{"f":9007199254740993}"#)),
        (r#"{"l":[1,"2"]}"#, json!({"l": [1, 2]}), Some(r#"{"l":[1,"2"]}"#)),
        (r#"{"l":3}"#, json!({}), Some(r#"{"l":3}"#)),
        (r#"{"v":{"w":1,"x":2}}"#, json!({"v": {"w": 1.0}}), Some(r#"{"v":{"w":1,"x":2}}"#)),
        (r#"{"v":[]}"#, json!({}), Some(r#"{"v":[]}"#)),
        (r#"{"vs":{"w":1}}"#, json!({"vs": [{"w": 1.0}]}), Some(r#"{"vs":{"w":1}}"#)),
        (r#"{"vs":[null,{"w":1}]}"#, json!({"vs": [null, {"w": 1.0}]}), None),
        // The last of two wins, whichever of them fits.
        (r#"{"i":1,"i":"x"}"#, json!({}), Some(r#"{"i":"x"}"#)),
        (r#"{"i":"x","\u0069":2}"#, json!({"i": 2}), None),
        (r#"{"z":1,"z":2,"\u007a":3}"#, json!({}), Some(r#"{"\u007a":3}"#)),
        (r#"{"z":1,"y":2,"z":3,"a":{"b":1,"b":2}}"#, json!({}), Some(r#"{"z":3,"y":2,"a":{"b":1,"b":2}}"#)),
        // A lone surrogate in JSON text is kept as it is written.
        (r#"{"\ud800":"\udc00","\\ud800":1,"\ud800":2}"#, json!({}), Some(r#"{"\ud800":2,"\\ud800":1}"#)),
        (r#"{"extra":1}"#, json!({}), Some(r#"{"extra":1}"#)),
    ];
    for (source, expected, extra) in cases {
        let extra = extra.map(str::to_owned);
        assert_eq!(typed(&inner, source), (expected, extra, true), "{source}");
    }
}

#[test]
fn an_object_without_extra_says_what_it_cannot_hold() {
    let inner = structure(&[("i", Type::Int64)], false);
    for (source, exact) in
        [("{\"i\":1}", true), ("{}", true), ("{\"z\":1}", false), ("{\"i\":\"1\"}", false), ("{\"i\":null}", false)]
    {
        assert_eq!(typed(&inner, source).2, exact, "{source}");
    }
    let all = StructType { all_members: true, ..inner };
    for (source, exact) in [("{\"i\":null}", true), ("{\"i\":\"1\"}", false), ("{\"i\":null,\"z\":null}", false)] {
        assert_eq!(typed(&all, source).2, exact, "{source}");
    }
}

/// Objects with missing or reordered keys, one after another in the same column.
#[test]
fn the_order_of_keys_is_free() {
    let kind = Type::Struct(structure(&[("a", Type::Int64), ("bb", Type::Int64), ("b", Type::Int64)], true));
    let mut column = Column::new(&kind);
    let sources = [
        r#"{"a":1,"bb":2,"b":3}"#,
        r#"{"b":3,"x":0,"a":1,"bb":2}"#,
        r#"{"bb":2}"#,
        r#"{"x":0,"y":0}"#,
        r#"{"a":1,"bb":2,"b":3,"c":4}"#,
    ];
    for source in sources {
        append(&mut column, &kind, source);
    }
    let expected = [
        r#"{"a":1,"bb":2,"b":3}"#,
        r#"{"a":1,"bb":2,"b":3,"extra":"{\"x\":0}"}"#,
        r#"{"bb":2}"#,
        r#"{"extra":"{\"x\":0,\"y\":0}"}"#,
        r#"{"a":1,"bb":2,"b":3,"extra":"{\"c\":4}"}"#,
    ];
    assert_eq!(texts(&finish(&mut column, &kind)), expected.map(|text| Some(text.to_owned())));
}

/// The contract's `render` of the value at `i`.
fn render(array: &ArrayRef, kind: &Type, i: usize) -> Value {
    if array.is_null(i) {
        return Value::Null;
    }
    match kind {
        Type::Json => serde_json::from_str(array.as_string::<i32>().value(i)).unwrap(),
        Type::Int32Text => texts(array)[i].clone().unwrap().into(),
        Type::List(item) => {
            let items = array.as_list::<i32>().value(i);
            (0..items.len()).map(|i| render(&items, item, i)).collect()
        }
        Type::Struct(inner) => reconstruct(array.as_struct(), inner, i),
        _ => serde_json::from_str(texts(array)[i].as_deref().unwrap()).unwrap(),
    }
}

/// The source object: its typed children, overlaid by `extra`.
fn reconstruct(array: &StructArray, inner: &StructType, i: usize) -> Value {
    let mut object = Map::new();
    for ((name, kind), child) in inner.fields.iter().zip(array.columns()).filter(|(_, child)| child.is_valid(i)) {
        object.insert(name.clone(), render(child, kind, i));
    }
    if inner.extra && array.column(inner.fields.len()).is_valid(i) {
        let extra = array.column(inner.fields.len()).as_string::<i32>().value(i);
        let extra: Map<String, Value> = serde_json::from_str(extra).unwrap();
        object.extend(extra);
    }
    Value::Object(object)
}

/// Numbers by value, not by how they are written.
fn by_value(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Number(number), Value::from),
        Value::Array(items) => items.into_iter().map(by_value).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, by_value(value))).collect(),
        other => other,
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(1500))]

    /// The children overlaid by `extra` are the source object (docs/contract.md, section 1.8).
    #[test]
    fn the_source_object_can_be_given_back(sources in prop::collection::vec(samples::object(), 1..4)) {
        // `serde_json` has no value for a number beyond the largest float; its text is compared elsewhere.
        let sources: Vec<String> = sources.iter().map(|source| source.replace("1e400", "1e40")).collect();
        let inner = samples::metadata();
        let kind = Type::Struct(inner.clone());
        let mut column = Column::new(&kind);
        for source in &sources {
            prop_assert!(append(&mut column, &kind, source).exact, "extra keeps what the children cannot");
        }
        let array = finish(&mut column, &kind);
        for (i, source) in sources.iter().enumerate() {
            let expected: Value = serde_json::from_str(source).unwrap();
            prop_assert_eq!(by_value(reconstruct(array.as_struct(), &inner, i)), by_value(expected));
        }
    }
}
