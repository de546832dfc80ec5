//! Reads a JSON object straight from a CSV field into a struct column, without a tape.
//!
//! It guesses that the keys come in the order of the object before, and compares each with its colon at once. What a guess
//! misses, such as white space, an escape, an unknown key, a duplicate key or anything that is not JSON, ends it, and the
//! object is read from a tape. So nothing is accepted here that the JSON reader refuses.
#![allow(clippy::inline_always, reason = "instructions of a kernel are used only within what was compiled for them")]

use super::convert::{append_any, append_number, canonical_integer};
use super::keys::Keys;
use super::time::json_time;
use super::{Column, List, Struct, StructType, Type};
use crate::json::{Doc, Kind, Tokens, short_integer};
use crate::scan::{Kernel, KernelTask, Simd, collapse_quotes};

/// Objects with more known keys are not guessed: a bit of a word notes each key that was found.
const MOST_KEYS: usize = 64;

/// An object without a column that has more keys is not guessed: each key is compared with those before.
const MOST_UNREAD: usize = 16;

/// So many guesses in a row may fail before objects are no longer guessed for a while.
const TRIALS: u32 = 4;

/// Maximum number of objects, as a power of two, that are not guessed after a failure.
const LONGEST_PAUSE: u32 = 8;

/// What a quoted CSV field has between its quotes.
#[derive(Clone, Copy, Debug)]
pub struct QuotedField<'a> {
    /// Its bytes, and what follows it in its block, so that its last bytes can be read like the others.
    pub text: &'a [u8],
    /// Number of its bytes.
    pub length: usize,
}

/// The guesses of a column, and buffers for them.
#[derive(Debug, Default)]
pub struct Guess {
    /// Number of guesses that failed since the last that did not.
    failed: u32,
    /// Number of objects that are not to be guessed.
    paused: u32,
    kept: Vec<KeptMember>,
    token: Doc,
}

/// A member that its child does not hold exactly.
#[derive(Clone, Copy, Debug)]
struct KeptMember {
    slot: usize,
    /// Start of its key.
    start: usize,
    /// End of its value.
    end: usize,
}

impl Guess {
    fn is_due(&mut self) -> bool {
        let due = self.paused == 0;
        self.paused = self.paused.saturating_sub(1);
        due
    }

    const fn note(&mut self, done: bool) {
        if done {
            self.failed = 0;
            return;
        }
        self.failed = self.failed.saturating_add(1);
        if let Some(more) = self.failed.checked_sub(TRIALS) {
            self.paused = 1 << if more < LONGEST_PAUSE { more } else { LONGEST_PAUSE };
        }
    }
}

/// Appends the object that a CSV field has between its quotes; gives whether it did. If not, the column is unchanged.
///
/// The field must be UTF-8, which is checked earlier for whole records. An object that was appended has no duplicate keys
/// and no lone surrogates.
pub fn append_guessed(column: &mut Column, kind: &Type, field: QuotedField<'_>, max_depth: usize) -> bool {
    append_guessed_by(Kernel::best(), column, kind, field, max_depth)
}

/// The same with this kernel.
pub fn append_guessed_by(
    kernel: Kernel,
    column: &mut Column,
    kind: &Type,
    field: QuotedField<'_>,
    max_depth: usize,
) -> bool {
    let (Column::Struct(target), Type::Struct(_)) = (&mut *column, kind) else { return false };
    let may_be = field.text.first() == Some(&b'{') && u32::try_from(field.text.len()).is_ok();
    if !may_be || kernel == Kernel::Scalar || !target.guess.is_due() {
        return false;
    }
    let mut guess = std::mem::take(&mut target.guess);
    let rows = target.nulls.len();
    guess.kept.clear();
    let done = kernel.run(Whole { column: &mut *column, kind, field, max_depth, guess: &mut guess }).is_some();
    if !done {
        column.truncate(rows);
    }
    guess.note(done);
    if let Column::Struct(target) = column {
        target.guess = guess;
    }
    done
}

/// All of a field.
struct Whole<'r, 'a> {
    column: &'r mut Column,
    kind: &'r Type,
    field: QuotedField<'a>,
    max_depth: usize,
    guess: &'r mut Guess,
}

impl KernelTask for Whole<'_, '_> {
    type Output = Option<()>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Option<()> {
        let Self { column, kind, field, max_depth, guess } = self;
        let tokens = Tokens::new(field.text, simd)?;
        let Guess { kept, token, .. } = guess;
        let mut reader = Reader { tokens, at: 0, depth: max_depth, kept, token };
        reader.container(column, kind)?;
        // Nothing that goes beyond the end of the field may pass.
        (reader.at == field.length).then_some(())
    }
}

/// An object or array inside another.
struct Inner<'r, 'g, 'a, S> {
    reader: &'r mut Reader<'g, 'a, S>,
    column: &'r mut Column,
    kind: &'r Type,
}

