//! AVX-512 variants of what is done 64 bytes at a time: comparisons give masks, and a mask compresses bytes.
#![allow(unsafe_code, clippy::cast_ptr_alignment, reason = "SIMD loads and stores, each with a SAFETY comment")]

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_maskz_compress_epi8, _mm512_maskz_loadu_epi8,
    _mm512_or_si512, _mm512_set1_epi8, _mm512_storeu_si512, _mm512_test_epi8_mask,
};

use super::{CHUNK, JsonMasks, Masks, x86};

/// Whether the machine has the instructions of the AVX-512 kernel, which processes windows with AVX2.
#[inline]
pub fn has_avx512() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vbmi2")
        && x86::has_avx2()
}

/// Classifies all chunks.
pub fn classify(chunks: &[[u8; CHUNK]], separator: u8, masks: &mut Vec<Masks>) {
    assert!(has_avx512(), "the kernel is chosen by detection");
    // SAFETY: the features were detected just above (cached flags).
    unsafe { classify_detected(chunks, separator, masks) }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn classify_detected(chunks: &[[u8; CHUNK]], separator: u8, masks: &mut Vec<Masks>) {
    masks.extend(chunks.iter().map(|chunk| {
        let bytes = load(chunk);
        let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
        Masks { quote: is(b'"'), separator: is(separator) | is(b'\n') | is(b'\r') }
    }));
}

/// Classifies all chunks of JSON.
pub fn classify_json(chunks: &[[u8; CHUNK]], masks: &mut Vec<JsonMasks>) {
    assert!(has_avx512(), "the kernel is chosen by detection");
    // SAFETY: the features were detected just above (cached flags).
    unsafe { classify_json_detected(chunks, masks) }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn classify_json_detected(chunks: &[[u8; CHUNK]], masks: &mut Vec<JsonMasks>) {
    masks.extend(chunks.iter().map(|chunk| {
        let bytes = load(chunk);
        // `[` and `{`, and `]` and `}`, differ only in this bit.
        let brace = _mm512_set1_epi8(0x20);
        let braces = _mm512_or_si512(bytes, brace);
        let is = |bytes, byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
        JsonMasks {
            quote: is(bytes, b'"'),
            backslash: is(bytes, b'\\'),
            open: is(braces, b'{'),
            close: is(braces, b'}'),
            brace: _mm512_test_epi8_mask(bytes, brace),
            line_end: is(bytes, b'\n') | is(bytes, b'\r'),
        }
    }));
}

#[target_feature(enable = "avx512f")]
fn load(chunk: &[u8; CHUNK]) -> __m512i {
    // SAFETY: the array has the 64 bytes of an unaligned load.
    unsafe { _mm512_loadu_si512(chunk.as_ptr().cast::<__m512i>()) }
}

/// [`collapse_quotes`](super::collapse_quotes), without a loop over quotes. The caller has detected the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt,pclmulqdq")]
pub fn collapse_quotes(source: &[u8], target: &mut Vec<u8>) {
    // A store writes 64 bytes, of which those after the text are not used.
    target.reserve(source.len() + CHUNK);
    let mut written = target.len();
    let quote = _mm512_set1_epi8(b'"'.cast_signed());
    // All ones after an odd number of quotes.
    let mut odd = 0_u64;
    for chunk in source.chunks(CHUNK) {
        let present = u64::MAX >> (CHUNK - chunk.len());
        // SAFETY: only the bytes of the chunk are read, of which there is at least one.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(present, chunk.as_ptr().cast::<i8>()) };
        let quotes = _mm512_cmpeq_epi8_mask(bytes, quote);
        let parity = x86::prefix_xor(quotes) ^ odd;
        odd = 0_u64.wrapping_sub(parity >> 63);
        // Of each pair of quotes the first stays.
        let kept = present & !(quotes & !parity);
        let text = _mm512_maskz_compress_epi8(kept, bytes);
        // SAFETY: `written` has grown by at most the bytes read before this chunk, so 64 more bytes from there end within
        // the `source.len() + 64` bytes that were reserved. The store needs no alignment.
        unsafe { _mm512_storeu_si512(target.as_mut_ptr().add(written).cast::<__m512i>(), text) };
        written += kept.count_ones() as usize;
    }
    // SAFETY: every byte below `written` was stored above or was there before, and is within the capacity.
    unsafe { target.set_len(written) };
}
