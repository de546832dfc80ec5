//! The record ids of several sources: which records an earlier source has as well.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use roaring::RoaringTreemap;

/// The ids of all records that were read, for one or several runs over the sources of one kind.
///
/// The ids of the current source are kept separately, since an id that occurs twice within a source is not a duplicate.
#[derive(Debug)]
pub struct RecordIds {
    drops: bool,
    earlier: RwLock<RoaringTreemap>,
    current: Mutex<RoaringTreemap>,
    /// All ids in the order of the input, if they are listed.
    listed: Option<Mutex<Vec<i64>>>,
}

/// The ids of all earlier sources.
pub struct EarlierIds<'a>(RwLockReadGuard<'a, RoaringTreemap>);

impl RecordIds {
    /// No ids. If `drops`, records whose id an earlier source has are dropped; else they are counted.
    #[must_use]
    pub fn new(drops: bool) -> Self {
        Self { drops, earlier: RwLock::default(), current: Mutex::default(), listed: None }
    }

    /// No ids. They are only listed, for another process that has those of all sources.
    #[must_use]
    pub fn listing() -> Self {
        Self { listed: Some(Mutex::default()), ..Self::new(false) }
    }

    /// The ids of the records that became rows, in their order, if they are listed; they are forgotten.
    pub fn take_listed(&self) -> Vec<i64> {
        let list =
            |listed: &Mutex<Vec<i64>>| std::mem::take(&mut *listed.lock().unwrap_or_else(PoisonError::into_inner));
        self.listed.as_ref().map(list).unwrap_or_default()
    }

    /// Whether records whose id an earlier source has are dropped.
    #[must_use]
    pub const fn drops(&self) -> bool {
        self.drops
    }

    /// Starts the next source: all ids so far are those of earlier sources.
    pub fn next_source(&self) {
        let current = std::mem::take(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner));
        *self.earlier.write().unwrap_or_else(PoisonError::into_inner) |= current;
    }

    /// The ids of earlier sources.
    pub fn earlier(&self) -> EarlierIds<'_> {
        EarlierIds(self.earlier.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds ids of the current source; returns how many of them an earlier source has.
    pub fn add(&self, ids: &[i64]) -> u64 {
        if let Some(listed) = &self.listed {
            listed.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
            return 0;
        }
        self.current.lock().unwrap_or_else(PoisonError::into_inner).extend(ids.iter().copied().map(i64::cast_unsigned));
        let earlier = self.earlier();
        ids.iter().map(|&id| u64::from(earlier.contains(id))).sum()
    }
}

impl EarlierIds<'_> {
    /// Whether an earlier source has a record with this id.
    #[must_use]
    pub fn contains(&self, id: i64) -> bool {
        self.0.contains(id.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_sign_and_size_are_found_in_later_sources_only() {
        let ids = RecordIds::new(false);
        let own = [i64::MIN, -1, 0, 7, 7, 1 << 40, i64::MAX];
        assert_eq!(ids.add(&own), 0, "an id that occurs twice within a source is not a duplicate");
        ids.next_source();
        assert_eq!(ids.add(&own), 7);
        assert_eq!(ids.add(&[-2, 1, 8, 1 << 41]), 0);
        assert!(own.iter().all(|&id| ids.earlier().contains(id)));
    }

    #[test]
    fn listed_ids_are_neither_counted_nor_reordered() {
        let ids = RecordIds::listing();
        assert_eq!((ids.add(&[7, -1]), ids.add(&[7])), (0, 0));
        ids.next_source();
        assert_eq!(ids.add(&[7]), 0);
        assert_eq!(ids.take_listed(), [7, -1, 7, 7]);
        assert!(ids.take_listed().is_empty());
    }
}
