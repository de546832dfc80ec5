//! Finds the next valid record after one whose end is unknown.
//!
//! The end of a record with an unclosed quote, or with text after a closing quote on a later line, is ambiguous. The
//! record is rejected up to the first line at which a valid record starts: one with well-formed quotes, within the
//! record limit, and with as many fields as the header.
//!
//! An invalid candidate is detected early: each of its fields ends at a separator or at the next odd run of quotes, and it
//! has at most as many fields as the header, which [`Candidates`] reads once. So all candidates together read the bytes a
//! bounded number of times.

use memchr::memchr2;

use super::Block;
use super::exact::{self, Field};
use super::line_end::{BufferEnd, LineEnd};
use super::oversized::{OversizedReject, PART_BYTES};
use crate::reject::{Reject, RejectKind};

/// The search for the end of a rejected record.
#[derive(Debug)]
pub struct Resync {
    oversized: OversizedReject,
    until: Until,
    /// Whether the position is the start of a line, where a record may start.
    at_line: bool,
}

/// The end of the rejected bytes.
#[derive(Debug)]
enum Until {
    /// The next line at which a valid record starts.
    ValidRecord,
    /// The end of the record itself, which is too long but has well-formed quotes so far.
    OwnEnd(RecordSkipper),
}

/// The rules that a valid record follows.
#[derive(Clone, Copy, Debug)]
pub struct RecordRules {
    /// Maximum length of a record in bytes, without its line end.
    pub limit: usize,
    /// Number of fields of the header.
    pub width: usize,
    /// The byte between fields.
    pub separator: u8,
}

/// The result of searching one buffer.
#[derive(Clone, Copy, Debug)]
pub enum Searched {
    /// The reject is complete and the next record starts at this position.
    Record(usize),
    /// The search continues at this position with more bytes.
    NeedMore(usize),
}

impl Resync {
    /// Searches for the next valid record, starting at the first byte of the rejected one.
    pub const fn to_valid_record(reject: Reject) -> Self {
        Self { oversized: OversizedReject::new(reject), until: Until::ValidRecord, at_line: false }
    }

    /// Searches for the end of a record that is too long, starting at its first byte.
    pub fn to_own_end(reject: Reject) -> Self {
        let until = Until::OwnEnd(RecordSkipper::default());
        Self { oversized: OversizedReject::new(reject), until, at_line: false }
    }

    /// Whether the reject reports that the input is truncated.
    pub fn reports_truncation(&self) -> bool {
        self.oversized.reject.kind == RejectKind::Truncated
    }

    /// Continues the search at `at`, until it ends, a part of the reject is emitted or the buffer ends.
    pub fn run(
        &mut self,
        rules: RecordRules,
        bytes: &[u8],
        mut at: usize,
        end: &BufferEnd,
        block: &mut Block,
    ) -> Searched {
        if let Until::OwnEnd(skipper) = &mut self.until {
            let reach = bytes.len().min(at + PART_BYTES);
            let last = end.is_last() && reach == bytes.len();
            let line_end = skipper.run(&bytes[..reach], at, rules.separator);
            let next = line_end.and_then(|line_end| LineEnd::at(bytes, line_end, end)).map(|line_end| line_end.next);
            // A CR at the end of the buffer is left for the next one, so that a CR LF counts as one line end.
            let open = reach - usize::from(!end.is_last() && reach == bytes.len() && bytes.ends_with(b"\r"));
            let stop = next.or(line_end).unwrap_or(open);
            self.oversized.extend(&bytes[at..stop]);
            if next.is_none() && !last {
                self.oversized.emit_part(block);
                return Searched::NeedMore(stop);
            }
            return self.finish(stop, block);
        }
        let mut candidates = Candidates::default();
        loop {
            if !self.at_line {
                let reach = bytes.len().min(at + PART_BYTES);
                let last = end.is_last() && reach == bytes.len();
                let line_end = memchr2(b'\n', b'\r', &bytes[at..reach]).map(|distance| at + distance);
                let next = match line_end {
                    Some(line_end) => LineEnd::at(bytes, line_end, end).map(|line_end| line_end.next),
                    None => None,
                };
                let stop = next.or(line_end).unwrap_or(reach);
                self.oversized.extend(&bytes[at..stop]);
                at = stop;
                if next.is_none() && !last {
                    self.oversized.emit_part(block);
                    return Searched::NeedMore(at);
                }
                self.at_line = true;
            }
            if at == bytes.len() {
                if !end.is_last() {
                    return Searched::NeedMore(at);
                }
                // In a truncated input the closing quote may be in the missing part.
                if let (BufferEnd::Truncated(why), RejectKind::UnclosedQuote) = (end, self.oversized.reject.kind) {
                    self.oversized.reject.kind = RejectKind::Truncated;
                    self.oversized.reject.message.clone_from(why);
                }
                return self.finish(at, block);
            }
            if self.oversized.emit_part(block) {
                return Searched::NeedMore(at);
            }
            match candidates.starts_record(rules, bytes, at, end) {
                Some(true) => return self.finish(at, block),
                Some(false) => self.at_line = false,
                None => return Searched::NeedMore(at),
            }
        }
    }

