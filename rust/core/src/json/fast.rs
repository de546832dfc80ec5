//! The fast JSON reader: windows of 32 bytes. Most strings and numbers end within one window and need no loop.
//!
//! For valid texts its result equals the slow reader's. On any doubt it stops, and the slow reader starts from the
//! beginning.
#![allow(clippy::inline_always, reason = "instructions of a kernel are used only within what was compiled for them")]

use std::num::NonZeroU32;

use super::keys::{Key, repeated};
use super::parse::{Doc, Open, to_u32};
use super::slow::after_escape;
use super::tokens::Tokens;
use super::{Kind, Node};
use crate::scan::{Kernel, KernelTask, Simd, ends, string_stop};

impl Doc {
    /// Reads one value, onto the tape if `TAPE`; returns its type, or none if the slow reader must decide. The text
    /// is shorter than 4 GiB.
    pub(super) fn read_fast<const TAPE: bool>(
        &mut self,
        text: &[u8],
        max_depth: usize,
        kernel: Kernel,
    ) -> Option<Kind> {
        kernel.run(Fast::<TAPE> { doc: self, text, max_depth })
    }
}

struct Fast<'a, const TAPE: bool> {
    doc: &'a mut Doc,
    text: &'a [u8],
    max_depth: usize,
}

impl<const TAPE: bool> KernelTask for Fast<'_, TAPE> {
    type Output = Option<Kind>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<Kind> {
        let Self { doc, text, max_depth } = self;
        let tokens = Tokens::new(text, simd)?;
        doc.clear();
        Walk::<S, TAPE> { doc, tokens, text, seen: 0 }.document(max_depth)
    }
}

/// The closing byte if no container is open.
const NONE: u8 = 0;

struct Walk<'a, S, const TAPE: bool> {
    doc: &'a mut Doc,
    tokens: Tokens<'a, S>,
    text: &'a [u8],
    /// The bits of the current object's keys; the number of bits equals the number of keys if all differ.
    seen: u64,
}

