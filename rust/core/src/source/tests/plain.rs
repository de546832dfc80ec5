//! Uncompressed inputs, and behaviour common to all inputs.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sha2::{Digest as _, Sha256};

use super::super::stored::{BLOCK, Stored};
use super::super::{Compression, Digest, Finish, Input, Options};
use super::{
    Scratch, assert_damaged, assert_unsupported, drain, drip, gzipped, member, read_file, read_stream, sample, stream,
};
use crate::error::{Error, Result};

fn with_digest() -> Options {
    Options { digest: Some(Digest::Sha256), ..Options::default() }
}

#[test]
fn uncompressed_bytes_are_unchanged() {
    for data in [Vec::new(), b"a".to_vec(), b"PK".to_vec(), sample(3), sample(60_000)] {
        assert_eq!(read_file(&data).unwrap().data, data);
        assert_eq!(read_stream(&data).unwrap().data, data);
        let mut input = stream(&data).unwrap();
        let mut buffer = vec![0; data.len() + 10];
        assert_eq!(input.fill(&mut buffer).unwrap(), data.len());
        assert_eq!(input.compression(), Compression::None);
        assert_eq!(input.truncated(), None);
    }
}

#[test]
fn an_input_can_be_read_by_another_thread_and_watched() {
    let data = sample(40_000);
    let file = Scratch::new(&data);
    let input = file.open().unwrap();
    let counter = input.counter();
    assert_eq!((input.name(), input.stored_size()), ("input", Some(data.len() as u64)));
    let read = std::thread::spawn(move || drain(input, 1000).unwrap()).join().unwrap();
    assert_eq!(read.data, data);
    assert_eq!(counter.load(Ordering::Relaxed), data.len() as u64);
}

#[test]
fn the_counter_is_the_number_of_stored_bytes_consumed() {
    let packed = gzipped(&sample(200_000));
    let mut input = stream(&packed).unwrap();
    let counter = input.counter();
    let mut buffer = vec![0; 100_000];
    input.fill(&mut buffer).unwrap();
    let first = counter.load(Ordering::Relaxed);
    assert!(first > 0 && first < packed.len() as u64);
    drain(input, 1 << 16).unwrap();
    assert_eq!(counter.load(Ordering::Relaxed), packed.len() as u64);
    assert_eq!(Arc::strong_count(&counter), 1);
}

#[test]
fn the_digest_is_of_the_stored_bytes() {
    for data in [sample(10), sample(60_000), gzipped(&sample(100)), gzipped(&sample(300_000))] {
        let expected = Finish {
            stored_bytes: data.len() as u64,
            digest: Some(Sha256::digest(&data).as_slice().try_into().unwrap()),
        };
        let reader = drip(&data, &[3, 70_000, 1 << 20]);
        for mut input in [
            Scratch::new(&data).open_with(with_digest()).unwrap(),
            Input::from_reader(reader, "input", with_digest()).unwrap(),
        ] {
            let mut buffer = vec![0; 1 << 16];
            while input.read(&mut buffer).unwrap() > 0 {}
            assert_eq!(input.finish().unwrap(), expected);
            assert_eq!(input.finish().unwrap(), expected, "finish is idempotent");
        }
    }
}

#[test]
fn finish_counts_unread_bytes() {
    let data = sample(100_000);
    let mut input = stream(&data).unwrap();
    input.read(&mut [0; 10]).unwrap();
    assert_eq!(input.finish().unwrap(), Finish { stored_bytes: data.len() as u64, digest: None });
    let mut input = Scratch::new(&data).open().unwrap();
    input.read(&mut [0; 10]).unwrap();
    assert_eq!(input.finish().unwrap().stored_bytes, data.len() as u64);
}

#[test]
fn a_changed_file_is_damage() {
    let file = Scratch::new(&sample(10));
    let mut input = file.open().unwrap();
    std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"more").unwrap();
    assert_damaged(input.finish(), "changed while it was read");
    assert_damaged(input.finish(), "an earlier read failed");

    let file = Scratch::new(&sample(10));
    let mut input = file.open().unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::OpenOptions::new().append(true).open(&file).unwrap().set_modified(later).unwrap();
    assert_damaged(input.finish(), "changed while it was read");
}

#[test]
fn io_errors_keep_their_kind() {
    let folder = std::env::temp_dir();
    let kind_of = |result: Result<Input>| match result {
        Err(Error::Io { source, name }) => {
            assert_eq!(name, "input");
            source.kind()
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("no error"),
    };
    assert_eq!(kind_of(Input::open(&folder.join("no such file"), "input", Options::default())), ErrorKind::NotFound);
    let error = Input::open(&folder, "input", Options::default());
    assert!(error.as_ref().err().unwrap().to_string().contains("is a folder"));
    assert_eq!(kind_of(error), ErrorKind::IsADirectory);
}

/// Returns some bytes, then fails or returns a count larger than the buffer.
struct Broken {
    first: bool,
    overflows: bool,
}

impl Read for Broken {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.first) {
            out[..5].copy_from_slice(b"id,u\n");
            return Ok(5);
        }
        if self.overflows { Ok(out.len() + 1) } else { Err(ErrorKind::ConnectionReset.into()) }
    }
}

