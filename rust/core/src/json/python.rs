//! Converts Python literals to JSON: the `repr` of Python 2 and 3 for JSON values and tuples, with any white space between
//! the tokens.
//!
//! Literals are parsed, never evaluated: dicts with string keys, lists, tuples (which become lists), strings (`u''`, either
//! quote, the escapes that `repr` writes), integers (`10L`), floats, `True`, `False`, `None`.

use super::write::escape;
use super::{Doc, parse_f64};

/// Appends the JSON form of a literal; false if the text is not a literal, in which case part may have been appended.
pub fn python_literal(text: &[u8], max_depth: usize, target: &mut Vec<u8>) -> bool {
    let mut reader = Reader { text, at: 0 };
    reader.value(max_depth, target).is_some() && {
        reader.space();
        reader.at == text.len()
    }
}

/// The most digits of a number that is surely the shortest of its float: floats keep 15 decimal digits.
const SURE_DIGITS: usize = 15;

/// The fraction of a number below 0.0001, which Python writes with an exponent.
const SMALL: &[u8] = b"0000";

/// Whether Python writes the number of a valid token as the token is; `shortest` is a buffer.
pub fn is_python_number(token: &[u8], shortest: &mut Vec<u8>) -> bool {
    number_end(token, 0).is_some_and(|(end, point)| end == token.len() && is_python_decimal(token, point, shortest))
}

/// Appends the numbers of a valid array as Python writes them in a list; false if it has other values, or numbers that
/// Python writes otherwise, in which case some may have been appended.
pub fn append_python_numbers(array: &[u8], target: &mut Vec<u8>, shortest: &mut Vec<u8>) -> bool {
    let inner = array.get(1..array.len().saturating_sub(1)).unwrap_or_default();
    let mut at = space_end(inner, 0);
    while at < inner.len() {
        let Some((end, point)) = number_end(inner, at) else { return false };
        let number = &inner[at..end];
        if !is_python_decimal(number, point.saturating_sub(at), shortest) {
            return false;
        }
        target.extend_from_slice(number);
        at = space_end(inner, end);
        if at < inner.len() {
            if inner[at] != b',' {
                return false; // an exponent
            }
            target.extend_from_slice(b", ");
            at = space_end(inner, at + 1);
        }
    }
    true
}

/// Where white space ends that begins here.
#[inline]
fn space_end(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(|&byte| byte <= b' ') {
        at += 1;
    }
    at
}

/// Where a number without an exponent ends that begins here, and its point; the end if it has none.
#[inline]
fn number_end(text: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    let (first, mut point) = (at, None);
    while let Some(&byte) = text.get(at) {
        if byte == b'.' {
            point = Some(at);
        } else if !byte.is_ascii_digit() {
            break;
        }
        at += 1;
    }
    (at > first).then(|| (at, point.unwrap_or(at)))
}

/// Whether Python writes a number without an exponent as it is; `point` is the place of its point, or its end, and
/// `shortest` is a buffer.
#[inline]
pub fn is_python_decimal(number: &[u8], point: usize, shortest: &mut Vec<u8>) -> bool {
    let sign = usize::from(number[0] == b'-');
    let Some(fraction) = number.get(point + 1..) else {
        return number.len() - sign <= SURE_DIGITS && number != b"-0";
    };
    if fraction.len() > 1 && fraction.last() == Some(&b'0') || number[sign] == b'0' && fraction.starts_with(SMALL) {
        return false;
    }
    number.len() - sign <= SURE_DIGITS + 1 || is_shortest(number, shortest)
}

/// Whether a token with a point is the shortest one of its float.
#[cold]
fn is_shortest(token: &[u8], shortest: &mut Vec<u8>) -> bool {
    use std::io::Write as _;

    shortest.clear();
    parse_f64(token).is_some_and(|value| write!(shortest, "{value:?}").is_ok() && shortest == token)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize, target: &mut Vec<u8>) -> Option<()> {
        self.space();
        match self.peek()? {
            b'{' | b'[' | b'(' if depth == 0 => None,
            b'{' => self.items(b'}', depth, target),
            b'[' => self.items(b']', depth, target),
            b'(' => self.items(b')', depth, target),
            b'-' | b'0'..=b'9' => self.number(target),
            _ => {
                for (word, json) in [(&b"None"[..], &b"null"[..]), (b"True", b"true"), (b"False", b"false")] {
                    if self.word(word) {
                        target.extend_from_slice(json);
                        return Some(());
                    }
                }
                self.string(target)
            }
        }
    }

    /// The contents of brackets: items or, in braces, members.
    fn items(&mut self, close: u8, depth: usize, target: &mut Vec<u8>) -> Option<()> {
        self.at += 1;
        let (open, end) = if close == b'}' { (b'{', b'}') } else { (b'[', b']') };
        target.push(open);
        let (mut count, mut comma) = (0, false);
        loop {
            if self.take(close).is_some() {
                target.push(end);
                // The only trailing comma is that of a tuple of one value; without it that is a value in parentheses.
                return (comma == (close == b')' && count == 1)).then_some(());
            }
            if count > 0 {
                if !comma {
                    return None;
                }
                target.push(b',');
            }
            count += 1;
            if close == b'}' {
                self.space();
                self.string(target)?;
                self.take(b':')?;
                target.push(b':');
            }
            self.value(depth - 1, target)?;
            comma = self.take(b',').is_some();
        }
    }

    fn number(&mut self, target: &mut Vec<u8>) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let token = str::from_utf8(&self.text[start..self.at]).ok()?;
        // Python 2's long integers.
        if self.peek() == Some(b'L') {
            if token.contains(['.', 'e', 'E']) {
                return None;
            }
            self.at += 1;
        }
        Doc::default().check(token.as_bytes(), 1).ok()?;
        target.extend_from_slice(token.as_bytes());
        Some(())
    }

    /// A string, as JSON.
    fn string(&mut self, target: &mut Vec<u8>) -> Option<()> {
        if self.peek() == Some(b'u') {
            self.at += 1;
        }
        let quote = self.peek().filter(|byte| matches!(byte, b'\'' | b'"'))?;
        self.at += 1;
        target.push(b'"');
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                _ if byte == quote => break,
                b'\\' => self.escape(target)?,
                b'\n' | b'\r' => return None,
                _ => escape(byte, target),
            }
        }
        target.push(b'"');
        Some(())
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        let plain = match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' | b'\'' | b'"' => byte,
            b'x' => {
                let number = self.hex(2)?;
                return push(number, text);
            }
            b'u' => {
                let high = self.hex(4)?;
                // A surrogate, paired or not, is escaped as in JSON.
                if (0xd800..0xe000).contains(&high) {
                    text.extend_from_slice(format!("\\u{high:04x}").as_bytes());
                    return Some(());
                }
                return push(high, text);
            }
            b'U' => {
                let number = self.hex(8)?;
                return push(number, text);
            }
            _ => return None,
        };
        escape(plain, text);
        Some(())
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let found = str::from_utf8(self.text.get(self.at..self.at + digits)?).ok()?;
        self.at += digits;
        if found.bytes().all(|byte| byte.is_ascii_hexdigit()) { u32::from_str_radix(found, 16).ok() } else { None }
    }
}

