//! Rows and their order do not depend on the number of threads and the size of blocks.

use std::sync::Arc;

use crowdarrow_core::plan::Plan;
use proptest::prelude::*;

use crate::harness::{How, Ran, run, run_on, source};
use crate::rows::export;

fn classifications() -> Arc<Plan> {
    Arc::new(Plan::from_json(include_str!("../fixtures/classifications.plan.json")).unwrap())
}

/// A source with errors of every kind among its rows.
fn with_faults(mut csv: Vec<u8>) -> Vec<u8> {
    let lines: Vec<usize> = memchr::memchr_iter(b'\n', &csv).collect();
    let faults: [&[u8]; 5] =
        [b"\xff,too,few\n", b"\n", b"1,\"unclosed\nand on,\n", b"x,,,,,,,,,,,,,\r\n", b"1,\"text\"after,\n"];
    for (&line, fault) in lines.iter().rev().step_by(7).zip(faults.iter().cycle()) {
        let next = line + 1;
        csv.splice(next..next, fault.iter().copied());
    }
    csv
}

#[test]
fn threads_and_blocks_make_no_difference() {
    let plan = classifications();
    for (csv, faulty) in [(export(1, None, 200_000), false), (with_faults(export(2, None, 200_000)), true)] {
        let expected = run(&plan, &csv, How { threads: 1, block: 1 << 22, ..How::default() });
        assert!(expected.rows > 50, "{} rows", expected.rows);
        assert_eq!(!expected.rejects.is_empty(), faulty);
        assert_eq!(expected.tables[0].len() as u64, expected.rows);
        for threads in 1..=4 {
            for block in [100, 1000, 4096, 30_000, 1 << 18] {
                let ran = run(&plan, &csv, How { threads, block, ..How::default() });
                assert!(ran == expected, "{threads} threads, blocks of {block} bytes");
            }
        }
    }
}

/// Caching of repeated cells does not change the results.
#[test]
fn repeated_cells_are_as_good_as_new_ones() {
    let plan = classifications();
    let csv = export(3, None, 60_000);
    let header = csv.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let once = run(&plan, &csv, How { threads: 1, ..How::default() });
    // Long enough for many cache hits, and for evictions.
    let body = csv[header..].repeat(60);
    let often = run(&plan, &[&csv[..header], &body].concat(), How { threads: 1, ..How::default() });
    assert_eq!(often.rows, 60 * once.rows);
    for rows in often.tables[0].chunks(once.tables[0].len()) {
        assert!(rows == once.tables[0]);
    }
}

/// A repeated cell counts in each record: its duplicate keys are counted, its errors reject each record.
#[test]
fn repeated_cells_are_counted_and_refused_each_time() {
    let plan = classifications();
    let long = "x".repeat(300);
    let mut csv = format!("{}\n", crate::rows::HEADER);
    for _ in 0..50 {
        csv += &format!("1,,,,1,,1.1,,,,,[],\"{{\"\"1\"\":1,\"\"1\"\":\"\"{long}\"\"}}\",1\n");
        csv += &format!("1,,,,1,,1.1,,,,,[],\"[\"\"{long}\"\"]\",1\n");
        csv += &format!("1,,,,1,,1.1,,,,,[],\"{{\"\"{long}\"\"}}\",1\n");
    }
    let ran = run(&plan, csv.as_bytes(), How::default());
    assert_eq!((ran.rows, ran.rejects.len()), (50, 100));
    assert_eq!(ran.used(), [("duplicate_keys", 50)]);
}

/// Without `subject_ids` the keys of `subject_data` are read besides its text.
#[test]
fn one_cell_for_two_columns() {
    let plan = classifications();
    let mut csv = "classification_id,annotations,subject_data\n".to_owned();
    for i in 0..40 {
        let subject = i % 4;
        csv += &format!(
            "{i},[],\"{{\"\"{subject}\"\":{{\"\"name\"\":\"\"{}\"\"}},\"\"{subject}\"\":1}}\"\n",
            "n".repeat(200)
        );
    }
    let ran = run(&plan, csv.as_bytes(), How::default());
    assert_eq!(ran.rows, 40);
    for (i, row) in ran.tables[0].iter().enumerate() {
        assert!(row.ends_with(&format!("\"subject_ids\":[{}]}}", i % 4)), "{row}");
    }
    assert_eq!(ran.used(), [("duplicate_keys", 40)]);
}

#[test]
fn sources_come_one_after_the_other() {
    let plan = classifications();
    let exports: Vec<Vec<u8>> =
        (0..4).map(|seed| export(seed, None, 30_000 * usize::try_from(seed % 3).unwrap())).collect();
    let expected: Vec<Ran> = exports.iter().map(|csv| run(&plan, csv, How::default())).collect();
    for threads in [1, 3] {
        let how = How { threads, block: 5000, ..How::default() };
        let sources =
            exports.iter().map(|csv| source(&plan, Box::new(std::io::Cursor::new(csv.clone())), how).unwrap());
        let (ran, error) = run_on(&plan, sources.collect(), how);
        assert!(error.is_none());
        assert_eq!(ran.finished, [0, 1, 2, 3]);
        let rows: Vec<&String> = expected.iter().flat_map(|ran| &ran.tables[0]).collect();
        assert!(ran.tables[0].iter().eq(rows));
    }
}

#[test]
fn no_source_at_all() {
    let (ran, error) = run_on(&classifications(), Vec::new(), How::default());
    assert!(error.is_none());
    assert_eq!((ran.records, ran.finished), (0, Vec::new()));
}

proptest! {
    #![proptest_config(crate::testing::cases(30))]

    #[test]
    fn any_rows_any_blocks(seed in any::<u64>(), threads in 1_usize..5, block in 1_usize..20_000, faulty in any::<bool>()) {
        let plan = classifications();
        let csv = export(seed, None, 20_000);
        let csv = if faulty { with_faults(csv) } else { csv };
        let expected = run(&plan, &csv, How { threads: 1, block: 1 << 20, ..How::default() });
        let same = run(&plan, &csv, How { threads, block, ..How::default() }) == expected;
        prop_assert!(same);
    }
}
