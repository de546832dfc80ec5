//! Values of keys, put together to a list for each key.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{Int32Array, Int64Array, ListArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};

use crate::error::{Error, Result};

/// Values of a key that are compared with each other; more are looked up in a set.
const FEW: usize = 16;

/// The distinct values of each key, in the order in which they come.
///
/// `keys` rise, as do `key_of_value`, each of which is one of `keys`. None has nulls.
///
/// # Errors
/// The keys of values are not in order, or one of them is not among the keys.
pub fn lists_of(keys: &Int64Array, key_of_value: &Int64Array, values: &Int32Array) -> Result<ListArray> {
    let mut pairs = key_of_value.values().iter().zip(values.values()).peekable();
    let mut found: Vec<i32> = Vec::with_capacity(values.len());
    let mut lengths = Vec::with_capacity(keys.len());
    let mut seen = HashSet::new();
    for key in keys.values() {
        let begin = found.len();
        while let Some((_, &value)) = pairs.next_if(|&(own, _)| own == key) {
            let known = &found[begin..];
            let is_new = if known.len() < FEW {
                !known.contains(&value)
            } else {
                if known.len() == FEW {
                    seen.clear();
                    seen.extend(known);
                }
                seen.insert(value)
            };
            if is_new {
                found.push(value);
            }
        }
        lengths.push(found.len() - begin);
    }
    if pairs.next().is_some() {
        return Err(Error::Internal("a value has no key, or the keys are not in order".to_owned()));
    }
    let field = Arc::new(Field::new("item", DataType::Int32, true));
    Ok(ListArray::new(field, OffsetBuffer::from_lengths(lengths), Arc::new(Int32Array::from(found)), None))
}
