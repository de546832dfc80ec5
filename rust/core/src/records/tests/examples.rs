//! Hand-written malformed inputs: each is rejected as specified and its neighbouring records are unaffected.

use super::{AMPLE, Leniency, RejectKind, split_any};

fn body(rest: &str) -> Vec<u8> {
    [b"a,b,c\n", rest.as_bytes()].concat()
}

/// Owned copies for comparison.
fn read(records: &[(u64, &str)]) -> Vec<(u64, String)> {
    records.iter().map(|&(number, raw)| (number, raw.to_owned())).collect()
}

fn rejected(rejects: &[(u64, RejectKind, &str)]) -> Vec<(u64, RejectKind, String)> {
    rejects.iter().map(|&(number, kind, raw)| (number, kind, raw.to_owned())).collect()
}

#[test]
fn an_unclosed_quote_rejects_only_its_record() {
    let split = split_any(&body("1,x,y\n2,\"x,y\n3,x,y\n4,x,y\n5,x,y\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(2, RejectKind::UnclosedQuote, "2,\"x,y")]));
    assert_eq!(split.read(), read(&[(1, "1,x,y"), (3, "3,x,y"), (4, "4,x,y"), (5, "5,x,y")]));
    assert_eq!((split.rejects[0].line, split.rejects[0].offset), (3, 12));
    assert_eq!(split.records[1].line, 4);
}

#[test]
fn an_unclosed_quote_before_quoted_records() {
    // The next opening quote closes the lost one, and text follows it: a record of several lines with text after a quote.
    let split = split_any(&body("1,\"x\",y\n2,\"x,y\n3,\"x\",y\n4,\"x\",y\n5,\"x\",y\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(2, RejectKind::Quote, "2,\"x,y")]));
    assert_eq!(split.read(), read(&[(1, "1,\"x\",y"), (3, "3,\"x\",y"), (4, "4,\"x\",y"), (5, "5,\"x\",y")]));
}

#[test]
fn an_unclosed_quote_in_the_last_record() {
    for end in ["", "\n", "\r\n", "\nx\ny,z\n"] {
        let split = split_any(&body(&format!("1,x,y\n2,\"x,y{end}")), AMPLE);
        assert_eq!(split.read(), read(&[(1, "1,x,y")]));
        let raw = format!("2,\"x,y{}", end.trim_end());
        assert_eq!(split.rejected(), rejected(&[(2, RejectKind::UnclosedQuote, &raw)]), "{end:?}");
    }
}

#[test]
fn text_after_a_closing_quote_on_one_line() {
    let split = split_any(&body("1,\"x\"y,z\n2,\"x\" ,z\n\"3\"\"\"x\"\",y\n4,x,y\n"), AMPLE);
    let rejects = [
        (1, RejectKind::Quote, "1,\"x\"y,z"),
        (2, RejectKind::Quote, "2,\"x\" ,z"),
        (3, RejectKind::Quote, "\"3\"\"\"x\"\",y"),
    ];
    assert_eq!(split.rejected(), rejected(&rejects));
    assert_eq!(split.read(), read(&[(4, "4,x,y")]));
    assert_eq!(split.rejects[0].message, "text after the closing quote at byte 5 of the record");
}

#[test]
fn text_after_a_closing_quote_over_several_lines() {
    // Where the text stands on a later line than the record's first, the lines after the first may be records.
    let split = split_any(&body("1,\"x\n2,y,z\n3,y\"z,y\n4,y,z\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(1, RejectKind::Quote, "1,\"x")]));
    assert_eq!(split.read(), read(&[(2, "2,y,z"), (3, "3,y\"z,y"), (4, "4,y,z")]));
    assert_eq!(split.leniencies[Leniency::QuoteInField], 1);
}

