//! Replaces the names of people in finished batches by keyed hashes, or drops them.
//!
//! A column whose name is one of the declared names holds people. So do the members of these names in JSON texts, whose
//! other bytes are kept.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, ListArray, StringArray, StructArray, new_null_array};
use arrow_schema::{DataType, Field, FieldRef, Fields};
use memchr::memmem::Finder;

use crate::error::{Error, Result};
use crate::json::{Doc, Kind, Value, parse_f64, string_text, write_string};

/// Nesting of JSON beyond which a text is not read; records are not nested deeper.
const MAX_DEPTH: usize = 256;

/// Strings of JSON in strings of JSON that are read.
const MAX_HELD: usize = 4;

/// Hexadecimal digits of a hash that replace a name.
const DIGITS: usize = 16;

/// The largest integer below which every integer has a float of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a column, or a member of JSON, holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Something else.
    Other,
    /// A person, several, or null.
    Person,
    /// A detail of a person.
    Detail,
}

/// Which columns and members hold people, and what replaces them.
#[derive(Debug)]
pub struct Pseudonyms {
    names: Vec<String>,
    /// Texts of which each name contains one.
    finders: Vec<Finder<'static>>,
    escape: Finder<'static>,
    flattened: bool,
    json: Vec<String>,
    key: Option<[u8; 32]>,
}

impl Pseudonyms {
    /// Declares `names` of columns and members.
    ///
    /// If `flattened`, they may also be parts of a longer name that are separated by `_`. The columns `json` hold the
    /// people as JSON. Without a `key`, people are null.
    #[must_use]
    pub fn new(names: Vec<String>, json: Vec<String>, flattened: bool, key: Option<[u8; 32]>) -> Self {
        let is_shortest = |name: &&String| !names.iter().any(|other| other != *name && name.contains(other.as_str()));
        let finders = names.iter().filter(is_shortest).map(|name| Finder::new(name).into_owned()).collect();
        Self { finders, escape: Finder::new("\\u").into_owned(), flattened, json, key, names }
    }

    /// The columns without the names of people.
    ///
    /// # Errors
    /// A column exceeds 2 GiB.
    pub fn replace(&self, columns: &StructArray) -> Result<StructArray> {
        let pairs = columns.fields().iter().zip(columns.columns());
        let replaced = pairs.map(|(field, array)| self.replace_column(field, array)).collect::<Result<Vec<_>>>()?;
        if replaced.is_empty() {
            return Ok(columns.clone());
        }
        let (fields, arrays): (Vec<_>, Vec<_>) = replaced.into_iter().unzip();
        StructArray::try_new(Fields::from(fields), arrays, columns.nulls().cloned()).map_err(internal)
    }

