//! A reference implementation of the splitting rules, over the whole input.

use super::{Element, Reject, RejectKind, Split, line_ends};
use crate::json::Doc;
use crate::leniency::Leniency;

/// A source and its rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    pub bytes: &'a [u8],
    pub limit: usize,
    /// Whether the compressed stream is truncated.
    pub truncated: bool,
}

/// The expected content.
struct Found<'a> {
    rules: Rules<'a>,
    split: Split,
    number: u64,
    reported: bool,
}

fn is_white(byte: u8) -> bool {
    b" \t\r\n".contains(&byte)
}

/// Trims JSON white space, which unlike Rust's does not include form feeds.
fn trim_end(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|&byte| !is_white(byte)).map_or(0, |at| at + 1)]
}

/// For each byte from `start` on, whether it belongs to a string, including its quotes.
fn strings(bytes: &[u8], start: usize) -> impl Iterator<Item = (usize, u8, bool)> + '_ {
    let (mut inside, mut backslashes) = (false, 0u32);
    bytes.iter().enumerate().skip(start).map(move |(at, &byte)| {
        let quote = byte == b'"' && backslashes % 2 == 0;
        backslashes = if inside && byte == b'\\' { backslashes + 1 } else { 0 };
        inside ^= quote;
        (at, byte, inside || quote)
    })
}

/// One past the bracket that matches the one at `start`. Brackets of the other kind are ignored.
fn matching(bytes: &[u8], start: usize) -> Option<usize> {
    let (first, last) = if bytes[start] == b'{' { (b'{', b'}') } else { (b'[', b']') };
    let mut depth = 0;
    strings(bytes, start).filter(|&(.., string)| !string).find_map(|(at, byte, _)| {
        depth += i32::from(byte == first) - i32::from(byte == last);
        (depth == 0).then_some(at + 1)
    })
}

/// The result of reading a value in JSON Lines.
enum Verdict {
    /// The end of the value.
    Complete(usize),
    /// The position of the byte that makes it invalid, and where the search for the next value continues.
    Invalid(usize, usize),
    /// The value has no end.
    Incomplete,
}

impl Rules<'_> {
    /// The elements, the rejects without messages, and the leniencies.
    pub fn apply(self) -> Split {
        let mut found = Found { rules: self, split: Split::default(), number: 0, reported: false };
        let bom = usize::from(self.bytes.starts_with("\u{feff}".as_bytes()));
        found.split.leniencies[Leniency::Bom] += bom as u64;
        let first = self.skip_white(3 * bom);
        match self.bytes.get(first) {
            Some(b'[') => found.stream(first),
            Some(_) => {
                found.line_leniencies();
                found.lines(first);
            }
            None => {}
        }
        if self.truncated && !found.reported {
            found.reject(self.bytes.len(), self.bytes.len(), RejectKind::Truncated);
        }
        found.split
    }

    fn skip_white(self, from: usize) -> usize {
        self.bytes[from..].iter().position(|&byte| !is_white(byte)).map_or(self.bytes.len(), |distance| from + distance)
    }

    /// The verdict on the value at `start`, and the lines in it that start with a bracket which may belong to it.
    fn value(self, start: usize) -> (Verdict, Vec<usize>) {
        let end = matching(self.bytes, start);
        let mut lines = Vec::new();
        for (at, byte, string) in strings(self.bytes, start) {
            if end.is_some_and(|end| at >= end) {
                break;
            }
            let after_line_end = at > start && b"\r\n".contains(&self.bytes[at - 1]);
            if after_line_end && !string && b"[{".contains(&byte) {
                let before = trim_end(&self.bytes[..at]);
                if !b"[,:".contains(before.last().unwrap()) {
                    return (Verdict::Invalid(at, at), lines);
                }
                lines.push(at);
            }
            if string && b"\r\n".contains(&byte) {
                return (Verdict::Invalid(at, at + 1), lines);
            }
        }
        (end.map_or(Verdict::Incomplete, Verdict::Complete), lines)
    }

    /// Whether the rest of the line is JSON, and no longer than an element may be.
    fn is_valid_line(self, at: usize) -> bool {
        let rest = &self.bytes[at..];
        let length = rest.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(rest.len());
        length <= self.limit && Doc::default().check(&rest[..length], 128).is_ok()
    }

    /// The first line from `from` on that starts with a bracket.
    fn next_value(self, from: usize) -> usize {
        (from..self.bytes.len())
            .find(|&at| b"[{".contains(&self.bytes[at]) && b"\r\n".contains(&self.bytes[at - 1]))
            .unwrap_or(self.bytes.len())
    }
}

