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
use super::exact::{self, Extent, Outcome};
use super::splitter::{End, LineEnd, Next, Splitter};
use crate::reject::Reject;

/// Rejected bytes that are kept before a part of the reject is handed on.
const PART: usize = 1 << 20;

/// A reject that is still growing.
#[derive(Debug)]
pub struct Resync {
    reject: Reject,
    /// At the start of a line, where a record may begin; else inside a line.
    at_line: bool,
}

impl Resync {
    /// The search that starts at the first byte of the rejected record.
    pub const fn new(reject: Reject) -> Self {
        Self { reject, at_line: false }
    }

    /// Goes on from `at`, either to the next sound record or to the end of the bytes at hand.
    pub fn run(&mut self, splitter: &mut Splitter, bytes: &[u8], mut at: usize, end: &End, block: &mut Block) -> Next {
        loop {
            if !self.at_line {
                let line_end = memchr2(b'\n', b'\r', &bytes[at..]).map(|distance| at + distance);
                let next = match line_end {
                    Some(line_end) => LineEnd::at(bytes, line_end, end).map(|line_end| line_end.next),
                    None => None,
                };
                let stop = next.or(line_end).unwrap_or(bytes.len());
                self.reject.raw.extend_from_slice(&bytes[at..stop]);
                at = stop;
                if next.is_none() && !end.is_last() {
                    self.hand_on_a_part(block);
                    return Next::Wait(at);
                }
                self.at_line = true;
            }
            if at == bytes.len() {
                if !end.is_last() {
                    return Next::Wait(at);
                }
                if matches!(end, End::Truncated(_)) {
                    splitter.end_is_reported();
                }
                return self.finish(at, block);
            }
            match begins_record(splitter, bytes, at, end) {
                Some(true) => return self.finish(at, block),
                Some(false) => self.at_line = false,
                None => {
                    self.hand_on_a_part(block);
                    return Next::Wait(at);
                }
            }
        }
    }

    /// Keeps the memory of a huge reject bounded.
    fn hand_on_a_part(&mut self, block: &mut Block) {
        // The last two bytes may be the line end that the whole reject leaves out.
        if self.reject.raw.len() > PART {
            let rest = self.reject.raw.split_off(self.reject.raw.len() - 2);
            let raw = std::mem::replace(&mut self.reject.raw, rest);
            block.rejects.push(Reject { raw, more: true, ..self.reject.clone() });
        }
    }

    fn finish(&mut self, at: usize, block: &mut Block) -> Next {
        let mut raw = std::mem::take(&mut self.reject.raw);
        if raw.ends_with(b"\r\n") {
            raw.truncate(raw.len() - 2);
        } else if raw.ends_with(b"\n") || raw.ends_with(b"\r") {
            raw.truncate(raw.len() - 1);
        }
        block.rejects.push(Reject { raw, ..self.reject.clone() });
        Next::Record(at)
    }
}

/// Whether a whole record begins at `at`; none where more bytes are needed to tell.
fn begins_record(splitter: &Splitter, bytes: &[u8], at: usize, end: &End) -> Option<bool> {
    if matches!(bytes[at], b'\n' | b'\r') {
        return Some(false);
    }
    let mut ends = Vec::with_capacity(splitter.width + 1);
    match exact::read_record(bytes, at, end.is_last(), &mut ends) {
        Outcome::Record(Extent { end: stop, .. }) => {
            LineEnd::at(bytes, stop, end)?;
            let whole = stop < bytes.len() || *end == End::Last;
            Some(whole && stop - at <= splitter.limit && has_width(bytes, &ends, splitter.width))
        }
        Outcome::Open { text_after_quote: None, .. } if !end.is_last() && bytes.len() - at <= splitter.limit => None,
        Outcome::TextAfterQuote { .. } | Outcome::Open { .. } => Some(false),
    }
}

/// Whether a record with these field ends has `width` fields, surplus ones that are all empty aside.
pub fn has_width(bytes: &[u8], ends: &[u32], width: usize) -> bool {
    ends.len() >= width
        && ends.windows(2).skip(width.saturating_sub(1)).all(|pair| {
            let field = &bytes[pair[0] as usize + 1..pair[1] as usize];
            field.is_empty() || field == b"\"\""
        })
}
