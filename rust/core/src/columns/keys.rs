//! Finds the known members of an object in one walk over its keys.

use std::collections::HashMap;
use std::sync::Arc;

use crate::json::{Keyword, Value, identity, start_of};
use crate::scan::WINDOW;

/// The known keys. Objects of one kind mostly have the same key order, so each key is first compared with the one that
/// followed in the previous object. Other keys are looked up by length, which few keys share. Clones share the keys.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    names: Arc<[Name]>,
    /// For each known key, the key that followed it last time; the last entry is the key that came first.
    after: Vec<usize>,
    /// The known keys by length.
    of_length: Arc<[Vec<usize>]>,
    /// For each known key, the node of its value in the current object.
    found: Vec<u32>,
    /// The nodes of key and value of the current object's other members.
    unknown: Vec<(u32, u32)>,
}

/// The node of a missing member.
const ABSENT: u32 = u32::MAX;

/// A known key, with data to compare it quickly.
#[derive(Debug)]
struct Name {
    text: Vec<u8>,
    /// Its first eight bytes, as [`Keyword::start`] gives them.
    start: u64,
    /// Its last eight bytes, if it is longer.
    end: u64,
    /// The key with its colon as a CSV field has it, without escapes; none if it cannot be written so.
    literal: Option<Literal>,
}

/// Bytes that are compared within one window.
#[derive(Debug)]
pub struct Literal {
    /// The bytes, and zeros after them.
    pub bytes: [u8; WINDOW],
    /// The bits of the bytes.
    pub mask: u32,
    /// Number of bytes.
    pub length: usize,
}

impl Literal {
    fn new(key: &[u8]) -> Option<Self> {
        let text = [b"\"\"", key, b"\"\":"].concat();
        let is_plain = key.iter().all(|&byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
        let mut bytes = [0; WINDOW];
        bytes.get_mut(..text.len()).filter(|_| is_plain)?.copy_from_slice(&text);
        let mask = u32::MAX >> (WINDOW - text.len());
        Some(Self { bytes, mask, length: text.len() })
    }
}

impl Name {
    fn new(text: &[u8]) -> Self {
        Self { text: text.to_vec(), start: start_of(text), end: last_of(text), literal: Literal::new(text) }
    }

    /// Whether a key without escapes is this one.
    #[inline]
    fn is(&self, key: &Keyword<'_>) -> bool {
        self.start == key.start
            && self.text.len() == key.length
            && (key.length <= 8 || self.end == last_of(key.bytes()) && (key.length <= 16 || self.text == key.bytes()))
    }
}

/// The last eight bytes as a number; zero for a shorter text.
#[inline]
fn last_of(text: &[u8]) -> u64 {
    text.last_chunk().map_or(0, |last| u64::from_le_bytes(*last))
}

impl Keys {
    /// The keys, in the order of their columns.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Arc<[Name]> = names.map(|name| Name::new(name.as_bytes())).collect();
        // At first, the order of declaration is expected.
        let after = (1..names.len()).chain([names.len(), 0]).collect();
        let longest = names.iter().map(|name| name.text.len()).max();
        let mut of_length = vec![Vec::new(); longest.map_or(0, |longest| longest + 1)];
        for (column, name) in names.iter().enumerate() {
            of_length[name.text.len()].push(column);
        }
        Self { names, after, of_length: of_length.into(), ..Self::default() }
    }

    /// Finds the members of `object`; of a duplicate key, the last one.
    pub fn walk(&mut self, object: Value<'_>) {
        self.found.clear();
        self.found.resize(self.names.len(), ABSENT);
        self.unknown.clear();
        let Self { names, after, of_length, found, unknown } = self;
        let (names, found) = (&**names, found.as_mut_slice());
        let mut before = names.len();
        for key in object.keyed() {
            let expected = after[before];
            let is_expected = names.get(expected).is_some_and(|name| name.is(&key)) && !key.escaped;
            let column = if is_expected { Some(expected) } else { column_of(names, of_length, &key, object) };
            match column {
                Some(column) => {
                    found[column] = key.place;
                    after[before] = column;
                    before = column;
                }
                None => unknown.push((key.place - 1, key.place)),
            }
        }
        if object.has_duplicates() {
            self.keep_last(object);
        }
    }

    /// Whether `object` has exactly the known keys in their order, so that it need not be walked.
    #[inline]
    pub fn are_those_of(&self, object: Value<'_>) -> bool {
        let mut members = object.keyed();
        self.names.iter().all(|name| members.next().is_some_and(|key| name.is(&key) && !key.escaped))
            && members.next().is_none()
    }

    /// Number of known keys.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The key that is expected after another, or first after [`Self::count`]; none at the end.
    #[inline]
    pub fn expected(&self, before: usize) -> Option<(usize, &Literal)> {
        let expected = *self.after.get(before)?;
        Some((expected, self.names.get(expected)?.literal.as_ref()?))
    }

    /// The known key with these bytes, without escapes, which is then expected after the key before it.
    #[cold]
    pub fn follow(&mut self, before: usize, key: &[u8]) -> Option<usize> {
        let same_length = self.of_length.get(key.len())?;
        let column = same_length.iter().copied().find(|&column| self.names[column].text == key)?;
        self.after[before] = column;
        Some(column)
    }

