//! SIMD kernels for CSV and JSON: masks of structural bytes, ends of strings and numbers, quote unescaping and UTF-8
//! validation.
//!
//! Every kernel has a scalar implementation in [`scalar`], and tests compare each variant with it on random bytes. The
//! variant of the masks and windows is selected once at run time ([`Kernel`]); other kernels use the target's baseline
//! instructions (SSE2 or NEON).
//!
//! ```
//! use crowdarrow_core::scan::{Kernel, prefix_xor};
//!
//! let mut masks = Vec::new();
//! Kernel::best().classify(b"1,\"a,b\"\n", &mut masks);
//! // The comma inside quotes is not a field end.
//! let ends = masks[0].separator & !prefix_xor(masks[0].quote);
//! assert_eq!(ends, 0b1000_0010);
//! ```

#[cfg(target_arch = "x86_64")]
mod avx512;
mod collapse;
mod escape;
mod lines;
mod scalar;
mod string;
mod text;
mod windows;

#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "aarch64")]
mod neon;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub use collapse::collapse_quotes;
pub use escape::Escapes;
pub use lines::line_ends;
pub use scalar::ends;
pub use string::{digits_end, string_stop};
pub use text::string_array;
pub use windows::{KernelTask, Simd, WINDOW, Window, Windows};

/// Number of bytes per [`Masks`] or [`JsonMasks`].
pub const CHUNK: usize = 64;

/// Bit masks of 64 bytes of CSV; the lowest bit is the first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// The byte is `"`.
    pub quote: u64,
    /// The byte is the separator of fields, `\n` or `\r`.
    pub separator: u64,
}

/// Bit masks of 64 bytes of JSON; the lowest bit is the first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonMasks {
    /// The byte is `"`.
    pub quote: u64,
    /// The byte is `\`.
    pub backslash: u64,
    /// The byte is `{` or `[`.
    pub open: u64,
    /// The byte is `}` or `]`.
    pub close: u64,
    /// The byte has the bit in which a brace differs from a square bracket.
    pub brace: u64,
    /// The byte is `\n` or `\r`.
    pub line_end: u64,
}

/// An instruction set to compute [`Masks`], [`JsonMasks`] and [`Windows`] with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Byte by byte: the reference for the other kernels.
    Scalar,
    /// 16 bytes at a time, on every x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// 32 bytes at a time, with BMI, POPCNT and PCLMULQDQ instructions.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Masks 64 bytes at a time with AVX-512; else as [`Self::Avx2`].
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 16 bytes at a time, on every aarch64.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// The kernels that this machine supports, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut kernels = vec![Self::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            kernels.push(Self::Sse2);
            if x86::has_avx2() {
                kernels.push(Self::Avx2);
            }
            if avx512::has_avx512() {
                kernels.push(Self::Avx512);
            }
        }
        #[cfg(target_arch = "aarch64")]
        kernels.push(Self::Neon);
        kernels
    }

    /// The fastest kernel of this machine.
    pub fn best() -> Self {
        static BEST: OnceLock<Kernel> = OnceLock::new();
        *BEST.get_or_init(|| Self::available().pop().unwrap_or(Self::Scalar))
    }

    /// Replaces `masks` with one entry per 64 bytes of `bytes`; the last chunk is padded with zeros.
    pub fn classify(self, bytes: &[u8], masks: &mut Vec<Masks>) {
        self.classify_separated(bytes, b',', masks);
    }

    /// [`classify`](Self::classify) for fields with another separator, which is not NUL.
    pub fn classify_separated(self, bytes: &[u8], separator: u8, masks: &mut Vec<Masks>) {
        masks.clear();
        masks.reserve(bytes.len().div_ceil(CHUNK));
        let (chunks, rest) = bytes.as_chunks::<CHUNK>();
        match self {
            Self::Scalar => masks.extend(chunks.iter().map(|chunk| scalar::classify(chunk, separator))),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => masks.extend(chunks.iter().map(|chunk| x86::classify_sse2(chunk, separator))),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::classify_avx2(chunks, separator, masks),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::classify(chunks, separator, masks),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => masks.extend(chunks.iter().map(|chunk| neon::classify(chunk, separator))),
        }
        if !rest.is_empty() {
            let mut padded = [0u8; CHUNK];
            padded[..rest.len()].copy_from_slice(rest);
            masks.push(scalar::classify(&padded, separator));
        }
    }

    /// Replaces `masks` with one entry per 64 bytes of `bytes`; the last chunk is padded with zeros.
    pub fn classify_json(self, bytes: &[u8], masks: &mut Vec<JsonMasks>) {
        masks.clear();
        masks.reserve(bytes.len().div_ceil(CHUNK));
        let (chunks, rest) = bytes.as_chunks::<CHUNK>();
        match self {
            Self::Scalar => masks.extend(chunks.iter().map(scalar::classify_json)),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => masks.extend(chunks.iter().map(x86::classify_json_sse2)),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::classify_json_avx2(chunks, masks),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::classify_json(chunks, masks),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => masks.extend(chunks.iter().map(neon::classify_json)),
        }
        if !rest.is_empty() {
            let mut padded = [0u8; CHUNK];
            padded[..rest.len()].copy_from_slice(rest);
            masks.push(scalar::classify_json(&padded));
        }
    }
}

/// Prefix XOR: bit `i` of the result is set if bits 0 to `i` of `mask` have odd parity.
#[inline]
#[must_use]
pub const fn prefix_xor(mut mask: u64) -> u64 {
    mask ^= mask << 1;
    mask ^= mask << 2;
    mask ^= mask << 4;
    mask ^= mask << 8;
    mask ^= mask << 16;
    mask ^= mask << 32;
    mask
}
