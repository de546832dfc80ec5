//! Elements longer than a block or the record limit.

use super::{AMPLE, Block, JsonReader, Kernel, ReaderOptions, RejectKind, RejectRef, input, split, split_any};

fn options(block_bytes: usize, max_record_bytes: usize) -> ReaderOptions {
    ReaderOptions { block_bytes, max_record_bytes, kernel: Kernel::best() }
}

#[test]
fn an_element_of_three_megabytes() {
    let long = format!("{{\"a\": [{}1]}}", "{\"x\": \"]\"},\n".repeat(250_000));
    let text = format!("[{{}}, {long}, {{}}]");
    let read = split(text.as_bytes(), options(1 << 16, 8 << 20));
    assert_eq!(read.rejects, []);
    assert_eq!(read.elements.len(), 3);
    assert!(read.elements[1].raw == long.as_bytes());
    assert_eq!((read.elements[2].line, read.elements[2].offset), (250_001, text.len() as u64 - 3));
}

#[test]
fn the_limit_is_exact() {
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(11));
    for (before, after) in [("[", "]"), ("[1,", ", {}]"), ("", "\n"), ("", ""), ("{}\n", "\n{}")] {
        for long in [&long, &"x".repeat(20)] {
            let text = format!("{before}{long}{after}");
            assert_eq!(split_any(text.as_bytes(), 20).rejects, [], "{text}");
            let limited = split_any(text.as_bytes(), 19);
            let number = if before.len() < 2 { 1 } else { 2 };
            assert_eq!(limited.rejected(), [(number, RejectKind::Length, long.clone())], "{text}");
        }
    }
}

#[test]
fn reading_continues_after_an_element_that_is_too_long() {
    let long = format!("{{\"a\": [\"]}}\", {{}}], \"b\": \"\\\"{}\"}}", "x".repeat(500));
    let text = format!("[{{}}, {long}, {{}}{{}}]");
    let split = split_any(text.as_bytes(), 100);
    assert_eq!(split.rejected(), [(2, RejectKind::Length, long)]);
    assert_eq!((split.read(), split.used()), (vec!["{}".to_owned(); 3], vec![("missing_comma", 1)]));
}

#[test]
fn a_line_that_is_too_long_does_not_affect_the_next() {
    let long = "x".repeat(500);
    for bad in [format!("{{\"a\": \"{long}"), format!("{{\"a\": \"{long}\""), format!("{{\"a\": [\"{long}\"]}}"), long]
    {
        let split = split_any(format!("{{}}\n{bad}\n{{\"b\": 1}}\n").as_bytes(), 100);
        assert_eq!(split.rejected(), [(2, RejectKind::Length, bad)]);
        assert_eq!(split.read(), ["{}", "{\"b\": 1}"]);
    }
}

#[test]
fn an_element_that_is_too_long_and_truncated_is_reported_twice() {
    let long = format!("{{\"a\": \"{}", "x".repeat(500));
    let split = split_any(format!("[{{}}, {long}").as_bytes(), 100);
    let rejects = [(2, RejectKind::Length, long), (3, RejectKind::Truncated, String::new())];
    assert_eq!(split.rejected(), rejects);
}

/// A huge reject is emitted in parts, which bounds memory.
#[test]
fn a_reject_of_many_megabytes_comes_in_parts() {
    let long = "word ".repeat(1_200_000);
    for (before, bad, after, kind) in [
        ("[1, ", format!("{{\"{long}\"}}"), ", 2]", RejectKind::Length),
        ("[1, ", long.clone(), ", 2]", RejectKind::Length),
        ("[1] ", long.clone(), "\r\n", RejectKind::Json),
        ("1\n", format!("{{\"a\": \"\n{long}"), "\r\n{}\r\n", RejectKind::Json),
    ] {
        let text = format!("{before}{bad}{after}");
        let mut reader = JsonReader::new(input(text.as_bytes()), options(1 << 16, 1 << 14));
        let mut parts = Vec::new();
        let mut block = Block::default();
        while reader.next_block(&mut block).unwrap() {
            parts.extend(block.rejects.iter().map(RejectRef::to_reject));
            assert!(block.filled < 1 << 20);
            block = block.recycled();
        }
        assert!(parts.len() > 3, "{} parts", parts.len());
        let offset = before.len() as u64;
        assert!(parts.iter().all(|part| part.kind == kind && part.record == 2 && part.offset == offset));
        assert!(parts.iter().all(|part| part.raw.len() < 3 << 20));
        let more = parts.iter().filter(|part| part.more).count();
        assert_eq!((more, parts.last().map(|part| part.more)), (parts.len() - 1, Some(false)));
        let raw: Vec<u8> = parts.iter().flat_map(|part| part.raw.iter().copied()).collect();
        assert!(raw == bad.as_bytes());
    }
}

