//! One record's fields on demand: each is unquoted and its JSON parsed at most once.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::columns::{Cell, CellError, Column, QuotedField, Type, append_guessed};
use crate::json::{Doc, JsonError, JsonErrorKind, Kind, Value, string_text};
use crate::leniency::Leniencies;
use crate::records::Fields;
use crate::reject::RejectKind;
use crate::scan::collapse_quotes;

use super::cache::hash;
use super::checked::{CellFingerprint, ValidCells};
use super::layout::RecordLayout;
use super::ops::Outer;
use super::template::Template;

/// Shorter cells are checked faster than they are looked up, and may mean null.
const SHORTEST_KNOWN: usize = 16;

/// What is known of one field of the current record.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Where its unquoted text is.
    text: TextAt,
    quoted: bool,
    json: Json,
    /// Its duplicate keys were counted.
    counted: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum TextAt {
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

/// The fields of the current record.
#[derive(Debug)]
pub struct Record {
    states: Vec<State>,
    docs: Vec<Doc>,
    /// Cells of all fields that were checked and are not parsed.
    valid: ValidCells,
    /// For fields that are searched by key: the hash of a key to the node of its value.
    indices: Vec<Option<HashMap<u64, u32>>>,
    /// The fields whose state is not that of a new record.
    touched: Vec<u32>,
    /// The fields that are not empty, in the order of their columns, once they are known.
    filled: Vec<u32>,
    filled_known: bool,
    /// Leaves of a template that are not empty.
    pub(super) leaves: Vec<u32>,
    /// The text of a template.
    composing: Vec<u8>,
    /// Texts that contained doubled quotes, and texts of derived fields.
    arena: Vec<u8>,
    /// The template of each derived field.
    derived: Vec<Option<Arc<Template>>>,
    max_depth: usize,
    /// Number of duplicate keys in the JSON read for this record.
    pub duplicate_keys: u64,
    /// Leniencies of the derived fields read for this record.
    pub composed: Leniencies,
}

/// The bytes of a record, and where its fields end.
#[derive(Clone, Copy)]
pub struct RawRecord<'a> {
    /// The block.
    pub bytes: &'a [u8],
    /// The record's first byte.
    pub start: u32,
    /// One past its last byte.
    pub end: u32,
    /// Where its fields are.
    pub fields: Fields<'a>,
    /// The columns of the plan's fields.
    pub layout: &'a RecordLayout,
    /// The record's number in its source, from 1.
    pub number: u64,
    /// Number of records in the sources before.
    pub preceding: u64,
}

impl<'a> RawRecord<'a> {
    /// The raw bytes of a field; none if the source has no such column.
    #[inline]
    pub fn whole(&self, field: usize) -> &'a [u8] {
        self.range(field).map_or(&[], |(start, end)| &self.bytes[start as usize..end as usize])
    }

    /// What a field has between its quotes; none if it is unquoted, or if the record is JSON.
    fn quoted(&self, field: usize) -> Option<QuotedField<'a>> {
        let (start, end) = self.range(field)?;
        let length = inside_quotes(&self.bytes[start as usize..end as usize], self.layout.json)?.len();
        Some(QuotedField { text: &self.bytes[start as usize + 1..], length })
    }

    /// Sets `filled` to the fields of the plan that are not empty, in the order of their columns.
    fn find_filled(&self, filled: &mut Vec<u32>) {
        // So many ends lie next to each other where all fields between them are empty.
        const RUN: usize = 32;
        filled.clear();
        let ends = match self.fields {
            Fields::All(ends) => ends,
            Fields::Filled(_, fields) => {
                filled.extend(fields.iter().filter_map(|&[column, ..]| self.layout.field_at(column as usize)));
                return;
            }
        };
        let mut before = self.start.wrapping_sub(1);
        let mut column = 0;
        while let Some(&end) = ends.get(column) {
            if let Some(&far) = ends.get(column + RUN - 1)
                && far.wrapping_sub(before) as usize == RUN
            {
                before = far;
                column += RUN;
                continue;
            }
            if end.wrapping_sub(before) > 1 {
                filled.extend(self.layout.field_at(column));
            }
            before = end;
            column += 1;
        }
    }

    /// The range of a field, quotes included; none if the source has no such column, and possibly if it is empty.
    #[inline]
    fn range(&self, field: usize) -> Option<(u32, u32)> {
        self.fields.range(self.start, self.layout.columns[field]?)
    }
}

