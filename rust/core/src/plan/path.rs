//! JSON values and predicates of the current record.

use std::sync::Arc;

use crate::columns::parse_int;
use crate::json::{Kind, Value, member, split_suffix, string_text};

use super::machine::{Element, Fault, RecordEvaluator};
use super::ops::{Outer, Predicate};
use super::record::RawRecord;
use super::refs::{Find, JsonPath, LongPath, NearestRef, PathStep, Root};

impl RecordEvaluator {
    /// The value at a path, if there is one.
    #[inline]
    pub fn value<'s>(&'s mut self, at: &JsonPath, raw: RawRecord<'s>) -> Result<Option<Value<'s>>, Fault> {
        let (id, node) = match at {
            JsonPath::Element(id) => (*id, Some(self.loops[*id].element.node)),
            JsonPath::Member(id, slot) => (*id, self.loops[*id].keys.found(*slot)),
            JsonPath::Long(long) => return self.long_value(long, raw),
        };
        Ok(node.map(|node| self.record.parsed(raw, self.loops[id].field).at(node)))
    }

    fn long_value<'s>(&'s mut self, at: &LongPath, raw: RawRecord<'s>) -> Result<Option<Value<'s>>, Fault> {
        if let Root::Field(field) = at.root {
            // A field without a name is the whole record: its members are the record's fields.
            let outer = if self.plan.fields()[field].is_empty() { Outer::Object } else { Outer::Any };
            if let Err(error) = self.record.json(raw, field, outer) {
                return Err(self.at_field(field, error));
            }
        }
        Ok(self.long_lookup(at, raw))
    }

    /// The value at a path whose field is parsed.
    pub fn lookup<'s>(&'s self, at: &JsonPath, raw: RawRecord<'s>) -> Option<Value<'s>> {
        match at {
            JsonPath::Element(id) => Some(self.element(*id, raw)),
            JsonPath::Member(id, slot) => self.member(*id, *slot, raw),
            JsonPath::Long(long) => self.long_lookup(long, raw),
        }
    }

    fn member<'s>(&'s self, id: usize, slot: usize, raw: RawRecord<'s>) -> Option<Value<'s>> {
        let state = &self.loops[id];
        Some(self.record.parsed(raw, state.field).at(state.keys.found(slot)?))
    }

    fn long_lookup<'s>(&'s self, at: &LongPath, raw: RawRecord<'s>) -> Option<Value<'s>> {
        let (field, mut value) = match &at.root {
            Root::Field(field) => (*field, self.record.json_if_parsed(raw, *field)?),
            Root::Element(id) => (self.loops[*id].field, self.element(*id, raw)),
            Root::Member(id, slot) => (self.loops[*id].field, self.member(*id, *slot, raw)?),
            Root::Key(id) => (self.loops[*id].field, self.key(*id, raw)?),
            Root::Nearest(nearest) => {
                let field = self.loops[nearest.level].field;
                let element = self.nearest(nearest, raw)?;
                (field, self.record.parsed(raw, field).at(element.node))
            }
        };
        for step in &at.steps {
            value = match step {
                PathStep::Key(key) => self.memo.member(field, value, key.as_bytes())?,
                PathStep::Item { at } => {
                    let index = usize::try_from(integer(self.lookup(at, raw)?)?).ok()?;
                    self.memo.item(field, value, index)?
                }
                PathStep::Leading { of } => {
                    let text = string_text(self.lookup(of, raw)?)?;
                    let digits = text.split(|&byte| byte == b'_').next()?;
                    let is_index = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
                    is_index.then(|| self.memo.named(field, value, digits)).flatten()?
                }
                PathStep::Nth { index } => self.memo.item(field, value, *index)?,
                PathStep::Find(find) => found(value, find)?,
            };
        }
        Some(value)
    }

    /// The preceding element that a reference names.
    pub fn nearest(&self, nearest: &NearestRef, raw: RawRecord<'_>) -> Option<Element> {
        let text = string_text(self.lookup(&nearest.of, raw)?)?;
        let (text, _) = split_suffix(&text, &nearest.suffixes).unwrap_or((&text, [0; 2]));
        self.preceding(nearest, text, raw)
    }

    /// The field whose JSON a path starts in.
    pub fn field_of(&self, at: &JsonPath) -> usize {
        match at {
            JsonPath::Element(id) | JsonPath::Member(id, _) => self.loops[*id].field,
            JsonPath::Long(long) => match &long.root {
                Root::Field(field) => *field,
                Root::Element(id) | Root::Member(id, _) | Root::Key(id) => self.loops[*id].field,
                Root::Nearest(nearest) => self.loops[nearest.level].field,
            },
        }
    }

    /// The column that messages name for a value: its field or, in JSON records, whose field has no name, its member.
    pub fn column_of(&self, at: &JsonPath) -> Option<String> {
        let name = self.plan.fields().get(self.field_of(at))?;
        if !name.is_empty() {
            return Some(name.clone());
        }
        at.outer_member().map(|(id, slot)| self.plan.program().loops[id].keys[slot].clone())
    }

