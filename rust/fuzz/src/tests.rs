//! The targets accept inputs of each form: a target that reads nothing finds nothing.

use crate::{container, csv, json_array, json_cell, numbers, parts, python, times};

#[test]
fn records_follow_the_rules() {
    for header in [0, 200] {
        for limit in [0, 200] {
            csv::check(
                &[&[limit, 3, 1, header], &b"a,b,c\r\n1,\"x\ny\",3\n\n4,5\n6,\"7\"8,9\n10,\"never closed"[..]].concat(),
            );
        }
    }
    for how in [0, 200] {
        json_array::check(&[&[200, 3, 1, how], &br#"[{"a":1},2,,{"b":[1}] {"c":"#[..]].concat());
        json_array::check(&[&[0, 3, 1, how], &b"{\"a\":\"x\"}\n{\"b\n{\"c\":1}\r\n"[..]].concat());
    }
}

#[test]
fn parts_are_those_of_one_pass() {
    let sources: [&[u8]; 3] = [
        b"a,b,c\r\n1,\"x\ny\",3\n\n4,5\n6,\"7\"8,9\n7,8,9\n10,\"never closed",
        br#"[{"a":1},2,,{"b":[1]} {"c":"#,
        b"{\"a\":\"x\"}\n{\"b\n{\"c\":1}\r\n",
    ];
    for form in 0..8 {
        for (limit, size) in [(0, 0), (200, 3), (0, 128)] {
            for source in sources {
                parts::check(&[&[limit, 3, 1, size, form], source].concat());
            }
        }
    }
}

#[test]
fn cells_have_the_values_of_serde_json() {
    for text in [r#"{"a":1,"a":[2.5e3,"\ud83d\ude00\n"],"b":{}}"#, r#"["\ud800", 1e999]"#, "[1,]", "[[[", ""] {
        json_cell::check(text.as_bytes());
    }
    python::check(b"\x00{'a': u'\\xe9', \"b\": (1L, None)}");
    for how in 0..32 {
        python::check(&[&[how], r#"{"a'\"":[1,"\u0001\né😀",null,true],"b":[[],[1.5]]}"#.as_bytes()].concat());
    }
}

#[test]
fn numbers_and_times_are_those_of_other_readers() {
    numbers::check(b"1\n-2.50\n+3.000\n.5e-3\n1e999\n9223372036854775808\n\x00abcdefgh");
    times::check(b"2017-05-22 21:08:29 UTC\n2025-01-21T16:06:58.517Z\n2017-05-22t1:08:29.1234567+0530\n0001-01-01T00:30:00+01:00");
}

#[test]
fn what_was_packed_is_read() {
    for form in 128..140 {
        container::check(&[&[form, 9, 0, 0, 0], &b"id,user\n1,2\n"[..]].concat());
        for at in 0..8 {
            container::check(&[&[form, 9, at * 31, 1 << at, at * 31], &b"id,user\n1,2\n"[..]].concat());
        }
    }
    container::check(b"\x00\x01\x00\x00\x00\x1f\x8b\x08\x00\x00");
}
