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

/// The first microsecond of the year 1, and the first one after the year 9999.
const YEARS: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

/// Parses `YYYY-MM-DD`, a space or `T`, `HH:MM:SS` or `H:MM:SS`, a point with 1 to 9 fraction digits (cut after the sixth)
/// or none, and `UTC`, `GMT`, `Z`, a numeric offset or nothing (taken as UTC). Letters may be in any case.
///
/// None for any other text, for a time that does not exist, and for one before the year 1 or after the year 9999 of UTC.
#[must_use]
pub fn parse_time(text: &[u8]) -> Option<Time> {
    if let Some(micros) = json_time(text) {
        return Some(Time { micros, form: TimeForm::Json });
    }
    if let Some(micros) = cell_time(text) {
        return Some(Time { micros, form: TimeForm::Cell });
    }
    parse_other(text)
}

/// The same for any form.
fn parse_other(text: &[u8]) -> Option<Time> {
    let (date, rest) = text.split_at_checked(10)?;
    let &[y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2] = date else { return None };
    let (hour, is_short, minute, second, rest) = match *rest {
        [_, h1, h2, b':', mi1, mi2, b':', s1, s2, ref rest @ ..] => {
            (number(&[h1, h2])?, false, number(&[mi1, mi2])?, number(&[s1, s2])?, rest)
        }
        [_, h, b':', mi1, mi2, b':', s1, s2, ref rest @ ..] => {
            (number(&[h])?, true, number(&[mi1, mi2])?, number(&[s1, s2])?, rest)
        }
        _ => return None,
    };
    let middle = *text.get(10)?;
    if !matches!(middle, b' ' | b'T' | b't') {
        return None;
    }
    let year = number(&[y1, y2, y3, y4])?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&[mo1, mo2])?, number(&[d1, d2])?)?;
    let (fraction, zone) = fraction(rest)?;
    let (offset_seconds, zone_form) = zone_offset(zone)?;
    let time = date.and_hms_micro_opt(hour, minute, second, fraction.micros)?;
    let micros = time.and_utc().timestamp_micros() - offset_seconds * 1_000_000;
    if !YEARS.contains(&micros) {
        return None;
    }
    let form = match (middle, fraction.digits, zone_form) {
        (b' ', 0, Zone::SpaceUtc) if !is_short => TimeForm::Cell,
        (b'T', 3, Zone::Zulu) if !is_short => TimeForm::Json,
        _ => TimeForm::Other,
    };
    Some(Time { micros, form })
}

/// The same for [`TimeForm::Json`] alone, of which all bytes are checked together; the year 0 is left to the others.
pub fn json_time(text: &[u8]) -> Option<i64> {
    const FORM: Form = Form::new([*b"0000-00-", *b"00T00:00", *b":00.000Z"]);
    let ([date, minutes, rest], []) = text.as_chunks::<8>() else { return None };
    let [date, minutes, rest] = FORM.pairs([*date, *minutes, *rest])?;
    let seconds = seconds(date, minutes, byte(rest, 1))?;
    Some(seconds * 1_000_000 + byte(rest, 4) * 10_000 + byte(rest, 6) * 100)
}

/// The same for [`TimeForm::Cell`].
pub fn cell_time(text: &[u8]) -> Option<i64> {
    const FORM: Form = Form::new([*b"0000-00-", *b"00 00:00", *b"0:00 UTC"]);
    let text: &[u8; 23] = text.try_into().ok()?;
    // The last eight bytes overlap the others.
    let [date, minutes, rest] = FORM.pairs([*text.first_chunk()?, *text[8..].first_chunk()?, *text.last_chunk()?])?;
    Some(seconds(date, minutes, byte(rest, 2))? * 1_000_000)
}

/// Three words of a text of which some bytes are digits, and 0 in the form.
struct Form {
    words: [u64; 3],
    /// Added to the difference from the form, a byte that is too large sets the highest bit: above nine of a digit, above
    /// zero of another byte.
    limits: [u64; 3],
}

impl Form {
    const fn new(form: [[u8; 8]; 3]) -> Self {
        let (mut words, mut limits) = ([0; 3], [0; 3]);
        let mut at = 0;
        while at < 3 {
            words[at] = u64::from_le_bytes(form[at]);
            let mut limit = [127; 8];
            let mut byte = 0;
            while byte < 8 {
                if form[at][byte] == b'0' {
                    limit[byte] = 127 - 9;
                }
                byte += 1;
            }
            limits[at] = u64::from_le_bytes(limit);
            at += 1;
        }
        Self { words, limits }
    }

    /// The numbers of two digits in a text of this form: in the byte of each digit, ten times the digit and the one after
    /// it, which is 0 if another byte follows.
    #[inline]
    fn pairs(&self, text: [[u8; 8]; 3]) -> Option<[u64; 3]> {
        let digits = [0, 1, 2].map(|at: usize| u64::from_le_bytes(text[at]) ^ self.words[at]);
        let other = [0, 1, 2].map(|at: usize| digits[at].wrapping_add(self.limits[at]) | digits[at]);
        if (other[0] | other[1] | other[2]) & 0x8080_8080_8080_8080 != 0 {
            return None;
        }
        Some(digits.map(|digits| digits.wrapping_mul(10).wrapping_add(digits >> 8)))
    }
}

