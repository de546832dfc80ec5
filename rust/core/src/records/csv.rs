//! A CSV source: its header, then block after block of whole records.

use super::exact::{self, Outcome};
use super::feed::Feed;
use super::splitter::{End, LineEnd, Splitter};
use super::{Block, line_ends};
use crate::error::{Error, Result};
use crate::leniency::{Leniencies, Leniency};
use crate::scan::{Kernel, collapse_quotes};
use crate::source::{Finish, Input};

/// How a CSV source is read.
#[derive(Clone, Copy, Debug)]
pub struct CsvOptions {
    /// New bytes of a block; a block also holds what the one before left open.
    pub block_bytes: usize,
    /// Longest record, in bytes without its line end.
    pub max_record_bytes: usize,
    /// How the masks are computed.
    pub kernel: Kernel,
}

/// The byte-order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads one source.
pub struct CsvReader {
    feed: Feed,
    options: CsvOptions,
    header: Vec<String>,
    splitter: Splitter,
    header_bytes: u64,
    leniencies: Leniencies,
}

impl CsvReader {
    /// Reads as far as the end of the header.
    ///
    /// # Errors
    /// Where the source cannot be read, or has no header.
    pub fn open(input: Input, options: CsvOptions) -> Result<Self> {
        let splitter = Splitter::new(options.kernel, options.max_record_bytes, options.block_bytes);
        let mut reader = Self {
            feed: Feed::new(input, options.block_bytes, options.max_record_bytes),
            options,
            header: Vec::new(),
            splitter,
            header_bytes: 0,
            leniencies: Leniencies::default(),
        };
        reader.read_header()?;
        Ok(reader)
    }

    /// The names of the columns, as they stand.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Where the bytes come from.
    #[must_use]
    pub const fn input(&self) -> &Input {
        &self.feed.input
    }

    /// Bytes of the decompressed source that were dealt with.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.feed.offset
    }

    /// What the end of the source tells: see [`Input::finish`].
    ///
    /// # Errors
    /// Where the source changed while it was read, or its rest cannot be read.
    pub fn finish(&mut self) -> Result<Finish> {
        self.feed.input.finish()
    }

    /// Fills `block` with the next records; false where there are none and never will be.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        let Self { feed, splitter, header_bytes, leniencies, .. } = self;
        let filled = feed.next_block(block, |block, end| {
            block.header_bytes += std::mem::take(header_bytes);
            block.leniencies += std::mem::take(leniencies);
            splitter.split(block, end);
        })?;
        block.leniencies[Leniency::MissingFinalNewline] += u64::from(filled && feed.lacks_final_line_end());
        Ok(filled)
    }

    fn read_header(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        let mut more = self.options.block_bytes.min(1 << 16);
        let (start, stop, next) = loop {
            let filled = bytes.len();
            let read = self.feed.read_more(&mut bytes, filled, more)?;
            bytes.truncate(filled + read);
            let end = self.feed.end();
            let bom = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
            let start = bom + bytes[bom..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            ends.clear();
            let outcome = exact::read_record(&bytes, start, end.is_last(), &mut ends);
            if let Outcome::Record(extent) = outcome
                && let Some(line_end) = LineEnd::at(&bytes, extent.end, &end)
                && extent.end - start <= self.options.max_record_bytes
            {
                break (start, extent.end, line_end.next);
            }
            if let (Outcome::Open { .. }, End::Truncated(why)) = (outcome, &end) {
                return Err(self.cut_off(why));
            }
            // One byte more than the limit, since a CR at the end may have to wait for its LF.
            if end.is_last() || bytes.len().saturating_sub(start) > self.options.max_record_bytes + 1 {
                let message =
                    "no CSV header: the first line has a quote that is not closed as it should be, or is too long";
                return Err(self.feed.unsupported(message));
            }
            more = bytes.len().max(1);
        };
        // A name that was cut off is none, and no column behind it is known.
        if let (true, Some(why)) = (next == bytes.len() && next == stop, self.feed.input.truncated()) {
            return Err(self.cut_off(why));
        }
        if start == stop {
            return Err(self.feed.unsupported("the file is empty; an export has at least a header line"));
        }
        let mut from = start;
        for &end in &ends {
            self.header.push(self.column_name(&bytes[from..end as usize])?);
            from = end as usize + 1;
        }
        self.leniencies[Leniency::Bom] += u64::from(bytes.starts_with(BOM));
        self.leniencies[Leniency::EmptyLine] += line_ends(&bytes[..start], bytes.get(start).copied());
        let pairs = bytes[..start].windows(2).filter(|pair| pair == b"\r\n").count();
        let returns = memchr::memchr_iter(b'\r', &bytes[..start]).count();
        self.leniencies[Leniency::Crlf] += pairs as u64;
        self.leniencies[Leniency::LoneCr] += (returns - pairs) as u64;
        match &bytes[stop..next] {
            b"\r\n" => self.leniencies[Leniency::Crlf] += 1,
            b"\r" => self.leniencies[Leniency::LoneCr] += 1,
            _ => {}
        }
        self.feed.line += line_ends(&bytes[..next], bytes.get(next).copied());
        self.feed.offset = next as u64;
        self.header_bytes = self.feed.offset;
        self.splitter.width = self.header.len();
        self.feed.pending = bytes.split_off(next);
        Ok(())
    }

    fn cut_off(&self, why: &str) -> Error {
        self.feed.unsupported(&format!("it ends within its header: {why}"))
    }

    fn column_name(&self, field: &[u8]) -> Result<String> {
        let mut name = Vec::new();
        match field {
            [b'"', inner @ .., b'"'] => collapse_quotes(inner, &mut name),
            plain => name.extend_from_slice(plain),
        }
        String::from_utf8(name).map_err(|_| {
            self.feed
                .unsupported("the header is not UTF-8; name its encoding (--encoding), for example cp1252 or utf-16")
        })
    }
}
