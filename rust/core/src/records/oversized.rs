//! Rejects larger than a block, emitted in parts.

use super::Block;
use super::line_end::without_line_end;
use crate::leniency::Leniency;
use crate::reject::Reject;

/// Number of rejected bytes buffered before a part of the reject is emitted.
pub const PART_BYTES: usize = 1 << 20;

/// A reject whose end has not been found.
#[derive(Debug)]
pub struct OversizedReject {
    /// The reject with the bytes that have not been emitted.
    pub reject: Reject,
}

impl OversizedReject {
    /// A reject without its bytes.
    pub const fn new(reject: Reject) -> Self {
        Self { reject }
    }

    /// Appends bytes.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.reject.raw.extend_from_slice(bytes);
    }

    /// Shortens the buffered bytes to the length that `length` gives.
    pub fn trim_to(&mut self, length: impl Fn(&[u8]) -> usize) {
        self.reject.raw.truncate(length(&self.reject.raw));
    }

    /// Emits the buffered bytes if there are more than [`PART_BYTES`], which bounds the memory of a huge reject. Returns
    /// whether a part was emitted.
    pub fn emit_part(&mut self, block: &mut Block) -> bool {
        // The last two bytes may be the line end, which is not part of the reject.
        let full = self.reject.raw.len() > PART_BYTES;
        if full {
            let rest = self.reject.raw.split_off(self.reject.raw.len() - 2);
            let raw = std::mem::replace(&mut self.reject.raw, rest);
            block.rejects.push(&Reject { raw, more: true, ..self.reject.clone() });
        }
        full
    }

    /// Emits the rest without its line end; returns the leniency to count unless that is LF.
    pub fn finish(&mut self, block: &mut Block) -> Option<Leniency> {
        let mut raw = std::mem::take(&mut self.reject.raw);
        let (kept, form) = without_line_end(&raw);
        raw.truncate(kept.len());
        block.rejects.push_bytes(&self.reject, &raw);
        form
    }
}
