//! Several tables in one pass: cells, typed JSON, and nested loops.

use serde_json::json;

use crowdarrow_core::reject::RejectKind;

use crate::harness::{How, plan, run};

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[test]
fn the_expressions_of_a_record() {
    let plan = plan(&json!({
        "fields": ["id", "version", "ids", "data", "missing"],
        "tables": [{"name": "records", "columns": [
            ["id", "int64"], ["version", "string"], ["major", "int32"], ["minor", "int32"], ["ids", {"list": "int64"}],
            ["data", "json"], ["keys", {"list": "int64"}], ["either", {"list": "int64"}], ["values", {"list": "json"}],
            ["typed", {"struct": {"fields": [["1", "string"]], "extra": true}}],
            ["missing", "string"], ["none", "bool"],
        ]}],
        "record": {"rows": [{"table": 0, "columns": [
            {"cell": {"field": 0}}, {"cell": {"field": 1}}, {"version_part": {"field": 1, "part": 0}},
            {"version_part": {"field": 1, "part": 1}}, {"split_integers": {"field": 2}}, {"raw_json": {"field": 3, "outer": "object"}},
            {"integer_keys": {"field": 3}}, {"first_present": {"options": [{"split_integers": {"field": 4}}, {"integer_keys": {"field": 3}}]}},
            {"numbered_values": {"field": 3}}, {"typed_json": {"field": 3, "outer": "object", "mode": "lenient"}}, {"cell": {"field": 4}}, "null",
        ]}]},
    }));
    let mut csv = "ids,id,version,other,data\n".to_owned();
    csv += &format!("7;8;9,1,12.100,x,{}\n", cell(r#"{ "2": 1, "1": "a" }"#));
    csv += "\"5, 6\",2,16,x,{}\n";
    csv += ",3,v1,,\n";
    let ran = run(&plan, csv.as_bytes(), How::default());
    let expected = [
        r#"{"id":1,"version":"12.100","major":12,"minor":100,"ids":[7,8,9],"data":"{ \"2\": 1, \"1\": \"a\" }","keys":[2,1],"either":[2,1],"values":["\"a\"","1"],"typed":{"1":"a","extra":"{\"2\":1}"}}"#,
        r#"{"id":2,"version":"16","major":16,"ids":[5,6],"data":"{}","keys":[],"either":[],"values":[],"typed":{}}"#,
        r#"{"id":3,"version":"v1"}"#,
    ];
    assert_eq!(ran.tables[0], expected);
    assert_eq!(ran.rejects, []);
}

#[test]
fn json_that_is_only_checked_is_rejected_as_if_it_was_kept() {
    let rest = format!(r#""text":"{}""#, "x".repeat(70));
    let texts = [
        "{REST}",
        "[{REST}]",
        r#"{"a":1,"a":2,REST}"#,
        r#"[{"a":1,"a":2,REST}]"#,
        r#"{"a":01,REST}"#,
        "[{REST}",
        "{REST} x",
        r#"{"a":"\ud800",REST}"#,
        r#""REST"#,
        "{}",
        "[1]",
        r#"{"a":1,"a":2}"#,
        "{",
        "NA",
        "",
    ];
    let mut csv = "id,data,same\n".to_owned();
    for (id, text) in texts.iter().chain(&texts).enumerate() {
        let data = cell(&text.replace("REST", &rest));
        csv += &format!("{id},{data},{data}\n");
    }
    for outer in ["object", "array", "any"] {
        let ran = |kind: &str, op: &str, fields: &[usize]| {
            let columns: Vec<_> = fields.iter().map(|field| json!([format!("{field}"), kind])).collect();
            let exprs: Vec<_> = fields.iter().map(|field| json!({op: {"field": field, "outer": outer}})).collect();
            let plan = plan(&json!({
                "fields": ["id", "data", "same"],
                "tables": [{"name": "records", "columns": columns}],
                "record": {"rows": [{"table": 0, "columns": exprs}]},
            }));
            run(&plan, csv.as_bytes(), How { threads: 1, ..How::default() })
        };
        for fields in [&[1][..], &[1, 2]] {
            let (kept, checked) = (ran("json", "raw_json", fields), ran("bool", "checked_json", fields));
            assert!(kept.rejected().len() > 5);
            assert_eq!(checked.rejected(), kept.rejected(), "{outer}");
            assert_eq!(checked.used(), kept.used(), "{outer}");
            assert_eq!(checked.tables[0], vec!["{}"; kept.tables[0].len()]);
        }
    }
}

#[test]
fn first_present_takes_the_first_column_that_the_source_has() {
    let plan = plan(&json!({
        "fields": ["new", "old"],
        "tables": [{"name": "records", "columns": [["id", "int64"]]}],
        "record": {"rows": [{"table": 0, "columns": [{"first_present": {"options": [{"cell": {"field": 0}}, {"cell": {"field": 1}}]}}]}]},
    }));
    let rows = |csv: &str| run(&plan, csv.as_bytes(), How::default()).tables.remove(0);
    assert_eq!(rows("old,new\n1,2\n"), [r#"{"id":2}"#]);
    assert_eq!(rows("old,new\n1,\n"), ["{}"], "an empty cell is still the source's own");
    assert_eq!(rows("old,x\n1,2\n"), [r#"{"id":1}"#]);
    assert_eq!(rows("x,y\n1,2\n"), ["{}"]);
}

/// Tables `records`, `items` (one row for each item), `values` (one for each value of an item) and `media` (by number).
fn nested() -> serde_json::Value {
    json!({
        "fields": ["id", "items", "media"],
        "tables": [
            {"name": "records", "columns": [["id", "int64"], ["items", "json"]]},
            {"name": "items", "columns": [["id", "int64"], ["item", "int32"], ["json", "json"]]},
            {"name": "values", "columns": [["id", "int64"], ["item", "int32"], ["value", "int64"], ["text", "json"]]},
            {"name": "media", "columns": [["id", "int64"], ["frame", "int32"], ["url", "string"]]},
        ],
        "record": {
            "rows": [{"table": 0, "columns": [{"cell": {"field": 0}}, {"raw_json": {"field": 1, "outer": "array"}}]}],
            "loops": [
                {
                    "over": {"field": 1}, "elements": "items", "scope": {
                    "rows": [{"table": 1, "columns": [{"cell": {"field": 0}}, {"index": {"level": 0}}, {"value": {"at": {"level": 0}, "mode": "required"}}]}],
                    "loops": [{
                        "over": {"level": 0, "keys": ["value", "list"]}, "elements": "items",
                        "scope": {"rows": [{"table": 2, "columns": [
                            {"cell": {"field": 0}}, {"index": {"level": 0}}, {"index": {"level": 1}}, {"value": {"at": {"level": 1}, "mode": "required"}},
                        ]}]},
                    }],
                    },
                },
                {
                    "over": {"field": 2}, "elements": "numbered", "scope": {
                    "rows": [{"table": 3, "columns": [{"cell": {"field": 0}}, {"index": {"level": 0}}, {"value": {"at": {"level": 0}, "mode": "required"}}]}],
                    },
                },
            ],
        },
    })
}

#[test]
fn loops_fill_several_tables_in_one_pass() {
    let plan = plan(&nested());
    let mut csv = "id,items,media\n".to_owned();
    let items =
        r#"[{"value": {"list": [10, "x"]}}, {"value":{"list":{}}}, 5, {"value":{"list":[]},"value":{"list":[[1]]}}]"#;
    csv += &format!("1,{},{}\n", cell(items), cell(r#"{"10":"u10","2":"u2","2":"again"}"#));
    csv += &format!("2,[],{}\n", cell("{}"));
    csv += "3,,\n";
    let ran = run(&plan, csv.as_bytes(), How::default());
    assert_eq!(ran.rejects, []);
    assert_eq!(ran.tables[0].len(), 3);
    let items = [
        r#"{"id":1,"item":0,"json":"{\"value\":{\"list\":[10,\"x\"]}}"}"#,
        r#"{"id":1,"item":1,"json":"{\"value\":{\"list\":{}}}"}"#,
        r#"{"id":1,"item":2,"json":"5"}"#,
        r#"{"id":1,"item":3,"json":"{\"value\":{\"list\":[]},\"value\":{\"list\":[[1]]}}"}"#,
    ];
    assert_eq!(ran.tables[1], items);
    let values = [
        r#"{"id":1,"item":0,"value":0,"text":"10"}"#,
        r#"{"id":1,"item":0,"value":1,"text":"\"x\""}"#,
        // Of a duplicate key, the last member is used.
        r#"{"id":1,"item":3,"value":0,"text":"[1]"}"#,
    ];
    assert_eq!(ran.tables[2], values);
    assert_eq!(ran.tables[3], [r#"{"id":1,"frame":2,"url":"again"}"#, r#"{"id":1,"frame":10,"url":"u10"}"#]);
    assert_eq!(ran.used(), [("duplicate_keys", 2)]);
}

/// A record that is rejected in its last table has no row in any table.
#[test]
fn a_rejected_record_is_in_no_table() {
    let plan = plan(&nested());
    let good = r#"[{"value":{"list":[1]}}]"#;
    let mut csv = "id,items,media\n".to_owned();
    let faults = [
        (r#"{"0":5}"#, RejectKind::Type),
        (r#"{"x":"u"}"#, RejectKind::Type),
        (r#"{"0":"u","1":[]}"#, RejectKind::Type),
        (r#"{"0":"u","1":"v",}"#, RejectKind::Json),
        (r#"{"99999999999":"u"}"#, RejectKind::Type),
    ];
    for (i, (media, _)) in faults.iter().enumerate() {
        csv += &format!("{},{},{}\n", 100 + i, cell(good), cell(r#"{"0":"u"}"#));
        csv += &format!("{},{},{}\n", 200 + i, cell(good), cell(media));
    }
    csv += &format!("300,{},\n", cell(r#"{"not":"a list"}"#));
    csv += &format!("301,{},\n", cell(&("[".repeat(200) + &"]".repeat(200))));
    let ran = run(&plan, csv.as_bytes(), How::default());
    let mut expected: Vec<_> = faults.iter().enumerate().map(|(i, (_, kind))| (2 * i as u64 + 2, *kind)).collect();
    expected.extend([(11, RejectKind::JsonType), (12, RejectKind::Depth)]);
    assert_eq!(ran.rejected(), expected);
    for table in &ran.tables {
        let ids: Vec<String> = table.iter().map(|row| row[..9].to_owned()).collect();
        assert_eq!(ids, (0..5).map(|i| format!("{{\"id\":{}", 100 + i)).collect::<Vec<_>>());
    }
    let media: Vec<_> = ran.rejects[..5].iter().map(|reject| reject.column.as_deref()).collect();
    assert_eq!(media, [Some("media"); 5]);
    let raw = String::from_utf8_lossy(&ran.rejects[0].raw).into_owned();
    assert_eq!(raw, format!("200,{},{}", cell(good), cell(faults[0].0)));
}

#[test]
fn the_number_of_fields() {
    let plan = plan(&crate::harness::cells(&[("a", "int64"), ("b", "string")]));
    let csv = "a,b\n1,x\n2\n3,x,\n4,x,,\"\"\n5,x,y\n6,x,,y\n7,\"x,\"\n";
    let ran = run(&plan, csv.as_bytes(), How::default());
    assert_eq!(ran.rejected(), [(2, RejectKind::Fields), (5, RejectKind::Fields), (6, RejectKind::Fields)]);
    assert_eq!(ran.rejects[1].message, "3 fields where the header has 2");
    let rows = [r#"{"a":1,"b":"x"}"#, r#"{"a":3,"b":"x"}"#, r#"{"a":4,"b":"x"}"#, r#"{"a":7,"b":"x,"}"#];
    assert_eq!(ran.tables[0], rows);
    assert_eq!(ran.used(), [("surplus_fields", 2)]);
}

#[test]
fn bytes_that_are_not_utf_8() {
    let plan = plan(&crate::harness::cells(&[("a", "int64"), ("b", "string")]));
    let csv = [&b"a,x,b\n1,x,\xe9t\xe9\n2,\xff,y\n3,x,\"\xc3\xa9\"\n4,x,\xed\xa0\x80\n"[..]].concat();
    let ran = run(&plan, &csv, How::default());
    assert_eq!(ran.rejected(), [(1, RejectKind::Utf8), (2, RejectKind::Utf8), (4, RejectKind::Utf8)]);
    assert_eq!(ran.rejects[0].column.as_deref(), Some("b"));
    assert_eq!(ran.rejects[0].message, "not UTF-8: byte 0xe9 at byte 4 of the record");
    // The error may be in a column that the plan does not read.
    assert_eq!(ran.rejects[1].column, None);
    assert_eq!(ran.rejects[1].raw, b"2,\xff,y");
    assert_eq!(ran.tables[0], [r#"{"a":3,"b":"é"}"#]);
}

/// Leniencies of rejected records are not counted.
#[test]
fn leniencies_of_rejected_records_are_not_counted() {
    let plan = plan(&crate::harness::cells(&[("a", "int64"), ("b", "bool"), ("c", "int64")]));
    let ran = run(&plan, b"a,b,c\n1.0,T,x\n2.0,T,3\n", How::default());
    assert_eq!(ran.rejected(), [(1, RejectKind::Type)]);
    assert_eq!(ran.rejects[0].column.as_deref(), Some("c"));
    assert_eq!(ran.used(), [("bool_form", 1), ("float_as_integer", 1)]);
}
