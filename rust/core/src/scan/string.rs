//! Finds the end of plain string content and the end of digits.
#![allow(unsafe_code, clippy::cast_ptr_alignment, reason = "unaligned SIMD loads; each block has a SAFETY comment")]

use super::scalar;

/// Position of the first byte at or after `from` that is `"`, `\` or a control character (below 0x20), or the length of
/// `bytes` if there is none.
#[inline]
#[must_use]
pub fn string_stop(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at + 16 <= bytes.len() {
        let stops = stops_of_16(bytes, at);
        if stops != 0 {
            return at + stops.trailing_zeros() as usize;
        }
        at += 16;
    }
    scalar::string_stop(bytes, at)
}

/// Position of the first byte at or after `from` that is not a digit, or the length of `bytes` if there is none.
#[inline]
#[must_use]
pub fn digits_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at + 8 <= bytes.len() {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        let word = u64::from_le_bytes(word);
        // A digit is 0x30 to 0x39: its upper half is 3, also after adding 6.
        let other = (word & 0xf0f0_f0f0_f0f0_f0f0 ^ 0x3030_3030_3030_3030)
            | (word.wrapping_add(0x0606_0606_0606_0606) & 0xf0f0_f0f0_f0f0_f0f0 ^ 0x3030_3030_3030_3030);
        if other != 0 {
            return at + (other.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    scalar::digits_end(bytes, at)
}

/// Bit mask of the digits among the 16 bytes at `at`.
///
/// # Panics
/// If there are fewer bytes.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn digits_of_16(bytes: &[u8], at: usize) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_set1_epi8, _mm_sub_epi8,
    };
    assert!(at + 16 <= bytes.len());
    // SAFETY: the 16 bytes are inside `bytes` by the assertion; SSE2 is part of x86-64.
    unsafe {
        let block = _mm_loadu_si128(bytes.as_ptr().add(at).cast::<__m128i>());
        let above = _mm_sub_epi8(block, _mm_set1_epi8(b'0'.cast_signed()));
        // Unsigned comparison with 9: the minimum is the byte itself.
        let digit = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(9)), above);
        _mm_movemask_epi8(digit).cast_unsigned()
    }
}

/// Bit mask of the digits among the 16 bytes at `at`.
///
/// # Panics
/// If there are fewer bytes.
#[cfg(target_arch = "aarch64")]
#[inline]
pub(super) fn digits_of_16(bytes: &[u8], at: usize) -> u32 {
    use std::arch::aarch64::{vcleq_u8, vdupq_n_u8, vld1q_u8, vsubq_u8};
    assert!(at + 16 <= bytes.len());
    // SAFETY: the 16 bytes are inside `bytes` by the assertion; NEON is part of aarch64.
    let digits = unsafe { vcleq_u8(vsubq_u8(vld1q_u8(bytes.as_ptr().add(at)), vdupq_n_u8(b'0')), vdupq_n_u8(9)) };
    u32::from(super::neon::movemask(digits))
}

/// Bit mask of the bytes that are equal among the 16 bytes at `at` of each text.
///
/// # Panics
/// If one of them has fewer bytes.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn equal_of_16(bytes: &[u8], other: &[u8], at: usize) -> u32 {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8};
    assert!(at + 16 <= bytes.len() && at + 16 <= other.len());
    // SAFETY: the 16 bytes are inside both texts by the assertion; SSE2 is part of x86-64.
    unsafe {
        let one = _mm_loadu_si128(bytes.as_ptr().add(at).cast::<__m128i>());
        let two = _mm_loadu_si128(other.as_ptr().add(at).cast::<__m128i>());
        _mm_movemask_epi8(_mm_cmpeq_epi8(one, two)).cast_unsigned()
    }
}

/// Bit mask of the bytes that are equal among the 16 bytes at `at` of each text.
///
/// # Panics
/// If one of them has fewer bytes.
#[cfg(target_arch = "aarch64")]
#[inline]
pub(super) fn equal_of_16(bytes: &[u8], other: &[u8], at: usize) -> u32 {
    use std::arch::aarch64::{vceqq_u8, vld1q_u8};
    assert!(at + 16 <= bytes.len() && at + 16 <= other.len());
    // SAFETY: the 16 bytes are inside both texts by the assertion; NEON is part of aarch64.
    let equal = unsafe { vceqq_u8(vld1q_u8(bytes.as_ptr().add(at)), vld1q_u8(other.as_ptr().add(at))) };
    u32::from(super::neon::movemask(equal))
}

/// Bit mask of the bytes that end plain string content, among the 16 bytes at `at`.
///
/// # Panics
/// If there are fewer bytes.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn stops_of_16(bytes: &[u8], at: usize) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_max_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    assert!(at + 16 <= bytes.len());
    // SAFETY: the 16 bytes are inside `bytes` by the assertion; SSE2 is part of x86-64.
    unsafe {
        let block = _mm_loadu_si128(bytes.as_ptr().add(at).cast::<__m128i>());
        let quote = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'"'.cast_signed()));
        let escape = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'\\'.cast_signed()));
        // Unsigned comparison with 0x20: the maximum with 0x1f is 0x1f.
        let limit = _mm_set1_epi8(0x1f);
        let control = _mm_cmpeq_epi8(_mm_max_epu8(block, limit), limit);
        _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), control)).cast_unsigned()
    }
}

/// Bit mask of the bytes that end plain string content, among the 16 bytes at `at`.
///
/// # Panics
/// If there are fewer bytes.
#[cfg(target_arch = "aarch64")]
#[inline]
pub(super) fn stops_of_16(bytes: &[u8], at: usize) -> u32 {
    use std::arch::aarch64::{vceqq_u8, vcltq_u8, vdupq_n_u8, vld1q_u8, vorrq_u8};
    assert!(at + 16 <= bytes.len());
    // SAFETY: the 16 bytes are inside `bytes` by the assertion; NEON is part of aarch64.
    let stops = unsafe {
        let block = vld1q_u8(bytes.as_ptr().add(at));
        let special = vorrq_u8(vceqq_u8(block, vdupq_n_u8(b'"')), vceqq_u8(block, vdupq_n_u8(b'\\')));
        vorrq_u8(special, vcltq_u8(block, vdupq_n_u8(0x20)))
    };
    u32::from(super::neon::movemask(stops))
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline]
pub(super) fn stops_of_16(bytes: &[u8], at: usize) -> u32 {
    let stop = scalar::string_stop(&bytes[..at + 16], at);
    if stop < at + 16 { 1 << (stop - at) } else { 0 }
}
