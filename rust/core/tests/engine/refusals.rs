//! Inconsistent declarations are errors before anything is read.

use crowdarrow_core::error::Error;
use crowdarrow_core::plan::Plan;
use serde_json::{Value, json};

use crate::harness::numbered;

/// A valid declaration: two fields, a table with one column, one row.
fn sound() -> Value {
    json!({
        "fields": ["a", "b"],
        "tables": [{"name": "records", "columns": [["x", "int64"]]}],
        "record": {
            "rows": [{"table": 0, "columns": [{"cell": {"field": 1}}]}],
            "loops": [{"over": {"field": 1, "keys": ["k"]}, "elements": "items", "scope": {"rows": [
                {"table": 0, "columns": [{"index": {"level": 0}}]},
            ]}}],
        },
        "filters": [],
    })
}

#[track_caller]
fn refused(spec: &Value, expected: &str) {
    match Plan::from_json(&numbered(spec).to_string()) {
        Err(Error::Plan(message)) => assert!(message.contains(expected), "{message}"),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("not refused: {spec}"),
    }
}

/// The valid declaration with one value replaced.
fn with(place: &str, value: Value) -> Value {
    let mut spec = sound();
    *spec.pointer_mut(place).unwrap() = value;
    spec
}

#[test]
fn a_sound_declaration_is_taken() {
    let plan = Plan::from_json(&numbered(&sound()).to_string()).unwrap();
    assert_eq!(plan.schemas().len(), 1);
    assert_eq!(plan.schemas()[0].field(0).name(), "x");
    let real = include_str!("../fixtures/classifications.plan.json");
    assert_eq!(Plan::from_json(real).unwrap().schemas()[0].fields().len(), 16);
}

#[test]
fn fields_that_are_not_there() {
    let exprs = [
        json!({"cell": {"field": 2}}),
        json!({"version_part": {"field": 2, "part": 0}}),
        json!({"split_integers": {"field": 2}}),
        json!({"raw_json": {"field": 2, "outer": "any"}}),
        json!({"checked_json": {"field": 2, "outer": "any"}}),
        json!({"typed_json": {"field": 2, "outer": "array", "mode": "required"}}),
        json!({"integer_keys": {"field": 2}}),
        json!({"numbered_values": {"field": 2}}),
        json!({"first_present": {"options": [{"cell": {"field": 0}}, {"cell": {"field": 2}}]}}),
    ];
    for expr in exprs {
        refused(&with("/record/rows/0/columns/0", expr), "no field 2");
    }
    refused(&with("/record/loops/0/over", json!({"field": 2})), "no field 2");
    refused(&with("/tables/0", json!({"name": "records", "columns": [["x", "int64"]], "once_per": 2})), "no field 2");
    let fragments = json!({"of": 0, "into": [0, null, null, 7]});
    let table = json!({"name": "records", "columns": [["x", "string"]], "fragments": fragments});
    refused(&with("/tables/0", table), "fragments of table records");
    for filter in [
        json!({"one_of": {"field": 2, "values": [1]}}),
        json!({"versions": {"field": 2, "from": null, "to": null}}),
        json!({"times": {"field": 2, "from": null, "until": null}}),
    ] {
        refused(&with("/filters", json!([filter])), "no field 2");
    }
}

#[test]
fn loops_that_are_not_around() {
    refused(&with("/record/rows/0/columns/0", json!({"index": {"level": 0}})), "no loop 0");
    refused(&with("/record/rows/0/columns/0", json!({"value": {"at": {"level": 0}, "mode": "required"}})), "no loop 0");
    refused(
        &with("/record/loops/0/scope/rows/0/columns/0", json!({"value": {"at": {"level": 1}, "mode": "required"}})),
        "no loop 1",
    );
    refused(&with("/record/loops/0/over", json!({"level": 0})), "no loop 0");
    let within = json!([{"over": {"level": 1}, "elements": "items", "scope": {}}]);
    let mut spec = sound();
    spec["record"]["loops"][0]["scope"]["loops"] = within;
    refused(&spec, "no loop 1");
}

#[test]
fn paths_without_a_start_or_with_two() {
    for over in [json!({}), json!({"keys": ["k"]}), json!({"field": 0, "level": 0})] {
        refused(&with("/record/loops/0/over", over), "exactly one start");
    }
}

#[test]
fn tables_and_columns_that_are_not_there() {
    refused(&with("/record/rows/0/table", json!(1)), "no table 1");
    refused(&with("/record/loops/0/scope/rows/0/table", json!(1)), "no table 1");
    refused(&with("/record/rows/0/columns", json!([])), "has 0 columns");
    refused(&with("/record/rows/0/columns", json!(["null", "null"])), "has 2 columns");
}

#[test]
fn choices_that_read_no_field() {
    for option in
        [json!("null"), json!({"index": {"level": 0}}), json!({"first_present": {"options": [{"cell": {"field": 0}}]}})]
    {
        let expr = json!({"first_present": {"options": [option]}});
        refused(&with("/record/loops/0/scope/rows/0/columns/0", expr), "needs a field");
    }
}

#[test]
fn expressions_that_are_not_there() {
    let mut spec = numbered(&sound());
    spec["record"]["rows"][0]["columns"] = json!([2]);
    let error = Plan::from_json(&spec.to_string()).unwrap_err();
    assert!(error.to_string().contains("no expression 2"), "{error}");
}

#[test]
fn words_that_the_language_does_not_have() {
    refused(&with("/record/rows/0/columns/0", json!({"guess": {"field": 0}})), "unknown variant");
    refused(&with("/record/rows/0/columns/0", json!({"cell": {"column": 0}})), "field");
    refused(&with("/tables/0/columns/0/1", json!("int16")), "unknown variant");
    refused(&with("/record/loops/0/elements", json!("keys")), "unknown variant");
    for place in ["", "/tables/0", "/record", "/record/rows/0", "/record/loops/0", "/record/loops/0/over"] {
        let mut spec = sound();
        spec.pointer_mut(place).unwrap().as_object_mut().unwrap().insert("surprise".to_owned(), json!(1));
        refused(&spec, "surprise");
    }
    refused(&json!({}), "missing field");
    assert!(matches!(Plan::from_json("not JSON"), Err(Error::Plan(_))));
    assert!(matches!(Plan::from_json(""), Err(Error::Plan(_))));
}
