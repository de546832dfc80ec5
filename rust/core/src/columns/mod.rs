//! Typed columns under construction: values in, Arrow arrays out, truncated to any earlier length.

mod builders;
mod cell;
mod convert;
mod decode;
mod guess;
mod keys;
mod lists;
mod nulls;
mod push;
mod scalar;
mod sparse;
mod time;
mod types;

#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, BooleanArray, ListArray, StructArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;

pub use builders::{Bools, List, Numbers, Struct, Text};
pub use cell::{Cell, CellError, append_cell, append_usual_cell, parse_int};
pub use convert::{append_plain, append_value};
pub use decode::Decode;
pub use guess::{QuotedField, append_guessed};
pub use keys::Keys;
pub use lists::{append_integer_keys, append_integers, append_numbered, numbered_members};
pub use push::{Mode, append_by, push_integer, push_string, push_text};
pub use scalar::append_scalar;
pub use sparse::SparseTexts;
pub use time::{Time, TimeForm, parse_time};
pub use types::{StructType, Type};

use builders::{MAX_OFFSET, first_offset};
use nulls::Nulls;

use crate::error::{Error, Result};

/// A column under construction.
#[derive(Debug)]
pub enum Column {
    /// See [`Type::Int32`] and [`Type::Int32Text`].
    Int32(Numbers<Int32Type>),
    /// See [`Type::Int64`].
    Int64(Numbers<Int64Type>),
    /// See [`Type::Float64`].
    Float64(Numbers<Float64Type>),
    /// See [`Type::Time`].
    Time(Numbers<TimestampMicrosecondType>),
    /// See [`Type::Bool`].
    Bool(Bools),
    /// See [`Type::String`] and [`Type::Json`].
    Text(Text),
    /// See [`Type::List`].
    List(Box<List>),
    /// See [`Type::Struct`].
    Struct(Box<Struct>),
}