#[test]
fn reading_goes_on_at_a_line_of_the_header_s_width() {
    let split = split_any(&body("1,\"x,y\n2,y\n\n3,x,y,z\n\"4\"x,y,z\n5,x,y\n6,x\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(1, RejectKind::Quote, "1,\"x,y\n2,y\n\n3,x,y,z\n\"4\"x,y,z")]));
    // The decoder checks the width of records, except in a search for the next valid one.
    assert_eq!(split.read(), read(&[(2, "5,x,y"), (3, "6,x")]));
}

#[test]
fn a_valid_record_may_have_empty_surplus_fields() {
    let split = split_any(&body("1,\"x,y\n2,x,y,,,\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(1, RejectKind::UnclosedQuote, "1,\"x,y")]));
    assert_eq!(split.read(), read(&[(2, "2,x,y,,,")]));

    let split = split_any(&body("1,\"x\ny\"z,y\n2,x,y,\"\",\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(1, RejectKind::Quote, "1,\"x\ny\"z,y")]));
    assert_eq!(split.read(), read(&[(2, "2,x,y,\"\",")]));

    let split = split_any(&body("1,\"x,y\n2,x,y,,z\n"), AMPLE);
    assert_eq!(split.rejected(), rejected(&[(1, RejectKind::UnclosedQuote, "1,\"x,y\n2,x,y,,z")]));
    assert_eq!(split.read(), []);
}

#[test]
fn two_faults_one_after_the_other() {
    let split = split_any(&body("1,\"x\ny\"z,y\n2,\"x\"y,z\n3,x,y\n4,\"x\n\ny\"z\n5,x,y\n"), AMPLE);
    let rejects = [(1, RejectKind::Quote, "1,\"x\ny\"z,y\n2,\"x\"y,z"), (3, RejectKind::Quote, "4,\"x\n\ny\"z")];
    assert_eq!(split.rejected(), rejected(&rejects));
    assert_eq!(split.read(), read(&[(2, "3,x,y"), (4, "5,x,y")]));
}

#[test]
fn a_quote_in_an_unquoted_field_is_data() {
    let split = split_any(&body("1,x\"y\",z\"\n2,x,y\"\"\"z\n3,\",\",5\"\n"), AMPLE);
    assert_eq!(split.rejects, []);
    assert_eq!(split.read(), read(&[(1, "1,x\"y\",z\""), (2, "2,x,y\"\"\"z"), (3, "3,\",\",5\"")]));
    // Fields, not quotes, are counted.
    assert_eq!(split.leniencies[Leniency::QuoteInField], 4);
}

#[test]
fn line_ends_of_every_form() {
    let split = split_any(&body("1,x,y\r\n2,\"x\r\ny\",z\r3,x,y\n\r\n\n\r\r4,x,\"y\"\r"), AMPLE);
    assert_eq!(split.rejects, []);
    assert_eq!(split.read(), read(&[(1, "1,x,y"), (2, "2,\"x\r\ny\",z"), (3, "3,x,y"), (4, "4,x,\"y\"")]));
    let lines: Vec<u64> = split.records.iter().map(|record| record.line).collect();
    assert_eq!(lines, [2, 3, 5, 10]);
    let used: Vec<_> = split.leniencies.used().collect();
    assert_eq!(used, [("crlf", 2), ("lone_cr", 4), ("empty_line", 4)]);
}

#[test]
fn a_missing_final_newline() {
    let split = split_any(&body("1,x,y\n2,x,\"y\""), AMPLE);
    assert_eq!(split.read(), read(&[(1, "1,x,y"), (2, "2,x,\"y\"")]));
    assert_eq!(split.leniencies.used().collect::<Vec<_>>(), [("missing_final_newline", 1)]);
}

#[test]
fn records_of_any_width_are_returned() {
    // The decoder checks the number of fields.
    let split = split_any(&body("1\n2,x\n3,x,y,z\n\"\"\n,\n"), AMPLE);
    assert_eq!(split.rejects, []);
    assert_eq!(split.read(), read(&[(1, "1"), (2, "2,x"), (3, "3,x,y,z"), (4, "\"\""), (5, ",")]));
}
