//! Elements in brackets over SIMD masks: string state, runs of backslashes, depth.
//!
//! The masks tell strings from the rest only where backslashes stand inside strings, as JSON has them. At the first
//! that does not, and at all that makes a value in lines a broken one, the element is left to the slow path.

use super::splitter::JsonSplitter;
use super::walk::is_white;
use crate::leniency::Leniency;
use crate::records::Block;
use crate::scan::{CHUNK, Escapes, JsonMasks, prefix_xor};

/// Bytes whose masks are computed at a time: they and their masks stay in the first-level cache.
const STRIDE: usize = 64 * CHUNK;

/// Why the fast path stopped.
pub enum Fast {
    /// After an element, with something that is not simply the next one.
    Gap(usize),
    /// The bytes ran out within the element that begins here.
    Open(usize),
    /// The element that begins here is to be read byte by byte.
    Fault(usize),
}

impl JsonSplitter {
    /// Takes every whole element from the one at `start` on, which begins with a bracket.
    pub(super) fn fast(&mut self, bytes: &[u8], start: usize, block: &mut Block) -> Fast {
        let mut masks = std::mem::take(&mut self.masks);
        let stop = self.fast_over(bytes, start, block, &mut masks);
        self.masks = masks;
        stop
    }

    fn fast_over(&mut self, bytes: &[u8], start: usize, block: &mut Block, masks: &mut Vec<JsonMasks>) -> Fast {
        // The element at hand, how many of its brackets are open, and, if none is, where it ended.
        let (mut element, mut depth, mut after) = (start, 0u64, start);
        // Inverts the masks of braces if the element begins with a square bracket: only brackets of its own kind count.
        let mut other = 0u64;
        // All ones while inside a string; whether the byte before ends a line.
        let (mut inside, mut escapes, mut after_line_end) = (0u64, Escapes::default(), 0u64);
        let mut stride = start;
        while stride < bytes.len() {
            self.kernel.classify_json(&bytes[stride..bytes.len().min(stride + STRIDE)], masks);
            for (chunk, &JsonMasks { quote, backslash, open, close, brace, line_end }) in masks.iter().enumerate() {
                let string = prefix_xor(quote & !escapes.escaped(backslash)) ^ inside;
                inside = 0u64.wrapping_sub(string >> 63);
                let (open, close) = (open & !string, close & !string);
                let mut fault = backslash & !string;
                let mut first_column = 0;
                if self.lines {
                    fault |= line_end & string;
                    first_column = open & (line_end << 1 | after_line_end);
                    after_line_end = line_end >> 63;
                }
                let closes = u64::from((close & (brace ^ other)).count_ones());
                if fault | first_column == 0 && depth > closes {
                    depth = depth + u64::from((open & (brace ^ other)).count_ones()) - closes;
                    continue;
                }
                let mut brackets = open | close;
                if fault != 0 {
                    brackets &= (fault & fault.wrapping_neg()) - 1;
                }
                let base = stride + chunk * CHUNK;
                while brackets != 0 {
                    let place = brackets.trailing_zeros();
                    brackets &= brackets - 1;
                    let at = base + place as usize;
                    let opens = open >> place & 1;
                    if depth == 0 {
                        if opens == 0 {
                            return Fast::Gap(after);
                        }
                        match self.gap_between(&bytes[after..at]) {
                            _ if at == start => {}
                            Some(missing) => block.leniencies[Leniency::MissingComma] += missing,
                            None => return Fast::Gap(after),
                        }
                        element = at;
                        depth = 1;
                        other = (brace >> place & 1).wrapping_sub(1);
                        continue;
                    }
                    if first_column >> place & 1 != 0 {
                        return Fast::Fault(element);
                    }
                    // Without a branch on what the bracket is, since nothing foretells it.
                    let counts = (brace ^ other) >> place & 1;
                    depth = depth + counts * 2 * opens - counts;
                    if depth == 0 {
                        after = at + 1;
                        if after - element > self.limit {
                            return Fast::Fault(element);
                        }
                        self.push(block, element, after);
                    }
                }
                if fault != 0 {
                    return if depth == 0 { Fast::Gap(after) } else { Fast::Fault(element) };
                }
            }
            stride += STRIDE;
        }
        if depth == 0 { Fast::Gap(after) } else { Fast::Open(element) }
    }

    /// How many commas are missing where nothing but `gap` stands between two elements; none where it holds more than
    /// what belongs there.
    fn gap_between(&self, gap: &[u8]) -> Option<u64> {
        let mut commas = 0u64;
        for &byte in gap {
            match byte {
                b',' => commas += 1,
                byte if is_white(byte) => {}
                _ => return None,
            }
        }
        let wanted = u64::from(!self.lines);
        wanted.checked_sub(commas)
    }
}
