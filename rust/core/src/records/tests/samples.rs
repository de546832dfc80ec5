//! Random sources: mixtures of structural bytes, and valid records with faults among them.

use proptest::collection::vec;
use proptest::prelude::*;

/// A header of three columns.
pub fn header() -> impl Strategy<Value = String> {
    let header = prop_oneof![
        6 => Just("a,b,c\n"),
        1 => Just("a,b,c\r\n"),
        1 => Just("a,b,c\r"),
        1 => Just("\u{feff}a,b,c\n"),
        1 => Just("\n\r\n\"a\",b,\"c\"\"\"\n"),
    ];
    header.prop_map(str::to_owned)
}

/// Random sequences of structural bytes and text.
pub fn soup(length: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        5 => Just("\"".to_owned()),
        3 => Just("\"\"".to_owned()),
        5 => Just(",".to_owned()),
        4 => Just("\n".to_owned()),
        1 => Just("\r".to_owned()),
        2 => Just("\r\n".to_owned()),
        2 => Just("\",\"".to_owned()),
        2 => Just("x,y,z\n".to_owned()),
        6 => "[a-c]{1,4}",
        1 => Just("é".to_owned()),
        1 => Just("\u{1f98a}".to_owned()),
        1 => "[a-c]{40,90}",
    ];
    vec(piece, 0..length).prop_map(|pieces| pieces.concat())
}

fn line_end() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")]
}

/// A field; `bare` allows quotes inside unquoted fields.
fn field(bare: bool) -> impl Strategy<Value = String> {
    let inner = prop_oneof![
        4 => "[a-z é]{0,9}",
        3 => Just("\"\"".to_owned()),
        1 => Just(",".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("x,y,z\n".to_owned()),
        1 => "[a-z]{50,80}",
    ];
    let quoted = vec(inner, 0..6).prop_map(|parts| format!("\"{}\"", parts.concat()));
    prop_oneof![
        6 => "[a-z0-9é .:]{1,12}",
        1 => Just(String::new()),
        6 => quoted,
        u32::from(bare) => "[a-z]{1,3}\"[a-z\"]{0,4}",
    ]
}

fn fields(bare: bool) -> impl Strategy<Value = String> {
    vec(field(bare), 3).prop_map(|fields| fields.join(","))
}

/// Valid records, including quotes in unquoted fields and empty lines.
pub fn valid(records: usize) -> impl Strategy<Value = String> {
    let record = prop_oneof![12 => fields(true), 1 => Just(String::new())];
    (vec((record, line_end()), 0..records), any::<bool>()).prop_map(|(records, closed)| joined(&records, closed))
}

/// Valid records with all kinds of faults among them.
pub fn faulty(records: usize) -> impl Strategy<Value = String> {
    let fault = prop_oneof![
        Just("\"text\"after,b,c".to_owned()),
        Just("a,\"text\nover\r\nlines\"after,c".to_owned()),
        Just("a,\"never closed,c".to_owned()),
        Just("a,\"never closed\nx,y,z\nx,y".to_owned()),
        Just("too,few".to_owned()),
        Just("one,field,too,many".to_owned()),
        Just("a,b,c,,\"\",".to_owned()),
        Just("a,b,\"c\" ".to_owned()),
        Just("\"".to_owned()),
        Just("\r".to_owned()),
        "[a-z,]{150,260}",
        "\"[a-z,\n]{150,260}\",b,c",
    ];
    let record = prop_oneof![8 => fields(true), 1 => Just(String::new()), 3 => fault];
    (vec((record, line_end()), 0..records), any::<bool>()).prop_map(|(records, closed)| joined(&records, closed))
}

fn joined(records: &[(String, &'static str)], closed: bool) -> String {
    let mut text: String = records.iter().flat_map(|(record, line_end)| [record.as_str(), line_end]).collect();
    if let (false, Some((_, line_end))) = (closed, records.last()) {
        text.truncate(text.len() - line_end.len());
    }
    text
}
