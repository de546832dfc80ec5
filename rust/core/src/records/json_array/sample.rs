//! Samples the first elements of a source.

use super::splitter::JsonSplitter;
use crate::error::Result;
use crate::records::line_end::BufferEnd;
use crate::records::{Block, ReaderOptions};
use crate::source::Input;

/// Size of the sample in bytes, unless the first element is longer.
const SAMPLE: usize = 1 << 16;

/// Returns the elements in the first 64 KiB of `input`, or only the first if it is longer, without consuming them.
///
/// The result is empty if the input has no element within `max_record_bytes`.
///
/// # Errors
/// As [`Input::read`].
pub fn first_elements(input: &mut Input, options: ReaderOptions) -> Result<Vec<Vec<u8>>> {
    let mut size = SAMPLE;
    loop {
        let bytes = input.peek(size)?;
        let ended = bytes.len() < size;
        let mut block = Block { bytes: bytes.to_vec(), filled: bytes.len(), line: 1, ..Block::default() };
        JsonSplitter::new(options.kernel, options.max_record_bytes)
            .split(&mut block, if ended { &BufferEnd::Last } else { &BufferEnd::More });
        if !block.records.is_empty() || ended || size > options.max_record_bytes {
            let elements = block.records.iter();
            return Ok(elements.map(|span| block.bytes[span.start as usize..span.end as usize].to_vec()).collect());
        }
        size *= 2;
    }
}
