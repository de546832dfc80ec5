//! The scalars inside a JSON value, each with the keys and indices that lead to it.

use std::collections::HashMap;

use crate::json::{Kind, Value, identity, string_text};

use super::machine::Element;

/// The paths of the leaves that a loop visits.
#[derive(Debug, Default)]
pub struct Leaves {
    /// Number of leaves that the loop visited in the current record.
    pub visited: i64,
    /// The current leaf, among those of the current value.
    pub at: usize,
    paths: Vec<u8>,
    /// One past the path of each leaf.
    ends: Vec<usize>,
}

impl Leaves {
    /// The path of the current leaf: each key or index after `_`.
    pub fn path(&self) -> &[u8] {
        let start = self.at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.ends.get(self.at).map_or(&[], |&end| &self.paths[start..end])
    }

    /// Appends the leaves of a value to `target`.
    pub fn find(&mut self, value: Value<'_>, target: &mut Vec<Element>) {
        self.paths.clear();
        self.ends.clear();
        self.add(value, &mut Vec::new(), target);
    }

    fn add(&mut self, value: Value<'_>, path: &mut Vec<u8>, target: &mut Vec<Element>) {
        let above = path.len();
        match value.kind() {
            Kind::Array => {
                for (index, item) in value.items().enumerate() {
                    path.push(b'_');
                    path.extend_from_slice(index.to_string().as_bytes());
                    self.add(item, path, target);
                    path.truncate(above);
                }
            }
            Kind::Object => {
                let members = if value.has_duplicates() { once_each(value) } else { value.members().collect() };
                for (key, found) in members {
                    let text = string_text(key).unwrap_or_default();
                    path.push(b'_');
                    path.extend_from_slice(&text);
                    self.add(found, path, target);
                    path.truncate(above);
                }
            }
            _ => {
                target.push(Element { node: value.place(), key: None, index: self.visited });
                self.visited += 1;
                self.paths.extend_from_slice(path);
                self.ends.push(self.paths.len());
            }
        }
    }
}

/// The members of an object; of a duplicate key, the last value at the place of the first.
fn once_each(object: Value<'_>) -> Vec<(Value<'_>, Value<'_>)> {
    let mut places = HashMap::new();
    let mut members: Vec<(Value<'_>, Value<'_>)> = Vec::new();
    for (key, value) in object.members() {
        let place = *places.entry(identity(key.bytes())).or_insert(members.len());
        match members.get_mut(place) {
            Some(before) => before.1 = value,
            None => members.push((key, value)),
        }
    }
    members
}
