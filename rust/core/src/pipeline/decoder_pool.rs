//! The idle decoders of a run.

use std::sync::Mutex;

use super::locked;

/// Idle decoders, each with the number of the last block it decoded.
///
/// A decoder drops rows whose deduplication key it has seen, because an earlier block has them. So it must decode blocks in
/// input order. Workers take blocks in input order, but a worker that is delayed between taking a block and taking a
/// decoder may find decoders that have decoded later blocks.
///
/// There are at most as many decoders as blocks in flight: a decoder is created only if every other one has decoded, or is
/// decoding, another of those blocks.
pub struct DecoderPool<T>(Mutex<Vec<(u64, T)>>);

impl<T> Default for DecoderPool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> DecoderPool<T> {
    /// Takes a decoder that has decoded only earlier blocks and parts of this one, or creates one.
    pub fn take(&self, block: u64, new: impl FnOnce() -> T) -> T {
        let mut kept = locked(&self.0);
        let fit = kept.iter().rposition(|&(last, _)| last <= block).map(|index| kept.swap_remove(index).1);
        drop(kept);
        fit.unwrap_or_else(new)
    }

    /// Returns a decoder whose last block is `block`.
    pub fn put_back(&self, block: u64, decoder: T) {
        locked(&self.0).push((block, decoder));
    }

    /// Drops all idle decoders.
    pub fn clear(&self) {
        let kept = std::mem::take(&mut *locked(&self.0));
        drop(kept);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::DecoderPool;

    #[test]
    fn a_decoder_is_never_used_for_an_earlier_block() {
        let decoders = DecoderPool::default();
        decoders.put_back(3, "third");
        assert_eq!(decoders.take(2, || "new"), "new");
        assert_eq!(decoders.take(4, || "new"), "third");
        assert_eq!(decoders.take(5, || "new"), "new");
    }

    /// Maximum number of blocks in flight.
    const IN_FLIGHT: u64 = 5;

    proptest! {
        #[test]
        fn decoders_see_blocks_in_order_and_are_at_most_as_many_as_blocks(
            steps in prop::collection::vec((0_usize..5, any::<bool>()), 1..200),
        ) {
            // Blocks in flight take and return decoders in any order; blocks return to the pool in order.
            let decoders = DecoderPool::<Vec<u64>>::default();
            let (mut waiting, mut working, mut next, mut made) = (Vec::new(), Vec::new(), 0, 0);
            for (which, start) in steps {
                let oldest = working.iter().map(|&(block, _)| block).chain(waiting.iter().copied()).min().unwrap_or(next);
                waiting.extend(next..oldest + IN_FLIGHT);
                next = oldest + IN_FLIGHT;
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
            prop_assert!(made <= IN_FLIGHT, "{} decoders", made);
        }
    }
}