impl<R: Simd> KernelTask for Inner<'_, '_, '_, R> {
    type Output = Option<bool>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Option<bool> {
        self.reader.container(self.column, self.kind)
    }
}

/// An object or array that has no column.
struct Unread<'r, 'g, 'a, S>(&'r mut Reader<'g, 'a, S>);

impl<R: Simd> KernelTask for Unread<'_, '_, '_, R> {
    type Output = Option<()>;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> Option<()> {
        self.0.unread_container()
    }
}

struct Reader<'g, 'a, S> {
    tokens: Tokens<'a, S>,
    at: usize,
    /// Number of containers that may still be opened.
    depth: usize,
    kept: &'g mut Vec<KeptMember>,
    token: &'g mut Doc,
}

impl<S: Simd> Reader<'_, '_, S> {
    /// Appends an object or array of the column's type; gives whether the column holds it exactly.
    #[inline(always)]
    fn container(&mut self, column: &mut Column, kind: &Type) -> Option<bool> {
        let byte = *self.tokens.text().get(self.at)?;
        self.depth = self.depth.checked_sub(1)?;
        self.at += 1;
        let exact = match (column, kind, byte) {
            (Column::Struct(column), Type::Struct(inner), b'{') => self.object(column, inner),
            (Column::List(column), Type::List(item), b'[') => self.list(column, item),
            _ => None,
        }?;
        self.depth += 1;
        Some(exact)
    }

    #[inline(always)]
    fn object(&mut self, column: &mut Struct, inner: &StructType) -> Option<bool> {
        let Struct { fields, nulls, keys, .. } = column;
        let rows = nulls.len();
        let first_kept = self.kept.len();
        let mut exact = true;
        let mut seen = 0_u64;
        let mut before = keys.count();
        if before > MOST_KEYS {
            return None;
        }
        if self.byte()? == b'}' {
            self.at += 1;
        } else {
            loop {
                let start = self.at;
                let slot = self.key(keys, before)?;
                if seen >> slot & 1 == 1 {
                    return None;
                }
                seen |= 1 << slot;
                before = slot;
                if let Some((_, kind)) = inner.fields.get(slot) {
                    // A null is appended with the next value, or at the end of the column.
                    if !self.value(fields.get_mut(slot)?, kind, rows, inner.all_members)? {
                        exact = false;
                        self.kept.push(KeptMember { slot, start, end: self.at });
                    }
                } else {
                    self.unread()?;
                    exact = false;
                }
                if !self.goes_on(b'}')? {
                    break;
                }
            }
        }
        exact &= !inner.whole || seen.count_ones() as usize == inner.fields.len();
        if inner.extra {
            exact = true;
            if self.kept.len() > first_kept
                && let Some(Column::Text(extra)) = fields.last_mut()
            {
                extra.pad(rows);
                let kept = &mut self.kept[first_kept..];
                kept.sort_unstable_by_key(|member| member.slot);
                let text = self.tokens.text();
                let mut separator = b'{';
                for member in kept {
                    extra.open().push(std::mem::replace(&mut separator, b','));
                    collapse_quotes(&text[member.start..member.end], extra.open());
                }
                extra.open().push(b'}');
                extra.close(true);
            }
        }
        self.kept.truncate(first_kept);
        nulls.append(true);
        Some(exact)
    }

    #[inline(always)]
    fn list(&mut self, column: &mut List, item: &Type) -> Option<bool> {
        let mut exact = true;
        if self.byte()? == b']' {
            self.at += 1;
        } else {
            loop {
                let first = self.byte()?;
                if matches!(item, Type::Int64) && first == b'"' {
                    // Of an integer in a string, its sign decides.
                    return None;
                }
                let held_null = !matches!(item, Type::Struct(of) if of.whole);
                exact &= self.value(&mut column.items, item, 0, held_null)?;
                if first == b'n' {
                    column.items.push_null();
                }
                if !self.goes_on(b']')? {
                    break;
                }
            }
        }
        column.close(true);
        Some(exact)
    }

    /// Reads a key and its colon.
    #[inline(always)]
    fn key(&mut self, keys: &mut Keys, before: usize) -> Option<usize> {
        if let Some((slot, literal)) = keys.expected(before)
            && let Some(window) = self.tokens.window(self.at)
            && window.equal(&literal.bytes) & literal.mask == literal.mask
        {
            self.at += literal.length;
            return Some(slot);
        }
        self.other_key(keys, before)
    }

    /// The same if it is not the expected key.
    #[inline(always)]
    fn other_key(&mut self, keys: &mut Keys, before: usize) -> Option<usize> {
        let (start, end) = self.string_range()?;
        if self.byte()? != b':' {
            return None;
        }
        self.at += 1;
        keys.follow(before, &self.tokens.text()[start..end])
    }

