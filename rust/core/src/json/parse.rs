//! Parses a text to a tape: with the fast reader, and with the slow one if the fast one stops.

use super::keys::Key;
use super::{Kind, Node, Value};
use crate::scan::{Kernel, WINDOW};

/// Why a text is not valid JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset in the text.
    pub at: usize,
    /// The reason.
    pub kind: JsonErrorKind,
}

/// The reasons why a text is not valid JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The text ends inside a value, or is empty.
    Ends,
    /// An unexpected byte.
    Byte,
    /// A control character inside a string.
    Control,
    /// An escape that JSON does not have.
    Escape,
    /// More text after the value.
    Trailing,
    /// Nested deeper than the limit.
    Depth,
    /// Longer than 4 GiB.
    Length,
}

/// A tape, and the buffers to fill it; reused for each text to avoid allocations.
#[derive(Debug, Default)]
pub struct Doc {
    pub(super) nodes: Vec<Node>,
    pub(super) duplicates: u64,
    pub(super) spaced: bool,
    pub(super) open: Vec<Open>,
    /// The keys of all open objects, innermost last.
    pub(super) keys: Vec<Key>,
}

/// An open array or object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub kind: Kind,
    pub node: u32,
    /// Start of its keys.
    pub first_key: u32,
    /// A key has an escape, so its bytes are not its text.
    pub escaped: bool,
    /// The fast reader's key bits of the enclosing object.
    pub outer_seen: u64,
}

impl Doc {
    /// Reads `text` as one JSON value, nested at most `max_depth` deep.
    ///
    /// The text must be UTF-8, which is checked earlier for whole records.
    ///
    /// # Errors
    /// The text is not one JSON value, or is nested too deep.
    pub fn parse<'a>(&'a mut self, text: &'a [u8], max_depth: usize) -> Result<Value<'a>, JsonError> {
        self.read::<true>(text, max_depth)?;
        Ok(Value { text, doc: self, node: 0 })
    }

    /// Validates `text` as [`Self::parse`] does, without a tape; returns the type of the value.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn check(&mut self, text: &[u8], max_depth: usize) -> Result<Kind, JsonError> {
        self.read::<false>(text, max_depth)
    }

    /// The value of a token that another reader found in `text`: a number, a word, or a string without escapes, between
    /// its quotes.
    #[inline]
    pub fn token<'a>(&'a mut self, text: &'a [u8], kind: Kind, start: usize, end: usize) -> Value<'a> {
        self.clear();
        self.nodes.push(Node { start: to_u32(start), end: to_u32(end), next: 1, kind, escaped: false });
        Value { text, doc: self, node: 0 }
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

    /// Number of duplicate keys in the text.
    #[must_use]
    pub const fn duplicate_keys(&self) -> u64 {
        self.duplicates
    }

    /// Reads one value, onto the tape if `TAPE`; returns its type.
    fn read<const TAPE: bool>(&mut self, text: &[u8], max_depth: usize) -> Result<Kind, JsonError> {
        if text.len() >= u32::MAX as usize {
            self.clear();
            return Err(JsonError { at: 0, kind: JsonErrorKind::Length });
        }
        let kernel = Kernel::best();
        // A text shorter than one window, or a scalar kernel, gains nothing from windows.
        let fast = if text.len() < WINDOW || kernel == Kernel::Scalar {
            None
        } else {
            self.read_fast::<TAPE>(text, max_depth, kernel)
        };
        fast.map_or_else(|| self.read_slow::<TAPE>(text, max_depth), Ok)
    }

    /// Clears the tape.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.open.clear();
        self.keys.clear();
        self.duplicates = 0;
        self.spaced = false;
    }
}

/// An offset in a text, which is shorter than 4 GiB.
#[allow(clippy::cast_possible_truncation, reason = "`parse` rejects longer texts")]
#[inline]
pub(super) const fn to_u32(at: usize) -> u32 {
    at as u32
}
