//! The fast reader against the slow one, with every kernel: where it gives a value, node by node the same one.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{DEPTH, Doc, JsonError, Kind, documents};
use crate::scan::{Kernel, WINDOW};

/// A sound text with all that there is, longer than some windows.
const SAMPLE: &str = concat!(
    r#"[{"task":"T0","value":[{"x":12.5,"y":-0.25e-3,"tool":0,"details":[]},{"x":1e9,"n":null}]},"#,
    r#"{"task":"T1","value":"A \"long\" text \\ of more than thirty-two bytes, \u00e9 and é","empty":{}, "#,
    r#""user_has_finished_workflow":true,"a_key_that_is_longer_than_one_window_is":false,"value":"" }]"#,
);

/// Compares both readers, and what callers get with the slow one; gives whether the fast one has read the text.
#[track_caller]
pub fn compare(text: &[u8], max_depth: usize) -> bool {
    let read = compare_as::<true>(text, max_depth);
    assert_eq!(compare_as::<false>(text, max_depth), read, "{:?}", String::from_utf8_lossy(text));
    read
}

#[track_caller]
fn compare_as<const TAPE: bool>(text: &[u8], max_depth: usize) -> bool {
    let mut slow = Doc::default();
    let expected = slow.read_slow::<TAPE>(text, max_depth);
    let same = |doc: &Doc, result: Result<Kind, JsonError>, who: &str| {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(result, expected, "{who} on {shown:?}");
        if result.is_ok() {
            assert_eq!(doc.nodes, slow.nodes, "{who} on {shown:?}");
            assert_eq!((doc.spaced, doc.duplicates), (slow.spaced, slow.duplicates), "{who} on {shown:?}");
        }
    };
    let mut doc = Doc::default();
    let result = if TAPE { doc.parse(text, max_depth).map(super::Value::kind) } else { doc.check(text, max_depth) };
    same(&doc, result, "both");
    let mut read = Vec::new();
    for kernel in Kernel::available() {
        // A tape that was used before.
        let kind = doc.read_fast::<TAPE>(text, max_depth, kernel);
        if let Some(kind) = kind {
            same(&doc, Ok(kind), &format!("{kernel:?}"));
        }
        read.push(kind.is_some());
    }
    assert!(read.iter().all(|&one| one == read[0]), "kernels differ on {:?}", String::from_utf8_lossy(text));
    read[0]
}

/// Bytes in which those that matter are frequent.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => select(br#"{}[]:,""\0-9.eEtfnu "#.to_vec()),
        2 => b'0'..=b'9',
        2 => 0x20_u8..0x7f,
        1 => any::<u8>(),
    ];
    vec(byte, 0..120)
}

proptest! {
    #![proptest_config(crate::testing::cases(2000))]

    #[test]
    fn agree_on_sound_texts(text in documents::document(), cut in 0..6_usize) {
        compare(text.as_bytes(), DEPTH);
        compare(text.as_bytes(), cut);
    }

    #[test]
    fn agree_on_damaged_texts(text in documents::damaged()) {
        compare(text.as_bytes(), DEPTH);
    }

    #[test]
    fn agree_on_arbitrary_bytes(bytes in vec(any::<u8>(), 0..100), soup in soup()) {
        compare(&bytes, DEPTH);
        compare(&soup, DEPTH);
        compare(&[b"[", &soup[..], b"]"].concat(), DEPTH);
        compare(&[b"[\"", &bytes[..], b"\"]"].concat(), DEPTH);
    }

    #[test]
    fn agree_where_bytes_are_changed(changes in vec((any::<Index>(), any::<u8>()), 1..4), length in any::<Index>()) {
        let mut text = SAMPLE.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        compare(&text, DEPTH);
        compare(&text[..length.index(text.len())], DEPTH);
    }

    /// Else the slow reader would do all the work, and nothing would tell.
    #[test]
    fn the_fast_reader_reads_what_cells_hold(
        texts in vec(documents::string(), 1..4),
        numbers in vec("-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,16})?(e-?[0-9]{1,2})?", 1..9),
        gap in "[ \t\n\r]{0,2}",
    ) {
        let members: Vec<String> = texts.iter().map(|text| format!("{text}{gap}:{gap}[{gap}{text},true ]")).collect();
        let object = format!("{{{gap}{}{gap}}}", members.join(&format!("{gap},{gap}")));
        let text = format!("[{object},{gap}{{{gap}}},null,[{}]]{gap}", numbers.join(&format!(",{gap}")));
        prop_assert_eq!(compare(text.as_bytes(), DEPTH), text.len() >= WINDOW, "{}", text);
    }
}

