//! Text transforms that a cell or value declares.

use serde::Deserialize;

/// A transform that is tried before a text is parsed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Decode {
    /// `\x` and the hex digits of the text's bytes, the form in which `PostgreSQL` writes bytes.
    Hex,
}

impl Decode {
    /// The decoded text; none if the text does not have the encoded form.
    #[must_use]
    pub fn apply(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex(text.strip_prefix(b"\\x")?),
        }
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
