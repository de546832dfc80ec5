//! Reads a CSV source: its header, then blocks of complete records.

mod sample;

pub use sample::SampledCell;

use super::exact::{self, Parsed};
use super::feed::Feed;
use super::line_end::{BOM, BufferEnd, LineEnd};
use super::splitter::Splitter;
use super::{Block, Position, ReaderOptions, line_ends};
use crate::error::{DamageKind, Error, Result, UnsupportedKind};
use crate::leniency::{Leniencies, Leniency};
use crate::scan::collapse_quotes;
use crate::source::{Finish, Input};

/// Reads one CSV source.
pub struct CsvReader {
    feed: Feed,
    options: ReaderOptions,
    max_columns: usize,
    header: Vec<String>,
    header_quoted: bool,
    splitter: Splitter,
    header_bytes: u64,
    leniencies: Leniencies,
}

/// A header that was read before.
#[derive(Clone, Debug)]
pub struct CsvHeader {
    /// Names of the columns.
    pub names: Vec<String>,
    /// Whether all of these are quoted.
    pub is_quoted: bool,
    /// The byte between fields.
    pub separator: u8,
}

/// A header in the first bytes of a source.
struct Header {
    names: Vec<String>,
    /// All of these are quoted.
    quoted: bool,
    /// The byte between fields.
    separator: u8,
    /// Position of its first byte.
    start: usize,
    /// One past its last byte.
    stop: usize,
    /// Start of the next line.
    next: usize,
}

impl CsvReader {
    /// Reads the header of a source whose fields are separated by commas.
    ///
    /// # Errors
    /// If the source cannot be read or has no valid header.
    pub fn open(input: Input, options: ReaderOptions) -> Result<Self> {
        Self::open_separated(input, options, b",", usize::MAX, |_| true)
    }

    /// Reads the header, of at most `max_columns`, with each of `separators`, and keeps the first one with which `accepts` is
    /// true of the names. If there is none, or only one separator, the first is used.
    ///
    /// # Errors
    /// If the source cannot be read or has no valid header.
    pub fn open_separated(
        input: Input,
        options: ReaderOptions,
        separators: &[u8],
        max_columns: usize,
        mut accepts: impl FnMut(&[String]) -> bool,
    ) -> Result<Self> {
        let splitter = Splitter::new(options.kernel, options.max_record_bytes, options.block_bytes);
        let mut reader = Self {
            feed: Feed::new(input, options.block_bytes, options.max_record_bytes),
            options,
            max_columns,
            header: Vec::new(),
            header_quoted: true,
            splitter,
            header_bytes: 0,
            leniencies: Leniencies::default(),
        };
        let mut bytes = Vec::new();
        let mut first = None;
        for (index, &separator) in separators.iter().enumerate() {
            let found = match reader.find_header(&mut bytes, separator) {
                Ok(header) if separators.len() == 1 || accepts(&header.names) => {
                    reader.leniencies[Leniency::Separator] += u64::from(index > 0);
                    reader.start(bytes, header);
                    return Ok(reader);
                }
                // Another separator may explain quotes that are invalid with this one.
                Err(error) if !matches!(error, Error::Unsupported { .. }) => return Err(error),
                found => found,
            };
            first.get_or_insert(found);
        }
        let header = first.unwrap_or_else(|| Err(reader.feed.unsupported(UnsupportedKind::InvalidHeader)))?;
        reader.start(bytes, header);
        Ok(reader)
    }

    /// Opens a source again whose header, read with `separator`, was `header`; `is_first` if that was the first separator.
    ///
    /// # Errors
    /// As [`CsvReader::open`]; `Damaged` if the header is another one.
    pub fn reopen(
        input: Input,
        options: ReaderOptions,
        separator: u8,
        is_first: bool,
        header: &[String],
    ) -> Result<Self> {
        let mut reader = Self::open_separated(input, options, &[separator], header.len().max(1), |_| true)?;
        reader.leniencies[Leniency::Separator] += u64::from(!is_first);
        if reader.header != header {
            let name = reader.feed.input.name().to_owned();
            return Err(Error::Damaged { name, kind: DamageKind::Changed, position: None });
        }
        Ok(reader)
    }

    /// Opens a source at a position before a record, where `input` is open. Its header was read before.
    #[must_use]
    pub fn open_at(input: Input, options: ReaderOptions, header: CsvHeader, position: Position) -> Self {
        let mut splitter = Splitter::new(options.kernel, options.max_record_bytes, options.block_bytes);
        splitter.rules.width = header.names.len();
        splitter.rules.separator = header.separator;
        splitter.records = position.records;
        let mut feed = Feed::new(input, options.block_bytes, options.max_record_bytes);
        feed.start_at(position);
        Self {
            feed,
            options,
            max_columns: header.names.len(),
            header: header.names,
            header_quoted: header.is_quoted,
            splitter,
            header_bytes: 0,
            leniencies: Leniencies::default(),
        }
    }

