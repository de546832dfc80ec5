//! The strict RFC 8259 reader that fills a tape.

use super::{Kind, Node, Value};
use crate::scan::{digits_end, string_stop};

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Where, in bytes of the text.
    pub at: usize,
    /// Why.
    pub kind: JsonErrorKind,
}

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The text ends inside a value, or is empty.
    Ends,
    /// A byte that cannot stand here.
    Byte,
    /// A control character inside a string.
    Control,
    /// An escape that JSON does not have.
    Escape,
    /// Something after the value.
    Trailing,
    /// Nested deeper than the limit.
    Depth,
    /// Longer than 4 GiB.
    Length,
}

/// A tape and what it needs to be filled; kept from text to text so that nothing is allocated for each.
#[derive(Debug, Default)]
pub struct Doc {
    pub(super) nodes: Vec<Node>,
    pub(super) duplicates: u64,
    pub(super) spaced: bool,
    open: Vec<Open>,
    /// The keys of the objects that are open, innermost last: where each starts and ends.
    keys: Vec<(u32, u32)>,
    /// For each of them, a hash: keys that differ in it differ.
    hashes: Vec<u32>,
}

/// An array or object whose end was not read yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    kind: Kind,
    node: u32,
    /// Its keys are those from here on.
    first_key: u32,
    /// A key holds an escape, so that it may spell any other.
    escaped: bool,
}

impl Doc {
    /// Reads `text` as one JSON value, nested at most `max_depth` deep.
    ///
    /// The text must be UTF-8; that is checked for whole records at once, before.
    ///
    /// # Errors
    /// Where the text is not one JSON value, or is nested deeper.
    pub fn parse<'a>(&'a mut self, text: &'a [u8], max_depth: usize) -> Result<Value<'a>, JsonError> {
        self.read::<true>(text, max_depth)?;
        Ok(Value { text, doc: self, node: 0 })
    }

    /// Reads `text` as [`Self::parse`] does, but keeps no tape.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn check(&mut self, text: &[u8], max_depth: usize) -> Result<Kind, JsonError> {
        self.read::<false>(text, max_depth)
    }

    /// The value at a [`Value::place`] of the text that was parsed last.
    #[must_use]
    pub const fn value<'a>(&'a self, text: &'a [u8], place: u32) -> Value<'a> {
        Value { text, doc: self, node: place }
    }

    /// The type of the value at a [`Value::place`] of the text that was parsed last.
    #[inline]
    #[must_use]
    pub fn kind(&self, place: u32) -> Kind {
        self.nodes[place as usize].kind
    }

    /// How many keys of the text stand a second time in their object.
    #[must_use]
    pub const fn duplicate_keys(&self) -> u64 {
        self.duplicates
    }

    /// Reads one value, onto the tape if `TAPE`; gives its type.
    fn read<const TAPE: bool>(&mut self, text: &[u8], max_depth: usize) -> Result<Kind, JsonError> {
        self.nodes.clear();
        self.open.clear();
        self.keys.clear();
        self.hashes.clear();
        self.duplicates = 0;
        self.spaced = false;
        if text.len() >= u32::MAX as usize {
            return Err(JsonError { at: 0, kind: JsonErrorKind::Length });
        }
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
            // A value has ended: what encloses it says what may follow.
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

    #[inline]
    fn skip_space(&mut self, text: &[u8], mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
            self.spaced = true;
            at += 1;
        }
        at
    }

    #[inline]
    fn push<const TAPE: bool>(&mut self, start: usize, end: usize, kind: Kind, escaped: bool) {
        if TAPE {
            let next = to_u32(self.nodes.len() + 1);
            self.nodes.push(Node { start: to_u32(start), end: to_u32(end), next, kind, escaped });
        }
    }

    #[inline]
    fn open<const TAPE: bool>(&mut self, at: usize, kind: Kind, max_depth: usize) -> Result<(), JsonError> {
        if self.open.len() >= max_depth {
            return Err(JsonError { at, kind: JsonErrorKind::Depth });
        }
        let (node, first_key) = (to_u32(self.nodes.len()), to_u32(self.keys.len()));
        self.open.push(Open { kind, node, first_key, escaped: false });
        self.push::<TAPE>(at, at, kind, false);
        Ok(())
    }

    /// Ends the innermost array or object, which reaches to `end`.
    #[inline]
    fn close<const TAPE: bool>(&mut self, text: &[u8], end: usize) {
        if let Some(open) = self.open.pop() {
            if TAPE {
                let next = to_u32(self.nodes.len());
                let node = &mut self.nodes[open.node as usize];
                node.end = to_u32(end);
                node.next = next;
            }
            let first = open.first_key as usize;
            if open.escaped {
                self.duplicates += escaped_duplicates(text, &self.keys[first..]);
            } else if may_repeat(&mut self.hashes[first..]) {
                self.duplicates += duplicates(text, &mut self.keys[first..]);
            }
            self.keys.truncate(first);
            self.hashes.truncate(first);
        }
    }

    /// Reads a key and its colon; gives where the value begins.
    #[inline]
    fn key<const TAPE: bool>(&mut self, text: &[u8], at: usize) -> Result<usize, JsonError> {
        if text.get(at) != Some(&b'"') {
            return Err(unexpected(text, at));
        }
        let (end, escaped) = self.string::<TAPE>(text, at)?;
        if escaped && let Some(open) = self.open.last_mut() {
            open.escaped = true;
        }
        self.hashes.push(key_hash(&text[at + 1..end - 1]));
        self.keys.push((to_u32(at + 1), to_u32(end - 1)));
        let at = self.skip_space(text, end);
        if text.get(at) != Some(&b':') {
            return Err(unexpected(text, at));
        }
        Ok(self.skip_space(text, at + 1))
    }

    /// Reads the string whose opening quote is at `at`; gives where it ends, and whether it holds an escape.
    #[inline]
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

    /// Reads a number by JSON's grammar.
    #[inline]
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

    #[inline]
    fn word<const TAPE: bool>(
        &mut self,
        text: &[u8],
        at: usize,
        word: &[u8],
        kind: Kind,
    ) -> Result<(usize, Kind), JsonError> {
        let end = at + word.len();
        if text.get(at..end) != Some(word) {
            return Err(unexpected(text, at));
        }
        self.push::<TAPE>(at, end, kind, false);
        Ok((end, kind))
    }
}

