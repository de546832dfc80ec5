//! Elements of a JSON array, or values one after the other, in whatever blocks they come.
//!
//! What begins with `[` is one array; anything else is a sequence of values with or without white space between them
//! (JSON Lines, and objects written one after the other). An element in brackets ends with the matching one; that
//! it is JSON is for its parser to check. Anything else that stands where an element belongs goes on to the next `,`,
//! `]` or opening bracket, in lines to the line's end.

use super::fast::Fast;
use super::lines::LineEnds;
use super::walk::{Stop, Walk, is_open, is_white};
use crate::leniency::Leniency;
use crate::records::exact::position;
use crate::records::growing::{Growing, PART, without_line_end};
use crate::records::splitter::End;
use crate::records::{Block, LineCursor, Span};
use crate::reject::{Reject, RejectKind};
use crate::scan::{JsonMasks, Kernel};

/// The byte-order mark of UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Cuts one source into elements, block after block.
pub struct JsonSplitter {
    pub(super) kernel: Kernel,
    /// Longest element, in bytes.
    pub(super) limit: usize,
    /// Values one after the other, not an array.
    pub(super) lines: bool,
    pub(super) masks: Vec<JsonMasks>,
    place: Place,
    /// Offset and line of the last comma, where it is all there is since the last element.
    comma: Option<(u64, u64)>,
    records: u64,
    end_reported: bool,
    line_cursor: LineCursor,
    /// In lines: how the line ends of the elements and of the gaps between them are counted.
    line_ends: LineEnds,
}

/// Where in the source the splitting is.
#[derive(Debug, Default)]
enum Place {
    /// At its first byte.
    #[default]
    Start,
    /// Before the first byte that is not white space, which tells an array.
    Head,
    /// Between elements.
    Gap(Gap),
    /// At the first byte of an element; `stray` if it stands where there should be a comma or a line end first.
    Element { stray: bool },
    /// Within something that is rejected and too long to be kept, or has no end of its own.
    Reject(Growing, Walk),
    /// Behind the array.
    Tail,
}

/// What came last before a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// Nothing: the start of the array, or of a line.
    Nothing,
    /// An element; in lines, on the same line.
    Element,
    /// A comma.
    Comma,
}

/// Where the splitting goes on.
enum Next {
    /// Here.
    Go(Place, usize),
    /// Here, when more bytes have come.
    Wait(Place, usize),
}

/// The bytes at hand, and what comes after them.
#[derive(Clone, Copy)]
struct View<'a> {
    bytes: &'a [u8],
    end: &'a End,
}

impl JsonSplitter {
    /// A splitter at the start of a source whose elements have at most `limit` bytes.
    pub fn new(kernel: Kernel, limit: usize) -> Self {
        Self {
            kernel,
            limit,
            lines: false,
            masks: Vec::new(),
            place: Place::default(),
            comma: None,
            records: 0,
            end_reported: false,
            line_cursor: LineCursor::default(),
            line_ends: LineEnds::default(),
        }
    }

    /// Finds the whole elements of what `block` was filled with and sets `block.used`; what is open is left for the next
    /// block, and so is, even at the end of the input, what comes after a part of a huge reject.
    pub fn split(&mut self, block: &mut Block, end: &End) {
        let whole = std::mem::take(&mut block.bytes);
        // A CR at the end waits for its LF, for the count of lines.
        let held = usize::from(!end.is_last() && whole[..block.filled].ends_with(b"\r"));
        let view = View { bytes: &whole[..block.filled - held], end };
        self.line_cursor = LineCursor::new(block.line);
        let mut next = Next::Go(std::mem::take(&mut self.place), 0);
        let used = loop {
            next = match next {
                Next::Wait(place, at) => {
                    self.place = place;
                    break at;
                }
                Next::Go(Place::Start, at) => start(view, at, block),
                Next::Go(Place::Head, at) => self.head(view, at),
                Next::Go(Place::Gap(gap), at) => self.gap(view, gap, at, block),
                Next::Go(Place::Element { stray }, at) => self.element(view, stray, at, block),
                Next::Go(Place::Reject(reject, walk), at) => grow(view, reject, walk, at, block),
                Next::Go(Place::Tail, at) => self.tail(view, at, block),
            };
        };
        let at_end = used == block.filled;
        if let End::Truncated(_) = end
            && at_end
            && !self.end_reported
        {
            self.truncated(view, used, block);
        }
        self.line_ends.count(&whole[..block.filled], used, block.offset == 0);
        if self.lines {
            block.leniencies += self.line_ends.take(at_end && *end == End::Last);
        }
        block.bytes = whole;
        block.used = used;
    }

    fn head(&mut self, view: View<'_>, at: usize) -> Next {
        let at = skip_white(view.bytes, at);
        match view.bytes.get(at) {
            None => Next::Wait(Place::Head, at),
            Some(b'[') => Next::Go(Place::Gap(Gap::Nothing), at + 1),
            Some(_) => {
                self.lines = true;
                Next::Go(Place::Gap(Gap::Nothing), at)
            }
        }
    }

