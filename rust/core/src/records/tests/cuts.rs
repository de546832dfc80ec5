//! All block sizes and kernels follow the rules, and no byte is lost.

use proptest::prelude::*;

use super::rules::Rules;
use super::{AMPLE, Cut, Kernel, Leniency, Split, every_cut, input, line_ends, samples, split, truncated_gzip};

/// A source and the position of its first record.
fn source(header: &str, body: &str) -> (Vec<u8>, usize) {
    // A CR at the end of the header and an LF at the start of the body are one line end.
    let joint = usize::from(header.ends_with('\r') && body.starts_with('\n'));
    ([header, body].concat().into_bytes(), header.len() + joint)
}

/// Compares everything but messages and column names.
fn assert_same(mut split: Split, expected: &Split, cut: Cut) {
    split.header.clear();
    for reject in &mut split.rejects {
        reject.message.clear();
    }
    // Compared as text first for a readable message.
    assert_eq!((split.read(), split.rejected()), (expected.read(), expected.rejected()), "{cut:?}");
    assert!(split == *expected, "{cut:?}\n{split:#?}\nis not\n{expected:#?}");
}

fn expected(bytes: &[u8], start: usize, width: usize, limit: usize, truncated: bool) -> Split {
    let mut expected = Rules { bytes, start, width, limit, truncated }.apply();
    let header = &bytes[..start];
    expected.leniencies[Leniency::Bom] += u64::from(header.starts_with(b"\xef\xbb\xbf"));
    // No quoted name has a line end, so every CR LF ends a line.
    let pairs = header.windows(2).filter(|pair| pair == b"\r\n").count() as u64;
    expected.leniencies[Leniency::Crlf] += pairs;
    expected.leniencies[Leniency::LoneCr] += memchr::memchr_iter(b'\r', header).count() as u64 - pairs;
    let empty = header.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    expected.leniencies[Leniency::EmptyLine] += line_ends(&header[..empty], header.get(empty).copied());
    expected
}

/// Checks that each byte is in one record, reject, line end or the header, and that numbers are consecutive.
fn assert_nothing_is_lost(bytes: &[u8], start: usize, split: &Split) {
    let records = split.records.iter().map(|record| (record.number, record.offset, record.line, record.raw()));
    let rejects = split.rejects.iter().map(|reject| (reject.record, reject.offset, reject.line, reject.raw.clone()));
    let mut all: Vec<_> = records.chain(rejects).collect();
    all.sort_by_key(|&(number, ..)| number);
    let mut at = start;
    for (i, (number, offset, line, raw)) in all.iter().enumerate() {
        assert_eq!(*number, i as u64 + 1, "numbers are consecutive");
        let offset = usize::try_from(*offset).unwrap();
        assert!(bytes[at..offset].iter().all(|byte| matches!(byte, b'\n' | b'\r')), "lost before byte {offset}");
        assert_eq!(&bytes[offset..offset + raw.len()], raw);
        assert_eq!(*line, 1 + line_ends(&bytes[..offset], bytes.get(offset).copied()));
        at = offset + raw.len();
    }
    assert!(bytes[at..].iter().all(|byte| matches!(byte, b'\n' | b'\r')), "lost after byte {at}");
}

fn assert_rules(header: &str, body: &str, limit: usize, sizes: &[usize]) {
    assert_rules_of_width(3, header, body, limit, sizes);
}

fn assert_rules_of_width(width: usize, header: &str, body: &str, limit: usize, sizes: &[usize]) {
    let (bytes, start) = source(header, body);
    let expected = expected(&bytes, start, width, limit, false);
    for cut in every_cut(limit, sizes) {
        let split = split(&bytes, cut);
        assert_nothing_is_lost(&bytes, start, &split);
        assert_same(split, &expected, cut);
    }
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 20_usize..200, 1 => Just(AMPLE)]
}

