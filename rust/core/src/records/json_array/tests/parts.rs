//! A source that is read in parts gives the same as one that is read at once, wherever it is divided.

use std::io::Cursor;

use proptest::prelude::*;

use super::{AMPLE, JsonReader, ReaderOptions, Split, every_cut, samples};
use crate::records::{Block, Checkpoints, Position};
use crate::source::{Input, Options};

/// A source, which is read in any way; if `is_cut` it ends early.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    options: ReaderOptions,
    is_cut: bool,
}

impl Source<'_> {
    /// The bytes from a position on, as the rest of the source.
    fn input(self, start: Option<u64>) -> Input {
        let announced = self.is_cut.then_some(self.bytes.len() as u64 + 1);
        let rest = self.bytes[usize::try_from(start.unwrap_or(0)).unwrap()..].to_vec();
        let options = Options { announced, start, ..Options::default() };
        Input::from_reader(Box::new(Cursor::new(rest)), "input", options).unwrap()
    }

    /// The positions that one pass finds with `every` bytes between them, that of the end, and whether these are lines.
    fn checkpoints(self, every: u64) -> (Vec<Position>, Position, bool) {
        let mut checkpoints = Checkpoints::new(JsonReader::new(self.input(None), self.options), every);
        let mut found = Vec::new();
        while !checkpoints.is_done() {
            found.extend(checkpoints.advance().unwrap());
        }
        (found, checkpoints.position(), checkpoints.is_of_lines())
    }

    /// Reads from a position, or from the beginning, up to the first at or after `end`.
    fn part(self, lines: bool, start: Option<Position>, end: Option<u64>) -> (Split, JsonReader) {
        let mut reader = match start {
            None => JsonReader::new(self.input(None), self.options),
            Some(at) => JsonReader::open_at(self.input(Some(at.offset)), self.options, lines, at),
        };
        reader.stop_at(end);
        let mut split = Split::default();
        let mut block = Block::default();
        while reader.next_block(&mut block).unwrap() {
            split.take(&block);
            split.bytes += block.used as u64;
            block = block.recycled();
        }
        reader.finish().unwrap();
        (split, reader)
    }
}

/// Divides a source at all positions of one pass and reads each part by itself; returns the number of parts.
fn assert_parts(source: Source<'_>, every: u64) -> usize {
    let (whole, reader) = source.part(false, None, None);
    let (positions, end, lines) = source.checkpoints(every);
    assert_eq!((reader.position(), reader.is_at_end()), (end, true));
    let mut sum = Split::default();
    let mut start = None;
    for next in positions.iter().copied().map(Some).chain([None]) {
        let (part, reader) = source.part(lines, start, next.map(|next| next.offset));
        assert_eq!(reader.position(), next.unwrap_or(end), "{:?} from {start:?}", source.options);
        assert_eq!(reader.is_at_end(), next.is_none());
        assert!(positions.is_empty() || !(part.elements.is_empty() && part.rejects.is_empty()), "an empty part");
        sum.elements.extend(part.elements);
        sum.rejects.extend(part.rejects);
        sum.leniencies += part.leniencies;
        sum.bytes += part.bytes;
        start = next;
    }
    assert_eq!(sum, whole, "{:?}, {every} bytes", source.options);
    positions.len() + 1
}

fn assert_source(text: &str, limit: usize, is_cut: bool, sizes: &[usize], every: u64) {
    for options in every_cut(limit, sizes) {
        let source = Source { bytes: text.as_bytes(), options, is_cut };
        assert_parts(source, 1);
        assert_parts(source, every);
    }
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 10_usize..200, 1 => Just(AMPLE)]
}

proptest! {
    #![proptest_config(crate::testing::cases(60))]

    #[test]
    fn soups(
        text in samples::soup(50),
        limit in limit(),
        is_cut in prop::bool::weighted(0.2),
        size in 2_usize..200,
        every in 2_u64..200,
    ) {
        assert_source(&text, limit, is_cut, &[1, size, AMPLE], every);
    }

    #[test]
    fn faulty_sources(
        array in any::<bool>(),
        arrays in samples::faulty(12, true),
        lines in samples::faulty(12, false),
        limit in limit(),
        is_cut in prop::bool::weighted(0.2),
        size in 2_usize..200,
        every in 2_u64..200,
    ) {
        assert_source(if array { &arrays } else { &lines }, limit, is_cut, &[1, size, AMPLE], every);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(6))]

    /// Longer than one stride of masks.
    #[test]
    fn long_sources(array in any::<bool>(), text in samples::faulty(300, true), lines in samples::faulty(300, false),
        limit in limit(), size in 2_usize..9000, every in 500_u64..9000) {
        for options in every_cut(limit, &[size, AMPLE]) {
            let bytes = if array { text.as_bytes() } else { lines.as_bytes() };
            assert_parts(Source { bytes, options, is_cut: false }, every);
        }
    }
}

fn parts(text: &str) -> usize {
    let all = every_cut(AMPLE, &[1, 7, AMPLE]).into_iter();
    let counts: Vec<_> =
        all.map(|options| assert_parts(Source { bytes: text.as_bytes(), options, is_cut: false }, 1)).collect();
    assert!(counts.iter().all(|&count| count == counts[0]));
    counts[0]
}

#[test]
fn each_element_of_an_array_or_of_lines_may_be_a_part() {
    assert_eq!(parts("[{\"a\": 1}, {\"b\": [2]},\n{\"c\": \"}\"}]\n"), 3);
    assert_eq!(parts("{\"a\": 1}\n{\"b\": [2]}\r\n\n{\"c\": \"}\"}"), 3);
    assert_eq!(parts("[1, 2, x, 4]"), 4);
    assert_eq!(parts("[{\"a\": 1}][{\"b\": 2}]"), 2);
}

#[test]
fn pages_are_one_part() {
    assert_eq!(parts("{\"items\": [{\"a\": 1}, {\"b\": 2}], \"next\": \"x\"}"), 1);
    assert_eq!(parts("[[{\"a\": 1}], [{\"b\": 2}]]"), 1);
    // Those before the first page are not.
    assert_eq!(parts("[{\"a\": 1}, {\"a\": 2}, [{\"b\": 2}, {\"b\": 3}], {\"a\": 3}]"), 3);
}
