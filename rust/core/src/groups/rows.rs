//! One column whose rows are hashed and compared.

use std::hash::BuildHasher;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, StringArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use hashbrown::DefaultHashBuilder;

use crate::error::{Error, Result};

/// What nulls are hashed as.
const NULL: u64 = 0x9E37_79B9_7F4A_7C15;
/// Text of fewer bytes is hashed as one integer.
const SHORT: usize = 8;

/// A column of one of the types that can be grouped by.
pub(super) struct Rows<'a> {
    values: Values<'a>,
    nulls: Option<&'a NullBuffer>,
    len: usize,
}

enum Values<'a> {
    Text(Texts<'a>),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    Boolean(&'a BooleanArray),
}

impl<'a> Rows<'a> {
    pub(super) fn new(column: &'a ArrayRef) -> Result<Self> {
        let values = match column.data_type() {
            DataType::Utf8 => Values::Text(Texts::new(column.as_string())),
            DataType::Int32 => Values::Int32(column.as_primitive::<Int32Type>().values()),
            DataType::Int64 => Values::Int64(column.as_primitive::<Int64Type>().values()),
            DataType::Boolean => Values::Boolean(column.as_boolean()),
            other => return Err(Error::Internal(format!("rows are not grouped by {other}"))),
        };
        Ok(Self { values, nulls: column.nulls(), len: column.len() })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds each row to its hash. The seeds must not be known to those who make the input.
    pub(super) fn hash_all(&self, seeds: &DefaultHashBuilder, hashes: &mut [u64]) {
        let seed = seeds.hash_one(());
        match &self.values {
            Values::Text(column) => self.add(seed, hashes, |row| column.token(row, seeds)),
            Values::Int32(column) => self.add(seed, hashes, |row| u64::from(column[row].cast_unsigned())),
            Values::Int64(column) => self.add(seed, hashes, |row| column[row].cast_unsigned()),
            Values::Boolean(column) => self.add(seed, hashes, |row| column.value(row).into()),
        }
    }

    fn add(&self, seed: u64, hashes: &mut [u64], token: impl Fn(usize) -> u64) {
        if let Some(nulls) = self.nulls {
            for (row, hash) in hashes.iter_mut().enumerate() {
                *hash = mixed(*hash, if nulls.is_null(row) { NULL } else { token(row) }, seed);
            }
        } else {
            for (row, hash) in hashes.iter_mut().enumerate() {
                *hash = mixed(*hash, token(row), seed);
            }
        }
    }

    /// Whether two rows are equal.
    #[inline]
    pub(super) fn equal(&self, one: usize, other: usize) -> bool {
        if let Some(nulls) = self.nulls {
            let (one, other) = (nulls.is_null(one), nulls.is_null(other));
            if one || other {
                return one && other;
            }
        }
        match &self.values {
            Values::Text(column) => column.equal(one, other),
            Values::Int32(column) => column[one] == column[other],
            Values::Int64(column) => column[one] == column[other],
            Values::Boolean(column) => column.value(one) == column.value(other),
        }
    }
}

/// A column of text.
struct Texts<'a> {
    offsets: &'a [i32],
    bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    fn new(column: &'a StringArray) -> Self {
        Self { offsets: column.value_offsets(), bytes: column.value_data() }
    }

    #[inline]
    fn range(&self, row: usize) -> (usize, usize) {
        // Offsets are neither negative nor beyond the bytes.
        let at = |row: usize| usize::try_from(self.offsets[row]).unwrap_or_default();
        (at(row), at(row + 1))
    }

    /// Text as an integer, which is another for other text if it is short.
    #[inline]
    fn token(&self, row: usize, seeds: &DefaultHashBuilder) -> u64 {
        let (start, end) = self.range(row);
        if end - start < SHORT { self.short(start, end) } else { seeds.hash_one(&self.bytes[start..end]) }
    }

    /// The bytes and the length of a short text.
    #[inline]
    fn short(&self, start: usize, end: usize) -> u64 {
        let length = end - start;
        let word = match self.bytes.get(start..start + SHORT).and_then(|bytes| bytes.first_chunk()) {
            Some(bytes) => u64::from_le_bytes(*bytes) & !(u64::MAX << (8 * length)),
            None => self.bytes[start..end].iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte)),
        };
        word | ((length as u64) << 56)
    }

    #[inline]
    fn equal(&self, one: usize, other: usize) -> bool {
        let ((one, one_end), (other, other_end)) = (self.range(one), self.range(other));
        let length = one_end - one;
        length == other_end - other
            && if length < SHORT {
                self.short(one, one_end) == self.short(other, other_end)
            } else {
                self.bytes[one..one_end] == self.bytes[other..other_end]
            }
    }
}

/// A hash to which an integer is added: the halves of a product, of which every bit depends on all bits of both.
#[inline]
fn mixed(hash: u64, token: u64, seed: u64) -> u64 {
    let product = u128::from(hash ^ token) * u128::from(seed | 1);
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or_default();
    let high = u64::try_from(product >> 64).unwrap_or_default();
    (low ^ high).rotate_left(23)
}
