//! Tar archives, bzip2 and xz: one member is read, at any size of reads, and early ends are reported.

use std::io::Write;

use super::super::{Compression, Digest, Finish, Input, Options};
use super::{
    Drained, Scratch, assert_damaged, assert_unsupported, drain, drip, gzipped, member, read_file, read_stream, sample,
    stream, zstandard,
};

const EMPTY: [u8; 1024] = [0; 1024];

/// A header and the padded data of one member.
pub(super) fn entry(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
    header[136..148].copy_from_slice(b"14000000000\0");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    checked(header, data)
}

/// A member whose header gets its checksum.
fn checked(mut header: [u8; 512], data: &[u8]) -> Vec<u8> {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut entry = [&header[..], data].concat();
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

pub(super) fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    [&entries.concat()[..], &EMPTY].concat()
}

fn one(data: &[u8]) -> Vec<u8> {
    tar(&[
        entry(b"exports/", b'5', b""),
        entry(b"exports/._a.csv", b'0', b"resource"),
        entry(b"exports/a.csv", b'0', data),
    ])
}

pub(super) fn bzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn xzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn whole(data: &[u8]) -> Drained {
    Drained { data: data.to_vec(), truncated: None }
}

#[test]
fn a_tar_with_one_file_is_read_in_every_compression() {
    let data = sample(3000);
    for packed in [one(&data), gzipped(&one(&data)), bzipped(&one(&data)), xzipped(&one(&data)), zstandard(&one(&data))]
    {
        assert_eq!(read_file(&packed).unwrap(), whole(&data));
        assert_eq!(read_stream(&packed).unwrap(), whole(&data));
        assert_eq!(stream(&packed).unwrap().member(), Some("exports/a.csv"));
        for sizes in [&[1][..], &[3, 511, 1, 700]] {
            let input = Input::from_reader(drip(&packed, sizes), "input", Options::default()).unwrap();
            assert_eq!(drain(input, 100).unwrap(), whole(&data));
        }
    }
    assert_eq!(stream(&one(&data)).unwrap().compression(), Compression::Tar);
    assert_eq!(stream(&xzipped(&one(&data))).unwrap().compression(), Compression::Xz);
}

#[test]
fn a_member_may_be_compressed() {
    let data = sample(500);
    for packed in [gzipped(&data), bzipped(&data), xzipped(&data), zstandard(&data)] {
        assert_eq!(read_file(&one(&packed)).unwrap(), whole(&data));
        assert_eq!(read_stream(&gzipped(&one(&packed))).unwrap(), whole(&data));
        assert_eq!(read_stream(&gzipped(&packed)).unwrap(), whole(&data));
    }
}

#[test]
fn several_streams_are_read_and_padding_is_skipped() {
    let (first, second) = (sample(2000), sample(7));
    let both = [&first[..], &second].concat();
    assert_eq!(
        read_stream(&[bzipped(&first), bzipped(b""), bzipped(&second), vec![0; 9]].concat()).unwrap(),
        whole(&both)
    );
    assert_eq!(read_stream(&[xzipped(&first), vec![0; 8], xzipped(&second)].concat()).unwrap(), whole(&both));
    assert_eq!(stream(&bzipped(&first)).unwrap().compression(), Compression::Bzip2);
}

#[test]
fn an_early_end_is_reported() {
    let data = sample(20_000);
    for (packed, what) in [(bzipped(&data), "bzip2 data end early"), (xzipped(&data), "xz data end early")] {
        for cut in [5, 20, packed.len() / 2, packed.len() - 13, packed.len() - 1] {
            let read = read_stream(&packed[..cut]).unwrap();
            assert!(data.starts_with(&read.data));
            assert!(read.truncated.unwrap().contains(what), "{cut}");
        }
    }
    let packed = one(&data);
    let start = packed.len() - EMPTY.len() - data.len().next_multiple_of(512);
    for cut in [start, start + 1, start + data.len() - 1, packed.len() - EMPTY.len(), packed.len() - EMPTY.len() + 1] {
        let read = read_stream(&packed[..cut]).unwrap();
        assert!(data.starts_with(&read.data));
        assert!(read.truncated.unwrap().contains("tar ends early"), "{cut}");
    }
    let packed = gzipped(&packed);
    for cut in [packed.len() / 2, packed.len() - 1] {
        assert!(read_file(&packed[..cut]).unwrap().truncated.unwrap().contains("gzip data end early"));
    }
}

#[test]
fn damage_is_an_error() {
    let data = sample(3000);
    for packed in [bzipped(&data), xzipped(&data)] {
        let mut bad = packed.clone();
        let middle = bad.len() / 2;
        bad[middle..middle + 8].fill(0xaa);
        assert_damaged(read_stream(&bad), "data are invalid");
        // Fewer bytes than the header of an xz stream has are one that ends early.
        assert_damaged(read_stream(&[&packed[..], b"id,user\nid,user\n"].concat()), "");
    }
    let mut bad = tar(&[entry(b"a.csv", b'0', &data), entry(b"readme/", b'5', b"")]);
    let second = bad.len() - EMPTY.len() - 512;
    bad[second] ^= 1;
    assert_damaged(read_stream(&bad), "a header of the tar is not valid");
}

