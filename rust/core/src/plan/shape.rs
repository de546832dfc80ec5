//! Sketches of values, for people who want to know what an export holds.
//!
//! `string`, `number`, `boolean` and `null` are themselves; `[]` is an empty list, `[null string]` one whose items are
//! of these types, `[{frame tool x y}]` one of objects with (some of) these members, `{label value}` an object.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Kind, Value};

/// Members that are named; what has more, like an object whose keys are data, is told no better by more of them.
const MOST_KEYS: usize = 24;

/// Items that are looked at.
const MOST_ITEMS: usize = 10_000;

/// Bytes of a sketch that is counted.
const LONGEST: usize = 200;

/// Different sketches that are counted in a block; the rest are `…` together.
const MOST_SHAPES: usize = 100;

/// Counts of values by note and sketch.
#[derive(Clone, Debug, Default)]
pub struct Shapes(BTreeMap<(usize, String), u64>);

impl Shapes {
    /// Counts one more value.
    pub fn count(&mut self, note: usize, value: Value<'_>) {
        let mut bytes = Vec::new();
        sketch(value, &mut bytes);
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
            text.truncate(end);
            text.push('…');
        }
        self.add_one(note, &text, 1);
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        for ((note, text), count) in &other.0 {
            self.add_one(*note, text, *count);
        }
    }

    fn add_one(&mut self, note: usize, text: &str, count: u64) {
        let key = (note, text.to_owned());
        let is_one_more = self.0.len() >= MOST_SHAPES && !self.0.contains_key(&key);
        let key = if is_one_more { (note, "…".to_owned()) } else { key };
        *self.0.entry(key).or_default() += count;
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Each note's number and sketch, with its count, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        self.0.iter().map(|((note, text), &count)| (*note, text.as_str(), count))
    }
}

/// Appends the sketch of `value`.
pub fn sketch(value: Value<'_>, target: &mut Vec<u8>) {
    match value.kind() {
        Kind::Object => object(&keys(std::iter::once(value)), target),
        Kind::Array => {
            let mut kinds = BTreeSet::new();
            for item in value.items().take(MOST_ITEMS).filter(|item| item.kind() != Kind::Object) {
                kinds.insert(if item.kind() == Kind::Array { "[…]" } else { item.kind().name() });
            }
            let objects = value.items().take(MOST_ITEMS).filter(|item| item.kind() == Kind::Object);
            target.push(b'[');
            let mut first = true;
            for kind in kinds {
                separate(&mut first, target);
                target.extend_from_slice(kind.as_bytes());
            }
            if objects.clone().next().is_some() {
                separate(&mut first, target);
                object(&keys(objects), target);
            }
            target.push(b']');
        }
        other => target.extend_from_slice(other.name().as_bytes()),
    }
}

fn separate(first: &mut bool, target: &mut Vec<u8>) {
    if !std::mem::take(first) {
        target.push(b' ');
    }
}

fn keys<'a>(objects: impl Iterator<Item = Value<'a>>) -> BTreeSet<&'a [u8]> {
    let mut keys = BTreeSet::new();
    for (key, _) in objects.flat_map(Value::members) {
        if keys.len() <= MOST_KEYS {
            keys.insert(key.bytes());
        }
    }
    keys
}

fn object(keys: &BTreeSet<&[u8]>, target: &mut Vec<u8>) {
    target.push(b'{');
    let mut first = true;
    for key in keys.iter().take(MOST_KEYS) {
        separate(&mut first, target);
        target.extend_from_slice(key);
    }
    if keys.len() > MOST_KEYS {
        target.extend_from_slice(" …".as_bytes());
    }
    target.push(b'}');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::json::Doc;

    #[test]
    fn sketches() {
        for (text, expected) in [
            ("1", "number"),
            ("true", "boolean"),
            ("null", "null"),
            ("[]", "[]"),
            ("[\"a\",null,\"b\"]", "[null string]"),
            ("[{\"y\":1,\"x\":2},{\"x\":1,\"tool\":0}]", "[{tool x y}]"),
            ("[[1],{\"a\":1}]", "[[…] {a}]"),
            ("{\"b\":{},\"a\":1}", "{a b}"),
            ("{}", "{}"),
        ] {
            let mut doc = Doc::default();
            let mut target = Vec::new();
            sketch(doc.parse(text.as_bytes(), 10).unwrap(), &mut target);
            assert_eq!(String::from_utf8(target).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn long_objects_are_cut() {
        let members: Vec<String> = (0..40).map(|i| format!("\"k{i:02}\":0")).collect();
        let mut doc = Doc::default();
        let mut target = Vec::new();
        sketch(doc.parse(format!("{{{}}}", members.join(",")).as_bytes(), 10).unwrap(), &mut target);
        assert!(String::from_utf8(target).unwrap().ends_with("k23 …}"));
    }
}
