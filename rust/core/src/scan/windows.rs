//! Windows of 32 bytes at any position of a text, with masks of string ends and digits.
#![allow(
    unsafe_code,
    clippy::inline_always,
    reason = "bounds-checked loads, each with a SAFETY comment; a kernel's instructions must be inlined into the \
              function compiled for them"
)]

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use super::string::{digits_of_16, equal_of_16, stops_of_16};
use super::{Kernel, prefix_xor, scalar};

/// Number of bytes per window, one per bit of a mask.
pub const WINDOW: usize = u32::BITS as usize;

/// The operations of a kernel on a window. In a mask, the lowest bit is the first byte.
pub trait Simd: Copy {
    /// Mask of bytes that end plain string content: `"`, `\` or a control character.
    fn string_stops(self, window: &[u8; WINDOW]) -> u32;

    /// Mask of digits.
    fn digits(self, window: &[u8; WINDOW]) -> u32;

    /// Mask of bytes that two windows have in common.
    fn equal(self, window: &[u8; WINDOW], other: &[u8; WINDOW]) -> u32;

    /// Runs a computation with this kernel in a function of its own: what calls itself cannot be inlined.
    fn call<T: KernelTask>(self, task: T) -> T::Output;

    /// See [`prefix_xor`].
    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        prefix_xor(mask)
    }

    /// The lowest `count` bytes of a word, with zeros for the others.
    #[inline(always)]
    fn low_bytes(self, word: u64, count: u32) -> u64 {
        if count < 8 { word & !(u64::MAX << (8 * count)) } else { word }
    }
}

/// A computation that is compiled for each kernel.
pub trait KernelTask {
    /// The result.
    type Output;

    /// Runs the computation. Implementations and everything they call must be `#[inline(always)]`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

impl Kernel {
    /// Runs a computation with this kernel.
    #[inline]
    pub fn run<T: KernelTask>(self, task: T) -> T::Output {
        match self {
            Self::Scalar => task.run(Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => task.run(Halves),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::Avx512 => super::x86::run_avx2(task),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => task.run(Halves),
        }
    }
}

/// Byte by byte: the reference for the other kernels.
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

    #[inline(always)]
    fn equal(self, window: &[u8; WINDOW], other: &[u8; WINDOW]) -> u32 {
        scalar::equal(window, other)
    }

    #[inline(never)]
    fn call<T: KernelTask>(self, task: T) -> T::Output {
        task.run(self)
    }
}

/// 16 bytes at a time, with the target's baseline instructions.
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

    #[inline(always)]
    fn equal(self, window: &[u8; WINDOW], other: &[u8; WINDOW]) -> u32 {
        equal_of_16(window, other, 0) | equal_of_16(window, other, 16) << 16
    }

    #[inline(never)]
    fn call<T: KernelTask>(self, task: T) -> T::Output {
        task.run(self)
    }
}

/// A text of at least one window, and the kernel to read it with.
pub struct Windows<'a, S> {
    text: &'a [u8],
    /// Position of the last complete window: `last + WINDOW == text.len()`.
    last: usize,
    simd: S,
}

impl<'a, S: Simd> Windows<'a, S> {
    /// `None` if the text is shorter than a window.
    #[inline(always)]
    pub fn new(text: &'a [u8], simd: S) -> Option<Self> {
        Some(Self { text, last: text.len().checked_sub(WINDOW)?, simd })
    }

    /// The window at `at`, or `None` if the text ends within it.
    #[inline(always)]
    pub fn at(&self, at: usize) -> Option<Window<'a, S>> {
        if at > self.last { None } else { Some(self.window(at)) }
    }

    /// The kernel.
    #[inline(always)]
    pub const fn simd(&self) -> S {
        self.simd
    }

    /// [`Window::string_stops`] of the bytes from `at` on; 0 after the end of the text.
    #[inline(always)]
    pub fn string_stops(&self, at: usize) -> u32 {
        match self.at(at) {
            Some(window) => window.string_stops(),
            None => self.window(at).string_stops().unbounded_shr(self.past_last(at)),
        }
    }

    /// [`Window::digits`] of the bytes from `at` on; 0 after the end of the text.
    #[inline(always)]
    pub fn digits(&self, at: usize) -> u32 {
        match self.at(at) {
            Some(window) => window.digits(),
            None => self.window(at).digits().unbounded_shr(self.past_last(at)),
        }
    }

    /// The window at `at`, or the last one if the text ends within it.
    #[inline(always)]
    fn window(&self, at: usize) -> Window<'a, S> {
        // SAFETY: there is a complete window at `last` and at every position before it.
        let bytes = unsafe { &*self.text.as_ptr().add(at.min(self.last)).cast::<[u8; WINDOW]>() };
        Window { bytes, simd: self.simd }
    }

    /// Distance of a position from the start of the last window.
    #[inline(always)]
    fn past_last(&self, at: usize) -> u32 {
        u32::try_from(at - self.last).unwrap_or(u32::MAX)
    }
}

/// 32 bytes of a text, and the kernel to read them with.
#[derive(Clone, Copy)]
pub struct Window<'a, S> {
    bytes: &'a [u8; WINDOW],
    simd: S,
}

impl<S: Simd> Window<'_, S> {
    /// Mask of bytes that end plain string content.
    #[inline(always)]
    pub fn string_stops(self) -> u32 {
        self.simd.string_stops(self.bytes)
    }

    /// Mask of digits.
    #[inline(always)]
    pub fn digits(self) -> u32 {
        self.simd.digits(self.bytes)
    }

    /// Mask of bytes that it has in common with another window.
    #[inline(always)]
    pub fn equal(self, other: &[u8; WINDOW]) -> u32 {
        self.simd.equal(self.bytes, other)
    }

    /// The byte at `index` modulo [`WINDOW`].
    #[inline(always)]
    pub const fn byte(self, index: u32) -> u8 {
        self.bytes[index as usize % WINDOW]
    }

    /// Eight bytes, the first one lowest.
    #[inline(always)]
    pub fn word<const AT: usize>(self) -> u64 {
        self.bytes[AT..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    /// [`ends`](super::ends) of the first `length` bytes, modulo [`WINDOW`].
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