/// How many of an object's keys stand in it a second time, none of them with an escape.
#[cold]
fn duplicates(text: &[u8], keys: &mut [(u32, u32)]) -> u64 {
    let bytes = |key: &(u32, u32)| &text[key.0 as usize..key.1 as usize];
    keys.sort_unstable_by_key(bytes);
    keys.windows(2).filter(|pair| bytes(&pair[0]) == bytes(&pair[1])).count() as u64
}

/// The same where a key holds an escape, so that it may spell any other.
fn escaped_duplicates(text: &[u8], keys: &[(u32, u32)]) -> u64 {
    let spell = |&(start, end): &(u32, u32)| super::identity(&text[start as usize..end as usize]);
    let mut spelled: Vec<Vec<u8>> = keys.iter().map(spell).collect();
    spelled.sort_unstable();
    spelled.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}

/// A hash of a key's length and of its ends: enough to tell most keys apart, at the cost of two loads.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the upper half, where the product mixes best")]
fn key_hash(key: &[u8]) -> u32 {
    let (first, last) = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
            (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
            _ => key.iter().fold((0, 0), |(first, last), &byte| (first << 8 | u64::from(byte), last)),
        },
    };
    let mixed = (first ^ last.rotate_left(29) ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

/// Whether two of the hashes are equal; they may be in another order after.
#[inline]
fn may_repeat(hashes: &mut [u32]) -> bool {
    // One bit in a thousand for each tells at once of most objects that none repeats.
    let mut seen = [0_u64; 16];
    let mut again = 0;
    for &hash in &*hashes {
        let word = &mut seen[(hash >> 6) as usize % 16];
        again |= *word >> (hash % 64) & 1;
        *word |= 1 << (hash % 64);
    }
    if again == 0 {
        return false;
    }
    hashes.sort_unstable();
    hashes.windows(2).any(|pair| pair[0] == pair[1])
}

/// Where the string goes on after the escape at `at`.
fn after_escape(text: &[u8], at: usize) -> Result<usize, JsonError> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match text.get(at + 2..at + 6) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(at + 6),
            Some(_) => Err(JsonError { at, kind: JsonErrorKind::Escape }),
            None => Err(JsonError { at: text.len(), kind: JsonErrorKind::Ends }),
        },
        Some(_) => Err(JsonError { at, kind: JsonErrorKind::Escape }),
        None => Err(JsonError { at: text.len(), kind: JsonErrorKind::Ends }),
    }
}

fn unexpected(text: &[u8], at: usize) -> JsonError {
    let kind = if at < text.len() { JsonErrorKind::Byte } else { JsonErrorKind::Ends };
    JsonError { at: at.min(text.len()), kind }
}

/// A place in a text, which is shorter than 4 GiB.
#[allow(clippy::cast_possible_truncation, reason = "`parse` refuses longer texts")]
#[inline]
const fn to_u32(at: usize) -> u32 {
    at as u32
}
