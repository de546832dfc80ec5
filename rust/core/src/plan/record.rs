//! One record's fields on demand: quoting undone and JSON parsed at most once, whoever asks.

use std::collections::HashMap;
use std::sync::Arc;

use crate::columns::{Cell, CellError};
use crate::json::{Doc, JsonError, JsonErrorKind, Kind, Value};
use crate::reject::RejectKind;
use crate::scan::collapse_quotes;

use super::cache::{Cache, hash};
use super::path::text;
use super::spec::{Outer, Tree};

/// Shorter cells are read faster than found.
const SHORTEST_CACHED: usize = 64;

/// What is known of one field of the record at hand.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Where its text is, once its quoting is undone.
    place: Place,
    quoted: bool,
    json: Json,
    /// Its duplicate keys were counted.
    counted: bool,
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
    caches: Vec<Cache>,
    /// For fields that hold texts by their keys: hash of the key to the place of the text.
    indices: Vec<Option<HashMap<u64, u32>>>,
    /// Texts whose quotes had to be undone, one after the other.
    arena: Vec<u8>,
    /// For fields that are made of others: how.
    derived: Vec<Option<Arc<Tree>>>,
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
    /// The record is JSON, and its only field: quotes are its own.
    pub json: bool,
    /// The record's number in its source, from 1.
    pub number: u64,
}

