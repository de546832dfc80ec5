//! Compares the reader with `csv-core`, which agrees except on invalid quotes.

use csv_core::ReadRecordResult;
use proptest::prelude::*;

use super::super::exact::{Parsed, read_record};
use super::{AMPLE, Cut, Kernel, samples, split};

/// All records of `bytes` with unquoted fields, as `csv-core` reads them.
fn csv_core(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv_core::Reader::new();
    let (mut output, mut ends) = (vec![0; bytes.len() + 16], vec![0; bytes.len() + 16]);
    let (mut input, mut filled, mut fields) = (bytes, 0, 0);
    let mut records = Vec::new();
    loop {
        let (result, read, written, ended) = reader.read_record(input, &mut output[filled..], &mut ends[fields..]);
        input = &input[read..];
        filled += written;
        fields += ended;
        match result {
            ReadRecordResult::InputEmpty => input = &[],
            ReadRecordResult::Record => {
                let mut from = 0;
                let fields_of =
                    ends[..fields].iter().map(|&end| output[std::mem::replace(&mut from, end)..end].to_vec());
                records.push(fields_of.collect());
                (filled, fields) = (0, 0);
            }
            ReadRecordResult::End => return records,
            other => panic!("{other:?} with large buffers"),
        }
    }
}

/// Unquotes a field as `csv-core` does: text after the closing quote is kept.
fn unquoted(field: &[u8]) -> Vec<u8> {
    let [b'"', inner @ ..] = field else { return field.to_vec() };
    let mut plain = Vec::new();
    let mut at = 0;
    while at < inner.len() {
        if inner[at] == b'"' && inner.get(at + 1) != Some(&b'"') {
            plain.extend_from_slice(&inner[at + 1..]);
            return plain;
        }
        plain.push(inner[at]);
        at += if inner[at] == b'"' { 2 } else { 1 };
    }
    plain
}

/// All records of `bytes` by the exact parser, and whether the last one is incomplete.
fn exactly(bytes: &[u8]) -> (Vec<Vec<Vec<u8>>>, bool) {
    let mut records = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if matches!(bytes[at], b'\n' | b'\r') {
            at += 1;
            continue;
        }
        let mut ends = Vec::new();
        let (Parsed::Record(extent) | Parsed::TextAfterQuote { extent, .. }) =
            read_record(bytes, at, b',', true, &mut ends)
        else {
            return (records, true);
        };
        assert_eq!(ends.last().map(|&end| end as usize), Some(extent.end));
        let fields = ends.iter().map(|&end| {
            let field = &bytes[at..end as usize];
            at = end as usize + 1;
            unquoted(field)
        });
        records.push(fields.collect());
    }
    (records, false)
}

proptest! {
    #![proptest_config(crate::testing::cases(1500))]

    #[test]
    fn the_exact_parser_agrees_with_csv_core(bytes in samples::soup(60)) {
        let (read, open) = exactly(bytes.as_bytes());
        let peer = csv_core(bytes.as_bytes());
        // csv-core returns an incomplete record too.
        prop_assert_eq!(peer.len(), read.len() + usize::from(open));
        prop_assert_eq!(&read[..], &peer[..read.len()]);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(400))]

    #[test]
    fn valid_sources_agree_with_csv_core(body in samples::valid(25), block in 1_usize..300) {
        let bytes = ["a,b,c\n", &body].concat().into_bytes();
        let peer = csv_core(&bytes);
        for kernel in Kernel::available() {
            let split = split(&bytes, Cut { block, limit: AMPLE, kernel });
            let read: Vec<Vec<Vec<u8>>> =
                split.records.iter().map(|record| record.fields.iter().map(|field| unquoted(field)).collect()).collect();
            prop_assert_eq!(&read[..], &peer[1..]);
        }
    }
}

#[test]
fn csv_core_returns_unquoted_fields() {
    let read = csv_core(b"a,\"b\"\"c\"\n\r\n\"x\"y,z");
    let fields = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    assert_eq!(read, [fields(&["a", "b\"c"]), fields(&["xy", "z"])]);
}
