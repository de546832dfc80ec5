//! Which member of a zip is meant.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use ::zip::ZipArchive;

use super::super::stored::Stored;
use super::member::Claim;
use super::record::text;
use super::shown;
use crate::error::Result;

/// The signature of the record that ends a zip, and the farthest from the file's end that it can stand.
const END: [u8; 4] = [0x50, 0x4b, 5, 6];
const END_REACH: u64 = 22 + 0xffff;

/// How many names a message lists.
const NAMES_MAX: usize = 8;

/// A member, as the directory at the zip's end lists it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) header_start: u64,
    pub(super) claim: Claim,
}

/// The members of a zip in a regular file; `None` where no sound directory ends it.
pub(super) fn list(stored: &mut Stored) -> Result<Option<Vec<Entry>>> {
    Ok(stored.aside(|file, size| if ends_with_directory(file, size) { entries(file) } else { None })?.flatten())
}

/// Looked for before the archive is opened: that would search all of a cut file, and could find a zip within the zip.
fn ends_with_directory(mut file: &File, size: u64) -> bool {
    let mut tail = Vec::new();
    let start = size.saturating_sub(END_REACH);
    let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.take(END_REACH).read_to_end(&mut tail));
    read.is_ok() && tail.windows(END.len()).any(|window| window == END)
}

fn entries(file: &File) -> Option<Vec<Entry>> {
    let archive = ZipArchive::new(BufReader::new(file)).ok()?;
    // The first member stood at byte 0, so a directory that counts from elsewhere is that of a zip within.
    if archive.offset() != 0 {
        return None;
    }
    (0..archive.len())
        .map(|index| {
            let entry = archive.by_index_data(index).ok()?;
            Some(Entry {
                name: text(entry.name_raw()),
                header_start: entry.header_start(),
                claim: Claim { crc: entry.crc32(), stored_size: entry.compressed_size(), size: entry.size() },
            })
        })
        .collect()
}

/// Takes the one member that is meant; the error's text says why there is none.
pub(super) fn choose(entries: Vec<Entry>, wanted: Option<&str>) -> Result<Entry, String> {
    let listed = || names(entries.iter().map(|entry| entry.name.as_str()).filter(|name| is_file(name)));
    let Some(wanted) = wanted else {
        let eligible: Vec<usize> = matching(&entries, eligible);
        return match eligible[..] {
            [only] => Ok(take(entries, only)),
            [] => Err(nothing(&listed())),
            _ => Err(several(&names(eligible.iter().map(|&at| entries[at].name.as_str())))),
        };
    };
    // A full name is meant before a last component, and a file before the shadow of it that a Mac adds.
    let exactly = matching(&entries, |name| name == wanted);
    let sound = matching(&entries, |name| eligible(name) && is_meant(name, wanted));
    let any = matching(&entries, |name| is_file(name) && is_meant(name, wanted));
    for found in [exactly, sound, any] {
        match found[..] {
            [] => {}
            [only] => return Ok(take(entries, only)),
            _ => return Err(several(&names(found.iter().map(|&at| entries[at].name.as_str())))),
        }
    }
    Err(missing(wanted, &listed()))
}

fn matching(entries: &[Entry], test: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..entries.len()).filter(|&at| test(&entries[at].name)).collect()
}

fn take(mut entries: Vec<Entry>, at: usize) -> Entry {
    entries.swap_remove(at)
}

fn is_file(name: &str) -> bool {
    !name.is_empty() && !name.ends_with(['/', '\\'])
}

/// May be what is meant when nothing was said.
pub(super) fn eligible(name: &str) -> bool {
    is_file(name) && !name.starts_with("__MACOSX/") && !name.ends_with("_info_only.csv")
}

/// Is what was asked for: by its full name, or by the last component of it.
pub(super) fn is_meant(name: &str, wanted: &str) -> bool {
    name == wanted || (is_file(name) && name.rsplit(['/', '\\']).next() == Some(wanted))
}

/// At most [`NAMES_MAX`] names, for a message of one line.
pub(super) fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    let mut listed: Vec<String> = all.iter().take(NAMES_MAX).map(|name| shown(name)).collect();
    if all.len() > NAMES_MAX {
        listed.push(format!("and {} more", all.len() - NAMES_MAX));
    }
    listed.join(", ")
}

pub(super) fn several(names: &str) -> String {
    format!("the zip holds several members ({names}); choose one with --member NAME")
}

pub(super) fn nothing(names: &str) -> String {
    if names.is_empty() {
        return "the zip holds no file".to_owned();
    }
    format!("the zip holds no member that is an export ({names}); choose one with --member NAME")
}

pub(super) fn missing(wanted: &str, names: &str) -> String {
    let wanted = shown(wanted);
    if names.is_empty() {
        return format!("the zip holds no file, so no member {wanted}");
    }
    format!("the zip holds no member {wanted}; it holds {names}")
}
