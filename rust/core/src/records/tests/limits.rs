//! Records longer than a block or the record limit.

use super::{Block, CsvReader, Cut, Kernel, ReaderOptions, RejectKind, RejectRef, input, split, split_any};

#[test]
fn a_record_of_three_megabytes() {
    let long = "x,\"\"\n".repeat(600_000);
    let bytes = format!("a,b\n1,y\n2,\"{long}\"\n3,y\n");
    let cut = Cut { block: 1 << 16, limit: 8 << 20, kernel: Kernel::best() };
    let split = split(bytes.as_bytes(), cut);
    assert_eq!(split.rejects, []);
    assert_eq!(split.records.len(), 3);
    assert_eq!(split.records[1].fields[1].len(), long.len() + 2);
    assert_eq!(split.records[2].line, 600_004);
    assert_eq!(split.records[2].offset, bytes.len() as u64 - 4);
}

#[test]
fn the_limit_is_exact() {
    for end in ["\n", "\r\n", "\r", ""] {
        for (field, quoted) in [("x".repeat(18), false), (format!("\"{}\"", "x".repeat(16)), true)] {
            let bytes = format!("a,b\n1,{field}{end}");
            let fits = split_any(bytes.as_bytes(), 20);
            assert_eq!((fits.records.len(), fits.rejects.len()), (1, 0), "{bytes:?}");
            let too_long = split_any(bytes.as_bytes(), 19);
            assert_eq!(too_long.records, [], "{bytes:?}");
            // Byte 20 is after the closing quote.
            assert_eq!(too_long.rejected(), [(1, RejectKind::Length, format!("1,{field}"))], "{bytes:?} {quoted}");
        }
    }
}

#[test]
fn a_record_that_is_too_long_ends_at_its_own_end() {
    let long = "x".repeat(5000);
    let bytes = format!("a,b\n1,y\n2,{long},\"z\nz\"\ntoo,many,fields\n4,y\n");
    let split = split_any(bytes.as_bytes(), 100);
    assert_eq!(split.rejected(), [(2, RejectKind::Length, format!("2,{long},\"z\nz\""))]);
    let numbers: Vec<u64> = split.records.iter().map(|record| record.number).collect();
    assert_eq!(numbers, [1, 3, 4]);
}

#[test]
fn a_quote_that_is_not_closed_within_the_limit() {
    let text = "two words\n".repeat(30);
    let bytes = format!("a,b\n1,y\n2,\"{text}3,y\n4,\"y\"\n");
    let split = split_any(bytes.as_bytes(), 100);
    assert_eq!(split.rejected(), [(2, RejectKind::UnclosedQuote, format!("2,\"{}", text.trim_end()))]);
    assert_eq!(split.read(), [(1, "1,y".to_owned()), (3, "3,y".to_owned()), (4, "4,\"y\"".to_owned())]);
}

#[test]
fn a_record_that_is_too_long_with_other_faults_of_quotes() {
    let tail = "3,y\n4,y\n";
    // Text after a quote within the limit and a line end: the record may end anywhere.
    let text = format!("2,\"x\"z,\"\n{}", "x\",\"\n".repeat(40));
    let split = split_any(format!("a,b\n{text}{tail}").as_bytes(), 100);
    assert_eq!(split.rejected(), [(1, RejectKind::Quote, text.trim_end().to_owned())]);
    assert_eq!(split.records.len(), 2);
    // A quote that opens after the limit is not looked at: the record has no end.
    let long = format!("2,{}\",\"\n", "x".repeat(200));
    let split = split_any(format!("a,b\n{long}{tail}").as_bytes(), 100);
    assert_eq!(split.rejected(), [(1, RejectKind::Length, format!("{long}{tail}").trim_end().to_owned())]);
}

