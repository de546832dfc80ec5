//! x86-64 variants. SSE2 is part of the architecture; AVX2 is used only if detected.
#![allow(
    unsafe_code,
    clippy::cast_ptr_alignment,
    clippy::inline_always,
    reason = "unaligned SIMD loads, each with a SAFETY comment; a kernel's instructions must be inlined into the \
              function compiled for them"
)]

use std::arch::x86_64::{
    __m128i, __m256i, _bzhi_u64, _mm_clmulepi64_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_loadu_si128,
    _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8, _mm_slli_epi16, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_slli_epi16,
    _mm256_sub_epi8,
};

use super::{CHUNK, JsonMasks, KernelTask, Masks, Simd, WINDOW};

const QUOTE: i8 = b'"'.cast_signed();
const LF: i8 = b'\n'.cast_signed();
const CR: i8 = b'\r'.cast_signed();
const BACKSLASH: i8 = b'\\'.cast_signed();
/// `[` and `{`, and `]` and `}`, differ only in this bit.
const BRACE: i8 = 0x20;
const OPEN: i8 = b'{'.cast_signed();
const CLOSE: i8 = b'}'.cast_signed();

/// Whether the machine has the instructions of the AVX2 kernel.
#[inline]
pub fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("popcnt")
        && std::arch::is_x86_feature_detected!("pclmulqdq")
}

/// [`prefix_xor`](super::prefix_xor), by one multiplication without carries.
#[inline]
#[target_feature(enable = "pclmulqdq")]
pub fn prefix_xor(mask: u64) -> u64 {
    let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, mask.cast_signed()), _mm_set1_epi8(-1));
    _mm_cvtsi128_si64(product).cast_unsigned()
}

/// Classifies one chunk, 16 bytes at a time.
pub fn classify_sse2(chunk: &[u8; CHUNK], separator: u8) -> Masks {
    let mut masks = Masks::default();
    for i in 0..4 {
        // SAFETY: `i * 16 + 16 <= CHUNK`, the load needs no alignment, and SSE2 is part of x86-64.
        let (quote, separator) = unsafe {
            let block = _mm_loadu_si128(chunk.as_ptr().add(i * 16).cast::<__m128i>());
            let line_end =
                _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(LF)), _mm_cmpeq_epi8(block, _mm_set1_epi8(CR)));
            let separator = _mm_or_si128(line_end, _mm_cmpeq_epi8(block, _mm_set1_epi8(separator.cast_signed())));
            (_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(QUOTE))), _mm_movemask_epi8(separator))
        };
        masks.quote |= u64::from(quote.cast_unsigned()) << (i * 16);
        masks.separator |= u64::from(separator.cast_unsigned()) << (i * 16);
    }
    masks
}

/// Classifies all chunks, 32 bytes at a time.
pub fn classify_avx2(chunks: &[[u8; CHUNK]], separator: u8, masks: &mut Vec<Masks>) {
    assert!(has_avx2(), "the kernel is chosen by detection");
    // SAFETY: AVX2 was detected just above (cached flags).
    unsafe { classify_avx2_detected(chunks, separator, masks) }
}

#[target_feature(enable = "avx2")]
fn classify_avx2_detected(chunks: &[[u8; CHUNK]], separator: u8, masks: &mut Vec<Masks>) {
    let quote = _mm256_set1_epi8(QUOTE);
    let between = _mm256_set1_epi8(separator.cast_signed());
    let lf = _mm256_set1_epi8(LF);
    let cr = _mm256_set1_epi8(CR);
    let half = |half: &[u8; 32]| {
        // SAFETY: the array has the 32 bytes of an unaligned load.
        let block = unsafe { _mm256_loadu_si256(half.as_ptr().cast::<__m256i>()) };
        let line_end = _mm256_or_si256(_mm256_cmpeq_epi8(block, lf), _mm256_cmpeq_epi8(block, cr));
        let separator = _mm256_or_si256(line_end, _mm256_cmpeq_epi8(block, between));
        (
            u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, quote)).cast_unsigned()),
            u64::from(_mm256_movemask_epi8(separator).cast_unsigned()),
        )
    };
    masks.extend(chunks.iter().map(|chunk| {
        let (halves, _) = chunk.as_chunks::<32>();
        let (low, high) = (half(&halves[0]), half(&halves[1]));
        Masks { quote: low.0 | high.0 << 32, separator: low.1 | high.1 << 32 }
    }));
}

/// Classifies one chunk of JSON, 16 bytes at a time.
pub fn classify_json_sse2(chunk: &[u8; CHUNK]) -> JsonMasks {
    let mut masks = JsonMasks::default();
    for i in 0..4 {
        // SAFETY: `i * 16 + 16 <= CHUNK`, the load needs no alignment, and SSE2 is part of x86-64.
        let [quote, backslash, open, close, brace, line_end] = unsafe {
            let block = _mm_loadu_si128(chunk.as_ptr().add(i * 16).cast::<__m128i>());
            let braces = _mm_or_si128(block, _mm_set1_epi8(BRACE));
            [
                _mm_cmpeq_epi8(block, _mm_set1_epi8(QUOTE)),
                _mm_cmpeq_epi8(block, _mm_set1_epi8(BACKSLASH)),
                _mm_cmpeq_epi8(braces, _mm_set1_epi8(OPEN)),
                _mm_cmpeq_epi8(braces, _mm_set1_epi8(CLOSE)),
                // Moves the brace bit of each byte to its highest bit.
                _mm_slli_epi16::<2>(block),
                _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(LF)), _mm_cmpeq_epi8(block, _mm_set1_epi8(CR))),
            ]
            .map(|matches| u64::from(_mm_movemask_epi8(matches).cast_unsigned()) << (i * 16))
        };
        masks.quote |= quote;
        masks.backslash |= backslash;
        masks.open |= open;
        masks.close |= close;
        masks.brace |= brace;
        masks.line_end |= line_end;
    }
    masks
}

