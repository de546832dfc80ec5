//! Pages: objects whose member `items` is a list of records, or whose member `first` is such a page.

use memchr::memmem::Finder;

use super::walk::{is_open, is_white};
use crate::json::{Doc, JsonError, JsonErrorKind, Kind, member};

/// An open array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Number of objects around it that belong to its page: none for an array outside a page.
    pub objects: usize,
    /// A member before the list names a next page.
    pub has_next: bool,
}

/// Maximum nesting of pages and arrays. A page that is nested deeper is an element.
pub const MOST_FRAMES: usize = 64;

/// Maximum nesting of the members of a page besides its list.
pub const MAX_DEPTH: usize = 128;

/// The key that every page has.
const KEY: &[u8] = b"\"items\"";

/// Finds where pages may start.
#[derive(Debug)]
pub struct PageFinder {
    finder: Finder<'static>,
    /// The next position of the key in the current buffer, once it was looked for.
    next: Option<usize>,
    /// Keys before this position belong to no page.
    passed: usize,
    /// A page was opened. The state after it is more than a position tells.
    pub has_opened: bool,
}

impl Default for PageFinder {
    fn default() -> Self {
        Self { finder: Finder::new(KEY), next: None, passed: 0, has_opened: false }
    }
}

impl PageFinder {
    /// Forgets the buffer.
    pub const fn reset(&mut self) {
        self.next = None;
        self.passed = 0;
    }

    /// Ignores the keys before `to` until the next call of [`Self::next`] for a later position.
    pub const fn pass(&mut self, to: usize) {
        self.passed = to;
        self.next = None;
    }

    /// Position of the next key at or after `from`; the length of the buffer if there is none.
    pub fn next(&mut self, bytes: &[u8], from: usize) -> usize {
        match self.next {
            Some(next) if next >= from => next,
            _ => {
                let from = from.max(self.passed).min(bytes.len());
                let next = self.finder.find(&bytes[from..]).map_or(bytes.len(), |distance| from + distance);
                self.next = Some(next);
                next
            }
        }
    }
}

/// What the beginning of an object shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// A page, whose list starts here, after its bracket.
    Page(Frame, usize),
    /// Another object, which ends here.
    Other(usize),
    /// Not an object.
    Invalid,
    /// The bytes end before either is known.
    Unknown,
}

/// Reads the object that starts at `start` up to the list of its page.
pub fn beginning(bytes: &[u8], start: usize) -> Beginning {
    match page_list(bytes, start + 1, 1) {
        Search::List(at, objects) => {
            // The members before the list, closed to an object.
            let mut head = bytes[start..at - 1].to_vec();
            head.push(b'0');
            head.resize(head.len() + objects, b'}');
            Beginning::Page(Frame { objects, has_next: names_next(&head, objects) }, at)
        }
        Search::End(at) => Beginning::Other(at),
        Search::Invalid => Beginning::Invalid,
        Search::Unknown => Beginning::Unknown,
    }
}

enum Search {
    /// Position after the bracket of the list, and the number of objects around it.
    List(usize, usize),
    /// The object has no list, and ends here.
    End(usize),
    /// Not an object.
    Invalid,
    Unknown,
}

/// Searches the members of an object, from `at` on.
fn page_list(bytes: &[u8], mut at: usize, objects: usize) -> Search {
    let mut needs_comma = false;
    loop {
        let Some(first) = next_token(bytes, &mut at) else { return Search::Unknown };
        match first {
            b'}' => return Search::End(at + 1),
            b',' if needs_comma => {
                at += 1;
                needs_comma = false;
                continue;
            }
            b'"' if !needs_comma => {}
            _ => return Search::Invalid,
        }
        needs_comma = true;
        let Some(key_end) = string_end(bytes, at) else { return Search::Unknown };
        let key = &bytes[at..key_end];
        at = key_end;
        match next_token(bytes, &mut at) {
            None => return Search::Unknown,
            Some(b':') => at += 1,
            Some(_) => return Search::Invalid,
        }
        let Some(value) = next_token(bytes, &mut at) else { return Search::Unknown };
        if key == KEY && value == b'[' {
            return Search::List(at + 1, objects);
        }
        if key == b"\"first\"" && value == b'{' && objects == 1 {
            match page_list(bytes, at + 1, 2) {
                Search::End(end) => at = end,
                other => return other,
            }
            continue;
        }
        match value_end(bytes, at) {
            Some(end) => at = end,
            None => return Search::Unknown,
        }
    }
}

/// The end of a page: the text after its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ends here; whether it names a next page.
    At(usize, bool),
    /// The text is not the rest of an object.
    Invalid,
    /// The bytes end before that is known.
    Unknown,
}

/// Reads the rest of the objects around a list that ends before `start`.
pub fn ending(bytes: &[u8], start: usize, objects: usize) -> Ending {
    let mut at = start;
    match next_token(bytes, &mut at) {
        None => return Ending::Unknown,
        Some(b',' | b'}') => {}
        Some(_) => return Ending::Invalid,
    }
    let end = closing(bytes, at, objects);
    // With a placeholder for what is before the rest.
    let mut object = b"{\"\":".repeat(objects);
    object.push(b'0');
    object.extend_from_slice(&bytes[start..end.unwrap_or(bytes.len())]);
    match (Doc::default().check(&object, MAX_DEPTH), end) {
        (Ok(_), Some(end)) => Ending::At(end, names_next(&object, objects)),
        (Err(JsonError { kind: JsonErrorKind::Ends, .. }), None) => Ending::Unknown,
        _ => Ending::Invalid,
    }
}

/// One past the bracket that closes the outermost of several objects, in one of which `at` is; none if the bytes end
/// before it.
fn closing(bytes: &[u8], mut at: usize, mut objects: usize) -> Option<usize> {
    while objects > 0 {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => objects += 1,
            b'}' | b']' => objects -= 1,
            _ => {}
        }
        at += 1;
    }
    Some(at)
}

/// Whether an object, or the innermost of several, has a member `next`.
fn names_next(object: &[u8], objects: usize) -> bool {
    let mut doc = Doc::default();
    let Ok(outer) = doc.parse(object, MAX_DEPTH) else { return false };
    let inner = if objects == 2 { member(outer, b"first").or_else(|| member(outer, b"")) } else { None };
    let has = |object| member(object, b"next").is_some_and(|next| next.kind() != Kind::Null);
    has(outer) || inner.is_some_and(has)
}

/// Moves to the next byte that is not white space.
pub fn next_token(bytes: &[u8], at: &mut usize) -> Option<u8> {
    *at += bytes.get(*at..)?.iter().take_while(|&&byte| is_white(byte)).count();
    bytes.get(*at).copied()
}

/// One past the quote that closes the string at `start`.
pub fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// One past the value at `start`, by its brackets and strings.
pub fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut open = 0usize;
    loop {
        let byte = *bytes.get(at)?;
        match byte {
            b'"' => {
                at = string_end(bytes, at)?;
                if open == 0 {
                    return Some(at);
                }
                continue;
            }
            byte if is_open(byte) => open += 1,
            // A scalar ends before what follows it.
            b'}' | b']' | b',' if open == 0 => return Some(at),
            b'}' | b']' => {
                open -= 1;
                if open == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}
