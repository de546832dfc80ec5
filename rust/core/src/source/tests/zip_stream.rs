//! Zips without an accessible central directory: streams and truncated files.

use std::io::Cursor;

use super::super::Input;
use super::zips::{EVERY_SIZES, STREAMED, Sizes, Zipper, zipped};
use super::{assert_damaged, assert_unsupported, drain, drip, member, read_file, read_stream, sample};
use crate::error::Result;

fn read_member(zip: &[u8], name: &str) -> Result<super::Drained> {
    drain(Input::from_reader(Box::new(Cursor::new(zip.to_vec())), "input", member(name))?, 1 << 16)
}

#[test]
fn a_streamed_zip_is_read_from_a_stream() {
    let data = sample(9000);
    for sizes in EVERY_SIZES {
        let zip = zipped("export.json", &data, sizes);
        let read = read_stream(&zip).unwrap();
        assert!(read.data == data, "{sizes:?}");
        assert_eq!(read.truncated, None);
        let input = Input::from_reader(drip(&zip, &[1, 2, 300]), "input", member("export.json")).unwrap();
        assert_eq!(input.member(), Some("export.json"));
        assert!(drain(input, 77).unwrap().data == data);
    }
}

#[test]
fn an_empty_member_is_an_empty_input() {
    for sizes in EVERY_SIZES {
        let zip = zipped("export.json", b"", sizes);
        for read in [read_stream(&zip).unwrap(), read_file(&zip).unwrap()] {
            assert_eq!((read.data, read.truncated), (Vec::new(), None));
        }
    }
}

#[test]
fn a_truncated_zip_is_read_to_its_end() {
    let data = sample(3000);
    for (sizes, deflate) in EVERY_SIZES.map(|sizes| (sizes, true)).into_iter().chain([(Sizes::Header, false)]) {
        let zipper = Zipper::default().add("export.json", &data, deflate, sizes);
        let (zip, members) = (zipper.done(), zipper.members().len());
        for (cut, place) in [
            (4, "before its first export"),
            (40, "before its first export"),
            (67, "within its member export.json"),
            (members / 2, "within its member export.json"),
            (members, "after its member export.json"),
            (members + 20, "after its member export.json"),
            (zip.len() - 8, "after its member export.json"),
        ] {
            let (from_file, from_stream) = (read_file(&zip[..cut]).unwrap(), read_stream(&zip[..cut]).unwrap());
            assert_eq!(from_file, from_stream);
            assert!(data.starts_with(&from_file.data));
            assert!(from_file.data.len() == data.len() || cut < members);
            let why = from_file.truncated.unwrap();
            assert!(
                why.contains(place) && why.contains(&format!("after {cut} stored bytes")),
                "{sizes:?} {cut}: {why}"
            );
        }
    }
}

#[test]
fn a_zip_truncated_before_the_requested_member_is_reported() {
    let zipper = Zipper::default().add("a.csv", &sample(50), true, STREAMED);
    let read = read_member(zipper.members(), "b.csv").unwrap();
    assert_eq!(read.data, b"");
    assert!(read.truncated.unwrap().contains("before a member b.csv"));
    assert_unsupported(read_member(&zipper.done(), "b.csv"), "no member b.csv; its members are: a.csv");
}

#[test]
fn a_second_eligible_member_in_a_stream_is_an_error() {
    let (first, second) = (sample(50), sample(60));
    let zipper = Zipper::default().add("a.csv", &first, true, STREAMED).add("in/b.csv", &second, true, STREAMED);
    for zip in [zipper.done(), zipper.members().to_vec()] {
        assert_unsupported(read_stream(&zip), "several members (a.csv, in/b.csv)");
        assert_eq!(read_member(&zip, "a.csv").unwrap().data, first);
        assert_eq!(read_member(&zip, "b.csv").unwrap().data, second);
        assert_eq!(read_member(&zip, "in/b.csv").unwrap().data, second);
    }
    assert_unsupported(read_file(zipper.members()), "several members");
    assert!(read_member(zipper.members(), "a.csv").unwrap().truncated.is_some());
}

#[test]
fn a_stored_member_of_unknown_size_in_a_stream_is_an_error() {
    let zipper = Zipper::default().add("a.csv", &sample(5), false, STREAMED);
    assert_unsupported(read_stream(&zipper.done()), "has no size in its header");
    assert_unsupported(read_file(zipper.members()), "has no size in its header");
    assert_eq!(read_file(&zipper.done()).unwrap().data, sample(5));

    let zipper = Zipper::default().add("a.csv", &sample(5), true, STREAMED).add("b.csv", b"b", false, STREAMED);
    assert_eq!(
        read_member(&zipper.done(), "a.csv").unwrap().data,
        sample(5),
        "members after the requested one need not be readable"
    );
    let zipper = Zipper::default().add("a.csv", &sample(5), true, STREAMED).add("b_skipped.csv", b"b", false, STREAMED);
    assert_unsupported(read_stream(&zipper.done()), "has no size in its header");
}

#[test]
fn bytes_between_members_that_are_not_a_record_are_damage() {
    let zipper = Zipper::default().add("a.csv", &sample(5), true, Sizes::Header);
    assert_damaged(read_stream(&[zipper.members(), b"<html>"].concat()), "are not a zip record");
    let mut zip = zipper.done();
    let at = zipper.members().len();
    zip[at + 28] = 1;
    assert_damaged(read_stream(&zip), "directory");
}

#[test]
fn all_records_after_the_members_are_skipped() {
    let zipper = Zipper::default().add("a.csv", &sample(5), true, STREAMED);
    let whole = zipper.done();
    let end = whole.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    let mut zip = whole[..end].to_vec();
    zip.extend(b"PK\x05\x05\x03\0sig");
    zip.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0");
    zip.extend([0; 44]);
    zip.extend(b"PK\x06\x07");
    zip.extend([0; 16]);
    zip.extend(&whole[end..]);
    zip.extend(b"\n");
    let read = read_stream(&zip).unwrap();
    assert_eq!((read.data, read.truncated), (sample(5), None));
}

#[test]
fn the_directory_of_an_inner_zip_is_not_used() {
    let within = zipped("within.csv", b"within", Sizes::Header);
    let zipper = Zipper::default().add("outer.zip", &within, false, Sizes::Header);
    let read = read_file(zipper.members()).unwrap();
    assert_eq!(read.data, within);
    assert!(read.truncated.is_some());
}
