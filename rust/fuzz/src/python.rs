//! Python literals: what is read is JSON, and a JSON value that is written as a literal comes back.

use std::fmt::Write as _;

use crowdarrow_core::json::{Doc, JsonErrorKind, python_literal};
use serde_json::Value;

use crate::DEPTH;
use crate::json_cell::to_serde;

/// How a literal is written.
#[derive(Clone, Copy)]
struct Style {
    /// As Python 2 does: `u''` with escapes for what is not ASCII, `1L`.
    old: bool,
    /// Arrays are written as tuples.
    tuples: bool,
    /// Strings are in double quotes.
    double: bool,
    /// Behind each comma and colon.
    space: &'static str,
}

fn write_string(text: &str, style: Style, target: &mut String) {
    let quote = if style.double { '"' } else { '\'' };
    if style.old {
        target.push('u');
    }
    target.push(quote);
    for character in text.chars() {
        match character {
            '\n' => target.push_str("\\n"),
            '\r' => target.push_str("\\r"),
            '\t' => target.push_str("\\t"),
            '\\' => target.push_str("\\\\"),
            _ if character == quote => target.extend(['\\', quote]),
            '\0'..' ' | '\x7f' => write!(target, "\\x{:02x}", u32::from(character)).unwrap(),
            _ if character.is_ascii() || !style.old => target.push(character),
            '\u{80}'..='\u{ff}' => write!(target, "\\x{:02x}", u32::from(character)).unwrap(),
            '\u{100}'..='\u{ffff}' => write!(target, "\\u{:04x}", u32::from(character)).unwrap(),
            _ => write!(target, "\\U{:08x}", u32::from(character)).unwrap(),
        }
    }
    target.push(quote);
}

/// Appends a value as a literal.
fn write(value: &Value, style: Style, target: &mut String) {
    match value {
        Value::Null => target.push_str("None"),
        Value::Bool(true) => target.push_str("True"),
        Value::Bool(false) => target.push_str("False"),
        Value::Number(number) => {
            *target += &number.to_string();
            if style.old && (number.is_i64() || number.is_u64()) {
                target.push('L');
            }
        }
        Value::String(text) => write_string(text, style, target),
        Value::Array(items) => {
            target.push(if style.tuples { '(' } else { '[' });
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    write!(target, ",{}", style.space).unwrap();
                }
                write(item, style, target);
            }
            if style.tuples && items.len() == 1 {
                target.push(',');
            }
            target.push(if style.tuples { ')' } else { ']' });
        }
        Value::Object(members) => {
            target.push('{');
            for (i, (key, item)) in members.iter().enumerate() {
                if i > 0 {
                    write!(target, ",{}", style.space).unwrap();
                }
                write_string(key, style, target);
                write!(target, ":{}", style.space).unwrap();
                write(item, style, target);
            }
            target.push('}');
        }
    }
}

/// What a literal is read as is JSON, nested no deeper than it may be.
fn check_literal(text: &str) {
    let mut read = Vec::new();
    if python_literal(text.as_bytes(), DEPTH, &mut read) {
        let mut doc = Doc::default();
        let read = String::from_utf8(read).expect("JSON is UTF-8");
        let value = doc.parse(read.as_bytes(), DEPTH).unwrap_or_else(|error| panic!("{text:?} is {read:?}: {error:?}"));
        assert!(!value.is_spaced(), "{read:?} has white space");
        let theirs = serde_json::from_str::<Value>(&read).ok();
        assert_eq!(to_serde(value), theirs, "{text:?} is {read:?}");
    }
}

/// A byte that chooses the style, and a text: a literal, or a JSON text to write as one.
pub fn check(data: &[u8]) {
    let Some(([how], rest)) = crate::choices(data) else { return };
    let Ok(text) = str::from_utf8(rest) else { return };
    check_literal(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let space = ["", " ", "\n", "\t "][usize::from(how >> 3 & 3)];
    let style = Style { old: how & 1 != 0, tuples: how & 2 != 0, double: how & 4 != 0, space };
    let (mut literal, mut read) = (String::new(), Vec::new());
    write(&value, style, &mut literal);
    if python_literal(literal.as_bytes(), DEPTH, &mut read) {
        // `serde_json` reads the tokens that it wrote, since it does not read each float exactly.
        let expected: Value = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&read).ok(), Some(expected), "{literal:?}");
    } else {
        let depth = Doc::default().check(value.to_string().as_bytes(), DEPTH).map_err(|error| error.kind);
        assert_eq!(depth.err(), Some(JsonErrorKind::Depth), "{literal:?} is not read");
    }
}
