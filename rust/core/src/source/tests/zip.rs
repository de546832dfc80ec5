//! Zips with a central directory.

use std::io::{Cursor, Write};

use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use sha2::{Digest as _, Sha256};

use super::super::{Compression, Digest, Options};
use super::zips::{EVERY_SIZES, STREAMED, Sizes, Zipper, zipped};
use super::{Scratch, assert_damaged, assert_unsupported, drain, gzipped, member, read_file, read_stream, sample};

#[test]
fn zips_of_all_writers_are_read() {
    let data = sample(9000);
    for sizes in EVERY_SIZES {
        for deflate in [true, false] {
            let zip = Zipper::default().add("export.json", &data, deflate, sizes).done();
            let read = read_file(&zip).unwrap();
            assert!(read.data == data, "{sizes:?}");
            assert_eq!(read.truncated, None);
            let input = Scratch::new(&zip).open().unwrap();
            assert_eq!((input.compression(), input.member()), (Compression::Zip, Some("export.json")));
        }
    }
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a/export.csv", SimpleFileOptions::default().large_file(true)).unwrap();
    writer.write_all(&data).unwrap();
    assert!(read_file(writer.finish().unwrap().get_ref()).unwrap().data == data);
}

#[test]
fn other_members_are_skipped() {
    let data = sample(100);
    for sizes in EVERY_SIZES {
        let zip = Zipper::default()
            .add("folder/", b"", false, sizes)
            .add("folder/x_task_skipped.csv", &sample(70), true, sizes)
            .add("__MACOSX/folder/._x_task.csv", b"shadow", true, sizes)
            .add("folder/x_task.csv", &data, true, sizes)
            .add("folder/y_skipped.csv", &sample(7), true, sizes)
            .done();
        let file = Scratch::new(&zip);
        let input = file.open().unwrap();
        assert_eq!(input.member(), Some("folder/x_task.csv"));
        assert_eq!(drain(input, 1 << 10).unwrap().data, data);
        let read = read_stream(&zip).unwrap();
        assert_eq!((read.data, read.truncated), (data.clone(), None));
        for (wanted, expected) in [("y_skipped.csv", sample(7)), ("__MACOSX/folder/._x_task.csv", b"shadow".to_vec())] {
            assert_eq!(drain(file.open_with(member(wanted)).unwrap(), 1 << 10).unwrap().data, expected);
        }
    }
}

#[test]
fn several_members_are_an_error_unless_one_is_named() {
    let mut zipper = Zipper::default();
    for name in 'a'..='k' {
        zipper = zipper.add(&format!("in/{name}.csv"), name.to_string().as_bytes(), true, Sizes::Header);
    }
    let file = Scratch::new(&zipper.add("c.csv", b"top", true, Sizes::Header).done());
    assert_unsupported(file.open(), "in/g.csv, in/h.csv, and 4 more");
    assert_unsupported(file.open(), "(in/a.csv, in/b.csv,");
    for (wanted, expected) in [("in/k.csv", "k"), ("k.csv", "k"), ("c.csv", "top"), ("in/c.csv", "c")] {
        let input = file.open_with(member(wanted)).unwrap();
        assert!(input.member().unwrap().ends_with(wanted));
        assert_eq!(drain(input, 10).unwrap().data, expected.as_bytes());
    }
    assert_unsupported(file.open_with(member("z.csv")), "no member z.csv; its members are: in/a.csv");
    let twins = Zipper::default().add("a/x", b"1", true, Sizes::Header).add("b/x", b"2", true, Sizes::Header).done();
    assert_unsupported(Scratch::new(&twins).open_with(member("x")), "(a/x, b/x)");
}

#[test]
fn a_zip_without_an_eligible_member_is_an_error() {
    let empty = Zipper::default().done();
    let beside = Zipper::default().add("a_skipped.csv", b"x", true, Sizes::Header).add("b/", b"", false, STREAMED);
    for (zip, expected) in
        [(empty, "contains no file"), (beside.done(), "no member of the archive is an export (a_skipped.csv")]
    {
        assert_unsupported(read_file(&zip), expected);
        assert_unsupported(read_stream(&zip), expected);
    }
}

