//! Compressed sources that end early.

use std::io::Write;

use super::{AMPLE, Cut, Error, RejectKind, WHOLE, every_cut, open, split_any};

/// `bytes` as a gzip stream that was cut off just behind them.
pub fn cut_off(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.flush().unwrap();
    encoder.get_ref().clone()
}

fn rejects_of(body: &str) -> Vec<(u64, RejectKind, String)> {
    let split = split_any(&cut_off(format!("a,b\n{body}").as_bytes()), AMPLE);
    let numbers: Vec<u64> = split.records.iter().map(|record| record.number).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "the records before the cut: {numbers:?}");
    split.rejected()
}

#[test]
fn a_cut_within_a_record() {
    assert_eq!(rejects_of("1,x\n2,y"), [(2, RejectKind::Truncated, "2,y".to_owned())]);
    assert_eq!(rejects_of("1,x\n2,\"y\""), [(2, RejectKind::Truncated, "2,\"y\"".to_owned())]);
    assert_eq!(rejects_of("1,x\n2"), [(2, RejectKind::Truncated, "2".to_owned())]);
}

#[test]
fn a_cut_at_the_end_of_a_record_is_told_too() {
    for body in ["1,x\n2,y\n", "1,x\n2,y\r\n", "1,x\n2,y\r", "1,x\n2,y\n\n"] {
        assert_eq!(rejects_of(body), [(3, RejectKind::Truncated, String::new())], "{body:?}");
    }
    assert_eq!(rejects_of(""), [(1, RejectKind::Truncated, String::new())]);
}

/// Most cuts are inside a quoted JSON cell: that the source ends early is what the user has to know.
#[test]
fn a_cut_within_quotes() {
    let rejects = rejects_of("1,x\n2,\"y z");
    assert_eq!(rejects, [(2, RejectKind::Truncated, "2,\"y z".to_owned())]);
}

#[test]
fn a_cut_behind_another_reject_is_told_too() {
    let split = split_any(&cut_off(b"a,b\n1,x\n2,\"x\ny\"z\n"), AMPLE);
    let rejects = [(2, RejectKind::Quote, "2,\"x\ny\"z".to_owned()), (3, RejectKind::Truncated, String::new())];
    assert_eq!(split.rejected(), rejects);

    let long = format!("2,{}", "x".repeat(60));
    let split = split_any(&cut_off(format!("a,b\n1,x\n{long}\n").as_bytes()), 20);
    let rejects = [(2, RejectKind::Length, long), (3, RejectKind::Truncated, String::new())];
    assert_eq!(split.rejected(), rejects);
}

#[test]
fn the_message_says_why() {
    let split = split_any(&cut_off(b"a,b\n1,x\n2,y"), AMPLE);
    let message = &split.rejects[0].message;
    assert!(message.contains("gzip") || message.contains("ends"), "{message}");
    assert_eq!((split.rejects[0].offset, split.rejects[0].line), (8, 3));
}

/// The last name may have lost its end, and the columns behind it are not known.
#[test]
fn a_cut_within_the_header_leaves_none() {
    for header in ["", "\n", "a,", "a,b", "a,\"b", "a,\"b\""] {
        for cut in every_cut(AMPLE, &[1, AMPLE]).into_iter().chain([Cut { limit: 5, ..WHOLE }]) {
            let error = open(&cut_off(header.as_bytes()), cut).err().unwrap();
            assert!(
                matches!(&error, Error::Unsupported { message, .. } if message.contains("within its header")),
                "{header:?}: {error}"
            );
        }
    }
    assert_eq!(rejects_of(""), [(1, RejectKind::Truncated, String::new())]);
}
