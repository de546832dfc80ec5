//! Reads the records of a zip in order, as a stream requires.

use super::super::layer::ByteSource;
use super::super::stored::Stored;
use crate::error::Result;

const MEMBER: u32 = 0x0403_4b50;
const ENTRY: u32 = 0x0201_4b50;
const ENTRIES_SIGNATURE: u32 = 0x0505_4b50;
const EXTRA_ARCHIVE_DATA: u32 = 0x0806_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;

const MEMBER_SIZE: usize = 30;
const ENTRY_SIZE: usize = 46;
const END_SIZE: usize = 22;
const END_64_LOCATOR_SIZE: usize = 20;

/// Id of the extra field with 64-bit sizes.
const ZIP64_FIELD: u16 = 1;
const IN_ZIP64: u64 = 0xffff_ffff;

/// The record at the reading position.
pub(super) enum Record {
    /// A member's local header, consumed; its data follow.
    Member(Header),
    /// The first record after the members, not consumed.
    Directory,
    /// The input ends within the record.
    Truncated,
    /// Not a zip record.
    Unknown,
}

/// A member's local header. Its sizes are not verified.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) method: u16,
    flags: u16,
    pub(super) crc: u32,
    pub(super) stored_size: u64,
    pub(super) size: u64,
}

impl Header {
    /// Whether the member is encrypted, by any method.
    pub(super) fn encrypted(&self) -> bool {
        self.flags & (1 | 1 << 6 | 1 << 13) != 0
    }

    /// Whether checksum and sizes follow the data in a data descriptor.
    pub(super) fn streamed(&self) -> bool {
        self.flags & (1 << 3) != 0
    }

    /// The stored size, if the header has it.
    pub(super) fn known_stored_size(&self) -> Option<u64> {
        (!self.streamed() || self.stored_size > 0).then_some(self.stored_size)
    }

    fn parse(fixed: &[u8], name: &[u8], extra: &[u8]) -> Self {
        let (stored_size, size) = (u64::from(int32(fixed, 18)), u64::from(int32(fixed, 22)));
        let mut header = Self {
            name: text(name),
            flags: int16(fixed, 6),
            method: int16(fixed, 8),
            crc: int32(fixed, 14),
            stored_size,
            size,
        };
        if let Some(mut field) = zip64_field(extra) {
            for claim in [&mut header.size, &mut header.stored_size] {
                if *claim == IN_ZIP64 {
                    let Some((value, rest)) = field.split_first_chunk() else { break };
                    *claim = u64::from_le_bytes(*value);
                    field = rest;
                }
            }
        }
        header
    }
}

/// Reads the next record.
pub(super) fn next(stored: &mut Stored) -> Result<Record> {
    let Some(signature) = signature(stored)? else { return Ok(Record::Truncated) };
    match signature {
        MEMBER => {}
        ENTRY | EXTRA_ARCHIVE_DATA | END_64 | END => return Ok(Record::Directory),
        _ => return Ok(Record::Unknown),
    }
    let fixed = stored.peek(MEMBER_SIZE)?;
    if fixed.len() < MEMBER_SIZE {
        return Ok(Record::Truncated);
    }
    let name_end = MEMBER_SIZE + usize::from(int16(fixed, 26));
    let whole_size = name_end + usize::from(int16(fixed, 28));
    let whole = stored.peek(whole_size)?;
    if whole.len() < whole_size {
        return Ok(Record::Truncated);
    }
    let header = Header::parse(whole, &whole[MEMBER_SIZE..name_end], &whole[name_end..whole_size]);
    stored.consume(whole_size);
    Ok(Record::Member(header))
}

/// The result of reading the central directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DirectoryRead {
    /// The directory and its end record are valid.
    Complete,
    /// The input ends within the directory.
    Truncated,
    /// A record in it is not a zip record.
    Unknown,
}

/// Consumes the central directory.
pub(super) fn directory(stored: &mut Stored) -> Result<DirectoryRead> {
    loop {
        let Some(signature) = signature(stored)? else { return Ok(DirectoryRead::Truncated) };
        let (fixed_size, length): (usize, fn(&[u8]) -> u64) = match signature {
            ENTRY => (ENTRY_SIZE, |fixed| [28, 30, 32].iter().map(|&at| u64::from(int16(fixed, at))).sum()),
            ENTRIES_SIGNATURE => (6, |fixed| u64::from(int16(fixed, 4))),
            EXTRA_ARCHIVE_DATA => (8, |fixed| u64::from(int32(fixed, 4))),
            END_64 => (12, |fixed| u64::from(int32(fixed, 4)) | u64::from(int32(fixed, 8)) << 32),
            END_64_LOCATOR => (END_64_LOCATOR_SIZE, |_| 0),
            END => (END_SIZE, |fixed| u64::from(int16(fixed, 20))),
            _ => return Ok(DirectoryRead::Unknown),
        };
        let fixed = stored.peek(fixed_size)?;
        if fixed.len() < fixed_size {
            return Ok(DirectoryRead::Truncated);
        }
        let length = length(fixed);
        stored.consume(fixed_size);
        if stored.skip(length)? < length {
            return Ok(DirectoryRead::Truncated);
        }
        if signature == END {
            return Ok(DirectoryRead::Complete);
        }
    }
}

/// A member's name; bytes that are not UTF-8 are replaced.
pub(super) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn signature(stored: &mut Stored) -> Result<Option<u32>> {
    Ok(stored.peek(4)?.first_chunk().copied().map(u32::from_le_bytes))
}

fn zip64_field(mut extra: &[u8]) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let (id, size) = (int16(extra, 0), usize::from(int16(extra, 2)));
        let data = extra.get(4..4 + size)?;
        if id == ZIP64_FIELD {
            return Some(data);
        }
        extra = &extra[4 + size..];
    }
    None
}

fn int16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn int32(bytes: &[u8], at: usize) -> u32 {
    u32::from(int16(bytes, at)) | u32::from(int16(bytes, at + 2)) << 16
}
