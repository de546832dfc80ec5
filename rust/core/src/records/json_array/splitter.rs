//! Splits the blocks of one source into the elements of a JSON array, or into a sequence of values.
//!
//! A source is a sequence of values with optional white space between them: arrays of records, one or several, or the
//! records themselves as JSON Lines or concatenated objects. Wherever a record could be, there may be a page: an array
//! within the outermost array, or an object with a list of records (see [`super::pages`]). An element in brackets ends
//! with the matching bracket; its JSON is validated later. Any other element ends before the next `,`, `]` or opening
//! bracket, or with its line outside of arrays.

use super::fast::{ElementScanner, ScanStop};
use super::lines::{LineEnds, without_empty_lines};
use super::pages::{self, Beginning, Ending, Frame, MAX_DEPTH, MOST_FRAMES, PageFinder};
use super::walk::{Walk, WalkStop, is_open, is_white};
use crate::json::Doc;
use crate::leniency::Leniency;
use crate::records::line_end::{BOM, BufferEnd, without_line_end};
use crate::records::oversized::{OversizedReject, PART_BYTES};
use crate::records::{Block, LineCursor, position_in_block};
use crate::reject::{Reject, RejectKind};
use crate::scan::Kernel;

/// Splits the blocks of one source into elements.
pub struct JsonSplitter {
    scanner: ElementScanner,
    state: State,
    /// Offset and line of the last comma, if nothing but white space follows it.
    comma: Option<(u64, u64)>,
    end_reported: bool,
    line_cursor: LineCursor,
    line_ends: LineEnds,
    /// The open arrays.
    frames: Vec<Frame>,
    /// The source starts with a record: it is JSON Lines.
    of_lines: bool,
    /// The last page names a next one.
    has_next: bool,
    pages: PageFinder,
    /// The next line end of the buffer, once it was looked for.
    line_end: usize,
    /// Elements are split up to the first that ends at this offset of the source or after it.
    pub stop: u64,
    /// The same as a position in the block.
    stop_at: usize,
}

/// The position in the source.
#[derive(Debug, Default)]
enum State {
    /// Its first byte.
    #[default]
    Start,
    /// Before the first byte that is not white space.
    Head,
    /// Between elements.
    Gap(Gap),
    /// The first byte of an element; `stray` if the comma or line end before it is missing.
    Element { stray: bool },
    /// Within a reject that is too long to be buffered or whose end is unknown.
    Reject(OversizedReject, Walk),
    /// After the list of a page.
    PageEnd(Frame),
    /// At the end of an input that ended too early.
    End,
}

/// The last token before a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// The start of the array or, in JSON Lines, of a line.
    Start,
    /// An element; in JSON Lines, on the same line.
    Element,
    /// A comma.
    Comma,
}

/// The next action of the splitter.
enum Action {
    /// Continue at this position.
    Continue(State, usize),
    /// Continue at this position with more bytes.
    NeedMore(State, usize),
}

/// The buffered bytes, and what follows them.
#[derive(Clone, Copy)]
struct View<'a> {
    bytes: &'a [u8],
    end: &'a BufferEnd,
}

impl JsonSplitter {
    /// A splitter at the start of a source whose elements have at most `limit` bytes.
    pub fn new(kernel: Kernel, limit: usize) -> Self {
        Self {
            scanner: ElementScanner::new(kernel, limit),
            state: State::default(),
            comma: None,
            end_reported: false,
            line_cursor: LineCursor::default(),
            line_ends: LineEnds::default(),
            frames: Vec::new(),
            of_lines: false,
            has_next: false,
            pages: PageFinder::default(),
            line_end: 0,
            stop: u64::MAX,
            stop_at: usize::MAX,
        }
    }

    /// Starts after an element of the outermost array, or of JSON Lines, which is number `records` of the source.
    pub fn start_after_element(&mut self, lines: bool, records: u64) {
        self.of_lines = lines;
        self.state = State::Gap(Gap::Element);
        self.line_ends = LineEnds::after_element();
        self.scanner.records = records;
        if !lines {
            self.frames.push(Frame::default());
        }
        self.enclose();
    }

