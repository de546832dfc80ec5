//! A reference implementation of the splitting rules (docs/contract.md, sections 1.4 and 1.5), byte by byte over the
//! whole input.

use super::{Leniencies, Leniency, Record, Reject, RejectKind, Split};

/// One candidate record.
struct Walk {
    /// One past the last byte of each field.
    ends: Vec<usize>,
    /// The line end, or the end of the input.
    stop: usize,
    /// Whether no quote is open at `stop`.
    closed: bool,
    text_after_quote: bool,
    /// Number of unquoted fields that contain a quote.
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

fn has_lines(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// One past the line end at `stop`, and its leniency unless it is LF.
fn line_end(bytes: &[u8], stop: usize) -> (usize, Option<Leniency>) {
    match &bytes[stop..] {
        [b'\r', b'\n', ..] => (stop + 2, Some(Leniency::Crlf)),
        [b'\r', ..] => (stop + 1, Some(Leniency::LoneCr)),
        [_, ..] => (stop + 1, None),
        [] => (stop, None),
    }
}

/// A source and its rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    pub bytes: &'a [u8],
    /// Position of the first record.
    pub start: usize,
    pub width: usize,
    pub limit: usize,
    /// Whether the compressed stream is truncated.
    pub truncated: bool,
}

impl Rules<'_> {
    /// The records, the rejects without messages, and the leniencies without those of the header line.
    pub fn apply(self) -> Split {
        let Self { bytes, limit, .. } = self;
        let mut split = Split::default();
        let mut at = self.start;
        let mut number = 0;
        let mut reported = false;
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
                let within = self::walk(&bytes[..=at + limit], at);
                Some(if !within.closed {
                    (RejectKind::UnclosedQuote, self.next_valid(at))
                } else if within.text_after_quote && has_lines(&bytes[at..=at + limit]) {
                    (RejectKind::Quote, self.next_valid(at))
                } else {
                    (RejectKind::Length, next)
                })
            } else if !walk.closed {
                Some((RejectKind::UnclosedQuote, self.next_valid(at)))
            } else if walk.text_after_quote {
                let several_lines = has_lines(&bytes[at..walk.stop]);
                Some((RejectKind::Quote, if several_lines { self.next_valid(at) } else { next }))
            } else if walk.stop == bytes.len() && self.truncated {
                Some((RejectKind::Truncated, bytes.len()))
            } else {
                None
            };
            if let Some((mut kind, stop)) = fault {
                // In a truncated source the closing quote may be in the missing part.
                if kind == RejectKind::UnclosedQuote && stop == bytes.len() && self.truncated {
                    kind = RejectKind::Truncated;
                }
                reported |= kind == RejectKind::Truncated;
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
        if self.truncated && !reported {
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

    /// Whether a quote is open one byte after the record limit.
    /// The next line after the first one of the record at `start` at which a valid record starts.
    fn next_valid(self, start: usize) -> usize {
        let bytes = self.bytes;
        let mut at = start;
        loop {
            let line =
                bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |d| at + d);
            at = line_end(bytes, line).0;
            if at == bytes.len() || self.is_valid(at) {
                return at;
            }
        }
    }

    fn is_valid(self, start: usize) -> bool {
        let walk = walk(self.bytes, start);
        let is_truncated = walk.stop == self.bytes.len() && self.truncated;
        let surplus = walk.ends.windows(2).skip(self.width - 1).map(|pair| &self.bytes[pair[0] + 1..pair[1]]);
        walk.stop > start
            && walk.closed
            && !walk.text_after_quote
            && !is_truncated
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

/// The leniency of the line end at the end of `bytes`.
fn ending(bytes: &[u8]) -> Option<Leniency> {
    match bytes {
        [.., b'\r', b'\n'] => Some(Leniency::Crlf),
        [.., b'\r'] => Some(Leniency::LoneCr),
        _ => None,
    }
}
