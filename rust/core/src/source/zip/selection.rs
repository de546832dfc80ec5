//! Selects the zip member to read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use ::zip::ZipArchive;

use super::super::selection::{Others, Selection, is_file, is_named, names, office_document};
use super::super::stored::Stored;
use super::member::Claim;
use super::record::text;
use crate::error::{Result, UnsupportedKind};

/// Signature of the end-of-central-directory record, and its largest distance from the end of the file.
const END: [u8; 4] = [0x50, 0x4b, 5, 6];
const END_REACH: u64 = 22 + 0xffff;

/// A member as listed in the central directory.
#[derive(Debug)]
pub(super) struct DirectoryEntry {
    pub(super) name: String,
    pub(super) header_start: u64,
    pub(super) claim: Claim,
}

/// Lists the members of a zip in a regular file; `None` if the file does not end with a valid central directory.
pub(super) fn list(stored: &mut Stored) -> Result<Option<Vec<DirectoryEntry>>> {
    Ok(stored.with_file(|file, size| if ends_with_directory(file, size) { entries(file) } else { None })?.flatten())
}

/// Checked before the archive is opened: `ZipArchive` would search all of a truncated file, and could find the directory
/// of a zip inside it.
fn ends_with_directory(mut file: &File, size: u64) -> bool {
    let mut tail = Vec::new();
    let start = size.saturating_sub(END_REACH);
    let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.take(END_REACH).read_to_end(&mut tail));
    read.is_ok() && tail.windows(END.len()).any(|window| window == END)
}

fn entries(file: &File) -> Option<Vec<DirectoryEntry>> {
    let archive = ZipArchive::new(BufReader::new(file)).ok()?;
    // The first member starts at byte 0, so a directory with another origin belongs to a zip inside this one.
    if archive.offset() != 0 {
        return None;
    }
    (0..archive.len())
        .map(|index| {
            let entry = archive.by_index_data(index).ok()?;
            Some(DirectoryEntry {
                name: text(entry.name_raw()),
                header_start: entry.header_start(),
                claim: Claim { crc: entry.crc32(), stored_size: entry.compressed_size(), size: entry.size() },
            })
        })
        .collect()
}

impl Selection {
    /// Selects an entry of the central directory.
    pub(super) fn choose(&self, mut entries: Vec<DirectoryEntry>) -> Result<DirectoryEntry, UnsupportedKind> {
        if let (None, Some(what)) = (&self.wanted, office_document(entries.iter().map(|entry| entry.name.as_str()))) {
            return Err(UnsupportedKind::Document { what });
        }
        let matching = |matches: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..entries.len()).filter(|&index| matches(&entries[index].name)).collect()
        };
        let candidates = match &self.wanted {
            None => vec![matching(&|name| self.is_eligible(name))],
            // A full name takes precedence over a last component, and an eligible member over a skipped one.
            Some(wanted) => vec![
                matching(&|name| name == wanted),
                matching(&|name| self.is_eligible(name) && is_named(name, wanted)),
                matching(&|name| is_file(name) && is_named(name, wanted)),
            ],
        };
        match candidates.into_iter().find(|found| !found.is_empty()).as_deref() {
            Some([only]) => Ok(entries.swap_remove(*only)),
            Some(several) => {
                let members = names(several.iter().map(|&index| entries[index].name.as_str()));
                Err(UnsupportedKind::SeveralMembers { members })
            }
            None => {
                let mut others = Others::default();
                entries.iter().filter(|entry| is_file(&entry.name)).for_each(|entry| others.add(&entry.name));
                Err(self.none(others))
            }
        }
    }
}
