//! Finding the next sound record after one that cannot be trusted to end where it seems to.
//!
//! After an unclosed quote, or text after a closing quote in a record of several lines, nobody can tell from the
//! record itself where it should have ended. So it is rejected up to the first later line at which a whole record
//! begins: no trouble with quotes or length, and the header's number of fields.
//!
//! A trial record that is wrong is found out quickly: each field of it ends at a separator or at the next odd run of
//! quotes, and it has no more fields than the header, so the trials together read the bytes a bounded number of times.

use memchr::memchr2;

use super::Block;
use super::exact::{self, Field};
use super::growing::{Growing, PART};
use super::splitter::{End, LineEnd, Next, Splitter};
use crate::reject::{Reject, RejectKind};

/// A reject that is still growing.
#[derive(Debug)]
pub struct Resync {
    growing: Growing,
    until: Until,
    /// At the start of a line, where a record may begin; else inside a line.
    at_line: bool,
}

/// How far a reject grows.
#[derive(Debug)]
enum Until {
    /// Up to the next line at which a whole record begins.
    SoundRecord,
    /// Up to its own end: it is too long, but nothing says that its quotes are wrong.
    OwnEnd(Skip),
}

impl Resync {
    /// The search, from the first byte of the rejected record on, for the next sound one.
    pub const fn new(reject: Reject) -> Self {
        Self { growing: Growing::new(reject), until: Until::SoundRecord, at_line: false }
    }

    /// The reading on of a record that is too long, from its first byte to its own end.
    pub fn to_own_end(reject: Reject) -> Self {
        Self { growing: Growing::new(reject), until: Until::OwnEnd(Skip::default()), at_line: false }
    }

    /// Goes on from `at`, to the next sound record, to the end of the bytes at hand, or until a part is handed on.
    pub fn run(&mut self, splitter: &mut Splitter, bytes: &[u8], mut at: usize, end: &End, block: &mut Block) -> Next {
        if let Until::OwnEnd(skip) = &mut self.until {
            let reach = bytes.len().min(at + PART);
            let last = end.is_last() && reach == bytes.len();
            let line_end = skip.run(&bytes[..reach], at);
            let next = line_end.and_then(|line_end| LineEnd::at(bytes, line_end, end)).map(|line_end| line_end.next);
            // A CR at the end waits for its LF, if only for the count of lines.
            let open = reach - usize::from(!end.is_last() && reach == bytes.len() && bytes.ends_with(b"\r"));
            let stop = next.or(line_end).unwrap_or(open);
            self.growing.extend(&bytes[at..stop]);
            if next.is_none() && !last {
                self.growing.hand_on_a_part(block);
                return Next::Wait(stop);
            }
            return self.finish(stop, block);
        }
        loop {
            if !self.at_line {
                let reach = bytes.len().min(at + PART);
                let last = end.is_last() && reach == bytes.len();
                let line_end = memchr2(b'\n', b'\r', &bytes[at..reach]).map(|distance| at + distance);
                let next = match line_end {
                    Some(line_end) => LineEnd::at(bytes, line_end, end).map(|line_end| line_end.next),
                    None => None,
                };
                let stop = next.or(line_end).unwrap_or(reach);
                self.growing.extend(&bytes[at..stop]);
                at = stop;
                if next.is_none() && !last {
                    self.growing.hand_on_a_part(block);
                    return Next::Wait(at);
                }
                self.at_line = true;
            }
            if at == bytes.len() {
                if !end.is_last() {
                    return Next::Wait(at);
                }
                // A quote that is open where the source is cut off would have been closed later, for all we know.
                if let (End::Truncated(why), RejectKind::UnclosedQuote) = (end, self.growing.reject.kind) {
                    self.growing.reject.kind = RejectKind::Truncated;
                    self.growing.reject.message.clone_from(why);
                    splitter.end_is_reported();
                }
                return self.finish(at, block);
            }
            if self.growing.hand_on_a_part(block) {
                return Next::Wait(at);
            }
            match begins_record(splitter, bytes, at, end) {
                Some(true) => return self.finish(at, block),
                Some(false) => self.at_line = false,
                None => return Next::Wait(at),
            }
        }
    }

    fn finish(&mut self, at: usize, block: &mut Block) -> Next {
        if let Some(form) = self.growing.finish(block) {
            block.leniencies[form] += 1;
        }
        Next::Record(at)
    }
}

/// Where a record is, byte by byte, without keeping it.
#[derive(Debug, Default)]
struct Skip {
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

impl Skip {
    /// The record's line end, if it is among the bytes from `at` on.
    fn run(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        for (distance, &byte) in bytes[at..].iter().enumerate() {
            self.state = match (self.state, byte) {
                (SkipState::Quoted, b'"') => SkipState::QuoteInQuoted,
                (SkipState::Quoted, _) | (SkipState::QuoteInQuoted | SkipState::FieldStart, b'"') => SkipState::Quoted,
                (_, b'\n' | b'\r') => {
                    // Asked again for the same line end where one more byte was needed to tell its form.
                    self.state = SkipState::Unquoted;
                    return Some(at + distance);
                }
                (_, b',') => SkipState::FieldStart,
                _ => SkipState::Unquoted,
            };
        }
        None
    }
}

/// Whether a whole record begins at `at`; none where more bytes are needed to tell.
fn begins_record(splitter: &Splitter, bytes: &[u8], at: usize, end: &End) -> Option<bool> {
    if matches!(bytes[at], b'\n' | b'\r') {
        return Some(false);
    }
    let mut field = at;
    for number in 1.. {
        // A trial ends at the first sign that it is wrong: else each line might read all that follows it.
        let stop = match exact::read_field(bytes, field, end.is_last()) {
            Ok(Field { text: Some(_), .. }) => return Some(false),
            Ok(Field { end: stop, .. }) => stop,
            Err(_) if !end.is_last() && bytes.len() - at <= splitter.limit => return None,
            Err(_) => return Some(false),
        };
        if number > splitter.width && !matches!(&bytes[field..stop], b"" | b"\"\"") || stop - at > splitter.limit {
            return Some(false);
        }
        if bytes.get(stop) != Some(&b',') {
            LineEnd::at(bytes, stop, end)?;
            let whole = stop < bytes.len() || *end == End::Last;
            return Some(whole && number >= splitter.width);
        }
        field = stop + 1;
    }
    Some(false)
}

/// Whether a record with these field ends has `width` fields, surplus ones that are all empty aside.
pub fn has_width(bytes: &[u8], ends: &[u32], width: usize) -> bool {
    ends.len() >= width
        && ends.windows(2).skip(width.saturating_sub(1)).all(|pair| {
            let field = &bytes[pair[0] as usize + 1..pair[1] as usize];
            field.is_empty() || field == b"\"\""
        })
}
