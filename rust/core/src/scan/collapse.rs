//! `""` made `"`: the content of a quoted CSV field.
#![allow(unsafe_code, clippy::cast_ptr_alignment, reason = "SIMD loads and stores; each block says why it is sound; none needs alignment")]

use super::scalar;

/// Appends `source` to `target`, leaving out the byte after each quote.
///
/// `source` is the inside of a quoted field, where every quote is doubled, so the byte left out is the second quote.
#[inline]
pub fn collapse_quotes(source: &[u8], target: &mut Vec<u8>) {
    let read = collapse_blocks(source, target);
    scalar::collapse_quotes(&source[read.min(source.len())..], target);
}

/// Collapses from the front as long as 16 bytes are left; gives how many bytes it has dealt with, which is one more
/// than the length where the last byte is a quote.
#[cfg(target_arch = "x86_64")]
#[inline]
fn collapse_blocks(source: &[u8], target: &mut Vec<u8>) -> usize {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm_storeu_si128,
    };
    // Each step writes 16 bytes at a place at most as far along as the one it read.
    target.reserve(source.len() + 16);
    let (mut read, mut written) = (0, target.len());
    let quote = b'"'.cast_signed();
    while read + 16 <= source.len() {
        // SAFETY: the load ends at `read + 16 <= source.len()`. `written - target.len() <= read`, so the store ends
        // at most at `target.len() + source.len() + 16`, which was reserved; both need no alignment; SSE2 is part of
        // x86-64.
        let quotes = unsafe {
            let block = _mm_loadu_si128(source.as_ptr().add(read).cast::<__m128i>());
            _mm_storeu_si128(target.as_mut_ptr().add(written).cast::<__m128i>(), block);
            _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(quote))).cast_unsigned()
        };
        if quotes == 0 {
            read += 16;
            written += 16;
        } else {
            let first = quotes.trailing_zeros() as usize;
            read += first + 2;
            written += first + 1;
        }
    }
    // SAFETY: every byte below `written` was stored above or was there before, and `written` is within the capacity.
    unsafe { target.set_len(written) };
    read
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn collapse_blocks(source: &[u8], target: &mut Vec<u8>) -> usize {
    let mut read = 0;
    while let Some(quote) = memchr::memchr(b'"', &source[read..]) {
        target.extend_from_slice(&source[read..=read + quote]);
        read += quote + 2;
        if read >= source.len() {
            return read;
        }
    }
    target.extend_from_slice(&source[read..]);
    source.len()
}
