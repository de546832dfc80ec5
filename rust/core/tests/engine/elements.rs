//! JSON sources through the whole engine: a record is one element, its only field.

use std::sync::Arc;

use crowdarrow_core::plan::Plan;
use crowdarrow_core::reject::RejectKind;
use serde_json::json;

use crate::harness::{How, Ran, plan, run_json};

/// Keeps each element's text.
fn texts() -> Arc<Plan> {
    plan(&json!({
        "fields": ["element"],
        "tables": [{"name": "records", "columns": [["element", "json"]]}],
        "record": {"rows": [{"table": 0, "columns": [{"raw_json": {"field": 0, "outer": "object"}}]}]},
    }))
}

fn run(bytes: &[u8], how: How) -> Ran {
    run_json(&texts(), bytes, how)
}

const KINDS: [(u64, RejectKind); 6] = [
    (3, RejectKind::Json),
    (4, RejectKind::JsonType),
    (6, RejectKind::Json),
    (7, RejectKind::Length),
    (9, RejectKind::Utf8),
    (10, RejectKind::Truncated),
];

#[test]
fn what_is_sound_is_read_whatever_the_blocks_and_threads() {
    let long = format!("{{\"long\": \"{}\"}}", "x".repeat(3000));
    let head = format!("[{{\"n\": 1}}, {{\"n\": 2}}{{\"n\": }}, [4], {{\"n\": 5}},, {long}, {{\"n\": 8}}, ");
    let bytes = [head.as_bytes(), b"{\"n\": \"\xff\"}, {\"n\": 1"].concat();
    for threads in [1, 2, 4] {
        for block in [1, 7, 64, 1 << 16] {
            let ran = run(&bytes, How { threads, block, limit: 1000 });
            let rows = [1, 2, 5, 8].map(|n| json!({ "element": format!("{{\"n\": {n}}}") }).to_string());
            assert_eq!(ran.tables, [rows], "blocks of {block} bytes");
            assert_eq!(ran.rejected(), KINDS, "blocks of {block} bytes");
            assert_eq!((ran.records, ran.bytes), (10, bytes.len() as u64));
            assert_eq!(ran.used(), [("missing_comma", 1)]);
        }
    }
}

#[test]
fn an_empty_array_has_no_rows() {
    for text in ["[]", "", "\n"] {
        let ran = run(text.as_bytes(), How::default());
        assert_eq!((ran.records, ran.bytes, ran.tables), (0, text.len() as u64, vec![Vec::<String>::new()]));
    }
}
