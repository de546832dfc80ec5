//! Exact record splitting: quote parity over SIMD masks, every quote checked, the state machine where a check fails.
//!
//! Parity tells inside from outside only where quotes stand as RFC 4180 says: an opening quote at the start of a
//! field, a closing one before a separator. Both are checked for every quote with two shifts a chunk. At the first
//! quote that fails, the record it stands in is read again by [`exact`], and the masks take over after it.

use super::exact::{self, Extent, Outcome, position};
use super::resync::Resync;
use super::{Block, LineCursor, Span};
use crate::leniency::Leniency;
use crate::reject::{Reject, RejectKind};
use crate::scan::{CHUNK, Kernel, Masks, prefix_xor};

/// Bytes whose masks are computed at a time: they and their masks stay in the first-level cache.
const STRIDE: usize = 64 * CHUNK;

/// What comes after the bytes at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// More bytes.
    More,
    /// Nothing: this is the end of the input.
    Last,
    /// Nothing, though there should be more; the text says why.
    Truncated(String),
}

impl End {
    /// Whether no more bytes come.
    pub const fn is_last(&self) -> bool {
        !matches!(self, Self::More)
    }
}

/// Cuts one source into records, block after block.
pub struct Splitter {
    /// Longest record, in bytes without its line end.
    pub limit: usize,
    /// Fields of the header.
    pub width: usize,
    /// More bytes than an ordinary block has: they were read ahead.
    ahead: usize,
    kernel: Kernel,
    masks: Vec<Masks>,
    records: u64,
    resync: Option<Resync>,
    end_reported: bool,
    lines: LineCursor,
}

/// Where the splitting goes on.
pub enum Next {
    /// With the record that starts here.
    Record(usize),
    /// Here, when more bytes have come.
    Wait(usize),
    /// By looking for the next sound record after the one that starts here.
    Resync(usize, Resync),
}

/// Why the fast path stopped, and the start of the record it could not finish.
enum Stop {
    /// The bytes ran out.
    Exhausted(usize),
    /// A quote is not where it should be.
    Quote(usize),
    /// The record is longer than the limit.
    Long(usize),
}

impl Splitter {
    /// A splitter for a source that is read in blocks of `block_bytes` new bytes; the header's width is yet to be told.
    pub fn new(kernel: Kernel, limit: usize, block_bytes: usize) -> Self {
        Self {
            limit,
            width: 0,
            // A block begins with up to two that were read before it.
            ahead: block_bytes.saturating_mul(3),
            kernel,
            masks: Vec::new(),
            records: 0,
            resync: None,
            end_reported: false,
            lines: LineCursor::default(),
        }
    }

    /// Finds the whole records of what `block` was filled with and sets `block.used`; what is open is left for the next
    /// block, and so is, even at the end of the input, what was read ahead for a huge reject.
    pub fn split(&mut self, block: &mut Block, end: &End) {
        let whole = std::mem::take(&mut block.bytes);
        let bytes = &whole[..block.filled];
        self.lines = LineCursor::new(block.line);
        let mut next = match self.resync.take() {
            Some(resync) => Next::Resync(0, resync),
            None => Next::Record(0),
        };
        let used = loop {
            next = match next {
                Next::Wait(at) => break at,
                Next::Record(at) => match self.fast(bytes, at, end, block) {
                    Stop::Exhausted(start) if start == bytes.len() => Next::Wait(start),
                    Stop::Exhausted(start) if !end.is_last() && bytes.len() - start <= self.limit => Next::Wait(start),
                    Stop::Exhausted(start) | Stop::Quote(start) => self.slow(bytes, start, end, block),
                    Stop::Long(start) => self.too_long(bytes, start, block),
                },
                Next::Resync(at, mut resync) => match resync.run(self, bytes, at, end, block) {
                    Next::Wait(at) => {
                        self.resync = Some(resync);
                        Next::Wait(at)
                    }
                    // What was read ahead to find the reject is no block of its own, however small the reject is.
                    Next::Record(at) if bytes.len() - at > self.ahead => Next::Wait(at),
                    next => next,
                },
            };
        };
        if let End::Truncated(why) = end
            && used == bytes.len()
            && !self.end_reported
        {
            self.end_reported = true;
            let reject = self.reject(block, bytes, used, RejectKind::Truncated, why.clone());
            block.rejects.push(reject);
        }
        block.bytes = whole;
        block.used = used;
    }

