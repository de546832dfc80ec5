//! Finds the next valid record after one whose end is unknown.
//!
//! The end of a record with an unclosed quote, or with text after a closing quote on a later line, is ambiguous. The
//! record is rejected up to the first line at which a valid record starts: one with well-formed quotes, within the
//! record limit, and with as many fields as the header.
//!
//! An invalid candidate is detected early: each of its fields ends at a separator or at the next odd run of quotes, and it
//! has at most as many fields as the header. So all candidates together read the bytes a bounded number of times.

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
            match starts_record(rules, bytes, at, end) {
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

/// Whether a valid record starts at `at`; `None` if more bytes are needed to decide.
fn starts_record(rules: RecordRules, bytes: &[u8], at: usize, end: &BufferEnd) -> Option<bool> {
    if matches!(bytes[at], b'\n' | b'\r') {
        return Some(false);
    }
    let mut field = at;
    for number in 1.. {
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
    }
    Some(false)
}
