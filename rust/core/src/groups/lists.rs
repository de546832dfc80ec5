//! Values of keys, put together to a list for each key.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, ListArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};

use crate::error::{Error, Result};

/// Values of a key that are compared with each other; more are looked up in a set.
const FEW: usize = 16;

/// The largest number in lists.
const MOST: usize = 1 << 24;

/// The numbers in lists, one after the other.
#[derive(Debug, Default)]
pub struct Items {
    /// The distinct numbers, in the order in which they come.
    pub numbers: Vec<i32>,
    /// The position of each number in `numbers`.
    pub of_row: Vec<i64>,
    /// The row of each number's list.
    pub lists: Vec<i64>,
}

impl Items {
    /// The numbers of some columns of lists, of which none is null.
    ///
    /// # Errors
    /// The lists have another type, or a number is negative or too large.
    pub fn of(columns: &[ArrayRef]) -> Result<Self> {
        let mut found = Self::default();
        let mut places: Vec<Option<i64>> = Vec::new();
        for column in columns {
            let lists = column.as_list_opt::<i32>();
            let numbers = lists.and_then(|lists| lists.values().as_primitive_opt::<Int32Type>());
            let (Some(lists), Some(numbers)) = (lists, numbers) else {
                return Err(Error::Internal(format!("no lists of numbers: {}", column.data_type())));
            };
            found.of_row.reserve(numbers.len());
            found.lists.reserve(numbers.len());
            let mut ends = lists.value_offsets().iter().filter_map(|&end| usize::try_from(end).ok());
            let mut begin = ends.next().unwrap_or_default();
            for (end, row) in ends.zip(0..) {
                for &number in &numbers.values()[begin..end] {
                    let at = usize::try_from(number).ok().filter(|&at| at < MOST);
                    let at = at.ok_or_else(|| Error::Internal(format!("there is no list with number {number}")))?;
                    if at >= places.len() {
                        places.resize(at + 1, None);
                    }
                    let place = *places[at].get_or_insert_with(|| {
                        found.numbers.push(number);
                        i64::try_from(found.numbers.len()).unwrap_or(i64::MAX) - 1
                    });
                    found.of_row.push(place);
                    found.lists.push(row);
                }
                begin = end;
            }
        }
        Ok(found)
    }
}

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
