//! Typed columns under construction: values in, Arrow arrays out, and back to any earlier length.

mod cell;
mod convert;
mod keys;
mod nulls;
mod scalar;
mod time;

#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, ListArray, PrimitiveArray, StringArray, StructArray};
use arrow_buffer::{BooleanBufferBuilder, Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde::Deserialize;

pub use cell::{Cell, CellError, append_cell, parse_int};
pub use convert::{append_plain, append_value};
pub use keys::Keys;
pub use scalar::{append_scalar, hex_text};
pub use time::{Time, TimeForm, parse_time};

use nulls::Nulls;

use crate::error::{Error, Result};
use crate::scan::string_array;

/// What a column holds, as the declaration says it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// 32-bit integers.
    Int32,
    /// 32-bit integers that JSON writes as decimal strings.
    Int32Text,
    /// 64-bit integers.
    Int64,
    /// 64-bit floats.
    Float64,
    /// Truth values.
    Bool,
    /// Text.
    String,
    /// Microseconds of the epoch, UTC.
    Time,
    /// JSON kept as compact JSON text.
    Json,
    /// Lists of one type.
    List(Box<Type>),
    /// JSON objects with known members.
    Struct(StructType),
}

/// The members of a typed object.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct StructType {
    /// Key and type of each member, in order.
    pub fields: Vec<(String, Type)>,
    /// A last child `extra` keeps, as JSON text, every member that its typed child cannot give back exactly.
    #[serde(default)]
    pub extra: bool,
    /// The source writes every member, null or not: a null child gives back a JSON null.
    #[serde(default)]
    pub all_members: bool,
    /// Only an object that has all members, each of its type, is given back exactly.
    #[serde(default)]
    pub whole: bool,
}

impl Type {
    /// The Arrow type.
    #[must_use]
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Int32 | Self::Int32Text => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::String | Self::Json => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::List(item) => DataType::List(Arc::new(Field::new("item", item.arrow(), true))),
            Self::Struct(inner) => DataType::Struct(inner.arrow()),
        }
    }
}

impl StructType {
    fn arrow(&self) -> Fields {
        let known = self.fields.iter().map(|(name, child)| Field::new(name, child.arrow(), true));
        known.chain(self.extra.then(|| Field::new("extra", DataType::Utf8, true))).collect()
    }
}

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

    /// How many values it has.
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
            Self::Struct(column) => {
                column.fields.iter_mut().for_each(Self::push_null);
                column.nulls.append(false);
            }
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
            Self::Bool(column) => {
                column.values.append_n(count, false);
                column.nulls.append_n(count, false);
            }
            Self::Text(column) => column.push_nulls(count),
            Self::List(column) => column.push_nulls(count),
            Self::Struct(column) => {
                column.fields.iter_mut().for_each(|field| field.push_nulls(count));
                column.nulls.append_n(count, false);
            }
        }
    }

    /// Appends the value of another column of the same type; a null where it has none at `at`.
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
                for (to, from) in to.fields.iter_mut().zip(&from.fields) {
                    to.push_from(from, at);
                }
                to.nulls.append(true);
            }
            (other, _) => other.push_null(),
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

    /// Feeds a value to a hasher: two values that are the same feed the same.
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

    /// Goes back to its first `len` values, and drops what was begun after the last one.
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

    /// The finished array; the column is then empty, with room for as much again.
    ///
    /// # Errors
    /// Where the column is too large for one array.
    pub fn finish(&mut self, kind: &Type) -> Result<ArrayRef> {
        let array: ArrayRef = match self {
            Self::Int32(column) => Arc::new(column.finish()?),
            Self::Int64(column) => Arc::new(column.finish()?),
            Self::Float64(column) => Arc::new(column.finish()?),
            Self::Time(column) => Arc::new(column.finish()?.with_timezone("UTC")),
            Self::Bool(column) => Arc::new(BooleanArray::new(column.values.finish(), column.nulls.finish())),
            Self::Text(column) => Arc::new(column.finish()?),
            Self::List(column) => {
                let Type::List(item) = kind else { return Err(mismatch(kind)) };
                let items = column.items.finish(item)?;
                let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut column.offsets, vec![0])));
                let field = Arc::new(Field::new("item", item.arrow(), true));
                Arc::new(ListArray::try_new(field, offsets, items, column.nulls.finish()).map_err(|e| internal(&e))?)
            }
            Self::Struct(column) => {
                let Type::Struct(inner) = kind else { return Err(mismatch(kind)) };
                let length = column.nulls.len();
                let kinds = inner.fields.iter().map(|(_, kind)| kind).chain(inner.extra.then_some(&Type::Json));
                let children = column
                    .fields
                    .iter_mut()
                    .zip(kinds)
                    .map(|(field, kind)| field.finish(kind))
                    .collect::<Result<Vec<_>>>()?;
                let array = StructArray::try_new_with_length(inner.arrow(), children, column.nulls.finish(), length);
                Arc::new(array.map_err(|e| internal(&e))?)
            }
        };
        Ok(array)
    }
}