impl<'a> Fields<'a> {
    /// The bytes of a field as they stand.
    pub fn whole(&self, field: usize) -> &'a [u8] {
        self.raw(field).map_or(&[], |(start, end)| &self.bytes[start as usize..end as usize])
    }

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
    pub fn new(fields: usize, derived: &[Option<Tree>], max_depth: usize) -> Self {
        Self {
            states: vec![State::default(); fields],
            docs: std::iter::repeat_with(Doc::default).take(fields).collect(),
            caches: std::iter::repeat_with(Cache::default).take(fields).collect(),
            indices: vec![None; fields],
            arena: Vec::new(),
            derived: derived.iter().map(|how| how.clone().map(Arc::new)).collect(),
            max_depth,
            duplicate_keys: 0,
        }
    }

    /// Forgets the record before.
    pub fn reset(&mut self) {
        self.states.fill(State::default());
        self.indices.iter_mut().for_each(|index| *index = None);
        self.arena.clear();
        self.duplicate_keys = 0;
    }

    /// How deep JSON may be nested.
    pub const fn max_depth(&self) -> usize {
        self.max_depth
    }

    /// The field's text; an empty unquoted one where the source has no such column.
    pub fn cell<'s>(&'s mut self, fields: Fields<'s>, field: usize) -> Cell<'s> {
        if matches!(self.states[field].place, Place::Unread) {
            self.read(fields, field);
        }
        self.text(fields, field)
    }

    /// The field's JSON; none where it is null.
    pub fn json<'s>(
        &'s mut self,
        fields: Fields<'s>,
        field: usize,
        outer: Outer,
    ) -> Result<Option<Value<'s>>, CellError> {
        if self.states[field].json == Json::Unread {
            self.cell(fields, field);
            let derived = self.derived[field].is_some();
            let mut doc = std::mem::take(&mut self.docs[field]);
            let cell = self.text(fields, field);
            // JSON that is a record or made of its fields says itself what is null in it.
            let null = if fields.json || derived { cell.text.is_empty() } else { cell.is_null() };
            let state = if null {
                Ok(Json::Null)
            } else {
                doc.parse(cell.text, self.max_depth)
                    .map(|_| Json::Parsed)
                    .map_err(|error| json_error(error, self.max_depth))
            };
            let duplicates = if state == Ok(Json::Parsed) { doc.duplicate_keys() } else { 0 };
            self.docs[field] = doc;
            self.count(field, duplicates);
            self.states[field].json = state?;
        }
        if self.states[field].json == Json::Null {
            return Ok(None);
        }
        let value = self.parsed(fields, field);
        check_outer(outer, value.kind())?;
        Ok(Some(value))
    }

    /// Appends the field's JSON text, checked to be JSON of this outer type, to `target`; gives whether there is one.
    /// After an error some of it may stand there.
    ///
    /// Cells that were checked lately are not read again: the data of a subject stands in each of its
    /// classifications.
    pub fn append_verbatim(
        &mut self,
        fields: Fields<'_>,
        field: usize,
        outer: Outer,
        target: &mut Vec<u8>,
    ) -> Result<bool, CellError> {
        let raw = fields.whole(field);
        let unread = matches!(self.states[field].place, Place::Unread) && self.derived[field].is_none();
        if raw.len() < SHORTEST_CACHED || !unread {
            let text = self.parsed_text(fields, field, outer)?;
            target.extend_from_slice(text.unwrap_or_default());
            return Ok(text.is_some());
        }
        let key = match self.caches[field].find(raw, outer) {
            Ok(found) => {
                self.count(field, self.caches[field].duplicate_keys(found));
                target.extend_from_slice(self.caches[field].text(found));
                return Ok(true);
            }
            Err(key) => key,
        };
        // Straight to where it goes, and read there. It is too long for any of the texts that mean null.
        let start = target.len();
        match inside_quotes(raw, fields.json) {
            Some(inside) => collapse_quotes(inside, target),
            None => target.extend_from_slice(raw),
        }
        let doc = &mut self.docs[field];
        let kind = doc.check(&target[start..], self.max_depth).map_err(|error| json_error(error, self.max_depth))?;
        let duplicate_keys = doc.duplicate_keys();
        check_outer(outer, kind)?;
        self.count(field, duplicate_keys);
        self.caches[field].keep(key, raw, &target[start..], duplicate_keys);
        Ok(true)
    }

    /// The field's JSON text, checked as [`Self::append_verbatim`] does, of a field whose JSON is needed besides, so that
    /// it is parsed; none where it is null.
    pub fn parsed_text<'s>(
        &'s mut self,
        fields: Fields<'s>,
        field: usize,
        outer: Outer,
    ) -> Result<Option<&'s [u8]>, CellError> {
        let is_null = self.json(fields, field, outer)?.is_none();
        Ok(if is_null { None } else { Some(self.text(fields, field).text) })
    }

    /// The field's JSON, if it is not null and was parsed.
    pub fn json_if_parsed<'s>(&'s self, fields: Fields<'s>, field: usize) -> Option<Value<'s>> {
        (self.states[field].json == Json::Parsed).then(|| self.parsed(fields, field))
    }

    /// Makes an index of the members of a field's JSON object, once for the record.
    pub fn index(&mut self, fields: Fields<'_>, field: usize) {
        if self.indices[field].is_some() {
            return;
        }
        let members = self.json_if_parsed(fields, field).into_iter().flat_map(Value::members);
        // Of a key that stands twice the last one stays.
        let index = members.filter_map(|(key, value)| Some((hash(&text(key)?), value.place()))).collect();
        self.indices[field] = Some(index);
    }

    /// The member of a field's JSON object, by the index that was made of it.
    pub fn indexed<'s>(&'s self, fields: Fields<'s>, field: usize, key: &[u8]) -> Option<Value<'s>> {
        let &place = self.indices[field].as_ref()?.get(&hash(key))?;
        let object = self.json_if_parsed(fields, field)?;
        // Two keys may have one hash.
        object.key_of(place).is_text(key).then(|| object.at(place))
    }

    /// The JSON of a field that was parsed before.
    #[inline]
    pub fn parsed<'s>(&'s self, fields: Fields<'s>, field: usize) -> Value<'s> {
        self.docs[field].value(self.text(fields, field).text, 0)
    }

    /// The type of a value of a field's JSON, by its place.
    #[inline]
    pub fn kind(&self, field: usize, place: u32) -> Kind {
        self.docs[field].kind(place)
    }

    /// The keys that a field's JSON has twice, if it was parsed last.
    pub fn duplicates(&self, field: usize) -> u64 {
        self.docs[field].duplicate_keys()
    }

    /// Counts the duplicate keys of a field once, however often its JSON is read.
    pub fn count(&mut self, field: usize, duplicates: u64) {
        if !std::mem::replace(&mut self.states[field].counted, true) {
            self.duplicate_keys += duplicates;
        }
    }

    #[inline]
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
        if let Some(how) = self.derived[field].clone() {
            let mut text = Vec::new();
            self.derive(&how, fields, &mut text);
            let from = arena_place(self.arena.len());
            self.arena.extend_from_slice(&text);
            self.states[field].place = Place::Arena(from, arena_place(self.arena.len()));
            return;
        }
        let (start, end) = fields.raw(field).unwrap_or((0, 0));
        let raw = &fields.bytes[start as usize..end as usize];
        let state = &mut self.states[field];
        if let Some(inner) = inside_quotes(raw, fields.json) {
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

/// What stands between the quotes of a field; none where it has none, or where quotes are the record's own.
fn inside_quotes(raw: &[u8], json: bool) -> Option<&[u8]> {
    match raw {
        [b'"', inside @ .., b'"'] if !json => Some(inside),
        _ => None,
    }
}

fn check_outer(outer: Outer, found: Kind) -> Result<(), CellError> {
    match (outer, found) {
        (Outer::Any, _) | (Outer::Object, Kind::Object) | (Outer::Array, Kind::Array) => Ok(()),
        (outer, found) => {
            let expected = if outer == Outer::Object { "a JSON object" } else { "a JSON array" };
            let message = format!("{} where {expected} belongs", found.name());
            Err(CellError { kind: RejectKind::JsonType, message })
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