    /// Takes every whole record from `start` on whose quotes pass the check.
    fn fast(&mut self, bytes: &[u8], start: usize, end: &End, block: &mut Block) -> Stop {
        let mut record = start;
        let mut first_end = block.ends.len();
        // All ones while inside quotes; whether the byte before is a separator or quote; whether it closed a field.
        let (mut inside, mut after_boundary, mut after_close) = (0u64, 1u64, false);
        let mut masks = std::mem::take(&mut self.masks);
        let mut stride = start;
        let stop = 'bytes: loop {
            if stride >= bytes.len() {
                break Stop::Exhausted(record);
            }
            self.kernel.classify(&bytes[stride..bytes.len().min(stride + STRIDE)], &mut masks);
            for (chunk, &Masks { quote, separator }) in masks.iter().enumerate() {
                let base = stride + chunk * CHUNK;
                let parity = prefix_xor(quote) ^ inside;
                let boundary = quote | separator;
                let misplaced_open = quote & parity & !(boundary << 1 | after_boundary);
                // The byte after bit 63 is looked at with the next chunk.
                let misplaced_close = quote & !parity & !(boundary >> 1 | 1 << 63);
                let misplaced = misplaced_open | misplaced_close;
                if after_close && boundary & 1 == 0 {
                    break 'bytes Stop::Quote(record);
                }
                let mut ends = separator & !parity;
                if misplaced != 0 {
                    ends &= (misplaced & misplaced.wrapping_neg()) - 1;
                }
                while ends != 0 {
                    let at = base + ends.trailing_zeros() as usize;
                    ends &= ends - 1;
                    if at < record {
                        continue; // the LF of a CR LF
                    }
                    block.ends.push(position(at));
                    if bytes[at] == b',' {
                        continue;
                    }
                    let Some(line_end) = LineEnd::at(bytes, at, end) else {
                        break 'bytes Stop::Exhausted(record);
                    };
                    if at - record > self.limit {
                        break 'bytes Stop::Long(record);
                    }
                    self.finish(block, record, line_end, first_end);
                    record = line_end.next;
                    first_end = block.ends.len();
                }
                if misplaced != 0 {
                    break 'bytes Stop::Quote(record);
                }
                inside = 0u64.wrapping_sub(parity >> 63);
                after_boundary = boundary >> 63;
                after_close = quote & !parity & 1 << 63 != 0 && base + CHUNK < bytes.len();
            }
            stride += STRIDE;
        };
        self.masks = masks;
        block.ends.truncate(first_end);
        stop
    }

    /// Reads the one record at `start` by the state machine.
    fn slow(&mut self, bytes: &[u8], start: usize, end: &End, block: &mut Block) -> Next {
        let first_end = block.ends.len();
        let outcome = exact::read_record(bytes, start, end.is_last(), &mut block.ends);
        let (Extent { end: stop, quotes_in_fields }, text) = match outcome {
            Outcome::Record(extent) => (extent, None),
            Outcome::TextAfterQuote { extent, at } => (extent, Some(at)),
            Outcome::Open { .. } => {
                block.ends.truncate(first_end);
                return if !end.is_last() && bytes.len() - start <= self.limit {
                    Next::Wait(start)
                } else if bytes.len() - start > self.limit {
                    self.too_long(bytes, start, block)
                } else {
                    self.unclosed(bytes, start, block)
                };
            }
        };
        let Some(line_end) = LineEnd::at(bytes, stop, end) else {
            block.ends.truncate(first_end);
            return Next::Wait(start);
        };
        if stop - start > self.limit {
            block.ends.truncate(first_end);
            return self.too_long(bytes, start, block);
        }
        if let Some(at) = text {
            block.ends.truncate(first_end);
            let message = format!("text after the closing quote at byte {} of the record", at - start);
            let reject = self.reject(block, bytes, start, RejectKind::Quote, message);
            if memchr::memchr2(b'\n', b'\r', &bytes[start..stop]).is_some() {
                return Next::Resync(start, Resync::new(reject));
            }
            block.rejects.push(Reject { raw: bytes[start..stop].to_vec(), ..reject });
            line_end.count(block);
            return Next::Record(line_end.next);
        }
        if stop == bytes.len()
            && let End::Truncated(why) = end
        {
            block.ends.truncate(first_end);
            let reject = self.reject(block, bytes, start, RejectKind::Truncated, why.clone());
            block.rejects.push(Reject { raw: bytes[start..].to_vec(), ..reject });
            self.end_reported = true;
            return Next::Record(bytes.len());
        }
        block.leniencies[Leniency::QuoteInField] += u64::from(quotes_in_fields);
        self.finish(block, start, line_end, first_end);
        Next::Record(line_end.next)
    }

    /// The reject of a record longer than the limit: an unclosed quote if the limit is reached inside quotes.
    fn too_long(&mut self, bytes: &[u8], start: usize, block: &Block) -> Next {
        let reached = &bytes[..bytes.len().min(start + self.limit + 1)];
        let limit = self.limit;
        let in_quotes =
            matches!(exact::read_record(reached, start, false, &mut Vec::new()), Outcome::Open { in_quotes: true, .. });
        if in_quotes {
            let message = format!("a quote is not closed within {limit} bytes (see --max-record-bytes)");
            return Next::Resync(
                start,
                Resync::new(self.reject(block, bytes, start, RejectKind::UnclosedQuote, message)),
            );
        }
        let message = format!("longer than {limit} bytes (see --max-record-bytes)");
        Next::Resync(start, Resync::to_own_end(self.reject(block, bytes, start, RejectKind::Length, message)))
    }

    /// The reject of a record whose quote is still open at the end of the input.
    fn unclosed(&mut self, bytes: &[u8], start: usize, block: &Block) -> Next {
        let message = "a quote is not closed before the end of the input".to_owned();
        Next::Resync(start, Resync::new(self.reject(block, bytes, start, RejectKind::UnclosedQuote, message)))
    }

    /// Numbers the record at `start` and makes its reject, as yet without its bytes.
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

    /// Says that a reject reaches to the end of a truncated input, so that the end is not reported twice.
    pub const fn end_is_reported(&mut self) {
        self.end_reported = true;
    }

    /// Adds the record from `start` to its line end, its field ends those from `first_end` on; an empty line is none.
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

/// The end of a record's line.
#[derive(Clone, Copy, Debug)]
pub struct LineEnd {
    /// One past the record's last byte.
    at: usize,
    /// The next line's first byte.
    pub next: usize,
    /// The form, where it is not LF.
    form: Option<Leniency>,
}

impl LineEnd {
    /// The line end at `at`, or none where one more byte is needed to tell.
    pub fn at(bytes: &[u8], at: usize, end: &End) -> Option<Self> {
        let (next, form) = match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => (at + 2, Some(Leniency::Crlf)),
            (Some(b'\r'), None) if !end.is_last() => return None,
            (Some(b'\r'), _) => (at + 1, Some(Leniency::LoneCr)),
            (Some(_), _) => (at + 1, None),
            (None, _) => (at, None),
        };
        Some(Self { at, next, form })
    }

    /// Counts its form.
    fn count(self, block: &mut Block) {
        if let Some(form) = self.form {
            block.leniencies[form] += 1;
        }
    }
}