    fn gap(&mut self, view: View<'_>, mut gap: Gap, from: usize, block: &mut Block) -> Next {
        let mut last_comma = None;
        for (at, &byte) in view.bytes.iter().enumerate().skip(from) {
            match byte {
                b' ' | b'\t' => {}
                b'\n' | b'\r' => {
                    if self.lines {
                        gap = Gap::Nothing;
                    }
                }
                b',' if !self.lines => {
                    if gap != Gap::Element {
                        let message = "nothing between two commas".to_owned();
                        let reject = self.reject(block, view.bytes, at, RejectKind::Json, message);
                        block.rejects.push(reject);
                    }
                    gap = Gap::Comma;
                    last_comma = Some(at);
                }
                b']' if !self.lines => {
                    block.leniencies[Leniency::TrailingComma] += u64::from(gap == Gap::Comma);
                    return Next::Go(Place::Tail, at + 1);
                }
                b'{' | b'[' => {
                    block.leniencies[Leniency::MissingComma] += u64::from(!self.lines && gap == Gap::Element);
                    return Next::Go(Place::Element { stray: false }, at);
                }
                _ => return Next::Go(Place::Element { stray: gap == Gap::Element }, at),
            }
        }
        if let Some(at) = last_comma {
            self.comma = Some((block.offset + at as u64, self.line_cursor.line_of(view.bytes, at)));
        }
        let at = view.bytes.len();
        if view.end.is_last() && !self.lines {
            self.unclosed_array(view, gap, block);
            return Next::Wait(Place::Tail, at);
        }
        Next::Wait(Place::Gap(gap), at)
    }

    fn element(&mut self, view: View<'_>, stray: bool, start: usize, block: &mut Block) -> Next {
        let bytes = view.bytes;
        if !is_open(bytes[start]) {
            return self.scalar(view, stray, start, block);
        }
        match self.fast(bytes, start, block) {
            Fast::Gap(at) => Next::Go(Place::Gap(Gap::Element), at),
            Fast::Open(at) if !view.end.is_last() && bytes.len() - at <= self.limit => {
                Next::Wait(Place::Element { stray: false }, at)
            }
            Fast::Open(at) | Fast::Fault(at) => self.container(view, at, block),
        }
    }

    /// Reads the one element at `start`, which begins with a bracket, byte by byte.
    fn container(&mut self, view: View<'_>, start: usize, block: &mut Block) -> Next {
        let bytes = view.bytes;
        let mut walk = Walk::element(bytes[start], self.lines);
        let to = bytes.len().min(start.saturating_add(self.limit));
        let (kind, message, read) = match walk.run(bytes, start, to) {
            Some(Stop::End(end)) => {
                self.push(block, start, end);
                return Next::Go(Place::Gap(Gap::Element), end);
            }
            Some(Stop::InString(at)) => {
                (RejectKind::Json, "a string is not closed at the end of its line".to_owned(), at + 1)
            }
            Some(Stop::Line(at)) => {
                walk.last_line.get_or_insert(at);
                (RejectKind::Json, UNCLOSED_VALUE.to_owned(), at)
            }
            None if bytes.len() - start > self.limit => (RejectKind::Length, self.too_long(), to),
            None if !view.end.is_last() => return Next::Wait(Place::Element { stray: false }, start),
            None if walk.last_line.is_some() => (RejectKind::Json, UNCLOSED_VALUE.to_owned(), to),
            None => {
                self.truncated(view, start, block);
                return Next::Wait(Place::Tail, bytes.len());
            }
        };
        let reject = self.reject(block, bytes, start, kind, message);
        // The last line that may begin a value of its own is read anew, and no line before it: else each might be read
        // again with all that follows it.
        if let Some(line) = walk.last_line {
            let raw = without_line_end(&bytes[start..line]).0.to_vec();
            block.rejects.push(Reject { raw, ..reject });
            return Next::Go(Place::Gap(Gap::Nothing), line);
        }
        if kind == RejectKind::Length {
            // Gone through again, part by part.
            return Next::Go(Place::Reject(Growing::new(reject), Walk::element(bytes[start], self.lines)), start);
        }
        let mut growing = Growing::new(reject);
        growing.extend(&bytes[start..read]);
        Next::Go(Place::Reject(growing, walk), read)
    }

