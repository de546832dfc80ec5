//! The contract's rules 4 and 5, byte by byte over the whole input: slow, and plain enough to be checked by reading.

use super::{Leniencies, Leniency, Record, Reject, RejectKind, Split};

/// One attempt at reading a record.
struct Walk {
    /// One past the last byte of each field.
    ends: Vec<usize>,
    /// The line end, or the end of the input.
    stop: usize,
    /// No quote is open at `stop`.
    closed: bool,
    text_after_quote: bool,
    /// Fields that hold a quote but do not start with one.
    bare: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain { bare: bool },
    Quoted,
    AfterQuote,
    AfterText,
}

fn walk(bytes: &[u8], start: usize) -> Walk {
    let mut walk = Walk { ends: Vec::new(), stop: bytes.len(), closed: true, text_after_quote: false, bare: 0 };
    let mut state = State::Start;
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        state = match (state, byte) {
            (State::Quoted, b'"') => State::AfterQuote,
            (State::Quoted, _) | (State::AfterQuote | State::Start, b'"') => State::Quoted,
            (_, b',' | b'\n' | b'\r') => {
                walk.bare += u64::from(state == State::Plain { bare: true });
                walk.ends.push(at);
                if byte != b',' {
                    walk.stop = at;
                    return walk;
                }
                State::Start
            }
            (State::Plain { bare }, _) => State::Plain { bare: bare || byte == b'"' },
            (State::Start, _) => State::Plain { bare: false },
            (State::AfterQuote | State::AfterText, _) => {
                walk.text_after_quote = true;
                State::AfterText
            }
        };
    }
    walk.bare += u64::from(state == State::Plain { bare: true });
    walk.ends.push(bytes.len());
    walk.closed = state != State::Quoted;
    walk
}

/// One past the line end at `stop`, and its form where it is not LF.
fn line_end(bytes: &[u8], stop: usize) -> (usize, Option<Leniency>) {
    match &bytes[stop..] {
        [b'\r', b'\n', ..] => (stop + 2, Some(Leniency::Crlf)),
        [b'\r', ..] => (stop + 1, Some(Leniency::LoneCr)),
        [_, ..] => (stop + 1, None),
        [] => (stop, None),
    }
}

/// What must be so of a source.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    pub bytes: &'a [u8],
    /// Where the first record starts.
    pub start: usize,
    pub width: usize,
    pub limit: usize,
    /// The compressed stream ends early.
    pub truncated: bool,
}

impl Rules<'_> {
    /// The records, the rejects (their messages aside) and the leniencies but those of the header's own line.
    pub fn apply(self) -> Split {
        let Self { bytes, limit, .. } = self;
        let mut split = Split::default();
        let mut at = self.start;
        let mut number = 0;
        let mut told = false;
        while at < bytes.len() {
            let walk = walk(bytes, at);
            let (next, form) = line_end(bytes, walk.stop);
            if walk.stop == at {
                count(&mut split.leniencies, form);
                split.leniencies[Leniency::EmptyLine] += 1;
                at = next;
                continue;
            }
            number += 1;
            let fault = if walk.stop - at > limit {
                Some(if self.in_quotes_at_limit(at) {
                    (RejectKind::UnclosedQuote, self.next_sound(at))
                } else {
                    (RejectKind::Length, next)
                })
            } else if !walk.closed {
                Some((RejectKind::UnclosedQuote, self.next_sound(at)))
            } else if walk.text_after_quote {
                let several_lines = bytes[at..walk.stop].iter().any(|byte| matches!(byte, b'\n' | b'\r'));
                Some((RejectKind::Quote, if several_lines { self.next_sound(at) } else { next }))
            } else if walk.stop == bytes.len() && self.truncated {
                Some((RejectKind::Truncated, bytes.len()))
            } else {
                None
            };
            if let Some((mut kind, stop)) = fault {
                // A quote that is open where the source is cut off would have been closed later, for all we know.
                if kind == RejectKind::UnclosedQuote && stop == bytes.len() && self.truncated {
                    kind = RejectKind::Truncated;
                }
                told |= kind == RejectKind::Truncated;
                split.rejects.push(self.reject(number, at, stop, kind));
                count(&mut split.leniencies, ending(&bytes[at..stop]));
                at = stop;
            } else {
                let mut from = at;
                let fields = walk.ends.iter().map(|&end| bytes[std::mem::replace(&mut from, end + 1)..end].to_vec());
                let line = 1 + super::line_ends(&bytes[..at], Some(bytes[at]));
                split.records.push(Record { number, line, offset: at as u64, fields: fields.collect() });
                count(&mut split.leniencies, form);
                split.leniencies[Leniency::QuoteInField] += walk.bare;
                at = next;
            }
        }
        let open = bytes.last().is_some_and(|last| !matches!(last, b'\n' | b'\r'));
        split.leniencies[Leniency::MissingFinalNewline] += u64::from(open && !self.truncated);
        if self.truncated && !told {
            split.rejects.push(self.reject(number + 1, bytes.len(), bytes.len(), RejectKind::Truncated));
        }
        split
    }

    fn reject(self, record: u64, start: usize, stop: usize, kind: RejectKind) -> Reject {
        let raw = &self.bytes[start..stop];
        let line_ends = [b"\r\n".as_slice(), b"\n", b"\r"];
        let raw = line_ends.iter().find_map(|line_end| raw.strip_suffix(*line_end)).unwrap_or(raw);
        Reject {
            record,
            line: 1 + super::line_ends(&self.bytes[..start], self.bytes.get(start).copied()),
            offset: start as u64,
            column: None,
            kind,
            message: String::new(),
            raw: raw.to_vec(),
            more: false,
        }
    }

    /// Whether a quote is open behind the last byte that a record of `limit` bytes could have, and one more.
    fn in_quotes_at_limit(self, start: usize) -> bool {
        !walk(&self.bytes[..=start + self.limit], start).closed
    }

    /// The next line after the first one of the record at `start` at which a whole record begins.
    fn next_sound(self, start: usize) -> usize {
        let bytes = self.bytes;
        let mut at = start;
        loop {
            let line =
                bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |d| at + d);
            at = line_end(bytes, line).0;
            if at == bytes.len() || self.is_sound(at) {
                return at;
            }
        }
    }

    fn is_sound(self, start: usize) -> bool {
        let walk = walk(self.bytes, start);
        let cut_off = walk.stop == self.bytes.len() && self.truncated;
        let surplus = walk.ends.windows(2).skip(self.width - 1).map(|pair| &self.bytes[pair[0] + 1..pair[1]]);
        walk.stop > start
            && walk.closed
            && !walk.text_after_quote
            && !cut_off
            && walk.stop - start <= self.limit
            && walk.ends.len() >= self.width
            && surplus.into_iter().all(|field| field.is_empty() || field == b"\"\"")
    }
}

fn count(leniencies: &mut Leniencies, form: Option<Leniency>) {
    if let Some(form) = form {
        leniencies[form] += 1;
    }
}

/// The form of the line end that `bytes` end with.
fn ending(bytes: &[u8]) -> Option<Leniency> {
    match bytes {
        [.., b'\r', b'\n'] => Some(Leniency::Crlf),
        [.., b'\r'] => Some(Leniency::LoneCr),
        _ => None,
    }
}
