//! Unescapes the content of a quoted CSV field.
#![allow(unsafe_code, clippy::cast_ptr_alignment, reason = "SIMD loads and stores; each block has a SAFETY comment")]

use super::scalar;
#[cfg(target_arch = "x86_64")]
use super::{CHUNK, Kernel};

/// Appends `source`, the content of a quoted field, to `target` and replaces each doubled quote by one.
///
/// ```
/// let mut text = Vec::new();
/// crowdarrow_core::scan::collapse_quotes(br#"{""a"":1}"#, &mut text);
/// assert_eq!(text, br#"{"a":1}"#);
/// ```
#[inline]
pub fn collapse_quotes(source: &[u8], target: &mut Vec<u8>) {
    #[cfg(target_arch = "x86_64")]
    if Kernel::best() == Kernel::Avx512 {
        // SAFETY: this kernel is available only if its features were detected.
        return unsafe { super::avx512::collapse_quotes(source, target) };
    }
    collapse_without_avx512(source, target);
}

/// The same with other instructions.
#[inline]
pub(super) fn collapse_without_avx512(source: &[u8], target: &mut Vec<u8>) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt") {
        let (chunks, rest) = source.as_chunks::<CHUNK>();
        // SAFETY: AVX2 and POPCNT were detected just above (cached flags).
        let odd = unsafe { x86::collapse_avx2(chunks, false, target) };
        if !rest.is_empty() {
            // A chunk that ends with zeros, which are all kept.
            let mut last = [0; CHUNK];
            last[..rest.len()].copy_from_slice(rest);
            // SAFETY: as above.
            unsafe { x86::collapse_avx2(&[last], odd, target) };
            target.truncate(target.len() + rest.len() - CHUNK);
        }
        return;
    }
    scalar::collapse_quotes(source, target);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadl_epi64, _mm_shuffle_epi8, _mm_storel_epi64, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_storeu_si256,
    };

    use super::super::{CHUNK, prefix_xor};

    /// For each mask of bytes to drop from eight, the shuffle that moves the other bytes to the front.
    static KEEP: [[u8; 8]; 256] = keep_table();

    const fn keep_table() -> [[u8; 8]; 256] {
        let mut table = [[0x80; 8]; 256];
        let mut out = 0;
        while out < 256 {
            let (mut from, mut to) = (0u8, 0);
            while from < 8 {
                if out >> from & 1 == 0 {
                    table[out][to] = from;
                    to += 1;
                }
                from += 1;
            }
            out += 1;
        }
        table
    }

    /// Collapses chunks after an odd number of quotes or not; returns whether the number is odd after them.
    ///
    /// Every eight bytes are moved by one shuffle from a table, without branches on the quotes.
    #[target_feature(enable = "avx2,popcnt")]
    pub fn collapse_avx2(chunks: &[[u8; CHUNK]], odd: bool, target: &mut Vec<u8>) -> bool {
        // A store never writes beyond the position of its source bytes, except for the last eight bytes.
        target.reserve(chunks.len() * CHUNK + 8);
        let mut written = target.len();
        let quote = _mm256_set1_epi8(b'"'.cast_signed());
        // All ones after an odd number of quotes.
        let mut odd = 0u64.wrapping_sub(u64::from(odd));
        for chunk in chunks {
            // SAFETY: a chunk has 64 bytes; `written` has grown by at most the bytes read, so 64 more from there end
            // within the bytes that were reserved. No access needs alignment.
            let (quotes, low, high) = unsafe {
                let low = _mm256_loadu_si256(chunk.as_ptr().cast::<__m256i>());
                let high = _mm256_loadu_si256(chunk.as_ptr().add(32).cast::<__m256i>());
                let low_quotes = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, quote)).cast_unsigned();
                let high_quotes = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, quote)).cast_unsigned();
                (u64::from(low_quotes) | u64::from(high_quotes) << 32, low, high)
            };
            if quotes == 0 {
                // SAFETY: as above.
                unsafe {
                    let at = target.as_mut_ptr().add(written);
                    _mm256_storeu_si256(at.cast::<__m256i>(), low);
                    _mm256_storeu_si256(at.add(32).cast::<__m256i>(), high);
                }
                written += CHUNK;
                continue;
            }
            let parity = prefix_xor(quotes) ^ odd;
            odd = 0u64.wrapping_sub(parity >> 63);
            let mut rest = quotes & !parity;
            for eight in 0..8 {
                let out = (rest & 0xff) as usize;
                // SAFETY: `eight * 8 + 8 <= 64`; the shuffle table has eight bytes an entry; the store as above.
                unsafe {
                    let bytes = _mm_loadl_epi64(chunk.as_ptr().add(eight * 8).cast::<__m128i>());
                    let keep = _mm_loadl_epi64(KEEP[out].as_ptr().cast::<__m128i>());
                    let at = target.as_mut_ptr().add(written).cast::<__m128i>();
                    _mm_storel_epi64(at, _mm_shuffle_epi8(bytes, keep));
                }
                written += 8 - out.count_ones() as usize;
                rest >>= 8;
            }
        }
        // SAFETY: every byte below `written` was stored above or was there before, and is within the capacity.
        unsafe { target.set_len(written) };
        odd != 0
    }
}
