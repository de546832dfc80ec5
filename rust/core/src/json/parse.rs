//! The strict RFC 8259 reader that fills a tape.

use super::{Kind, Node, Value};
use crate::scan::string_stop;

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
    keys: Vec<u32>,
}

/// An array or object whose end was not read yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    node: u32,
    /// The last key, where it is an object with one.
    key: u32,
    /// So far each key is greater than the one before it, by length and then bytes: then none stands twice.
    ascending: bool,
}

const NO_KEY: u32 = u32::MAX;

impl Doc {
    /// Reads `text` as one JSON value, nested at most `max_depth` deep.
    ///
    /// The text must be UTF-8; that is checked for whole records at once, before.
    ///
    /// # Errors
    /// Where the text is not one JSON value, or is nested deeper.
    pub fn parse<'a>(&'a mut self, text: &'a [u8], max_depth: usize) -> Result<Value<'a>, JsonError> {
        self.nodes.clear();
        self.open.clear();
        self.duplicates = 0;
        self.spaced = false;
        if text.len() >= u32::MAX as usize {
            return Err(JsonError { at: 0, kind: JsonErrorKind::Length });
        }
        self.read(text, max_depth)?;
        Ok(Value { text, doc: self, node: 0 })
    }

    /// The value at a [`Value::place`] of the text that was parsed last.
    #[must_use]
    pub const fn value<'a>(&'a self, text: &'a [u8], place: u32) -> Value<'a> {
        Value { text, doc: self, node: place }
    }

    /// How many keys of the text stand a second time in their object.
    #[must_use]
    pub const fn duplicate_keys(&self) -> u64 {
        self.duplicates
    }

