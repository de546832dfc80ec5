//! Builders of the column types: values with validity, truncated to any earlier length.
#![allow(clippy::inline_always, reason = "a call between the instructions of a kernel takes longer than an append")]

use std::ops::Range;

use arrow_array::{ArrowPrimitiveType, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBufferBuilder, Buffer, OffsetBuffer, ScalarBuffer};

use super::guess::Guess;
use super::keys::Keys;
use super::nulls::Nulls;
use super::{Column, StructType, internal};
use crate::error::{Error, Result};
use crate::scan::string_array;

/// Numbers and times.
#[derive(Debug)]
pub struct Numbers<T: ArrowPrimitiveType> {
    pub(super) values: Vec<T::Native>,
    pub(super) nulls: Nulls,
}

impl<T: ArrowPrimitiveType> Default for Numbers<T> {
    fn default() -> Self {
        Self { values: Vec::new(), nulls: Nulls::default() }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// Appends a value or a null.
    #[inline(always)]
    pub fn push(&mut self, value: Option<T::Native>) {
        self.values.push(value.unwrap_or_default());
        self.nulls.append(value.is_some());
    }

    /// Appends nulls until it has `len` values.
    #[inline]
    pub(super) fn pad(&mut self, len: usize) {
        let before = self.values.len();
        if before < len {
            self.push_n(None, len - before);
        }
    }

    /// Appends a value or a null `count` times.
    #[inline(never)]
    pub(super) fn push_n(&mut self, value: Option<T::Native>, count: usize) {
        match count {
            // As for most records.
            1 => self.values.push(value.unwrap_or_default()),
            _ => self.values.resize(self.values.len() + count, value.unwrap_or_default()),
        }
        self.nulls.append_n(count, value.is_some());
    }

    /// Appends the value at `at`, if it is not null, until there are `len`.
    pub(super) fn repeat(&mut self, at: usize, len: usize) {
        if let Some(value) = self.get(at) {
            self.nulls.append_n(len - self.values.len(), true);
            self.values.resize(len, value);
        }
    }

    /// Appends values of another.
    #[inline]
    pub(super) fn push_range(&mut self, other: &Self, range: Range<usize>) {
        self.nulls.append_range(&other.nulls, range.clone());
        self.values.extend_from_slice(&other.values[range]);
    }

    /// A value; none if it is null.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<T::Native> {
        self.values.get(at).copied().filter(|_| self.nulls.is_valid(at))
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        self.nulls.truncate(len);
    }

    pub(super) fn finish(&mut self) -> Result<PrimitiveArray<T>> {
        let next = Vec::with_capacity(room(self.values.len()));
        let values = std::mem::replace(&mut self.values, next);
        PrimitiveArray::try_new(values.into(), self.nulls.finish()).map_err(|e| internal(&e))
    }
}

/// Booleans.
#[derive(Debug)]
pub struct Bools {
    pub(super) values: BooleanBufferBuilder,
    pub(super) nulls: Nulls,
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
    /// Appends nulls until it has `len` values.
    #[inline]
    pub(super) fn pad(&mut self, len: usize) {
        let before = self.nulls.len();
        if before < len {
            self.push_nulls(len - before);
        }
    }

    #[inline(never)]
    pub(super) fn push_nulls(&mut self, count: usize) {
        self.values.append_n(count, false);
        self.nulls.append_n(count, false);
    }

    pub(super) fn get(&self, at: usize) -> Option<bool> {
        self.nulls.is_valid(at).then(|| self.values.get_bit(at))
    }
}

/// The largest offset.
pub(super) const MAX_OFFSET: usize = i32::MAX as usize;

/// Maximum number of bytes that a column has room for at its start, whatever the batch before had.
const MAX_ROOM: usize = 64 << 20;

/// The room of the next batch, given the size of this one: a batch that is a little larger needs no more.
pub(super) const fn room(size: usize) -> usize {
    size + size / 8
}

/// The first of about `count` offsets.
pub(super) fn first_offset(count: usize) -> Vec<i32> {
    let mut offsets = Vec::with_capacity(room(count));
    offsets.push(0);
    offsets
}