#[test]
fn a_member_is_selected_as_in_a_zip() {
    let two = tar(&[entry(b"a.csv", b'0', b"1\n"), entry(b"b.csv", b'0', b"2\n")]);
    assert_unsupported(
        Scratch::new(&two).open_with(Options::default()).and_then(|input| drain(input, 9)),
        "a.csv, b.csv",
    );
    assert_eq!(drain(Scratch::new(&two).open_with(member("b.csv")).unwrap(), 9).unwrap(), whole(b"2\n"));
    assert_unsupported(Scratch::new(&two).open_with(member("c.csv")), "no member c.csv; its members are: a.csv, b.csv");
    assert_unsupported(read_stream(&tar(&[entry(b"folder/", b'5', b"")])), "contains no file");
    let mut odd = Options { skip_members: vec!["_x.csv".to_owned()], ..Options::default() };
    odd.digest = Some(Digest::Blake3);
    let packed = tar(&[entry(b"a_x.csv", b'0', b"0"), entry(b"link", b'2', b""), entry(b"a.csv", b'0', b"1")]);
    let mut input = Scratch::new(&packed).open_with(odd).unwrap();
    let mut data = [0; 8];
    assert_eq!(input.fill(&mut data).unwrap(), 1);
    let digest = Some(blake3::hash(&packed).into());
    assert_eq!(input.finish().unwrap(), Finish { stored_bytes: packed.len() as u64, digest });
}

#[test]
fn long_names_and_sizes() {
    let long = format!("{}/a.csv", "folder".repeat(40));
    let attributes = |key: &str, value: &str| {
        let record = format!(" {key}={value}\n");
        let length = (2..999).find(|length| length.to_string().len() + record.len() == *length).unwrap();
        format!("{length}{record}")
    };
    let gnu = tar(&[entry(b"././@LongLink", b'L', format!("{long}\0").as_bytes()), entry(b"folder", b'0', b"1")]);
    let text = attributes("mtime", "1.5") + &attributes("path", &long);
    let posix = tar(&[entry(b"PaxHeader", b'x', text.as_bytes()), entry(b"folder", b'0', b"1")]);
    let mut header = [0; 512];
    header[..5].copy_from_slice(b"a.csv");
    header[124] = 0x80;
    header[135] = 1;
    header[257..263].copy_from_slice(b"ustar\0");
    header[345..495].fill(b'p');
    let binary = tar(&[checked(header, b"1")]);
    for (packed, name) in [(gnu, long.as_str()), (posix, &long), (binary, &format!("{}/a.csv", "p".repeat(150)))] {
        assert_eq!(read_stream(&packed).unwrap(), whole(b"1"));
        assert_eq!(stream(&packed).unwrap().member(), Some(name));
    }
}

#[test]
fn a_stream_of_text_is_not_awaited_beyond_its_first_line() {
    struct OneLine(bool);
    impl std::io::Read for OneLine {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            assert!(!std::mem::replace(&mut self.0, true), "the second line is awaited");
            out[..8].copy_from_slice(b"id,user\n");
            Ok(8)
        }
    }
    let mut input = Input::from_reader(Box::new(OneLine(false)), "input", Options::default()).unwrap();
    assert_eq!(input.peek(8).unwrap(), b"id,user\n");
}

#[test]
fn a_reader_that_ends_before_its_announced_length_is_truncated() {
    let data = sample(100);
    let length = data.len() as u64;
    for (announced, truncated) in [(length, false), (length - 1, false), (length + 1, true), (10 * length, true)] {
        for packed in [data.clone(), gzipped(&data)] {
            let announced = announced + packed.len() as u64 - length;
            let options = Options { announced: Some(announced), ..Options::default() };
            let input = Input::from_reader(drip(&packed, &[900]), "input", options).unwrap();
            let read = drain(input, 1000).unwrap();
            assert!(read.data == data);
            assert_eq!(read.truncated.is_some(), truncated);
        }
    }
}

#[test]
fn a_sparse_member_is_named_unless_it_would_be_skipped() {
    let old = |name: &[u8]| entry(name, b'S', b"data");
    let attributes = b"22 GNU.sparse.major=1\n27 GNU.sparse.name=new.csv\n";
    let new =
        [entry(b"PaxHeaders/new.csv", b'x', attributes), entry(b"GNUSparseFile.0/new.csv", b'0', b"map")].concat();
    for (sparse, name) in [(old(b"old.csv"), "old.csv"), (new, "sparse file")] {
        let archive = tar(&[sparse, entry(b"a.csv", b'0', b"a\n1\n")]);
        assert_unsupported(read_file(&archive), name);
        let input = Scratch::new(&archive).open_with(member("a.csv")).unwrap();
        assert_eq!(drain(input, 64).unwrap().data, b"a\n1\n");
    }
    let hidden = tar(&[old(b"._old.csv"), entry(b"a.csv", b'0', b"a\n1\n")]);
    assert_eq!(read_file(&hidden).unwrap(), whole(b"a\n1\n"));
}
