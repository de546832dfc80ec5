//! One record's fields on demand: quoting undone and JSON parsed at most once, whoever asks.

use crate::columns::{Cell, CellError};
use crate::json::{Doc, JsonError, JsonErrorKind, Value};
use crate::reject::RejectKind;
use crate::scan::collapse_quotes;

use super::spec::Outer;

/// What is known of one field of the record at hand.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Where its text is, once its quoting is undone.
    place: Place,
    quoted: bool,
    json: Json,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Unread,
    /// Bytes of the block.
    Block(u32, u32),
    /// Bytes of the arena.
    Arena(u32, u32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Json {
    #[default]
    Unread,
    Null,
    Parsed,
}

/// The fields of the record at hand.
#[derive(Debug)]
pub struct Record {
    states: Vec<State>,
    docs: Vec<Doc>,
    /// Texts whose quotes had to be undone, one after the other.
    arena: Vec<u8>,
    max_depth: usize,
    /// Keys that stood twice in the JSON parsed for this record.
    pub duplicate_keys: u64,
}

/// Where the fields of a record are in a block.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    /// The block.
    pub bytes: &'a [u8],
    /// The record's first byte.
    pub start: u32,
    /// One past the last byte of each field.
    pub ends: &'a [u32],
    /// For each field of the plan, its place in the record.
    pub columns: &'a [Option<usize>],
}

impl Fields<'_> {
    /// The raw bytes of a field, quotes and all; none where the source has no such column.
    fn raw(&self, field: usize) -> Option<(u32, u32)> {
        let column = self.columns[field]?;
        let end = *self.ends.get(column)?;
        let start = if column == 0 { self.start } else { self.ends[column - 1] + 1 };
        Some((start, end))
    }
}

impl Record {
    /// Room for the fields of a plan.
    pub fn new(fields: usize, max_depth: usize) -> Self {
        Self {
            states: vec![State::default(); fields],
            docs: std::iter::repeat_with(Doc::default).take(fields).collect(),
            arena: Vec::new(),
            max_depth,
            duplicate_keys: 0,
        }
    }

    /// Forgets the record before.
    pub fn reset(&mut self) {
        self.states.fill(State::default());
        self.arena.clear();
        self.duplicate_keys = 0;
    }

    /// The field's text; an empty unquoted one where the source has no such column.
    pub fn cell<'s>(&'s mut self, fields: Fields<'s>, field: usize) -> Cell<'s> {
        if matches!(self.states[field].place, Place::Unread) {
            self.read(fields, field);
        }
        self.text(fields, field)
    }

    /// The field's JSON; none where it is null.
    pub fn json<'s>(&'s mut self, fields: Fields<'s>, field: usize, outer: Outer) -> Result<Option<Value<'s>>, CellError> {
        if self.states[field].json == Json::Unread {
            self.cell(fields, field);
            let mut doc = std::mem::take(&mut self.docs[field]);
            let cell = self.text(fields, field);
            let state = if cell.is_null() {
                Ok(Json::Null)
            } else {
                doc.parse(cell.text, self.max_depth).map(|_| Json::Parsed).map_err(|error| json_error(error, self.max_depth))
            };
            self.duplicate_keys += if state == Ok(Json::Parsed) { doc.duplicate_keys() } else { 0 };
            self.docs[field] = doc;
            self.states[field].json = state?;
        }
        if self.states[field].json == Json::Null {
            return Ok(None);
        }
        let value = self.parsed(fields, field);
        match (outer, value.kind().name()) {
            (Outer::Any, _) | (Outer::Object, "object") | (Outer::Array, "array") => Ok(Some(value)),
            (outer, found) => {
                let expected = if outer == Outer::Object { "a JSON object" } else { "a JSON array" };
                Err(CellError { kind: RejectKind::JsonType, message: format!("{found} where {expected} belongs") })
            }
        }
    }

    /// The JSON of a field that was parsed before.
    pub fn parsed<'s>(&'s self, fields: Fields<'s>, field: usize) -> Value<'s> {
        self.docs[field].value(self.text(fields, field).text, 0)
    }

    fn text<'s>(&'s self, fields: Fields<'s>, field: usize) -> Cell<'s> {
        let state = self.states[field];
        let text = match state.place {
            Place::Unread => &[],
            Place::Block(start, end) => &fields.bytes[start as usize..end as usize],
            Place::Arena(start, end) => &self.arena[start as usize..end as usize],
        };
        Cell { text, quoted: state.quoted }
    }

    fn read(&mut self, fields: Fields<'_>, field: usize) {
        let (start, end) = fields.raw(field).unwrap_or((0, 0));
        let raw = &fields.bytes[start as usize..end as usize];
        let state = &mut self.states[field];
        if raw.len() >= 2 && raw[0] == b'"' {
            let inner = &raw[1..raw.len() - 1];
            state.quoted = true;
            if memchr::memchr(b'"', inner).is_some() {
                let from = arena_place(self.arena.len());
                collapse_quotes(inner, &mut self.arena);
                state.place = Place::Arena(from, arena_place(self.arena.len()));
            } else {
                state.place = Place::Block(start + 1, end - 1);
            }
        } else {
            state.place = Place::Block(start, end);
        }
    }
}

/// The arena of one record is smaller than its block, and blocks are below 2 GiB.
#[allow(clippy::cast_possible_truncation, reason = "see above")]
const fn arena_place(at: usize) -> u32 {
    at as u32
}

fn json_error(error: JsonError, max_depth: usize) -> CellError {
    let at = error.at;
    let (kind, message) = match error.kind {
        JsonErrorKind::Ends => (RejectKind::Json, format!("not JSON: it ends too early, at byte {at}")),
        JsonErrorKind::Byte => (RejectKind::Json, format!("not JSON: unexpected character at byte {at}")),
        JsonErrorKind::Control => (RejectKind::Json, format!("not JSON: control character in a string at byte {at}")),
        JsonErrorKind::Escape => (RejectKind::Json, format!("not JSON: unknown escape at byte {at}")),
        JsonErrorKind::Trailing => (RejectKind::Json, format!("not JSON: more text after the value at byte {at}")),
        JsonErrorKind::Depth => (RejectKind::Depth, format!("JSON nested deeper than {max_depth} at byte {at}")),
        JsonErrorKind::Length => (RejectKind::Length, "JSON longer than 4 GiB".to_owned()),
    };
    CellError { kind, message }
}
