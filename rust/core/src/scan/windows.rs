//! Windows of 32 bytes at any place of a text: which of their bytes end a string, which are digits.
#![allow(
    unsafe_code,
    clippy::inline_always,
    reason = "loads whose bounds were checked, each with the reason why it is sound; instructions of a kernel are used \
              only within what was compiled for them"
)]

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use super::string::{digits_of_16, stops_of_16};
use super::{Kernel, scalar};

/// Bytes that one window holds, a bit of a mask each.
pub const WINDOW: usize = u32::BITS as usize;

/// What a kernel tells of a window: for each byte one bit, the first byte in the lowest bit.
pub trait Simd: Copy {
    /// The byte ends plain string content: `"`, `\` or a control character.
    fn string_stops(self, window: &[u8; WINDOW]) -> u32;

    /// The byte is a digit.
    fn digits(self, window: &[u8; WINDOW]) -> u32;

    /// Not of a window: the lowest bytes of a word, fewer than [`WINDOW`], and zeros for the others.
    #[inline(always)]
    fn low_bytes(self, word: u64, count: u32) -> u64 {
        if count < 8 { word & !(u64::MAX << (8 * count)) } else { word }
    }
}

/// What is to be done with a kernel; compiled for each.
pub trait Task {
    /// What it gives.
    type Output;

    /// Does it. To be inlined always, with all that it calls.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

impl Kernel {
    /// Does a task with this kernel.
    #[inline]
    pub fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            Self::Scalar => task.run(Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => task.run(Halves),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => super::x86::run_avx2(task),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => task.run(Halves),
        }
    }
}

/// Byte by byte; the twin that defines what the others must give.
#[derive(Clone, Copy)]
struct Scalar;

impl Simd for Scalar {
    #[inline(always)]
    fn string_stops(self, window: &[u8; WINDOW]) -> u32 {
        scalar::mask_of(window, scalar::stops_string)
    }

    #[inline(always)]
    fn digits(self, window: &[u8; WINDOW]) -> u32 {
        scalar::mask_of(window, |byte| byte.is_ascii_digit())
    }
}

/// 16 bytes at a time, by what the target always has.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[derive(Clone, Copy)]
struct Halves;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Simd for Halves {
    #[inline(always)]
    fn string_stops(self, window: &[u8; WINDOW]) -> u32 {
        stops_of_16(window, 0) | stops_of_16(window, 16) << 16
    }

    #[inline(always)]
    fn digits(self, window: &[u8; WINDOW]) -> u32 {
        digits_of_16(window, 0) | digits_of_16(window, 16) << 16
    }
}

/// A text of one window at least, and the kernel that looks at it.
pub struct Windows<'a, S> {
    text: &'a [u8],
    /// Where the last whole window begins: `last + WINDOW == text.len()`.
    last: usize,
    simd: S,
}

impl<'a, S: Simd> Windows<'a, S> {
    /// None where the text is shorter than a window.
    #[inline(always)]
    pub fn new(text: &'a [u8], simd: S) -> Option<Self> {
        Some(Self { text, last: text.len().checked_sub(WINDOW)?, simd })
    }

    /// The window that begins at `at`; none where the text ends before the window.
    #[inline(always)]
    pub fn at(&self, at: usize) -> Option<Window<'a, S>> {
        if at > self.last { None } else { Some(self.window(at)) }
    }

    /// [`Window::string_stops`] of the bytes from `at` on; 0 behind the text's end.
    #[inline(always)]
    pub fn string_stops(&self, at: usize) -> u32 {
        match self.at(at) {
            Some(window) => window.string_stops(),
            None => self.window(at).string_stops().unbounded_shr(self.behind(at)),
        }
    }

    /// [`Window::digits`] of the bytes from `at` on; 0 behind the text's end.
    #[inline(always)]
    pub fn digits(&self, at: usize) -> u32 {
        match self.at(at) {
            Some(window) => window.digits(),
            None => self.window(at).digits().unbounded_shr(self.behind(at)),
        }
    }

    /// The window that begins at `at`, or the last one where the text ends before.
    #[inline(always)]
    fn window(&self, at: usize) -> Window<'a, S> {
        // SAFETY: a whole window begins at `last`, and at each place before.
        let bytes = unsafe { &*self.text.as_ptr().add(at.min(self.last)).cast::<[u8; WINDOW]>() };
        Window { bytes, simd: self.simd }
    }

    /// How far a place is behind the last window's start.
    #[inline(always)]
    fn behind(&self, at: usize) -> u32 {
        u32::try_from(at - self.last).unwrap_or(u32::MAX)
    }
}

/// 32 bytes of a text, and the kernel that looks at them.
#[derive(Clone, Copy)]
pub struct Window<'a, S> {
    bytes: &'a [u8; WINDOW],
    simd: S,
}

impl<S: Simd> Window<'_, S> {
    /// One bit for each byte that ends plain string content, the first byte in the lowest bit.
    #[inline(always)]
    pub fn string_stops(self) -> u32 {
        self.simd.string_stops(self.bytes)
    }

    /// One bit for each digit, the first byte in the lowest bit.
    #[inline(always)]
    pub fn digits(self) -> u32 {
        self.simd.digits(self.bytes)
    }

    /// The byte at a place, counted on from the first again behind the last.
    #[inline(always)]
    pub const fn byte(self, place: u32) -> u8 {
        self.bytes[place as usize % WINDOW]
    }

    /// What [`ends`](super::ends) tells of the first bytes, whose number is taken as in [`Self::byte`].
    #[inline(always)]
    pub fn ends(self, length: u32) -> (u64, u64) {
        let length = length % u32::BITS;
        // SAFETY: the eight bytes that end at 8 or at `length`, which is less than 32, are within the window.
        let (first, last) = unsafe {
            let first = self.bytes.as_ptr();
            (first.cast::<u64>().read_unaligned(), first.add(length.max(8) as usize - 8).cast::<u64>().read_unaligned())
        };
        (self.simd.low_bytes(u64::from_le(first), length), self.simd.low_bytes(u64::from_le(last), length))
    }
}
