//! Numbers: bit for bit those of the standard library.

use crowdarrow_core::columns::parse_int;
use crowdarrow_core::json::{parse_decimal, parse_f64, parse_i64};

/// The text without the digits that it starts with, of which there must be at least one.
fn digits(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|byte: char| byte.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

/// Whether a text is `[+-]?(digits[.digits]|.digits)([eE][+-]?digits)?`.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mantissa = match text.strip_prefix('.') {
        Some(fraction) => digits(fraction),
        None => digits(text).and_then(|rest| rest.strip_prefix('.').map_or(Some(rest), digits)),
    };
    let exponent = |rest: &str| {
        let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
        digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)) == Some("")
    };
    mantissa.is_some_and(exponent)
}

/// The bits of a finite number.
fn bits(number: Option<f64>) -> Option<u64> {
    number.filter(|number| number.is_finite()).map(f64::to_bits)
}

fn check_token(token: &[u8]) {
    let text = str::from_utf8(token).ok();
    let only = token.iter().all(|byte| b"0123456789+-.eE".contains(byte));
    let float = bits(text.filter(|_| only).and_then(|text| text.parse().ok()));
    assert_eq!(bits(parse_f64(token)), float, "{token:?}");
    assert_eq!(bits(parse_decimal(token)), float.filter(|_| text.is_some_and(is_decimal)), "{token:?}");
    let integer = |text: &str| if text.starts_with('+') { None } else { text.parse::<i64>().ok() };
    assert_eq!(parse_i64(token), text.and_then(integer), "{token:?}");
    let whole = text.and_then(|text| {
        let plain =
            text.strip_prefix('+').filter(|rest| rest.starts_with(|byte: char| byte.is_ascii_digit())).unwrap_or(text);
        match plain.split_once('.') {
            None => integer(plain).map(|number| (number, false)),
            Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
                integer(whole).map(|number| (number, true))
            }
            Some(_) => None,
        }
    });
    assert_eq!(parse_int(token), whole, "{token:?}");
}

/// Lines, each with a number; and the same bytes as numbers, which are written and read.
pub fn check(data: &[u8]) {
    data.split(|&byte| byte == b'\n').for_each(check_token);
    for eight in data.as_chunks().0 {
        let number = f64::from_le_bytes(*eight);
        if number.is_finite() {
            for text in [number.to_string(), format!("{number:e}")] {
                assert_eq!(bits(parse_f64(text.as_bytes())), Some(number.to_bits()), "{text}");
            }
        }
        let integer = i64::from_le_bytes(*eight);
        assert_eq!(parse_i64(integer.to_string().as_bytes()), Some(integer));
    }
}
