//! Where the fields of a record are.
//!
//! [`Block::ends`] has one number for each field of a record: one past its last byte. A file of thousands of columns mostly has
//! empty fields. Of its records, the block has the number of fields, and three numbers for each that is not empty: its column,
//! and where it starts and ends.

use super::exact::position;
use super::{Block, Span};

/// From this number of columns on, only fields that are not empty are listed.
pub const FEWEST_SPARSE: usize = 1000;

/// The fields of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields<'a> {
    /// One past the last byte of each field.
    All(&'a [u32]),
    /// The number of fields; and the column, start and end of those that are not empty.
    Filled(u32, &'a [[u32; 3]]),
}

impl<'a> Fields<'a> {
    /// The fields of a record of a block.
    #[inline]
    #[must_use]
    pub fn of(block: &'a Block, span: Span) -> Self {
        let numbers = &block.ends[span.first_end as usize..span.last_end as usize];
        match numbers {
            [count, fields @ ..] if block.is_sparse => Self::Filled(*count, fields.as_chunks().0),
            _ => Self::All(numbers),
        }
    }

    /// Number of fields.
    #[inline]
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::All(ends) => ends.len(),
            Self::Filled(count, _) => count as usize,
        }
    }

    /// The range of a field of the record that starts at `start`; none if there is no such field. It may also be none if the
    /// field is empty.
    #[inline]
    #[must_use]
    pub fn range(self, start: u32, column: usize) -> Option<(u32, u32)> {
        match self {
            Self::All(ends) => {
                let end = *ends.get(column)?;
                Some((if column == 0 { start } else { ends[column - 1] + 1 }, end))
            }
            Self::Filled(_, fields) => filled(fields, column),
        }
    }

    /// Whether there are `width` fields, ignoring empty surplus fields.
    #[must_use]
    pub fn has_width(self, bytes: &[u8], width: usize) -> bool {
        let is_empty = |start: u32, end: u32| start == end || &bytes[start as usize..end as usize] == b"\"\"";
        self.count() >= width
            && match self {
                Self::All(ends) => {
                    ends.windows(2).skip(width.saturating_sub(1)).all(|pair| is_empty(pair[0] + 1, pair[1]))
                }
                Self::Filled(_, fields) => fields
                    .iter()
                    .filter(|field| field[0] as usize >= width)
                    .all(|&[_, start, end]| is_empty(start, end)),
            }
    }

    /// The column of the byte at `at`.
    #[must_use]
    pub fn column_at(self, at: usize) -> Option<usize> {
        match self {
            Self::All(ends) => ends.iter().position(|&end| at < end as usize),
            Self::Filled(_, fields) => {
                fields.iter().find(|field| at < field[2] as usize).map(|field| field[0] as usize)
            }
        }
    }
}

/// The range of a field that is not empty.
#[cold]
fn filled(fields: &[[u32; 3]], column: usize) -> Option<(u32, u32)> {
    // If no field before it is empty, its place is its column.
    let last = column.min(fields.len().checked_sub(1)?);
    let place = if fields[last][0] as usize == column {
        last
    } else {
        fields[..last].binary_search_by_key(&column, |field| field[0] as usize).ok()?
    };
    let [_, start, end] = fields[place];
    Some((start, end))
}

/// Replaces the ends from `first` on, of all fields of the record that starts at `start`, by the list of those not empty.
#[cold]
pub fn list_filled(ends: &mut Vec<u32>, first: usize, start: usize) {
    let all = ends.split_off(first);
    ends.push(position(all.len()));
    let mut from = position(start);
    for (column, end) in (0..).zip(all) {
        if end > from {
            ends.extend([column, from, end]);
        }
        from = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_forms_give_the_same(
            texts in prop::collection::vec(prop_oneof![3 => Just(""), 1 => Just("\"\""), 1 => Just("a"), 1 => Just("bc")], 1..12),
            start in 0_usize..3,
            width in 1_usize..14,
        ) {
            let text = format!("{}{}", "-".repeat(start), texts.join(","));
            let mut ends = Vec::new();
            let mut end = start;
            for text in &texts {
                end += text.len();
                ends.push(position(end));
                end += 1;
            }
            let mut listed = vec![7];
            listed.extend(&ends);
            list_filled(&mut listed, 1, start);
            let span = Span { number: 1, start: position(start), end: position(text.len()), first_end: 1, last_end: position(listed.len()) };
            let block = Block { ends: listed, is_sparse: true, ..Block::default() };
            let (all, some) = (Fields::All(&ends), Fields::of(&block, span));
            prop_assert_eq!(all.count(), some.count());
            prop_assert_eq!(all.has_width(text.as_bytes(), width), some.has_width(text.as_bytes(), width));
            for column in 0..texts.len() + 2 {
                let range = all.range(span.start, column);
                prop_assert_eq!(range.filter(|(start, end)| start < end), some.range(span.start, column));
                if let Some((start, _)) = range.filter(|(start, end)| start < end) {
                    prop_assert_eq!(some.column_at(start as usize), Some(column));
                    prop_assert_eq!(all.column_at(start as usize), Some(column));
                }
            }
        }
    }
}
