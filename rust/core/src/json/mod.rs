//! Parses JSON text to a tape of nodes that refer to the text's tokens.
//!
//! The tape has no decoded numbers or strings: columns of JSON text keep the source's tokens (docs/contract.md, section
//! 1.10), most strings are copied unchanged, and most numbers are never read. Strict RFC 8259 readers fill it in one pass
//! ([`parse`]): one that processes 32 bytes at a time ([`fast`]), and one that reports what is wrong ([`slow`]). Numbers
//! and strings are decoded when a column reads them ([`number`], [`text`]). Values inside values are found by
//! [`navigate`].

mod fast;
mod keys;
mod navigate;
mod number;
mod parse;
mod python;
mod sketch;
mod slow;
mod text;
mod tokens;
mod write;

#[cfg(test)]
mod tests;

pub use navigate::{TypeSet, has_lone_surrogate, integer_key, member, split_suffix, string_text};
pub use number::{parse_decimal, parse_f64, parse_i64};
pub use parse::{Doc, JsonError, JsonErrorKind};
pub use python::{append_python_numbers, is_python_decimal, is_python_number, python_literal};
pub use sketch::{SketchCounts, sketch};
pub use text::{identity, unescape};
pub use tokens::{Tokens, short_integer};
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
    /// The name in tables and messages.
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
    /// Offset of its first byte; for a string, of the first byte inside its quotes.
    start: u32,
    /// Offset after its last byte; for a string, of its closing quote.
    end: u32,
    /// The node after this value and its contents.
    next: u32,
    kind: Kind,
    /// Whether a string has an escape.
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

    /// Its bytes in the text; for a string, those between the quotes.
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

    /// Whether a string has an escape, so that its text differs from its bytes.
    #[must_use]
    pub fn is_escaped(self) -> bool {
        self.node().escaped
    }

    /// Whether the text has white space between its tokens.
    #[must_use]
    pub const fn is_spaced(self) -> bool {
        self.doc.spaced
    }

    /// Whether any object of the text has a duplicate key.
    #[must_use]
    pub const fn has_duplicates(self) -> bool {
        self.doc.duplicates > 0
    }

    /// Index of its node on the tape, for [`Doc::value`].
    #[must_use]
    pub const fn place(self) -> u32 {
        self.node
    }

    /// Another value of the same text, by its node.
    #[must_use]
    pub const fn at(self, place: u32) -> Self {
        Self { node: place, ..self }
    }

    /// The key of the member whose value is the node `place`: the node before it.
    #[must_use]
    pub const fn key_of(self, place: u32) -> Self {
        Self { node: place - 1, ..self }
    }

    /// Number of nodes of the value and its contents.
    #[must_use]
    pub fn nodes(self) -> u32 {
        self.node().next - self.node
    }

    /// The items of an array, in order; empty for any other value.
    #[must_use]
    pub fn items(self) -> Items<'a> {
        let last = if self.kind() == Kind::Array { self.node().next } else { self.node + 1 };
        Items { value: self, next: self.node + 1, last }
    }

    /// The members of an object, in order, as pairs of key and value; empty for any other value.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        let last = if self.kind() == Kind::Object { self.node().next } else { self.node + 1 };
        Members { value: self, next: self.node + 1, last }
    }

    /// The keys of an object's members, with the data to compare them quickly.
    #[inline]
    #[must_use]
    pub fn keyed(self) -> Keyed<'a> {
        let node = self.node();
        let last = if node.kind == Kind::Object { node.next } else { self.node + 1 };
        Keyed { text: self.text, nodes: &self.doc.nodes[..last as usize], next: self.node as usize + 1 }
    }

    /// Whether the text of a key or string is `expected`.
    #[must_use]
    pub fn is_text(self, expected: &[u8]) -> bool {
        if self.is_escaped() {
            let mut unescaped = Vec::new();
            !unescape(self.bytes(), &mut unescaped) && unescaped == expected
        } else {
            self.bytes() == expected
        }
    }
}

/// The first eight bytes as a number, padded with zeros: it identifies a text of at most eight bytes together with its
/// length.
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
        // A key is one node, followed by the node of its value.
        let key = Value { node: self.next, ..self.value };
        let value = Value { node: self.next + 1, ..self.value };
        self.next = value.node().next;
        Some((key, value))
    }
}

/// A member's key, and the node of its value.
#[derive(Clone, Copy, Debug)]
pub struct Keyword<'a> {
    /// The text from the start of the key.
    rest: &'a [u8],
    /// Length of the key.
    pub length: usize,
    /// The result of [`start_of`] for the key.
    pub start: u64,
    /// Whether it has an escape.
    pub escaped: bool,
    /// The node of the member's value; its key is the node before.
    pub place: u32,
}

impl<'a> Keyword<'a> {
    /// Its bytes.
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
        // A key is one node, followed by the node of its value.
        let [key, value] = self.nodes.get(self.next..)?.first_chunk()?;
        self.next = value.next as usize;
        let rest = self.text.get(key.start as usize..)?;
        let length = (key.end - key.start) as usize;
        let start = match rest.first_chunk() {
            // Without the bytes after the key.
            Some(eight) if length < 8 => u64::from_le_bytes(*eight) & !(u64::MAX << (8 * length)),
            Some(eight) => u64::from_le_bytes(*eight),
            None => start_of(&rest[..length]),
        };
        Some(Keyword { rest, length, start, escaped: key.escaped, place })
    }
}