    /// Number of elements so far.
    pub const fn records(&self) -> u64 {
        self.scanner.records
    }

    /// Whether the source is JSON Lines.
    pub const fn is_of_lines(&self) -> bool {
        self.of_lines
    }

    /// Whether nothing is around an element but the outermost array.
    const fn is_outermost(&self) -> bool {
        !self.pages.has_opened && self.frames.len() == if self.of_lines { 0 } else { 1 }
    }

    /// Finds the complete elements of `block` and sets `block.used`; returns whether it stops there, after the element that
    /// reaches `stop`.
    ///
    /// An incomplete element is left for the next block. So are bytes after a part of a huge reject, even at the end of
    /// the input.
    pub fn split(&mut self, block: &mut Block, end: &BufferEnd) -> bool {
        let buffer = std::mem::take(&mut block.bytes);
        // A CR at the end of the buffer is left for the next one, so that a CR LF counts as one line end.
        let held = usize::from(!end.is_last() && buffer[..block.filled].ends_with(b"\r"));
        let view = View { bytes: &buffer[..block.filled - held], end };
        self.line_cursor = LineCursor::new(block.line);
        self.pages.reset();
        self.line_end = 0;
        self.stop_at = position_in_block(self.stop, block);
        self.enclose();
        let mut stops = false;
        let mut action = Action::Continue(std::mem::take(&mut self.state), 0);
        let used = loop {
            action = match action {
                Action::NeedMore(state, at) => {
                    self.state = state;
                    break at;
                }
                // Not at the end of the buffer, where the end of the input may be reported.
                Action::Continue(State::Gap(gap), at) if block.is_full() && at < view.bytes.len() => {
                    Action::NeedMore(State::Gap(gap), at)
                }
                Action::Continue(State::Gap(Gap::Element), at)
                    if at >= self.stop_at && self.is_outermost() && !(at == view.bytes.len() && view.end.is_last()) =>
                {
                    stops = true;
                    Action::NeedMore(State::Gap(Gap::Element), at)
                }
                Action::Continue(State::Start, at) => start(view, at, block),
                Action::Continue(State::Head, at) => self.head(view, at),
                Action::Continue(State::Gap(gap), at) => self.gap(view, gap, at, block),
                Action::Continue(State::Element { stray }, at) => self.element(view, stray, at, block),
                Action::Continue(State::Reject(reject, walk), at) => continue_reject(view, reject, walk, at, block),
                Action::Continue(State::PageEnd(frame), at) => self.page_end(view, frame, at, block),
                Action::Continue(State::End, at) => Action::NeedMore(State::End, at),
            };
        };
        let at_end = used == block.filled;
        if let BufferEnd::Truncated(_) = end
            && at_end
            && !self.end_reported
        {
            self.truncated(view, used, block);
        }
        self.line_ends.count(&buffer[..block.filled], used, block.offset == 0);
        if self.of_lines {
            block.leniencies += self.line_ends.take(at_end && *end == BufferEnd::Last);
        }
        if at_end && end.is_last() && std::mem::take(&mut self.has_next) {
            block.leniencies[Leniency::NextPage] += 1;
        }
        block.bytes = buffer;
        block.used = used;
        stops
    }

    /// Finds out from the first value whether the source is JSON Lines: if it is neither an array nor a page.
    fn head(&mut self, view: View<'_>, at: usize) -> Action {
        let at = skip_white(view.bytes, at);
        let value = self.within_limit(view.bytes, at);
        let Some(&byte) = value.get(at) else { return Action::NeedMore(State::Head, at) };
        if byte == b'{' {
            match pages::beginning(value, at) {
                Beginning::Page(frame, list) => return Action::Continue(self.open(frame), list),
                Beginning::Unknown if !view.end.is_last() && value.len() - at < self.scanner.limit => {
                    return Action::NeedMore(State::Head, at);
                }
                Beginning::Unknown | Beginning::Invalid | Beginning::Other(_) => {}
            }
        }
        self.of_lines = byte != b'[';
        self.enclose();
        Action::Continue(State::Gap(Gap::Start), at)
    }

