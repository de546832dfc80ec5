//! Fields that are read as a whole: versions of the form `major.minor`, and the filters of records.

use crate::columns::{parse_int, parse_time};
use crate::json::parse_i64;

use super::record::{RawRecord, Record};
use super::spec::FilterSpec;

/// What a filter compares: an integer or a time with 0, or the two parts of a version, the second -1 if it is missing.
pub type FilterValue = (i64, i64);

/// The value of a filter's field; none if it is null or of another form, which no filter keeps.
pub fn filter_value(record: &mut Record, raw: RawRecord<'_>, filter: &FilterSpec) -> Option<FilterValue> {
    match filter {
        FilterSpec::OneOf { field, .. } => Some((parse_int(record.cell(raw, *field).text)?.0, 0)),
        FilterSpec::Versions { field, minor: Some(minor), .. } => {
            let (major, _) = parse_int(record.cell(raw, *field).text)?;
            let minor = record.cell(raw, *minor);
            Some((major, if minor.is_null() { -1 } else { parse_int(minor.text)?.0 }))
        }
        FilterSpec::Versions { field, minor: None, .. } => {
            let (major, minor) = parse_version(record.cell(raw, *field).text)?;
            Some((major.into(), minor.map_or(-1, i64::from)))
        }
        FilterSpec::Times { field, .. } => Some((parse_time(record.cell(raw, *field).text)?.micros, 0)),
        // Evaluated where the record's expressions are.
        FilterSpec::TimesOf { .. } => None,
    }
}

/// Whether a filter keeps a value.
pub fn keeps(filter: &FilterSpec, (value, minor): FilterValue) -> bool {
    match filter {
        FilterSpec::OneOf { values, .. } => values.contains(&value),
        FilterSpec::Versions { from, to, .. } => in_range((value, minor), *from, *to),
        FilterSpec::Times { from, until, .. } | FilterSpec::TimesOf { from, until, .. } => {
            from.is_none_or(|from| value >= from) && until.is_none_or(|until| value < until)
        }
    }
}

/// Number of values that are kept to be listed; one more shows that there are others.
const LISTED: usize = 21;

/// The values of a filter's field in the records that it left out: the first few, and the least and the greatest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut(Vec<FilterValue>);

impl LeftOut {
    /// Adds a value. Once there are many, only the least and the greatest are updated.
    pub fn add(&mut self, value: FilterValue) {
        let Err(place) = self.0.binary_search(&value) else { return };
        if self.0.len() < LISTED {
            self.0.insert(place, value);
        } else if place == 0 {
            self.0[0] = value;
        } else if place == LISTED {
            self.0[LISTED - 1] = value;
        }
    }

    /// The values in order.
    pub fn values(&self) -> &[FilterValue] {
        &self.0
    }
}

/// The two integers of a version such as `12.100`, which is never a float; of `12`, the second is missing. None for any
/// other text.
pub fn parse_version(text: &[u8]) -> Option<(i32, Option<i32>)> {
    match text.iter().position(|&byte| byte == b'.') {
        None => Some((version_part(text)?, None)),
        Some(point) => Some((version_part(&text[..point])?, Some(version_part(&text[point + 1..])?))),
    }
}

fn version_part(digits: &[u8]) -> Option<i32> {
    i32::try_from(parse_i64(digits).filter(|_| digits.first() != Some(&b'-'))?).ok()
}

/// Whether a version is within bounds. A bound without a minor part includes all minor versions of its major version; a
/// version without one has minor 0.
fn in_range((major, minor): FilterValue, from: Option<(i64, Option<i64>)>, to: Option<(i64, Option<i64>)>) -> bool {
    let version = (major, minor.max(0));
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
        assert!(in_range((12, 100), Some((12, Some(99))), Some((12, None))));
        assert!(!in_range((12, 10), Some((12, Some(99))), None));
        assert!(!in_range((13, 0), None, Some((12, None))));
        assert!(in_range((12, -1), Some((12, Some(0))), Some((12, Some(0)))));
        assert!(in_range((1, -1), None, None));
    }

    #[test]
    fn left_out_values_are_listed_up_to_a_limit() {
        let mut few = LeftOut::default();
        for value in [3, 1, 3, 2] {
            few.add((value, 0));
        }
        assert_eq!(few.values(), [(1, 0), (2, 0), (3, 0)]);
        let mut many = LeftOut::default();
        for value in 0..100 {
            many.add((value * 37 % 100, 0));
        }
        assert_eq!(many.values().len(), LISTED);
        assert_eq!((many.values()[0], many.values()[LISTED - 1]), ((0, 0), (99, 0)));
    }
}
