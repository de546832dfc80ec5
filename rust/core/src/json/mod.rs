//! One JSON text into a tape of values that keeps every token's place in the text.
//!
//! The tape holds no decoded numbers or strings: contract rule 10 asks for the source's own tokens, most strings are
//! copied as they stand, and most numbers are never asked for. It is filled by strict RFC 8259 readers in one pass ([`parse`]):
//! sound texts by one that looks at 32 bytes at a time ([`fast`]), others by one that tells what is wrong ([`slow`]).
//! Numbers and strings are decoded where a column takes them ([`number`], [`text`]).

mod fast;
mod keys;
mod number;
mod parse;
mod python;
mod slow;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use number::{parse_f64, parse_i64};
pub use parse::{Doc, JsonError, JsonErrorKind};
pub use python::python_literal;
pub use text::{LoneSurrogate, identity, unescape};
pub use write::{compact, write_key, write_string};

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The name that tables and messages use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::True | Self::False => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// One value of the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    /// Its first byte in the text; of a string, the first inside its quotes.
    start: u32,
    /// One past its last byte; of a string, its closing quote.
    end: u32,
    /// The node after this value and all that is in it.
    next: u32,
    kind: Kind,
    /// Of a string, that it holds an escape.
    escaped: bool,
}

/// A value of a parsed text.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    text: &'a [u8],
    doc: &'a Doc,
    node: u32,
}

impl<'a> Value<'a> {
    fn node(self) -> &'a Node {
        &self.doc.nodes[self.node as usize]
    }

    /// Its type.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its bytes in the text; of a string, those between the quotes.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        let node = self.node();
        &self.text[node.start as usize..node.end as usize]
    }

    /// Its bytes in the text as a JSON value: a string with its quotes.
    #[must_use]
    pub fn token(self) -> &'a [u8] {
        let node = self.node();
        match node.kind {
            Kind::String => &self.text[node.start as usize - 1..=node.end as usize],
            _ => &self.text[node.start as usize..node.end as usize],
        }
    }

    /// Whether a string holds an escape, so that its text is not its bytes.
    #[must_use]
    pub fn is_escaped(self) -> bool {
        self.node().escaped
    }

    /// Whether the text has white space between its tokens.
    #[must_use]
    pub const fn is_spaced(self) -> bool {
        self.doc.spaced
    }

    /// Whether any object of the text has a key twice.
    #[must_use]
    pub const fn has_duplicates(self) -> bool {
        self.doc.duplicates > 0
    }

    /// The place of this value on the tape, to find it again with [`Doc::value`].
    #[must_use]
    pub const fn place(self) -> u32 {
        self.node
    }

    /// Another value of the same text, by its [`Value::place`].
    #[must_use]
    pub const fn at(self, place: u32) -> Self {
        Self { node: place, ..self }
    }

    /// The key of the member whose value is at `place`: it stands just before it on the tape.
    #[must_use]
    pub const fn key_of(self, place: u32) -> Self {
        Self { node: place - 1, ..self }
    }

    /// How many nodes it has on the tape, itself and all that is in it.
    #[must_use]
    pub fn nodes(self) -> u32 {
        self.node().next - self.node
    }

    /// The items of an array, in order; nothing for any other value.
    #[must_use]
    pub fn items(self) -> Items<'a> {
        let last = if self.kind() == Kind::Array { self.node().next } else { self.node + 1 };
        Items { value: self, next: self.node + 1, last }
    }

    /// The members of an object, in order, keys (strings) with values; nothing for any other value.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        let last = if self.kind() == Kind::Object { self.node().next } else { self.node + 1 };
        Members { value: self, next: self.node + 1, last }
    }

    /// The members of an object as [`Self::members`] gives them, for looking at each key at once.
    #[inline]
    #[must_use]
    pub fn keyed(self) -> Keyed<'a> {
        let node = self.node();
        let last = if node.kind == Kind::Object { node.next } else { self.node + 1 };
        Keyed { text: self.text, nodes: &self.doc.nodes[..last as usize], next: self.node as usize + 1 }
    }

    /// Whether a key or string is `expected`, escapes undone.
    #[must_use]
    pub fn is_text(self, expected: &[u8]) -> bool {
        if self.is_escaped() {
            let mut unescaped = Vec::new();
            unescape(self.bytes(), &mut unescaped).is_ok() && unescaped == expected
        } else {
            self.bytes() == expected
        }
    }
}

/// The first eight bytes as a number, zeros after a shorter text: two texts of one length below nine that have the
/// same are the same.
#[must_use]
pub fn start_of(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let length = bytes.len().min(8);
    eight[..length].copy_from_slice(&bytes[..length]);
    u64::from_le_bytes(eight)
}

/// The items of an array.
#[derive(Clone)]
pub struct Items<'a> {
    value: Value<'a>,
    next: u32,
    last: u32,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        if self.next >= self.last {
            return None;
        }
        let item = Value { node: self.next, ..self.value };
        self.next = item.node().next;
        Some(item)
    }
}

/// The members of an object.
#[derive(Clone)]
pub struct Members<'a> {
    value: Value<'a>,
    next: u32,
    last: u32,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Value<'a>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.last {
            return None;
        }
        // A key is one node, so that its value is the next one.
        let key = Value { node: self.next, ..self.value };
        let value = Value { node: self.next + 1, ..self.value };
        self.next = value.node().next;
        Some((key, value))
    }
}

/// A member's key, and where its value is.
#[derive(Clone, Copy, Debug)]
pub struct Keyword<'a> {
    /// The text from the key on.
    rest: &'a [u8],
    /// How many bytes of that are the key.
    pub length: usize,
    /// What [`start_of`] gives for the key.
    pub start: u64,
    /// It holds an escape.
    pub escaped: bool,
    /// The [`Value::place`] of the member's value, which that of its key stands before.
    pub place: u32,
}

impl<'a> Keyword<'a> {
    /// Its bytes, as they stand.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        &self.rest[..self.length]
    }
}

/// The keys of an object.
pub struct Keyed<'a> {
    text: &'a [u8],
    /// The nodes up to the end of the object.
    nodes: &'a [Node],
    next: usize,
}

impl<'a> Iterator for Keyed<'a> {
    type Item = Keyword<'a>;

    #[inline]
    fn next(&mut self) -> Option<Keyword<'a>> {
        let place = parse::to_u32(self.next + 1);
        // A key is one node, so that its value is the next one.
        let [key, value] = self.nodes.get(self.next..)?.first_chunk()?;
        self.next = value.next as usize;
        let rest = self.text.get(key.start as usize..)?;
        let length = (key.end - key.start) as usize;
        let start = match rest.first_chunk() {
            // Without the bytes that follow it in the text.
            Some(eight) if length < 8 => u64::from_le_bytes(*eight) & !(u64::MAX << (8 * length)),
            Some(eight) => u64::from_le_bytes(*eight),
            None => start_of(&rest[..length]),
        };
        Some(Keyword { rest, length, start, escaped: key.escaped, place })
    }
}
