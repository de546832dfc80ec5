//! Finds the end of one element byte by byte: the slow path, also used to skip an element that is too long.
//!
//! An element in brackets ends with the bracket that matches its first one; brackets in strings are ignored. Only brackets
//! of the same kind are counted, so that a missing bracket of the other kind makes one invalid element and does not
//! invalidate the elements after it.
//!
//! In JSON Lines, an invalid value must not extend over the lines after it. A value is invalid if a line ends within a
//! string, or if a line starts with `{` or `[` in its first column and the previous byte, ignoring white space, is not
//! `[`, `,` or `:`. A valid value never satisfies either condition, however it is formatted.

/// The kind of an element, which decides where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ElementKind {
    /// Starts with `{`.
    Object,
    /// Starts with `[`.
    Array,
    /// Anything else in an array: ends before the next `,`, `]` or opening bracket outside strings.
    Scalar,
    /// Anything else in JSON Lines: ends with the line.
    Line,
    /// Text outside of arrays: ends before the next opening bracket.
    Text,
}

/// The state of the string parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StringState {
    /// Outside strings.
    Outside,
    /// Inside a string.
    Inside,
    /// Inside a string, after a backslash.
    Escaped,
}

/// Walks through one element, which may extend over several blocks.
#[derive(Debug)]
pub struct Walk {
    kind: ElementKind,
    /// The source is JSON Lines.
    lines: bool,
    depth: usize,
    string: StringState,
    /// Whether the previous byte ended a line.
    at_line: bool,
    /// The last byte that is not white space.
    last: u8,
    /// The element is invalid: the walk searches for the next line that starts a value.
    invalid: bool,
    /// The last line that starts with a bracket which may belong to the element.
    pub last_line: Option<usize>,
}

/// Why a walk stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkStop {
    /// One past the element's last byte.
    End(usize),
    /// A line ends here within a string. The walk may continue after it, to the next line that starts a value.
    OpenString(usize),
    /// A line starts a new value here.
    NewValue(usize),
}

impl Walk {
    const fn new(kind: ElementKind, lines: bool) -> Self {
        let string = StringState::Outside;
        Self { kind, lines, depth: 0, string, at_line: false, last: 0, invalid: false, last_line: None }
    }

    /// Walks through the element that starts with the byte `first`.
    pub const fn element(first: u8, lines: bool) -> Self {
        let kind = match (first, lines) {
            (b'{', _) => ElementKind::Object,
            (b'[', _) => ElementKind::Array,
            (_, false) => ElementKind::Scalar,
            (_, true) => ElementKind::Line,
        };
        Self::new(kind, lines)
    }

    /// Walks through text outside of arrays.
    pub const fn text() -> Self {
        Self::new(ElementKind::Text, false)
    }

    /// Whether it is such text.
    pub const fn is_text(&self) -> bool {
        matches!(self.kind, ElementKind::Text)
    }

    /// Whether it is an element of JSON Lines.
    pub const fn is_of_lines(&self) -> bool {
        self.lines
    }

    /// Continues through `bytes[from..to]`; `None` if the element does not end there.
    pub fn run(&mut self, bytes: &[u8], from: usize, to: usize) -> Option<WalkStop> {
        match self.kind {
            ElementKind::Text => {
                memchr::memchr2(b'[', b'{', &bytes[from..to]).map(|distance| WalkStop::End(from + distance))
            }
            ElementKind::Line => {
                memchr::memchr2(b'\n', b'\r', &bytes[from..to]).map(|distance| WalkStop::End(from + distance))
            }
            ElementKind::Scalar => (from..to).find(|&at| self.ends_scalar(bytes[at])).map(WalkStop::End),
            ElementKind::Object | ElementKind::Array if self.lines => self.run_lines(bytes, from, to),
            ElementKind::Object | ElementKind::Array => {
                (from..to).find(|&at| self.closes(bytes[at])).map(|at| WalkStop::End(at + 1))
            }
        }
    }

    fn run_lines(&mut self, bytes: &[u8], from: usize, to: usize) -> Option<WalkStop> {
        for (at, &byte) in bytes[..to].iter().enumerate().skip(from) {
            let first_column = std::mem::replace(&mut self.at_line, matches!(byte, b'\n' | b'\r'));
            if first_column && is_open(byte) {
                if self.invalid || !matches!(self.last, b'[' | b',' | b':') {
                    return Some(WalkStop::NewValue(at));
                }
                self.last_line = Some(at);
            }
            if self.invalid {
                continue;
            }
            if self.string != StringState::Outside && self.at_line {
                self.invalid = true;
                return Some(WalkStop::OpenString(at));
            }
            if self.closes(byte) {
                return Some(WalkStop::End(at + 1));
            }
            if !is_white(byte) {
                self.last = byte;
            }
        }
        None
    }

    /// Reads one byte; whether it is the bracket that matches the first one.
    const fn closes(&mut self, byte: u8) -> bool {
        if self.is_in_string(byte) {
            return false;
        }
        match (byte, self.kind) {
            (b'{', ElementKind::Object) | (b'[', ElementKind::Array) => self.depth += 1,
            (b'}', ElementKind::Object) | (b']', ElementKind::Array) => {
                self.depth -= 1;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }

    /// Reads one byte; whether it follows the scalar.
    const fn ends_scalar(&mut self, byte: u8) -> bool {
        !self.is_in_string(byte) && (is_open(byte) || matches!(byte, b',' | b']'))
    }

    /// Reads one byte; whether it belongs to a string.
    const fn is_in_string(&mut self, byte: u8) -> bool {
        let before = self.string;
        self.string = match (before, byte) {
            (StringState::Outside, b'"') | (StringState::Escaped, _) => StringState::Inside,
            (StringState::Outside, _) | (StringState::Inside, b'"') => StringState::Outside,
            (StringState::Inside, b'\\') => StringState::Escaped,
            (StringState::Inside, _) => StringState::Inside,
        };
        !matches!((before, self.string), (StringState::Outside, StringState::Outside))
    }
}

/// Whether the byte is `{` or `[`.
pub const fn is_open(byte: u8) -> bool {
    matches!(byte, b'{' | b'[')
}

/// Whether the byte is JSON white space.
pub const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