    fn finish(&mut self, at: usize, block: &mut Block) -> Searched {
        if let Some(form) = self.oversized.finish(block) {
            block.leniencies[form] += 1;
        }
        Searched::Record(at)
    }
}

/// Skips a record byte by byte without buffering it.
#[derive(Debug, Default)]
struct RecordSkipper {
    state: SkipState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SkipState {
    #[default]
    FieldStart,
    Unquoted,
    Quoted,
    QuoteInQuoted,
}

impl RecordSkipper {
    /// Position of the record's line end at or after `at`, if it is buffered.
    fn run(&mut self, bytes: &[u8], at: usize, separator: u8) -> Option<usize> {
        for (distance, &byte) in bytes[at..].iter().enumerate() {
            self.state = match (self.state, byte) {
                (SkipState::Quoted, b'"') => SkipState::QuoteInQuoted,
                (SkipState::Quoted, _) | (SkipState::QuoteInQuoted | SkipState::FieldStart, b'"') => SkipState::Quoted,
                (_, b'\n' | b'\r') => {
                    // The same line end is read again if the next byte was needed to tell CR from CR LF.
                    self.state = SkipState::Unquoted;
                    return Some(at + distance);
                }
                (_, byte) if byte == separator => SkipState::FieldStart,
                _ => SkipState::Unquoted,
            };
        }
        None
    }
}

/// The candidates of one buffer. Where a field of one ends with a field of an earlier one, their further fields are the same:
/// without knowing these, each line might read as many fields as a header of thousands of columns has.
#[derive(Debug, Default)]
struct Candidates {
    /// Where the fields of an earlier candidate start.
    known: Vec<usize>,
    /// Where those of the current one start, while they are others.
    own: Vec<usize>,
}

impl Candidates {
    /// Whether a valid record starts at `at`; `None` if more bytes are needed to decide.
    fn starts_record(&mut self, rules: RecordRules, bytes: &[u8], at: usize, end: &BufferEnd) -> Option<bool> {
        if matches!(bytes[at], b'\n' | b'\r') {
            return Some(false);
        }
        self.own.clear();
        let (mut field, mut number, mut is_known) = (at, 1, false);
        loop {
            // A candidate is dropped at its first fault; otherwise every line might read all bytes after it.
            let stop = match exact::read_field(bytes, field, rules.separator, end.is_last()) {
                Ok(Field { text: Some(_), .. }) => return Some(false),
                Ok(Field { end: stop, .. }) => stop,
                Err(_) if !end.is_last() && bytes.len() - at <= rules.limit => return None,
                Err(_) => return Some(false),
            };
            if number > rules.width && !matches!(&bytes[field..stop], b"" | b"\"\"") || stop - at > rules.limit {
                return Some(false);
            }
            if bytes.get(stop) != Some(&rules.separator) {
                LineEnd::at(bytes, stop, end)?;
                let complete = stop < bytes.len() || *end == BufferEnd::Last;
                return Some(complete && number >= rules.width);
            }
            field = stop + 1;
            number += 1;
            is_known = self.add(field, is_known);
            if is_known {
                let skipped = self.skip(&mut field, rules.width.saturating_sub(number));
                number += skipped;
            }
        }
    }

    /// Adds the start of a field of the current candidate; returns whether it is one of the fields known.
    fn add(&mut self, field: usize, is_known: bool) -> bool {
        let is_beyond = self.known.last().is_none_or(|&last| field > last);
        if is_known {
            self.known.extend(is_beyond.then_some(field));
            return true;
        }
        if !is_beyond && self.known.binary_search(&field).is_ok() {
            return true;
        }
        self.own.push(field);
        if is_beyond {
            // No candidate was read so far.
            std::mem::swap(&mut self.known, &mut self.own);
            self.own.clear();
        }
        is_beyond
    }

    /// Moves `field`, one of those known, by at most `most` fields; returns by how many.
    fn skip(&self, field: &mut usize, most: usize) -> usize {
        let Ok(from) = self.known.binary_search(field) else { return 0 };
        let count = most.min(self.known.len() - 1 - from);
        *field = self.known[from + count];
        count
    }
}
