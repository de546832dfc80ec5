//! Arbitrary bytes: no panic, no lost record, every byte counted.

use std::io::Cursor;
use std::sync::Arc;

use crowdarrow_core::plan::Plan;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use crate::harness::{How, assert_accounts, run_on, source};
use crate::rows::{HEADER, export};

fn classifications() -> Arc<Plan> {
    let text = include_str!("../fixtures/classifications.plan.json");
    let mut spec: serde_json::Value = serde_json::from_str(text).unwrap();
    spec["filters"] = json!([{"one_of": {"field": 4, "values": [1, 10_001, 10_002]}}]);
    Arc::new(Plan::from_json(&spec.to_string()).unwrap())
}

fn assert_sound(bytes: &[u8], how: How) {
    let plan = classifications();
    // Random bytes may start like a compressed file, or have no header.
    let Ok(source) = source(&plan, Box::new(Cursor::new(bytes.to_vec())), how) else { return };
    let (ran, error) = run_on(&plan, vec![source], how);
    assert!(error.is_none(), "{error:?}");
    assert_accounts(&ran);
    assert_eq!(ran.bytes, bytes.len() as u64, "every byte is counted");
    assert_eq!(ran.tables[0].len() as u64, ran.rows);
    assert_eq!(ran.finished, [0]);
}

fn how() -> impl Strategy<Value = How> {
    (1_usize..4, prop_oneof![1_usize..50, 50_usize..5000], prop_oneof![20_usize..300, Just(1 << 20)])
        .prop_map(|(threads, block, limit)| How { threads, block, limit })
}

/// The real header is longer than the smallest limits.
fn with_room(how: How) -> How {
    How { limit: how.limit.max(HEADER.len()), ..how }
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn bytes(bytes in vec(any::<u8>(), 0..600), how in how()) {
        assert_sound(&bytes, how);
    }

    #[test]
    fn text_after_a_header(
        pieces in vec(select(vec!["\"", "\"\"", ",", "\n", "\r", "1", "{", "}", "[]", ":", "\\", "é", "NA", ",,,,"]), 0..300),
        how in how(),
    ) {
        assert_sound(format!("{HEADER}\n{}", pieces.concat()).as_bytes(), with_room(how));
    }

    #[test]
    fn rows_with_changed_bytes(
        seed in any::<u64>(),
        changes in vec((any::<Index>(), any::<u8>(), any::<bool>()), 0..40),
        how in how(),
    ) {
        let mut csv = export(seed, None, 12_000);
        let start = HEADER.len() + 1;
        for (at, byte, keep) in changes {
            let at = start + at.index(csv.len() - start);
            csv.splice(at..at + usize::from(!keep), [byte]);
        }
        assert_sound(&csv, with_room(how));
    }
}
