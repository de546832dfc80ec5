//! Samples the first records of a source.

use super::{CsvReader, cell_text};
use crate::error::Result;
use crate::records::line_end::BufferEnd;
use crate::records::splitter::Splitter;
use crate::records::{Block, Fields, Span};

/// Bytes that are looked at first, and at most.
const BYTES: std::ops::Range<usize> = 1 << 16..8 << 20;

/// Number of records in a sample.
const RECORDS: usize = 1000;

/// A column that is sampled, and the text that its cells contain.
type Wanted<'a> = (usize, &'a str);

/// A cell: its column and its text.
pub type SampledCell = (usize, String);

impl CsvReader {
    /// The cells of the first records without consuming them: up to the thousandth record, or those in the first 8 MiB.
    ///
    /// Records are left out that are rejected for their form: quotes, number of fields, UTF-8 or length. `wanted` has for
    /// each column the text that its cells contain, or none if the column is left out. Empty cells are left out.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn first_records(&mut self, wanted: &[Option<String>]) -> Result<Vec<Vec<SampledCell>>> {
        let options = self.options;
        let mut splitter = Splitter::new(options.kernel, options.max_record_bytes, options.block_bytes);
        splitter.rules = self.splitter.rules;
        let wanted = wanted.iter().enumerate().filter_map(|(column, text)| Some((column, text.as_deref()?))).collect();
        let mut sample = Sample { splitter, bytes: Vec::new(), wanted, records: Vec::new() };
        let (mut taken, mut size) = (0, BYTES.start);
        loop {
            let pending = &self.feed.pending;
            let more = size.saturating_sub(pending.len());
            let peeked = self.feed.input.peek(more)?;
            let ended = peeked.len() < more;
            sample.bytes.extend_from_slice(&pending[taken.min(pending.len())..size.min(pending.len())]);
            sample.bytes.extend_from_slice(&peeked[taken.saturating_sub(pending.len())..]);
            let end = match self.feed.input.truncated() {
                _ if !ended => BufferEnd::More,
                Some(why) => BufferEnd::Truncated(why.to_owned()),
                None => BufferEnd::Last,
            };
            sample.split(&end);
            if !ended && size >= BYTES.end {
                // The last record is incomplete, or its quote is not closed: then there may be records after it.
                let complete = memchr::memrchr2(b'\n', b'\r', &sample.bytes).map_or(0, |at| at + 1);
                sample.bytes.truncate(complete);
                sample.split(&BufferEnd::Last);
                return Ok(sample.records);
            }
            if ended || sample.records.len() == RECORDS {
                return Ok(sample.records);
            }
            (taken, size) = (size, 2 * size);
        }
    }
}

/// The records that were found so far, and the bytes after them.
struct Sample<'a> {
    splitter: Splitter,
    bytes: Vec<u8>,
    wanted: Vec<Wanted<'a>>,
    records: Vec<Vec<SampledCell>>,
}

impl Sample<'_> {
    /// Adds the complete records of the bytes, up to the thousandth.
    fn split(&mut self, end: &BufferEnd) {
        while !self.bytes.is_empty() && self.records.len() < RECORDS {
            let bytes = std::mem::take(&mut self.bytes);
            let mut block = Block { filled: bytes.len(), bytes, line: 1, ..Block::default() };
            self.splitter.split(&mut block, end);
            let found = block
                .records
                .iter()
                .filter_map(|span| cells_of(&block, *span, &self.wanted, self.splitter.rules.width));
            self.records.extend(found.take(RECORDS - self.records.len()));
            self.bytes = block.bytes.split_off(block.used);
            // A long reject is split in parts.
            if block.used == 0 {
                return;
            }
        }
    }
}

/// The wanted cells of a record of `width` fields; none if it is rejected for its form.
fn cells_of(block: &Block, span: Span, wanted: &[Wanted<'_>], width: usize) -> Option<Vec<SampledCell>> {
    let fields = Fields::of(block, span);
    let whole = &block.bytes[span.start as usize..span.end as usize];
    if (fields.count() != width && !fields.has_width(&block.bytes, width)) || str::from_utf8(whole).is_err() {
        return None;
    }
    let mut cells = Vec::new();
    for &(column, text) in wanted {
        let Some((start, end)) = fields.range(span.start, column) else { continue };
        let field = &block.bytes[start as usize..end as usize];
        if !field.is_empty()
            && let Ok(cell) = String::from_utf8(cell_text(field))
            && !cell.is_empty()
            && cell.contains(text)
        {
            cells.push((column, cell));
        }
    }
    Some(cells)
}
