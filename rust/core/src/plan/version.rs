//! `major.minor` versions, which are two integers and never a number.

/// The two integers of `12.100`; of `12`, the second is missing. None for any other text.
#[must_use]
pub fn parse_version(text: &[u8]) -> Option<(i32, Option<i32>)> {
    match memchr::memchr(b'.', text) {
        None => Some((part(text)?, None)),
        Some(point) => Some((part(&text[..point])?, Some(part(&text[point + 1..])?))),
    }
}

fn part(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether a version is within bounds; a bound without a minor takes all minors of its major, and a version without
/// one has minor 0.
#[must_use]
pub fn in_range(version: (i32, Option<i32>), from: Option<(i64, Option<i64>)>, to: Option<(i64, Option<i64>)>) -> bool {
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
    fn ranges() {
        assert!(in_range((12, Some(100)), Some((12, Some(99))), Some((12, None))));
        assert!(!in_range((12, Some(10)), Some((12, Some(99))), None));
        assert!(!in_range((13, Some(0)), None, Some((12, None))));
        assert!(in_range((12, None), Some((12, Some(0))), Some((12, Some(0)))));
        assert!(in_range((1, None), None, None));
    }
}