    /// Appends a value after `rows` others, and nothing for a null; gives whether the column holds it exactly, which of a null
    /// is `held_null`.
    #[inline(always)]
    fn value(&mut self, column: &mut Column, kind: &Type, rows: usize, held_null: bool) -> Option<bool> {
        let text = self.tokens.text();
        let start = self.at;
        let (of, start, end) = match *text.get(start)? {
            b'"' => {
                let (start, end) = self.string_range()?;
                let string = &text[start..end];
                match (&mut *column, kind) {
                    (Column::Text(column), Type::String) => {
                        column.pad(rows);
                        column.push(string);
                        return Some(true);
                    }
                    (Column::Time(column), _) if let Some(micros) = json_time(string) => {
                        column.pad(rows);
                        column.push(Some(micros));
                        return Some(true);
                    }
                    (Column::Int32(column), Type::Int32Text) if let Some(number) = canonical_integer(string) => {
                        column.pad(rows);
                        column.push(Some(number));
                        return Some(true);
                    }
                    _ => (Kind::String, start, end),
                }
            }
            byte @ (b'-' | b'0'..=b'9') => {
                if let Column::Float64(column) = column
                    && let Some((negative, digits, length)) = short_integer(self.tokens.window(start)?)
                {
                    let number = f64::from(digits);
                    column.pad(rows);
                    column.push(Some(if negative { -number } else { number }));
                    self.at = start + length;
                    return Some(true);
                }
                let end = self.tokens.number_end(start, byte)?;
                self.at = end;
                column.pad(rows);
                if let Some(exact) = append_number(column, kind, &text[start..end]) {
                    return Some(exact);
                }
                (Kind::Number, start, end)
            }
            b'{' | b'[' => {
                column.pad(rows);
                return self.tokens.simd().call(Inner { reader: self, column, kind });
            }
            b'n' => {
                self.at = self.tokens.word_end(start, b"null")?;
                return Some(held_null);
            }
            byte => {
                let (word, truth) =
                    if byte == b't' { (&b"true"[..], Kind::True) } else { (&b"false"[..], Kind::False) };
                let end = self.tokens.word_end(start, word)?;
                self.at = end;
                if let Column::Bool(column) = column {
                    column.pad(rows);
                    column.push(Some(truth == Kind::True));
                    return Some(true);
                }
                (truth, start, end)
            }
        };
        column.pad(rows);
        Some(append_any(column, kind, self.token.token(text, of, start, end)).exact)
    }

    /// Reads a value that has no column.
    #[inline(always)]
    fn unread(&mut self) -> Option<()> {
        let words = [&b"true"[..], b"false", b"null"];
        match self.byte()? {
            b'"' => {
                self.string_range()?;
            }
            byte @ (b'-' | b'0'..=b'9') => self.at = self.tokens.number_end(self.at, byte)?,
            b'{' | b'[' => self.tokens.simd().call(Unread(self))?,
            _ => self.at = words.iter().find_map(|word| self.tokens.word_end(self.at, word))?,
        }
        Some(())
    }

    /// The same of an object or array.
    #[inline(always)]
    fn unread_container(&mut self) -> Option<()> {
        let (text, open) = (self.tokens.text(), self.byte()?);
        let close = if open == b'{' { b'}' } else { b']' };
        self.depth = self.depth.checked_sub(1)?;
        self.at += 1;
        let (mut keys, mut count) = ([(0, 0); MOST_UNREAD], 0);
        if self.byte()? == close {
            self.at += 1;
        } else {
            loop {
                if open == b'{' {
                    let (start, end) = self.string_range()?;
                    let is_key = |&(from, to): &(usize, usize)| text[from..to] == text[start..end];
                    if self.byte()? != b':' || keys[..count].iter().any(is_key) {
                        return None;
                    }
                    self.at += 1;
                    *keys.get_mut(count)? = (start, end);
                    count += 1;
                }
                self.unread()?;
                if !self.goes_on(close)? {
                    break;
                }
            }
        }
        self.depth += 1;
        Some(())
    }

    /// Reads a string without escapes between doubled quotes; returns the range of its text.
    #[inline(always)]
    fn string_range(&mut self) -> Option<(usize, usize)> {
        let text = self.tokens.text();
        let start = self.at + 2;
        if text.get(self.at..start)? != b"\"\"" {
            return None;
        }
        let end = self.tokens.string_stop(start)?;
        if text.get(end..end + 2)? != b"\"\"" {
            return None;
        }
        self.at = end + 2;
        Some((start, end))
    }

    /// Whether another value follows; if not, the container has ended.
    #[inline(always)]
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        let byte = self.byte()?;
        self.at += 1;
        if byte == b',' { Some(true) } else { (byte == close).then_some(false) }
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.tokens.text().get(self.at).copied()
    }
}