    /// Opens an array whose records follow.
    fn open(&mut self, frame: Frame) -> State {
        self.pages.has_opened |= frame.objects > 0 || self.of_lines || !self.frames.is_empty();
        self.frames.push(frame);
        self.enclose();
        State::Gap(Gap::Start)
    }

    /// Tells the scanner what is around the elements.
    const fn enclose(&mut self) {
        let outside = self.frames.is_empty();
        self.scanner.lines = outside && self.of_lines;
        self.scanner.alone = outside && !self.of_lines;
        self.scanner.has_arrays = self.frames.len() < 2;
        self.scanner.stop_at = if self.is_outermost() { self.stop_at } else { usize::MAX };
    }

    /// Whether an array or page at `at` may be opened, or none if more bytes are needed to know it. In JSON Lines its line
    /// must be valid: a damaged line does not take the lines after it with it.
    fn opens_line(&mut self, view: View<'_>, at: usize) -> Option<bool> {
        if !self.of_lines || !self.frames.is_empty() {
            return Some(true);
        }
        if self.line_end <= at {
            let rest = &view.bytes[at..];
            self.line_end = at + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        }
        let line = &view.bytes[at..self.line_end];
        if line.len() > self.scanner.limit {
            return Some(false);
        }
        let is_whole = self.line_end < view.bytes.len() || view.end.is_last();
        is_whole.then(|| Doc::default().check(line, MAX_DEPTH).is_ok())
    }

    /// Closes the innermost array, at whose bracket `at` is.
    fn close(&mut self, at: usize) -> Action {
        let frame = self.frames.pop().unwrap_or_default();
        self.enclose();
        if frame.objects > 0 {
            return Action::Continue(State::PageEnd(frame), at + 1);
        }
        Action::Continue(State::Gap(Gap::Element), at + 1)
    }