#[test]
fn unsupported_members_are_an_error() {
    let encrypted = Zipper { flags: 1, ..Zipper::default() }.add("a.csv", b"x", true, Sizes::Header);
    let lzma = Zipper { method: Some(14), ..Zipper::default() }.add("a.csv", b"x", true, Sizes::Header);
    for zip in [encrypted.done(), encrypted.members().to_vec()] {
        assert_unsupported(read_file(&zip), "a.csv is encrypted");
        assert_unsupported(read_stream(&zip), "a.csv is encrypted");
    }
    assert_unsupported(read_file(&lzma.done()), "zip method 14");
    let behind = lzma.add("__MACOSX/b", b"x", true, Sizes::Header);
    assert_unsupported(read_stream(&behind.done()), "zip method 14");
}

#[test]
fn wrong_checksum_or_size_is_damage() {
    let data = sample(500);
    for sizes in EVERY_SIZES {
        for deflate in [true, false] {
            let wrong_crc = Zipper { wrong_crc: true, ..Zipper::default() }.add("a.csv", &data, deflate, sizes);
            let wrong_size = Zipper { wrong_size: 1, ..Zipper::default() }.add("a.csv", &data, deflate, sizes);
            assert_damaged(read_file(&wrong_crc.done()), "does not match its checksum");
            assert_damaged(read_file(&wrong_size.done()), "does not have its stated size");
            if deflate || !matches!(sizes, Sizes::Descriptor { .. }) {
                assert_damaged(read_stream(&wrong_crc.done()), "does not match its checksum");
                assert_damaged(read_stream(&wrong_size.done()), "size");
            }
        }
    }
    let mut zip = zipped("a.csv", &data, Sizes::Header);
    let middle = zip.len() / 2;
    zip[middle - 100..middle + 100].fill(0xff);
    assert_damaged(read_file(&zip), "near stored byte");
}

#[test]
fn directory_entries_that_contradict_the_data_are_damage() {
    let data = sample(500);
    let zip = zipped("a.csv", &data, Sizes::Header);
    let stored_size = i64::from(u32::from_le_bytes(zip[18..22].try_into().unwrap()));
    let entry = zip.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    for (change, expected) in [(1, "ends before its stated size"), (-1, "does not end within its stated size")] {
        let mut bad = zip.clone();
        let changed = u32::try_from(stored_size + change).unwrap().to_le_bytes();
        bad[18..22].copy_from_slice(&changed);
        bad[entry + 20..entry + 24].copy_from_slice(&changed);
        assert_damaged(read_file(&bad), expected);
        assert_damaged(read_stream(&bad), expected);
    }
    let mut moved = zip.clone();
    moved[entry + 42] = 3;
    assert_damaged(read_file(&moved), "not where the directory says");
}

#[test]
fn a_gzip_inside_a_zip_is_read() {
    let data = sample(20_000);
    let zip = zipped("export.csv.gz", &gzipped(&data), STREAMED);
    assert!(read_file(&zip).unwrap().data == data);
    let read = read_stream(&zip).unwrap();
    assert!(read.data == data);
    assert_eq!(read.truncated, None);
}

#[test]
fn the_digest_covers_all_members() {
    let big = sample(60_000);
    let zip = Zipper::default()
        .add("a.csv", &big, false, Sizes::Header)
        .add("b.csv", &sample(5), true, Sizes::Header)
        .add("c.csv", &big, false, Sizes::Header)
        .done();
    let file = Scratch::new(&zip);
    for digest in [Some(Digest::Sha256), None] {
        let mut input = file.open_with(Options { digest, ..member("b.csv") }).unwrap();
        let mut data = vec![0; 10_000];
        let count = input.fill(&mut data).unwrap();
        assert_eq!(data[..count], sample(5));
        let finish = input.finish().unwrap();
        assert_eq!(finish.stored_bytes, zip.len() as u64);
        assert_eq!(finish.digest, digest.map(|_| Sha256::digest(&zip).as_slice().try_into().unwrap()));
    }
}

#[test]
fn names_in_messages_are_short_and_on_one_line() {
    let long = format!("{}\u{1b}[2J\n\0.csv", "x".repeat(50));
    let longer = "y".repeat(50_000);
    let zip = Zipper::default().add(&long, b"1", true, Sizes::Header).add(&longer, b"2", true, Sizes::Header).done();
    for error in [read_file(&zip).unwrap_err(), read_stream(&zip).unwrap_err()] {
        let message = error.to_string();
        assert!(!message.contains(char::is_control) && message.len() < 500, "{message}");
    }
}
