//! Random objects whose members fit their columns, or do not, and the columns.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Type, list, structure};
use crate::columns::StructType;

/// An object with a child of every type, as the metadata of a classification.
pub fn metadata() -> StructType {
    structure(
        &[
            ("t", Type::Time),
            ("s", Type::String),
            ("offset", Type::Int32Text),
            ("size", Type::Struct(structure(&[("w", Type::Float64), ("h", Type::Float64)], false))),
            ("live", Type::Bool),
            ("groups", list(Type::Int64)),
            ("sizes", list(Type::Struct(structure(&[("w", Type::Float64)], false)))),
            ("kept", list(Type::Struct(structure(&[("i", Type::Int32), ("s", Type::String)], true)))),
            ("f", Type::Float64),
            ("json", Type::Json),
            ("i", Type::Int64),
        ],
        true,
    )
}

/// The same of which only the first children have columns.
pub fn without_columns(children: usize) -> StructType {
    let mut found = metadata();
    let others = found.fields.split_off(children);
    found.unread = others.into_iter().map(|(name, _)| name).collect();
    found.extra = false;
    found
}

/// Keys that have a column, one of them spelled otherwise, and keys that have none.
fn key() -> impl Strategy<Value = &'static str> {
    let known = vec!["t", "s", "offset", "size", "live", "groups", "sizes", "kept", "f", "json", "i", "l\\u0069ve"];
    prop_oneof![
        5 => select(known),
        1 => select(vec!["", "unknown", "S", "extra", "unkn\\u006fwn", "\\u00e9", "é"]),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    let texts = vec![
        "null",
        "true",
        "false",
        "0",
        "-1",
        "7.0",
        "2.5",
        "1e3",
        "9007199254740993",
        "9223372036854775808",
        "1e400",
        "2147483648",
        "\"\"",
        "\"NA\"",
        "\"text\"",
        "\"\\u00e9\\\"\\n\"",
        "\"true\"",
        "\"12\"",
        "\"-3600\"",
        "\"007\"",
        "\"2.50\"",
        "\"2017-05-22T21:08:29.517Z\"",
        "\"2017-05-22 21:08:29 UTC\"",
        "\"2017-05-22T21:08:29.5171Z\"",
    ];
    prop_oneof![
        4 => select(texts).prop_map(str::to_owned),
        1 => any::<i32>().prop_map(|number| number.to_string()),
        1 => any::<i32>().prop_map(|number| format!("\"{number}\"")),
        1 => (-1e9..1e9f64).prop_map(|number| number.to_string()),
    ]
}

/// Any value, often one that fits a child of [`metadata`].
pub fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 20, 5, |inner| {
        let member = (prop_oneof![3 => select(vec!["w", "h", "i", "s"]), 1 => key()], inner.clone());
        let object = vec(member, 0..4).prop_map(|members| object_text(&members));
        prop_oneof![
            1 => vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            1 => vec(object.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            1 => object,
        ]
    })
}

/// An object for [`metadata`]; keys may stand twice.
pub fn object() -> impl Strategy<Value = String> {
    vec((key(), value()), 0..8).prop_map(|members| object_text(&members))
}

fn object_text(members: &[(&'static str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\" : {value}")).collect();
    format!("{{{}}}", members.join(","))
}