fn internal(error: &arrow_schema::ArrowError) -> Error {
    Error::Internal(error.to_string())
}

fn mismatch(kind: &Type) -> Error {
    Error::Internal(format!("a column is not of its type {kind:?}"))
}

/// Numbers and times.
#[derive(Debug)]
pub struct Numbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    nulls: Nulls,
}

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self { values: Vec::new(), nulls: Nulls::default() }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// Appends a value or a null.
    #[inline]
    pub fn push(&mut self, value: Option<T::Native>) {
        self.values.push(value.unwrap_or_default());
        self.nulls.append(value.is_some());
    }

    /// Appends a value or a null `count` times.
    fn push_n(&mut self, value: Option<T::Native>, count: usize) {
        self.values.resize(self.values.len() + count, value.unwrap_or_default());
        self.nulls.append_n(count, value.is_some());
    }

    /// A value; none where it is null.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<T::Native> {
        self.values.get(at).copied().filter(|_| self.nulls.is_valid(at))
    }

    fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        self.nulls.truncate(len);
    }

    fn finish(&mut self) -> Result<PrimitiveArray<T>> {
        let room = self.values.len();
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(room));
        PrimitiveArray::try_new(values.into(), self.nulls.finish()).map_err(|e| internal(&e))
    }
}

/// Truth values.
#[derive(Debug)]
pub struct Bools {
    values: BooleanBufferBuilder,
    nulls: Nulls,
}

impl Default for Bools {
    fn default() -> Self {
        Self { values: BooleanBufferBuilder::new(0), nulls: Nulls::default() }
    }
}

impl Bools {
    /// Appends a value or a null.
    #[inline]
    pub fn push(&mut self, value: Option<bool>) {
        self.values.append(value.unwrap_or_default());
        self.nulls.append(value.is_some());
    }
}

impl Bools {
    fn get(&self, at: usize) -> Option<bool> {
        self.nulls.is_valid(at).then(|| self.values.get_bit(at))
    }
}

/// Text and JSON text.
#[derive(Debug)]
pub struct Text {
    data: Vec<u8>,
    offsets: Vec<i32>,
    nulls: Nulls,
    /// More bytes than 32-bit offsets reach: said when the column is finished.
    overflow: bool,
}

impl Default for Text {
    fn default() -> Self {
        Self { data: Vec::new(), offsets: vec![0], nulls: Nulls::default(), overflow: false }
    }
}

