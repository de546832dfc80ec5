//! Compressed inputs and archives: any bytes end without a panic, reads of any size give the same, and what was packed
//! and damaged never gives other bytes.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::LazyLock;

use crowdarrow_core::error::Result;
use crowdarrow_core::source::{Digest, Input, Options};

use crate::packed::{ALL, CHECKED};

/// Where reading ends, since a bomb of any size is a valid input.
const MOST: usize = 4 << 20;

/// The bytes of an input up to a limit, and why it ended early.
#[derive(Debug, PartialEq, Eq)]
struct Drained {
    data: Vec<u8>,
    truncated: Option<String>,
}

fn drain(mut input: Input, step: usize) -> Result<Drained> {
    let mut data = Vec::new();
    let mut buffer = vec![0; step];
    while data.len() < MOST {
        match input.read(&mut buffer)? {
            0 => {
                assert_eq!(input.read(&mut buffer)?, 0, "a read after the end returns 0");
                break;
            }
            count => data.extend_from_slice(&buffer[..count]),
        }
    }
    let truncated = input.truncated().map(str::to_owned);
    input.finish()?;
    data.truncate(MOST);
    Ok(Drained { data, truncated })
}

fn options() -> Options {
    Options { skip_members: vec!["_skipped.csv".to_owned()], digest: Some(Digest::Blake3), ..Options::default() }
}

fn from_stream(bytes: &[u8], step: usize, options: Options) -> Result<Drained> {
    drain(Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", options)?, step)
}

/// The same from a file, of which a zip's directory is read.
fn from_file(bytes: &[u8]) -> Result<Drained> {
    static PATH: LazyLock<PathBuf> =
        LazyLock::new(|| std::env::temp_dir().join(format!("crowdarrow-fuzz-{}", std::process::id())));
    std::fs::write(&*PATH, bytes).unwrap();
    let drained = Input::open(&PATH, "input", options()).and_then(|input| drain(input, 1 << 16));
    std::fs::remove_file(&*PATH).unwrap();
    drained
}

/// What an error says: reads of another size may find it at another position, and a decoder may then give no reason.
fn shown(drained: &Result<Drained>) -> std::result::Result<&Drained, String> {
    let without = |text: &str, end| text.split(end).next().unwrap_or_default().to_owned();
    drained.as_ref().map_err(|error| without(&without(&error.to_string(), ", near stored byte"), "data are invalid"))
}

fn check_any(bytes: &[u8], step: usize) {
    let stream = from_stream(bytes, 1 << 16, options());
    assert_eq!(shown(&from_stream(bytes, step, options())), shown(&stream), "reads of {step} bytes");
    let file = from_file(bytes);
    if let (Ok(file), Ok(stream)) = (&file, &stream) {
        // Only a file's directory says which member of a zip counts.
        assert!(file == stream || bytes.starts_with(b"PK"), "a file differs from a stream");
    }
    let member = Options { member: Some("a".to_owned()), ..options() };
    let _ = from_stream(bytes, step, member);
}

/// Data that are compressed or an archive themselves are unpacked too.
fn is_plain(data: &[u8]) -> bool {
    let input = Input::from_reader(Box::new(Cursor::new(data.to_vec())), "input", options());
    input.is_ok_and(|input| input.compression().to_string() == "none")
}

fn check_packed(form: u8, step: usize, damage: &[u8], data: &[u8]) {
    if !is_plain(data) {
        return;
    }
    let number = usize::from(form) % ALL.len();
    let mut stored = ALL[number](data);
    let whole = from_stream(&stored, step, options()).expect("what was packed is read");
    // The second form holds the data twice.
    let expected = if number == 1 { data.repeat(2) } else { data.to_vec() };
    assert_eq!(whole, Drained { data: expected.clone(), truncated: None }, "form {number}");
    assert_eq!(from_file(&stored).expect("what was packed is read"), whole, "form {number}");
    let [at, bits, cut, ..] = damage else { return };
    if *bits == 0 {
        // A tar may end at any multiple of its blocks, and a gzip between two members. The beginning of a header is not a tar.
        let is_tar = number >= CHECKED.len();
        let size = 4 + usize::from(*cut) * (stored.len() - 4) / 256;
        let read = from_stream(&stored[..size], step, options());
        let Ok(read) = read else { panic!("form {number} cut at {size}: {read:?}") };
        // A compression within another that ends within its first bytes is not recognized, and they are the data.
        let is_unrecognized = read.data.len() < 6 && read.truncated.is_some() || is_tar && size < 512;
        assert!(expected.starts_with(&read.data) || is_unrecognized, "form {number} cut at {size}: {read:?}");
        assert!(read.truncated.is_some() || number == 1 || is_tar, "form {number} cut at {size}");
    } else if number < CHECKED.len() {
        // Behind the first bytes, by which the form is known.
        let at = 4 + usize::from(*at) * (stored.len() - 4) / 256;
        stored[at] ^= bits;
        for read in [from_stream(&stored, step, options()), from_file(&stored)].into_iter().flatten() {
            let is_whole = read.data == expected;
            // A damaged stream may have no end, which is reported.
            assert!(is_whole || read.truncated.is_some(), "form {number}, bits {bits} of byte {at}: {read:?}");
        }
    }
}

/// Bytes that choose a form, reads and damage, and either an input or what it is packed from.
pub fn check(data: &[u8]) {
    let Some(([form, step, damage @ ..], rest)) = crate::choices::<5>(data) else { return };
    let step = 1 + usize::from(step) * 7;
    if form < 128 { check_any(rest, step) } else { check_packed(form - 128, step, &damage, rest) }
}
