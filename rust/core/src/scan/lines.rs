//! Counts line ends.
#![allow(clippy::inline_always, reason = "instructions of a kernel are used only within what was compiled for them")]

use super::{Kernel, KernelTask, Simd, WINDOW, scalar};

/// Number of line ends in `bytes`. A CR LF counts once; `next` is the byte after `bytes`.
///
/// ```
/// assert_eq!(crowdarrow_core::scan::line_ends(b"a\r\nb\rc\n", None), 3);
/// assert_eq!(crowdarrow_core::scan::line_ends(b"a\r", Some(b'\n')), 0);
/// ```
#[must_use]
pub fn line_ends(bytes: &[u8], next: Option<u8>) -> u64 {
    let (windows, rest) = bytes.as_chunks::<WINDOW>();
    let (mut count, mut after_return) = (0, false);
    for part in windows.chunks(PART) {
        // Most texts have no CR, and then the LFs are counted without finding each.
        let (ends, ends_with_return) = match Kernel::best().run(Feeds(part)) {
            Some(feeds) => (feeds - u64::from(after_return && part[0][0] == b'\n'), false),
            None => Kernel::best().run(Count { windows: part, after_return }),
        };
        count += ends;
        after_return = ends_with_return;
    }
    // The rest starts with the LF of a CR that was counted.
    let counted = u64::from(after_return && rest.first().copied().or(next) == Some(b'\n'));
    let of_rest = if rest.is_empty() { 0 } else { scalar::line_ends(rest, next) };
    count + of_rest - counted
}

/// Number of windows whose LFs are counted in one byte for each place.
const PART: usize = 255;

/// Counts the LFs of windows; none if there is a CR.
struct Feeds<'a>(&'a [[u8; WINDOW]]);

impl KernelTask for Feeds<'_> {
    type Output = Option<u64>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Option<u64> {
        let (mut feeds, mut returns) = ([0_u8; WINDOW], [0_u8; WINDOW]);
        for window in self.0 {
            for ((&byte, feeds), returns) in window.iter().zip(&mut feeds).zip(&mut returns) {
                *feeds += u8::from(byte == b'\n');
                *returns |= u8::from(byte == b'\r');
            }
        }
        (returns == [0; WINDOW]).then(|| feeds.iter().map(|&feeds| u64::from(feeds)).sum())
    }
}

/// Counts the line ends of windows, a CR at their end as one; also gives whether there is one.
struct Count<'a> {
    windows: &'a [[u8; WINDOW]],
    /// Whether a CR is before them.
    after_return: bool,
}

impl KernelTask for Count<'_> {
    type Output = (u64, bool);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (u64, bool) {
        let (mut count, mut after_return) = (0_u64, u32::from(self.after_return));
        for window in self.windows {
            let feeds = simd.equal(window, &[b'\n'; WINDOW]);
            let returns = simd.equal(window, &[b'\r'; WINDOW]);
            // Most windows have none.
            if feeds | returns | after_return == 0 {
                continue;
            }
            // An LF after a CR belongs to it.
            count += u64::from(returns.count_ones() + (feeds & !(returns << 1 | after_return)).count_ones());
            after_return = returns >> (WINDOW - 1);
        }
        (count, after_return == 1)
    }
}
