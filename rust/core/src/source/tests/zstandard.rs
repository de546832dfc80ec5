//! zstd.

use std::io::Write;

use super::super::Compression;
use super::{assert_damaged, assert_unsupported, read_file, read_stream, sample, stream, zstandard};

/// A frame without data.
fn skippable(size: u8) -> Vec<u8> {
    [&[0x53, 0x2a, 0x4d, 0x18, size, 0, 0, 0][..], &vec![7; usize::from(size)]].concat()
}

#[test]
fn all_frames_are_read() {
    let (first, second) = (sample(40_000), sample(10));
    let packed = [skippable(0), zstandard(&first), skippable(9), zstandard(b""), zstandard(&second)].concat();
    for read in [read_file(&packed).unwrap(), read_stream(&packed).unwrap()] {
        assert!(read.data == [&first[..], &second].concat());
        assert_eq!(read.truncated, None);
    }
    assert_eq!(stream(&packed).unwrap().compression(), Compression::Zstd);
    assert_eq!(read_file(&skippable(3)).unwrap().data, b"");
}

#[test]
fn a_truncated_stream_is_reported() {
    let data = sample(30_000);
    let packed = zstandard(&data);
    for cut in [4, 5, 9, packed.len() / 2, packed.len() - 4, packed.len() - 1] {
        let read = read_stream(&packed[..cut]).unwrap();
        assert!(data.starts_with(&read.data));
        assert!(read.truncated.unwrap().contains("zstd data end early"));
    }
    assert!(read_stream(&skippable(3)[..9]).unwrap().truncated.is_some());
}

#[test]
fn wrong_checksum_or_data_is_damage() {
    let mut packed = zstandard(&sample(3000));
    assert_damaged(read_file(&[&packed[..], b"id,user\n"].concat()), "zstd");
    let end = packed.len();
    packed[end - 1] ^= 1;
    assert_damaged(read_file(&packed), "checksum");
    packed[end / 2..].fill(0xff);
    assert_damaged(read_stream(&packed), "zstd data are invalid");
}

#[test]
fn a_window_above_the_limit_is_an_error() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(28).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.write_all(&sample(100)).unwrap();
    encoder.flush().unwrap();
    let packed = encoder.finish().unwrap();
    assert_unsupported(read_stream(&packed), "a window of more than 128 MiB");
}