impl Record {
    /// State for the fields of a plan.
    pub fn new(fields: usize, derived: &[Option<Arc<Template>>], max_depth: usize) -> Self {
        Self {
            states: vec![State::default(); fields],
            docs: std::iter::repeat_with(Doc::default).take(fields).collect(),
            valid: ValidCells::default(),
            indices: vec![None; fields],
            arena: Vec::new(),
            touched: Vec::new(),
            filled: Vec::new(),
            filled_known: false,
            leaves: Vec::new(),
            composing: Vec::new(),
            derived: derived.to_vec(),
            max_depth,
            duplicate_keys: 0,
            composed: Leniencies::default(),
        }
    }

    /// Clears the state for the next record.
    pub fn reset(&mut self) {
        // A wide file has thousands of fields, of which a record fills a few.
        for field in self.touched.drain(..) {
            self.states[field as usize] = State::default();
            self.indices[field as usize] = None;
        }
        self.filled_known = false;
        self.arena.clear();
        self.duplicate_keys = 0;
        self.composed.clear();
    }

    /// Maximum nesting depth of JSON.
    pub const fn max_depth(&self) -> usize {
        self.max_depth
    }

    /// The field's text; empty and unquoted if the source has no such column.
    pub fn cell<'s>(&'s mut self, raw: RawRecord<'s>, field: usize) -> Cell<'s> {
        if matches!(self.states[field].text, TextAt::Unread) {
            self.read(raw, field);
        }
        self.text(raw, field)
    }

