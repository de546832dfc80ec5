//! Forms of times that a cell or value declares besides those of every export.

use serde::Deserialize;

use super::{TimeForm, parse_time};
use crate::leniency::Leniency;

/// The forms that a time may have besides those that [`parse_time`] reads.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Vec<String>")]
#[allow(clippy::struct_excessive_bools, reason = "a set of names")]
pub struct Decode {
    /// `\x` and the hex digits of the text's bytes, the form in which `PostgreSQL` writes bytes.
    hex: bool,
    /// A JSON number of milliseconds since 1970.
    epoch: bool,
    /// A text of such a number.
    epoch_text: bool,
    /// `2020-05-19T14:30:31.842667`, with or without the fraction, is the form that the exporter itself writes.
    naive: bool,
}

impl TryFrom<Vec<String>> for Decode {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let mut decode = Self::default();
        for name in names {
            match name.as_str() {
                "hex" => decode.hex = true,
                "epoch" => decode.epoch = true,
                "epoch_text" => decode.epoch_text = true,
                "naive" => decode.naive = true,
                other => return Err(format!("{other:?} is not a form of a time")),
            }
        }
        Ok(decode)
    }
}

impl Decode {
    /// Reads the text of a time: microseconds since 1970, and the leniency to count.
    #[must_use]
    pub fn text(self, text: &[u8]) -> Option<(i64, Option<Leniency>)> {
        if self.hex
            && let Some(time) = text.strip_prefix(b"\\x").and_then(hex).and_then(|text| parse_time(&text))
        {
            return Some((time.micros, Some(Leniency::Decoded)));
        }
        if let Some(time) = parse_time(text) {
            let own = if self.naive { is_naive(text) } else { time.form == TimeForm::Cell };
            return Some((time.micros, (!own).then_some(Leniency::TimeForm)));
        }
        if self.epoch_text { Some((epoch(text)?, Some(Leniency::EpochTime))) } else { None }
    }

    /// Reads a JSON number, or the text of one: microseconds since 1970.
    #[must_use]
    pub fn number(self, token: &[u8], is_text: bool) -> Option<i64> {
        if is_text && self.epoch_text || !is_text && self.epoch { epoch(token) } else { None }
    }
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// Whether a time is written with a `T` and without a zone, in microseconds or seconds.
fn is_naive(text: &[u8]) -> bool {
    text.get(10) == Some(&b'T')
        && match text.get(19..) {
            Some([]) => true,
            Some([b'.', digits @ ..]) => digits.len() == 6 && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}

/// The smallest number that is a time, and the first one after the year 9999, in microseconds.
const TIMES: std::ops::Range<i128> = 100_000_000_000_000..253_402_300_800_000_000;

/// Microseconds of a number of milliseconds, cut: `1589898631842`, `1589898631842.5` or `1.5898986318425e12`.
fn epoch(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&text[..at], str::from_utf8(&text[at + 1..]).ok()?.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = match memchr::memchr(b'.', mantissa) {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    let is_number = !whole.is_empty() && fraction.is_empty() != (mantissa.len() > whole.len());
    if !is_number || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    // Microseconds are the digits before the place of the point, moved by the exponent and by three for milliseconds.
    let places = i64::try_from(whole.len()).ok()? + i64::from(exponent) + 3;
    let digits = whole.iter().chain(fraction).chain(std::iter::repeat(&b'0'));
    let mut micros: i128 = 0;
    for digit in digits.take(usize::try_from(places).ok()?) {
        micros = micros * 10 + i128::from(digit - b'0');
        if micros >= TIMES.end {
            return None;
        }
    }
    if TIMES.contains(&micros) { i64::try_from(micros).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_cut_to_microseconds() {
        let micros = Some(1_589_898_631_842_000);
        for text in ["1589898631842", "1589898631842.0", "+1589898631842", "1.589898631842E12", "15898986318420e-1"] {
            assert_eq!(epoch(text.as_bytes()), micros, "{text}");
        }
        assert_eq!(epoch(b"1589898631842.9999"), Some(1_589_898_631_842_999));
        assert_eq!(epoch(b"100000000000"), Some(100_000_000_000_000));
        assert_eq!(epoch(b"253402300799999.9999"), Some(253_402_300_799_999_999));
    }

    #[test]
    fn other_numbers_are_no_times() {
        for text in [
            "",
            "+",
            ".",
            "1589898631842.",
            ".5",
            "99999999999.999",
            "253402300800000",
            "-1589898631842",
            "1e400",
            "1e",
            "1589898631842e-99999999999",
            "0x1",
            "1 589898631842",
            "99999999999999999999999999999999999999999999",
        ] {
            assert_eq!(epoch(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn only_the_declared_form_is_no_leniency() {
        let decode = Decode { naive: true, hex: true, ..Decode::default() };
        for own in ["2020-05-19T14:30:31.842667", "2020-05-19T14:30:31"] {
            assert_eq!(decode.text(own.as_bytes()).map(|(_, counted)| counted), Some(None), "{own}");
        }
        for other in
            ["2020-05-19T14:30:31Z", "2020-05-19 14:30:31", "2020-05-19T14:30:31.5", "2020-05-19T14:30:31.1+0200"]
        {
            let counted = decode.text(other.as_bytes()).map(|(_, counted)| counted);
            assert_eq!(counted, Some(Some(Leniency::TimeForm)), "{other}");
        }
        assert_eq!(decode.text(br"\x31393730").map(|(micros, _)| micros), None);
        let time = decode.text(br"\x323032302d30352d31395431343a33303a3331");
        assert_eq!(time, Some((1_589_898_631_000_000, Some(Leniency::Decoded))));
    }
}
