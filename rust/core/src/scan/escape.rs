//! Finds escaped bytes after runs of backslashes, 64 bytes at a time and branch-free.

/// Finds the escaped bytes of consecutive chunks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Escapes {
    /// 1 if the first byte of the next chunk is escaped, else 0.
    carry: u64,
}

/// Bits at even positions.
const EVEN: u64 = 0x5555_5555_5555_5555;

impl Escapes {
    /// Mask of the next 64 bytes that follow an odd run of backslashes; `backslash` is their mask of backslashes.
    ///
    /// The result is exact only for bytes that are not backslashes.
    #[inline]
    pub const fn escaped(&mut self, backslash: u64) -> u64 {
        if backslash == 0 {
            return std::mem::replace(&mut self.carry, 0);
        }
        // A backslash that is escaped starts no run.
        let backslash = backslash & !self.carry;
        let follows = backslash << 1 | self.carry;
        // Adding the start bit to a run carries to the bit after the run. For a run with an odd start, that bit is at an
        // even position if the length is odd. Runs with an even start are unchanged: the parity of their end decides.
        let odd_starts = backslash & !EVEN & !follows;
        let (sequences, overflow) = odd_starts.overflowing_add(backslash);
        self.carry = overflow as u64;
        (EVEN ^ sequences << 1) & follows
    }
}
