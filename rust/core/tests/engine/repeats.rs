//! Cells that repeat give the rows, counts and leniencies that they give alone.

use std::sync::Arc;

use crowdarrow_core::plan::Plan;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::harness::{How, Ran, plan, run};

/// Tables `values` (one row for each item of `more` and of `items`), `records`, and `marks` (one for each item with a
/// mark), of which a column depends on the item or, if it has no tool, on `version`.
fn items() -> Arc<Plan> {
    let member = |key: &str| json!({"level": 0, "keys": [key]});
    let value = |key: &str, mode: &str| json!({"value": {"at": member(key), "mode": mode}});
    let id = json!({"cell": {"field": 0}});
    let index = json!({"index": {"level": 0}});
    let values = json!({"table": 0, "columns": [
        id, index, value("number", "lenient"), value("text", "lenient"), value("flag", "lenient"), value("at", "parsed"),
        value("list", "counted"), value("point", "lenient"), {"json_type": {"at": {"level": 0}}},
        {"residual": {"level": 0, "drop": [], "always": false, "nulls": true, "keep": [], "constant": []}},
    ]});
    let by_version = json!({"any": {"tests": [
        {"exists": {"any": [member("tool")]}},
        {"starts_with": {"at": {"field": 1, "keys": ["version"]}, "prefix": "2."}},
    ]}});
    let dialect = json!({"when": {
        "test": by_version, "then": {"literal": {"value": "new"}}, "otherwise": {"literal": {"value": "old"}},
    }});
    let marks = json!({"table": 2, "columns": [id, index, dialect, {"to_json": {"at": member("mark")}}]});
    plan(&json!({
        "fields": ["id", "version", "items", "more"],
        "counters": ["items", "keys that are no integers"],
        "predicates": [{"exists": {"any": [member("mark")]}}],
        "tables": [
            {"name": "values", "columns": [
                ["id", "int64"], ["index", "int32"], ["number", "float64"], ["text", "string"], ["flag", "bool"],
                ["at", "time"], ["list", {"list": "int64"}],
                ["point", {"struct": {"fields": [["x", "float64"], ["y", "int32"]], "extra": true}}],
                ["kind", "string"], ["rest", "json"],
            ]},
            {"name": "records", "columns": [["id", "int64"], ["items", "json"]]},
            {"name": "marks", "columns": [["id", "int64"], ["index", "int32"], ["dialect", "string"], ["mark", "json"]]},
            {"name": "keys", "columns": [["id", "int64"], ["key", "int32"]]},
        ],
        "record": {
            "rows": [{"table": 1, "columns": [id, {"raw_json": {"field": 2, "outer": "array"}}]}],
            "loops": [
                {"over": {"field": 3}, "elements": "items", "scope": {"rows": [values]}},
                {"over": {"field": 2}, "elements": "items", "scope": {
                    "rows": [values],
                    "counters": [0],
                    "branches": [[{"when": 0, "scope": {"rows": [marks]}}]],
                    "loops": [{"over": member("keys"), "elements": "integers", "others": 1, "scope": {
                        "rows": [{"table": 3, "columns": [id, {"index": {"level": 1}}]}],
                    }}],
                }},
            ],
        },
    }))
}

