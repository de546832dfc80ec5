//! Values inside values: members by key, and what a string, a key or a number holds.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Kind, Value, parse_i64, unescape};

/// A set of JSON types, with `missing` for no value at all.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "Vec<String>")]
pub struct TypeSet(u8);

impl TypeSet {
    const MISSING: u8 = 64;

    /// Whether a value of this type is in the set.
    #[inline]
    #[must_use]
    pub const fn contains(self, kind: Kind) -> bool {
        let bit = match kind {
            Kind::Null => 1,
            Kind::True | Kind::False => 2,
            Kind::Number => 4,
            Kind::String => 8,
            Kind::Array => 16,
            Kind::Object => 32,
        };
        self.0 & bit != 0
    }

    /// Whether a missing value is in the set.
    #[inline]
    #[must_use]
    pub const fn contains_missing(self) -> bool {
        self.0 & Self::MISSING != 0
    }

    /// Whether a value, or its absence, is in the set.
    #[inline]
    #[must_use]
    pub fn matches(self, kind: Option<Kind>) -> bool {
        kind.map_or_else(|| self.contains_missing(), |kind| self.contains(kind))
    }
}

impl TryFrom<Vec<String>> for TypeSet {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let bits = names.iter().map(|name| match name.as_str() {
            "null" => Ok(1),
            "boolean" => Ok(2),
            "number" => Ok(4),
            "string" => Ok(8),
            "array" => Ok(16),
            "object" => Ok(32),
            "missing" => Ok(Self::MISSING),
            other => Err(format!("{other:?} is not a JSON type")),
        });
        bits.sum::<Result<u8, String>>().map(Self)
    }
}

/// The member of an object with this key; of a duplicate key, the last.
#[must_use]
pub fn member<'a>(object: Value<'a>, key: &[u8]) -> Option<Value<'a>> {
    let mut named = object.members().filter(|(name, _)| name.is_text(key)).map(|(_, value)| value);
    if object.has_duplicates() { named.last() } else { named.next() }
}

/// The text of a string, with U+FFFD for a lone surrogate; none for another value.
#[must_use]
pub fn string_text(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    if value.kind() != Kind::String {
        return None;
    }
    if !value.is_escaped() {
        return Some(Cow::Borrowed(value.bytes()));
    }
    let mut text = Vec::new();
    unescape(value.bytes(), &mut text);
    Some(Cow::Owned(text))
}

/// Whether a value is a string with a lone surrogate.
#[inline]
#[must_use]
pub fn has_lone_surrogate(value: Value<'_>) -> bool {
    value.kind() == Kind::String && value.is_escaped() && unescape(value.bytes(), &mut Vec::new())
}

/// The integer that a key spells.
#[must_use]
pub fn integer_key(key: Value<'_>) -> Option<i64> {
    parse_i64(&string_text(key)?)
}

/// A text without the first of `suffixes` that it ends with, and the first two integers that `#` matches in it.
pub fn split_suffix<'a>(text: &'a [u8], suffixes: &[String]) -> Option<(&'a [u8], [i64; 2])> {
    suffixes.iter().find_map(|suffix| strip(text, suffix.as_bytes()))
}

/// Strips one suffix, from its end to its start. A text that consists of the suffix alone does not match.
fn strip<'a>(text: &'a [u8], suffix: &[u8]) -> Option<(&'a [u8], [i64; 2])> {
    let mut rest = text;
    let mut numbers = [0; 2];
    for &byte in suffix.iter().rev() {
        if byte == b'#' {
            let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let (head, number) = rest.split_at(rest.len() - digits);
            // From the last integer to the first.
            numbers = [parse_i64(number)?, numbers[0]];
            rest = head;
        } else {
            rest = rest.strip_suffix(&[byte])?;
        }
    }
    if rest.is_empty() { None } else { Some((rest, numbers)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_split_into_text_and_integers() {
        let suffixes = [".cell.#.subtask.#".to_owned(), ".#.#".to_owned()];
        let split = |text: &'static str| split_suffix(text.as_bytes(), &suffixes);
        assert_eq!(split("T0.1.20"), Some((&b"T0"[..], [1, 20])));
        assert_eq!(split("a.b.0.0"), Some((&b"a.b"[..], [0, 0])));
        assert_eq!(split("T0.cell.6.subtask.2"), Some((&b"T0"[..], [6, 2])));
        for text in ["T0", "T0.1", "T0.1.", "T0..1", "T0.a.1", "", "1", ".0.0", "T0.1.99999999999999999999"] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn type_sets_contain_the_named_types() {
        let set = TypeSet::try_from(vec!["boolean".to_owned(), "missing".to_owned()]);
        assert!(set.as_ref().is_ok_and(|set| set.contains(Kind::True) && set.contains(Kind::False)));
        assert!(set.is_ok_and(|set| set.matches(None) && !set.matches(Some(Kind::Null))));
        assert!(TypeSet::try_from(vec!["integer".to_owned()]).is_err());
    }
}
