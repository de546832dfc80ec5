//! SIMD kernels: where the quotes, separators and line ends are, where JSON's structure is, where a JSON string stops
//! and digits end, `""` made `"`, and texts checked to be UTF-8.
//!
//! Every kernel has a scalar twin in [`scalar`]; tests hold each variant against it on random bytes. The variant of the
//! masks and windows is chosen once at run time ([`Kernel`]); the others use what the target always has (SSE2, NEON).

mod collapse;
mod escape;
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
pub use scalar::ends;
pub use string::{digits_end, string_stop};
pub use text::string_array;
pub use windows::{Simd, Task, WINDOW, Windows};

/// Bytes that one [`Masks`] describes.
pub const CHUNK: usize = 64;

/// For 64 bytes, one bit a byte, the first byte in the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// The byte is `"`.
    pub quote: u64,
    /// The byte is `,`, `\n` or `\r`.
    pub separator: u64,
}

/// For 64 bytes of JSON, one bit a byte, the first byte in the lowest bit.
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
    /// The byte has the bit that tells a brace from a square bracket.
    pub brace: u64,
    /// The byte is `\n` or `\r`.
    pub line_end: u64,
}

/// A way to compute [`Masks`] and [`JsonMasks`], and to look at [`Windows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Byte by byte; the twin that defines what the others must give.
    Scalar,
    /// 16 bytes at a time, on every x86-64.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// 32 bytes at a time, with the instructions on bits that came with them.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 16 bytes at a time, on every aarch64.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Kernel {
    /// The kernels this machine can run, best last.
    pub fn available() -> Vec<Self> {
        let mut kernels = vec![Self::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            kernels.push(Self::Sse2);
            if x86::has_avx2() {
                kernels.push(Self::Avx2);
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

    /// Replaces `masks` with one entry for every 64 bytes of `bytes`; a last short chunk is padded with zeros.
    pub fn classify(self, bytes: &[u8], masks: &mut Vec<Masks>) {
        masks.clear();
        masks.reserve(bytes.len().div_ceil(CHUNK));
        let (chunks, rest) = bytes.as_chunks::<CHUNK>();
        match self {
            Self::Scalar => masks.extend(chunks.iter().map(scalar::classify)),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => masks.extend(chunks.iter().map(x86::classify_sse2)),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::classify_avx2(chunks, masks),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => masks.extend(chunks.iter().map(neon::classify)),
        }
        if !rest.is_empty() {
            let mut padded = [0u8; CHUNK];
            padded[..rest.len()].copy_from_slice(rest);
            masks.push(scalar::classify(&padded));
        }
    }

    /// Replaces `masks` with one entry for every 64 bytes of `bytes`; a last short chunk is padded with zeros.
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

/// Bit `i` of the result is the exclusive or of the bits 0 to `i` of `mask`: 1 after an odd number of set bits.
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
