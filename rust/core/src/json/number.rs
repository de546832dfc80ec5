//! Parses numbers from their tokens.

/// The integer of a token without fraction or exponent, if it fits 64 bits.
#[must_use]
pub fn parse_i64(token: &[u8]) -> Option<i64> {
    let (negative, digits) = match token {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = match digits.len() {
        ..=8 => little_endian(digits).and_then(|word| digits_of(word, digits.len()))?.cast_signed(),
        length @ ..=16 => {
            let (head, tail) = (digits.first_chunk()?, digits.last_chunk()?);
            let head = digits_of(u64::from_le_bytes(*head), length - 8)?;
            (head * 100_000_000 + digits_of(u64::from_le_bytes(*tail), 8)?).cast_signed()
        }
        _ => return long_i64(digits, negative),
    };
    Some(if negative { -value } else { value })
}

/// The number of the first `count` bytes of a word, which are digits; one to eight.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "eight digits fit")]
pub const fn eight_digits(word: u64, count: u32) -> u32 {
    combined((word ^ repeated(b'0')) << (8 * (8 - count))) as u32
}

/// The number of the first bytes of a word, one to eight; none if one is not a digit.
#[inline]
fn digits_of(word: u64, count: usize) -> Option<u64> {
    // Padded with leading zeros, so that the last digit is the last byte.
    let word = (word ^ repeated(b'0')) << (8 * (8 - count));
    // A byte above nine sets the highest bit.
    if (word.wrapping_add(repeated(127 - 9)) | word) & repeated(0x80) != 0 {
        return None;
    }
    Some(combined(word))
}

/// An integer of more digits than two words have.
#[cold]
fn long_i64(digits: &[u8], negative: bool) -> Option<i64> {
    let mut value: i64 = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // Negative digits, since the smallest integer has no positive counterpart.
        value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// The nearest 64-bit float of a token of digits, sign, point and exponent; none if it is too large.
#[must_use]
pub fn parse_f64(token: &[u8]) -> Option<f64> {
    if let Some(value) = short_f64(token) {
        return Some(value);
    }
    if let Some(value) = long_f64(token) {
        return Some(value);
    }
    if !token.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
        return None;
    }
    let value: f64 = str::from_utf8(token).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// The same for the text of a string that holds a number: `[+-]?(digits[.digits]|.digits)([eE][+-]?digits)?`.
#[must_use]
pub fn parse_decimal(text: &[u8]) -> Option<f64> {
    let point = memchr::memchr(b'.', text);
    if point.is_some_and(|at| !text.get(at + 1).is_some_and(u8::is_ascii_digit)) {
        return None;
    }
    parse_f64(text)
}

/// Powers of ten up to the number of digits in a word.
const POWERS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// The same for most coordinates: at most eight bytes, an optional point, no exponent. All bytes are processed together,
/// since the lengths of coordinates vary too much for branch prediction.
///
/// The digits without the point, and the power of ten, are exact floats, and IEEE 754 rounds their quotient to the
/// nearest float (Clinger 1990, "How to read floating point numbers accurately").
#[inline]
fn short_f64(token: &[u8]) -> Option<f64> {
    let (negative, number) = match token {
        [b'-', number @ ..] => (true, number),
        number => (false, number),
    };
    let mut word = little_endian(number)?;
    let (mut digits, mut fraction) = (number.len(), 0);
    if let Some(at) = place_of(word, b'.') {
        let before = (1 << (8 * at)) - 1;
        word = word & before | word >> 8 & !before;
        digits -= 1;
        fraction = digits - at;
        if fraction == 0 || fraction == digits {
            return None;
        }
    }
    let whole = digits_of(word, digits)?;
    #[allow(clippy::cast_precision_loss, reason = "a float holds eight digits")]
    let value = whole as f64 / POWERS[fraction];
    Some(if negative { -value } else { value })
}

/// The number of eight digit values, the first one lowest.
#[inline]
const fn combined(word: u64) -> u64 {
    // Pairs, groups of four and then all digits are combined by one multiplication each.
    let pairs = word.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}

/// The maximum number of digits that always fit a word.
const MOST_DIGITS: usize = 19;

/// The powers of ten below that number of digits.
const INTEGER_POWERS: [u64; MOST_DIGITS] = {
    let mut powers = [1; MOST_DIGITS];
    let mut i = 1;
    while i < MOST_DIGITS {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// From here on, not all integers are exact floats.
const EXACT: u64 = 1 << 53;

/// The same for up to 19 digits with an optional point and no exponent: coordinates that a browser scaled have 16 to 18.
///
/// If the digits without the point are not an exact float, they are divided by the power of ten as integers, to 63 bits
/// and a remainder, which is more than rounding needs.
fn long_f64(token: &[u8]) -> Option<f64> {
    let (negative, number) = match token {
        [b'-', number @ ..] => (true, number),
        number => (false, number),
    };
    // Most points are among the first eight bytes. A sign, a second point or an exponent fails as a digit.
    let first = u64::from_le_bytes(*number.first_chunk()?);
    let point = place_of(first, b'.').or_else(|| number[8..].iter().position(|&byte| byte == b'.').map(|at| 8 + at));
    let (whole, behind) = match point {
        None => (number, b"".as_slice()),
        Some(at) => (&number[..at], &number[at + 1..]),
    };
    if whole.is_empty() || point.is_some() && behind.is_empty() || whole.len() + behind.len() > MOST_DIGITS {
        return None;
    }
    let digits = append_digits(append_digits(0, whole)?, behind)?;
    let fraction = behind.len();
    let value = match (digits, POWERS.get(fraction)) {
        #[allow(clippy::cast_precision_loss, reason = "it is a float of its own, see `EXACT`")]
        (..=EXACT, Some(power)) => digits as f64 / power,
        _ => divided(digits, *INTEGER_POWERS.get(fraction)?),
    };
    Some(if negative { -value } else { value })
}

/// A number extended by more digits, which must fit a word; none if a byte is not a digit.
#[inline]
fn append_digits(number: u64, mut bytes: &[u8]) -> Option<u64> {
    let mut number = number;
    while let Some((eight, rest)) = bytes.split_first_chunk() {
        number = number * 100_000_000 + digits_of(u64::from_le_bytes(*eight), 8)?;
        bytes = rest;
    }
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// The float nearest to a quotient of integers; of two that are equally near, the one with an even last bit.
fn divided(number: u64, by: u64) -> f64 {
    if number == 0 {
        return 0.0;
    }
    // The quotient then has 63 or 64 bits, of which 53 are kept and ten decide on rounding.
    let shift = 63 + number.leading_zeros() - by.leading_zeros();
    let (number, by) = (u128::from(number) << shift, u128::from(by));
    #[allow(clippy::cast_possible_truncation, reason = "see above")]
    let quotient = (number / by) as u64;
    // The remainder only decides that a tie is none.
    let left = u64::from(u128::from(quotient) * by != number);
    #[allow(clippy::cast_precision_loss, reason = "it rounds to the nearest float, as it should")]
    let value = (quotient | left) as f64;
    // A power of two costs no precision: 19 digits are far from the smallest floats.
    value / f64::from_bits(u64::from(1023 + shift) << 52)
}

/// One to eight bytes as a word, the first one lowest, without a loop: overlapping bytes are read twice.
#[inline]
fn little_endian(bytes: &[u8]) -> Option<u64> {
    Some(match bytes {
        [] => return None,
        [one] => u64::from(*one),
        [one, two] => u64::from(*one) | u64::from(*two) << 8,
        [one, two, three] => u64::from(*one) | u64::from(*two) << 8 | u64::from(*three) << 16,
        longer if longer.len() > 8 => return None,
        longer => {
            let (first, last) = (longer.first_chunk()?, longer.last_chunk()?);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (longer.len() - 4))
        }
    })
}

/// The byte repeated in each position of a word.
const fn repeated(byte: u8) -> u64 {
    u64::MAX / 0xff * byte as u64
}

/// The first position of a byte in a word.
#[inline]
const fn place_of(word: u64, byte: u8) -> Option<usize> {
    let others = word ^ repeated(byte);
    // The lowest zero byte is exact; a borrow may mark others above it.
    let found = others.wrapping_sub(repeated(1)) & !others & repeated(0x80);
    if found == 0 { None } else { Some(found.trailing_zeros() as usize / 8) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    /// Bit for bit the standard library's result: -0 differs from 0.
    fn expected(token: &str) -> Option<u64> {
        token.parse::<f64>().ok().filter(|value| value.is_finite()).map(f64::to_bits)
    }

    proptest! {
        #[test]
        fn floats_are_those_of_the_standard_library(token in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,22})?([eE][-+]?[0-9]{1,3})?") {
            prop_assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(&token));
        }

        #[test]
        fn long_floats_are_those_of_the_standard_library(digits in "[0-9]{9,19}", at in 1..19_usize) {
            let token = format!("{}.{}", &digits[..at.min(digits.len() - 1)], &digits[at.min(digits.len() - 1)..]);
            prop_assert_eq!(long_f64(token.as_bytes()).map(f64::to_bits), expected(&token));
            prop_assert_eq!(long_f64(digits.as_bytes()).map(f64::to_bits), expected(&digits));
        }

        /// Halfway between two floats, or as close as 19 digits allow.
        #[test]
        fn ties_and_their_neighbours(mantissa in 1_u64 << 52..1 << 53, bits in 1..10_u32, more in -2..3_i64) {
            let halfway = (u128::from(mantissa) * 2 + 1) << (bits - 1);
            let token = (i128::try_from(halfway).unwrap() + i128::from(more)).to_string();
            prop_assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(&token));
            // Likewise, with a fraction that is a sum of powers of two.
            let fraction = (u128::from(mantissa) * 2 + 1) % 4096 * 100_000_000_000 / 4096 + u128::try_from(more + 2).unwrap();
            let token = format!("{}.{fraction:011}", mantissa >> 26);
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
            "9007199254740991.5",
            // The remainder of the division decides the rounding of these.
            "7566506.12493107887",
            "103950.285723679066",
            "4503599627370496.5",
            "4503599627370497.5",
            "0.000000000000000000",
            "-0.0000000000",
            "0.0000000000000000001",
            "9999999999999999999",
            "18446744073709551615",
            "1.000000000000000000",
            "1.0000000000000000000",
            "123456789.",
            ".123456789",
            "1234.5678.9",
            "12345678e9",
            "123456789e-3",
            "1.23456789E5",
            "-123.45678901234567",
            "--123456789",
            "12345678-9",
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
            "12345678",
            "123456789",
            "1234567.8",
            "123456.7",
            "1.234567",
            "1.2345678",
            ".1234567",
            "1234567.",
            "12345.6/",
            "9.:",
            "0.000001",
            "0.0000001",
            "12",
            "123",
            "1.5",
            "-123.4567",
            "-1234.567",
            "1-2",
            "12e3",
            "--1",
            "-.",
            ".",
        ] {
            assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(token), "{token}");
        }
    }
}