#[test]
fn agree_on_every_change_of_the_sample() {
    assert!(compare(SAMPLE.as_bytes(), DEPTH));
    let mut text = SAMPLE.as_bytes().to_vec();
    for at in 0..text.len() {
        compare(&text[..at], DEPTH);
        compare(&text[at..], DEPTH);
        let before = text[at];
        for &byte in b"{}[]:,\"\\09-+.eEtu \n\0\x1f\x7f\xff" {
            text[at] = byte;
            compare(&text, DEPTH);
        }
        text[at] = before;
    }
}

/// Strings of any length, at any distance from the end, with runs of backslashes and what may not stand in them.
#[test]
fn agree_on_strings_around_the_borders_of_windows() {
    for length in 0..70 {
        let plain = "x".repeat(length);
        for end in
            ["", "\\", "\\\\", "\\\\\\", "\\\\\\\\", "\\\"", "\\\\\"", "\\u00e", "\\u00e9", "\\x", "\t", "\0", "é"]
        {
            for behind in ["", "x", "\\n", "0123456789012345678901234567890123456789"] {
                compare(format!("[\"{plain}{end}{behind}\"]").as_bytes(), DEPTH);
                compare(format!("{{\"{plain}{end}{behind}\":\"{end}{plain}\", \"b\":1}}").as_bytes(), DEPTH);
            }
        }
    }
}

/// Numbers of any length, at any distance from the end.
#[test]
fn agree_on_numbers_around_the_borders_of_windows() {
    for length in 0..70 {
        let digits = "1".repeat(length);
        for sign in ["", "-", "--", "+", "0", "-0"] {
            for end in ["", ".", ".5", "..", ".5.", "e", "e5", "E+5", "e-", ".5e5", ".e5", "x", "-", "/", " "] {
                let number = format!("{sign}{digits}{end}");
                compare(format!("[{number}]").as_bytes(), DEPTH);
                compare(format!("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,{number}").as_bytes(), DEPTH);
                compare(format!("[{number},{number},\"{digits}\"]").as_bytes(), DEPTH);
                compare(
                    format!("[{number}{digits}{end}, 0, 1, \"a text behind it, of any length\"]").as_bytes(),
                    DEPTH,
                );
            }
        }
    }
}

/// Keys that one bit of 64 does not tell apart, and keys that are the same.
#[test]
fn agree_on_the_keys_of_large_objects() {
    for size in 0..100 {
        for length in [1, 7, 8, 9, 31, 32, 40] {
            let mut members: Vec<String> = (0..size).map(|i| format!("\"{i:0length$}\":{i}")).collect();
            compare(format!("[{{{}}},{{\"a\":{{\"a\":1}}}}]", members.join(",")).as_bytes(), DEPTH);
            members.push(members[size / 2 * usize::from(size > 0)..].first().cloned().unwrap_or_default());
            compare(format!("[{{{}}},{{\"a\":{{\"a\":1}},\"a\":1}}]", members.join(",")).as_bytes(), DEPTH);
        }
    }
}

#[test]
fn the_depth_limit_is_the_same() {
    for levels in 0..140 {
        for (open, core, close) in [("[", "", "]"), ("{\"a\":", "0", "}"), (" [ ", "{}", " ] ")] {
            compare((open.repeat(levels) + core + &close.repeat(levels)).as_bytes(), DEPTH);
            compare((open.repeat(levels) + core + &close.repeat(levels + 1)).as_bytes(), DEPTH);
            compare((open.repeat(levels + 1) + core + &close.repeat(levels)).as_bytes(), levels);
        }
    }
}
