//! Samples the first elements of a source.

use super::splitter::JsonSplitter;
use crate::error::Result;
use crate::json::{Doc, Kind};
use crate::records::line_end::BufferEnd;
use crate::records::{Block, ReaderOptions};
use crate::source::Input;

/// Bytes that are looked at first, and at most unless the first element is longer.
const BYTES: std::ops::Range<usize> = 1 << 16..8 << 20;

/// Number of objects in a sample.
const OBJECTS: usize = 1000;

/// Maximum nesting of JSON in a sample.
const MAX_DEPTH: usize = 128;

/// Returns the first elements of `input` without consuming them: up to the thousandth that is an object, or those in the
/// first 8 MiB, or only the first if it is longer.
///
/// The result is empty if the input has no element within `max_record_bytes`.
///
/// # Errors
/// As [`Input::read`].
pub fn first_elements(input: &mut Input, options: ReaderOptions) -> Result<Vec<Vec<u8>>> {
    let mut size = BYTES.start;
    loop {
        let bytes = input.peek(size)?;
        let ended = bytes.len() < size;
        let mut block = Block { bytes: bytes.to_vec(), filled: bytes.len(), line: 1, ..Block::default() };
        JsonSplitter::new(options.kernel, options.max_record_bytes)
            .split(&mut block, if ended { &BufferEnd::Last } else { &BufferEnd::More });
        let too_long = size > options.max_record_bytes.max(BYTES.end);
        let mut objects = 0;
        let enough = ended || too_long || size >= BYTES.end && !block.records.is_empty();
        if enough || block.records.len() >= OBJECTS {
            let mut doc = Doc::default();
            let elements = block.records.iter().map(|span| &block.bytes[span.start as usize..span.end as usize]);
            let mut sample = Vec::new();
            for element in elements {
                sample.push(element.to_vec());
                objects += usize::from(doc.check(element, MAX_DEPTH) == Ok(Kind::Object));
                if objects == OBJECTS {
                    return Ok(sample);
                }
            }
            if enough {
                return Ok(sample);
            }
        }
        size *= 2;
    }
}
