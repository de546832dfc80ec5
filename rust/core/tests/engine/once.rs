//! Tables with deduplication: only the first record with a key gives rows, for any block size and number of threads.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::harness::{How, plan, run, run_on, source};

fn spec() -> serde_json::Value {
    json!({
        "fields": ["id", "n", "media"],
        "tables": [
            {"name": "records", "columns": [["n", "int64"]]},
            {"name": "media", "columns": [["id", "int64"], ["n", "int64"], ["frame", "int32"]], "once_per": 0},
        ],
        "record": {
            "rows": [{"table": 0, "columns": [{"cell": {"field": 1}}]}],
            "loops": [{"over": {"field": 2}, "elements": "numbered", "scope": {"rows": [
                {"table": 1, "columns": [{"cell": {"field": 0}}, {"cell": {"field": 1}}, {"index": {"level": 0}}]},
            ]}}],
        },
    })
}

#[derive(Clone, Debug)]
struct Row {
    id: Option<u8>,
    media: usize,
    bad: bool,
}

fn row() -> impl Strategy<Value = Row> {
    (prop::option::weighted(0.9, 0_u8..12), 0_usize..4, prop::bool::weighted(0.2)).prop_map(|(id, media, bad)| Row {
        id,
        media,
        bad,
    })
}

fn csv(rows: &[Row], first: usize) -> String {
    let mut csv = "id,n,media\n".to_owned();
    for (row, n) in rows.iter().zip(first..) {
        let id = row.id.map(|id| id.to_string()).unwrap_or_default();
        let media: Vec<String> = (0..row.media).map(|frame| format!("\"\"{frame}\"\":\"\"u\"\"")).collect();
        csv += &format!("{id},{n},\"{{{}}}{}\"\n", media.join(","), if row.bad { "}" } else { "" });
    }
    csv
}

/// Rows of `media`: those of the first record with each key that is not rejected, and of each record without a key.
fn expected(rows: &[Row]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut expected = Vec::new();
    for (n, row) in rows.iter().enumerate().filter(|(_, row)| !row.bad) {
        if row.id.is_none_or(|id| seen.insert(id)) {
            let id = row.id.map(|id| format!("\"id\":{id},")).unwrap_or_default();
            expected.extend((0..row.media).map(|frame| format!("{{{id}\"n\":{n},\"frame\":{frame}}}")));
        }
    }
    expected
}

proptest! {
    #![proptest_config(crate::testing::cases(100))]

    #[test]
    fn the_first_record_counts(rows in vec(row(), 0..80), block in 1_usize..400) {
        let plan = plan(&spec());
        for threads in 1..=4 {
            let ran = run(&plan, csv(&rows, 0).as_bytes(), How { threads, block, ..How::default() });
            prop_assert_eq!(&ran.tables[1], &expected(&rows), "{} threads", threads);
            let good = rows.iter().filter(|row| !row.bad).count();
            prop_assert_eq!((ran.tables[0].len(), ran.rejects.len()), (good, rows.len() - good));
        }
    }

    #[test]
    fn also_over_several_sources(rows in vec(row(), 0..60), cut in any::<prop::sample::Index>(), block in 1_usize..200) {
        let plan = plan(&spec());
        let cut = cut.index(rows.len() + 1);
        let how = How { threads: 3, block, ..How::default() };
        let sources = [csv(&rows[..cut], 0), csv(&rows[cut..], cut)];
        let sources = sources.map(|csv| source(&plan, Box::new(std::io::Cursor::new(csv.into_bytes())), how).unwrap());
        let (ran, error) = run_on(&plan, sources.into(), how);
        prop_assert!(error.is_none());
        prop_assert_eq!(&ran.tables[1], &expected(&rows));
        prop_assert_eq!(ran.finished, [0, 1]);
    }
}
