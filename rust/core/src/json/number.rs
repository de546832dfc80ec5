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

/// Powers of ten up to that of the digits in a word.
const POWERS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// The same for what most coordinates are: eight bytes at most, a point perhaps, no exponent. All are looked at together,
/// as coordinates differ too much in length for a loop over their digits to be foreseen.
///
/// The digits without the point and the power of ten are floats of their own then, and IEEE 754 rounds their quotient
/// to the nearest float (Clinger 1990, "How to read floating point numbers accurately").
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
    // Behind zeros, so that the last digit is the last byte.
    word = (word ^ repeated(b'0')) << (8 * (8 - digits));
    // A byte above nine reaches the highest bit, or has it.
    if (word.wrapping_add(repeated(127 - 9)) | word) & repeated(0x80) != 0 {
        return None;
    }
    // Pairs, fours and then all are put together by one multiplication each.
    let pairs = word.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    let whole = fours.wrapping_mul(10_000 << 32 | 1) >> 32;
    #[allow(clippy::cast_precision_loss, reason = "a float holds eight digits")]
    let value = whole as f64 / POWERS[fraction];
    Some(if negative { -value } else { value })
}

/// One to eight bytes as a word, the first one lowest, without a loop: what is read twice is the same both times.
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

/// The byte in each place of a word.
const fn repeated(byte: u8) -> u64 {
    u64::MAX / 0xff * byte as u64
}

/// The first place of a byte in a word.
#[inline]
const fn place_of(word: u64, byte: u8) -> Option<usize> {
    let others = word ^ repeated(byte);
    // Of bytes that are zero the lowest is told exactly; a borrow may tell of others behind it.
    let found = others.wrapping_sub(repeated(1)) & !others & repeated(0x80);
    if found == 0 { None } else { Some(found.trailing_zeros() as usize / 8) }
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
