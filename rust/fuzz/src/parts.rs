//! Sources in parts: divided at positions of one pass, and read with other blocks, they give what one pass gives.

use std::io::Cursor;

use crowdarrow_core::leniency::Leniencies;
use crowdarrow_core::records::{
    Block, Checkpoints, CsvHeader, CsvReader, JsonReader, LineCursor, Position, ReaderOptions, RecordReader,
};
use crowdarrow_core::reject::Reject;
use crowdarrow_core::source::{Input, Options};

use crate::csv::{cuts, join_rejects};

/// An undecoded record.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    number: u64,
    line: u64,
    offset: u64,
    raw: Vec<u8>,
    /// The end of each field in `raw`.
    ends: Vec<u32>,
}

/// The content of a source or of a part. Parts of a reject are joined, and messages left out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Content {
    records: Vec<Record>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
    bytes: u64,
}

impl Content {
    fn take(&mut self, block: &Block) {
        let mut lines = LineCursor::new(block.line);
        for span in &block.records {
            let ends = &block.ends[span.first_end as usize..span.last_end as usize];
            self.records.push(Record {
                number: span.number,
                line: lines.line_of(&block.bytes, span.start as usize),
                offset: block.offset + u64::from(span.start),
                raw: block.bytes[span.start as usize..span.end as usize].to_vec(),
                ends: ends.iter().map(|end| end - span.start).collect(),
            });
        }
        join_rejects(&mut self.rejects, block);
        self.leniencies += block.leniencies;
        self.bytes += block.header_bytes + block.used as u64;
    }

    fn add(&mut self, part: Self) {
        self.records.extend(part.records);
        self.rejects.extend(part.rejects);
        self.leniencies += part.leniencies;
        self.bytes += part.bytes;
    }
}

/// What a reader needs to start at a position.
enum Form {
    Csv(CsvHeader),
    Json { lines: bool },
}

/// A source; if `is_cut` it ends early.
#[derive(Clone, Copy)]
struct Source<'a> {
    bytes: &'a [u8],
    is_csv: bool,
    is_cut: bool,
}

impl Source<'_> {
    /// The bytes from an offset on, as the rest of the source; none if they are compressed.
    fn input(self, start: Option<u64>) -> Option<Input> {
        let announced = self.is_cut.then_some(self.bytes.len() as u64 + 1);
        let rest = self.bytes[usize::try_from(start.unwrap_or(0)).unwrap()..].to_vec();
        let options = Options { announced, start, ..Options::default() };
        let input = Input::from_reader(Box::new(Cursor::new(rest)), "input", options).ok()?;
        (input.compression().to_string() == "none").then_some(input)
    }

    /// A reader of the whole; none if the header cannot be read.
    fn open(self, options: ReaderOptions) -> Option<RecordReader> {
        let input = self.input(None)?;
        if self.is_csv {
            CsvReader::open(input, options).ok().map(RecordReader::from)
        } else {
            JsonReader::open(input, options).ok().map(|(reader, _)| reader.into())
        }
    }

    fn open_at(self, options: ReaderOptions, form: &Form, at: Position) -> RecordReader {
        let input = self.input(Some(at.offset)).expect("the rest is as plain as the whole");
        match form {
            Form::Csv(header) => CsvReader::open_at(input, options, header.clone(), at).into(),
            Form::Json { lines } => JsonReader::open_at(input, options, *lines, at).into(),
        }
    }

    /// The positions that one pass finds with `every` bytes between them, that of the end, and what readers need.
    fn positions(self, options: ReaderOptions, every: u64) -> Option<(Vec<Position>, Position, Form)> {
        let reader = self.open(options)?;
        let header = match &reader {
            RecordReader::Csv(csv) => Some(CsvHeader {
                names: csv.header().to_vec(),
                is_quoted: csv.is_header_quoted(),
                separator: csv.separator(),
            }),
            RecordReader::Json(_) => None,
        };
        let mut checkpoints = Checkpoints::new(reader, every);
        let mut found = Vec::new();
        while !checkpoints.is_done() {
            found.extend(checkpoints.advance().unwrap());
        }
        let form = header.map_or_else(|| Form::Json { lines: checkpoints.is_of_lines() }, Form::Csv);
        Some((found, checkpoints.position(), form))
    }
}

/// Reads up to the first position at or after `end`.
fn read(reader: &mut RecordReader, end: Option<u64>) -> Content {
    reader.stop_at(end);
    let mut content = Content::default();
    let mut block = Block::default();
    while reader.next_block(&mut block).unwrap() {
        content.take(&block);
        block = block.recycled();
    }
    content
}

/// Bytes that choose the limit, the block, the kernel, the size of parts and the form, and a source.
pub fn check(data: &[u8]) {
    let Some(([limit, block, kernel, size, form], body)) = crate::choices(data) else { return };
    let has_header = form & 2 == 0;
    let source = Source {
        bytes: &if form & 1 == 0 && has_header { [b"a,b,c\n", body].concat() } else { body.to_vec() },
        is_csv: form & 1 == 0,
        is_cut: form & 4 != 0,
    };
    let every = if size < 128 { u64::from(size) + 1 } else { 16 * u64::from(size - 127) };
    let [one, other] = cuts(limit, block, kernel);
    let Some((positions, end, form)) = source.positions(one, every) else { return };
    let mut reader = source.open(one).expect("a header once more");
    let whole = read(&mut reader, None);
    assert_eq!((reader.position(), reader.is_at_end()), (end, true));
    let shown = || format!("{other:?}, every {every}, of {:?}", String::from_utf8_lossy(source.bytes));
    let mut reader = source.open(other).expect("a header in small blocks too");
    let mut sum = Content::default();
    for next in positions.into_iter().map(Some).chain([None]) {
        let part = read(&mut reader, next.map(|next| next.offset));
        assert_eq!((reader.position(), reader.is_at_end()), (next.unwrap_or(end), next.is_none()), "{}", shown());
        sum.add(part);
        if let Some(next) = next {
            reader = source.open_at(other, &form, next);
        }
    }
    assert_eq!(sum, whole, "{}", shown());
}