/// A huge reject is emitted in parts, which bounds memory.
#[test]
fn a_reject_of_many_megabytes_comes_in_parts() {
    let long = "word ".repeat(1_200_000);
    for (quote, kind) in [("", RejectKind::Length), ("\"", RejectKind::UnclosedQuote)] {
        let bytes = format!("a,b\n1,y\n2,{quote}{long}\r\n3,y\n");
        let options = ReaderOptions { block_bytes: 1 << 16, max_record_bytes: 1 << 14, kernel: Kernel::best() };
        let mut reader = CsvReader::open(input(bytes.as_bytes()), options).unwrap();
        let mut parts = Vec::new();
        let mut block = Block::default();
        while reader.next_block(&mut block).unwrap() {
            parts.extend(block.rejects.iter().map(RejectRef::to_reject));
            assert!(block.filled < 1 << 20);
            block = block.recycled();
        }
        assert!(parts.len() > 3, "{} parts", parts.len());
        assert!(parts.iter().all(|part| part.kind == kind && part.record == 2 && part.offset == 8 && part.line == 3));
        assert!(parts.iter().all(|part| part.raw.len() < 3 << 20));
        let more: Vec<bool> = parts.iter().map(|part| part.more).collect();
        assert_eq!(more.iter().filter(|&&more| !more).count(), 1);
        assert_eq!(more.last(), Some(&false));
        let raw: Vec<u8> = parts.iter().flat_map(|part| part.raw.iter().copied()).collect();
        assert!(raw == format!("2,{quote}{long}").as_bytes());
    }
}

/// A part that ends with the record's line: both bytes of CR LF belong to the next part, which leaves them out.
#[test]
fn a_part_that_ends_with_cr_lf_does_not_contain_it() {
    let long = "x".repeat(3 << 19);
    let bytes = format!("a,b\n1,\"{long}\r\n2,y\n");
    let options = ReaderOptions { block_bytes: 4 << 20, max_record_bytes: 1 << 14, kernel: Kernel::best() };
    let mut reader = CsvReader::open(input(bytes.as_bytes()), options).unwrap();
    let mut parts = Vec::new();
    let mut block = Block::default();
    while reader.next_block(&mut block).unwrap() {
        parts.extend(block.rejects.iter().map(RejectRef::to_reject));
        block = block.recycled();
    }
    let raw: Vec<u8> = parts.iter().flat_map(|part| part.raw.iter().copied()).collect();
    assert!(parts.len() > 1 && raw == format!("1,\"{long}").as_bytes());
}

/// The search for the next valid record is linear: a quadratic one would take hours here.
#[test]
fn a_search_over_many_lines_is_not_quadratic() {
    // From each of these lines on, the rest is one record up to the end of the input or an invalid one.
    for line in ["\"x\n", "\"x\",\"\n", "\"\",x,\"\n", "\"x\"\"\n"] {
        let bytes = format!("a,b\n1,\"y\ny\"y,{}\n2,y\n", line.repeat(150_000));
        let read = split(bytes.as_bytes(), Cut { block: 1 << 18, limit: 4 << 20, kernel: Kernel::best() });
        assert!(read.rejects.len() + read.records.len() < 10, "{line:?}");
    }
}

/// Each line begins as a record of many fields, which are those of the lines before.
#[test]
fn a_search_with_a_wide_header_is_not_quadratic() {
    let header = "c,".repeat(9_999);
    for line in ["x\",\"\n", "x\",\"\"\"\n", "x\",y,\"\n"] {
        let bytes = format!("{header}c\n1,\"y\ny\"y\n{}{}\n", line.repeat(100_000), "2,".repeat(9_999));
        let read = split(bytes.as_bytes(), Cut { block: 1 << 20, limit: 4 << 20, kernel: Kernel::best() });
        assert!(read.rejects.len() + read.records.len() < 10, "{line:?}");
    }
}

/// Bytes read ahead, up to the record limit, are split in blocks of the usual size.
#[test]
fn read_ahead_bytes_are_split_in_blocks() {
    let rows = "4,y\r\n".repeat(600_000);
    for (reject, last) in [
        (format!("2,\"{}", "word ".repeat(1_500_000)), true),
        (format!("2,\"{}", "one line\r\n".repeat(500_000)), false),
        (format!("2,{},\"z\nz\"", "word\" ".repeat(1_500_000)), false),
        (format!("2,{}", "\"\"".repeat(3_000_000)), true),
        // All lines read in the search for a closing quote are valid records.
        ("2,\"z".to_owned(), false),
    ] {
        let after = if last { "" } else { "\r\n3,y\r\n" };
        let bytes = format!("a,b\r\n1,y\r\n{reject}{after}{}", if last { "" } else { &rows });
        let read = |block_bytes: usize| {
            let options = ReaderOptions { block_bytes, max_record_bytes: 4 << 20, kernel: Kernel::best() };
            let mut reader = CsvReader::open(input(bytes.as_bytes()), options).unwrap();
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
        assert!(split.rejects[0].raw == reject.as_bytes());
        assert_eq!(split.records.len(), if last { 1 } else { 600_002 });
        assert!(split == read(50_001), "another block size");
        assert!(split == read(1 << 20), "another block size");
    }
}