/// Text and JSON text.
#[derive(Debug)]
pub struct Text {
    pub(super) data: Vec<u8>,
    pub(super) offsets: Vec<i32>,
    pub(super) nulls: Nulls,
    /// More bytes than 32-bit offsets reach; an error when the column is finished.
    pub(super) overflow: bool,
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
    pub(super) fn push_nulls(&mut self, count: usize) {
        self.data.truncate(self.start());
        let end = self.offsets.last().copied().unwrap_or_default();
        self.offsets.resize(self.offsets.len() + count, end);
        self.nulls.append_n(count, false);
    }

    /// Appends nulls until it has `len` values.
    #[inline]
    pub fn pad(&mut self, len: usize) {
        let before = self.nulls.len();
        if before < len {
            self.push_nulls(len - before);
        }
    }

    /// The buffer to which the bytes of the next value are appended; [`Self::close`] ends the value.
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

    /// Appends values of another.
    #[inline]
    pub(super) fn push_range(&mut self, other: &Self, range: Range<usize>) {
        for at in range {
            match other.get(at) {
                Some(text) => self.push(text),
                None => self.push_null(),
            }
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<&[u8]> {
        if !self.nulls.is_valid(at) {
            return None;
        }
        let (start, end) = (usize::try_from(self.offsets[at]).ok()?, usize::try_from(self.offsets[at + 1]).ok()?);
        self.data.get(start..end)
    }

    /// Offset of the next value.
    pub(super) fn start(&self) -> usize {
        self.offsets.last().map_or(0, |&end| usize::try_from(end).unwrap_or(0))
    }

    /// Number of bytes of the values from the one at `from` on.
    pub(super) fn bytes_from(&self, from: usize) -> usize {
        let start = self.offsets.get(from).and_then(|&start| usize::try_from(start).ok());
        start.map_or(0, |start| self.data.len().saturating_sub(start))
    }

    pub(super) fn finish(&mut self) -> Result<StringArray> {
        if self.overflow {
            return Err(Error::Internal("a text column of one block holds more than 2 GiB".to_owned()));
        }
        let data = std::mem::take(&mut self.data);
        let (bytes, count) = (data.len(), self.offsets.len());
        let offsets = std::mem::replace(&mut self.offsets, first_offset(count));
        self.data.reserve(room(bytes).min(MAX_ROOM));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        string_array(offsets, Buffer::from_vec(data), self.nulls.finish()).map_err(|e| internal(&e))
    }
}

/// Lists.
#[derive(Debug)]
pub struct List {
    pub(super) items: Column,
    pub(super) offsets: Vec<i32>,
    pub(super) nulls: Nulls,
}

impl List {
    /// The column to which the items of the next list are appended; [`Self::close`] ends the list.
    pub const fn open(&mut self) -> &mut Column {
        &mut self.items
    }

    /// All items of all lists.
    #[must_use]
    pub const fn items(&self) -> &Column {
        &self.items
    }

    /// The range of one list's items; none if it is null.
    pub(super) fn range(&self, at: usize) -> Option<Range<usize>> {
        if !self.nulls.is_valid(at) {
            return None;
        }
        Some(usize::try_from(self.offsets[at]).ok()?..usize::try_from(self.offsets[at + 1]).ok()?)
    }

    /// Appends `count` nulls.
    pub(super) fn push_nulls(&mut self, count: usize) {
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
    /// The children. They may be shorter than `nulls`: nulls are appended when a value follows or the column is finished.
    pub(super) fields: Vec<Column>,
    pub(super) nulls: Nulls,
    pub(super) keys: Keys,
    /// How well guesses of its objects succeed.
    pub(super) guess: Guess,
}

impl Struct {
    /// A child column; [`Self::close_n`] ends the objects whose values were appended to each child.
    pub fn child(&mut self, index: usize) -> &mut Column {
        let field = &mut self.fields[index];
        field.pad(self.nulls.len());
        field
    }

    /// Ends `count` objects.
    pub fn close_n(&mut self, count: usize) {
        self.nulls.append_n(count, true);
    }

    pub(super) fn new(inner: &StructType) -> Self {
        let extra = inner.extra.then(|| Column::Text(Text::default()));
        let unread = if inner.extra { &[][..] } else { &inner.unread[..] };
        Self {
            fields: inner.fields.iter().map(|(_, kind)| Column::new(kind)).chain(extra).collect(),
            nulls: Nulls::default(),
            keys: Keys::new(inner.fields.iter().map(|(name, _)| name).chain(unread).map(String::as_str)),
            guess: Guess::default(),
        }
    }
}
