//! Text columns of a table that has thousands of them, of which a row has a value in few.
//!
//! The values are kept in the order of the rows. The columns are built from them when the table is finished: a column without a
//! value is one array that all such columns share, and the buffers of the others are parts of three large ones. Otherwise each
//! column of each batch would have buffers of its own, which take longer to allocate and free than the values to read.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use super::builders::MAX_OFFSET;
use super::internal;
use crate::error::{Error, Result};
use crate::scan::string_array;

/// Arrow asks that buffers start at multiples of so many bytes.
const ALIGNMENT: usize = 8;

/// Columns under construction.
#[derive(Debug, Default)]
pub struct SparseTexts {
    values: Vec<Value>,
    /// The texts of the values.
    data: Vec<u8>,
}

/// A value that is not null.
#[derive(Clone, Copy, Debug)]
struct Value {
    column: usize,
    row: usize,
    /// One past the last byte of its text.
    end: usize,
}

impl SparseTexts {
    /// Appends a value to a column. Rows come in order, and a column has one value in a row.
    #[inline]
    pub fn push(&mut self, column: usize, row: usize, text: &[u8]) {
        self.data.extend_from_slice(text);
        self.values.push(Value { column, row, end: self.data.len() });
    }

    /// Truncates to the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        let kept = self.first_of(rows);
        self.data.truncate(self.start(kept));
        self.values.truncate(kept);
    }

    /// Frees the memory of values that were dropped.
    pub fn shrink(&mut self) {
        self.values.shrink_to_fit();
        self.data.shrink_to_fit();
    }

    /// Number of bytes of the texts from the row `from` on.
    #[must_use]
    pub fn bytes_from(&self, from: usize) -> usize {
        self.data.len() - self.start(self.first_of(from))
    }

    /// The number of the first value of a row or of those after it.
    fn first_of(&self, row: usize) -> usize {
        self.values.partition_point(|value| value.row < row)
    }

    /// Where the text of a value starts.
    fn start(&self, value: usize) -> usize {
        value.checked_sub(1).map_or(0, |before| self.values[before].end)
    }

    /// The finished arrays of the first `columns` columns. There are then no rows.
    ///
    /// # Errors
    /// The texts are too long for one array.
    pub fn finish(&mut self, columns: usize, rows: usize) -> Result<Vec<ArrayRef>> {
        if self.data.len() > MAX_OFFSET {
            return Err(Error::Internal("the text columns of one block hold more than 2 GiB".to_owned()));
        }
        let by_column = ByColumn::new(&self.values, columns);
        let filled = (0..columns).filter(|&column| !by_column.of(column).is_empty()).count();
        let room = (rows + 1).next_multiple_of(ALIGNMENT / size_of::<i32>());
        let valid_bytes = rows.div_ceil(8).next_multiple_of(ALIGNMENT);
        let mut offsets: Vec<i32> = Vec::with_capacity(filled * room);
        let mut valid = vec![0_u8; filled * valid_bytes];
        let mut data = Vec::with_capacity(self.data.len());
        for (place, column) in (0..columns).filter(|&column| !by_column.of(column).is_empty()).enumerate() {
            let valid = &mut valid[place * valid_bytes..][..valid_bytes];
            let (start, first) = (data.len(), offsets.len());
            for &number in by_column.of(column) {
                let Value { row, end, .. } = self.values[number];
                // The offset of the value, and those of the nulls before it.
                offsets.resize(first + row + 1, offset(data.len() - start));
                valid[row / 8] |= 1 << (row % 8);
                data.extend_from_slice(&self.data[self.start(number)..end]);
            }
            offsets.resize(first + rows + 1, offset(data.len() - start));
            offsets.resize(first + room, 0);
        }
        let (offsets, valid, data) = (Buffer::from_vec(offsets), Buffer::from_vec(valid), Buffer::from_vec(data));
        let nulls: ArrayRef = Arc::new(StringArray::new_null(rows));
        let (mut place, mut start) = (0, 0);
        let mut arrays = Vec::with_capacity(columns);
        for column in 0..columns {
            let values = by_column.of(column);
            if values.is_empty() {
                arrays.push(Arc::clone(&nulls));
                continue;
            }
            let offsets = OffsetBuffer::new(ScalarBuffer::<i32>::new(offsets.clone(), place * room, rows + 1));
            let length = usize::try_from(offsets[rows]).unwrap_or_default();
            let validity = (values.len() < rows).then(|| {
                let bits = valid.slice_with_length(place * valid_bytes, valid_bytes);
                NullBuffer::new(BooleanBuffer::new(bits, 0, rows))
            });
            let array = string_array(offsets, data.slice_with_length(start, length), validity);
            arrays.push(Arc::new(array.map_err(|error| internal(&error))?));
            place += 1;
            start += length;
        }
        self.values.clear();
        self.data.clear();
        Ok(arrays)
    }
}

/// An offset of a text within the texts of its column, which are no longer than [`MAX_OFFSET`].
fn offset(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

/// The numbers of the values of each column, in order.
struct ByColumn {
    numbers: Vec<usize>,
    /// The values of a column are `numbers[ends[column]..ends[column + 1]]`.
    ends: Vec<usize>,
}

impl ByColumn {
    fn new(values: &[Value], columns: usize) -> Self {
        let mut ends = vec![0; columns + 1];
        for value in values {
            ends[value.column + 1] += 1;
        }
        for column in 0..columns {
            ends[column + 1] += ends[column];
        }
        let mut next = ends.clone();
        let mut numbers = vec![0; values.len()];
        for (number, value) in values.iter().enumerate() {
            numbers[next[value.column]] = number;
            next[value.column] += 1;
        }
        Self { numbers, ends }
    }

    fn of(&self, column: usize) -> &[usize] {
        &self.numbers[self.ends[column]..self.ends[column + 1]]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: usize = 5;

    proptest! {
        /// Compared with arrays of the same rows, after some rows were dropped and added again.
        #[test]
        fn are_the_columns_of_the_rows(
            rows in prop::collection::vec(prop::collection::vec(prop::option::of("[a-zä]{0,3}"), COLUMNS), 0..70),
            kept in 0_usize..70,
            batches in 1..3,
        ) {
            let mut texts = SparseTexts::default();
            let push = |texts: &mut SparseTexts, from: usize| {
                for (row, cells) in rows.iter().enumerate().skip(from) {
                    for (column, text) in cells.iter().enumerate() {
                        if let Some(text) = text {
                            texts.push(column, row, text.as_bytes());
                        }
                    }
                }
            };
            let bytes = |from: usize| rows.iter().skip(from).flatten().flatten().map(String::len).sum::<usize>();
            for _ in 0..batches {
                push(&mut texts, 0);
                prop_assert_eq!(texts.bytes_from(kept), bytes(kept));
                texts.truncate(kept);
                prop_assert_eq!(texts.bytes_from(0), bytes(0) - bytes(kept));
                push(&mut texts, kept);
                let arrays = texts.finish(COLUMNS, rows.len()).unwrap();
                for (column, array) in arrays.iter().enumerate() {
                    let expected: StringArray = rows.iter().map(|cells| cells[column].as_deref()).collect();
                    prop_assert_eq!(array.as_ref(), &expected as &dyn arrow_array::Array);
                    array.to_data().validate_full().unwrap();
                }
            }
        }
    }
}
