//! Tests from stored bytes to decompressed bytes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bombs;
mod gzip;
mod plain;
mod property;
mod tar;
mod zip;
mod zip_stream;
mod zips;
mod zstandard;

use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Input, Options};
use crate::error::{Error, Result};

/// Text that compresses like an export.
fn sample(rows: u32) -> Vec<u8> {
    let mut text = b"id,user,annotations\n".to_vec();
    for row in 0..rows {
        let mixed = row.wrapping_mul(2_654_435_761).rotate_left(row % 29);
        writeln!(text, "{row},volunteer-{mixed:x},\"[{{\"\"task\"\":\"\"T{}\"\",\"\"value\"\":{mixed}}}]\"", row % 3)
            .unwrap();
    }
    text
}

fn gzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new()
        .filename("export.csv")
        .extra(vec![1, 2, 3])
        .write(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A reader with short reads and occasional interruptions.
struct Drip {
    bytes: Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    calls: usize,
}

impl Read for Drip {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(7) {
            return Err(ErrorKind::Interrupted.into());
        }
        let size = self.sizes[self.calls % self.sizes.len()].max(1).min(out.len());
        self.bytes.read(&mut out[..size])
    }
}

fn drip(bytes: &[u8], sizes: &[usize]) -> Box<dyn Read + Send> {
    Box::new(Drip { bytes: Cursor::new(bytes.to_vec()), sizes: sizes.to_vec(), calls: 0 })
}

/// The bytes of an input, and why it ended early if it did.
#[derive(Debug, PartialEq)]
struct Drained {
    data: Vec<u8>,
    truncated: Option<String>,
}

fn drain(mut input: Input, step: usize) -> Result<Drained> {
    let mut data = Vec::new();
    let mut buffer = vec![0; step];
    loop {
        match input.read(&mut buffer)? {
            0 => break,
            count => data.extend_from_slice(&buffer[..count]),
        }
    }
    assert_eq!(input.read(&mut buffer)?, 0, "a read after the end returns 0");
    let truncated = input.truncated().map(str::to_owned);
    input.finish()?;
    Ok(Drained { data, truncated })
}

fn stream(bytes: &[u8]) -> Result<Input> {
    Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", options())
}

fn read_stream(bytes: &[u8]) -> Result<Drained> {
    drain(stream(bytes)?, 1 << 16)
}

/// A temporary file, removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("crowdarrow-source-{}-{count}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn open(&self) -> Result<Input> {
        self.open_with(options())
    }

    fn open_with(&self, options: Options) -> Result<Input> {
        Input::open(&self.0, "input", options)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

fn read_file(bytes: &[u8]) -> Result<Drained> {
    drain(Scratch::new(bytes).open()?, 1 << 16)
}

/// Options that skip members as the Python package does.
fn options() -> Options {
    Options { skip_members: vec!["_skipped.csv".to_owned()], ..Options::default() }
}

fn member(name: &str) -> Options {
    Options { member: Some(name.to_owned()), ..options() }
}

#[track_caller]
fn assert_damaged<T>(result: Result<T>, expected: &str) {
    match result {
        Err(error @ Error::Damaged { .. }) => assert!(error.to_string().contains(expected), "{error}"),
        Err(other) => panic!("not damaged: {other}"),
        Ok(_) => panic!("no error"),
    }
}

#[track_caller]
fn assert_unsupported<T>(result: Result<T>, expected: &str) {
    match result {
        Err(error @ Error::Unsupported { .. }) => assert!(error.to_string().contains(expected), "{error}"),
        Err(other) => panic!("not unsupported: {other}"),
        Ok(_) => panic!("no error"),
    }
}