fn push(number: u32, text: &mut Vec<u8>) -> Option<()> {
    for &byte in char::from_u32(number)?.encode_utf8(&mut [0; 4]).as_bytes() {
        escape(byte, text);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_that_python_writes_otherwise() {
        for token in ["1e2", "-0", "1.50", "0.00001", "1234567890123456", "0.1000000000000000055", "1E5", "1.0e-05"] {
            assert!(!is_python_number(token.as_bytes(), &mut Vec::new()), "{token}");
        }
        for token in ["-0.0", "0.0001", "123.45678901234567", "0.0", "123456789012345", "-1234567.12345678", "0", "-7"]
        {
            assert!(is_python_number(token.as_bytes(), &mut Vec::new()), "{token}");
        }
    }

    #[test]
    fn numbers_of_arrays() {
        let read = |text: &str| {
            let mut target = Vec::new();
            let found = append_python_numbers(text.as_bytes(), &mut target, &mut Vec::new());
            found.then(|| String::from_utf8(target).unwrap())
        };
        for (text, expected) in [
            ("[]", ""),
            ("[ ]", ""),
            ("[1]", "1"),
            ("[1,-2.5,0.0]", "1, -2.5, 0.0"),
            ("[ 1 ,\n2 , 123.45678901234567 ]", "1, 2, 123.45678901234567"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["[1e2]", "[1,2.50]", "[null]", "[1,\"2\"]", "[[1]]", "[1,{}]", "[-0]", "[0.00001,1]", "[true]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        /// Rust's debug notation is that of Python in this range.
        #[test]
        fn numbers_are_kept_if_they_are_the_shortest(token in "-?(0|[1-9][0-9]{0,9})\\.[0-9]{1,12}") {
            let value: f64 = token.parse().unwrap();
            let is_shortest = format!("{value:?}") == token && (value == 0.0 || value.abs() >= 0.0001);
            prop_assert_eq!(is_python_number(token.as_bytes(), &mut Vec::new()), is_shortest);
        }

        #[test]
        fn floats_as_they_are_written_are_kept(value in prop_oneof![0.0001..1e15, -1e6..-0.001]) {
            prop_assert!(is_python_number(format!("{value:?}").as_bytes(), &mut Vec::new()), "{}", value);
        }
    }

    fn read(text: &str) -> Option<String> {
        let mut target = Vec::new();
        python_literal(text.as_bytes(), 10, &mut target).then(|| String::from_utf8_lossy(&target).into_owned())
    }

    #[test]
    fn literals() {
        for (text, json) in [
            (r"[{u'motivation': u'tagging', 'n': 10L, 'x': None}]", r#"[{"motivation":"tagging","n":10,"x":null}]"#),
            (r#"{'a': True, "b": [1.5, -2, False]}"#, r#"{"a":true,"b":[1.5,-2,false]}"#),
            (r"'it\'s \xe9 \u00e9 \U0001f600 \ud83d\ude00'", r#""it's é é 😀 \ud83d\ude00""#),
            (r#"u"a\"b\n""#, r#""a\"b\n""#),
            ("( 'a', )", r#"["a"]"#),
            ("(1, (2,), (), [])", "[1,[2],[],[]]"),
            ("{}", "{}"),
            ("1e+16", "1e+16"),
        ] {
            assert_eq!(read(text).as_deref(), Some(json), "{text}");
        }
    }

    #[test]
    fn no_literals() {
        for text in [
            "",
            "foo",
            "[1",
            "{1: 2}",
            "__import__('os')",
            "'a' 'b'",
            "1 2",
            "[,]",
            "[1,]",
            "{'a': 1,}",
            "(1, 2,)",
            "(1)",
            "(,)",
            "1,2",
            "+5",
            ".5",
            "01",
            "1.2.3",
            "1.5L",
            "10l",
            "{'a'}",
            "b'a'",
            "U'a'",
            "uu'a'",
            r"'\None'",
            r"'\101'",
            r"'\qb'",
            r"'\U00110000'",
            "'a\nb'",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