#[test]
fn a_failed_read_makes_every_later_read_fail() {
    for (overflows, kind) in [(false, ErrorKind::ConnectionReset), (true, ErrorKind::InvalidData)] {
        let reader = Box::new(Broken { first: true, overflows });
        let mut input = Input::from_reader(reader, "input", Options::default()).unwrap();
        let mut buffer = [0; 100];
        assert_eq!((input.fill(&mut buffer).unwrap(), input.is_failing()), (5, true));
        match input.fill(&mut buffer) {
            Err(Error::Io { source, .. }) => assert_eq!(source.kind(), kind),
            other => panic!("{other:?}"),
        }
        assert_damaged(input.read(&mut buffer), "an earlier read failed");
        assert_damaged(input.finish(), "an earlier read failed");
    }
}

#[test]
fn a_member_of_an_input_that_is_not_a_zip_is_an_error() {
    assert_unsupported(Scratch::new(&sample(1)).open_with(member("a.csv")), "is not a zip");
    assert_unsupported(Scratch::new(&gzipped(b"x")).open_with(member("a.csv")), "is not a zip");
}

#[test]
fn compression_is_detected_from_the_first_bytes() {
    let names = [
        (&b"\x1f\x8b\x08"[..], "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x5a\x2a\x4d\x18", "zstd"),
        (b"PK,a", "none"),
        (b"\x1f", "none"),
        (b"", "none"),
    ];
    for (magic, name) in names {
        assert_eq!(Compression::detect(magic).to_string(), name);
    }
}

#[test]
fn skip_moves_to_the_same_position_with_and_without_digest() {
    let data = sample(120_000);
    assert!(data.len() > 3 * BLOCK);
    let file = Scratch::new(&data);
    for digest in [None, Some(Digest::Blake3)] {
        for skip in [0, 5, BLOCK as u64, 2 * BLOCK as u64 + 7] {
            let mut stored = Stored::open(file.as_ref(), "input", digest).unwrap();
            assert_eq!(stored.peek(3).unwrap()[..3], data[..3]);
            assert_eq!(stored.skip(skip).unwrap(), skip);
            let at = usize::try_from(skip).unwrap();
            assert_eq!(stored.peek(70_000).unwrap()[..70_000], data[at..at + 70_000]);
            let rest = data.len() as u64 - skip;
            assert_eq!(stored.skip(u64::MAX).unwrap(), rest);
            assert_eq!(stored.peek(1).unwrap(), b"");
            assert_eq!(stored.finish().unwrap().stored_bytes, data.len() as u64);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_device_with_a_path_is_read_as_a_stream() {
    let mut input = Input::open("/dev/null".as_ref(), "input", Options::default()).unwrap();
    assert_eq!(input.stored_size(), None);
    assert_eq!(input.fill(&mut [0; 10]).unwrap(), 0);
    assert_eq!(input.finish().unwrap(), Finish { stored_bytes: 0, digest: None });
}

#[test]
fn peeked_bytes_are_read_again() {
    let data = sample(9000);
    for stored in [data.clone(), gzipped(&data), gzipped(&gzipped(&data))] {
        let mut input = stream(&stored).unwrap();
        assert_eq!(input.peek(0).unwrap(), b"");
        assert_eq!(input.peek(100).unwrap(), &data[..100]);
        assert_eq!(input.peek(10).unwrap(), &data[..10]);
        assert_eq!(input.peek(70_000).unwrap(), &data[..70_000]);
        let mut head = [0; 30];
        assert_eq!(input.read(&mut head).unwrap(), 30);
        assert_eq!(head, data[..30]);
        assert_eq!(input.peek(90_000).unwrap(), &data[30..90_030]);
        assert_eq!(input.peek(data.len() * 2).unwrap(), &data[30..]);
        assert_eq!(drain(input, 1 << 12).unwrap().data, data[30..]);
    }
    let mut empty = stream(b"").unwrap();
    assert_eq!(empty.peek(10).unwrap(), b"");
    assert_eq!(drain(empty, 10).unwrap().data, b"");
}

#[test]
fn a_failed_peek_makes_every_later_read_fail() {
    let mut stored = gzipped(&sample(20_000));
    let last = stored.len() - 1;
    stored[last / 2] ^= 0xff;
    let mut input = stream(&stored).unwrap();
    assert!(matches!(input.peek(1 << 22), Err(Error::Damaged { .. })));
    assert!(matches!(input.peek(1), Err(Error::Damaged { .. })));
    assert!(matches!(input.read(&mut [0; 8]), Err(Error::Damaged { .. })));
}
