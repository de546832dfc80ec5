//! Times: those of `chrono`, once they are written in the one form that it reads.

use chrono::{DateTime, SecondsFormat};
use crowdarrow_core::columns::{TimeForm, parse_time};

/// The first microsecond of the year 1, and the first one after the year 9999.
const YEARS: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

/// A pattern in which `0` is a digit, and the rest of the text.
fn after<'a>(text: &'a str, pattern: &str) -> Option<(&'a str, &'a str)> {
    let (head, rest) = text.split_at_checked(pattern.len())?;
    let fits = |(one, of): (u8, u8)| if of == b'0' { one.is_ascii_digit() } else { one == of };
    head.bytes().zip(pattern.bytes()).all(fits).then_some((head, rest))
}

/// The offset of a zone as RFC 3339 writes it.
fn offset(zone: &str) -> Option<String> {
    let zone = zone.strip_prefix(' ').filter(|zone| !zone.is_empty()).unwrap_or(zone);
    if ["", "utc", "gmt", "z"].contains(&zone.to_ascii_lowercase().as_str()) {
        return Some("+00:00".to_owned());
    }
    let (sign, rest) = (zone.chars().next()?, zone.get(1..)?);
    if !matches!(sign, '+' | '-') {
        return None;
    }
    let (hours, minutes) = match (after(rest, "00:00"), after(rest, "0000"), after(rest, "00")) {
        (Some((found, "")), ..) => (&found[..2], &found[3..]),
        (_, Some((found, "")), _) => (&found[..2], &found[2..]),
        (.., Some((found, ""))) => (found, "00"),
        _ => return None,
    };
    (hours < "24" && minutes < "60").then(|| format!("{sign}{hours}:{minutes}"))
}

/// The microseconds of a text, read by `chrono`.
fn expected(text: &str) -> Option<i64> {
    let (date, rest) = after(text, "0000-00-00")?;
    let rest = rest.strip_prefix([' ', 'T', 't'])?;
    let (hour, rest) = after(rest, "00:").or_else(|| after(rest, "0:"))?;
    let (minute, rest) = after(rest, "00:00")?;
    // Leap seconds are not read.
    if minute.ends_with("60") {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => ("0", rest),
        Some(digits) => {
            let end = digits.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(digits.len());
            if !(1..=9).contains(&end) {
                return None;
            }
            digits.split_at(end)
        }
    };
    let (padding, offset) = (if hour.len() == 2 { "0" } else { "" }, offset(zone)?);
    let time = DateTime::parse_from_rfc3339(&format!("{date}T{padding}{hour}{minute}.{fraction}{offset}")).ok()?;
    Some(time.timestamp_micros()).filter(|micros| YEARS.contains(micros))
}

fn check_text(text: &[u8]) {
    let found = parse_time(text);
    let shown = String::from_utf8_lossy(text);
    assert_eq!(found.map(|time| time.micros), str::from_utf8(text).ok().and_then(expected), "{shown:?}");
    if let Some(time) = found {
        let utc = DateTime::from_timestamp_micros(time.micros).unwrap();
        // The two forms of exports are exactly what they are read from.
        match time.form {
            TimeForm::Cell => assert_eq!(utc.format("%Y-%m-%d %H:%M:%S UTC").to_string(), shown),
            TimeForm::Json => assert_eq!(utc.to_rfc3339_opts(SecondsFormat::Millis, true), shown),
            TimeForm::Other => {}
        }
    }
}

/// Lines, each with a time.
pub fn check(data: &[u8]) {
    data.split(|&byte| byte == b'\n').for_each(check_text);
}
