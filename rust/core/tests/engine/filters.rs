//! Records that a filter skips: counted, and not decoded.

use crowdarrow_core::reject::RejectKind;
use serde_json::{Value, json};

use crate::harness::{How, Ran, cells, plan, run};

const CSV: &str = "id,workflow,version,created,data\n\
                   1,10,12.9,2017-05-22 21:08:29 UTC,x\n\
                   2,10.0,12.100,2017-05-22 21:08:30 UTC,x\n\
                   3,11,13,2017-05-22T21:08:30.5Z,x\n\
                   4,,,,x\n\
                   5,NA,v1,NA,x\n";

fn filtered(filters: &Value, csv: &str) -> Ran {
    let types =
        [("id", "int64"), ("workflow", "int64"), ("version", "string"), ("created", "time"), ("data", "string")];
    let mut spec = cells(&types);
    spec["filters"] = filters.clone();
    run(&plan(&spec), csv.as_bytes(), How::default())
}

/// The ids of the records that pass.
fn ids(filters: &Value) -> Vec<u64> {
    let ran = filtered(filters, CSV);
    assert_eq!(ran.rejects, []);
    assert_eq!(ran.filtered, 5 - ran.rows);
    ran.tables[0].iter().map(|row| serde_json::from_str::<Value>(row).unwrap()["id"].as_u64().unwrap()).collect()
}

#[test]
fn one_of() {
    assert_eq!(ids(&json!([{"one_of": {"field": 1, "values": [10]}}])), [1, 2]);
    assert_eq!(ids(&json!([{"one_of": {"field": 1, "values": [11, 12]}}])), [3]);
    assert_eq!(ids(&json!([{"one_of": {"field": 1, "values": []}}])), [0; 0]);
    assert_eq!(ids(&json!([])), [1, 2, 3, 4, 5]);
}

#[test]
fn versions() {
    let versions = |from: Value, to: Value| ids(&json!([{"versions": {"field": 2, "from": from, "to": to}}]));
    assert_eq!(versions(json!([12, 10]), Value::Null), [2, 3]);
    assert_eq!(versions(Value::Null, json!([12, 99])), [1]);
    assert_eq!(versions(json!([12, null]), json!([12, null])), [1, 2]);
    assert_eq!(versions(json!([13, 0]), json!([13, 0])), [3]);
    // A version of another form is not in any range.
    assert_eq!(versions(Value::Null, Value::Null), [1, 2, 3]);
}

#[test]
fn versions_in_two_fields() {
    let csv = "id,workflow,version,created,data\n1,12,9,,\n2,12.0,100,,\n3,13,,,\n4,,1,,\n5,12,x,,\n";
    let ids = |from: Value, to: Value| -> Vec<u64> {
        let filters = json!([{"versions": {"field": 1, "minor": 2, "from": from, "to": to}}]);
        let ran = filtered(&filters, csv);
        assert_eq!(ran.rejects, []);
        ran.tables[0].iter().map(|row| serde_json::from_str::<Value>(row).unwrap()["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(json!([12, null]), json!([12, null])), [1, 2]);
    assert_eq!(ids(json!([12, 10]), Value::Null), [2, 3]);
    assert_eq!(ids(json!([13, 0]), json!([13, 0])), [3]);
    assert_eq!(ids(Value::Null, json!([12, 99])), [1]);
}

#[test]
fn times() {
    let times =
        |from: Option<i64>, until: Option<i64>| ids(&json!([{"times": {"field": 3, "from": from, "until": until}}]));
    let second = 1_495_487_310_000_000;
    assert_eq!(times(Some(second), None), [2, 3]);
    assert_eq!(times(None, Some(second)), [1]);
    assert_eq!(times(Some(second), Some(second + 500_000)), [2]);
    assert_eq!(times(Some(second + 1), Some(second + 500_001)), [3]);
    assert_eq!(times(None, None), [1, 2, 3]);
}

#[test]
fn all_conditions_must_hold() {
    let both = json!([{"one_of": {"field": 1, "values": [10, 11]}}, {"versions": {"field": 2, "from": [12, 100], "to": null}}]);
    assert_eq!(ids(&both), [2, 3]);
}

/// A field of another form is not what the filter asks for.
#[test]
fn a_record_whose_field_cannot_be_read_is_left_out() {
    let csv = "id,workflow,version,created,data\n1,ten,1.1,2017,x\n2,10,1.1,yesterday,x\n3,12,1.1,yesterday,x\n4,10\n";
    let filters = json!([{"one_of": {"field": 1, "values": [10]}}, {"times": {"field": 3, "from": 0, "until": null}}]);
    let ran = filtered(&filters, csv);
    assert_eq!(ran.rejected(), [(4, RejectKind::Fields)]);
    assert_eq!((ran.records, ran.rows, ran.filtered), (4, 0, 3));
}

#[test]
fn the_time_of_an_expression() {
    let times = |from: i64| {
        let mut spec = cells(&[("id", "int64"), ("workflow", "int64"), ("version", "string"), ("created", "time")]);
        spec["filters"] = json!([{"times_of": {"expr": 3, "from": from, "until": null}}]);
        let ran = run(&plan(&spec), CSV.as_bytes(), How::default());
        assert_eq!(ran.rejects, []);
        ran.rows
    };
    assert_eq!(times(0), 3);
    assert_eq!(times(1_495_487_310_000_000), 2);
}

/// Skipped records are not decoded: an error in another field does not reject them.
#[test]
fn what_is_left_out_is_not_read_further() {
    let csv = "id,workflow,version,created,data\nx,9,1.1,y,\"\n\"\nx,10,1.1,y,x\n";
    let ran = filtered(&json!([{"one_of": {"field": 1, "values": [10]}}]), csv);
    assert_eq!((ran.records, ran.rows, ran.filtered, ran.rejects.len()), (2, 0, 1, 1));
}

#[test]
fn a_source_without_the_column_gives_nothing() {
    let ran = filtered(&json!([{"one_of": {"field": 1, "values": [10]}}]), "id\n1\n2\n");
    assert_eq!((ran.records, ran.rows, ran.filtered), (2, 0, 2));
}
