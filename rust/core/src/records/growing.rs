//! A reject that grows over many blocks, handed on in parts.

use super::Block;
use crate::leniency::Leniency;
use crate::reject::Reject;

/// Rejected bytes that are kept before a part of the reject is handed on.
pub const PART: usize = 1 << 20;

/// A reject that is still growing.
#[derive(Debug)]
pub struct Growing {
    /// What is wrong, and the bytes that were not handed on yet.
    pub reject: Reject,
}

impl Growing {
    /// A reject that has all but its bytes.
    pub const fn new(reject: Reject) -> Self {
        Self { reject }
    }

    /// Adds bytes to it.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.reject.raw.extend_from_slice(bytes);
    }

    /// Hands on what there is of a huge reject, so that neither it nor a block grows beyond a part and a line; tells
    /// whether it did.
    pub fn hand_on_a_part(&mut self, block: &mut Block) -> bool {
        // The last two bytes may be the line end that the whole reject leaves out.
        let full = self.reject.raw.len() > PART;
        if full {
            let rest = self.reject.raw.split_off(self.reject.raw.len() - 2);
            let raw = std::mem::replace(&mut self.reject.raw, rest);
            block.rejects.push(Reject { raw, more: true, ..self.reject.clone() });
        }
        full
    }

    /// Hands on what is left, without the line end it ends with; gives that one's form where it is not LF.
    pub fn finish(&mut self, block: &mut Block) -> Option<Leniency> {
        let mut raw = std::mem::take(&mut self.reject.raw);
        let (kept, form) = without_line_end(&raw);
        raw.truncate(kept.len());
        block.rejects.push(Reject { raw, ..self.reject.clone() });
        form
    }
}

/// The bytes without the line end they end with, and that one's form where it is not LF.
pub fn without_line_end(bytes: &[u8]) -> (&[u8], Option<Leniency>) {
    match bytes {
        [kept @ .., b'\r', b'\n'] => (kept, Some(Leniency::Crlf)),
        [kept @ .., b'\r'] => (kept, Some(Leniency::LoneCr)),
        [kept @ .., b'\n'] => (kept, None),
        _ => (bytes, None),
    }
}
