//! Tokens of JSON text, found with masks of 32 bytes.
#![allow(clippy::inline_always, reason = "instructions of a kernel are used only within what was compiled for them")]

use super::number::eight_digits;
use crate::scan::{Simd, WINDOW, Window, Windows, digits_end};

/// The integer at the start of a window, if it has at most eight digits and no fraction or exponent; whether it is negative,
/// its digits as a number, and its length.
#[inline(always)]
pub fn short_integer<S: Simd>(window: Window<'_, S>) -> Option<(bool, u32, usize)> {
    let negative = window.byte(0) == b'-';
    let digits = window.digits() >> u32::from(negative);
    let count = digits.trailing_ones();
    let first = u32::from(negative);
    let next = window.byte(first + count);
    let is_short = (1..=8).contains(&count) && next != b'.' && next | 0x20 != b'e';
    if !is_short || count > 1 && window.byte(first) == b'0' {
        return None;
    }
    let word = if negative { window.word::<1>() } else { window.word::<0>() };
    Some((negative, eight_digits(word, count), (first + count) as usize))
}

/// A text of at least one window.
pub struct Tokens<'a, S> {
    text: &'a [u8],
    windows: Windows<'a, S>,
}

impl<'a, S: Simd> Tokens<'a, S> {
    /// None for a shorter text.
    #[inline(always)]
    pub fn new(text: &'a [u8], simd: S) -> Option<Self> {
        Some(Self { text, windows: Windows::new(text, simd)? })
    }

    /// The text.
    #[inline(always)]
    pub const fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The kernel.
    #[inline(always)]
    pub const fn simd(&self) -> S {
        self.windows.simd()
    }

    /// The window at `at`, or `None` if the text ends within it.
    #[inline(always)]
    pub fn window(&self, at: usize) -> Option<Window<'a, S>> {
        self.windows.at(at)
    }

    /// The first quote, backslash or control character from `start` on.
    #[inline(always)]
    pub fn string_stop(&self, start: usize) -> Option<usize> {
        let mut at = start;
        let mut stops = self.windows.string_stops(at);
        while stops == 0 {
            at += WINDOW;
            if at >= self.text.len() {
                return None;
            }
            stops = self.windows.string_stops(at);
        }
        Some(at + stops.trailing_zeros() as usize)
    }

    /// The end of the number that starts with `byte` at `start`, or of the part of it inside the window; the byte that
    /// follows such a part cannot end a number.
    #[inline(always)]
    pub fn number_end(&self, start: usize, byte: u8) -> Option<usize> {
        let text = self.text;
        let (first, lead) = if byte == b'-' { (start + 1, *text.get(start + 1)?) } else { (start, byte) };
        // Beyond the window, digits are unknown.
        let others = !u64::from(self.windows.digits(first));
        let whole = others.trailing_zeros();
        if whole == 0 || lead == b'0' && whole > 1 {
            return None;
        }
        let mut end = first + whole as usize;
        if text.get(end) == Some(&b'.') {
            let fraction = (others & (others - 1)).trailing_zeros();
            if fraction == whole + 1 {
                return None;
            }
            end = first + fraction as usize;
        }
        if let Some(b'e' | b'E') = text.get(end) {
            end = exponent_end(text, end + 1)?;
        }
        Some(end)
    }

    /// The end of `word`, if it is at `at`.
    #[inline(always)]
    pub fn word_end(&self, at: usize, word: &[u8]) -> Option<usize> {
        let end = at + word.len();
        (self.text.get(at..end)? == word).then_some(end)
    }
}

/// The end of an exponent, from after its letter.
#[inline(never)]
fn exponent_end(text: &[u8], at: usize) -> Option<usize> {
    let digits = at + usize::from(matches!(text.get(at), Some(b'+' | b'-')));
    let end = digits_end(text, digits);
    (end > digits).then_some(end)
}
