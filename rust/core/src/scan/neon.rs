//! aarch64 variants. NEON is part of the architecture.
#![allow(unsafe_code, reason = "SIMD loads; each block has a SAFETY comment")]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8, vorrq_u8, vtstq_u8,
};

use super::{CHUNK, JsonMasks, Masks};

const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// Bit mask of the bytes of `matches` that are all ones.
pub(super) fn movemask(matches: uint8x16_t) -> u16 {
    // SAFETY: `BITS` has the 16 bytes of the load, and NEON is part of aarch64.
    unsafe {
        let bits = vandq_u8(matches, vld1q_u8(BITS.as_ptr()));
        u16::from(vaddv_u8(vget_low_u8(bits))) | u16::from(vaddv_u8(vget_high_u8(bits))) << 8
    }
}

/// Classifies one chunk, 16 bytes at a time.
pub fn classify(chunk: &[u8; CHUNK], separator: u8) -> Masks {
    let mut masks = Masks::default();
    for i in 0..4 {
        // SAFETY: `i * 16 + 16 <= CHUNK`, and NEON is part of aarch64.
        let (quote, separator) = unsafe {
            let block = vld1q_u8(chunk.as_ptr().add(i * 16));
            let line_end = vorrq_u8(vceqq_u8(block, vdupq_n_u8(b'\n')), vceqq_u8(block, vdupq_n_u8(b'\r')));
            (vceqq_u8(block, vdupq_n_u8(b'"')), vorrq_u8(line_end, vceqq_u8(block, vdupq_n_u8(separator))))
        };
        masks.quote |= u64::from(movemask(quote)) << (i * 16);
        masks.separator |= u64::from(movemask(separator)) << (i * 16);
    }
    masks
}

/// Classifies one chunk of JSON, 16 bytes at a time.
pub fn classify_json(chunk: &[u8; CHUNK]) -> JsonMasks {
    let mut masks = JsonMasks::default();
    for i in 0..4 {
        // SAFETY: `i * 16 + 16 <= CHUNK`, and NEON is part of aarch64.
        let [quote, backslash, open, close, brace, line_end] = unsafe {
            let block = vld1q_u8(chunk.as_ptr().add(i * 16));
            // `[` and `{`, and `]` and `}`, differ only in this bit.
            let braces = vorrq_u8(block, vdupq_n_u8(0x20));
            [
                vceqq_u8(block, vdupq_n_u8(b'"')),
                vceqq_u8(block, vdupq_n_u8(b'\\')),
                vceqq_u8(braces, vdupq_n_u8(b'{')),
                vceqq_u8(braces, vdupq_n_u8(b'}')),
                vtstq_u8(block, vdupq_n_u8(0x20)),
                vorrq_u8(vceqq_u8(block, vdupq_n_u8(b'\n')), vceqq_u8(block, vdupq_n_u8(b'\r'))),
            ]
        }
        .map(|matches| u64::from(movemask(matches)) << (i * 16));
        masks.quote |= quote;
        masks.backslash |= backslash;
        masks.open |= open;
        masks.close |= close;
        masks.brace |= brace;
        masks.line_end |= line_end;
    }
    masks
}
