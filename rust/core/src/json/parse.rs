//! A text onto a tape: by the fast reader, and by the slow one what that leaves.

use super::keys::Key;
use super::{Kind, Node, Value};
use crate::scan::{Kernel, WINDOW};

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
    pub(super) open: Vec<Open>,
    /// The keys of the objects that are open, innermost last.
    pub(super) keys: Vec<Key>,
}

/// An array or object whose end was not read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub kind: Kind,
    pub node: u32,
    /// Its keys are those from here on.
    pub first_key: u32,
    /// A key holds an escape, so that it may spell any other.
    pub escaped: bool,
    /// The fast reader's, of the object around it.
    pub outer_seen: u64,
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
        if text.len() >= u32::MAX as usize {
            self.clear();
            return Err(JsonError { at: 0, kind: JsonErrorKind::Length });
        }
        let kernel = Kernel::best();
        // A shorter text has no window, and byte by byte windows only cost.
        let fast = if text.len() < WINDOW || kernel == Kernel::Scalar {
            None
        } else {
            self.read_fast::<TAPE>(text, max_depth, kernel)
        };
        fast.map_or_else(|| self.read_slow::<TAPE>(text, max_depth), Ok)
    }

    /// Forgets the text before.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.open.clear();
        self.keys.clear();
        self.duplicates = 0;
        self.spaced = false;
    }
}

/// A place in a text, which is shorter than 4 GiB.
#[allow(clippy::cast_possible_truncation, reason = "`parse` refuses longer texts")]
#[inline]
pub(super) const fn to_u32(at: usize) -> u32 {
    at as u32
}