    /// The bytes up to the maximum size of an element that starts at `start`: what more the buffer holds is not used, so
    /// that blocks of any size give the same.
    fn within_limit<'a>(&self, bytes: &'a [u8], start: usize) -> &'a [u8] {
        &bytes[..bytes.len().min(start.saturating_add(self.scanner.limit))]
    }

    #[cold]
    fn page_end(&mut self, view: View<'_>, frame: Frame, at: usize, block: &mut Block) -> Action {
        let bytes = view.bytes;
        match pages::ending(self.within_limit(bytes, at), at, frame.objects) {
            Ending::At(end, has_next) => {
                self.has_next = has_next || frame.has_next;
                Action::Continue(State::Gap(Gap::Element), end)
            }
            Ending::Unknown if bytes.len() - at > self.scanner.limit => Action::Continue(State::Gap(Gap::Element), at),
            Ending::Unknown if !view.end.is_last() => Action::NeedMore(State::PageEnd(frame), at),
            Ending::Unknown => {
                self.truncated(view, at, block);
                Action::NeedMore(State::End, bytes.len())
            }
            // What follows does not belong to the page. It is read as what may follow a page.
            Ending::Invalid => Action::Continue(State::Gap(Gap::Element), at),
        }
    }

    fn gap(&mut self, view: View<'_>, mut gap: Gap, from: usize, block: &mut Block) -> Action {
        let mut last_comma = None;
        let mut to = view.bytes.len();
        // Outside of arrays, in a source that starts with one.
        let in_stream = self.frames.is_empty() && !self.of_lines;
        for (at, &byte) in view.bytes.iter().enumerate().skip(from) {
            match byte {
                b' ' | b'\t' => {}
                b'\n' | b'\r' => {
                    if self.scanner.lines {
                        gap = Gap::Start;
                    }
                }
                b',' if in_stream && gap == Gap::Element => {
                    block.leniencies[Leniency::Separators] += 1;
                    gap = Gap::Comma;
                }
                b',' if !self.scanner.lines => {
                    if gap != Gap::Element {
                        let message = "nothing between two commas".to_owned();
                        let reject = self.reject(block, view.bytes, at, RejectKind::Json, message);
                        block.rejects.push(&reject);
                    }
                    gap = Gap::Comma;
                    last_comma = Some(at);
                    if block.is_full() {
                        to = at + 1;
                        break;
                    }
                }
                b']' if !self.frames.is_empty() => {
                    block.leniencies[Leniency::TrailingComma] += u64::from(gap == Gap::Comma);
                    return self.close(at);
                }
                b'{' | b'[' => {
                    block.leniencies[Leniency::MissingComma] +=
                        u64::from(!self.frames.is_empty() && gap == Gap::Element);
                    let is_page = byte == b'[' && self.scanner.has_arrays;
                    let opens = if is_page { self.opens_line(view, at) } else { Some(false) };
                    let Some(opens) = opens else { return Action::NeedMore(State::Gap(gap), at) };
                    if !opens {
                        return Action::Continue(State::Element { stray: false }, at);
                    }
                    return Action::Continue(self.open(Frame::default()), at + 1);
                }
                _ if in_stream => {
                    let message = "text between arrays".to_owned();
                    let reject = self.reject(block, view.bytes, at, RejectKind::Json, message);
                    return Action::Continue(State::Reject(OversizedReject::new(reject), Walk::text()), at);
                }
                _ => return Action::Continue(State::Element { stray: gap == Gap::Element }, at),
            }
        }
        if let Some(at) = last_comma {
            self.comma = Some((block.offset + at as u64, self.line_cursor.line_of(view.bytes, at)));
        }
        if to == view.bytes.len() && view.end.is_last() && !self.frames.is_empty() {
            self.unclosed_array(view, gap, block);
            return Action::NeedMore(State::End, to);
        }
        Action::NeedMore(State::Gap(gap), to)
    }

    fn element(&mut self, view: View<'_>, stray: bool, start: usize, block: &mut Block) -> Action {
        let bytes = view.bytes;
        if !is_open(bytes[start]) {
            return self.scalar(view, stray, start, block);
        }
        // An element that has the key of pages is looked at before it is read.
        let reach = self.pages.next(bytes, start);
        match self.scanner.scan(&bytes[..reach], start, block) {
            ScanStop::Gap(at) => Action::Continue(State::Gap(Gap::Element), at),
            ScanStop::Incomplete(at) if reach < bytes.len() => self.page(view, at, reach, block),
            ScanStop::Incomplete(at) if !view.end.is_last() && bytes.len() - at <= self.scanner.limit => {
                Action::NeedMore(State::Element { stray: false }, at)
            }
            ScanStop::Incomplete(at) | ScanStop::Fallback(at) => self.container(view, at, block),
        }
    }

    /// Opens the page at `start`, if the element there is one; `key` is where it has the key of pages.
    #[cold]
    fn page(&mut self, view: View<'_>, start: usize, key: usize, block: &mut Block) -> Action {
        let bytes = view.bytes;
        let may_be = bytes[start] == b'{' && self.frames.len() < MOST_FRAMES;
        match if may_be { pages::beginning(self.within_limit(bytes, start), start) } else { Beginning::Invalid } {
            Beginning::Page(frame, list) => {
                self.enclose();
                match self.opens_line(view, start) {
                    Some(true) => Action::Continue(self.open(frame), list),
                    Some(false) => self.container(view, start, block),
                    None => Action::NeedMore(State::Element { stray: false }, start),
                }
            }
            Beginning::Unknown if !view.end.is_last() && bytes.len() - start <= self.scanner.limit => {
                Action::NeedMore(State::Element { stray: false }, start)
            }
            Beginning::Unknown | Beginning::Invalid => self.container(view, start, block),
            Beginning::Other(end) => {
                self.pages.pass(end.max(key + 1));
                Action::Continue(State::Element { stray: false }, start)
            }
        }
    }

    /// Parses the element in brackets at `start` byte by byte.
    fn container(&mut self, view: View<'_>, start: usize, block: &mut Block) -> Action {
        let bytes = view.bytes;
        let mut walk = Walk::element(bytes[start], self.scanner.lines);
        let to = bytes.len().min(start.saturating_add(self.scanner.limit));
        let (kind, message, read) = match walk.run(bytes, start, to) {
            Some(WalkStop::End(end)) => {
                self.scanner.push(block, start, end);
                return Action::Continue(State::Gap(Gap::Element), end);
            }
            Some(WalkStop::OpenString(at)) => {
                (RejectKind::Json, "a string is not closed at the end of its line".to_owned(), at + 1)
            }
            Some(WalkStop::NewValue(at)) => {
                walk.last_line.get_or_insert(at);
                (RejectKind::Json, UNCLOSED_VALUE.to_owned(), at)
            }
            None if bytes.len() - start > self.scanner.limit => (RejectKind::Length, self.too_long(), to),
            None if !view.end.is_last() => return Action::NeedMore(State::Element { stray: false }, start),
            None if walk.last_line.is_some() => (RejectKind::Json, UNCLOSED_VALUE.to_owned(), to),
            None => {
                self.truncated(view, start, block);
                return Action::NeedMore(State::End, bytes.len());
            }
        };
        let reject = self.reject(block, bytes, start, kind, message);
        // Splitting resumes at the last line that may start a value. Resuming at an earlier line could take quadratic
        // time.
        if let Some(line) = walk.last_line {
            block.rejects.push_bytes(&reject, without_empty_lines(&bytes[start..line]));
            return Action::Continue(State::Gap(Gap::Start), line);
        }
        if kind == RejectKind::Length {
            // Read again, to be emitted in parts.
            return Action::Continue(
                State::Reject(OversizedReject::new(reject), Walk::element(bytes[start], self.scanner.lines)),
                start,
            );
        }
        let mut oversized = OversizedReject::new(reject);
        oversized.extend(&bytes[start..read]);
        Action::Continue(State::Reject(oversized, walk), read)
    }

    /// Parses the element without brackets at `start`.
    fn scalar(&mut self, view: View<'_>, stray: bool, start: usize, block: &mut Block) -> Action {
        let bytes = view.bytes;
        let mut walk = Walk::element(bytes[start], self.scanner.lines);
        // A scalar ends before the first byte that is not part of it, so that byte is needed too.
        let to = bytes.len().min(start.saturating_add(self.scanner.limit).saturating_add(1));
        let end = match walk.run(bytes, start, to) {
            Some(WalkStop::End(end) | WalkStop::OpenString(end) | WalkStop::NewValue(end)) => end,
            None if bytes.len() - start > self.scanner.limit => {
                let message = self.too_long();
                let oversized = OversizedReject::new(self.reject(block, bytes, start, RejectKind::Length, message));
                return Action::Continue(
                    State::Reject(oversized, Walk::element(bytes[start], self.scanner.lines)),
                    start,
                );
            }
            None if !view.end.is_last() => return Action::NeedMore(State::Element { stray }, start),
            None if self.scanner.lines && *view.end == BufferEnd::Last => bytes.len(),
            None => {
                self.truncated(view, start, block);
                return Action::NeedMore(State::End, bytes.len());
            }
        };
        let white = bytes[start..end].iter().rev().take_while(|&&byte| is_white(byte)).count();
        if stray {
            let message =
                if self.scanner.lines { "text after a value on the same line" } else { "no comma before the element" };
            let reject = self.reject(block, bytes, start, RejectKind::Json, message.to_owned());
            block.rejects.push_bytes(&reject, &bytes[start..end - white]);
        } else {
            self.scanner.push(block, start, end - white);
        }
        Action::Continue(State::Gap(Gap::Element), end)
    }

    /// Rejects the bytes from `start` on, since the input ends within the element.
    fn truncated(&mut self, view: View<'_>, start: usize, block: &mut Block) {
        let message = match view.end {
            BufferEnd::Truncated(why) => why.clone(),
            BufferEnd::Last | BufferEnd::More => "the input ends within the element".to_owned(),
        };
        let reject = self.reject(block, view.bytes, start, RejectKind::Truncated, message);
        let rest = &view.bytes[start..];
        let raw = if self.scanner.lines { without_empty_lines(rest) } else { without_line_end(rest).0 };
        block.rejects.push_bytes(&reject, raw);
        self.end_reported = true;
    }

    /// Reports that the input ends within the array, between elements.
    fn unclosed_array(&mut self, view: View<'_>, gap: Gap, block: &mut Block) {
        let message = match view.end {
            BufferEnd::Truncated(why) => why.clone(),
            BufferEnd::Last | BufferEnd::More => "the input ends within the array".to_owned(),
        };
        let mut reject = self.reject(block, view.bytes, view.bytes.len(), RejectKind::Truncated, message);
        if let (Gap::Comma, Some((offset, line))) = (gap, self.comma) {
            reject = Reject { offset, line, raw: b",".to_vec(), ..reject };
        }
        block.rejects.push(&reject);
        self.end_reported = true;
    }

    fn too_long(&self) -> String {
        format!("longer than the record limit of {} bytes", self.scanner.limit)
    }

    /// Numbers the element at `start` and returns its reject without its bytes.
    fn reject(&mut self, block: &Block, bytes: &[u8], start: usize, kind: RejectKind, message: String) -> Reject {
        self.scanner.records += 1;
        Reject {
            record: self.scanner.records,
            line: self.line_cursor.line_of(bytes, start),
            offset: block.offset + start as u64,
            column: None,
            kind,
            message,
            raw: Vec::new(),
            more: false,
        }
    }
}

