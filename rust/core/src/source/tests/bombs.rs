//! Tests of inputs that expand too much.

use std::io::{Cursor, Write};

use super::super::{Expanded, Input, Options};
use super::tar::{bzipped, entry, tar, xzipped};
use super::{assert_damaged, drain, gzipped, sample, zstandard};
use crate::error::Result;

const FLOOR: u64 = 1 << 20;

fn options(max_expansion: u64) -> Options {
    Options { max_expansion, expansion_floor: FLOOR, ..Options::default() }
}

/// The number of bytes that an input expands to.
fn expanded(bytes: &[u8], options: Options) -> Result<usize> {
    let input = Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", options)?;
    Ok(drain(input, 1 << 16)?.data.len())
}

fn zipped(members: &[(&str, &[u8], ::zip::CompressionMethod)]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for &(name, data, method) in members {
        let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(name, options).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_compression_has_the_same_limit() {
    let zeros = vec![0; 4 << 20];
    let twice = gzipped(&gzipped(&zeros));
    let deflated = zipped(&[("a.csv", &zeros, ::zip::CompressionMethod::Deflated)]);
    let stored = zipped(&[("a.csv.gz", &gzipped(&zeros), ::zip::CompressionMethod::Stored)]);
    let packed = gzipped(&zeros);
    let tarred = tar(&[entry(b"a.csv.gz", b'0', &packed)]);
    let tar_in_xz = xzipped(&tar(&[entry(b"a.csv", b'0', &zeros)]));
    let bombs =
        [packed, twice, zstandard(&zeros), bzipped(&zeros), xzipped(&zeros), deflated, stored, tarred, tar_in_xz];
    for (index, bomb) in bombs.iter().enumerate() {
        let found = expanded(bomb, options(200));
        assert!(found.is_err(), "{index}: {} bytes expand to {found:?}", bomb.len());
        assert_damaged(found, "decompression bomb");
        assert!(expanded(bomb, options(0)).unwrap() >= zeros.len(), "{index}: without a limit");
        assert!(expanded(bomb, Options::default()).unwrap() >= zeros.len(), "{index}: below the floor");
    }
}

#[test]
fn an_ordinary_export_is_far_below_the_limit() {
    let data = sample(40_000);
    assert!(data.len() as u64 > FLOOR);
    for packed in [gzipped(&data), zstandard(&data), bzipped(&data), xzipped(&data)] {
        assert_eq!(expanded(&packed, options(200)).unwrap(), data.len());
    }
}

#[test]
fn the_message_has_the_factor_and_the_limit() {
    let error = expanded(&zstandard(&vec![0; 8 << 20]), options(200)).unwrap_err().to_string();
    assert!(
        error.starts_with("input is damaged: ") && error.ends_with("at most 200 times as many are allowed"),
        "{error}"
    );
    let factor = error.split(", ").nth(1).and_then(|part| part.strip_suffix(" times as many"));
    assert!(factor.is_some_and(|factor| factor.parse::<u64>().unwrap() > 200), "{error}");
}

#[test]
fn bytes_before_a_member_do_not_raise_its_limit() {
    let noise: Vec<u8> = (0..1u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let zeros = vec![0; 4 << 20];
    let zip = zipped(&[
        ("a.bin", &noise, ::zip::CompressionMethod::Stored),
        ("b.csv", &zeros, ::zip::CompressionMethod::Deflated),
    ]);
    let tar = tar(&[entry(b"a.bin", b'0', &noise), entry(b"b.csv.gz", b'0', &gzipped(&zeros))]);
    for archive in [zip, tar] {
        let wanted = if archive.starts_with(b"PK") { "b.csv" } else { "b.csv.gz" };
        let of_member = Options { member: Some(wanted.to_owned()), ..options(200) };
        assert!(expanded(&archive, of_member).is_err());
    }
}

#[test]
fn members_of_one_archive_count_together() {
    let zeros = vec![0; 900 << 10];
    let names: Vec<String> = (0..4).map(|number| format!("{number}.csv")).collect();
    let members: Vec<_> =
        names.iter().map(|name| (name.as_str(), &zeros[..], ::zip::CompressionMethod::Deflated)).collect();
    let zip = zipped(&members);
    let shared = Expanded::default();
    let read = |name: &String| {
        let options = Options { member: Some(name.clone()), expanded: Some(shared.clone()), ..options(200) };
        expanded(&zip, options)
    };
    let found: Vec<_> = names.iter().map(read).collect();
    assert_eq!(found[0].as_ref().unwrap(), &zeros.len());
    assert!(found[1..].iter().all(Result::is_err), "{found:?}");
}

#[test]
fn bytes_before_the_limit_are_returned_before_the_error() {
    let packed = gzipped(&vec![b'x'; 4 << 20]);
    let mut input = Input::from_reader(Box::new(Cursor::new(packed)), "input", options(200)).unwrap();
    let mut buffer = vec![0; 4 << 20];
    let filled = input.fill(&mut buffer).unwrap();
    assert!(filled as u64 >= FLOOR && filled < buffer.len() && input.is_failing());
    assert!(buffer[..filled].iter().all(|&byte| byte == b'x'));
    assert!(input.fill(&mut buffer).unwrap_err().to_string().contains("decompression bomb"));
    assert!(input.fill(&mut buffer).is_err());
}
