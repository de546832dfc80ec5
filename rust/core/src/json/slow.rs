//! The strict RFC 8259 reader, byte by byte. It decides whether a text is valid, and reports what is wrong.

use super::keys::{Key, repeated};
use super::parse::{Doc, JsonError, JsonErrorKind, Open, to_u32};
use super::{Kind, Node};
use crate::scan::{digits_end, ends, string_stop};

impl Doc {
    /// Reads one value, onto the tape if `TAPE`; returns its type. The text is shorter than 4 GiB.
    pub(super) fn read_slow<const TAPE: bool>(&mut self, text: &[u8], max_depth: usize) -> Result<Kind, JsonError> {
        self.clear();
        let mut at = self.skip_space(text, 0);
        let mut kind;
        'value: loop {
            match text.get(at) {
                Some(b'"') => {
                    kind = Kind::String;
                    (at, _) = self.string::<TAPE>(text, at)?;
                }
                Some(b'{') => {
                    self.open::<TAPE>(at, Kind::Object, max_depth)?;
                    at = self.skip_space(text, at + 1);
                    if text.get(at) != Some(&b'}') {
                        at = self.key::<TAPE>(text, at)?;
                        continue 'value;
                    }
                    at += 1;
                    kind = Kind::Object;
                    self.close::<TAPE>(text, at);
                }
                Some(b'[') => {
                    self.open::<TAPE>(at, Kind::Array, max_depth)?;
                    at = self.skip_space(text, at + 1);
                    if text.get(at) != Some(&b']') {
                        continue 'value;
                    }
                    at += 1;
                    kind = Kind::Array;
                    self.close::<TAPE>(text, at);
                }
                Some(b'-' | b'0'..=b'9') => {
                    kind = Kind::Number;
                    at = self.number::<TAPE>(text, at)?;
                }
                Some(b't') => (at, kind) = self.word::<TAPE>(text, at, b"true", Kind::True)?,
                Some(b'f') => (at, kind) = self.word::<TAPE>(text, at, b"false", Kind::False)?,
                Some(b'n') => (at, kind) = self.word::<TAPE>(text, at, b"null", Kind::Null)?,
                _ => return Err(unexpected(text, at)),
            }
            // After a value, the enclosing container determines what may follow.
            loop {
                at = self.skip_space(text, at);
                let Some(open) = self.open.last() else {
                    return if at == text.len() {
                        Ok(kind)
                    } else {
                        Err(JsonError { at, kind: JsonErrorKind::Trailing })
                    };
                };
                match (text.get(at), open.kind) {
                    (Some(b','), Kind::Object) => {
                        let next = self.skip_space(text, at + 1);
                        at = self.key::<TAPE>(text, next)?;
                        continue 'value;
                    }
                    (Some(b','), _) => {
                        at = self.skip_space(text, at + 1);
                        continue 'value;
                    }
                    (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => {
                        at += 1;
                        kind = open.kind;
                        self.close::<TAPE>(text, at);
                    }
                    _ => return Err(unexpected(text, at)),
                }
            }
        }
    }

