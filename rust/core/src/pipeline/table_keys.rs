//! What a run knows of the deduplication keys of a table, so that runs over parts of an input can be put together.

use std::collections::HashMap;

use crate::plan::{Key, Once};

/// The deduplication keys of one table in one run.
#[derive(Clone, Debug, Default)]
pub struct TableKeys {
    /// The groups of rows that were kept, in their order.
    pub kept: Vec<Once>,
    /// Number of elements of each key and hash of their content, kept or not.
    pub counts: HashMap<(Key, u64), u64>,
}

impl TableKeys {
    /// Adds an element whose rows are kept, or dropped because its key was seen before.
    pub fn add(&mut self, once: &Once, is_kept: bool) {
        if is_kept {
            self.kept.push(*once);
        }
        if let Some(key) = once.key {
            *self.counts.entry((key, once.content)).or_default() += 1;
        }
    }
}