impl Text {
    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: &[u8]) {
        self.data.extend_from_slice(value);
        self.close(true);
    }

    /// Appends a null.
    #[inline]
    pub fn push_null(&mut self) {
        self.data.truncate(self.start());
        self.close(false);
    }

    /// Appends `count` nulls.
    fn push_nulls(&mut self, count: usize) {
        self.data.truncate(self.start());
        let end = self.offsets.last().copied().unwrap_or_default();
        self.offsets.resize(self.offsets.len() + count, end);
        self.nulls.append_n(count, false);
    }

    /// Where the bytes of the next value go; [`Self::close`] makes them one.
    #[inline]
    pub const fn open(&mut self) -> &mut Vec<u8> {
        &mut self.data
    }

    /// Ends the value whose bytes were appended to [`Self::open`].
    #[inline]
    pub fn close(&mut self, valid: bool) {
        self.offsets.push(i32::try_from(self.data.len()).unwrap_or_else(|_| {
            self.overflow = true;
            i32::MAX
        }));
        self.nulls.append(valid);
    }

    fn get(&self, at: usize) -> Option<&[u8]> {
        if !self.nulls.is_valid(at) {
            return None;
        }
        let (start, end) = (usize::try_from(self.offsets[at]).ok()?, usize::try_from(self.offsets[at + 1]).ok()?);
        self.data.get(start..end)
    }

    /// Where the bytes of the next value start.
    fn start(&self) -> usize {
        self.offsets.last().map_or(0, |&end| usize::try_from(end).unwrap_or(0))
    }

    fn finish(&mut self) -> Result<StringArray> {
        if self.overflow {
            return Err(Error::Internal("a text column of one block holds more than 2 GiB".to_owned()));
        }
        let data = std::mem::take(&mut self.data);
        let (bytes, count) = (data.len(), self.offsets.len());
        let mut offsets = Vec::with_capacity(count + count / 8);
        offsets.push(0);
        let offsets = std::mem::replace(&mut self.offsets, offsets);
        self.data.reserve(bytes + bytes / 8);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        string_array(offsets, Buffer::from_vec(data), self.nulls.finish()).map_err(|e| internal(&e))
    }
}

/// Lists.
#[derive(Debug)]
pub struct List {
    items: Column,
    offsets: Vec<i32>,
    nulls: Nulls,
}

impl List {
    /// Where the items of the next list go; [`Self::close`] makes them one.
    pub const fn open(&mut self) -> &mut Column {
        &mut self.items
    }

    /// All items of all lists.
    #[must_use]
    pub const fn items(&self) -> &Column {
        &self.items
    }

    /// The places of one list's items; none where it is null.
    fn range(&self, at: usize) -> Option<std::ops::Range<usize>> {
        if !self.nulls.is_valid(at) {
            return None;
        }
        Some(usize::try_from(self.offsets[at]).ok()?..usize::try_from(self.offsets[at + 1]).ok()?)
    }

    /// Appends `count` nulls.
    fn push_nulls(&mut self, count: usize) {
        let end = i32::try_from(self.items.len()).unwrap_or(i32::MAX);
        self.offsets.resize(self.offsets.len() + count, end);
        self.nulls.append_n(count, false);
    }

    /// Ends the list whose items were appended to [`Self::open`].
    pub fn close(&mut self, valid: bool) {
        // A block has fewer bytes than 2 GiB, and an item takes at least one.
        self.offsets.push(i32::try_from(self.items.len()).unwrap_or(i32::MAX));
        self.nulls.append(valid);
    }
}

/// Typed objects.
#[derive(Debug)]
pub struct Struct {
    fields: Vec<Column>,
    nulls: Nulls,
    keys: Keys,
}

impl Struct {
    /// A child, for a value of the next object; [`Self::close`] makes them one.
    pub fn child(&mut self, place: usize) -> &mut Column {
        &mut self.fields[place]
    }

    /// Ends the next `count` objects, a value for each of which was appended to each [`Self::child`].
    pub fn close_n(&mut self, count: usize) {
        self.nulls.append_n(count, true);
    }

    fn new(inner: &StructType) -> Self {
        let extra = inner.extra.then(|| Column::Text(Text::default()));
        Self {
            fields: inner.fields.iter().map(|(_, kind)| Column::new(kind)).chain(extra).collect(),
            nulls: Nulls::default(),
            keys: Keys::new(inner.fields.iter().map(|(name, _)| name.as_str())),
        }
    }
}
