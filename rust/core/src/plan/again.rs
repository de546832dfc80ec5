//! Parts of large values, found once in a record: each of many answers beside a drawing asks for one of its many marks,
//! and to walk over all of them for each would take the square of their number.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::json::Value;

use super::machine::member;

/// A value of fewer nodes is walked over faster than it is found.
const SMALLEST: u32 = 256;

/// A value by its field and its place there.
type Of = (usize, u32);

/// What was found in the record at hand.
#[derive(Debug, Default)]
pub struct Again {
    items: RefCell<HashMap<Of, Vec<u32>>>,
    /// By the key's place in memory: keys are the plan's own, which stay where they are.
    members: RefCell<HashMap<(Of, usize), Option<u32>>>,
}

impl Again {
    /// Forgets the record before.
    pub fn reset(&mut self) {
        // A large record's room is given back.
        emptied(self.items.get_mut());
        emptied(self.members.get_mut());
    }

    /// The item of an array of this field at a place.
    pub fn item<'a>(&self, field: usize, array: Value<'a>, number: usize) -> Option<Value<'a>> {
        if array.nodes() < SMALLEST {
            return array.items().nth(number);
        }
        let mut items = self.items.borrow_mut();
        let places =
            items.entry((field, array.place())).or_insert_with(|| array.items().map(Value::place).collect::<Vec<_>>());
        places.get(number).map(|&place| array.at(place))
    }

    /// The member of an object of this field, by a key of the plan.
    pub fn member<'a>(&self, field: usize, object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
        if object.nodes() < SMALLEST {
            return member(object, key);
        }
        let mut members = self.members.borrow_mut();
        let place = members
            .entry(((field, object.place()), key.as_ptr().addr()))
            .or_insert_with(|| member(object, key).map(Value::place));
        place.map(|place| object.at(place))
    }
}

fn emptied<K, V>(map: &mut HashMap<K, V>) {
    if !map.is_empty() {
        *map = HashMap::new();
    }
}
