//! The first elements of a source, looked at before it is read.

use super::JsonOptions;
use super::splitter::JsonSplitter;
use crate::error::Result;
use crate::records::Block;
use crate::records::splitter::End;
use crate::source::Input;

/// Bytes that are looked at, unless the first element is longer.
const SAMPLE: usize = 1 << 16;

/// The first elements of `input`, which is still to be read from its start: those that lie whole in its first 64 KiB,
/// or the first alone where that is longer; none where there is none within `max_record_bytes`.
///
/// # Errors
/// As [`Input::read`].
pub fn first_elements(input: &mut Input, options: JsonOptions) -> Result<Vec<Vec<u8>>> {
    let mut size = SAMPLE;
    loop {
        let bytes = input.peek(size)?;
        let ended = bytes.len() < size;
        let mut block = Block { bytes: bytes.to_vec(), filled: bytes.len(), line: 1, ..Block::default() };
        JsonSplitter::new(options.kernel, options.max_record_bytes)
            .split(&mut block, if ended { &End::Last } else { &End::More });
        if !block.records.is_empty() || ended || size > options.max_record_bytes {
            let elements = block.records.iter();
            return Ok(elements.map(|span| block.bytes[span.start as usize..span.end as usize].to_vec()).collect());
        }
        size *= 2;
    }
}
