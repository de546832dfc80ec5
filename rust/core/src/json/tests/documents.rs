//! Random JSON texts: sound ones with white space anywhere, and ones with a few characters changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// White space between tokens, mostly none.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![6 => Just(String::new()), 1 => "[ \t\n\r]{1,3}"]
}

pub fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "-?(0|[1-9][0-9]{0,3})",
        2 => "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        1 => select(vec!["1e400", "-1e999999999999", "1e-400", "-0", "-0.0", "9223372036854775808", "0e0"])
            .prop_map(str::to_owned),
    ]
}

/// A string with its quotes.
pub fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ !#-\\[\\]-~]{0,24}",
        1 => "[^\"\\\\\\x00-\\x1f]{0,5}",
        1 => select(vec!["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]).prop_map(str::to_owned),
        1 => select(vec!["\\u0041", "\\u00e9", "\\u0000", "\\uD83E\\uDD8A", "\\uFFFF"]).prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Keys that are often the same, spelled alike or not.
fn key() -> impl Strategy<Value = String> {
    let known = select(vec!["\"a\"", "\"b\"", "\"\\u0061\"", "\"\"", "\"task\"", "\"value\"", "\"ta\\u0073k\""]);
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => string()]
}

fn joined(open: char, parts: &[String], close: char, gap: &str) -> String {
    format!("{open}{gap}{}{gap}{close}", parts.join(&format!("{gap},")))
}

/// A text that is JSON.
pub fn document() -> impl Strategy<Value = String> {
    let word = select(vec!["true", "false", "null"]).prop_map(str::to_owned);
    let leaf = prop_oneof![1 => word, 2 => number(), 2 => string()];
    let tree = leaf.prop_recursive(5, 60, 12, |inner| {
        let spaced = (gap(), inner, gap()).prop_map(|(before, value, after)| before + &value + &after).boxed();
        let member =
            (gap(), key(), gap(), spaced.clone()).prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{value}"));
        prop_oneof![
            (vec(spaced, 0..12), gap()).prop_map(|(items, gap)| joined('[', &items, ']', &gap)),
            (vec(member, 0..12), gap()).prop_map(|(members, gap)| joined('{', &members, '}', &gap)),
        ]
    });
    (gap(), tree, gap()).prop_map(|(before, value, after)| before + &value + &after)
}

/// A text that was JSON before some of its characters were changed, doubled or left out, or its end cut off.
pub fn damaged() -> impl Strategy<Value = String> {
    let letters = vec![
        "", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "0", "9", "-", "+", ".", "e", "t", "null", " ",
        "\n", "\u{1}", "\u{a0}", "/",
    ];
    let change = (any::<Index>(), select(letters), any::<bool>());
    (document(), vec(change, 1..4), prop::option::weighted(0.2, any::<Index>())).prop_map(|(text, changes, cut)| {
        let mut characters: Vec<String> = text.chars().map(String::from).collect();
        for (at, letter, keep) in changes {
            let at = at.index(characters.len());
            characters[at] = if keep { letter.to_owned() + &characters[at] } else { letter.to_owned() };
        }
        let length = cut.map_or(characters.len(), |cut| cut.index(characters.len()));
        characters[..length].concat()
    })
}
