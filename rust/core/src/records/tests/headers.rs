//! Header lines.

use super::{AMPLE, Cut, Kernel, Leniency, WHOLE, every_cut, kind, open, split, split_any};
use crate::error::UnsupportedKind;

#[test]
fn a_header_without_records() {
    for (bytes, leniencies) in [("a,b,c\n", 0), ("a,b,c", 1), ("a,b,c\r\n", 1), ("a,b,c\r", 1), ("\n\na,b,c\n\n\n", 4)]
    {
        let split = split_any(bytes.as_bytes(), AMPLE);
        assert_eq!(split.header, ["a", "b", "c"], "{bytes:?}");
        assert_eq!((split.records.len(), split.rejects.len()), (0, 0), "{bytes:?}");
        assert_eq!(split.leniencies.used().map(|(_, count)| count).sum::<u64>(), leniencies, "{bytes:?}");
    }
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_name() {
    let split = split_any("\u{feff}\"a\",b,c\r\n1,2,3\r\n".as_bytes(), AMPLE);
    assert_eq!(split.header, ["a", "b", "c"]);
    assert_eq!(split.read(), [(1, "1,2,3".to_owned())]);
    assert_eq!((split.records[0].offset, split.records[0].line), (12, 2));
    assert_eq!(split.leniencies[Leniency::Bom], 1);
    assert_eq!(split.leniencies[Leniency::Crlf], 2);
}

#[test]
fn names_are_unquoted() {
    let header = "plain,\"quoted\",\"with \"\"quotes\"\"\",\"a,b\nc\",\"\",,é\n1,2,3,4,5,6,7\n";
    let split = split_any(header.as_bytes(), AMPLE);
    assert_eq!(split.header, ["plain", "quoted", "with \"quotes\"", "a,b\nc", "", "", "é"]);
    assert_eq!(split.records[0].line, 3);
    assert_eq!(split.records[0].fields.len(), 7);
}

#[test]
fn a_source_without_a_header() {
    for bytes in ["", "\n", "\r\n\r\n", "\u{feff}", "\u{feff}\n"] {
        for cut in every_cut(AMPLE, &[1, AMPLE]) {
            let error = open(bytes.as_bytes(), cut).err().unwrap();
            assert_eq!(kind(error), UnsupportedKind::Empty, "{bytes:?}");
        }
    }
    for bytes in ["\"a,b\nc,d\n", "a,\"b\"c,d\n1,2,3\n"] {
        for cut in every_cut(AMPLE, &[1, AMPLE]) {
            let error = open(bytes.as_bytes(), cut).err().unwrap();
            assert_eq!(kind(error), UnsupportedKind::InvalidHeader, "{bytes:?}");
        }
    }
    let error = open(b"a,b\xe4,c\n", WHOLE).err().unwrap();
    assert_eq!(kind(error), UnsupportedKind::HeaderEncoding);
}

/// The record limit applies to the header, without the bytes before it.
#[test]
fn a_header_as_long_as_the_limit() {
    let columns = "a".repeat(9) + "," + &"b".repeat(10);
    for before in ["", "\n\n\n\n\n\n", "\u{feff}"] {
        for after in ["\n", "\r\n", "\r", ""] {
            let bytes = format!("{before}{columns}{after}");
            for block in [1, 3, 64, AMPLE] {
                let cut = Cut { block, limit: 20, kernel: Kernel::Scalar };
                assert_eq!(split(bytes.as_bytes(), cut).header.len(), 2, "{bytes:?} {cut:?}");
                let shorter = Cut { limit: 19, ..cut };
                let error = open(bytes.as_bytes(), shorter).err().unwrap();
                assert_eq!(kind(error), UnsupportedKind::InvalidHeader, "{bytes:?} {shorter:?}");
            }
        }
    }
}
