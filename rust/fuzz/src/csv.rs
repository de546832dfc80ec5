//! CSV sources: any size of blocks and any kernel give what the splitting rules give.

use std::io::Cursor;

use crowdarrow_core::leniency::{Leniencies, Leniency};
use crowdarrow_core::records::{Block, CsvReader, LineCursor, ReaderOptions, line_ends};
use crowdarrow_core::reject::{Reject, RejectKind, RejectRef};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source::{Input, Options};

#[path = "../../core/src/records/tests/rules.rs"]
#[allow(clippy::pedantic, dead_code, reason = "it is a test of the engine")]
mod rules;

/// A record with its undecoded fields.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    number: u64,
    line: u64,
    offset: u64,
    fields: Vec<Vec<u8>>,
}

/// The content of a source. Parts of a reject are joined, and messages left out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Split {
    records: Vec<Record>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
}

impl Split {
    fn take(&mut self, block: &Block) {
        let mut lines = LineCursor::new(block.line);
        for span in &block.records {
            let mut from = span.start as usize;
            let ends = &block.ends[span.first_end as usize..span.last_end as usize];
            let fields = ends
                .iter()
                .map(|&end| block.bytes[std::mem::replace(&mut from, end as usize + 1)..end as usize].to_vec());
            let fields = fields.collect();
            assert_eq!(from, span.end as usize + 1, "the last field ends with the record");
            assert!(span.end as usize <= block.used);
            let line = lines.line_of(&block.bytes, span.start as usize);
            self.records.push(Record {
                number: span.number,
                line,
                offset: block.offset + u64::from(span.start),
                fields,
            });
        }
        join_rejects(&mut self.rejects, block);
        self.leniencies += block.leniencies;
    }
}

/// Appends the rejects of a block without their messages, joining the parts of one reject.
pub(crate) fn join_rejects(rejects: &mut Vec<Reject>, block: &Block) {
    for reject in block.rejects.iter().map(RejectRef::to_reject) {
        match rejects.last_mut() {
            Some(last) if last.more => {
                assert_eq!((last.record, last.offset, last.kind), (reject.record, reject.offset, reject.kind));
                last.raw.extend_from_slice(&reject.raw);
                last.more = reject.more;
            }
            _ => rejects.push(Reject { message: String::new(), ..reject }),
        }
    }
}

/// An input of these bytes.
pub(crate) fn input(bytes: &[u8]) -> Option<Input> {
    Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", Options::default()).ok()
}

/// A block that holds a whole input of libFuzzer, and is cleared quickly.
pub(crate) const WHOLE: usize = 1 << 13;

/// The options to compare: the whole input as one block, and small blocks with another kernel.
pub(crate) fn cuts(limit: u8, block: u8, kernel: u8) -> [ReaderOptions; 2] {
    let kernels = Kernel::available();
    let max_record_bytes = if limit < 128 { 1 << 20 } else { 8 + 4 * usize::from(limit - 128) };
    let options = |block_bytes, number: usize| ReaderOptions {
        block_bytes,
        max_record_bytes,
        kernel: kernels[number % kernels.len()],
    };
    let small = match block {
        0..128 => 1 + usize::from(block),
        _ => 32 * usize::from(block - 120),
    };
    [options(WHOLE, usize::from(kernel)), options(small, usize::from(kernel) + 1)]
}

/// The start of the first record, the number of columns, and all records.
fn split(bytes: &[u8], options: ReaderOptions) -> Option<(usize, usize, Split)> {
    let mut reader = CsvReader::open(input(bytes)?, options).ok()?;
    let mut start = None;
    let mut split = Split::default();
    let mut block = Block::default();
    let mut ends = reader.offset();
    while reader.next_block(&mut block).unwrap() {
        start.get_or_insert(usize::try_from(block.offset).unwrap());
        assert_eq!(block.offset, ends, "blocks are contiguous");
        ends += block.used as u64;
        split.take(&block);
        block = block.recycled();
    }
    assert_eq!(ends, bytes.len() as u64, "every byte is counted");
    Some((start.unwrap_or(bytes.len()), reader.header().len(), split))
}

/// The leniencies that a header may have.
const OF_HEADERS: [Leniency; 5] =
    [Leniency::Bom, Leniency::Crlf, Leniency::LoneCr, Leniency::EmptyLine, Leniency::Separator];

/// Checks that each byte is in one record, reject, line end or the header, and that numbers are consecutive.
fn assert_nothing_is_lost(bytes: &[u8], start: usize, split: &Split) {
    let records = split.records.iter().map(|record| (record.number, record.offset, record.fields.join(&b',')));
    let rejects = split.rejects.iter().map(|reject| (reject.record, reject.offset, reject.raw.clone()));
    let mut all: Vec<_> = records.chain(rejects).collect();
    all.sort_by_key(|&(number, ..)| number);
    let mut at = start;
    for (i, (number, offset, raw)) in all.iter().enumerate() {
        assert_eq!(*number, i as u64 + 1, "numbers are consecutive");
        let offset = usize::try_from(*offset).unwrap();
        assert!(bytes[at..offset].iter().all(|byte| matches!(byte, b'\n' | b'\r')), "lost before byte {offset}");
        assert_eq!(&bytes[offset..offset + raw.len()], raw);
        at = offset + raw.len();
    }
    assert!(bytes[at..].iter().all(|byte| matches!(byte, b'\n' | b'\r')), "lost after byte {at}");
}

/// Bytes that choose the limit, the block, the kernel and the header, and a source.
pub fn check(data: &[u8]) {
    let Some(([limit, block, kernel, header], body)) = crate::choices(data) else { return };
    let bytes = if header < 128 { [b"a,b,c\n", body].concat() } else { body.to_vec() };
    let [whole, small] = cuts(limit.max(if header < 128 { 0 } else { 127 }), block, kernel);
    // Compressed sources are the subject of another target.
    if input(&bytes).is_none_or(|input| input.compression().to_string() != "none") {
        return;
    }
    let Some((start, width, mut read)) = split(&bytes, whole) else {
        assert!(split(&bytes, small).is_none(), "a header in one block, none in small ones");
        return;
    };
    let (_, _, other) = split(&bytes, small).expect("a header in small blocks too");
    assert_eq!(read, other, "{whole:?} and {small:?} of {:?}", String::from_utf8_lossy(&bytes));
    assert_nothing_is_lost(&bytes, start, &read);
    let mut expected =
        rules::Rules { bytes: &bytes, start, width, limit: whole.max_record_bytes, truncated: false }.apply();
    if header >= 128 {
        for leniency in OF_HEADERS {
            read.leniencies[leniency] = 0;
            expected.leniencies[leniency] = 0;
        }
    }
    assert_eq!(read, expected, "{:?}", String::from_utf8_lossy(&bytes));
}
