//! Where one element ends, byte by byte: the slow path, and the way through an element too long to be kept.
//!
//! An element in brackets ends with the bracket that matches its first one, brackets in strings aside. Those of the other
//! kind are no matter here, whether they match or not: else one that is missing, which makes one bad element, would
//! take all elements after it along.
//!
//! Where values stand in lines and not in an array, a broken one must not swallow the lines after it. It is known to
//! be broken where a line ends within a string, and where a line begins with `{` or `[` in its first column though the
//! byte before, white space aside, is none of `[ , :`, after which alone JSON has a value. No sound value, however its
//! lines are broken, is so.

/// What kind of element is walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// It begins with `{`.
    Object,
    /// It begins with `[`.
    Array,
    /// Anything else in an array: up to the next `,`, `]` or opening bracket outside strings.
    Scalar,
    /// Anything else in lines: up to the line's end.
    Line,
    /// What follows the array: up to the end of the input.
    Rest,
}

/// Where a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    /// In no string.
    Outside,
    /// In a string.
    Inside,
    /// In a string, behind a backslash that escapes it.
    Escaped,
}

/// A walk through one element, which may go on from block to block.
#[derive(Debug)]
pub struct Walk {
    form: Form,
    /// Values stand in lines.
    lines: bool,
    depth: usize,
    text: Text,
    /// The byte before ended a line.
    at_line: bool,
    /// The last byte that is not white space.
    last: u8,
    /// The element is known to be broken: only the next line that begins a value is looked for.
    broken: bool,
    /// The last line met that begins with a bracket that the element can have.
    pub last_line: Option<usize>,
}

/// Why a walk stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// One past the element's last byte.
    End(usize),
    /// A line ends here, within a string. The walk can be gone on with behind it, for the next line that begins a value.
    InString(usize),
    /// A line begins with a bracket here, where the element can have none.
    Line(usize),
}

impl Walk {
    const fn new(form: Form, lines: bool) -> Self {
        Self { form, lines, depth: 0, text: Text::Outside, at_line: false, last: 0, broken: false, last_line: None }
    }

    /// Through the element that begins with `first`, in lines or in an array.
    pub const fn element(first: u8, lines: bool) -> Self {
        let form = match (first, lines) {
            (b'{', _) => Form::Object,
            (b'[', _) => Form::Array,
            (_, false) => Form::Scalar,
            (_, true) => Form::Line,
        };
        Self::new(form, lines)
    }

    /// Through all that follows.
    pub const fn rest() -> Self {
        Self::new(Form::Rest, false)
    }

    /// Whether it goes to the end of the input, whatever comes.
    pub const fn is_rest(&self) -> bool {
        matches!(self.form, Form::Rest)
    }

    /// Goes on through `bytes[from..to]`; none where nothing there stops it.
    pub fn run(&mut self, bytes: &[u8], from: usize, to: usize) -> Option<Stop> {
        match self.form {
            Form::Rest => None,
            Form::Line => memchr::memchr2(b'\n', b'\r', &bytes[from..to]).map(|distance| Stop::End(from + distance)),
            Form::Scalar => (from..to).find(|&at| self.ends_scalar(bytes[at])).map(Stop::End),
            Form::Object | Form::Array if self.lines => self.run_lines(bytes, from, to),
            Form::Object | Form::Array => (from..to).find(|&at| self.closes(bytes[at])).map(|at| Stop::End(at + 1)),
        }
    }

    fn run_lines(&mut self, bytes: &[u8], from: usize, to: usize) -> Option<Stop> {
        for (at, &byte) in bytes[..to].iter().enumerate().skip(from) {
            let first_column = std::mem::replace(&mut self.at_line, matches!(byte, b'\n' | b'\r'));
            if first_column && is_open(byte) {
                if self.broken || !matches!(self.last, b'[' | b',' | b':') {
                    return Some(Stop::Line(at));
                }
                self.last_line = Some(at);
            }
            if self.broken {
                continue;
            }
            if self.text != Text::Outside && self.at_line {
                self.broken = true;
                return Some(Stop::InString(at));
            }
            if self.closes(byte) {
                return Some(Stop::End(at + 1));
            }
            if !is_white(byte) {
                self.last = byte;
            }
        }
        None
    }

    /// Takes one byte; whether it is the bracket that matches the first one.
    const fn closes(&mut self, byte: u8) -> bool {
        if self.string(byte) {
            return false;
        }
        match (byte, self.form) {
            (b'{', Form::Object) | (b'[', Form::Array) => self.depth += 1,
            (b'}', Form::Object) | (b']', Form::Array) => {
                self.depth -= 1;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }

    /// Takes one byte; whether it comes after the scalar.
    const fn ends_scalar(&mut self, byte: u8) -> bool {
        !self.string(byte) && (is_open(byte) || matches!(byte, b',' | b']'))
    }

    /// Takes one byte; whether it belongs to a string.
    const fn string(&mut self, byte: u8) -> bool {
        let before = self.text;
        self.text = match (before, byte) {
            (Text::Outside, b'"') | (Text::Escaped, _) => Text::Inside,
            (Text::Outside, _) | (Text::Inside, b'"') => Text::Outside,
            (Text::Inside, b'\\') => Text::Escaped,
            (Text::Inside, _) => Text::Inside,
        };
        !matches!((before, self.text), (Text::Outside, Text::Outside))
    }
}

/// `{` or `[`.
pub const fn is_open(byte: u8) -> bool {
    matches!(byte, b'{' | b'[')
}

/// JSON's white space.
pub const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