    /// The values of pairs of key and value without the names of people. A number or a JSON text is a value too.
    ///
    /// # Errors
    /// A column exceeds 2 GiB.
    pub fn replace_values(&self, keys: &StringArray, values: &StructArray) -> Result<StructArray> {
        let parts: Vec<Part> =
            keys.iter().map(|key| key.map_or(Part::Other, |key| self.part(key.as_bytes()))).collect();
        if parts.iter().all(|part| *part == Part::Other) {
            return Ok(values.clone());
        }
        let arrays = values.columns().iter().zip(values.fields()).map(|(array, field)| match array.data_type() {
            DataType::Utf8 => {
                let is_json = self.json.contains(field.name());
                let texts = array.as_string::<i32>();
                collect(texts.iter().zip(&parts).map(|(text, part)| match (text, part) {
                    (Some(text), Part::Person) if is_json => self.person_json(text),
                    (Some(text), Part::Person) => self.hash(text.as_bytes()),
                    (_, Part::Person | Part::Detail) => None,
                    (text, Part::Other) => text.map(str::to_owned),
                }))
            }
            DataType::Float64 => {
                let numbers: &Float64Array = array.as_primitive();
                let mut kept = Float64Builder::with_capacity(numbers.len());
                let pairs = numbers.iter().zip(&parts);
                pairs.for_each(|(number, part)| kept.append_option(number.filter(|_| *part == Part::Other)));
                Ok(Arc::new(kept.finish()) as ArrayRef)
            }
            other => Err(Error::Internal(format!("a value of type {other}"))),
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        StructArray::try_new(values.fields().clone(), arrays, values.nulls().cloned()).map_err(internal)
    }

    fn replace_column(&self, field: &FieldRef, array: &ArrayRef) -> Result<(FieldRef, ArrayRef)> {
        let name = field.name().rsplit('.').next().unwrap_or_default();
        let replaced = match self.part(name.as_bytes()) {
            Part::Other => self.inside(array)?,
            Part::Person if self.json.contains(field.name()) && matches!(array.data_type(), DataType::Utf8) => {
                let texts = array.as_string::<i32>();
                collect(texts.iter().map(|text| text.and_then(|text| self.person_json(text))))?
            }
            Part::Person => self.people(array)?,
            Part::Detail => new_null_array(array.data_type(), array.len()),
        };
        let field = if field.data_type() == replaced.data_type() {
            Arc::clone(field)
        } else {
            Arc::new(Field::new(field.name(), replaced.data_type().clone(), true))
        };
        Ok((field, replaced))
    }

    /// An array of people as texts.
    fn people(&self, array: &ArrayRef) -> Result<ArrayRef> {
        match array.data_type() {
            DataType::Utf8 => {
                collect(array.as_string::<i32>().iter().map(|text| text.and_then(|text| self.hash(text.as_bytes()))))
            }
            DataType::Int64 => collect(array.as_primitive::<Int64Type>().iter().map(|id| self.hash_id(id))),
            DataType::Int32 => {
                collect(array.as_primitive::<Int32Type>().iter().map(|id| self.hash_id(id.map(i64::from))))
            }
            DataType::List(field) => {
                let list = array.as_list::<i32>();
                let items = self.people(list.values())?;
                let field = Arc::new(Field::new(field.name(), items.data_type().clone(), true));
                if self.key.is_none() {
                    return Ok(new_null_array(&DataType::List(field), list.len()));
                }
                let lists = ListArray::try_new(field, list.offsets().clone(), items, list.nulls().cloned());
                lists.map(|lists| Arc::new(lists) as ArrayRef).map_err(internal)
            }
            _ => Ok(new_null_array(&DataType::Utf8, array.len())),
        }
    }

    /// An array of something else: the people in its JSON texts are replaced.
    fn inside(&self, array: &ArrayRef) -> Result<ArrayRef> {
        match array.data_type() {
            DataType::Utf8 => self.texts(array),
            DataType::Struct(_) => Ok(Arc::new(self.replace(array.as_struct())?)),
            DataType::List(field) if field.data_type().is_nested() || *field.data_type() == DataType::Utf8 => {
                let list = array.as_list::<i32>();
                let items = self.inside(list.values())?;
                let field = Arc::new(Field::new(field.name(), items.data_type().clone(), true));
                let lists = ListArray::try_new(field, list.offsets().clone(), items, list.nulls().cloned());
                lists.map(|lists| Arc::new(lists) as ArrayRef).map_err(internal)
            }
            _ => Ok(Arc::clone(array)),
        }
    }

    /// Texts, some of which may be JSON.
    fn texts(&self, array: &ArrayRef) -> Result<ArrayRef> {
        let texts = array.as_string::<i32>();
        let offsets = texts.value_offsets();
        let ends = offsets.first().zip(offsets.last());
        let range = ends.map_or(0..0, |(&first, &last)| to_usize(first)..to_usize(last));
        if !self.may_have_people(texts.value_data().get(range).unwrap_or_default()) {
            return Ok(Arc::clone(array));
        }
        let mut doc = Doc::default();
        let mut changed: Vec<(usize, String)> = Vec::new();
        for (row, text) in texts.iter().enumerate() {
            if let Some(found) = text.and_then(|text| self.rewritten(text.as_bytes(), &mut doc, 0)) {
                changed.push((row, String::from_utf8(found).map_err(internal)?));
            }
        }
        if changed.is_empty() {
            return Ok(Arc::clone(array));
        }
        let mut next = changed.iter().peekable();
        collect(
            texts
                .iter()
                .enumerate()
                .map(|(row, text)| next.next_if(|(at, _)| *at == row).map_or(text, |(_, found)| Some(found.as_str()))),
        )
    }

    /// A JSON text with its people replaced; none if it has none, or is not JSON.
    fn rewritten(&self, text: &[u8], doc: &mut Doc, held: usize) -> Option<Vec<u8>> {
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace())?;
        if !matches!(first, b'{' | b'[' | b'"') || held > MAX_HELD || !self.may_have_people(text) {
            return None;
        }
        let value = doc.parse(text, MAX_DEPTH).ok()?;
        let mut edits = Edits { text, done: 0, target: Vec::new() };
        self.visit(value, &mut edits, held);
        edits.finish()
    }

    fn visit(&self, value: Value<'_>, edits: &mut Edits<'_>, held: usize) {
        match value.kind() {
            Kind::Object => {
                for (key, member) in value.members() {
                    match self.part(&string_text(key).unwrap_or_default()) {
                        Part::Other => self.visit(member, edits, held),
                        Part::Person => self.edit_person(member, edits),
                        Part::Detail => edits.replace(member, b"null"),
                    }
                }
            }
            Kind::Array => value.items().for_each(|item| self.visit(item, edits, held)),
            Kind::String => {
                let text = string_text(value).unwrap_or_default();
                if let Some(found) = self.rewritten(&text, &mut Doc::default(), held + 1) {
                    let mut token = Vec::with_capacity(found.len() + 2);
                    write_string(&found, &mut token);
                    edits.replace(value, &token);
                }
            }
            _ => {}
        }
    }

    /// Keeps nothing of a person but the hash of the id.
    fn edit_person(&self, person: Value<'_>, edits: &mut Edits<'_>) {
        match person.kind() {
            Kind::Array if self.key.is_some() => person.items().for_each(|item| self.edit_person(item, edits)),
            Kind::Object => {
                let ids = person.members().filter(|(key, _)| key.is_text(b"id")).map(|(_, id)| id);
                match ids.last().and_then(|id| self.hash_scalar(id)) {
                    Some(hash) => edits.replace(person, format!("{{\"id\":\"{hash}\"}}").as_bytes()),
                    None => edits.replace(person, b"null"),
                }
            }
            _ => match self.hash_scalar(person) {
                Some(hash) => edits.replace(person, format!("\"{hash}\"").as_bytes()),
                None => edits.replace(person, b"null"),
            },
        }
    }

    /// A JSON text that is a person, or a list of them; a text that is not JSON is a person itself.
    fn person_json(&self, text: &str) -> Option<String> {
        self.key?;
        let mut doc = Doc::default();
        let Ok(value) = doc.parse(text.as_bytes(), MAX_DEPTH) else { return self.hash(text.as_bytes()) };
        let mut edits = Edits { text: text.as_bytes(), done: 0, target: Vec::new() };
        self.edit_person(value, &mut edits);
        let found = edits.finish().map(String::from_utf8);
        // Without an edit it is an empty list.
        found.map_or_else(|| Some(text.to_owned()), std::result::Result::ok).filter(|found| found != "null")
    }

    fn hash_scalar(&self, value: Value<'_>) -> Option<String> {
        match value.kind() {
            Kind::String => self.hash(&string_text(value)?),
            Kind::Number => self.hash(&integer_text(value.bytes())),
            _ => None,
        }
    }

    fn hash_id(&self, id: Option<i64>) -> Option<String> {
        self.hash(id?.to_string().as_bytes())
    }

    fn hash(&self, text: &[u8]) -> Option<String> {
        let hash = blake3::keyed_hash(self.key.as_ref()?, text);
        Some(hash.to_hex()[..DIGITS].to_owned())
    }

    /// What a column or member of this name holds.
    fn part(&self, name: &[u8]) -> Part {
        if self.names.iter().any(|known| known.as_bytes() == name) {
            return Part::Person;
        }
        if !self.flattened {
            return Part::Other;
        }
        let found = self.names.iter().filter_map(|known| level(name, known.as_bytes()));
        found.min_by_key(|(at, _)| *at).map_or(Part::Other, |(_, rest)| {
            let mut levels = rest.split(|byte| *byte == b'_').filter(|level| !level.is_empty()).peekable();
            while levels.next_if(|level| level.iter().all(u8::is_ascii_digit)).is_some() {}
            match (levels.next(), levels.next()) {
                (None | Some(b"id"), None) => Part::Person,
                _ => Part::Detail,
            }
        })
    }

    fn may_have_people(&self, text: &[u8]) -> bool {
        self.finders.iter().any(|finder| finder.find(text).is_some()) || self.escape.find(text).is_some()
    }
}

/// Derives a key from material of any length, for the use that `context` names.
#[must_use]
pub fn derive_key(context: &str, material: &[u8]) -> [u8; 32] {
    blake3::derive_key(context, material)
}

/// Where `known` is one level, or several, of a name that has levels separated by `_`, and the rest after it.
fn level<'a>(name: &'a [u8], known: &[u8]) -> Option<(usize, &'a [u8])> {
    memchr::memmem::find_iter(name, known).find_map(|at| {
        let rest = &name[at + known.len()..];
        let is_level = (at == 0 || name[at - 1] == b'_') && (rest.is_empty() || rest[0] == b'_');
        is_level.then_some((at, rest))
    })
}