    /// Clears the current object.
    pub fn clear(&mut self) {
        self.found.clear();
        self.unknown.clear();
    }

    /// The node of the value of a known key, if the object has it.
    pub fn found(&self, column: usize) -> Option<u32> {
        self.found.get(column).copied().filter(|&place| place != ABSENT)
    }

    /// Each known key that the object has and that is not in `held`, with the node of its value.
    pub fn without<'a>(&'a self, held: &'a [bool]) -> impl Iterator<Item = (usize, u32)> + 'a {
        let known = self.found.iter().zip(held).enumerate();
        known.filter(|(_, (place, held))| **place != ABSENT && !**held).map(|(column, (place, _))| (column, *place))
    }

    /// The nodes of key and value of each other member.
    pub fn unknown(&self) -> &[(u32, u32)] {
        &self.unknown
    }

    /// Of other members with a duplicate key, keeps the last at the position of the first.
    fn keep_last(&mut self, object: Value<'_>) {
        let mut places = HashMap::new();
        let mut kept = Vec::with_capacity(self.unknown.len());
        for member in self.unknown.drain(..) {
            let place = *places.entry(identity(object.at(member.0).bytes())).or_insert(kept.len());
            match kept.get_mut(place) {
                Some(before) => *before = member,
                None => kept.push(member),
            }
        }
        self.unknown = kept;
    }
}

/// The index of a key among the known keys.
fn column_of(names: &[Name], of_length: &[Vec<usize>], key: &Keyword<'_>, object: Value<'_>) -> Option<usize> {
    if key.escaped {
        return names.iter().position(|name| object.key_of(key.place).is_text(&name.text));
    }
    of_length.get(key.length)?.iter().copied().find(|&column| names[column].is(key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::json::Doc;
    use proptest::prelude::*;
    use proptest::sample::select;

    const KNOWN: [&str; 7] = ["x", "y", "tool", "toolType", "tool_label", "drawing_dimensions", "drawing_selections"];

    /// A key as it stands in the text; some differ in one place from one that is known.
    fn key() -> impl Strategy<Value = &'static str> {
        prop_oneof![
            4 => select(KNOWN.to_vec()),
            1 => select(vec!["", "z", "tooL", "toolTypes", "tool_lable", "drawing_dimensionz", "drawing-dimensions"]),
            1 => select(vec!["t\\u006fol", "\\u0078", "drawing_dimension\\u0073", "\\u007a"]),
        ]
    }

    fn unescaped(key: Value<'_>) -> Vec<u8> {
        let mut text = Vec::new();
        crate::json::unescape(key.bytes(), &mut text);
        text
    }

    /// All known keys in their order, and others.
    fn object() -> impl Strategy<Value = Vec<&'static str>> {
        prop_oneof![
            4 => prop::collection::vec(key(), 0..9),
            1 => Just(KNOWN.to_vec()),
            1 => (0..KNOWN.len(), key()).prop_map(|(place, other)| {
                let mut names = KNOWN.to_vec();
                names[place] = other;
                names
            }),
            1 => key().prop_map(|last| KNOWN.into_iter().chain([last]).collect()),
            1 => (0..KNOWN.len()).prop_map(|length| KNOWN[..length].to_vec()),
        ]
    }

    proptest! {
        /// Against looking for each key in every member, whatever was walked over before.
        #[test]
        fn walks_find_what_looking_for_each_key_finds(objects in prop::collection::vec(object(), 1..12)) {
            let mut keys = Keys::new(KNOWN.into_iter());
            let mut doc = Doc::default();
            for names in objects {
                let members: Vec<String> = names.iter().zip(0..).map(|(name, i)| format!("\"{name}\":{i}")).collect();
                let text = format!("{{{}}}", members.join(","));
                let object = doc.parse(text.as_bytes(), 4).unwrap();
                keys.walk(object);
                for (column, known) in KNOWN.into_iter().enumerate() {
                    let last = object.members().filter(|(key, _)| unescaped(*key) == known.as_bytes()).last();
                    prop_assert_eq!(keys.found(column), last.map(|(_, value)| value.place()), "{} in {}", known, &text);
                }
                let in_order = object.members().map(|(key, _)| key.bytes()).eq(KNOWN.map(str::as_bytes));
                prop_assert_eq!(keys.are_those_of(object), in_order, "{}", &text);
                let mut unknown: Vec<(Vec<u8>, u32)> = Vec::new();
                for (key, value) in object.members() {
                    let spelled = unescaped(key);
                    if KNOWN.iter().any(|known| known.as_bytes() == spelled) {
                        continue;
                    }
                    match unknown.iter_mut().find(|(other, _)| *other == spelled) {
                        Some((_, place)) => *place = value.place(),
                        None => unknown.push((spelled, value.place())),
                    }
                }
                let found: Vec<_> = keys.unknown().iter().map(|&(key, value)| (unescaped(object.at(key)), value)).collect();
                prop_assert_eq!(found, unknown, "{}", &text);
            }
        }
    }
}
