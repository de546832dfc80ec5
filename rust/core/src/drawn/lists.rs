//! The lists of an outline, written in Python's notation before their text is parsed.
//!
//! Nearly all bytes of drawings are the coordinates of outlines. A parser makes a value of each number; here they are
//! copied in one pass, and what is parsed has a short list in the place of each.
#![allow(clippy::inline_always, reason = "instructions of a kernel are used only within what was compiled for them")]

use std::ops::Range;

use crate::json::is_python_decimal;
use crate::scan::{Kernel, KernelTask, Simd, Windows};

/// The names of lists, in quotes as in JSON.
#[derive(Clone, Debug)]
pub struct Names {
    /// Of lists of points, and of the two members of a point.
    points: (Vec<u8>, [Vec<u8>; 2]),
    /// Of lists of numbers.
    numbers: [Vec<u8>; 2],
}

impl Names {
    /// Names without escapes.
    pub fn new(points: &str, members: &[String; 2], numbers: &[String; 2]) -> Self {
        let quoted = |name: &str| format!("\"{name}\"").into_bytes();
        let both = |names: &[String; 2]| [quoted(&names[0]), quoted(&names[1])];
        Self { points: (quoted(points), both(members)), numbers: both(numbers) }
    }

    /// Whether the list after a part of a text has points; none if it has no such name.
    fn has_points(&self, before: &[u8]) -> Option<bool> {
        let before = before.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
        // An escaped quote is within a longer name.
        let is_after = |name: &Vec<u8>| before.strip_suffix(&name[..]).is_some_and(|rest| rest.last() != Some(&b'\\'));
        if is_after(&self.points.0) { Some(true) } else { self.numbers.iter().any(is_after).then_some(false) }
    }
}

/// The lists of a text, and the text with a short list in the place of each.
#[derive(Debug, Default)]
pub struct Lists {
    text: Vec<u8>,
    found: Vec<List>,
    /// The numbers of all lists: of points, those of each member.
    numbers: [Vec<u8>; 2],
    shortest: Vec<u8>,
}

#[derive(Debug)]
struct List {
    /// Where the list is in the shorter text.
    at: usize,
    has_points: bool,
    numbers: [Range<usize>; 2],
}

/// The bytes that are copied at once; most numbers have fewer.
const SHORT: usize = 16;

impl Lists {
    /// Reads the lists of a text that have these names, and numbers that are written as Python writes them.
    ///
    /// The shorter text is valid JSON if and only if the text is.
    pub fn read(&mut self, text: &[u8], names: &Names) {
        self.text.clear();
        self.found.clear();
        self.numbers.iter_mut().for_each(Vec::clear);
        let kernel = Kernel::best();
        if kernel != Kernel::Scalar {
            kernel.run(Reading { lists: self, text, names });
        }
    }

    /// The shorter text; none if the text has no such lists.
    pub fn text(&self) -> Option<&[u8]> {
        (!self.found.is_empty()).then_some(&self.text[..])
    }

    /// Number of the lists.
    pub const fn count(&self) -> usize {
        self.found.len()
    }

    /// Number of the lists in a part of the shorter text.
    pub fn count_in(&self, part: &Range<usize>) -> usize {
        let before = |end: usize| self.found.partition_point(|list| list.at < end);
        before(part.end) - before(part.start)
    }

    /// The numbers of the list at this place of the shorter text; of points, those of one member.
    pub fn numbers_at(&self, at: usize, member: usize) -> Option<&[u8]> {
        let number = self.found.binary_search_by_key(&at, |list| list.at).ok()?;
        let list = &self.found[number];
        let member = if list.has_points { member } else { 0 };
        Some(&self.numbers[member][list.numbers[member].clone()])
    }

    /// Adds a list whose numbers were appended from these ends on.
    fn add(&mut self, has_points: bool, before: [usize; 2]) {
        let mut numbers = [0..0, 0..0];
        for ((range, start), written) in numbers.iter_mut().zip(before).zip(&mut self.numbers) {
            if written.len() > start {
                written.truncate(written.len() - SEPARATOR.len());
            }
            *range = start..written.len();
        }
        let is_empty = numbers[0].is_empty();
        self.found.push(List { at: self.text.len(), has_points, numbers });
        self.text.extend_from_slice(if is_empty { b"[]" } else { b"[0]" });
    }
}