impl<S: Simd, const TAPE: bool> Walk<'_, S, TAPE> {
    /// Reads a text that is an array or object; other texts are short.
    #[inline(always)]
    fn document(&mut self, max_depth: usize) -> Option<Kind> {
        let text = self.text;
        let mut at = self.doc.skip_space(text, 0);
        if !matches!(text.get(at)?, b'{' | b'[') {
            return None;
        }
        // The closing byte of the innermost container.
        let mut close = NONE;
        'value: loop {
            if close == b'}' {
                at = self.key(at)?;
            }
            loop {
                let byte = *text.get(at)?;
                if byte == b'"' {
                    let start = at + 1;
                    let (end, escaped) = self.string_end(start)?;
                    self.push(start, end, Kind::String, escaped);
                    at = end + 1;
                    break;
                }
                // The range includes point and slash, with which no number starts.
                if matches!(byte, b'-'..=b'9') {
                    at = self.number(at, byte)?;
                    break;
                }
                match byte {
                    b'{' | b'[' => {
                        if self.doc.open.len() >= max_depth {
                            return None;
                        }
                        self.open(at, byte);
                        close = byte + 2;
                        at += 1;
                        let mut next = *text.get(at)?;
                        if next <= b' ' {
                            at = self.space(at)?;
                            next = *text.get(at)?;
                        }
                        if next == close {
                            // An empty container ends like any other.
                            break;
                        }
                        continue 'value;
                    }
                    b't' => {
                        at = self.word(at, b"true", Kind::True)?;
                        break;
                    }
                    b'f' => {
                        at = self.word(at, b"false", Kind::False)?;
                        break;
                    }
                    b'n' => {
                        at = self.word(at, b"null", Kind::Null)?;
                        break;
                    }
                    _ => at = self.space(at)?,
                }
            }
            // After a value, the enclosing container determines what may follow.
            loop {
                let byte = *text.get(at)?;
                if byte == b',' {
                    at += 1;
                    continue 'value;
                }
                if byte != close {
                    at = self.space(at)?;
                    continue;
                }
                at += 1;
                let kind = kind_of(close - 2);
                close = self.close(at)?;
                if close == NONE {
                    let end = self.doc.skip_space(text, at);
                    return (end == text.len()).then_some(kind);
                }
            }
        }
    }

    #[inline(always)]
    fn push(&mut self, start: usize, end: usize, kind: Kind, escaped: bool) {
        if TAPE {
            let next = to_u32(self.doc.nodes.len() + 1);
            self.doc.nodes.push(Node { start: to_u32(start), end: to_u32(end), next, kind, escaped });
        }
    }

    /// Starts the array or object that this byte opens.
    #[inline(always)]
    fn open(&mut self, at: usize, byte: u8) {
        let kind = kind_of(byte);
        let (node, first_key) = (to_u32(self.doc.nodes.len()), to_u32(self.doc.keys.len()));
        let outer_seen = std::mem::take(&mut self.seen);
        self.doc.open.push(Open { kind, node, first_key, escaped: false, outer_seen });
        self.push(at, at, kind, false);
    }

    /// Ends the innermost array or object at `end`; returns the closing byte of the enclosing one.
    #[inline(always)]
    fn close(&mut self, end: usize) -> Option<u8> {
        let open = self.doc.open.pop()?;
        if TAPE {
            let next = to_u32(self.doc.nodes.len());
            let node = &mut self.doc.nodes[open.node as usize];
            node.end = to_u32(end);
            node.next = next;
        }
        let first = open.first_key as usize;
        let keys = self.doc.keys.len().saturating_sub(first);
        if keys > 0 {
            if self.seen.count_ones() as usize != keys || open.escaped {
                self.doc.duplicates += repeated(self.text, &mut self.doc.keys[first..], open.escaped);
            }
            self.doc.keys.truncate(first);
        }
        self.seen = open.outer_seen;
        Some(match self.doc.open.last() {
            Some(outer) if outer.kind == Kind::Object => b'}',
            Some(_) => b']',
            None => NONE,
        })
    }

    /// Skips white space; none if there is none.
    #[inline(always)]
    fn space(&mut self, at: usize) -> Option<usize> {
        let end = self.doc.skip_space(self.text, at);
        (end > at).then_some(end)
    }

    /// Reads a key and its colon; returns the start of the value.
    #[inline(always)]
    fn key(&mut self, mut at: usize) -> Option<usize> {
        let text = self.text;
        if *text.get(at)? != b'"' {
            at = self.space(at)?;
            if *text.get(at)? != b'"' {
                return None;
            }
        }
        let start = at + 1;
        let (end, escaped, ends) = self.key_text(start)?;
        self.push(start, end, Kind::String, escaped);
        let key = Key::new(to_u32(start), to_u32(end), ends);
        self.seen |= key.bit();
        self.doc.keys.push(key);
        at = end + 1;
        if *text.get(at)? != b':' {
            at = self.space(at)?;
            if *text.get(at)? != b':' {
                return None;
            }
        }
        Some(at + 1)
    }

    /// Like [`Self::string_end`], for a key: also returns the parts of a [`Key`].
    #[inline(always)]
    fn key_text(&mut self, start: usize) -> Option<(usize, bool, (u64, u64))> {
        if let Some(window) = self.tokens.window(start) {
            let length = NonZeroU32::new(window.string_stops()).map(NonZeroU32::trailing_zeros);
            if let Some(length) = length.filter(|&length| window.byte(length) == b'"') {
                let end = start + length as usize;
                return Some((end, false, window.ends(length)));
            }
        }
        let (end, escaped) = self.string_end(start)?;
        if escaped && let Some(open) = self.doc.open.last_mut() {
            open.escaped = true;
        }
        Some((end, escaped, ends(&self.text[start..end])))
    }

    /// Reads a string from after its opening quote; returns its closing quote, and whether it has an escape.
    #[inline(always)]
    fn string_end(&self, start: usize) -> Option<(usize, bool)> {
        let mut at = self.tokens.string_stop(start)?;
        let escaped = *self.text.get(at)? != b'"';
        if escaped {
            at = escaped_end(self.text, at)?;
        }
        Some((at, escaped))
    }

    #[inline(always)]
    fn number(&mut self, start: usize, byte: u8) -> Option<usize> {
        let end = self.tokens.number_end(start, byte)?;
        self.push(start, end, Kind::Number, false);
        Some(end)
    }

    #[inline(always)]
    fn word(&mut self, at: usize, word: &[u8], kind: Kind) -> Option<usize> {
        let end = self.tokens.word_end(at, word)?;
        self.push(at, end, kind, false);
        Some(end)
    }
}

/// The type of the container that this byte opens.
#[inline(always)]
const fn kind_of(byte: u8) -> Kind {
    if byte == b'{' { Kind::Object } else { Kind::Array }
}

/// The closing quote of a string, searched from its first escape.
#[inline(never)]
fn escaped_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            // In non-Latin text one escape follows another.
            b'\\' => at = after_escape(text, at).ok()?,
            0..0x20 => return None,
            _ => at = string_stop(text, at),
        }
    }
}
