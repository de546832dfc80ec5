//! Splits CSV into records by quote parity over SIMD masks, with an exact parser as the fallback.
//!
//! Quote parity separates quoted from unquoted bytes only if quotes follow RFC 4180: an opening quote starts a field, and a
//! closing quote precedes a separator. Both are checked for every quote, with two shifts per chunk. A record with a quote
//! that fails the check is parsed by [`exact`]; the masks continue after it.

use super::exact::{self, Extent, Parsed, position};
use super::fields::{FEWEST_SPARSE, list_filled};
use super::line_end::{BufferEnd, LineEnd};
use super::quotes::Quotes;
use super::resync::{RecordRules, Resync, Searched};
use super::{Block, LineCursor, Span, position_in_block};
use crate::leniency::Leniency;
use crate::reject::{Reject, RejectKind};
use crate::scan::{CHUNK, Kernel, Masks};

/// Number of bytes classified at a time: the bytes and their masks fit in the L1 cache.
const STRIDE: usize = 64 * CHUNK;

/// Splits the blocks of one source into records.
pub struct Splitter {
    /// The rules that a valid record follows.
    pub rules: RecordRules,
    /// More bytes than an ordinary block has: the excess was read ahead.
    read_ahead: usize,
    kernel: Kernel,
    masks: Vec<Masks>,
    /// Number of records so far.
    pub records: u64,
    /// No record is split that starts at this offset of the source or after it.
    pub stop: u64,
    /// The same as a position in the block.
    stop_at: usize,
    resync: Option<Resync>,
    end_reported: bool,
    lines: LineCursor,
}

/// The next action of the splitter.
enum Action {
    /// Split records from this position.
    Split(usize),
    /// Continue at this position with more bytes.
    NeedMore(usize),
    /// Find the end of the rejected record at this position.
    Resync(usize, Resync),
}

/// Why the fast path stopped, and the start of the incomplete record.
enum FastStop {
    /// The buffer ended.
    EndOfBuffer(usize),
    /// The block takes no more records, or the next one is not to be split.
    Full(usize),
    /// A quote violates RFC 4180.
    InvalidQuote(usize),
    /// The record is longer than the limit.
    TooLong(usize),
}

impl Splitter {
    /// A splitter for a source read in blocks of `block_bytes` new bytes. The caller sets `rules.width` and
    /// `rules.separator`.
    pub fn new(kernel: Kernel, limit: usize, block_bytes: usize) -> Self {
        Self {
            rules: RecordRules { limit, width: 0, separator: b',' },
            // A block starts with the rest of up to two earlier ones.
            read_ahead: block_bytes.saturating_mul(3),
            kernel,
            masks: Vec::new(),
            records: 0,
            stop: u64::MAX,
            stop_at: usize::MAX,
            resync: None,
            end_reported: false,
            lines: LineCursor::default(),
        }
    }

    /// Finds the complete records of `block` and sets `block.used`; returns whether it stops there, at a record that starts at
    /// `stop` or after it.
    ///
    /// An incomplete record is left for the next block. So are bytes that were read ahead to find the end of a reject,
    /// even at the end of the input.
    pub fn split(&mut self, block: &mut Block, end: &BufferEnd) -> bool {
        let buffer = std::mem::take(&mut block.bytes);
        let bytes = &buffer[..block.filled];
        self.lines = LineCursor::new(block.line);
        self.stop_at = position_in_block(self.stop, block);
        block.is_sparse = self.rules.width >= FEWEST_SPARSE;
        let mut action = match self.resync.take() {
            Some(resync) => Action::Resync(0, resync),
            None => Action::Split(0),
        };
        let used = loop {
            action = match action {
                Action::NeedMore(at) => break at,
                Action::Split(at) if block.is_full() || at >= self.stop_at => break at,
                Action::Split(at) => match self.fast_in_form(bytes, at, end, block) {
                    FastStop::EndOfBuffer(start) if start == bytes.len() => Action::NeedMore(start),
                    FastStop::Full(start) => Action::NeedMore(start),
                    FastStop::EndOfBuffer(start) if !end.is_last() && bytes.len() - start <= self.rules.limit => {
                        Action::NeedMore(start)
                    }
                    FastStop::EndOfBuffer(start) | FastStop::InvalidQuote(start) => self.slow(bytes, start, end, block),
                    FastStop::TooLong(start) => self.too_long(bytes, start, block),
                },
                Action::Resync(at, mut resync) => match resync.run(self.rules, bytes, at, end, block) {
                    Searched::NeedMore(at) => {
                        self.resync = Some(resync);
                        Action::NeedMore(at)
                    }
                    Searched::Record(at) => {
                        self.end_reported |= resync.reports_truncation();
                        // Bytes read ahead to find the end of the reject are split in blocks of the usual size.
                        if bytes.len() - at > self.read_ahead { Action::NeedMore(at) } else { Action::Split(at) }
                    }
                },
            };
        };
        if let BufferEnd::Truncated(why) = end
            && used == bytes.len()
            && !self.end_reported
        {
            self.end_reported = true;
            let reject = self.reject(block, bytes, used, RejectKind::Truncated, why.clone());
            block.rejects.push(&reject);
        }
        block.bytes = buffer;
        block.used = used;
        used >= self.stop_at && self.resync.is_none()
    }

