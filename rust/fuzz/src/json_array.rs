//! JSON sources: any size of blocks and any kernel give what the splitting rules give.

use crowdarrow_core::leniency::Leniencies;
use crowdarrow_core::records::{Block, JsonReader, LineCursor, ReaderOptions, line_ends};
use crowdarrow_core::reject::{Reject, RejectKind};

use crate::csv::{cuts, input, join_rejects};

#[path = "../../core/src/records/json_array/tests/rules.rs"]
#[allow(clippy::pedantic, dead_code, reason = "it is a test of the engine")]
mod rules;

/// An undecoded element.
#[derive(Debug, PartialEq, Eq)]
struct Element {
    number: u64,
    line: u64,
    offset: u64,
    raw: Vec<u8>,
}

/// The content of a source. Parts of a reject are joined, and messages left out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Split {
    elements: Vec<Element>,
    rejects: Vec<Reject>,
    leniencies: Leniencies,
}

impl Split {
    fn take(&mut self, block: &Block) {
        let mut lines = LineCursor::new(block.line);
        for span in &block.records {
            assert_eq!(
                block.ends[span.first_end as usize..span.last_end as usize],
                [span.end],
                "an element is one field"
            );
            assert!(span.end as usize <= block.used && span.start < span.end);
            let line = lines.line_of(&block.bytes, span.start as usize);
            let raw = block.bytes[span.start as usize..span.end as usize].to_vec();
            self.elements.push(Element {
                number: span.number,
                line,
                offset: block.offset + u64::from(span.start),
                raw,
            });
        }
        join_rejects(&mut self.rejects, block);
        self.leniencies += block.leniencies;
    }
}

/// All that a reader gives, and the number of bytes.
fn split(mut reader: JsonReader) -> (u64, Split) {
    let mut split = Split::default();
    let mut block = Block::default();
    let mut bytes = 0;
    while reader.next_block(&mut block).unwrap() {
        assert_eq!(block.offset, bytes, "blocks are contiguous");
        bytes += block.used as u64;
        split.take(&block);
        block = block.recycled();
    }
    (bytes, split)
}

/// The same by the reader that also knows sources written column by column, and the first elements.
fn opened(bytes: &[u8], options: ReaderOptions) -> Option<(u64, Split, Vec<Vec<u8>>)> {
    let (reader, first) = JsonReader::open(input(bytes)?, options).ok()?;
    let (bytes, split) = split(reader);
    Some((bytes, split, first))
}

/// Bytes that choose the limit, the block, the kernel and the reader, and a source.
pub fn check(data: &[u8]) {
    let Some(([limit, block, kernel, how], bytes)) = crate::choices(data) else { return };
    let cuts = cuts(limit, block, kernel);
    let Some(source) = input(bytes) else { return };
    if source.compression().to_string() != "none" {
        return;
    }
    let shown = String::from_utf8_lossy(bytes);
    if how >= 128 {
        assert_eq!(opened(bytes, cuts[0]), opened(bytes, cuts[1]), "{cuts:?} of {shown:?}");
        return;
    }
    let (used, read) = split(JsonReader::new(source, cuts[0]));
    assert_eq!(used, bytes.len() as u64, "every byte is counted");
    let (_, other) = split(JsonReader::new(input(bytes).unwrap(), cuts[1]));
    assert_eq!(read, other, "{cuts:?} of {shown:?}");
    // The rules have no pages, which all have this key.
    if !bytes.windows(7).any(|part| part == b"\"items\"") {
        let expected = rules::Rules { bytes, limit: cuts[0].max_record_bytes, truncated: false }.apply();
        assert_eq!(read, expected, "{shown:?}");
    }
}
