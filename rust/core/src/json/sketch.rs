//! Sketches of the types of values, and counts of them: what an export contains that no table has a place for.
//!
//! The sketch of a scalar is its type. `[]` is an empty array, `[null string]` one whose items have these types,
//! `[{frame tool x y}]` one of objects with (some of) these members, `{label value}` an object.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Value};

/// Members that a sketch names; an object with more, such as one whose keys are data, is cut.
const MOST_KEYS: usize = 24;

/// Items that a sketch covers.
const MOST_ITEMS: usize = 10_000;

/// Maximum length of a counted sketch in bytes.
const LONGEST: usize = 200;

/// Maximum number of different sketches that are counted per block; the others are counted together as `…`.
const MOST_SKETCHES: usize = 100;

/// Counts of values by counter and sketch.
#[derive(Clone, Debug, Default)]
pub struct SketchCounts(BTreeMap<(usize, String), u64>);

impl SketchCounts {
    /// Counts one more value.
    pub fn count(&mut self, counter: usize, value: Value<'_>) {
        let mut bytes = Vec::new();
        sketch(value, &mut bytes);
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
            text.truncate(end);
            text.push('…');
        }
        self.add_one(counter, &text, 1);
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        for ((counter, text), count) in &other.0 {
            self.add_one(*counter, text, *count);
        }
    }

    fn add_one(&mut self, counter: usize, text: &str, count: u64) {
        let key = (counter, text.to_owned());
        let is_one_too_many = self.0.len() >= MOST_SKETCHES && !self.0.contains_key(&key);
        let key = if is_one_too_many { (counter, "…".to_owned()) } else { key };
        *self.0.entry(key).or_default() += count;
    }

    /// Removes all counts.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Number of the counter, sketch and count, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        self.0.iter().map(|((counter, text), &count)| (*counter, text.as_str(), count))
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
