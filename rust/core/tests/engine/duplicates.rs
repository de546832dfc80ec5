//! Records whose id an earlier source has.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use crowdarrow_core::pipeline::{Options, Pipeline};
use crowdarrow_core::plan::{Limits, Plan, RecordIds};
use crowdarrow_core::workers::Workers;
use serde_json::json;

use crate::harness::{How, Ran, numbered, source, take};

/// A plan with two tables, of which one repeats each record; ids are in the first column.
fn two_tables() -> Arc<Plan> {
    let cell = |field: usize| json!({"cell": {"field": field}});
    let columns = json!([["id", "int64"], ["text", "string"]]);
    let mut spec = numbered(&json!({
        "fields": ["id", "text"],
        "tables": [{"name": "records", "columns": columns}, {"name": "again", "columns": columns}],
        "record": {"rows": [{"table": 0, "columns": [cell(0), cell(1)]}, {"table": 1, "columns": [cell(0), cell(1)]}]},
    }));
    spec["record_id"] = 0.into();
    Arc::new(Plan::from_json(&spec.to_string()).unwrap())
}

fn run(inputs: &[String], drops: bool, how: How) -> Ran {
    let plan = two_tables();
    let open = |text: &String| source(&plan, Box::new(Cursor::new(text.clone().into_bytes())), how).unwrap();
    let workers = Workers::new(how.threads).unwrap();
    let ids = Some(Arc::new(RecordIds::new(drops)));
    let mut pipeline =
        Pipeline::start(&plan, inputs.iter().map(open).collect(), Options { workers, limits: Limits::default(), ids });
    let mut ran = Ran { tables: vec![Vec::new(); 2], ..Ran::default() };
    while let Some(event) = pipeline.next_within(Duration::from_secs(20)).unwrap().unwrap() {
        take(&mut ran, &plan, event);
    }
    ran
}

fn csv(rows: impl IntoIterator<Item = (&'static str, u64)>) -> String {
    let rows: Vec<String> = rows.into_iter().map(|(id, text)| format!("{id},t{text}\n")).collect();
    "id,text\n".to_owned() + &rows.concat()
}

#[test]
fn ids_of_an_earlier_source_are_counted_or_dropped_in_every_table() {
    let inputs = [
        csv([("1", 1), ("2", 2), ("2", 3), ("", 4), ("x", 5)]),
        csv([("2", 6), ("3", 7), ("", 8), ("x", 9), ("+1", 10)]),
        csv([("3", 11), ("4", 12), ("3", 13)]),
    ];
    for block in [1, 30, 1 << 16] {
        let how = How { block, ..How::default() };
        let kept = run(&inputs, false, how);
        assert_eq!((kept.records, kept.rows, kept.filtered), (13, 11, 0));
        assert!(kept.used().contains(&("duplicates", 4)));
        let first = run(&inputs, true, how);
        assert_eq!((first.records, first.rows, first.filtered), (13, 7, 4));
        assert!(first.used().contains(&("duplicates", 4)));
        let texts = ["t1", "t2", "t3", "t4", "t7", "t8", "t12"];
        assert!(first.tables.iter().all(|rows| {
            rows.len() == texts.len() && rows.iter().zip(texts).all(|(row, text)| row.contains(&format!("\"{text}\"")))
        }));
        assert_eq!(first.rejected(), kept.rejected());
        assert_eq!(first.finished, [0, 1, 2]);
    }
}

#[test]
fn a_rejected_record_does_not_hide_the_same_record_of_a_later_source() {
    let plain = "id,text\n1,a\n".to_owned();
    let ran = run(&["id,text\n1,a,b,c\n".to_owned(), plain.clone(), plain], true, How::default());
    assert_eq!((ran.records, ran.rows, ran.filtered, ran.rejects.len()), (3, 1, 1, 1));
}

#[test]
fn any_number_of_threads_drops_the_same_records() {
    let numbers = |from: u64, to: u64| {
        let rows: Vec<String> = (from..to).map(|id| format!("{id},t{}", from + id)).collect();
        format!("id,text\n{}\n", rows.join("\n"))
    };
    let inputs = [numbers(0, 3000), numbers(2000, 5000), String::from("id,text\n"), numbers(1000, 6000)];
    let one = run(&inputs, true, How { threads: 1, block: 512, ..How::default() });
    assert_eq!((one.rows, one.filtered), (6000, 5000));
    let four = run(&inputs, true, How { threads: 4, block: 512, ..How::default() });
    assert_eq!(four, one);
}
