//! Hashes, and values found in large JSON.

use std::cell::RefCell;

use hashbrown::HashMap;

use crate::json::{Value, member, string_text};

/// A fast hash of long texts: 16 bytes per step, folded by a wide multiplication. Every hit is compared in full, so a
/// deliberate collision costs time only.
pub fn hash(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = bytes.len() as u64 ^ ODD;
    let (steps, rest) = bytes.as_chunks::<16>();
    let mut mix = |step: &[u8; 16]| {
        let (words, _) = step.as_chunks::<8>();
        let (low, high) = (u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]));
        state = fold(state ^ low, high ^ ODD);
    };
    steps.iter().for_each(&mut mix);
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    mix(&last);
    fold(state, ODD)
}

/// The exclusive or of both halves of the product.
#[allow(clippy::cast_possible_truncation, reason = "the halves of a 128-bit product")]
pub const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

/// A value of fewer nodes is searched faster than it is looked up.
const SMALLEST: u32 = 256;

/// A JSON value of the record: field and index on the tape.
type ValueId = (usize, u32);

/// Items and members of large values, each found once per record. Each of many answers may refer to one of many marks;
/// searching the marks for each answer would take quadratic time.
#[derive(Debug, Default)]
pub struct PathMemo {
    items: RefCell<HashMap<ValueId, Vec<u32>>>,
    /// By the address of the key: keys belong to the plan and do not move.
    members: RefCell<HashMap<(ValueId, usize), Option<u32>>>,
    /// By the hash of the key.
    named: RefCell<HashMap<ValueId, HashMap<u64, u32>>>,
}

impl PathMemo {
    /// Clears the memo for the next record.
    pub fn reset(&mut self) {
        // The memory of a large record is freed.
        free(self.items.get_mut());
        free(self.members.get_mut());
        free(self.named.get_mut());
    }

    /// The item of a field's array at an index.
    pub fn item<'a>(&self, field: usize, array: Value<'a>, index: usize) -> Option<Value<'a>> {
        if array.nodes() < SMALLEST {
            return array.items().nth(index);
        }
        let mut items = self.items.borrow_mut();
        let nodes =
            items.entry((field, array.place())).or_insert_with(|| array.items().map(Value::place).collect::<Vec<_>>());
        nodes.get(index).map(|&node| array.at(node))
    }

    /// The member of a field's object by a key of the plan.
    pub fn member<'a>(&self, field: usize, object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        if object.nodes() < SMALLEST {
            return member(object, key);
        }
        let mut members = self.members.borrow_mut();
        let node = members
            .entry(((field, object.place()), key.as_ptr().addr()))
            .or_insert_with(|| member(object, key).map(Value::place));
        node.map(|node| object.at(node))
    }

    /// The member of a field's object by a key that the record has.
    pub fn named<'a>(&self, field: usize, object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        if object.nodes() < SMALLEST {
            return member(object, key);
        }
        let mut named = self.named.borrow_mut();
        let nodes = named.entry((field, object.place())).or_insert_with(|| {
            object.members().filter_map(|(key, value)| Some((hash(&string_text(key)?), value.place()))).collect()
        });
        // Two keys may have the same hash.
        nodes.get(&hash(key)).filter(|&&node| object.key_of(node).is_text(key)).map(|&node| object.at(node))
    }
}

fn free<K, V>(map: &mut HashMap<K, V>) {
    if !map.is_empty() {
        *map = HashMap::new();
    }
}