    fn read(&mut self, text: &[u8], max_depth: usize) -> Result<(), JsonError> {
        let mut at = self.skip_space(text, 0);
        'value: loop {
            match text.get(at) {
                Some(b'"') => at = self.string(text, at)?,
                Some(b'{') => {
                    self.open(at, Kind::Object, max_depth)?;
                    at = self.skip_space(text, at + 1);
                    if text.get(at) != Some(&b'}') {
                        at = self.key(text, at)?;
                        continue 'value;
                    }
                    at += 1;
                    self.close(text, at);
                }
                Some(b'[') => {
                    self.open(at, Kind::Array, max_depth)?;
                    at = self.skip_space(text, at + 1);
                    if text.get(at) != Some(&b']') {
                        continue 'value;
                    }
                    at += 1;
                    self.close(text, at);
                }
                Some(b'-' | b'0'..=b'9') => at = self.number(text, at)?,
                Some(b't') => at = self.word(text, at, b"true", Kind::True)?,
                Some(b'f') => at = self.word(text, at, b"false", Kind::False)?,
                Some(b'n') => at = self.word(text, at, b"null", Kind::Null)?,
                _ => return Err(unexpected(text, at)),
            }
            // A value has ended: what encloses it says what may follow.
            loop {
                at = self.skip_space(text, at);
                let Some(&Open { node, .. }) = self.open.last() else {
                    return if at == text.len() { Ok(()) } else { Err(JsonError { at, kind: JsonErrorKind::Trailing }) };
                };
                let in_object = self.nodes[node as usize].kind == Kind::Object;
                match (text.get(at), in_object) {
                    (Some(b','), true) => {
                        let next = self.skip_space(text, at + 1);
                        at = self.key(text, next)?;
                        continue 'value;
                    }
                    (Some(b','), false) => {
                        at = self.skip_space(text, at + 1);
                        continue 'value;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        at += 1;
                        self.close(text, at);
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
    fn push(&mut self, start: usize, end: usize, kind: Kind, escaped: bool) {
        let next = to_u32(self.nodes.len() + 1);
        self.nodes.push(Node { start: to_u32(start), end: to_u32(end), next, kind, escaped });
    }

    #[inline]
    fn open(&mut self, at: usize, kind: Kind, max_depth: usize) -> Result<(), JsonError> {
        if self.open.len() >= max_depth {
            return Err(JsonError { at, kind: JsonErrorKind::Depth });
        }
        self.open.push(Open { node: to_u32(self.nodes.len()), key: NO_KEY, ascending: true });
        self.push(at, at, kind, false);
        Ok(())
    }

    /// Ends the innermost array or object, which reaches to `end`.
    #[inline]
    fn close(&mut self, text: &[u8], end: usize) {
        if let Some(open) = self.open.pop() {
            let next = to_u32(self.nodes.len());
            let node = &mut self.nodes[open.node as usize];
            node.end = to_u32(end);
            node.next = next;
            if !open.ascending {
                self.count_duplicates(text, open.node);
            }
        }
    }

    /// Reads a key and its colon; gives where the value begins.
    #[inline]
    fn key(&mut self, text: &[u8], at: usize) -> Result<usize, JsonError> {
        if text.get(at) != Some(&b'"') {
            return Err(unexpected(text, at));
        }
        let key = to_u32(self.nodes.len());
        let end = self.string(text, at)?;
        if let Some(open) = self.open.last_mut() {
            let this = &self.nodes[key as usize];
            // An escaped key may spell any other: then they are all compared at the end.
            open.ascending &= !this.escaped
                && (open.key == NO_KEY || {
                    let last = &self.nodes[open.key as usize];
                    let (last, this) =
                        (&text[last.start as usize..last.end as usize], &text[this.start as usize..this.end as usize]);
                    last.len() < this.len() || last.len() == this.len() && last < this
                });
            open.key = key;
        }
        let at = self.skip_space(text, end);
        if text.get(at) != Some(&b':') {
            return Err(unexpected(text, at));
        }
        Ok(self.skip_space(text, at + 1))
    }

    /// Reads the string whose opening quote is at `at`; gives where it ends.
    #[inline]
    fn string(&mut self, text: &[u8], at: usize) -> Result<usize, JsonError> {
        let start = at + 1;
        let mut escaped = false;
        let mut stop = string_stop(text, start);
        loop {
            match text.get(stop) {
                Some(b'"') => {
                    self.push(start, stop, Kind::String, escaped);
                    return Ok(stop + 1);
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
    fn number(&mut self, text: &[u8], start: usize) -> Result<usize, JsonError> {
        let digits = |mut at: usize| {
            let from = at;
            while let Some(b'0'..=b'9') = text.get(at) {
                at += 1;
            }
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
        self.push(start, at, Kind::Number, false);
        Ok(at)
    }

    #[inline]
    fn word(&mut self, text: &[u8], at: usize, word: &[u8], kind: Kind) -> Result<usize, JsonError> {
        let end = at + word.len();
        if text.get(at..end) != Some(word) {
            return Err(unexpected(text, at));
        }
        self.push(at, end, kind, false);
        Ok(end)
    }

    /// Counts the keys of an object that stand in it a second time.
    fn count_duplicates(&mut self, text: &[u8], object: u32) {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let value = Value { text, doc: self, node: object };
        keys.extend(value.members().map(|(key, _)| key.place()));
        let mut spelled: Vec<Vec<u8>> = Vec::new();
        let duplicates = if keys.iter().any(|&key| self.nodes[key as usize].escaped) {
            for &key in &keys {
                let mut plain = Vec::new();
                let bytes = self.value(text, key).bytes();
                if super::unescape(bytes, &mut plain).is_err() {
                    plain = bytes.to_vec();
                }
                spelled.push(plain);
            }
            spelled.sort_unstable();
            spelled.windows(2).filter(|pair| pair[0] == pair[1]).count()
        } else {
            let bytes = |key: &u32| {
                let node = &self.nodes[*key as usize];
                &text[node.start as usize..node.end as usize]
            };
            if keys.len() <= 8 {
                let earlier = |i: usize| keys[..i].iter().any(|key| bytes(key) == bytes(&keys[i]));
                (1..keys.len()).filter(|&i| earlier(i)).count()
            } else {
                keys.sort_unstable_by_key(|key| bytes(key));
                keys.windows(2).filter(|pair| bytes(&pair[0]) == bytes(&pair[1])).count()
            }
        };
        self.duplicates += duplicates as u64;
        self.keys = keys;
    }
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
