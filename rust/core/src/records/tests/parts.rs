//! A source that is read in parts gives the same as one that is read at once, wherever it is divided.

use std::io::Cursor;

use proptest::prelude::*;

use super::{AMPLE, Cut, Split, every_cut, samples};
use crate::records::{Block, Checkpoints, CsvHeader, CsvReader, Position, ReaderOptions};
use crate::source::{Input, Options};

/// A source, which is read in any way; if `is_cut` it ends early.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    cut: Cut,
    is_cut: bool,
}

impl Split {
    fn add(&mut self, part: Self) {
        self.records.extend(part.records);
        self.rejects.extend(part.rejects);
        self.leniencies += part.leniencies;
        self.bytes += part.bytes;
    }
}

impl Source<'_> {
    fn options(self) -> ReaderOptions {
        ReaderOptions { block_bytes: self.cut.block, max_record_bytes: self.cut.limit, kernel: self.cut.kernel }
    }

    /// The bytes from a position on, as the rest of the source.
    fn input(self, start: Option<u64>) -> Input {
        let announced = self.is_cut.then_some(self.bytes.len() as u64 + 1);
        let rest = self.bytes[usize::try_from(start.unwrap_or(0)).unwrap()..].to_vec();
        let options = Options { announced, start, ..Options::default() };
        Input::from_reader(Box::new(Cursor::new(rest)), "input", options).unwrap()
    }

    fn open(self) -> CsvReader {
        CsvReader::open(self.input(None), self.options()).unwrap()
    }

    /// The positions that one pass finds with `every` bytes between them, and that of the end.
    fn checkpoints(self, every: u64) -> (Vec<Position>, Position) {
        let mut checkpoints = Checkpoints::new(self.open(), every);
        let mut found = Vec::new();
        while !checkpoints.is_done() {
            found.extend(checkpoints.advance().unwrap());
        }
        (found, checkpoints.position())
    }

    /// Reads from a position, or from the beginning, up to the first at or after `end`.
    fn part(self, start: Option<Position>, end: Option<u64>) -> (Split, CsvReader) {
        let mut reader = match start {
            None => self.open(),
            Some(position) => {
                let whole = self.open();
                let names = whole.header().to_vec();
                let header = CsvHeader { names, is_quoted: whole.is_header_quoted(), separator: whole.separator() };
                CsvReader::open_at(self.input(Some(position.offset)), self.options(), header, position)
            }
        };
        reader.stop_at(end);
        let mut split = Split::default();
        let mut block = Block::default();
        while reader.next_block(&mut block).unwrap() {
            split.take(&block);
            split.bytes += block.header_bytes + block.used as u64;
            block = block.recycled();
        }
        reader.finish().unwrap();
        (split, reader)
    }
}

/// Divides a source at all positions of one pass and reads each part by itself.
fn assert_parts(source: Source<'_>, every: u64) {
    let (whole, reader) = source.part(None, None);
    let (positions, end) = source.checkpoints(every);
    assert_eq!((reader.position(), reader.is_at_end()), (end, true));
    let mut sum = Split::default();
    let mut start = None;
    for next in positions.iter().copied().map(Some).chain([None]) {
        let (part, reader) = source.part(start, next.map(|next| next.offset));
        assert_eq!(reader.position(), next.unwrap_or(end), "{:?} from {start:?}", source.cut);
        assert_eq!(reader.is_at_end(), next.is_none());
        assert!(positions.is_empty() || !(part.records.is_empty() && part.rejects.is_empty()), "an empty part");
        sum.add(part);
        start = next;
    }
    assert_eq!(sum, whole, "{:?}, {every} bytes", source.cut);
}

/// Divides a source at the first position from any offset on.
fn assert_guess(source: Source<'_>, guess: u64) {
    let (whole, end) = source.part(None, None);
    let (mut sum, first) = source.part(None, Some(guess));
    let at = first.position();
    assert!(first.is_at_end() || at.offset >= guess);
    if !first.is_at_end() {
        let (rest, last) = source.part(Some(at), None);
        assert_eq!(last.position(), end.position());
        sum.add(rest);
    }
    assert_eq!(sum, whole, "{:?}, {guess} bytes", source.cut);
}

fn assert_source(header: &str, body: &str, limit: usize, is_cut: bool, sizes: &[usize], every: u64) {
    let joint = usize::from(header.ends_with('\r') && body.starts_with('\n'));
    let bytes = [header, &body[joint..]].concat().into_bytes();
    for cut in every_cut(limit, sizes) {
        let source = Source { bytes: &bytes, cut, is_cut };
        assert_parts(source, 1);
        assert_parts(source, every);
        assert_guess(source, every);
    }
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 20_usize..200, 1 => Just(AMPLE)]
}

proptest! {
    #![proptest_config(crate::testing::cases(40))]

    #[test]
    fn soups(
        header in samples::header(),
        body in samples::soup(60),
        limit in limit(),
        is_cut in prop::bool::weighted(0.2),
        size in 2_usize..200,
        every in 2_u64..300,
    ) {
        assert_source(&header, &body, limit, is_cut, &[1, size, AMPLE], every);
    }

    #[test]
    fn faulty_sources(
        header in samples::header(),
        body in samples::faulty(12),
        limit in limit(),
        is_cut in prop::bool::weighted(0.2),
        size in 2_usize..200,
        every in 2_u64..300,
    ) {
        assert_source(&header, &body, limit, is_cut, &[1, size, AMPLE], every);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(6))]

    /// Longer than one stride of masks.
    #[test]
    fn long_sources(body in samples::faulty(300), limit in limit(), size in 2_usize..9000, every in 500_u64..9000) {
        let bytes = ["a,b,c\n", &body].concat().into_bytes();
        for cut in every_cut(limit, &[size, AMPLE]) {
            assert_parts(Source { bytes: &bytes, cut, is_cut: false }, every);
        }
    }
}

#[test]
fn one_record_follows_each_position() {
    let bytes = b"a,b,c\n1,2,3\n\"4\n4\",5,6\r\n\n7,8,9";
    let cut = Cut { block: 1, ..super::WHOLE };
    let (positions, end) = Source { bytes, cut, is_cut: false }.checkpoints(1);
    let position = |offset, line, records| Position { offset, line, records };
    assert_eq!(positions, [position(12, 3, 1), position(23, 5, 2)]);
    assert_eq!(end, position(29, 6, 3));
}

#[test]
fn the_end_of_truncated_input_is_no_position() {
    let bytes = b"a,b,c\n1,2,3\n4,5,6\r\n";
    for cut in every_cut(AMPLE, &[1, 2, 9, AMPLE]) {
        let source = Source { bytes, cut, is_cut: true };
        let (positions, end) = source.checkpoints(1);
        assert_eq!(positions.iter().map(|position| position.offset).collect::<Vec<_>>(), [12]);
        assert_eq!((end.offset, end.records), (19, 3));
        assert_parts(source, 1);
    }
}
