//! One member's data: stored or deflated, checked against the checksum and length that the zip keeps for it.

use flate2::Crc;

use super::super::inflate::{Inflater, Step};
use super::super::layer::{Limited, Source, narrow};
use super::super::stored::Stored;
use super::record::Header;
use super::shown;
use crate::error::{Error, Result};

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// `PK\x07\x08`, which most writers put before a data descriptor, and some don't.
const DESCRIPTOR: [u8; 4] = [0x50, 0x4b, 7, 8];
const DESCRIPTOR_SIZE_MAX: usize = 24;

/// What came of a read.
pub(super) enum Part {
    /// So many bytes, never 0.
    Bytes(usize),
    /// The member is whole, and its checksum right.
    Whole,
    /// The input ends within the member.
    Cut,
}

/// What the directory at the zip's end says of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) crc: u32,
    pub(super) stored_size: u64,
    pub(super) size: u64,
}

enum Method {
    Stored,
    Deflated(Inflater),
}

enum Seal {
    /// Checksum and size are known beforehand.
    Known { crc: u32, size: u64 },
    /// They follow the data.
    Descriptor,
}

/// A member that is being read.
pub(super) struct Member {
    name: String,
    method: Method,
    seal: Seal,
    /// Stored bytes still to come, where the zip says so beforehand.
    left: Option<u64>,
    crc: Crc,
    taken: u64,
    given: u64,
    data_ended: bool,
}

impl Member {
    /// Makes ready to read the data behind `header`; the error's text says why that can't be done.
    pub(super) fn new(header: Header, claim: Option<Claim>) -> Result<Self, String> {
        let name = shown(&header.name);
        if header.encrypted() {
            return Err(format!("its member {name} is encrypted; unpack it and give the file that was in it"));
        }
        let method = match header.method {
            STORED => Method::Stored,
            DEFLATED => Method::Deflated(Inflater::bare()),
            other => {
                return Err(format!(
                    "its member {name} is compressed by zip method {other}, and only 0 (stored) and 8 (deflate) are \
                     read; unpack it and give the file that was in it"
                ));
            }
        };
        let (seal, left) = match claim {
            Some(claim) => (Seal::Known { crc: claim.crc, size: claim.size }, Some(claim.stored_size)),
            None if !header.streamed() => {
                (Seal::Known { crc: header.crc, size: header.size }, Some(header.stored_size))
            }
            None if matches!(method, Method::Deflated(_)) => (Seal::Descriptor, None),
            None if header.name.ends_with('/') => (Seal::Descriptor, Some(0)),
            None => {
                let Some(size) = header.known_stored_size() else {
                    return Err(format!(
                        "its member {name} is stored with no word of its size, which only a whole zip in a file \
                         gives; save it to a file, or unpack it"
                    ));
                };
                (Seal::Descriptor, Some(size))
            }
        };
        let crc = Crc::new();
        Ok(Self { name: header.name, method, seal, left, crc, taken: 0, given: 0, data_ended: false })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Reads into `out`, which must have room.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<Part> {
        if !self.data_ended {
            let count = match self.step(stored, out)? {
                Step::Bytes(count) => count,
                Step::End(count) => {
                    self.data_ended = true;
                    count
                }
                Step::Starved if self.left == Some(0) => {
                    return Err(self.damaged(stored, "does not end within its stated size"));
                }
                Step::Starved => return Ok(Part::Cut),
            };
            self.crc.update(&out[..count]);
            self.given += count as u64;
            if count > 0 {
                return Ok(Part::Bytes(count));
            }
        }
        self.check(stored)
    }

    fn step(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<Step> {
        let left = self.left.unwrap_or(u64::MAX);
        let (step, taken) = match &mut self.method {
            Method::Stored if left == 0 => (Step::End(0), 0),
            Method::Stored => {
                let room = out.len().min(narrow(left));
                match stored.read(&mut out[..room])? {
                    0 => (Step::Starved, 0),
                    count => (Step::Bytes(count), count as u64),
                }
            }
            Method::Deflated(inflater) => {
                let mut limited = Limited { source: stored, left, taken: 0 };
                (inflater.step(&mut limited, out)?, limited.taken)
            }
        };
        self.taken += taken;
        self.left = self.left.map(|left| left - taken);
        Ok(step)
    }

    fn check(&self, stored: &mut Stored) -> Result<Part> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(self.damaged(stored, "ends before its stated size"));
        }
        match self.seal {
            Seal::Known { crc, size } => {
                if crc != self.crc.sum() {
                    return Err(self.damaged(stored, "does not match its checksum"));
                }
                if size != self.given {
                    return Err(self.damaged(stored, "does not have its stated size"));
                }
                Ok(Part::Whole)
            }
            Seal::Descriptor => self.descriptor(stored),
        }
    }

    /// Passes over the data descriptor. It comes in four forms that nothing tells apart but what they should hold.
    fn descriptor(&self, stored: &mut Stored) -> Result<Part> {
        let found = stored.peek(DESCRIPTOR_SIZE_MAX)?;
        let mut cut = false;
        for (signed, wide) in [(true, true), (true, false), (false, true), (false, false)] {
            let expected = self.expected_descriptor(signed, wide);
            if found.starts_with(&expected) {
                stored.consume(expected.len());
                return Ok(Part::Whole);
            }
            cut |= expected.starts_with(found);
        }
        if cut {
            return Ok(Part::Cut);
        }
        Err(self.damaged(stored, "does not match its checksum or size"))
    }

    fn expected_descriptor(&self, signed: bool, wide: bool) -> Vec<u8> {
        let mut descriptor = Vec::with_capacity(DESCRIPTOR_SIZE_MAX);
        if signed {
            descriptor.extend(DESCRIPTOR);
        }
        descriptor.extend(self.crc.sum().to_le_bytes());
        for size in [self.taken, self.given] {
            // Writers without zip64 let sizes of 4 GiB and more wrap around: the low half is what both forms share.
            descriptor.extend(&size.to_le_bytes()[..if wide { 8 } else { 4 }]);
        }
        descriptor
    }

    fn damaged(&self, stored: &Stored, fault: &str) -> Error {
        stored.damaged(&format!("its member {} {fault}", shown(&self.name)))
    }
}