    /// The field's text, if it is a part of the block as it is: empty if there is no cell or it is empty and unquoted. None
    /// if the text is composed, has doubled quotes, or is empty and quoted.
    #[inline]
    pub fn usual_text<'s>(&self, raw: RawRecord<'s>, field: usize) -> Option<&'s [u8]> {
        if raw.layout.absent_na_everywhere || self.derived[field].is_some() {
            return None;
        }
        let bytes = raw.whole(field);
        match inside_quotes(bytes, raw.layout.json) {
            None => Some(bytes),
            Some(inside) => (!inside.is_empty() && !has_quote(inside)).then_some(inside),
        }
    }

    /// The template of a derived field.
    pub(super) fn template(&self, field: usize) -> Option<&Template> {
        self.derived[field].as_deref()
    }

    /// The fields that are not empty, in the order of their columns.
    pub fn filled(&mut self, raw: RawRecord<'_>) -> &[u32] {
        if !std::mem::replace(&mut self.filled_known, true) {
            raw.find_filled(&mut self.filled);
        }
        &self.filled
    }

    /// The field's JSON; none if the cell is null.
    pub fn json<'s>(
        &'s mut self,
        raw: RawRecord<'s>,
        field: usize,
        outer: Outer,
    ) -> Result<Option<Value<'s>>, CellError> {
        if self.states[field].json == Json::Unread {
            self.cell(raw, field);
            let derived = self.derived[field].is_some();
            let mut doc = std::mem::take(&mut self.docs[field]);
            let cell = self.text(raw, field);
            // Texts such as `NA` mean null in a CSV cell, but not in JSON records and derived JSON.
            let null = if raw.layout.json || derived { cell.text.is_empty() } else { cell.is_null() };
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
        let value = self.parsed(raw, field);
        check_outer(outer, value.kind())?;
        Ok(Some(value))
    }

    /// Appends the field's JSON object to a struct column without parsing it to a tape, if that succeeds.
    pub fn append_guessed(&mut self, raw: RawRecord<'_>, field: usize, column: &mut Column, kind: &Type) -> bool {
        if self.states[field].json != Json::Unread || self.derived[field].is_some() {
            return false;
        }
        raw.quoted(field).is_some_and(|quoted| append_guessed(column, kind, quoted, self.max_depth))
    }

    /// Appends the field's JSON text to `target` after checking that it is JSON of this outer type; gives whether there
    /// is one. After an error part of it may have been appended.
    ///
    /// Cells that were checked are known by a fingerprint, since many records repeat the same cell.
    pub fn append_raw_json(
        &mut self,
        raw: RawRecord<'_>,
        field: usize,
        outer: Outer,
        target: &mut Vec<u8>,
    ) -> Result<bool, CellError> {
        let bytes = raw.whole(field);
        if !self.may_be_known(bytes, field) {
            let text = self.parsed_text(raw, field, outer)?;
            target.extend_from_slice(text.unwrap_or_default());
            return Ok(text.is_some());
        }
        let fingerprint = self.valid.fingerprint(bytes, field, outer, raw.layout.json);
        // Its slot is seldom in a cache, and is waited for while the text is copied.
        let known = self.valid.has(fingerprint);
        let start = target.len();
        match inside_quotes(bytes, raw.layout.json) {
            Some(inside) => collapse_quotes(inside, target),
            None => target.extend_from_slice(bytes),
        }
        if !known {
            self.check_text(&target[start..], field, outer, fingerprint)?;
        }
        Ok(true)
    }

    /// Checks that the field is null or JSON of this outer type.
    pub fn check_json(&mut self, raw: RawRecord<'_>, field: usize, outer: Outer) -> Result<(), CellError> {
        let bytes = raw.whole(field);
        if !self.may_be_known(bytes, field) {
            return self.json(raw, field, outer).map(drop);
        }
        let fingerprint = self.valid.fingerprint(bytes, field, outer, raw.layout.json);
        if self.valid.has(fingerprint) {
            return Ok(());
        }
        match inside_quotes(bytes, raw.layout.json) {
            Some(inside) => {
                let mut text = std::mem::take(&mut self.composing);
                text.clear();
                collapse_quotes(inside, &mut text);
                let done = self.check_text(&text, field, outer, fingerprint);
                self.composing = text;
                done
            }
            None => self.check_text(bytes, field, outer, fingerprint),
        }
    }

    /// Whether a field's cell, which may have been checked before, need not be read otherwise. It is not null.
    fn may_be_known(&self, bytes: &[u8], field: usize) -> bool {
        bytes.len() >= SHORTEST_KNOWN
            && matches!(self.states[field].text, TextAt::Unread)
            && self.derived[field].is_none()
    }

    /// Checks the text of a cell.
    fn check_text(
        &mut self,
        text: &[u8],
        field: usize,
        outer: Outer,
        fingerprint: CellFingerprint,
    ) -> Result<(), CellError> {
        let doc = &mut self.docs[field];
        let kind = doc.check(text, self.max_depth).map_err(|error| json_error(error, self.max_depth))?;
        let duplicate_keys = doc.duplicate_keys();
        check_outer(outer, kind)?;
        self.count(field, duplicate_keys);
        if duplicate_keys == 0 {
            self.valid.keep(fingerprint);
        }
        Ok(())
    }

    /// The field's JSON text, of a field whose parsed JSON is needed as well; none if the cell is null.
    pub fn parsed_text<'s>(
        &'s mut self,
        raw: RawRecord<'s>,
        field: usize,
        outer: Outer,
    ) -> Result<Option<&'s [u8]>, CellError> {
        let is_null = self.json(raw, field, outer)?.is_none();
        Ok(if is_null { None } else { Some(self.text(raw, field).text) })
    }

    /// The field's JSON, if it was parsed and the cell is not null.
    pub fn json_if_parsed<'s>(&'s self, raw: RawRecord<'s>, field: usize) -> Option<Value<'s>> {
        (self.states[field].json == Json::Parsed).then(|| self.parsed(raw, field))
    }

    /// Indexes the members of a field's JSON object, once per record.
    pub fn index(&mut self, raw: RawRecord<'_>, field: usize) {
        if self.indices[field].is_some() {
            return;
        }
        let members = self.json_if_parsed(raw, field).into_iter().flat_map(Value::members);
        // Of a duplicate key the last one is kept.
        let index = members.filter_map(|(key, value)| Some((hash(&string_text(key)?), value.place()))).collect();
        self.indices[field] = Some(index);
    }

    /// The member of a field's JSON object, found in its index.
    pub fn indexed<'s>(&'s self, raw: RawRecord<'s>, field: usize, key: &[u8]) -> Option<Value<'s>> {
        let &place = self.indices[field].as_ref()?.get(&hash(key))?;
        let object = self.json_if_parsed(raw, field)?;
        // Two keys may have the same hash.
        object.key_of(place).is_text(key).then(|| object.at(place))
    }

    /// The JSON of a field that is known to be parsed.
    #[inline]
    pub fn parsed<'s>(&'s self, raw: RawRecord<'s>, field: usize) -> Value<'s> {
        self.docs[field].value(self.text(raw, field).text, 0)
    }

    /// The type of a value of a field's JSON, by its node.
    #[inline]
    pub fn kind(&self, field: usize, place: u32) -> Kind {
        self.docs[field].kind(place)
    }

    /// Number of duplicate keys in a field's JSON.
    pub fn duplicates(&self, field: usize) -> u64 {
        self.docs[field].duplicate_keys()
    }

    /// Counts the duplicate keys of a field, once per record.
    pub fn count(&mut self, field: usize, duplicates: u64) {
        if !std::mem::replace(&mut self.states[field].counted, true) {
            self.touched.push(field_number(field));
            self.duplicate_keys += duplicates;
        }
    }

    #[inline]
    fn text<'s>(&'s self, raw: RawRecord<'s>, field: usize) -> Cell<'s> {
        let state = self.states[field];
        let text = match state.text {
            TextAt::Unread => &[],
            TextAt::Block(start, end) => &raw.bytes[start as usize..end as usize],
            TextAt::Arena(start, end) => &self.arena[start as usize..end as usize],
        };
        Cell { text, quoted: state.quoted }
    }

    fn read(&mut self, raw: RawRecord<'_>, field: usize) {
        self.touched.push(field_number(field));
        if let Some(template) = self.derived[field].clone() {
            let mut text = std::mem::take(&mut self.composing);
            text.clear();
            self.compose(&template, raw, &mut text);
            let from = arena_offset(self.arena.len());
            self.arena.extend_from_slice(&text);
            self.states[field].text = TextAt::Arena(from, arena_offset(self.arena.len()));
            self.composing = text;
            return;
        }
        let (start, end) = raw.range(field).unwrap_or((0, 0));
        let bytes = &raw.bytes[start as usize..end as usize];
        let state = &mut self.states[field];
        if raw.layout.absent_na_everywhere && bytes == b"NA" {
            state.text = TextAt::Block(start, start);
            return;
        }
        if let Some(inner) = inside_quotes(bytes, raw.layout.json) {
            state.quoted = true;
            if has_quote(inner) {
                let from = arena_offset(self.arena.len());
                collapse_quotes(inner, &mut self.arena);
                state.text = TextAt::Arena(from, arena_offset(self.arena.len()));
            } else {
                state.text = TextAt::Block(start + 1, end - 1);
            }
        } else {
            state.text = TextAt::Block(start, end);
        }
    }
}

