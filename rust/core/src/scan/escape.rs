//! Which bytes a run of backslashes escapes, 64 at a time, without a branch on their number.

/// Finds escaped bytes chunk after chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Escapes {
    /// The first byte of the next chunk is escaped: 1, else 0.
    carry: u64,
}

/// Bits at even places.
const EVEN: u64 = 0x5555_5555_5555_5555;

impl Escapes {
    /// For the next 64 bytes, of which `backslash` are backslashes: those behind an odd run of backslashes.
    ///
    /// A backslash that is itself escaped belongs to its run, and is not given as a rule; only bytes that are no
    /// backslash are told exactly.
    #[inline]
    pub const fn escaped(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::replace(&mut self.carry, 0);
        }
        // A backslash that is escaped starts no run.
        let backslash = backslash & !self.carry;
        let follows = backslash << 1 | self.carry;
        // Adding a run to a bit at its start carries to the bit behind it; from an odd start that is an even place
        // where the run's length is odd. Runs that start at even places are left as they are, which tells them by
        // the parity of their end.
        let odd_starts = backslash & !EVEN & !follows;
        let (sequences, overflow) = odd_starts.overflowing_add(backslash);
        self.carry = overflow as u64;
        (EVEN ^ sequences << 1) & follows
    }
}
