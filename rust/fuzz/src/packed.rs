//! Packs bytes as the writers of compressed files and archives do.

use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};

/// A form of compression or archive.
pub type Packer = fn(&[u8]) -> Vec<u8>;

/// All forms whose content has a checksum.
pub const CHECKED: [Packer; 9] = [
    gzip,
    |data| [gzip(data), gzip(data)].concat(),
    gzip_in_gzip,
    bzip2,
    xz,
    zstandard,
    zip_deflated,
    zip_stored,
    gzip_in_zip,
];

/// All forms, of which the last are tars.
pub const ALL: [Packer; 11] = {
    let mut all: [Packer; 11] = [gzip; 11];
    let mut i = 0;
    while i < CHECKED.len() {
        all[i] = CHECKED[i];
        i += 1;
    }
    all[9] = tar;
    all[10] = |data| gzip(&tar(data));
    all
};

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new().filename("a.csv").write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn gzip_in_gzip(data: &[u8]) -> Vec<u8> {
    gzip(&gzip(data))
}

fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn xz(data: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zipped(name: &str, data: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap().into_inner()
}

fn zip_deflated(data: &[u8]) -> Vec<u8> {
    zipped("a.csv", data, zip::CompressionMethod::Deflated)
}

fn zip_stored(data: &[u8]) -> Vec<u8> {
    zipped("a.csv", data, zip::CompressionMethod::Stored)
}

fn gzip_in_zip(data: &[u8]) -> Vec<u8> {
    zipped("a.csv.gz", &gzip(data), zip::CompressionMethod::Stored)
}

/// A tar of one file.
fn tar(data: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header[..5].copy_from_slice(b"a.csv");
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut tar = [&header[..], data].concat();
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}
