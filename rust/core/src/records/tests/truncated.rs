//! Truncated compressed sources.

use super::{AMPLE, Cut, RejectKind, WHOLE, every_cut, kind, open, split_any, truncated_gzip};
use crate::error::UnsupportedKind;

fn rejects_of(body: &str) -> Vec<(u64, RejectKind, String)> {
    let split = split_any(&truncated_gzip(format!("a,b\n{body}").as_bytes()), AMPLE);
    let numbers: Vec<u64> = split.records.iter().map(|record| record.number).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "the records before the end: {numbers:?}");
    split.rejected()
}

#[test]
fn truncated_within_a_record() {
    assert_eq!(rejects_of("1,x\n2,y"), [(2, RejectKind::Truncated, "2,y".to_owned())]);
    assert_eq!(rejects_of("1,x\n2,\"y\""), [(2, RejectKind::Truncated, "2,\"y\"".to_owned())]);
    assert_eq!(rejects_of("1,x\n2"), [(2, RejectKind::Truncated, "2".to_owned())]);
}

#[test]
fn truncated_after_a_record() {
    for body in ["1,x\n2,y\n", "1,x\n2,y\r\n", "1,x\n2,y\r", "1,x\n2,y\n\n"] {
        assert_eq!(rejects_of(body), [(3, RejectKind::Truncated, String::new())], "{body:?}");
    }
    assert_eq!(rejects_of(""), [(1, RejectKind::Truncated, String::new())]);
}

#[test]
fn truncated_within_quotes() {
    let rejects = rejects_of("1,x\n2,\"y z");
    assert_eq!(rejects, [(2, RejectKind::Truncated, "2,\"y z".to_owned())]);
}

#[test]
fn truncated_after_another_reject() {
    let split = split_any(&truncated_gzip(b"a,b\n1,x\n2,\"x\ny\"z\n"), AMPLE);
    let rejects = [(2, RejectKind::Quote, "2,\"x\ny\"z".to_owned()), (3, RejectKind::Truncated, String::new())];
    assert_eq!(split.rejected(), rejects);

    let long = format!("2,{}", "x".repeat(60));
    let split = split_any(&truncated_gzip(format!("a,b\n1,x\n{long}\n").as_bytes()), 20);
    let rejects = [(2, RejectKind::Length, long), (3, RejectKind::Truncated, String::new())];
    assert_eq!(split.rejected(), rejects);
}

#[test]
fn the_message_names_the_compression() {
    let split = split_any(&truncated_gzip(b"a,b\n1,x\n2,y"), AMPLE);
    let message = &split.rejects[0].message;
    assert!(message.contains("gzip"), "{message}");
    assert_eq!((split.rejects[0].offset, split.rejects[0].line), (8, 3));
}

#[test]
fn truncated_within_the_header_is_an_error() {
    for header in ["", "\n", "a,", "a,b", "a,\"b", "a,\"b\""] {
        for cut in every_cut(AMPLE, &[1, AMPLE]).into_iter().chain([Cut { limit: 5, ..WHOLE }]) {
            let error = open(&truncated_gzip(header.as_bytes()), cut).err().unwrap();
            assert!(matches!(kind(error), UnsupportedKind::TruncatedHeader { .. }), "{header:?}");
        }
    }
    assert_eq!(rejects_of(""), [(1, RejectKind::Truncated, String::new())]);
}
