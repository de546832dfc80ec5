//! Splits elements in brackets by SIMD masks of strings, escapes and brackets.
//!
//! The masks are exact only if every backslash is inside a string, as in valid JSON. At the first other backslash, and at
//! any sign of an invalid value in JSON Lines, the element is left to the slow path.

use super::walk::is_white;
use crate::leniency::Leniency;
use crate::records::exact::position;
use crate::records::{Block, Span};
use crate::scan::{CHUNK, Escapes, JsonMasks, Kernel, prefix_xor};

/// Number of bytes classified at a time: the bytes and their masks fit in the L1 cache.
const STRIDE: usize = 64 * CHUNK;

/// Why the scanner stopped.
pub enum ScanStop {
    /// At this position, after an element, the gap to the next element is not white space and one comma.
    Gap(usize),
    /// The buffer ended within the element at this position.
    Incomplete(usize),
    /// The element at this position must be parsed byte by byte.
    Fallback(usize),
}

/// Finds elements in brackets, and numbers all elements.
pub struct ElementScanner {
    kernel: Kernel,
    /// Maximum length of an element in bytes.
    pub limit: usize,
    /// The elements are a sequence of values and not in an array.
    pub lines: bool,
    /// An array is no element: its elements are.
    pub has_arrays: bool,
    /// Each element is followed by what only the caller reads.
    pub alone: bool,
    /// No element is found after one that ends at this position or after it.
    pub stop_at: usize,
    /// Number of elements found or rejected.
    pub records: u64,
    masks: Vec<JsonMasks>,
}

impl ElementScanner {
    /// A scanner at the start of a source.
    pub const fn new(kernel: Kernel, limit: usize) -> Self {
        Self {
            kernel,
            limit,
            lines: false,
            has_arrays: true,
            alone: false,
            stop_at: usize::MAX,
            records: 0,
            masks: Vec::new(),
        }
    }

    /// Appends the element `bytes[start..end]`, a record of one field.
    pub fn push(&mut self, block: &mut Block, start: usize, end: usize) {
        self.records += 1;
        let first_end = position(block.ends.len());
        block.ends.push(position(end));
        block.records.push(Span {
            number: self.records,
            start: position(start),
            end: position(end),
            first_end,
            last_end: first_end + 1,
        });
    }

    /// Appends complete elements from `start` on, where an element in brackets starts.
    pub fn scan(&mut self, bytes: &[u8], start: usize, block: &mut Block) -> ScanStop {
        let mut masks = std::mem::take(&mut self.masks);
        let stop = self.scan_with(bytes, start, block, &mut masks);
        self.masks = masks;
        stop
    }

    fn scan_with(&mut self, bytes: &[u8], start: usize, block: &mut Block, masks: &mut Vec<JsonMasks>) -> ScanStop {
        // Start of the current element, its number of open brackets and, if that is 0, its end.
        let (mut element, mut depth, mut after) = (start, 0u64, start);
        // Inverts the brace masks if the element starts with a square bracket: only brackets of its kind are counted.
        let mut other = 0u64;
        // All ones while inside a string; whether the previous byte ends a line.
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
                    let bit = brackets.trailing_zeros();
                    brackets &= brackets - 1;
                    let at = base + bit as usize;
                    let opens = open >> bit & 1;
                    if depth == 0 {
                        if opens == 0 {
                            return ScanStop::Gap(after);
                        }
                        if at != start && (self.alone || self.has_arrays && brace >> bit & 1 == 0) {
                            return ScanStop::Gap(after);
                        }
                        match self.gap_between(&bytes[after..at]) {
                            _ if at == start => {}
                            Some(missing) => block.leniencies[Leniency::MissingComma] += missing,
                            None => return ScanStop::Gap(after),
                        }
                        element = at;
                        depth = 1;
                        other = (brace >> bit & 1).wrapping_sub(1);
                        continue;
                    }
                    if first_column >> bit & 1 != 0 {
                        return ScanStop::Fallback(element);
                    }
                    // Branch-free: the kind of bracket is unpredictable.
                    let counts = (brace ^ other) >> bit & 1;
                    depth = depth + counts * 2 * opens - counts;
                    if depth == 0 {
                        after = at + 1;
                        if after - element > self.limit {
                            return ScanStop::Fallback(element);
                        }
                        self.push(block, element, after);
                        if block.is_full() || after >= self.stop_at {
                            return ScanStop::Gap(after);
                        }
                    }
                }
                if fault != 0 {
                    return if depth == 0 { ScanStop::Gap(after) } else { ScanStop::Fallback(element) };
                }
            }
            stride += STRIDE;
        }
        if depth == 0 { ScanStop::Gap(after) } else { ScanStop::Incomplete(element) }
    }

    /// Number of commas missing in the gap between two elements; `None` if the gap has anything but white space and
    /// one comma.
    fn gap_between(&self, gap: &[u8]) -> Option<u64> {
        let mut commas = 0u64;
        for &byte in gap {
            match byte {
                b',' => commas += 1,
                byte if is_white(byte) => {}
                _ => return None,
            }
        }
        u64::from(!self.lines).checked_sub(commas)
    }
}
