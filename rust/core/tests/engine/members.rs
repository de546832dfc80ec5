//! Rows of the members of a JSON record are the same, whether they are filled column by column or row by row, and whether
//! what they have of the record is read once or for each of them.

use std::sync::Arc;

use crowdarrow_core::plan::Plan;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::harness::{How, Ran, plan, run_json};

/// Where a column is that has nothing of an element: before the others, after them, or nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Other {
    First,
    Last,
    None,
}

/// One row for each member of `info`, for each of its items that is not a boolean, and for any other `info`.
fn members(other: Other) -> Arc<Plan> {
    let member = |key: &str| json!({"level": 0, "keys": [key]});
    let strict = |key: &str| json!({"value": {"at": member(key), "mode": "strict"}});
    let of_record = json!({"when": {
        "test": {"is_type": {"at": member("id"), "types": ["missing"]}}, "then": strict("old"), "otherwise": strict("id"),
    }});
    let element = json!({"level": 1});
    let nested = json!({"is_type": {"at": element, "types": ["object", "array"]}});
    let mut names = vec![
        json!(["id", "int64"]),
        json!(["flag", "bool"]),
        json!(["at", "float64"]),
        json!(["key", "string"]),
        json!(["index", "int32"]),
        json!(["kind", "string"]),
        json!(["text", "string"]),
        json!(["number", "float64"]),
        json!(["small", "int32"]),
        json!(["truth", "bool"]),
        json!(["json", "json"]),
    ];
    let exact = json!({"value": {"at": element, "mode": "exact"}});
    let mut columns = vec![
        of_record,
        strict("flag"),
        strict("at"),
        json!({"scalar_text": {"at": {"key_of": 1}}}),
        json!({"index": {"level": 1}}),
        json!({"json_type": {"at": element}}),
        json!({"scalar_text": {"at": element}}),
        exact.clone(),
        exact.clone(),
        exact,
        json!({"when": {"test": nested, "then": {"to_json": {"at": element}}, "otherwise": "null"}}),
    ];
    if other != Other::None {
        let at = if other == Other::First { 0 } else { columns.len() };
        names.insert(at, json!(["other", "string"]));
        columns.insert(at, json!({"literal": {"value": "x"}}));
    }
    let each = |elements: &str, scope: &Value| json!({"over": member("info"), "elements": elements, "scope": scope});
    let row = json!({"rows": [{"table": 0, "columns": columns}]});
    plan(&json!({
        "fields": [""],
        "predicates": [
            {"is_type": {"at": member("info"), "types": ["object"]}},
            {"is_type": {"at": member("info"), "types": ["array"]}},
            {"not": {"test": {"is_type": {"at": element, "types": ["boolean"]}}}},
        ],
        "tables": [{"name": "members", "columns": names}],
        "record": {"loops": [{"over": {"field": 0}, "elements": "one", "scope": {"branches": [[
            {"when": 0, "scope": {"loops": [each("members", &row)]}},
            {"when": 1, "scope": {"loops": [each("items", &json!({"branches": [[{"when": 2, "scope": row}]]}))]}},
            {"scope": {"loops": [each("one", &row)]}},
        ]]}}]},
    }))
}

const INFO: [&str; 10] = [
    r#"{"a":"text","b":1.5,"c":true,"d":null,"e":[1, 2],"f":{"x" : {}},"g":7,"h":99999999999}"#,
    r#"{"\u0061":"\ud800","b":"\"\n\u00e9","b":2,"\ud800":false}"#,
    r#"{"":"","n":-0.0,"m":1e400,"k":12345678901234567890}"#,
    r#"[1,"a",true,[false],{"b":3},null]"#,
    r"[true,false]",
    "{}",
    "[]",
    "null",
    r#""a text""#,
    "12",
];
const SCALARS: [&str; 7] = ["1", "2.0", "null", "true", "false", r#""1""#, "[1]"];

fn records() -> impl Strategy<Value = Vec<String>> {
    let scalar = || weighted(0.9, select(&SCALARS[..5]));
    let any = || weighted(0.8, select(&SCALARS[..]));
    let sound = (scalar(), scalar(), scalar(), scalar(), select(&INFO[..]));
    let faulty = (any(), any(), any(), any(), select(&INFO[..]));
    let record = prop_oneof![3 => sound.boxed(), 1 => faulty.boxed()].prop_map(|(id, old, flag, at, info)| {
        let named = [("id", id), ("old", old), ("flag", flag), ("at", at), ("info", Some(info))];
        let members: Vec<String> =
            named.iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", (*value)?))).collect();
        format!("{{{}}}", members.join(","))
    });
    vec(record, 1..30)
}

/// The rows without the other column.
fn rows(ran: &Ran) -> Vec<Value> {
    let rows = ran.tables[0].iter().map(|row| serde_json::from_str::<serde_json::Map<_, _>>(row).unwrap());
    rows.map(|mut row| {
        row.remove("other");
        row.into()
    })
    .collect()
}

fn rejects(ran: &Ran) -> Vec<Value> {
    ran.rejects.iter().map(|one| json!([one.record, one.kind.name(), one.column, one.message])).collect()
}

proptest! {
    #![proptest_config(crate::testing::cases(96))]

    #[test]
    fn rows_are_the_same_however_they_are_filled(records in records()) {
        let bytes = format!("[{}]", records.join(","));
        let how = How { threads: 1, block: 500, ..How::default() };
        let expected = run_json(&members(Other::First), bytes.as_bytes(), how);
        for other in [Other::Last, Other::None] {
            let ran = run_json(&members(other), bytes.as_bytes(), how);
            prop_assert_eq!(rows(&ran), rows(&expected));
            prop_assert_eq!(rejects(&ran), rejects(&expected));
            prop_assert_eq!(ran.used(), expected.used());
        }
    }
}

/// More elements than are filled at once.
#[test]
fn rows_of_a_long_list_are_the_same() {
    let items: Vec<String> = (0..5000).map(|n| if n % 3 == 0 { "null".to_owned() } else { n.to_string() }).collect();
    let bytes = format!("[{{\"id\":4,\"flag\":true,\"info\":[{}]}}]", items.join(","));
    let expected = run_json(&members(Other::First), bytes.as_bytes(), How::default());
    assert_eq!(expected.tables[0].len(), 5000);
    assert_eq!(rows(&run_json(&members(Other::None), bytes.as_bytes(), How::default())), rows(&expected));
}