    pub(super) fn skip_space(&mut self, text: &[u8], mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
            self.spaced = true;
            at += 1;
        }
        at
    }

    fn push<const TAPE: bool>(&mut self, start: usize, end: usize, kind: Kind, escaped: bool) {
        if TAPE {
            let next = to_u32(self.nodes.len() + 1);
            self.nodes.push(Node { start: to_u32(start), end: to_u32(end), next, kind, escaped });
        }
    }

    fn open<const TAPE: bool>(&mut self, at: usize, kind: Kind, max_depth: usize) -> Result<(), JsonError> {
        if self.open.len() >= max_depth {
            return Err(JsonError { at, kind: JsonErrorKind::Depth });
        }
        let (node, first_key) = (to_u32(self.nodes.len()), to_u32(self.keys.len()));
        self.open.push(Open { kind, node, first_key, escaped: false, outer_seen: 0 });
        self.push::<TAPE>(at, at, kind, false);
        Ok(())
    }

    /// Ends the innermost array or object at `end`.
    fn close<const TAPE: bool>(&mut self, text: &[u8], end: usize) {
        if let Some(open) = self.open.pop() {
            if TAPE {
                let next = to_u32(self.nodes.len());
                let node = &mut self.nodes[open.node as usize];
                node.end = to_u32(end);
                node.next = next;
            }
            let first = open.first_key as usize;
            self.duplicates += repeated(text, &mut self.keys[first..], open.escaped);
            self.keys.truncate(first);
        }
    }

    /// Reads a key and its colon; returns the start of the value.
    fn key<const TAPE: bool>(&mut self, text: &[u8], at: usize) -> Result<usize, JsonError> {
        if text.get(at) != Some(&b'"') {
            return Err(unexpected(text, at));
        }
        let (end, escaped) = self.string::<TAPE>(text, at)?;
        if escaped && let Some(open) = self.open.last_mut() {
            open.escaped = true;
        }
        self.keys.push(Key::new(to_u32(at + 1), to_u32(end - 1), ends(&text[at + 1..end - 1])));
        let at = self.skip_space(text, end);
        if text.get(at) != Some(&b':') {
            return Err(unexpected(text, at));
        }
        Ok(self.skip_space(text, at + 1))
    }

    /// Reads the string whose opening quote is at `at`; returns its end, and whether it has an escape.
    fn string<const TAPE: bool>(&mut self, text: &[u8], at: usize) -> Result<(usize, bool), JsonError> {
        let start = at + 1;
        let mut escaped = false;
        let mut stop = string_stop(text, start);
        loop {
            match text.get(stop) {
                Some(b'"') => {
                    self.push::<TAPE>(start, stop, Kind::String, escaped);
                    return Ok((stop + 1, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    stop = string_stop(text, after_escape(text, stop)?);
                }
                Some(_) => return Err(JsonError { at: stop, kind: JsonErrorKind::Control }),
                None => return Err(JsonError { at: text.len(), kind: JsonErrorKind::Ends }),
            }
        }
    }

    /// Reads a number by the JSON grammar.
    fn number<const TAPE: bool>(&mut self, text: &[u8], start: usize) -> Result<usize, JsonError> {
        let digits = |from: usize| {
            let at = digits_end(text, from);
            if at == from { Err(unexpected(text, at)) } else { Ok(at) }
        };
        let mut at = start;
        at += usize::from(text[at] == b'-');
        at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
        if text.get(at) == Some(&b'.') {
            at = digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = text.get(at) {
            at += 1;
            at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
            at = digits(at)?;
        }
        self.push::<TAPE>(start, at, Kind::Number, false);
        Ok(at)
    }

    fn word<const TAPE: bool>(
        &mut self,
        text: &[u8],
        at: usize,
        word: &[u8],
        kind: Kind,
    ) -> Result<(usize, Kind), JsonError> {
        let end = at + word.len();
        if text.get(at..end) != Some(word) {
            let is_cut = word.starts_with(&text[at..]);
            return Err(unexpected(text, if is_cut { text.len() } else { at }));
        }
        self.push::<TAPE>(at, end, kind, false);
        Ok((end, kind))
    }
}

/// Whether a byte is a hexadecimal digit.
const HEX: [bool; 256] = {
    let mut hex = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        hex[byte as usize] = byte.is_ascii_hexdigit();
        byte += 1;
    }
    hex
};

/// The position after the escape at `at`.
pub(super) fn after_escape(text: &[u8], at: usize) -> Result<usize, JsonError> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match text[at + 2..].first_chunk() {
            Some(&[a, b, c, d]) if HEX[a as usize] & HEX[b as usize] & HEX[c as usize] & HEX[d as usize] => Ok(at + 6),
            None if text[at + 2..].iter().all(u8::is_ascii_hexdigit) => {
                Err(JsonError { at: text.len(), kind: JsonErrorKind::Ends })
            }
            _ => Err(JsonError { at, kind: JsonErrorKind::Escape }),
        },
        Some(_) => Err(JsonError { at, kind: JsonErrorKind::Escape }),
        None => Err(JsonError { at: text.len(), kind: JsonErrorKind::Ends }),
    }
}

fn unexpected(text: &[u8], at: usize) -> JsonError {
    let kind = if at < text.len() { JsonErrorKind::Byte } else { JsonErrorKind::Ends };
    JsonError { at: at.min(text.len()), kind }
}
