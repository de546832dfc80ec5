//! References of a plan: to fields, loops and JSON values.
//!
//! A declaration numbers loops from the outermost around an expression and names members by key. [`super::compile`]
//! resolves the references in place: a loop becomes its number in the plan, a member its slot in that loop.

use serde::Deserialize;

/// A field whose text is read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct FieldRef(pub usize);

/// A field whose JSON is read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct JsonFieldRef(pub usize);

/// The current element of a loop.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub struct ElementRef(pub usize);

/// A value in a record's JSON.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "DeclaredPath")]
pub enum JsonPath {
    /// The current element of a loop.
    Element(usize),
    /// A member of the current element of a loop: loop and slot.
    Member(usize, usize),
    /// Any other value.
    Long(Box<LongPath>),
}

/// A start and the steps from there.
#[derive(Clone, Debug, PartialEq)]
pub struct LongPath {
    /// The start.
    pub root: Root,
    /// The steps.
    pub steps: Vec<PathStep>,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Root {
    /// The JSON of a field.
    Field(usize),
    /// The current element of a loop.
    Element(usize),
    /// A member of the current element of a loop: loop and slot.
    Member(usize, usize),
    /// The key of the current element of a loop.
    Key(usize),
    /// A preceding element.
    Nearest(NearestRef),
}

/// One step of a path.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum PathStep {
    /// To the member of an object with this key.
    Key(String),
    /// To the item of an array whose index is another value.
    Item {
        /// The index.
        at: JsonPath,
    },
    /// To the member of an object whose key is the digits that a text has before its first `_`.
    Leading {
        /// The text.
        of: JsonPath,
    },
    /// To the item of an array at this index.
    Nth {
        /// The index.
        index: usize,
    },
    /// To the first object of an array that has a string in a member; an object counts as an array of itself.
    Find(Find),
}

/// The object that a path looks for.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The member.
    pub key: String,
    /// Its text. Any text matches if this is missing, `ends` is empty and `absent` is false.
    #[serde(default)]
    pub is: Option<String>,
    /// Endings of its text; `#` matches an integer.
    #[serde(default)]
    pub ends: Vec<String>,
    /// The object has no such member, or a null.
    #[serde(default)]
    pub absent: bool,
    /// A bare string counts as an object that has it in the member.
    #[serde(default)]
    pub texts: bool,
}

/// The closest preceding element of a loop whose member `key` is a given text.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct NearestRef {
    /// The loop.
    pub level: usize,
    /// The member.
    pub key: String,
    /// The slot of the member, once resolved.
    #[serde(skip)]
    pub slot: usize,
    /// The text.
    pub of: JsonPath,
    /// Suffixes of which the first match is stripped from the text.
    #[serde(default)]
    pub suffixes: Vec<String>,
}

/// A path as it is declared: exactly one start.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredPath {
    #[serde(default)]
    field: Option<usize>,
    #[serde(default)]
    level: Option<usize>,
    #[serde(default)]
    key_of: Option<usize>,
    #[serde(default)]
    nearest: Option<NearestRef>,
    #[serde(default)]
    keys: Vec<PathStep>,
}

impl TryFrom<DeclaredPath> for JsonPath {
    type Error = &'static str;

    fn try_from(path: DeclaredPath) -> Result<Self, Self::Error> {
        let root = match (path.field, path.level, path.key_of, path.nearest) {
            (Some(field), None, None, None) => Root::Field(field),
            (None, Some(level), None, None) => Root::Element(level),
            (None, None, Some(level), None) => Root::Key(level),
            (None, None, None, Some(nearest)) => Root::Nearest(nearest),
            _ => return Err("a path has exactly one start: field, level, key_of or nearest"),
        };
        Ok(Self::Long(Box::new(LongPath { root, steps: path.keys })))
    }
}

impl JsonPath {
    /// The loop and slot, if the value is a member of the current element of a loop.
    pub const fn member(&self) -> Option<(usize, usize)> {
        match self {
            Self::Member(id, slot) => Some((*id, *slot)),
            _ => None,
        }
    }

    /// The loop and slot of the member that the value is, or is inside of.
    #[inline]
    pub fn outer_member(&self) -> Option<(usize, usize)> {
        match self {
            Self::Member(id, slot) => Some((*id, *slot)),
            Self::Long(long) => match long.root {
                Root::Member(id, slot) => Some((id, slot)),
                _ => None,
            },
            Self::Element(_) => None,
        }
    }
}