/// A byte of a word.
#[inline]
const fn byte(word: u64, at: u32) -> i64 {
    (word >> (8 * at) & 0xff).cast_signed()
}

/// For each month, its number of days in a year without a leap day, and the number of days before it.
const MONTHS: [(i64, i64); 13] = [
    (0, 0),
    (31, 0),
    (28, 31),
    (31, 59),
    (30, 90),
    (31, 120),
    (30, 151),
    (31, 181),
    (31, 212),
    (30, 243),
    (31, 273),
    (30, 304),
    (31, 334),
];

/// Number of days from the first of January of the year 1 to 1970.
const FIRST_OF_1970: i64 = 719_162;

/// Seconds since 1970 of the [`pairs`] of `YYYY-MM-` and `DD HH:MM`, and the seconds; none if there is no such time.
#[inline]
fn seconds(date: u64, minutes: u64, second: i64) -> Option<i64> {
    let (century, of_century, month) = (byte(date, 0), byte(date, 2), byte(date, 5));
    let (day, hour, minute) = (byte(minutes, 0), byte(minutes, 3), byte(minutes, 6));
    let is_leap = of_century % 4 == 0 && (of_century != 0 || century % 4 == 0);
    let &(days, before) = MONTHS.get(usize::try_from(month).ok()?)?;
    let year = century * 100 + of_century;
    let exists = (1..=days + i64::from(is_leap && month == 2)).contains(&day) && year > 0;
    if !exists || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years = year - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 + before + i64::from(is_leap && month > 2) + day - 1;
    Some((days - FIRST_OF_1970) * 86_400 + hour * 3600 + minute * 60 + second)
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
    if !(1..=9).contains(&count) {
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
        b"" => return Some((0, Zone::Other)),
        _ => {}
    }
    let zone = zone.strip_prefix(b" ").unwrap_or(zone);
    if [&b"UTC"[..], b"GMT", b"Z"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return Some((0, Zone::Other));
    }
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
    use proptest::prelude::*;

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
            "2017-05-22t21:08:29z",
            "2017-05-22 21:08:29 utc",
            "2017-05-22 21:08:29Utc",
            "2017-05-22 21:08:29 GMT",
            "2017-05-22 21:08:29gmt",
        ] {
            assert_eq!(read(other), Some((1_495_487_309_000_000, TimeForm::Other)), "{other}");
        }
        assert_eq!(read("2017-05-22T21:08:29.123456789Z"), Some((1_495_487_309_123_456, TimeForm::Other)));
        assert_eq!(read("1969-12-31T23:59:59.999Z"), Some((-1_000, TimeForm::Json)));
        assert_eq!(read("1970-01-01 1:00:00 UTC"), Some((3_600_000_000, TimeForm::Other)));
        assert_eq!(read("1970-01-01T1:00:00.5Z"), Some((3_600_500_000, TimeForm::Other)));
    }

    proptest! {
        /// Of texts that differ little from a time, the quick readers read what the general one does, or nothing.
        #[test]
        fn quick_readers_agree(
            fields in (0..10_000_u32, 0..14_u32, 0..33_u32, 0..25_u32, 0..61_u32, 0..61_u32, 0..1000_u32),
            json in any::<bool>(),
            other in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let (year, month, day, hour, minute, second, milli) = fields;
            let mut text = if json {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
            }.into_bytes();
            if let Some((place, byte)) = other {
                let place = place.index(text.len());
                text[place] = byte;
            }
            let expected = parse_other(&text);
            let of_form = |form: TimeForm| expected.filter(|time| time.form == form).map(|time| time.micros);
            if expected.is_none_or(|time| time.micros >= YEARS.start + 366 * 86_400_000_000) {
                prop_assert_eq!(json_time(&text), of_form(TimeForm::Json));
                prop_assert_eq!(cell_time(&text), of_form(TimeForm::Cell));
            }
            prop_assert_eq!(parse_time(&text), expected);
        }
    }

    #[test]
    fn every_day_of_the_calendar_is_read() {
        let mut date = NaiveDate::from_ymd_opt(1, 1, 1);
        let mut micros = YEARS.start;
        while let Some(day) = date.filter(|_| YEARS.contains(&micros)) {
            assert_eq!(json_time(day.format("%Y-%m-%dT00:00:00.000Z").to_string().as_bytes()), Some(micros), "{day}");
            micros += 86_400_000_000;
            date = day.succ_opt();
        }
    }

    #[test]
    fn the_year_is_that_of_the_time_in_utc() {
        let micros = |text: &str| parse_time(text.as_bytes()).map(|time| time.micros);
        assert_eq!(micros("0000-12-31T23:30:00-01:00"), Some(YEARS.start + 30 * 60 * 1_000_000));
        assert_eq!(micros("0001-01-01T00:30:00+01:00"), None);
        assert_eq!(micros("9999-12-31T23:59:59.999999Z"), Some(YEARS.end - 1));
        assert_eq!(micros("9999-12-31T23:30:00-01:00"), None);
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
            "2017-05-22T21:08:29.Z",
            "2017-05-22 21:08:29 ",
            "2017-05-22 21:08:29  UTC",
            "2017-05-22 21:08",
            "2017-05-22 :21:08:29",
            "2017-05-22 121:08:29",
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
