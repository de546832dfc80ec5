//! The check of quotes that [`super::splitter`] describes, over masks.
#![allow(clippy::inline_always, reason = "instructions of a kernel are used only within what was compiled for them")]

use crate::scan::{Kernel, KernelTask, Masks, Simd};

/// What the check knows of the bytes before; at first, of those before a record.
pub struct Quotes {
    /// All ones while inside quotes.
    inside: u64,
    /// 1 if the previous byte is a separator or quote.
    after_boundary: u64,
    /// 1 if it is a quote that closed a field.
    after_close: u64,
}

impl Default for Quotes {
    fn default() -> Self {
        Self { inside: 0, after_boundary: 1, after_close: 0 }
    }
}

impl Quotes {
    /// Leaves those separators that end a field; stops at the first quote that fails, whose chunk it gives. That chunk then has
    /// the separators before the quote.
    #[inline]
    pub fn check(&mut self, kernel: Kernel, masks: &mut [Masks]) -> Option<usize> {
        kernel.run(Check { quotes: self, masks })
    }
}

struct Check<'a> {
    quotes: &'a mut Quotes,
    masks: &'a mut [Masks],
}

impl KernelTask for Check<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<usize> {
        let Quotes { mut inside, mut after_boundary, mut after_close } = *self.quotes;
        for (chunk, masks) in self.masks.iter_mut().enumerate() {
            let Masks { quote, separator } = *masks;
            let parity = simd.prefix_xor(quote) ^ inside;
            let boundary = quote | separator;
            let (open, close) = (quote & parity, quote & !parity);
            masks.separator = separator & !parity;
            // The byte after bit 63 is checked with the next chunk.
            let misplaced = open & !(boundary << 1 | after_boundary) | close & !(boundary >> 1 | 1 << 63);
            let text_after_close = after_close & !boundary;
            if misplaced | text_after_close != 0 {
                let before = if text_after_close == 0 { (misplaced & misplaced.wrapping_neg()) - 1 } else { 0 };
                masks.separator &= before;
                return Some(chunk);
            }
            (inside, after_boundary, after_close) = (0_u64.wrapping_sub(parity >> 63), boundary >> 63, close >> 63);
        }
        *self.quotes = Quotes { inside, after_boundary, after_close };
        None
    }
}