/// A number's token, as an integer if it is one.
fn integer_text(token: &[u8]) -> Vec<u8> {
    match parse_f64(token) {
        #[expect(clippy::cast_possible_truncation, reason = "it is an integer of at most 53 bits")]
        Some(number) if !token.iter().all(u8::is_ascii_digit) && number.fract() == 0.0 && number.abs() < EXACT => {
            (number as i64).to_string().into_bytes()
        }
        _ => token.to_vec(),
    }
}

/// A text with some of its values replaced, from its start to its end.
struct Edits<'a> {
    text: &'a [u8],
    /// The end of what was copied or replaced.
    done: usize,
    target: Vec<u8>,
}

impl Edits<'_> {
    fn replace(&mut self, value: Value<'_>, token: &[u8]) {
        let old = value.token();
        let start = old.as_ptr() as usize - self.text.as_ptr() as usize;
        self.target.extend_from_slice(&self.text[self.done..start]);
        self.target.extend_from_slice(token);
        self.done = start + old.len();
    }

    /// The text; none if nothing was replaced.
    fn finish(mut self) -> Option<Vec<u8>> {
        if self.done == 0 {
            return None;
        }
        self.target.extend_from_slice(&self.text[self.done..]);
        Some(self.target)
    }
}

fn collect<T: AsRef<str>>(texts: impl Iterator<Item = Option<T>>) -> Result<ArrayRef> {
    let mut found = StringBuilder::with_capacity(texts.size_hint().0, 0);
    for text in texts {
        if text.as_ref().is_some_and(|text| found.values_slice().len() + text.as_ref().len() > i32::MAX as usize) {
            return Err(Error::Internal("more than 2 GiB of text in one batch".to_owned()));
        }
        found.append_option(text);
    }
    Ok(Arc::new(found.finish()))
}

fn to_usize(offset: i32) -> usize {
    usize::try_from(offset).unwrap_or_default()
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
#[path = "pseudonyms/tests.rs"]
mod tests;
