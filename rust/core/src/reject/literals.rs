//! Signs that a record's JSON was written as Python literals.

/// Number of bytes of a record that are searched.
const SEARCHED: usize = 1 << 16;

/// Whether a record has a list or dict in Python's notation: single quotes, `True`, `False` or `None`.
pub fn has_python_literal(raw: &[u8]) -> bool {
    let raw = &raw[..raw.len().min(SEARCHED)];
    raw.iter().enumerate().any(|(at, byte)| {
        let rest = &raw[at + 1..];
        match byte {
            b'{' => starts_text(rest),
            b'[' => starts_text(rest) || starts_name(rest),
            b':' | b',' => starts_name(rest),
            _ => false,
        }
    })
}

fn starts_text(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)) == Some(&b'\'')
}

fn starts_name(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b" ") else { return false };
    [&b"True"[..], b"False", b"None"]
        .iter()
        .any(|&name| rest.strip_prefix(name).is_some_and(|rest| matches!(rest.first(), Some(b',' | b'}' | b']'))))
}

#[cfg(test)]
mod tests {
    use super::has_python_literal;

    #[test]
    fn literals_are_distinguished_from_json() {
        for literal in ["{'a': 1}", "[ \n'a']", "[{\"a\": None}]", "1, True, x", "[ False]"] {
            assert!(has_python_literal(literal.as_bytes()), "{literal}");
        }
        for other in ["{\"a\": 'x'}", "[1,true]", "it's", "[None]", ": Nonesuch", "{", "[ ", ", True"] {
            assert!(!has_python_literal(other.as_bytes()), "{other}");
        }
    }
}