/// Splitting is linear: a quadratic splitter would take hours here.
#[test]
fn splitting_invalid_lines_is_linear() {
    for line in ["{\"a\":[\n", "{\n", "[\n", "{\"a\":\n", "{\"a\": 1,\n", "{\"a\n", "\\\n", "{\"\\\n", "{}}\n"] {
        for (block, limit) in [(1 << 12, 4 << 20), (1 << 18, 4 << 20), (1 << 18, 1 << 12)] {
            let text = format!("{{}}\n{}", line.repeat(100_000));
            let read = split(text.as_bytes(), options(block, limit));
            assert!(read.elements.len() + read.rejects.len() <= 200_001, "{line:?}");
        }
    }
    for element in ["\\,", "{\\},", "{\\\"},", "{}", "x{}", ",", "}", "]"] {
        let read = split(format!("[{}]", element.repeat(200_000)).as_bytes(), options(1 << 14, AMPLE));
        assert!(read.elements.len() + read.rejects.len() <= 400_001, "{element:?}");
    }
}

/// Bytes read ahead, up to the record limit, are split in blocks of the usual size.
#[test]
fn read_ahead_bytes_are_split_in_blocks() {
    let words = "word ".repeat(1_500_000);
    let nested = "{\"a\": [\"]\"]},\n".repeat(500_000);
    for bad in [format!("{{\"a\": \"{words}\"}}"), format!("{{\"b\": [{nested}1]}}"), words] {
        let text = format!("[1, {bad}{}]", ",\r\n{}".repeat(600_000));
        let read = |block_bytes: usize| {
            let mut reader = JsonReader::new(input(text.as_bytes()), options(block_bytes, 4 << 20));
            let (mut split, mut block) = (super::Split::default(), Block::default());
            while reader.next_block(&mut block).unwrap() {
                assert!(block.used <= (2 << 20) + 2 * block_bytes, "{}", block.used);
                assert!(block.rejects.iter().all(|part| part.raw.len() <= (2 << 20) + 2 * block_bytes));
                split.take(&block);
                block = block.recycled();
            }
            split
        };
        let split = read(1 << 16);
        assert_eq!(split.rejects.len(), 1);
        assert!(split.rejects[0].raw == bad.as_bytes());
        assert_eq!(split.elements.len(), 600_001);
        assert!(split == read(50_001), "another block size");
        assert!(split == read(1 << 20), "another block size");
    }
}

#[test]
fn the_members_of_a_page_around_its_list_are_within_the_limit() {
    let page = r#"{"total": 3, "items": [{"a":1}, {"b":2}], "next": "c"}"#;
    let (head, tail) = (r#"{"total": 3, "items": ["#.len(), r#", "next": "c"}"#.len());
    assert_eq!(split_any(page.as_bytes(), head).read(), [r#"{"a":1}"#, r#"{"b":2}"#]);
    let short = split_any(page.as_bytes(), head - 1);
    assert_eq!((short.read().len(), short.rejected()), (0, vec![(1, RejectKind::Length, page.to_owned())]));
    let long_tail = r#"{"items": [{"a":1}], "total": 3, "next": "c"}"#;
    let whole = split_any(long_tail.as_bytes(), tail + 13);
    assert_eq!((whole.read().len(), whole.rejected().len()), (1, 0));
    let cut = split_any(long_tail.as_bytes(), tail);
    assert_eq!((cut.read().len(), cut.rejected().len()), (1, 1));
}
