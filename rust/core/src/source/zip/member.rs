//! The data of one zip member, stored or compressed, verified against its checksum and size.

use flate2::Crc;

use super::super::Compression;
use super::super::codec::Codec;
use super::super::inflate::{Inflated, Inflater};
use super::super::layer::{ByteSource, Limited, narrow};
use super::super::selection::shown;
use super::super::stored::Stored;
use super::record::Header;
use crate::error::{Error, Result, UnsupportedKind};

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const BZIP2: u16 = 12;
const ZSTANDARD: u16 = 93;
const XZ: u16 = 95;

/// `PK\x07\x08`, the optional signature of a data descriptor.
const DESCRIPTOR: [u8; 4] = [0x50, 0x4b, 7, 8];
const DESCRIPTOR_SIZE_MAX: usize = 24;

/// The result of one read.
pub(super) enum MemberRead {
    /// Number of bytes read, never 0.
    Bytes(usize),
    /// The member has ended and its checksum and size are right.
    Complete,
    /// The input ends within the member.
    Truncated,
}

/// Checksum and sizes of a member according to the central directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) crc: u32,
    pub(super) stored_size: u64,
    pub(super) size: u64,
}

enum Method {
    Stored,
    Deflated(Inflater),
    /// A compression that files have too; its decoder is made when it is needed.
    Other(Compression, Option<Codec>),
}

/// The location of the checksum and size to verify.
enum Expected {
    /// In the header or the central directory.
    Known { crc: u32, size: u64 },
    /// In a data descriptor after the data.
    Descriptor,
}

/// A member that is being read.
pub(super) struct Member {
    name: String,
    method: Method,
    expected: Expected,
    /// Number of stored bytes left, if the header or the directory has the size.
    left: Option<u64>,
    crc: Crc,
    taken: u64,
    given: u64,
    data_ended: bool,
}

impl Member {
    /// Prepares to read the data after `header`.
    pub(super) fn new(header: Header, claim: Option<Claim>) -> Result<Self, UnsupportedKind> {
        let unsupported = |reason| Err(UnsupportedKind::Member { member: shown(&header.name), reason });
        if header.encrypted() {
            return unsupported("is encrypted".to_owned());
        }
        let method = match header.method {
            STORED => Method::Stored,
            DEFLATED => Method::Deflated(Inflater::raw()),
            BZIP2 => Method::Other(Compression::Bzip2, None),
            ZSTANDARD => Method::Other(Compression::Zstd, None),
            XZ => Method::Other(Compression::Xz, None),
            other => {
                return unsupported(format!(
                    "is compressed by zip method {other}; only 0 (stored), 8 (deflate), 12 (bzip2), 93 (zstd) and 95 (xz) \
                     are supported"
                ));
            }
        };
        let (expected, left) = match claim {
            Some(claim) => (Expected::Known { crc: claim.crc, size: claim.size }, Some(claim.stored_size)),
            None if !header.streamed() => {
                (Expected::Known { crc: header.crc, size: header.size }, Some(header.stored_size))
            }
            None if matches!(method, Method::Deflated(_)) => (Expected::Descriptor, None),
            None if header.name.ends_with('/') => (Expected::Descriptor, Some(0)),
            None => {
                let Some(size) = header.known_stored_size() else {
                    return Err(UnsupportedKind::UnknownMemberSize { member: shown(&header.name) });
                };
                (Expected::Descriptor, Some(size))
            }
        };
        let crc = Crc::new();
        Ok(Self { name: header.name, method, expected, left, crc, taken: 0, given: 0, data_ended: false })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Reads into `out`, which must not be empty.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<MemberRead> {
        if !self.data_ended {
            let count = match self.step(stored, out)? {
                Inflated::Bytes(count) => count,
                Inflated::End(count) => {
                    self.data_ended = true;
                    count
                }
                Inflated::Starved if self.left == Some(0) => {
                    return Err(self.corrupt(stored, "does not end within its stated size"));
                }
                Inflated::Starved => return Ok(MemberRead::Truncated),
            };
            self.crc.update(&out[..count]);
            self.given += count as u64;
            if count > 0 {
                return Ok(MemberRead::Bytes(count));
            }
        }
        self.check(stored)
    }

    fn step(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<Inflated> {
        let left = self.left.unwrap_or(u64::MAX);
        let (inflated, taken) = match &mut self.method {
            Method::Stored if left == 0 => (Inflated::End(0), 0),
            Method::Stored => {
                let room = out.len().min(narrow(left));
                match stored.read(&mut out[..room])? {
                    0 => (Inflated::Starved, 0),
                    count => (Inflated::Bytes(count), count as u64),
                }
            }
            Method::Deflated(inflater) => {
                let mut limited = Limited { source: stored, left, taken: 0 };
                (inflater.inflate(&mut limited, out)?, limited.taken)
            }
            Method::Other(compression, decoder) => {
                if decoder.is_none() {
                    *decoder = Codec::new(*compression, stored.name())?;
                }
                let mut limited = Limited { source: stored, left, taken: 0 };
                let inflated = match decoder {
                    Some(codec) => match codec.read(&mut limited, out)? {
                        0 if codec.truncated().is_some() => Inflated::Starved,
                        0 => Inflated::End(0),
                        count => Inflated::Bytes(count),
                    },
                    None => Inflated::End(0),
                };
                (inflated, limited.taken)
            }
        };
        self.taken += taken;
        self.left = self.left.map(|left| left - taken);
        Ok(inflated)
    }

    fn check(&self, stored: &mut Stored) -> Result<MemberRead> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(self.corrupt(stored, "ends before its stated size"));
        }
        match self.expected {
            Expected::Known { crc, size } => {
                if crc != self.crc.sum() {
                    return Err(self.corrupt(stored, "does not match its checksum"));
                }
                if size != self.given {
                    return Err(self.corrupt(stored, "does not have its stated size"));
                }
                Ok(MemberRead::Complete)
            }
            Expected::Descriptor => self.descriptor(stored),
        }
    }

    /// Verifies and consumes the data descriptor.
    ///
    /// The format has four variants that only their expected content distinguishes.
    fn descriptor(&self, stored: &mut Stored) -> Result<MemberRead> {
        let found = stored.peek(DESCRIPTOR_SIZE_MAX)?;
        let mut truncated = false;
        for (signed, wide) in [(true, true), (true, false), (false, true), (false, false)] {
            let expected = self.expected_descriptor(signed, wide);
            if found.starts_with(&expected) {
                stored.consume(expected.len());
                return Ok(MemberRead::Complete);
            }
            truncated |= expected.starts_with(found);
        }
        if truncated {
            return Ok(MemberRead::Truncated);
        }
        Err(self.corrupt(stored, "does not match its checksum or size"))
    }

    fn expected_descriptor(&self, signed: bool, wide: bool) -> Vec<u8> {
        let mut descriptor = Vec::with_capacity(DESCRIPTOR_SIZE_MAX);
        if signed {
            descriptor.extend(DESCRIPTOR);
        }
        descriptor.extend(self.crc.sum().to_le_bytes());
        for size in [self.taken, self.given] {
            // Writers without zip64 support wrap sizes of 4 GiB and more.
            descriptor.extend(&size.to_le_bytes()[..if wide { 8 } else { 4 }]);
        }
        descriptor
    }

    fn corrupt(&self, stored: &Stored, fault: &str) -> Error {
        stored.corrupt(&format!("the zip member {} {fault}", shown(&self.name)))
    }
}
