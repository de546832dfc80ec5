//! gzip, alone and inside another compression.

use super::super::Compression;
use super::{assert_damaged, gzipped, read_file, read_stream, sample, stream, zstandard};

#[test]
fn all_members_are_read_and_zero_padding_is_skipped() {
    let (first, second) = (sample(5000), sample(300));
    let mut packed = [gzipped(&first), gzipped(b""), gzipped(&second)].concat();
    let data = [first, second].concat();
    for zeros in [0, 1, 511, 3 << 20] {
        packed.resize(packed.len() + zeros, 0);
        for read in [read_file(&packed).unwrap(), read_stream(&packed).unwrap()] {
            assert!(read.data == data);
            assert_eq!(read.truncated, None);
        }
    }
    let more = [packed, gzipped(b"more")].concat();
    assert!(read_file(&more).unwrap().data.ends_with(b"more"));
    assert_eq!(stream(&more).unwrap().compression(), Compression::Gzip);
}

#[test]
fn trailing_bytes_that_are_not_gzip_are_damage() {
    for rest in [&b"id,user\n"[..], b"\0\0x", b"\x1f\x8c\x08", b"\xff"] {
        let packed = [&gzipped(b"data")[..], rest].concat();
        assert_damaged(read_file(&packed), "gzip");
    }
    assert_damaged(read_stream(&[&gzipped(b"data")[..], b"x"].concat()), "followed by bytes that are not gzip");
}

#[test]
fn a_truncated_stream_is_reported() {
    let data = sample(2000);
    let packed = gzipped(&data);
    for cut in [2, 3, 9, 10, 15, 30, packed.len() / 2, packed.len() - 8, packed.len() - 1] {
        let read = read_file(&packed[..cut]).unwrap();
        assert!(data.starts_with(&read.data));
        assert!(read.truncated.unwrap().contains(&format!("end early, after {cut} stored bytes")));
    }
    let read = read_file(&packed[..packed.len() - 1]).unwrap();
    assert_eq!(read.data, data, "a truncated trailer loses no data");
    let two = [packed.clone(), gzipped(b"more")].concat();
    assert!(read_file(&two[..=packed.len()]).unwrap().truncated.is_some());
    assert_eq!(read_file(&two[..packed.len()]).unwrap().truncated, None);
}

#[test]
fn wrong_checksum_length_or_data_is_damage() {
    let data = sample(3000);
    let packed = gzipped(&data);
    let end = packed.len();
    for (at, reason) in [(end - 8, "incorrect data check"), (end - 4, "incorrect length check")] {
        let mut bad = packed.clone();
        bad[at] ^= 1;
        assert_damaged(read_file(&bad), reason);
        assert_damaged(read_stream(&bad), reason);
    }
    let mut bad = packed.clone();
    bad[2] = 7;
    assert_damaged(read_file(&bad), "unknown compression method");
    assert_damaged(read_file(&[&packed[..40], &[0xff; 400][..]].concat()), "near stored byte");
}

#[test]
fn two_levels_of_gzip_are_decoded_and_a_third_is_not() {
    let data = sample(50_000);
    let once = gzipped(&data);
    let twice = gzipped(&once);
    assert_eq!(read_file(&twice).unwrap().data, data);
    assert_eq!(read_stream(&zstandard(&once)).unwrap().data, data);
    assert_eq!(read_stream(&gzipped(&twice)).unwrap().data, once);
    assert_eq!(stream(&twice).unwrap().compression(), Compression::Gzip);
    assert_eq!(read_stream(&gzipped(b"\x1f")).unwrap().data, b"\x1f");

    let truncated_outside = read_file(&twice[..twice.len() - 9]).unwrap();
    assert!(data.starts_with(&truncated_outside.data) && truncated_outside.truncated.is_some());
    let truncated_inside = read_file(&gzipped(&once[..once.len() - 9])).unwrap();
    assert!(data.starts_with(&truncated_inside.data) && truncated_inside.truncated.is_some());
    assert_damaged(read_file(&gzipped(&[&once[..], b"x"].concat())), "followed by bytes");
}