    fn fast_in_form(&mut self, bytes: &[u8], start: usize, end: &BufferEnd, block: &mut Block) -> FastStop {
        if block.is_sparse {
            self.fast::<true>(bytes, start, end, block)
        } else {
            self.fast::<false>(bytes, start, end, block)
        }
    }

    /// Splits complete records from `start` on until a quote fails the check. If `SPARSE`, it lists the fields that are not
    /// empty.
    fn fast<const SPARSE: bool>(&mut self, bytes: &[u8], start: usize, end: &BufferEnd, block: &mut Block) -> FastStop {
        let mut record = start;
        let mut first_end = block.ends.len();
        let mut listed = Listed { field: start, count: 0 };
        if SPARSE {
            block.ends.push(0);
        }
        let mut quotes = Quotes::default();
        let mut masks = std::mem::take(&mut self.masks);
        let mut stride = start;
        let (between, stop_at) = (self.rules.separator, self.stop_at);
        let stop = 'bytes: loop {
            if stride >= bytes.len() {
                break FastStop::EndOfBuffer(record);
            }
            let next = bytes.len().min(stride + STRIDE);
            self.kernel.classify_separated(&bytes[stride..next], between, &mut masks);
            block.checked.add(bytes, stride, next);
            let misplaced = quotes.check(self.kernel, &mut masks);
            let checked = misplaced.map_or(masks.len(), |chunk| chunk + 1);
            for (chunk, &Masks { separator: mut ends, .. }) in masks[..checked].iter().enumerate() {
                // Most chunks are within quotes.
                if ends == 0 {
                    continue;
                }
                let base = stride + chunk * CHUNK;
                if SPARSE && record <= base && !has_line_end(bytes, base) {
                    listed.add_chunk(base, ends, &mut block.ends);
                    ends = 0;
                }
                while ends != 0 {
                    let at = base + ends.trailing_zeros() as usize;
                    ends &= ends - 1;
                    if at < record {
                        continue; // the LF of a CR LF
                    }
                    if SPARSE {
                        listed.add(at, &mut block.ends);
                    } else {
                        block.ends.push(position(at));
                    }
                    if bytes[at] == between {
                        continue;
                    }
                    let Some(line_end) = LineEnd::at(bytes, at, end) else {
                        break 'bytes FastStop::EndOfBuffer(record);
                    };
                    if at - record > self.rules.limit {
                        break 'bytes FastStop::TooLong(record);
                    }
                    if SPARSE {
                        block.ends[first_end] = listed.count;
                    }
                    self.finish(block, record, line_end, first_end);
                    record = line_end.next;
                    first_end = block.ends.len();
                    if SPARSE {
                        listed = Listed { field: record, count: 0 };
                        block.ends.push(0);
                    }
                    if block.is_full() || record >= stop_at {
                        break 'bytes FastStop::Full(record);
                    }
                }
            }
            if misplaced.is_some() {
                break FastStop::InvalidQuote(record);
            }
            stride += STRIDE;
        };
        self.masks = masks;
        block.ends.truncate(first_end);
        stop
    }

    /// Parses the record at `start` exactly.
    fn slow(&mut self, bytes: &[u8], start: usize, end: &BufferEnd, block: &mut Block) -> Action {
        let first_end = block.ends.len();
        let parsed = exact::read_record(bytes, start, self.rules.separator, end.is_last(), &mut block.ends);
        let (Extent { end: stop, quotes_in_fields }, text) = match parsed {
            Parsed::Record(extent) => (extent, None),
            Parsed::TextAfterQuote { extent, at } => (extent, Some(at)),
            Parsed::Incomplete { .. } => {
                block.ends.truncate(first_end);
                return if !end.is_last() && bytes.len() - start <= self.rules.limit {
                    Action::NeedMore(start)
                } else if bytes.len() - start > self.rules.limit {
                    self.too_long(bytes, start, block)
                } else {
                    self.unclosed(bytes, start, block)
                };
            }
        };
        let Some(line_end) = LineEnd::at(bytes, stop, end) else {
            block.ends.truncate(first_end);
            return Action::NeedMore(start);
        };
        if stop - start > self.rules.limit {
            block.ends.truncate(first_end);
            return self.too_long(bytes, start, block);
        }
        if let Some(at) = text {
            block.ends.truncate(first_end);
            let reject = self.text_after_quote(bytes, start, at, block);
            if has_lines(&bytes[start..stop]) {
                return Action::Resync(start, Resync::to_valid_record(reject));
            }
            block.rejects.push_bytes(&reject, &bytes[start..stop]);
            line_end.count(block);
            return Action::Split(line_end.next);
        }
        if stop == bytes.len()
            && let BufferEnd::Truncated(why) = end
        {
            block.ends.truncate(first_end);
            let reject = self.reject(block, bytes, start, RejectKind::Truncated, why.clone());
            block.rejects.push_bytes(&reject, &bytes[start..]);
            self.end_reported = true;
            return Action::Split(bytes.len());
        }
        block.leniencies[Leniency::QuoteInField] += u64::from(quotes_in_fields);
        if block.is_sparse {
            list_filled(&mut block.ends, first_end, start);
        }
        self.finish(block, start, line_end, first_end);
        Action::Split(line_end.next)
    }

    /// Rejects a record longer than the limit. Its quotes up to there show whether its own end is known.
    #[cold]
    fn too_long(&mut self, bytes: &[u8], start: usize, block: &Block) -> Action {
        let limit = self.rules.limit;
        let reached = &bytes[..bytes.len().min(start + limit + 1)];
        match exact::read_record(reached, start, self.rules.separator, true, &mut Vec::new()) {
            Parsed::Incomplete { .. } => {
                let message = format!("a quote is not closed within the record limit of {limit} bytes");
                let reject = self.reject(block, bytes, start, RejectKind::UnclosedQuote, message);
                Action::Resync(start, Resync::to_valid_record(reject))
            }
            Parsed::TextAfterQuote { at, .. } if has_lines(&reached[start..]) => {
                let reject = self.text_after_quote(bytes, start, at, block);
                Action::Resync(start, Resync::to_valid_record(reject))
            }
            Parsed::TextAfterQuote { .. } | Parsed::Record(_) => {
                let message = format!("longer than the record limit of {limit} bytes");
                Action::Resync(start, Resync::to_own_end(self.reject(block, bytes, start, RejectKind::Length, message)))
            }
        }
    }

    fn text_after_quote(&mut self, bytes: &[u8], start: usize, at: usize, block: &Block) -> Reject {
        let message = format!("text after the closing quote at byte {} of the record", at - start);
        self.reject(block, bytes, start, RejectKind::Quote, message)
    }

    /// Rejects a record whose quote is open at the end of the input.
    fn unclosed(&mut self, bytes: &[u8], start: usize, block: &Block) -> Action {
        let message = "a quote is not closed before the end of the input".to_owned();
        let reject = self.reject(block, bytes, start, RejectKind::UnclosedQuote, message);
        Action::Resync(start, Resync::to_valid_record(reject))
    }

    /// Numbers the record at `start` and returns its reject without its bytes.
    fn reject(&mut self, block: &Block, bytes: &[u8], start: usize, kind: RejectKind, message: String) -> Reject {
        self.records += 1;
        Reject {
            record: self.records,
            line: self.lines.line_of(bytes, start),
            offset: block.offset + start as u64,
            column: None,
            kind,
            message,
            raw: Vec::new(),
            more: false,
        }
    }

    /// Adds the record from `start` to its line end, with the field ends from `first_end` on. An empty line is skipped.
    fn finish(&mut self, block: &mut Block, start: usize, line_end: LineEnd, first_end: usize) {
        line_end.count(block);
        if line_end.at == start {
            if line_end.next > start {
                block.leniencies[Leniency::EmptyLine] += 1;
            }
            block.ends.truncate(first_end);
            return;
        }
        self.records += 1;
        block.records.push(Span {
            number: self.records,
            start: position(start),
            end: position(line_end.at),
            first_end: position(first_end),
            last_end: position(block.ends.len()),
        });
    }
}