const SEPARATOR: &[u8] = b", ";

struct Reading<'a> {
    lists: &'a mut Lists,
    text: &'a [u8],
    names: &'a Names,
}

impl KernelTask for Reading<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { lists, text, names } = self;
        let Some(windows) = Windows::new(text, simd) else { return };
        let (mut at, mut copied) = (0, 0);
        while let Some(distance) = memchr::memchr(b'[', &text[at..]) {
            let start = at + distance;
            at = start + 1;
            let Some(has_points) = names.has_points(&text[..start]) else { continue };
            let before = [lists.numbers[0].len(), lists.numbers[1].len()];
            let mut items = Items { lists: &mut *lists, text, windows: &windows };
            let end = if has_points { items.points(at, &names.points.1) } else { items.numbers(at) };
            if let Some(end) = end {
                lists.text.extend_from_slice(&text[copied..start]);
                lists.add(has_points, before);
                (at, copied) = (end, end);
            } else {
                lists.numbers.iter_mut().zip(before).for_each(|(written, end)| written.truncate(end));
            }
        }
        lists.text.extend_from_slice(&text[copied..]);
    }
}

/// The items of a list.
struct Items<'r, 'a, S> {
    lists: &'r mut Lists,
    text: &'a [u8],
    windows: &'r Windows<'a, S>,
}

impl<S: Simd> Items<'_, '_, S> {
    /// Copies numbers up to the end of their list, and returns the place after it; none if one is written otherwise.
    #[inline(always)]
    fn numbers(&mut self, start: usize) -> Option<usize> {
        let mut at = self.space_end(start);
        if self.text.get(at) == Some(&b']') {
            return Some(at + 1);
        }
        loop {
            let end = self.number(at, 0)?;
            let at_end = self.space_end(end);
            match self.text.get(at_end)? {
                b',' => at = self.space_end(at_end + 1),
                b']' => return Some(at_end + 1),
                _ => return None,
            }
        }
    }

