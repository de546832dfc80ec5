//! Builds zips in the variants of common writers.

use std::io::Write;

/// The location of a member's sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sizes {
    /// The local header, as Python's `zipfile` writes.
    Header,
    /// The zip64 field of the local header.
    Zip64,
    /// A data descriptor after the data, as `zipstream` writes.
    Descriptor { signed: bool, wide: bool },
}

pub(super) const EVERY_SIZES: [Sizes; 6] = [
    Sizes::Header,
    Sizes::Zip64,
    Sizes::Descriptor { signed: true, wide: false },
    Sizes::Descriptor { signed: false, wide: false },
    Sizes::Descriptor { signed: true, wide: true },
    Sizes::Descriptor { signed: false, wide: true },
];

pub(super) const STREAMED: Sizes = Sizes::Descriptor { signed: true, wide: false };

/// A zip builder.
#[derive(Default)]
pub(super) struct Zipper {
    pub(super) bytes: Vec<u8>,
    pub(super) directory: Vec<u8>,
    pub(super) count: u16,
    /// Flips a bit of the checksum of members added later.
    pub(super) wrong_crc: bool,
    /// Added to the size of members added later.
    pub(super) wrong_size: u64,
    /// Flags of members added later.
    pub(super) flags: u16,
    /// Unsupported method of members added later.
    pub(super) method: Option<u16>,
}

impl Zipper {
    pub(super) fn add(mut self, name: &str, data: &[u8], deflate: bool, sizes: Sizes) -> Self {
        let packed = if deflate { deflated(data) } else { data.to_vec() };
        let crc = crc32(data) ^ u32::from(self.wrong_crc);
        let (stored_size, size) = (packed.len() as u64, data.len() as u64 + self.wrong_size);
        let streamed = matches!(sizes, Sizes::Descriptor { .. });
        let flags = self.flags | if streamed { 8 } else { 0 };
        let method = self.method.unwrap_or(if deflate { 8 } else { 0 });
        let start = u32::try_from(self.bytes.len()).unwrap();
        let name_size = u16::try_from(name.len()).unwrap();
        let mut extra = vec![0x55, 0x54, 1, 0, 0];
        let header_sizes = match sizes {
            Sizes::Header => (narrow(stored_size), narrow(size)),
            Sizes::Zip64 => {
                extra.extend([1, 0, 16, 0]);
                extra.extend(size.to_le_bytes());
                extra.extend(stored_size.to_le_bytes());
                (u32::MAX, u32::MAX)
            }
            Sizes::Descriptor { .. } => (0, 0),
        };
        let common = |said: (u32, u32), crc: u32, extra_size: usize| {
            let mut fields = vec![20, 0];
            fields.extend(flags.to_le_bytes());
            fields.extend(method.to_le_bytes());
            fields.extend([0x00, 0x18, 0x98, 0x4c]);
            fields.extend(crc.to_le_bytes());
            fields.extend(said.0.to_le_bytes());
            fields.extend(said.1.to_le_bytes());
            fields.extend(name_size.to_le_bytes());
            fields.extend(u16::try_from(extra_size).unwrap().to_le_bytes());
            fields
        };
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(common(header_sizes, if streamed { 0 } else { crc }, extra.len()));
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(&extra);
        self.bytes.extend(&packed);
        if let Sizes::Descriptor { signed, wide } = sizes {
            if signed {
                self.bytes.extend(b"PK\x07\x08");
            }
            self.bytes.extend(crc.to_le_bytes());
            for size in [stored_size, size] {
                self.bytes.extend(&size.to_le_bytes()[..if wide { 8 } else { 4 }]);
            }
        }
        self.directory.extend(b"PK\x01\x02\x14\x03");
        self.directory.extend(common((narrow(stored_size), narrow(size)), crc, 0));
        self.directory.extend([0; 10]);
        self.directory.extend(start.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count += 1;
        self
    }

    /// The zip without its central directory.
    pub(super) fn members(&self) -> &[u8] {
        &self.bytes
    }

    /// The complete zip.
    pub(super) fn done(&self) -> Vec<u8> {
        let mut zip = self.bytes.clone();
        zip.extend(&self.directory);
        zip.extend(b"PK\x05\x06\0\0\0\0");
        zip.extend(self.count.to_le_bytes());
        zip.extend(self.count.to_le_bytes());
        zip.extend(u32::try_from(self.directory.len()).unwrap().to_le_bytes());
        zip.extend(u32::try_from(self.bytes.len()).unwrap().to_le_bytes());
        zip.extend([7, 0]);
        zip.extend(b"comment");
        zip
    }
}

/// A zip with one deflated member.
pub(super) fn zipped(name: &str, data: &[u8], sizes: Sizes) -> Vec<u8> {
    Zipper::default().add(name, data, true, sizes).done()
}

fn narrow(size: u64) -> u32 {
    u32::try_from(size).unwrap()
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    crc.sum()
}