/// Classifies all chunks of JSON, 32 bytes at a time.
pub fn classify_json_avx2(chunks: &[[u8; CHUNK]], masks: &mut Vec<JsonMasks>) {
    assert!(has_avx2(), "the kernel is chosen by detection");
    // SAFETY: AVX2 was detected just above (cached flags).
    unsafe { classify_json_avx2_detected(chunks, masks) }
}

#[target_feature(enable = "avx2")]
fn classify_json_avx2_detected(chunks: &[[u8; CHUNK]], masks: &mut Vec<JsonMasks>) {
    let half = |half: &[u8; 32]| {
        // SAFETY: the array has the 32 bytes of an unaligned load.
        let block = unsafe { _mm256_loadu_si256(half.as_ptr().cast::<__m256i>()) };
        let braces = _mm256_or_si256(block, _mm256_set1_epi8(BRACE));
        let is = |block, byte| _mm256_cmpeq_epi8(block, _mm256_set1_epi8(byte));
        let mask = |matches| u64::from(_mm256_movemask_epi8(matches).cast_unsigned());
        JsonMasks {
            quote: mask(is(block, QUOTE)),
            backslash: mask(is(block, BACKSLASH)),
            open: mask(is(braces, OPEN)),
            close: mask(is(braces, CLOSE)),
            // Moves the brace bit of each byte to its highest bit.
            brace: mask(_mm256_slli_epi16::<2>(block)),
            line_end: mask(_mm256_or_si256(is(block, LF), is(block, CR))),
        }
    };
    masks.extend(chunks.iter().map(|chunk| {
        let (halves, _) = chunk.as_chunks::<32>();
        let (low, high) = (half(&halves[0]), half(&halves[1]));
        JsonMasks {
            quote: low.quote | high.quote << 32,
            backslash: low.backslash | high.backslash << 32,
            open: low.open | high.open << 32,
            close: low.close | high.close << 32,
            brace: low.brace | high.brace << 32,
            line_end: low.line_end | high.line_end << 32,
        }
    }));
}

/// Runs a computation with AVX2.
pub fn run_avx2<T: KernelTask>(task: T) -> T::Output {
    assert!(has_avx2(), "the kernel is chosen by detection");
    // SAFETY: the features were detected just above (cached flags).
    unsafe { run_avx2_detected(task) }
}

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
fn run_avx2_detected<T: KernelTask>(task: T) -> T::Output {
    task.run(Avx2(()))
}

/// 32 bytes at a time. A value exists only if AVX2 was detected.
#[derive(Clone, Copy)]
struct Avx2(());

impl Simd for Avx2 {
    #[inline(always)]
    fn string_stops(self, window: &[u8; WINDOW]) -> u32 {
        // SAFETY: the array has the 32 bytes of an unaligned load; `self` proves that AVX2 was detected.
        unsafe {
            let block = _mm256_loadu_si256(window.as_ptr().cast::<__m256i>());
            let quote = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(QUOTE));
            let escape = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(BACKSLASH));
            // Unsigned comparison with 0x20: the minimum with 0x1f is the byte itself.
            let control = _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1f)), block);
            _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, escape), control)).cast_unsigned()
        }
    }

    #[inline(always)]
    fn digits(self, window: &[u8; WINDOW]) -> u32 {
        // SAFETY: as above.
        unsafe {
            let block = _mm256_loadu_si256(window.as_ptr().cast::<__m256i>());
            let above = _mm256_sub_epi8(block, _mm256_set1_epi8(b'0'.cast_signed()));
            // Unsigned comparison with 9: the minimum is the byte itself.
            let digit = _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8(9)), above);
            _mm256_movemask_epi8(digit).cast_unsigned()
        }
    }

    #[inline(always)]
    fn equal(self, window: &[u8; WINDOW], other: &[u8; WINDOW]) -> u32 {
        // SAFETY: as above, for both arrays.
        unsafe {
            let one = _mm256_loadu_si256(window.as_ptr().cast::<__m256i>());
            let two = _mm256_loadu_si256(other.as_ptr().cast::<__m256i>());
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(one, two)).cast_unsigned()
        }
    }

    #[inline(always)]
    fn call<T: KernelTask>(self, task: T) -> T::Output {
        // SAFETY: `self` proves that the features were detected.
        unsafe { run_avx2_detected(task) }
    }

    #[inline(always)]
    fn prefix_xor(self, mask: u64) -> u64 {
        // SAFETY: `self` proves that PCLMULQDQ was detected.
        unsafe { prefix_xor(mask) }
    }

    #[inline(always)]
    fn low_bytes(self, word: u64, count: u32) -> u64 {
        // SAFETY: `self` proves that BMI2 was detected.
        unsafe { _bzhi_u64(word, count * 8) }
    }
}