    /// Whether a predicate matches.
    #[inline]
    pub fn matches(&mut self, predicate: &Predicate, raw: RawRecord<'_>) -> Result<bool, Fault> {
        // The type of an element or its member is known without its text.
        let (id, node, types) = match predicate {
            Predicate::IsType { at: JsonPath::Element(id), types } => (*id, Some(self.loops[*id].element.node), types),
            Predicate::IsType { at: JsonPath::Member(id, slot), types } => {
                (*id, self.loops[*id].keys.found(*slot), types)
            }
            other => return self.matches_other(other, raw),
        };
        Ok(types.matches(node.map(|node| self.record.kind(self.loops[id].field, node))))
    }

    #[inline(never)]
    fn matches_other(&mut self, predicate: &Predicate, raw: RawRecord<'_>) -> Result<bool, Fault> {
        Ok(match predicate {
            Predicate::IsType { at, types } => {
                if let JsonPath::Long(long) = at
                    && let LongPath { root: Root::Field(field), steps } = &**long
                    && steps.is_empty()
                    && let Some(is_present) = self.record.is_text_present(raw, *field)
                {
                    return Ok(types.matches(is_present.then_some(Kind::String)));
                }
                types.matches(self.value(at, raw)?.map(Value::kind))
            }
            Predicate::Exists { any } => {
                for at in any {
                    let exists = match at {
                        JsonPath::Member(id, slot) => self.loops[*id].keys.found(*slot).is_some(),
                        other => self.value(other, raw)?.is_some(),
                    };
                    if exists {
                        return Ok(true);
                    }
                }
                false
            }
            Predicate::AnyItem { at, types, has } => self.value(at, raw)?.is_some_and(|list| {
                list.items().any(|item| {
                    types.contains(item.kind()) && has.iter().all(|key| member(item, key.as_bytes()).is_some())
                })
            }),
            Predicate::StartsWith { at, prefix } => {
                self.value(at, raw)?.and_then(string_text).is_some_and(|text| text.starts_with(prefix.as_bytes()))
            }
            Predicate::EqualsText { at, text } => {
                self.value(at, raw)?.is_some_and(|value| value.kind() == Kind::String && value.is_text(text.as_bytes()))
            }
            Predicate::EndsWith { at, suffixes } => {
                self.value(at, raw)?.and_then(string_text).is_some_and(|text| split_suffix(&text, suffixes).is_some())
            }
            Predicate::IsInteger { at } => self.value(at, raw)?.and_then(integer).is_some(),
            Predicate::IsTrue { at } => self.value(at, raw)?.is_some_and(|value| value.kind() == Kind::True),
            Predicate::Shared { predicate } => {
                self.repeatable = false;
                if let Some(known) = self.predicates[*predicate] {
                    return Ok(known);
                }
                let plan = Arc::clone(&self.plan);
                let matches = self.matches(&plan.program().predicates[*predicate], raw)?;
                self.predicates[*predicate] = Some(matches);
                matches
            }
            Predicate::Not { test } => !self.matches(test, raw)?,
            Predicate::All { tests } => {
                for test in tests {
                    if !self.matches(test, raw)? {
                        return Ok(false);
                    }
                }
                true
            }
            Predicate::Any { tests } => {
                for test in tests {
                    if self.matches(test, raw)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }
}

/// The first object of an array, or the object itself, that matches.
fn found<'a>(value: Value<'a>, find: &Find) -> Option<Value<'a>> {
    let matches = |object: &Value<'a>| {
        let bare = find.texts && object.kind() == Kind::String;
        let member = if bare { Some(*object) } else { member(*object, find.key.as_bytes()) };
        match (&find.is, member) {
            _ if !bare && object.kind() != Kind::Object => false,
            (_, member) if find.absent => member.is_none_or(|member| member.kind() == Kind::Null),
            (Some(expected), Some(member)) => member.kind() == Kind::String && member.is_text(expected.as_bytes()),
            (None, Some(member)) => {
                let text = string_text(member);
                text.is_some_and(|text| find.ends.is_empty() || split_suffix(&text, &find.ends).is_some())
            }
            (_, None) => false,
        }
    };
    if value.kind() == Kind::Array { value.items().find(matches) } else { Some(value).filter(matches) }
}

/// The integer that a JSON number has as its value.
pub fn integer(value: Value<'_>) -> Option<i64> {
    if value.kind() == Kind::Number { parse_int(value.bytes()).map(|(number, _)| number) } else { None }
}

/// The same, or the integer that a string holds.
pub fn integer_or_text(value: Value<'_>) -> Option<i64> {
    integer(value).or_else(|| parse_int(&string_text(value)?).map(|(number, _)| number))
}
