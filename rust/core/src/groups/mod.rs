//! Groups of equal rows, for tables that are counted from finished batches.
//!
//! [`Groups`] numbers the distinct rows of some columns, [`lists_of`] puts the values of each key together, [`Items`] are
//! the values of such lists, and [`sorted_rows`] and [`counted`] sort and count integers.

mod lists;
mod rows;
mod sort;
#[cfg(test)]
mod tests;

use std::hash::BuildHasher;

use arrow_array::{ArrayRef, Int32Array};
use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::{Entry, HashTable};

pub use self::lists::{Items, lists_of};
use self::rows::Rows;
pub use self::sort::{counted, sorted_rows};
use crate::error::{Error, Result};

/// The distinct rows of some columns, in the order in which they come.
#[derive(Debug)]
pub struct Groups {
    /// The number of each row's group, from 0.
    pub of_row: Int32Array,
    /// The first row of each group.
    pub firsts: Int32Array,
}

/// A group in the table of known ones.
struct Known {
    hash: u64,
    number: i32,
    first: usize,
}

impl Groups {
    /// Finds the groups of columns of text, integers or booleans. Nulls are equal to each other alone.
    ///
    /// # Errors
    /// There is no column, they differ in length, one has another type, or there are more rows than 32 bits can number.
    pub fn of(columns: &[ArrayRef]) -> Result<Self> {
        let columns = columns.iter().map(Rows::new).collect::<Result<Vec<_>>>()?;
        let count = columns.first().ok_or_else(|| Error::Internal("no column to group by".to_owned()))?.len();
        if columns.iter().any(|column| column.len() != count) {
            return Err(Error::Internal("columns to group by differ in length".to_owned()));
        }
        let rows = i32::try_from(count).map_err(|_| Error::Internal("too many rows to group".to_owned()))?;
        // The seeds are of this call: an input cannot be made so that its texts have the same hash.
        let seeds = DefaultHashBuilder::default();
        let mut hashes = vec![seeds.hash_one(count); count];
        for column in &columns {
            column.hash_all(&seeds, &mut hashes);
        }
        let mut known: HashTable<Known> = HashTable::new();
        let (mut of_row, mut firsts) = (Vec::with_capacity(count), Vec::new());
        let mut next = 0;
        for ((row, &hash), number) in hashes.iter().enumerate().zip(0..rows) {
            let is_same =
                |other: &Known| other.hash == hash && columns.iter().all(|column| column.equal(row, other.first));
            match known.entry(hash, is_same, |other| other.hash) {
                Entry::Occupied(found) => of_row.push(found.get().number),
                Entry::Vacant(free) => {
                    free.insert(Known { hash, number: next, first: row });
                    of_row.push(next);
                    firsts.push(number);
                    next += 1;
                }
            }
        }
        Ok(Self { of_row: of_row.into(), firsts: firsts.into() })
    }
}