    /// Like [`Self::numbers`], for points with these two members and no others.
    #[inline(always)]
    fn points(&mut self, start: usize, members: &[Vec<u8>; 2]) -> Option<usize> {
        let mut at = self.space_end(start);
        if self.text.get(at) == Some(&b']') {
            return Some(at + 1);
        }
        loop {
            at = self.after(at, b"{")?;
            at = self.member(at, &members[0], 0)?;
            at = self.after(at, b",")?;
            at = self.member(at, &members[1], 1)?;
            at = self.after(at, b"}")?;
            at = self.space_end(at);
            match self.text.get(at)? {
                b',' => at += 1,
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// Copies the number of a member.
    #[inline(always)]
    fn member(&mut self, at: usize, name: &[u8], number: usize) -> Option<usize> {
        let at = self.after(at, name)?;
        let at = self.after(at, b":")?;
        let at = self.space_end(at);
        self.number(at, number)
    }

    /// The place after a token, before which there may be white space.
    #[inline(always)]
    fn after(&self, at: usize, token: &[u8]) -> Option<usize> {
        let at = self.space_end(at);
        // A comparison of slices is a call, which takes longer for these few bytes.
        let is_it = token.iter().enumerate().all(|(place, byte)| self.text.get(at + place) == Some(byte));
        is_it.then_some(at + token.len())
    }

    #[inline(always)]
    fn space_end(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.text.get(at) {
            at += 1;
        }
        at
    }

    /// Copies a number, and returns its end; none if Python writes it otherwise.
    #[inline(always)]
    fn number(&mut self, start: usize, member: usize) -> Option<usize> {
        let text = self.text;
        let first = start + usize::from(*text.get(start)? == b'-');
        let others = !u64::from(self.windows.digits(first));
        let whole = others.trailing_zeros() as usize;
        if whole == 0 || whole > 1 && text.get(first) == Some(&b'0') {
            return None;
        }
        let point = first + whole;
        let mut end = point;
        if text.get(point) == Some(&b'.') {
            let digits = (others & (others - 1)).trailing_zeros() as usize - whole - 1;
            if digits == 0 {
                return None;
            }
            end += digits + 1;
        }
        let number = text.get(start..end)?;
        if !is_python_decimal(number, point - start, &mut self.lists.shortest) {
            return None;
        }
        let written = &mut self.lists.numbers[member];
        match text[start..].first_chunk::<SHORT>() {
            Some(chunk) if number.len() <= SHORT => {
                let length = written.len() + number.len();
                written.extend_from_slice(chunk);
                written.truncate(length);
            }
            _ => written.extend_from_slice(number),
        }
        written.extend_from_slice(SEPARATOR);
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let pair = |first: &str, second: &str| [first.to_owned(), second.to_owned()];
        Names::new("points", &pair("x", "y"), &pair("xs", "ys"))
    }

    /// The shorter text, and the numbers of each list.
    fn read(text: &str) -> Option<(String, Vec<[String; 2]>)> {
        let mut lists = Lists::default();
        let padded = format!("{text:60}");
        lists.read(padded.as_bytes(), &names());
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let of = |at: usize| [0, 1].map(|member| lists.numbers_at(at, member).map(shown).unwrap_or_default());
        let found = lists.found.iter().map(|list| of(list.at)).collect();
        lists.text().map(|text| (shown(text).trim_end().to_owned(), found))
    }

    fn pair(first: &str, second: &str) -> [String; 2] {
        [first.to_owned(), second.to_owned()]
    }

    #[test]
    fn lists_are_written_as_python_writes_them() {
        let (text, found) =
            read(r#"{"xs":[1,-2.5 , 3] ,"ys" : [ ],"zs":[1],"points": [{"x":1, "y":2.0},{ "x" :-3,"y":4}]}"#)
                .unwrap_or_default();
        assert_eq!(text, r#"{"xs":[0] ,"ys" : [],"zs":[1],"points": [0]}"#);
        assert_eq!(found, [pair("1, -2.5, 3", "1, -2.5, 3"), pair("", ""), pair("1, -3", "2.0, 4")]);
        let long = "1234567890.12345, 123456789012345, -0.5";
        assert_eq!(read(&format!(r#"{{"ys":[{long}]}}"#)), Some((r#"{"ys":[0]}"#.to_owned(), vec![pair(long, long)])));
    }

    #[test]
    fn other_lists_stay() {
        for list in [
            r#""xs":[1e2]"#,
            r#""xs":[1,]"#,
            r#""xs":[,1]"#,
            r#""xs":[1 2]"#,
            r#""xs":[01]"#,
            r#""xs":[1.]"#,
            r#""xs":[1.50]"#,
            r#""xs":[-0]"#,
            r#""xs":[-]"#,
            r#""xs":[null]"#,
            r#""xs":["1"]"#,
            r#""xs":[[1]]"#,
            r#""xs":[1"#,
            r#""xs":[12345678901234567890123456789012345]"#,
            r#""xs":[0.00001]"#,
            r#""xs":{"a":[1]}"#,
            r#""a\"xs":[1]"#,
            r#"xs":[1]"#,
            r#""points":[1]"#,
            r#""points":[{"x":1}]"#,
            r#""points":[{"y":1,"x":2}]"#,
            r#""points":[{"x":1,"y":2,"z":3}]"#,
            r#""points":[{"x":1,"y":2},]"#,
            r#""points":[{"x":1,"y":null}]"#,
            "\"xs\":[1,\u{c}2]",
        ] {
            assert_eq!(read(&format!("{{{list}}}")), None, "{list}");
        }
        // The numbers of a list that stays are not those of the next.
        let (text, found) = read(r#"{"xs":[7,null],"points":[{"x":8,"y":9},1],"ys":[1]}"#).unwrap_or_default();
        assert_eq!(text, r#"{"xs":[7,null],"points":[{"x":8,"y":9},1],"ys":[0]}"#);
        assert_eq!(found, [pair("1", "1")]);
    }
}
