//! Fields that are read as a whole: versions of the form `major.minor`, and the filters of records.

use crate::columns::{Cell, CellError, parse_int, parse_time};

use super::record::{RawRecord, Record};
use super::spec::FilterSpec;

/// Whether a record passes a filter; the field and the reason if the field cannot be read.
pub fn passes(record: &mut Record, raw: RawRecord<'_>, filter: &FilterSpec) -> Result<bool, (usize, CellError)> {
    let unreadable = |field: usize, cell: Cell<'_>, expected| Err((field, CellError::scalar(cell.text, expected)));
    match filter {
        FilterSpec::OneOf { field, values } => {
            let cell = record.cell(raw, *field);
            match parse_int(cell.text) {
                Some((number, _)) => Ok(values.contains(&number)),
                None if cell.is_null() => Ok(false),
                None => unreadable(*field, cell, "an integer"),
            }
        }
        FilterSpec::Versions { field, from, to } => {
            let version = parse_version(record.cell(raw, *field).text);
            Ok(version.is_some_and(|version| in_range(version, *from, *to)))
        }
        FilterSpec::Times { field, from, until } => {
            let cell = record.cell(raw, *field);
            match parse_time(cell.text) {
                Some(time) => {
                    Ok(from.is_none_or(|from| time.micros >= from) && until.is_none_or(|until| time.micros < until))
                }
                None if cell.is_null() => Ok(false),
                None => unreadable(*field, cell, "a time"),
            }
        }
    }
}

/// The two integers of a version such as `12.100`, which is never a float; of `12`, the second is missing. None for any
/// other text.
pub fn parse_version(text: &[u8]) -> Option<(i32, Option<i32>)> {
    match memchr::memchr(b'.', text) {
        None => Some((version_part(text)?, None)),
        Some(point) => Some((version_part(&text[..point])?, Some(version_part(&text[point + 1..])?))),
    }
}

fn version_part(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether a version is within bounds. A bound without a minor part includes all minor versions of its major version; a
/// version without one has minor 0.
fn in_range(version: (i32, Option<i32>), from: Option<(i64, Option<i64>)>, to: Option<(i64, Option<i64>)>) -> bool {
    let version = (i64::from(version.0), i64::from(version.1.unwrap_or(0)));
    from.is_none_or(|(major, minor)| version >= (major, minor.unwrap_or(0)))
        && to.is_none_or(|(major, minor)| version <= (major, minor.unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_two_integers() {
        assert_eq!(parse_version(b"12.100"), Some((12, Some(100))));
        assert_eq!(parse_version(b"12.1"), Some((12, Some(1))));
        assert_eq!(parse_version(b"16"), Some((16, None)));
        for text in ["", ".", "1.", ".1", "1.2.3", "v1", "1,2", "-1.2", "1e3", "99999999999.1", " 1.2"] {
            assert_eq!(parse_version(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn version_ranges_include_their_bounds() {
        assert!(in_range((12, Some(100)), Some((12, Some(99))), Some((12, None))));
        assert!(!in_range((12, Some(10)), Some((12, Some(99))), None));
        assert!(!in_range((13, Some(0)), None, Some((12, None))));
        assert!(in_range((12, None), Some((12, Some(0))), Some((12, Some(0)))));
        assert!(in_range((1, None), None, None));
    }
}