impl Found<'_> {
    /// Arrays one after the other, and what is between them.
    fn stream(&mut self, mut at: usize) {
        let Rules { bytes, limit, .. } = self.rules;
        let mut after_value = false;
        loop {
            at = self.rules.skip_white(at);
            let Some(&byte) = bytes.get(at) else { return };
            match byte {
                b',' if after_value => {
                    self.split.leniencies[Leniency::Separators] += 1;
                    (at, after_value) = (at + 1, false);
                    continue;
                }
                b',' => {
                    self.reject(at, at, RejectKind::Json);
                    at += 1;
                    continue;
                }
                b'[' => match self.array(at + 1, 1) {
                    Some(end) => at = end,
                    None => return,
                },
                b'{' => {
                    let end = matching(bytes, at);
                    let stop = end.unwrap_or(bytes.len());
                    if stop - at > limit {
                        self.reject(at, stop, RejectKind::Length);
                    } else if end.is_none() {
                        return self.reject(at, stop, RejectKind::Truncated);
                    } else {
                        self.element(at, stop);
                    }
                    at = stop;
                }
                _ => {
                    let opening = bytes[at..].iter().position(|byte| b"[{".contains(byte));
                    let next = opening.map_or(bytes.len(), |distance| at + distance);
                    let end = if opening.is_some() { trim_end(&bytes[..next]).len() } else { next };
                    self.reject(at, end, RejectKind::Json);
                    at = next;
                }
            }
            after_value = true;
        }
    }

    /// The elements of an array, and of those within the outermost one; gives where it ends, if it does.
    fn array(&mut self, mut at: usize, depth: usize) -> Option<usize> {
        let Rules { bytes, limit, .. } = self.rules;
        let (mut element_before, mut comma) = (false, None);
        loop {
            at = self.rules.skip_white(at);
            let Some(&byte) = bytes.get(at) else {
                let start = comma.unwrap_or(bytes.len());
                self.reject_raw(start, &bytes[start..bytes.len().min(start + 1)], RejectKind::Truncated);
                return None;
            };
            let stray = element_before;
            let end = match byte {
                b',' => {
                    if !element_before {
                        self.reject(at, at, RejectKind::Json);
                    }
                    (element_before, comma) = (false, Some(at));
                    at += 1;
                    continue;
                }
                b']' => {
                    self.split.leniencies[Leniency::TrailingComma] += u64::from(comma.is_some());
                    return Some(at + 1);
                }
                b'[' if depth == 1 => {
                    self.split.leniencies[Leniency::MissingComma] += u64::from(element_before);
                    at = self.array(at + 1, 2)?;
                    (element_before, comma) = (true, None);
                    continue;
                }
                b'[' | b'{' => {
                    self.split.leniencies[Leniency::MissingComma] += u64::from(element_before);
                    matching(bytes, at)
                }
                _ => {
                    strings(bytes, at).find(|(_, byte, string)| !string && b",][{".contains(byte)).map(|(end, ..)| end)
                }
            };
            let stop = end.unwrap_or(bytes.len());
            let is_container = b"[{".contains(&byte);
            (element_before, comma) = (true, None);
            if stop - at > limit {
                self.reject(at, stop, RejectKind::Length);
            } else if end.is_none() {
                self.reject(at, stop, RejectKind::Truncated);
                return None;
            } else if is_container {
                self.element(at, stop);
            } else {
                let trimmed = trim_end(&bytes[..stop]).len();
                if stray { self.reject(at, trimmed, RejectKind::Json) } else { self.element(at, trimmed) }
            }
            at = stop;
        }
    }

    /// Counts the leniencies of line ends.
    fn line_leniencies(&mut self) {
        let Rules { bytes, truncated, .. } = self.rules;
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let (mut start, mut at) = (0, 0);
        let mut count = |leniency| self.split.leniencies[leniency] += 1;
        let is_empty = |line: &[u8]| line.iter().copied().all(is_white);
        while at < text.len() {
            let pair = text[at..].starts_with(b"\r\n");
            if b"\r\n".contains(&text[at]) {
                match (text[at], pair) {
                    (_, true) => count(Leniency::Crlf),
                    (b'\r', _) => count(Leniency::LoneCr),
                    _ => {}
                }
                if is_empty(&text[start..at]) {
                    count(Leniency::EmptyLine);
                }
                start = at + 1 + usize::from(pair);
            }
            at += 1 + usize::from(pair);
        }
        if !truncated && start < text.len() {
            count(if is_empty(&text[start..]) { Leniency::EmptyLine } else { Leniency::MissingFinalNewline });
        }
    }

    fn lines(&mut self, mut at: usize) {
        let Rules { bytes, limit, truncated } = self.rules;
        let mut line_has_value = false;
        loop {
            let start = self.rules.skip_white(at);
            line_has_value &= !bytes[at..start].iter().any(|byte| b"\r\n".contains(byte));
            at = start;
            let Some(&byte) = bytes.get(at) else { return };
            if !b"[{".contains(&byte) {
                let line_end = bytes[at..].iter().position(|byte| b"\r\n".contains(byte));
                let stop = line_end.map_or(bytes.len(), |distance| at + distance);
                let trimmed = trim_end(&bytes[..stop]).len();
                if stop - at > limit {
                    self.reject(at, stop, RejectKind::Length);
                } else if truncated && line_end.is_none() {
                    return self.reject(at, stop, RejectKind::Truncated);
                } else if line_has_value {
                    self.reject(at, trimmed, RejectKind::Json);
                } else {
                    self.element(at, trimmed);
                }
                (at, line_has_value) = (stop, true);
                continue;
            }
            if byte == b'[' && self.rules.is_valid_line(at) {
                match self.array(at + 1, 1) {
                    Some(end) => (at, line_has_value) = (end, true),
                    None => return,
                }
                continue;
            }
            let (verdict, lines) = self.rules.value(at);
            let in_limit = |at: usize| at - start < limit;
            let line = lines.into_iter().rfind(|&line| in_limit(line));
            let over = bytes.len() - start > limit;
            let (stop, kind) = match (verdict, line) {
                (Verdict::Complete(end), _) if end - start <= limit => {
                    self.element(start, end);
                    (at, line_has_value) = (end, true);
                    continue;
                }
                (Verdict::Invalid(by, _), Some(line)) if in_limit(by) => (line, RejectKind::Json),
                (Verdict::Invalid(by, from), None) if in_limit(by) => (self.rules.next_value(from), RejectKind::Json),
                (Verdict::Incomplete, None) if !over => {
                    return self.reject_lines(start, bytes.len(), RejectKind::Truncated);
                }
                (Verdict::Incomplete, Some(line)) if !over => (line, RejectKind::Json),
                (_, Some(line)) => (line, RejectKind::Length),
                (Verdict::Complete(end), None) => {
                    self.reject(start, end, RejectKind::Length);
                    (at, line_has_value) = (end, true);
                    continue;
                }
                (Verdict::Invalid(_, from), None) => (self.rules.next_value(from), RejectKind::Length),
                (Verdict::Incomplete, None) => (bytes.len(), RejectKind::Length),
            };
            self.reject_lines(start, stop, kind);
            (at, line_has_value) = (stop, false);
        }
    }

    fn line_of(&self, at: usize) -> u64 {
        1 + line_ends(&self.rules.bytes[..at], self.rules.bytes.get(at).copied())
    }

    fn element(&mut self, start: usize, end: usize) {
        self.number += 1;
        let raw = self.rules.bytes[start..end].to_vec();
        let line = self.line_of(start);
        self.split.elements.push(Element { number: self.number, line, offset: start as u64, raw });
    }

    fn reject(&mut self, start: usize, end: usize, kind: RejectKind) {
        let raw = &self.rules.bytes[start..end];
        let line_ends = [b"\r\n".as_slice(), b"\n", b"\r"];
        self.reject_raw(start, line_ends.iter().find_map(|line_end| raw.strip_suffix(*line_end)).unwrap_or(raw), kind);
    }

    /// Empty lines at the end do not belong to the reject.
    fn reject_lines(&mut self, start: usize, end: usize, kind: RejectKind) {
        let filled = start + trim_end(&self.rules.bytes[start..end]).len();
        let line_end = self.rules.bytes[filled..end].iter().position(|byte| b"\r\n".contains(byte));
        self.reject_raw(start, &self.rules.bytes[start..line_end.map_or(end, |distance| filled + distance)], kind);
    }

    fn reject_raw(&mut self, start: usize, raw: &[u8], kind: RejectKind) {
        self.number += 1;
        self.reported |= kind == RejectKind::Truncated;
        self.split.rejects.push(Reject {
            record: self.number,
            line: self.line_of(start),
            offset: start as u64,
            column: None,
            kind,
            message: String::new(),
            raw: raw.to_vec(),
            more: false,
        });
    }
}