proptest! {
    #![proptest_config(crate::testing::cases(600))]

    #[test]
    fn soups(header in samples::header(), body in samples::soup(60), limit in limit(), size in 2_usize..200) {
        assert_rules(&header, &body, limit, &[1, size, AMPLE]);
    }

    #[test]
    fn faulty_sources(
        header in samples::header(),
        body in samples::faulty(12),
        limit in limit(),
        size in 2_usize..200,
    ) {
        assert_rules(&header, &body, limit, &[1, size, AMPLE]);
    }

    #[test]
    fn valid_sources_have_no_rejects(body in samples::valid(12), size in 1_usize..200) {
        let bytes = ["a,b,c\n", &body].concat().into_bytes();
        for cut in every_cut(AMPLE, &[size, AMPLE]) {
            let split = split(&bytes, cut);
            prop_assert_eq!(&split.rejects, &[]);
            prop_assert!(split.records.iter().all(|record| record.fields.len() == 3));
        }
    }

    #[test]
    fn truncated_sources(body in samples::faulty(8), limit in limit(), size in 2_usize..200) {
        let (bytes, start) = source("a,b,c\n", &body);
        let stored = truncated_gzip(&bytes);
        let expected = expected(&bytes, start, 3, limit, true);
        for cut in every_cut(limit, &[1, size, AMPLE]) {
            let split = split(&stored, cut);
            assert_nothing_is_lost(&bytes, start, &split);
            assert_same(split, &expected, cut);
        }
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(60))]

    /// Longer than one stride of masks.
    #[test]
    fn long_sources(body in samples::faulty(500), soup in samples::soup(900), limit in limit(), size in 2_usize..9000) {
        assert_rules("a,b,c\n", &(body + &soup), limit, &[size, AMPLE]);
    }
}

/// A number of columns of which only fields that are not empty are listed.
const WIDE: usize = 1100;

/// A line of a wide file: texts, valid and invalid, between many empty fields.
fn wide_line() -> impl Strategy<Value = String> {
    let text =
        prop::sample::select(vec!["a", "b c", "\"q\"", "\"\"", "\"q,\n\"\"\"", "x\"y", "\"a\"b", "\"open", "\r", ""]);
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", "", "\n\n"]);
    (prop::collection::vec((0_usize..600, text), 0..5), 0..WIDE, any::<bool>(), end).prop_map(
        |(cells, commas, is_filled, end)| {
            let mut line = String::new();
            for (gap, text) in cells {
                line.push_str(&",".repeat(gap));
                line.push_str(text);
            }
            // Most lines have as many fields as the header.
            let missing = (WIDE - 1).saturating_sub(line.matches(',').count());
            line.push_str(&",".repeat(if is_filled { missing } else { commas }));
            line + end
        },
    )
}

proptest! {
    #![proptest_config(crate::testing::cases(100))]

    #[test]
    fn wide_sources(
        lines in prop::collection::vec(wide_line(), 0..8),
        limit in prop_oneof![1000_usize..4000, Just(AMPLE)],
        size in 50_usize..9000,
    ) {
        let header = format!("a{}\n", ",b".repeat(WIDE - 1));
        assert_rules_of_width(WIDE, &header, &lines.concat(), limit.max(header.len()), &[size, AMPLE]);
    }
}

#[test]
fn blocks_are_contiguous() {
    let body = "x,\"y\n\ny\",z\n\n\n".repeat(50) + "x,\"y\"y\n\nz";
    let bytes = [b"a,b,c\n", body.as_bytes()].concat();
    for size in [1, 7, 100, AMPLE] {
        let options = super::ReaderOptions { block_bytes: size, max_record_bytes: AMPLE, kernel: Kernel::best() };
        let mut reader = super::CsvReader::open(input(&bytes), options).unwrap();
        let (mut offset, mut line) = (6, 2);
        let mut block = super::Block::default();
        while reader.next_block(&mut block).unwrap() {
            assert_eq!((block.offset, block.line), (offset, line), "blocks of {size} bytes");
            offset += block.used as u64;
            line += line_ends(&block.bytes[..block.used], block.bytes[..block.filled].get(block.used).copied());
            assert_eq!(reader.offset(), offset);
            block = block.recycled();
        }
        assert_eq!(offset, bytes.len() as u64);
    }
}
