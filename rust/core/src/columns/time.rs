//! Parses the times of exports to microseconds of the epoch.

use chrono::NaiveDate;

/// A time, and its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub micros: i64,
    /// Its form.
    pub form: TimeForm,
}

/// The form of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// `2017-05-22 21:08:29 UTC`, as in the cells of an export.
    Cell,
    /// `2025-01-21T16:06:58.517Z`, as inside JSON.
    Json,
    /// Any other accepted form.
    Other,
}

/// Parses `YYYY-MM-DD`, a space or `T`, `HH:MM:SS`, 0 to 9 fraction digits (cut after the sixth), and `UTC`, `Z`, a
/// numeric offset or nothing (taken as UTC); none for any other text, and for a time that does not exist.
#[must_use]
pub fn parse_time(text: &[u8]) -> Option<Time> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let &[y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, middle, h1, h2, b':', mi1, mi2, b':', s1, s2] = date_time
    else {
        return None;
    };
    if middle != b' ' && middle != b'T' {
        return None;
    }
    let year = number(&[y1, y2, y3, y4])?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&[mo1, mo2])?, number(&[d1, d2])?)?;
    let (fraction, zone) = fraction(rest)?;
    let (offset_seconds, zone_form) = zone_offset(zone)?;
    if year == 0 {
        return None;
    }
    let time = date.and_hms_micro_opt(number(&[h1, h2])?, number(&[mi1, mi2])?, number(&[s1, s2])?, fraction.micros)?;
    let form = match (middle, fraction.digits, zone_form) {
        (b' ', 0, Zone::SpaceUtc) => TimeForm::Cell,
        (b'T', 3, Zone::Zulu) => TimeForm::Json,
        _ => TimeForm::Other,
    };
    Some(Time { micros: time.and_utc().timestamp_micros() - offset_seconds * 1_000_000, form })
}

struct Fraction {
    micros: u32,
    digits: usize,
}

/// The fraction at the start of `rest`, and the text after it.
fn fraction(rest: &[u8]) -> Option<(Fraction, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((Fraction { micros: 0, digits: 0 }, rest));
    };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if count > 9 {
        return None;
    }
    let micros = (0..6).fold(0, |micros, i| micros * 10 + if i < count { u32::from(digits[i] - b'0') } else { 0 });
    Some((Fraction { micros, digits: count }, &digits[count..]))
}

#[derive(Clone, Copy)]
enum Zone {
    SpaceUtc,
    Zulu,
    Other,
}

/// Seconds east of UTC.
fn zone_offset(zone: &[u8]) -> Option<(i64, Zone)> {
    match zone {
        b" UTC" => return Some((0, Zone::SpaceUtc)),
        b"Z" => return Some((0, Zone::Zulu)),
        b"" | b"UTC" | b" Z" => return Some((0, Zone::Other)),
        _ => {}
    }
    let zone = zone.strip_prefix(b" ").unwrap_or(zone);
    let (sign, hours, minutes) = match *zone {
        [sign @ (b'+' | b'-'), h1, h2] => (sign, number(&[h1, h2])?, 0),
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] | [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            (sign, number(&[h1, h2])?, number(&[m1, m2])?)
        }
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i64::from(hours * 3600 + minutes * 60);
    Some((if sign == b'-' { -seconds } else { seconds }, Zone::Other))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let read = |text: &str| parse_time(text.as_bytes()).map(|time| (time.micros, time.form));
        assert_eq!(read("2017-05-22 21:08:29 UTC"), Some((1_495_487_309_000_000, TimeForm::Cell)));
        assert_eq!(read("2017-05-22T21:08:29.517Z"), Some((1_495_487_309_517_000, TimeForm::Json)));
        for other in [
            "2017-05-22T21:08:29Z",
            "2017-05-22 21:08:29",
            "2017-05-22 21:08:29Z",
            "2017-05-22T21:08:29",
            "2017-05-22T14:08:29-07:00",
            "2017-05-22T14:08:29-0700",
            "2017-05-22 23:08:29 +0200",
            "2017-05-22T23:08:29+02",
            "2017-05-22T21:08:29.Z",
        ] {
            assert_eq!(read(other), Some((1_495_487_309_000_000, TimeForm::Other)), "{other}");
        }
        assert_eq!(read("2017-05-22T21:08:29.123456789Z"), Some((1_495_487_309_123_456, TimeForm::Other)));
        assert_eq!(read("1969-12-31T23:59:59.999Z"), Some((-1_000, TimeForm::Json)));
    }

    #[test]
    fn not_times() {
        for text in [
            "",
            "2017-05-22",
            "2017-02-30 00:00:00 UTC",
            "2017-13-01T00:00:00Z",
            "2017-05-22T24:00:00Z",
            "2017-05-22T21:08:60Z",
            "2017-05-22T21:08:29.1234567890Z",
            "018-02-08T22:15:07.152Z",
            "2017-05-22T21:08:29 PST",
            "2017-05-22T21:08:29+24:00",
            "2017-05-22T21:08:29+02:60",
            " 2017-05-22T21:08:29Z",
            "0000-01-01T00:00:00Z",
            "2017-05-22T21:08:29Zx",
            "+017-05-22T21:08:29Z",
        ] {
            assert_eq!(parse_time(text.as_bytes()), None, "{text}");
        }
    }
}