    /// Stops at the first record that starts at offset `stop` or after it; without one at the end of the source.
    pub fn stop_at(&mut self, stop: Option<u64>) {
        self.splitter.stop = stop.unwrap_or(u64::MAX);
        self.feed.resume();
    }

    /// The position after the records that were read.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { offset: self.feed.offset, line: self.feed.line, records: self.splitter.records }
    }

    /// Whether the source was read to its end.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.feed.is_done()
    }

    /// Names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The byte between fields.
    #[must_use]
    pub const fn separator(&self) -> u8 {
        self.splitter.rules.separator
    }

    /// Whether all names are quoted, as R writes them.
    #[must_use]
    pub const fn is_header_quoted(&self) -> bool {
        self.header_quoted
    }

    /// Number of decompressed bytes split so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.feed.offset
    }

    /// Finishes the input: see [`Input::finish`].
    ///
    /// # Errors
    /// As [`Input::finish`].
    pub fn finish(&mut self) -> Result<Finish> {
        self.feed.input.finish()
    }

    /// Fills `block` with the next records; returns false at the end of the source, or where it stops.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool> {
        let Self { feed, splitter, header_bytes, leniencies, .. } = self;
        let filled = feed.next_block(block, |block, end| {
            block.header_bytes += std::mem::take(header_bytes);
            block.leniencies += std::mem::take(leniencies);
            splitter.split(block, end)
        })?;
        block.leniencies[Leniency::MissingFinalNewline] += u64::from(filled && feed.lacks_final_line_end());
        Ok(filled)
    }

    /// Finds the header in `bytes`, the beginning of the input, to which more is appended until it is complete.
    fn find_header(&mut self, bytes: &mut Vec<u8>, separator: u8) -> Result<Header> {
        let mut ends = Vec::new();
        let mut more = if bytes.is_empty() { self.options.block_bytes.min(1 << 16) } else { 0 };
        let (start, stop, next) = loop {
            let filled = bytes.len();
            if more > 0 {
                let read = self.feed.read_more(bytes, filled, more)?;
                bytes.truncate(filled + read);
            }
            let end = self.feed.end();
            let bom = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
            let start = bom + bytes[bom..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            ends.clear();
            let parsed = exact::read_record(bytes, start, separator, end.is_last(), &mut ends);
            match parsed {
                Parsed::Record(extent) => {
                    if let Some(line_end) = LineEnd::at(bytes, extent.end, &end)
                        && extent.end - start <= self.options.max_record_bytes
                    {
                        break (start, extent.end, line_end.next);
                    }
                }
                Parsed::TextAfterQuote { .. } => return Err(self.feed.unsupported(UnsupportedKind::InvalidHeader)),
                Parsed::Incomplete { .. } => {
                    if let BufferEnd::Truncated(reason) = &end {
                        return Err(self.truncated(reason));
                    }
                }
            }
            // One byte more than the limit, since a CR at the end of the buffer may be followed by an LF.
            if end.is_last() || bytes.len().saturating_sub(start) > self.options.max_record_bytes + 1 {
                return Err(self.feed.unsupported(UnsupportedKind::InvalidHeader));
            }
            more = bytes.len().max(1);
        };
        // The last name may be incomplete, and columns after it are missing.
        if let (true, Some(reason)) = (next == bytes.len() && next == stop, self.feed.input.truncated()) {
            return Err(self.truncated(reason));
        }
        if start == stop {
            return Err(self.feed.unsupported(UnsupportedKind::Empty));
        }
        if ends.len() > self.max_columns {
            let kind = UnsupportedKind::TooManyColumns { columns: ends.len(), limit: self.max_columns };
            return Err(self.feed.unsupported(kind));
        }
        let mut names = Vec::with_capacity(ends.len());
        let mut quoted = true;
        let mut from = start;
        for &end in &ends {
            let name = &bytes[from..end as usize];
            quoted &= name.first() == Some(&b'"');
            names.push(self.column_name(name)?);
            from = end as usize + 1;
        }
        Ok(Header { names, quoted, separator, start, stop, next })
    }

    /// Starts to read the records after the header.
    fn start(&mut self, mut bytes: Vec<u8>, Header { names, quoted, separator, start, stop, next }: Header) {
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
        self.splitter.rules.width = names.len();
        self.splitter.rules.separator = separator;
        self.header = names;
        self.header_quoted = quoted;
        self.feed.pending = bytes.split_off(next);
    }

    fn truncated(&self, reason: &str) -> Error {
        self.feed.unsupported(UnsupportedKind::TruncatedHeader { reason: reason.to_owned() })
    }

    fn column_name(&self, field: &[u8]) -> Result<String> {
        String::from_utf8(cell_text(field)).map_err(|_| self.feed.unsupported(UnsupportedKind::HeaderEncoding))
    }
}

/// The text of a field.
fn cell_text(field: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    match field {
        [b'"', inner @ .., b'"'] => collapse_quotes(inner, &mut text),
        plain => text.extend_from_slice(plain),
    }
    text
}
