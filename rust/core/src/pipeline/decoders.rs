//! The decoders of a run that are not at work.

use std::sync::Mutex;

use super::locked;

/// Decoders, each with the number of the last block that it was given.
///
/// A decoder leaves out the rows of keys that it has had, since an earlier part of the input gave them: it may never be
/// given a block from before one that it has seen. Workers take blocks in the order of the input, but one that is held up
/// between its block and its decoder finds those of workers that were quicker with later blocks.
///
/// There are never more of them than blocks in flight: a new one is made only where each of the others has had, or has at
/// hand, another of those.
pub struct Decoders<T>(Mutex<Vec<(u64, T)>>);

impl<T> Default for Decoders<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Decoders<T> {
    /// A decoder that has seen only blocks from before this one, or else a new one.
    pub fn take(&self, block: u64, new: impl FnOnce() -> T) -> T {
        let mut kept = locked(&self.0);
        let fit = kept.iter().rposition(|&(last, _)| last < block).map(|place| kept.swap_remove(place).1);
        drop(kept);
        fit.unwrap_or_else(new)
    }

    /// Puts a decoder back which was given this block last.
    pub fn put_back(&self, block: u64, decoder: T) {
        locked(&self.0).push((block, decoder));
    }

    /// Drops all.
    pub fn clear(&self) {
        let kept = std::mem::take(&mut *locked(&self.0));
        drop(kept);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Decoders;

    #[test]
    fn one_that_has_seen_a_later_block_is_not_given_an_earlier_one() {
        let decoders = Decoders::default();
        decoders.put_back(3, "third");
        assert_eq!(decoders.take(2, || "new"), "new");
        assert_eq!(decoders.take(4, || "new"), "third");
        assert_eq!(decoders.take(5, || "new"), "new");
    }

    /// Blocks that may be in flight.
    const STOCK: u64 = 5;

    proptest! {
        #[test]
        fn each_sees_its_blocks_in_order_and_they_are_no_more_than_blocks(
            steps in prop::collection::vec((0_usize..5, any::<bool>()), 1..200),
        ) {
            // Any block in flight may get its decoder next, and any may be done next; blocks go back in their order.
            let decoders = Decoders::<Vec<u64>>::default();
            let (mut waiting, mut working, mut next, mut made) = (Vec::new(), Vec::new(), 0, 0);
            for (which, start) in steps {
                let oldest = working.iter().map(|&(block, _)| block).chain(waiting.iter().copied()).min().unwrap_or(next);
                waiting.extend(next..oldest + STOCK);
                next = oldest + STOCK;
                if start && which < waiting.len() {
                    let block = waiting.remove(which);
                    let mut seen = decoders.take(block, || {
                        made += 1;
                        Vec::new()
                    });
                    prop_assert!(seen.iter().all(|&earlier| earlier < block), "{:?} before {}", seen, block);
                    seen.push(block);
                    working.push((block, seen));
                } else if !start && which < working.len() {
                    let (block, seen) = working.remove(which);
                    decoders.put_back(block, seen);
                }
            }
            prop_assert!(made <= STOCK, "{} decoders", made);
        }
    }
}
