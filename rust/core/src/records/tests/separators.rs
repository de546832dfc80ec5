//! Other separators than the comma split a source into the same records.

use proptest::prelude::*;

use super::{
    CsvReader, Cut, Kernel, Leniency, ReaderOptions, Record, Reject, Split, WHOLE, collected, input, kind, samples,
    split,
};
use crate::error::UnsupportedKind;

/// `bytes` with commas and semicolons exchanged.
fn exchanged(bytes: &[u8]) -> Vec<u8> {
    let other = |byte| match byte {
        b',' => b';',
        b';' => b',',
        byte => byte,
    };
    bytes.iter().copied().map(other).collect()
}

fn split_by(bytes: &[u8], separators: &[u8], accepts: impl FnMut(&[String]) -> bool, cut: Cut) -> Split {
    let options = ReaderOptions { block_bytes: cut.block, max_record_bytes: cut.limit, kernel: cut.kernel };
    collected(CsvReader::open_separated(input(bytes), options, separators, usize::MAX, accepts).unwrap())
}

proptest! {
    #[test]
    fn semicolons_split_as_commas_do(body in samples::faulty(8), size in 1_usize..200, limit in 20_usize..400) {
        let bytes = [b"a,b,c\n".as_slice(), body.as_bytes()].concat();
        for kernel in Kernel::available() {
            let cut = Cut { block: size, limit, kernel };
            let by_comma = split(&bytes, cut);
            let by_semicolon = split_by(&exchanged(&bytes), b";", |_| false, cut);
            let places = |split: &Split| -> Vec<_> {
                let record = |record: &Record| (record.number, record.line, record.offset, false);
                let reject = |reject: &Reject| (reject.record, reject.line, reject.offset, true);
                split.records.iter().map(record).chain(split.rejects.iter().map(reject)).collect()
            };
            prop_assert_eq!(places(&by_semicolon), places(&by_comma));
            for (found, expected) in by_semicolon.records.iter().zip(&by_comma.records) {
                let fields: Vec<Vec<u8>> = expected.fields.iter().map(|field| exchanged(field)).collect();
                prop_assert_eq!(&found.fields, &fields);
            }
            for (found, expected) in by_semicolon.rejects.iter().zip(&by_comma.rejects) {
                prop_assert_eq!(&found.raw, &exchanged(&expected.raw));
            }
            prop_assert_eq!(by_semicolon.leniencies, by_comma.leniencies);
        }
    }
}

#[test]
fn the_first_accepted_separator_is_used() {
    let wide = |names: &[String]| names.len() == 3;
    for (header, separator, counted) in [("a,b,c", b',', 0), ("a;b;c", b';', 1), ("a;x\tb\tc", b'\t', 1)] {
        let bytes = format!("{header}\n1,2;3\n");
        let split = split_by(bytes.as_bytes(), b",;\t", wide, WHOLE);
        let text: Vec<&str> = header.split(char::from(separator)).collect();
        assert_eq!(split.header, text);
        assert_eq!(split.leniencies[Leniency::Separator], counted, "{header}");
    }
}

#[test]
fn without_an_accepted_separator_the_first_is_used() {
    let split = split_by(b"a;b\n1;2\n", b",;", |_| false, WHOLE);
    assert_eq!(split.header, ["a;b"]);
    assert_eq!(split.leniencies[Leniency::Separator], 0);
    let options = ReaderOptions { block_bytes: 64, max_record_bytes: 64, kernel: Kernel::best() };
    let error =
        CsvReader::open_separated(input(b"\"a\";\"b\"\n1;2\n"), options, b",;", usize::MAX, |_| false).err().unwrap();
    assert_eq!(kind(error), UnsupportedKind::InvalidHeader);
}