/// Cells of `items`. The last ones reject their record.
fn cells() -> Vec<String> {
    let long = "x".repeat(3000);
    let many = vec![r#"{"number":1}"#; 70].join(",");
    let cells = [
        r#"[{"number":1,"text":"a","flag":true,"at":"2017-05-22T21:08:29.000Z","list":[1,2]}]"#,
        r#"[{"number":1.5,"number":"2","text":"\ud800"},{"text":null,"other":{"y":[1]}}]"#,
        r#"[{"mark":{"x":1},"tool":1},{"text":"no mark"},{"mark":2,"tool":3}]"#,
        r#"[{"mark":{"x":3}},{"mark":{"x":3},"tool":1}]"#,
        r#"[5,"a text",null,[1,"x"],{"list":[1,null,"3"]},{"point":{"x":1,"y":2,"z":3}}]"#,
        r#"[ {"text" : "spaced" , "at":1495487309000 } , {"point": [{"x": 2}]}]"#,
        r#"[{"keys":{"1":0,"x":0,"2":0,"2":1}},{"point":{"x":1,"y":2}}]"#,
        r#"[{"text":"\u0061 \"b\""}]"#,
        r#""only a text, which is not a list""#,
        r#"{"an object":"which is not a list"}"#,
        r#"[{"text":"not closed"]"#,
        r"[]",
        "",
    ];
    let lengthy = [format!(r#"[{{"text":"{long}"}}]"#), format!("[{many}]")];
    cells.map(str::to_owned).into_iter().chain(lengthy).collect()
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// The run over each record alone, added up.
fn one_by_one(plan: &Arc<Plan>, header: &str, records: &[String]) -> Ran {
    let mut all = Ran { tables: vec![Vec::new(); 4], counts: vec![0; 2], ..Ran::default() };
    for record in records {
        let ran = run(plan, format!("{header}{record}").as_bytes(), How { threads: 1, ..How::default() });
        all.rejects.extend(ran.rejects);
        all.rows += ran.rows;
        all.leniencies += ran.leniencies;
        all.counts.iter_mut().zip(ran.counts).for_each(|(all, one)| *all += one);
        all.tables.iter_mut().zip(ran.tables).for_each(|(all, one)| all.extend(one));
    }
    all
}

fn kinds(ran: &Ran) -> Vec<Value> {
    ran.rejects.iter().map(|reject| json!([reject.kind.name(), reject.column, reject.message])).collect()
}

proptest! {
    #![proptest_config(crate::testing::cases(24))]

    #[test]
    fn cells_that_repeat_are_read_as_if_they_were_new(
        few in vec(select(cells()), 1..5),
        records in vec((any::<prop::sample::Index>(), any::<bool>(), prop::option::weighted(0.2, select(cells()))), 1..60),
    ) {
        let plan = items();
        let header = "id,version,items,more\n";
        let records: Vec<String> = records.iter().zip(1..).map(|((items, is_new, more), id)| {
            let version = format!(r#"{{"version":"{}.0"}}"#, if *is_new { 2 } else { 1 });
            let more = more.as_deref().unwrap_or_default();
            format!("{id},{},{},{}\n", quoted(&version), quoted(items.get::<String>(&few)), quoted(more))
        }).collect();
        let expected = one_by_one(&plan, header, &records);
        for block in [200, 1 << 20] {
            let how = How { threads: 1, block, ..How::default() };
            let ran = run(&plan, format!("{header}{}", records.concat()).as_bytes(), how);
            prop_assert_eq!(&ran.tables, &expected.tables);
            prop_assert_eq!(kinds(&ran), kinds(&expected));
            prop_assert_eq!(ran.used(), expected.used());
            prop_assert_eq!(&ran.counts, &expected.counts);
        }
    }
}

/// More cells than are kept, each often.
#[test]
fn what_is_kept_is_bounded_and_forgotten_without_harm() {
    let plan = items();
    let header = "id,version,items,more\n";
    let text = "y".repeat(1500);
    let record = |number: usize| format!("1,,{},\n", quoted(&format!(r#"[{{"text":"{number} {text}"}}]"#)));
    let rows = (0..4000).map(|at| at / 8 + at % 2 * 500);
    let numbers: Vec<usize> = rows.collect();
    let csv = numbers.iter().map(|&number| record(number)).collect::<String>();
    let ran = run(&plan, format!("{header}{csv}").as_bytes(), How { threads: 1, ..How::default() });
    assert_eq!(ran.tables[0].len(), numbers.len());
    for (row, number) in ran.tables[0].iter().zip(numbers) {
        assert!(row.contains(&format!("\"text\":\"{number} y")), "{number}");
    }
}
