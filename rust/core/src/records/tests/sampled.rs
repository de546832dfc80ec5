//! The sample of a source: its first records, without consuming them.

use proptest::prelude::*;

use super::{AMPLE, Cut, WHOLE, collected, open, samples, split, truncated_gzip};
use crate::records::SampledCell;

/// The cells that are not empty of the records that have three fields, as the reader gives them.
fn cells_of_records(bytes: &[u8], cut: Cut) -> Vec<Vec<SampledCell>> {
    let cell = |(column, field): (usize, &Vec<u8>)| {
        let field = String::from_utf8(field.clone()).unwrap();
        let inner = field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let text = inner.map_or_else(|| field.clone(), |inner| inner.replace("\"\"", "\""));
        (!text.is_empty()).then_some((column, text))
    };
    let is_empty = |field: &Vec<u8>| field.is_empty() || field == b"\"\"";
    let records = split(bytes, cut).records;
    let whole = records.iter().filter(|one| one.fields.len() >= 3 && one.fields[3..].iter().all(is_empty));
    whole.map(|record| record.fields.iter().take(3).enumerate().filter_map(cell).collect()).collect()
}

proptest! {
    #[test]
    fn a_sample_has_the_first_records(
        header in samples::header(),
        body in prop_oneof![samples::faulty(30), samples::soup(60)],
        limit in prop_oneof![Just(AMPLE), Just(100)],
        block in prop_oneof![Just(7), Just(AMPLE)],
    ) {
        let text = header + &body;
        let cut = Cut { block, limit, ..WHOLE };
        let mut reader = open(text.as_bytes(), cut).unwrap();
        let sample = reader.first_records(&[Some(String::new()), Some(String::new()), Some(String::new())]).unwrap();
        prop_assert_eq!(sample, cells_of_records(text.as_bytes(), cut));
        prop_assert_eq!(collected(reader), split(text.as_bytes(), cut), "nothing is consumed");
    }
}

/// The cells of the second column that contain a text, in a source with this body.
fn sampled(body: &[u8], text: &str) -> Vec<Vec<SampledCell>> {
    let bytes = [b"a,b,c\n", body].concat();
    open(&bytes, WHOLE).unwrap().first_records(&[None, Some(text.to_owned()), None]).unwrap()
}

#[test]
fn a_sample_has_the_wanted_cells_only() {
    assert_eq!(
        sampled(b"1,xy,2\n3,z,4\n5,\"x\"\"\",6\n", "x"),
        [vec![(1, "xy".to_owned())], vec![], vec![(1, "x\"".to_owned())]]
    );
}

#[test]
fn a_sample_has_a_thousand_records_that_are_not_rejects() {
    let faults = ["x\n", "\"x\"y,1,2\n", "1,2,3,4\n"].concat().repeat(20_000);
    let body = [faults.as_bytes(), b"\xff,1,2\n", "1,b,2\n".repeat(1001).as_bytes()].concat();
    assert_eq!(sampled(&body, ""), vec![vec![(1, "b".to_owned())]; 1000]);
}

#[test]
fn a_quote_that_is_not_closed_does_not_end_a_sample() {
    let record = format!("1,b,{}\n", "x".repeat(9_000));
    let body = ["1,\"b,c\n".to_owned(), record.repeat(2_000)].concat();
    assert_eq!(sampled(body.as_bytes(), "b").len(), (8 << 20) / record.len());
}

#[test]
fn a_record_that_is_cut_is_not_sampled() {
    let cut = truncated_gzip(b"a,b,c\n1,b,2\n3,d,4");
    let sample = open(&cut, WHOLE).unwrap().first_records(&[None, Some(String::new()), None]).unwrap();
    assert_eq!(sample, [[(1, "b".to_owned())]]);
}