/// The fields of a record, of which those that are not empty are listed: see [`super::fields`].
struct Listed {
    /// Where the next field starts.
    field: usize,
    /// Number of fields before.
    count: u32,
}

impl Listed {
    /// Adds the field that ends at `at`.
    fn add(&mut self, at: usize, list: &mut Vec<u32>) {
        if at > self.field {
            list.extend([self.count, position(self.field), position(at)]);
        }
        self.field = at + 1;
        self.count += 1;
    }

    /// Adds the fields that end in a chunk at `base`, none of which starts after it.
    fn add_chunk(&mut self, base: usize, ends: u64, list: &mut Vec<u32>) {
        let mut filled = ends & !(ends << 1 | u64::from(self.field == base));
        while filled != 0 {
            let place = filled.trailing_zeros();
            let before = ends & ((1 << place) - 1);
            let start = if before == 0 { self.field } else { base + CHUNK - before.leading_zeros() as usize };
            list.extend([self.count + before.count_ones(), position(start), position(base + place as usize)]);
            filled &= filled - 1;
        }
        if ends != 0 {
            self.field = base + CHUNK - ends.leading_zeros() as usize;
            self.count += ends.count_ones();
        }
    }
}

/// Whether the chunk at `base` has a line end, or is shorter than others.
fn has_line_end(bytes: &[u8], base: usize) -> bool {
    bytes[base..].first_chunk::<CHUNK>().is_none_or(|chunk| {
        chunk.iter().fold(0, |found, &byte| found | u8::from(byte == b'\n') | u8::from(byte == b'\r')) != 0
    })
}

/// Whether the bytes have a line end.
fn has_lines(bytes: &[u8]) -> bool {
    memchr::memchr2(b'\n', b'\r', bytes).is_some()
}
