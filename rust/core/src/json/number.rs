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
const POWERS: [f64; 20] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19];

/// Integers up to here are floats of their own.
pub const EXACT_FLOAT: u64 = 1 << 53;

/// The same for what most coordinates are: few digits, a point perhaps, no exponent.
///
/// The digits without the point and the power of ten are floats of their own then, and IEEE 754 rounds their quotient
/// to the nearest float (Clinger 1990, "How to read floating point numbers accurately").
#[inline]
fn short_f64(token: &[u8]) -> Option<f64> {
    let (negative, number) = match token {
        [b'-', number @ ..] => (true, number),
        number => (false, number),
    };
    // 19 digits and a point: below 2^64 in any case.
    if number.len() > 20 || !matches!(number, [b'0'..=b'9', .., b'0'..=b'9'] | [b'0'..=b'9']) {
        return None;
    }
    let (mut digits, mut point) = (0_u64, None);
    for (at, &byte) in number.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    if number.len() - usize::from(point.is_some()) > 19 || digits > EXACT_FLOAT {
        return None;
    }
    let fraction = point.map_or(0, |at| number.len() - 1 - at);
    #[allow(clippy::cast_precision_loss, reason = "none is lost up to `EXACT_FLOAT`")]
    let value = digits as f64 / POWERS[fraction];
    Some(if negative { -value } else { value })
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
        for token in
            ["9007199254740992", "9007199254740993", "0.9007199254740993", "-0", "-0.0", "1.", ".5", "1..2", "-"]
        {
            assert_eq!(parse_f64(token.as_bytes()).map(f64::to_bits), expected(token), "{token}");
        }
    }
}