/// The bytes between the quotes of a field; none if it is unquoted, or if the record is JSON.
fn inside_quotes(raw: &[u8], json: bool) -> Option<&[u8]> {
    match raw {
        [b'"', inside @ .., b'"'] if !json => Some(inside),
        _ => None,
    }
}

/// Whether a text has a quote; most are too short to prepare a search.
#[inline]
fn has_quote(text: &[u8]) -> bool {
    if text.len() < 16 { text.contains(&b'"') } else { memchr::memchr(b'"', text).is_some() }
}

/// Checks the outer type of a field's JSON.
pub fn check_outer(outer: Outer, found: Kind) -> Result<(), CellError> {
    match (outer, found) {
        (Outer::Any, _) | (Outer::Object, Kind::Object) | (Outer::Array, Kind::Array) => Ok(()),
        (outer, found) => {
            let expected = if outer == Outer::Object { "a JSON object" } else { "a JSON array" };
            let message = format!("{} where {expected} belongs", found.name());
            Err(CellError { kind: RejectKind::JsonType, message })
        }
    }
}

/// An offset into the arena of one record, which is smaller than its block; blocks are below 2 GiB.
#[allow(clippy::cast_possible_truncation, reason = "see above")]
const fn arena_offset(at: usize) -> u32 {
    at as u32
}

/// The number of a field in 32 bits: a plan has fewer.
#[allow(clippy::cast_possible_truncation, reason = "see above")]
pub const fn field_number(field: usize) -> u32 {
    field as u32
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
