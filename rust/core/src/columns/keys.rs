//! Which member of an object is which column, found by walking the object once.

use crate::json::Value;

/// Known keys; remembers the order of the last object, which is nearly always that of the next.
#[derive(Debug, Default)]
pub struct Keys {
    names: Vec<Vec<u8>>,
    /// For the n-th member of the last object, which known key it was.
    order: Vec<u16>,
    /// Where each known member of the object at hand is: the place of its value on the tape.
    found: Vec<u32>,
    /// The members of the object at hand that are not known: the places of key and value.
    unknown: Vec<(u32, u32)>,
}

/// The place of a member that the object does not have.
const ABSENT: u32 = u32::MAX;

/// In [`Keys::order`], a member that is not known.
const UNKNOWN: u16 = u16::MAX;

impl Keys {
    /// The keys, in the order of their columns.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self { names: names.map(|name| name.as_bytes().to_vec()).collect(), ..Self::default() }
    }

    /// Finds the members of `object`; of a key that it has twice, the last one.
    pub fn walk(&mut self, object: Value<'_>) {
        self.found.clear();
        self.found.resize(self.names.len(), ABSENT);
        self.unknown.clear();
        for (i, (key, value)) in object.members().enumerate() {
            if let Some(column) = self.column_of(i, key) {
                self.found[column] = value.place();
                continue;
            }
            if object.has_duplicates() {
                self.forget(object, key);
            }
            self.unknown.push((key.place(), value.place()));
        }
    }

    /// The place of the value of the known key `column`, if the object has it.
    pub fn found(&self, column: usize) -> Option<u32> {
        self.found.get(column).copied().filter(|&place| place != ABSENT)
    }

    /// The places of key and value of each member that is not known.
    pub fn unknown(&self) -> &[(u32, u32)] {
        &self.unknown
    }

    #[inline]
    fn column_of(&mut self, i: usize, key: Value<'_>) -> Option<usize> {
        match self.order.get(i) {
            Some(&UNKNOWN) | None => {}
            Some(&column) => {
                let name = &self.names[usize::from(column)];
                if !key.is_escaped() && key.bytes() == name.as_slice() {
                    return Some(usize::from(column));
                }
            }
        }
        let column = self.names.iter().position(|name| key.is_text(name));
        // Objects with very many members are data, not records: their order is not worth remembering.
        if i < 256 {
            if self.order.len() <= i {
                self.order.resize(i + 1, UNKNOWN);
            }
            self.order[i] = column.and_then(|column| u16::try_from(column).ok()).unwrap_or(UNKNOWN);
        }
        column
    }

    /// Drops the unknown member seen before under the same key.
    fn forget(&mut self, object: Value<'_>, key: Value<'_>) {
        let mut spelled = Vec::new();
        if crate::json::unescape(key.bytes(), &mut spelled).is_err() {
            spelled = key.bytes().to_vec();
        }
        self.unknown.retain(|&(earlier, _)| {
            let earlier = object.at(earlier);
            !earlier.is_text(&spelled) && earlier.bytes() != key.bytes()
        });
    }
}
