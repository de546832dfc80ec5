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

/// Maximum number of different sketches of a counter; the others are counted together as `…`.
const MOST_SKETCHES: usize = 100;

/// Counts of values by counter and sketch.
///
/// Of many sketches of a counter, the first in the order of their text are kept. So sums of counts do not depend on which
/// values are counted together: a sketch that is among the first of all is among the first wherever it occurs.
#[derive(Clone, Debug, Default)]
pub struct SketchCounts {
    counts: BTreeMap<(usize, String), u64>,
    /// The counts of other sketches, by counter.
    others: BTreeMap<usize, u64>,
}

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
        for ((counter, text), &count) in &other.counts {
            self.add_one(*counter, text, count);
        }
        for (counter, count) in &other.others {
            *self.others.entry(*counter).or_default() += count;
        }
    }

    fn add_one(&mut self, counter: usize, text: &str, count: u64) {
        let key = (counter, text.to_owned());
        if let Some(known) = self.counts.get_mut(&key) {
            *known += count;
            return;
        }
        let mut own = self.counts.range((counter, String::new())..(counter + 1, String::new()));
        if own.clone().count() >= MOST_SKETCHES
            && let Some((last, &number)) = own.next_back()
        {
            let others = self.others.entry(counter).or_default();
            if key > *last {
                *others += count;
                return;
            }
            *others += number;
            let last = last.clone();
            self.counts.remove(&last);
        }
        self.counts.insert(key, count);
    }

    /// Removes all counts.
    pub fn clear(&mut self) {
        self.counts.clear();
        self.others.clear();
    }

    /// Number of the counter, sketch and count.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        let named = self.counts.iter().map(|((counter, text), &count)| (*counter, text.as_str(), count));
        named.chain(self.others.iter().map(|(&counter, &count)| (counter, "…", count)))
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

    #[test]
    fn sketches_that_are_kept_do_not_depend_on_blocks() {
        let names: Vec<String> = (0..1000_usize).map(|i| format!("{{k{}}}", i * 7919 % 250)).collect();
        let sums = [1, 13, 1000].map(|size| {
            let mut sum = SketchCounts::default();
            for block in names.chunks(size) {
                let mut own = SketchCounts::default();
                for name in block {
                    own.add_one(0, name, 1);
                }
                sum.add(&own);
            }
            sum.iter().map(|(counter, text, count)| (counter, text.to_owned(), count)).collect::<Vec<_>>()
        });
        assert_eq!(sums[0], sums[1]);
        assert_eq!(sums[0], sums[2]);
        assert_eq!(sums[0].len(), MOST_SKETCHES + 1);
        assert_eq!(sums[0].iter().map(|(_, _, count)| count).sum::<u64>(), 1000);
    }
}