    /// Reads what stands at `start` and begins with no bracket.
    fn scalar(&mut self, view: View<'_>, stray: bool, start: usize, block: &mut Block) -> Next {
        let bytes = view.bytes;
        let mut walk = Walk::element(bytes[start], self.lines);
        // What ends it is the first byte that is not part of it.
        let to = bytes.len().min(start.saturating_add(self.limit).saturating_add(1));
        let end = match walk.run(bytes, start, to) {
            Some(Stop::End(end) | Stop::InString(end) | Stop::Line(end)) => end,
            None if bytes.len() - start > self.limit => {
                let message = self.too_long();
                let growing = Growing::new(self.reject(block, bytes, start, RejectKind::Length, message));
                return Next::Go(Place::Reject(growing, Walk::element(bytes[start], self.lines)), start);
            }
            None if !view.end.is_last() => return Next::Wait(Place::Element { stray }, start),
            None if self.lines && *view.end == End::Last => bytes.len(),
            None => {
                self.truncated(view, start, block);
                return Next::Wait(Place::Tail, bytes.len());
            }
        };
        let white = bytes[start..end].iter().rev().take_while(|&&byte| is_white(byte)).count();
        if stray {
            let message = if self.lines { "more text after a value, on its line" } else { "no comma before it" };
            let reject = self.reject(block, bytes, start, RejectKind::Json, message.to_owned());
            block.rejects.push(Reject { raw: bytes[start..end - white].to_vec(), ..reject });
        } else {
            self.push(block, start, end - white);
        }
        Next::Go(Place::Gap(Gap::Element), end)
    }

    fn tail(&mut self, view: View<'_>, at: usize, block: &Block) -> Next {
        let at = skip_white(view.bytes, at);
        if at == view.bytes.len() {
            return Next::Wait(Place::Tail, at);
        }
        let message = "text after the end of the array".to_owned();
        let reject = self.reject(block, view.bytes, at, RejectKind::Json, message);
        Next::Go(Place::Reject(Growing::new(reject), Walk::rest()), at)
    }

    /// Rejects what is left from `start` on, since the input should not end here.
    fn truncated(&mut self, view: View<'_>, start: usize, block: &mut Block) {
        let message = match view.end {
            End::Truncated(why) => why.clone(),
            End::Last | End::More => "the input ends before it does".to_owned(),
        };
        let reject = self.reject(block, view.bytes, start, RejectKind::Truncated, message);
        let raw = without_line_end(&view.bytes[start..]).0.to_vec();
        block.rejects.push(Reject { raw, ..reject });
        self.end_reported = true;
    }

    /// Says that the array is not closed; nothing is left but, perhaps, a comma.
    fn unclosed_array(&mut self, view: View<'_>, gap: Gap, block: &mut Block) {
        let message = match view.end {
            End::Truncated(why) => why.clone(),
            End::Last | End::More => "the input ends before its array does".to_owned(),
        };
        let mut reject = self.reject(block, view.bytes, view.bytes.len(), RejectKind::Truncated, message);
        if let (Gap::Comma, Some((offset, line))) = (gap, self.comma) {
            reject = Reject { offset, line, raw: b",".to_vec(), ..reject };
        }
        block.rejects.push(reject);
        self.end_reported = true;
    }

    fn too_long(&self) -> String {
        format!("longer than {} bytes (see --max-record-bytes)", self.limit)
    }

    /// Numbers the element at `start` and makes its reject, as yet without its bytes.
    fn reject(&mut self, block: &Block, bytes: &[u8], start: usize, kind: RejectKind, message: String) -> Reject {
        self.records += 1;
        Reject {
            record: self.records,
            line: self.line_cursor.line_of(bytes, start),
            offset: block.offset + start as u64,
            column: None,
            kind,
            message,
            raw: Vec::new(),
            more: false,
        }
    }

    /// Adds the element `bytes[start..end]`, a record of one field.
    pub(super) fn push(&mut self, block: &mut Block, start: usize, end: usize) {
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
}

const UNCLOSED_VALUE: &str = "not closed before the next line that begins a value";

fn start(view: View<'_>, at: usize, block: &mut Block) -> Next {
    if view.bytes.starts_with(BOM) {
        block.leniencies[Leniency::Bom] += 1;
        return Next::Go(Place::Head, at + BOM.len());
    }
    if !view.end.is_last() && BOM.starts_with(view.bytes) {
        return Next::Wait(Place::Start, at);
    }
    Next::Go(Place::Head, at)
}

/// Goes on with a reject to its end or to that of the bytes at hand.
fn grow(view: View<'_>, mut reject: Growing, mut walk: Walk, from: usize, block: &mut Block) -> Next {
    let bytes = view.bytes;
    let reach = bytes.len().min(from + PART);
    let (to, gap) = match walk.run(bytes, from, reach) {
        Some(Stop::InString(at)) => {
            reject.extend(&bytes[from..=at]);
            return Next::Go(Place::Reject(reject, walk), at + 1);
        }
        Some(Stop::End(end)) => (end, Gap::Element),
        Some(Stop::Line(at)) => (at, Gap::Nothing),
        None if view.end.is_last() && reach == bytes.len() => (reach, Gap::Element),
        None => {
            reject.extend(&bytes[from..reach]);
            reject.hand_on_a_part(block);
            return Next::Wait(Place::Reject(reject, walk), reach);
        }
    };
    reject.extend(&bytes[from..to]);
    reject.finish(block);
    if walk.is_rest() {
        return Next::Wait(Place::Tail, to);
    }
    Next::Go(Place::Gap(gap), to)
}

/// The first position from `from` on whose byte is no white space.
fn skip_white(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|&&byte| is_white(byte)).count()
}