const UNCLOSED_VALUE: &str = "not closed before the next line that starts a value";

fn start(view: View<'_>, at: usize, block: &mut Block) -> Action {
    if view.bytes.starts_with(BOM) {
        block.leniencies[Leniency::Bom] += 1;
        return Action::Continue(State::Head, at + BOM.len());
    }
    if !view.end.is_last() && BOM.starts_with(view.bytes) {
        return Action::NeedMore(State::Start, at);
    }
    Action::Continue(State::Head, at)
}

/// Continues a reject to its end or to the end of the buffer.
fn continue_reject(
    view: View<'_>,
    mut reject: OversizedReject,
    mut walk: Walk,
    from: usize,
    block: &mut Block,
) -> Action {
    let bytes = view.bytes;
    let reach = bytes.len().min(from + PART_BYTES);
    let (to, gap) = match walk.run(bytes, from, reach) {
        Some(WalkStop::OpenString(at)) => {
            reject.extend(&bytes[from..=at]);
            return Action::Continue(State::Reject(reject, walk), at + 1);
        }
        Some(WalkStop::End(end)) => (end, Gap::Element),
        Some(WalkStop::NewValue(at)) => (at, Gap::Start),
        None if view.end.is_last() && reach == bytes.len() => (reach, Gap::Element),
        None => {
            reject.extend(&bytes[from..reach]);
            reject.emit_part(block);
            return Action::NeedMore(State::Reject(reject, walk), reach);
        }
    };
    reject.extend(&bytes[from..to]);
    if walk.is_text() && to < bytes.len() {
        reject.trim_to(|raw| raw.len() - raw.iter().rev().take_while(|&&byte| is_white(byte)).count());
    } else if walk.is_of_lines() {
        reject.trim_to(|raw| without_empty_lines(raw).len());
    }
    reject.finish(block);
    Action::Continue(State::Gap(gap), to)
}

/// Position of the first byte at or after `from` that is not white space.
fn skip_white(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|&&byte| is_white(byte)).count()
}
