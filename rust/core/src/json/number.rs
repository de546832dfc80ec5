//! Numbers from their tokens.

/// The integer of a token without fraction or exponent, where 64 bits hold it.
#[must_use]
pub fn parse_i64(token: &[u8]) -> Option<i64> {
    let (negative, digits) = match token {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // Downwards, since the smallest integer has no positive twin.
        value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// The nearest 64-bit float of a token of digits, sign, point and exponent; none where it is too large for one.
#[must_use]
pub fn parse_f64(token: &[u8]) -> Option<f64> {
    if let Some(value) = short_f64(token) {
        return Some(value);
    }
    if !token.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
        return None;
    }
    let value: f64 = str::from_utf8(token).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// Powers of ten that a float holds exactly.
const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Integers up to here are floats of their own.
pub const EXACT_FLOAT: u64 = 1 << 53;

/// Bytes that one word holds.
const WORD: usize = 16;

/// The same for what most coordinates are: sixteen digits at most, a point perhaps, no exponent. All bytes are looked
/// at together, as coordinates differ too much in length for a loop over their digits to be foreseen.
///
/// The digits without the point and the power of ten are floats of their own then, and IEEE 754 rounds their quotient
/// to the nearest float (Clinger 1990, "How to read floating point numbers accurately").
#[inline]
fn short_f64(token: &[u8]) -> Option<f64> {
    let (negative, number) = match token {
        [b'-', number @ ..] => (true, number),
        number => (false, number),
    };
    let mut word = match number {
        [] => return None,
        [head @ .., _] if head.len() == WORD => little_endian(head),
        number if number.len() <= WORD => little_endian(number),
        _ => return None,
    };
    let point = place_of(word, b'.');
    let (digits, fraction) = match point {
        Some(at) => {
            let before = (1 << (8 * at)) - 1;
            word = word & before | word >> 8 & !before;
            (number.len() - 1, number.len() - 1 - at)
        }
        None => (number.len(), 0),
    };
    if digits > WORD || point.is_some() && (fraction == 0 || fraction == digits) {
        return None;
    }
    if let Some(&beyond) = number.get(WORD) {
        word |= u128::from(beyond) << (8 * (WORD - 1));
    }
    // Behind zeros, so that the last digit is the last byte.
    let zeros = 8 * (WORD - digits);
    word = (word ^ repeated(b'0')) << zeros;
    // A byte above nine reaches the highest bit, or has it.
    if (word.wrapping_add(repeated(127 - 9)) | word) & repeated(0x80) != 0 {
        return None;
    }
    let whole = eight_digits(word) * 100_000_000 + eight_digits(word >> 64);
    if whole > EXACT_FLOAT {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "none is lost up to `EXACT_FLOAT`")]
    let value = whole as f64 / POWERS[fraction];
    Some(if negative { -value } else { value })
}

/// One to sixteen bytes as a word, the first one lowest, without a loop: what is read twice is the same both times.
#[inline]
fn little_endian(bytes: &[u8]) -> u128 {
    let behind = |bytes_read: usize| 8 * (bytes.len() - bytes_read);
    match (bytes.first_chunk(), bytes.last_chunk(), bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last), ..) => {
            u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << behind(8)
        }
        (_, _, Some(first), Some(last)) => {
            u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << behind(4)
        }
        _ => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u128::from(byte)),
    }
}

/// The byte in each place of a word.
const fn repeated(byte: u8) -> u128 {
    u128::MAX / 0xff * byte as u128
}

/// The first place of a byte in a word.
#[inline]
const fn place_of(word: u128, byte: u8) -> Option<usize> {
    let others = word ^ repeated(byte);
    // Of bytes that are zero the lowest is told exactly; a borrow may tell of others behind it.
    let found = others.wrapping_sub(repeated(1)) & !others & repeated(0x80);
    if found == 0 { None } else { Some(found.trailing_zeros() as usize / 8) }
}

/// The number of eight digits, the values of which are the lower bytes of a word: pairs, fours and then all are put
/// together by one multiplication each.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn eight_digits(word: u128) -> u64 {
    let pairs = (word as u64).wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the standard library reads, bit by bit: -0 is not 0.
    fn expected(token: &str) -> Option<u64> {
        token.parse::<f64>().ok().filter(|value| value.is_finite()).map(f64::to_bits)
    }

    proptest! {
        #[test]
        fn floats_are_those_of_the_standard_library(token in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,22})?([eE][-+]?[0-9]{1,3})?") {
            prop_assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(&token));
        }

        #[test]
        fn floats_as_they_are_written_come_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(parse_f64(value.to_string().as_bytes()).map(f64::to_bits), Some(value.to_bits()));
        }

        #[test]
        fn what_is_no_number_is_none_here_and_there(token in "[-+.eE0-9]{0,6}") {
            prop_assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(&token));
        }
    }

    #[test]
    fn the_edges_of_the_short_way() {
        for token in [
            "9007199254740992",
            "9007199254740993",
            "0.9007199254740993",
            "-0",
            "-0.0",
            "1.",
            ".5",
            "1..2",
            "-",
            "",
            "007",
            "1234567890123456",
            "12345678901234567",
            "123456789012345.6",
            "12345678901234.56",
            "1234567890123.456",
            "1.234567890123456",
            ".123456789012345",
            "123456789012345.",
            "1234567890123456.",
            "1234567890.12345/",
            "9.:",
            "0.00000000000001",
            "0.000000000000001",
            "0.0000000000000001",
            "12",
            "1.5",
            "123.",
            "-12345.6789",
        ] {
            assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(token), "{token}");
        }
    }
}