impl Column {
    /// An empty column.
    #[must_use]
    pub fn new(kind: &Type) -> Self {
        match kind {
            Type::Int32 | Type::Int32Text => Self::Int32(Numbers::default()),
            Type::Int64 => Self::Int64(Numbers::default()),
            Type::Float64 => Self::Float64(Numbers::default()),
            Type::Time => Self::Time(Numbers::default()),
            Type::Bool => Self::Bool(Bools::default()),
            Type::String | Type::Json => Self::Text(Text::default()),
            Type::List(item) => {
                Self::List(Box::new(List { items: Self::new(item), offsets: vec![0], nulls: Nulls::default() }))
            }
            Type::Struct(inner) => Self::Struct(Box::new(Struct::new(inner))),
        }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Int32(column) => column.values.len(),
            Self::Int64(column) => column.values.len(),
            Self::Float64(column) => column.values.len(),
            Self::Time(column) => column.values.len(),
            Self::Bool(column) => column.nulls.len(),
            Self::Text(column) => column.offsets.len() - 1,
            Self::List(column) => column.offsets.len() - 1,
            Self::Struct(column) => column.nulls.len(),
        }
    }

    /// Whether it has no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a null.
    pub fn push_null(&mut self) {
        match self {
            Self::Int32(column) => column.push(None),
            Self::Int64(column) => column.push(None),
            Self::Float64(column) => column.push(None),
            Self::Time(column) => column.push(None),
            Self::Bool(column) => column.push(None),
            Self::Text(column) => column.push_null(),
            Self::List(column) => column.close(false),
            Self::Struct(column) => column.nulls.append(false),
        }
    }

    /// Appends nulls until it has `len` values.
    #[inline]
    pub fn pad(&mut self, len: usize) {
        let before = self.len();
        if before < len {
            self.push_nulls(len - before);
        }
    }

    fn push_nulls(&mut self, count: usize) {
        match self {
            Self::Int32(column) => column.push_n(None, count),
            Self::Int64(column) => column.push_n(None, count),
            Self::Float64(column) => column.push_n(None, count),
            Self::Time(column) => column.push_n(None, count),
            Self::Bool(column) => column.push_nulls(count),
            Self::Text(column) => column.push_nulls(count),
            Self::List(column) => column.push_nulls(count),
            Self::Struct(column) => column.nulls.append_n(count, false),
        }
    }

    /// Appends the value at `at` of another column of the same type; a null if it has none.
    pub fn push_from(&mut self, other: &Self, at: usize) {
        match (self, other) {
            (Self::Int32(to), Self::Int32(from)) => to.push(from.get(at)),
            (Self::Int64(to), Self::Int64(from)) => to.push(from.get(at)),
            (Self::Float64(to), Self::Float64(from)) => to.push(from.get(at)),
            (Self::Time(to), Self::Time(from)) => to.push(from.get(at)),
            (Self::Bool(to), Self::Bool(from)) => to.push(from.get(at)),
            (Self::Text(to), Self::Text(from)) => match from.get(at) {
                Some(text) => to.push(text),
                None => to.push_null(),
            },
            (Self::List(to), Self::List(from)) => {
                let items = from.range(at);
                let valid = items.is_some();
                for item in items.unwrap_or(0..0) {
                    to.items.push_from(&from.items, item);
                }
                to.close(valid);
            }
            (Self::Struct(to), Self::Struct(from)) if from.nulls.is_valid(at) => {
                let rows = to.nulls.len();
                for (to, from) in to.fields.iter_mut().zip(&from.fields) {
                    to.pad(rows);
                    to.push_from(from, at);
                }
                to.nulls.append(true);
            }
            (other, _) => other.push_null(),
        }
    }

    /// Appends these values of another column of the same type, as far as it has them.
    #[inline]
    pub fn push_range(&mut self, other: &Self, range: Range<usize>) {
        let range = range.start..range.end.min(other.len());
        match (self, other) {
            (Self::Int32(to), Self::Int32(from)) => to.push_range(from, range),
            (Self::Int64(to), Self::Int64(from)) => to.push_range(from, range),
            (Self::Float64(to), Self::Float64(from)) => to.push_range(from, range),
            (Self::Text(to), Self::Text(from)) => to.push_range(from, range),
            (to, from) => range.for_each(|at| to.push_from(from, at)),
        }
    }

    /// Appends the first value of another column of the same type `count` times.
    pub fn push_repeated(&mut self, other: &Self, count: usize) {
        match (self, other) {
            (Self::Int32(to), Self::Int32(from)) => to.push_n(from.get(0), count),
            (Self::Int64(to), Self::Int64(from)) => to.push_n(from.get(0), count),
            (Self::Float64(to), Self::Float64(from)) => to.push_n(from.get(0), count),
            (Self::Time(to), Self::Time(from)) => to.push_n(from.get(0), count),
            (Self::Text(to), Self::Text(from)) => match from.get(0) {
                Some(text) => (0..count).for_each(|_| to.push(text)),
                None => to.push_nulls(count),
            },
            (to, from) => (0..count).for_each(|_| to.push_from(from, 0)),
        }
    }

    /// Appends a number that it has at `at` until it has `len` values. If it has none there, they are nulls, which are
    /// appended later.
    pub fn repeat_number(&mut self, at: usize, len: usize) {
        match self {
            Self::Int32(column) => column.repeat(at, len),
            Self::Int64(column) => column.repeat(at, len),
            Self::Float64(column) => column.repeat(at, len),
            Self::Time(column) => column.repeat(at, len),
            Self::Bool(column) => {
                if let Some(value) = column.get(at) {
                    let count = len - column.nulls.len();
                    column.values.append_n(count, value);
                    column.nulls.append_n(count, true);
                }
            }
            Self::Text(_) | Self::List(_) | Self::Struct(_) => {}
        }
    }

    /// Feeds a value to a hasher; equal values feed equal bytes.
    pub fn hash_at(&self, at: usize, hasher: &mut impl Hasher) {
        match self {
            Self::Int32(column) => column.get(at).hash(hasher),
            Self::Int64(column) => column.get(at).hash(hasher),
            Self::Float64(column) => column.get(at).map(f64::to_bits).hash(hasher),
            Self::Time(column) => column.get(at).hash(hasher),
            Self::Bool(column) => column.get(at).hash(hasher),
            Self::Text(column) => column.get(at).hash(hasher),
            Self::List(column) => {
                let items = column.range(at);
                items.as_ref().map(ExactSizeIterator::len).hash(hasher);
                items.into_iter().flatten().for_each(|item| column.items.hash_at(item, hasher));
            }
            Self::Struct(column) => {
                let valid = column.nulls.is_valid(at);
                valid.hash(hasher);
                column.fields.iter().filter(|_| valid).for_each(|field| field.hash_at(at, hasher));
            }
        }
    }

    /// Number of bytes of the texts from the value at `from` on.
    #[must_use]
    pub fn text_bytes_from(&self, from: usize) -> usize {
        match self {
            Self::Text(column) => column.bytes_from(from),
            Self::List(column) => {
                let items = column.offsets.get(from).and_then(|&items| usize::try_from(items).ok());
                items.map_or(0, |items| column.items.text_bytes_from(items))
            }
            Self::Struct(column) => column.fields.iter().map(|field| field.text_bytes_from(from)).sum(),
            _ => 0,
        }
    }

    /// Frees the memory of values that were dropped.
    pub fn shrink(&mut self) {
        match self {
            Self::Int32(column) => column.values.shrink_to_fit(),
            Self::Int64(column) => column.values.shrink_to_fit(),
            Self::Float64(column) => column.values.shrink_to_fit(),
            Self::Time(column) => column.values.shrink_to_fit(),
            Self::Bool(_) => {}
            Self::Text(column) => {
                column.data.shrink_to_fit();
                column.offsets.shrink_to_fit();
            }
            Self::List(column) => {
                column.items.shrink();
                column.offsets.shrink_to_fit();
            }
            Self::Struct(column) => column.fields.iter_mut().for_each(Self::shrink),
        }
    }

    /// Whether the last value is a null.
    #[must_use]
    pub fn is_last_null(&self) -> bool {
        let Some(last) = self.len().checked_sub(1) else { return true };
        !match self {
            Self::Int32(column) => column.nulls.is_valid(last),
            Self::Int64(column) => column.nulls.is_valid(last),
            Self::Float64(column) => column.nulls.is_valid(last),
            Self::Time(column) => column.nulls.is_valid(last),
            Self::Bool(column) => column.nulls.is_valid(last),
            Self::Text(column) => column.nulls.is_valid(last),
            Self::List(column) => column.nulls.is_valid(last),
            Self::Struct(column) => column.nulls.is_valid(last),
        }
    }

    /// Truncates to the first `len` values; bytes of an unfinished value are dropped.
    pub fn truncate(&mut self, len: usize) {
        match self {
            Self::Int32(column) => column.truncate(len),
            Self::Int64(column) => column.truncate(len),
            Self::Float64(column) => column.truncate(len),
            Self::Time(column) => column.truncate(len),
            Self::Bool(column) => {
                column.values.truncate(len);
                column.nulls.truncate(len);
            }
            Self::Text(column) => {
                column.offsets.truncate(len + 1);
                column.data.truncate(column.start());
                column.overflow &= column.data.len() == MAX_OFFSET;
                column.nulls.truncate(len);
            }
            Self::List(column) => {
                column.offsets.truncate(len + 1);
                let items = column.offsets.last().map_or(0, |&end| usize::try_from(end).unwrap_or(0));
                column.items.truncate(items);
                column.nulls.truncate(len);
            }
            Self::Struct(column) => {
                column.fields.iter_mut().for_each(|field| field.truncate(len));
                column.nulls.truncate(len);
            }
        }
    }

    /// The finished array, given the column's Arrow type. The column is then empty, with capacity for as much again.
    ///
    /// # Errors
    /// The column is too large for one array.
    pub fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        let array: ArrayRef = match self {
            Self::Int32(column) => Arc::new(column.finish()?),
            Self::Int64(column) => Arc::new(column.finish()?),
            Self::Float64(column) => Arc::new(column.finish()?),
            Self::Time(column) => Arc::new(column.finish()?.with_timezone("UTC")),
            Self::Bool(column) => Arc::new(BooleanArray::new(column.values.finish(), column.nulls.finish())),
            Self::Text(column) => Arc::new(column.finish()?),
            Self::List(column) => {
                let DataType::List(item) = data_type else { return Err(mismatch(data_type)) };
                let items = column.items.finish(item.data_type())?;
                let next = first_offset(column.offsets.len());
                let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut column.offsets, next)));
                let array = ListArray::try_new(Arc::clone(item), offsets, items, column.nulls.finish());
                Arc::new(array.map_err(|e| internal(&e))?)
            }
            Self::Struct(column) => {
                let DataType::Struct(inner) = data_type else { return Err(mismatch(data_type)) };
                let length = column.nulls.len();
                let children = column
                    .fields
                    .iter_mut()
                    .zip(inner)
                    .map(|(child, field)| {
                        child.pad(length);
                        child.finish(field.data_type())
                    })
                    .collect::<Result<Vec<_>>>()?;
                let array = StructArray::try_new_with_length(inner.clone(), children, column.nulls.finish(), length);
                Arc::new(array.map_err(|e| internal(&e))?)
            }
        };
        Ok(array)
    }
}

fn internal(error: &arrow_schema::ArrowError) -> Error {
    Error::Internal(error.to_string())
}

fn mismatch(data_type: &DataType) -> Error {
    Error::Internal(format!("a column is not of its type {data_type}"))
}
