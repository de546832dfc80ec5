//! Values and tests: where a path leads in the record at hand, and what holds there.

use std::borrow::Cow;
use std::sync::Arc;

use crate::columns::parse_int;
use crate::json::{Kind, Value, parse_i64, unescape};

use super::machine::{Fault, Machine, member};
use super::program::{Check, Hop, Near, Ref, Root};
use super::record::Fields;
use super::spec::{Find, Outer};

const MISSING: u8 = 64;

/// The bit that stands for a type by its name.
pub fn kind_bit(name: &str) -> Option<u8> {
    Some(match name {
        "null" => 1,
        "boolean" => 2,
        "number" => 4,
        "string" => 8,
        "array" => 16,
        "object" => 32,
        "missing" => MISSING,
        _ => return None,
    })
}

const fn bit_of(kind: Kind) -> u8 {
    match kind {
        Kind::Null => 1,
        Kind::True | Kind::False => 2,
        Kind::Number => 4,
        Kind::String => 8,
        Kind::Array => 16,
        Kind::Object => 32,
    }
}

impl Machine {
    /// The value at a path, if there is one.
    #[inline]
    pub fn value<'s>(&'s mut self, at: &Ref, fields: Fields<'s>) -> Result<Option<Value<'s>>, Fault> {
        // Most are a part or its member.
        let (id, place) = match &at.root {
            Root::Part(id) if at.steps.is_empty() => (*id, Some(self.loops[*id].part.place)),
            Root::Slot(id, slot) if at.steps.is_empty() => (*id, self.loops[*id].keys.found(*slot)),
            _ => return self.far_value(at, fields),
        };
        Ok(place.map(|place| self.record.parsed(fields, self.loops[id].field).at(place)))
    }

    fn far_value<'s>(&'s mut self, at: &Ref, fields: Fields<'s>) -> Result<Option<Value<'s>>, Fault> {
        self.prepare(at, fields)?;
        Ok(self.look(at, fields))
    }

    /// Parses the fields that a path starts in.
    #[inline]
    fn prepare(&mut self, at: &Ref, fields: Fields<'_>) -> Result<(), Fault> {
        if let Root::Field(field) = at.root {
            // A field without a name is the whole record: its members are the record's fields.
            let outer = if self.plan.fields()[field].is_empty() { Outer::Object } else { Outer::Any };
            if let Err(error) = self.record.json(fields, field, outer) {
                return Err(self.at_field(field, error));
            }
        }
        Ok(())
    }

    /// The value at a path whose fields were parsed.
    pub fn look<'s>(&'s self, at: &Ref, fields: Fields<'s>) -> Option<Value<'s>> {
        let (field, mut value) = match &at.root {
            Root::Field(field) => (*field, self.record.json_if_parsed(fields, *field)?),
            Root::Part(id) => (self.loops[*id].field, self.part(*id, fields)),
            Root::Slot(id, slot) => {
                let state = &self.loops[*id];
                (state.field, self.record.parsed(fields, state.field).at(state.keys.found(*slot)?))
            }
            Root::Nearest(near) => {
                let field = self.loops[near.id].field;
                let part = self.nearest(near, fields)?;
                (field, self.record.parsed(fields, field).at(part.place))
            }
        };
        for step in &at.steps {
            value = match step {
                Hop::Key(key) => self.again.member(field, value, key)?,
                Hop::Item(number) => {
                    let number = usize::try_from(integer(self.look(number, fields)?)?).ok()?;
                    self.again.item(field, value, number)?
                }
                Hop::Find(find) => found(value, find)?,
            };
        }
        Some(value)
    }

    /// The part that a loop is at.
    pub fn part<'s>(&'s self, id: usize, fields: Fields<'s>) -> Value<'s> {
        let state = &self.loops[id];
        self.record.parsed(fields, state.field).at(state.part.place)
    }

    /// The nearest part before that is named.
    pub fn nearest(&self, near: &Near, fields: Fields<'_>) -> Option<super::machine::Part> {
        let text = text(self.look(&near.of, fields)?)?;
        let (head, _) = split_suffix(&text, &near.suffixes).unwrap_or((&text, [0; 2]));
        self.before(near, head, fields)
    }

    /// Whether a test holds, if it looks at the type of a part or its member, which is told without its text.
    #[inline]
    fn is_kind(&self, check: &Check) -> Option<bool> {
        let (id, place, bits) = match check {
            Check::PartKind(id, bits) => (*id, Some(self.loops[*id].part.place), bits),
            Check::MemberKind(id, slot, bits) => (*id, self.loops[*id].keys.found(*slot), bits),
            _ => return None,
        };
        let found = place.map_or(MISSING, |place| bit_of(self.record.kind(self.loops[id].field, place)));
        Some(bits & found != 0)
    }

    /// Whether a test holds.
    #[inline]
    pub fn holds(&mut self, check: &Check, fields: Fields<'_>) -> Result<bool, Fault> {
        match self.is_kind(check) {
            Some(holds) => Ok(holds),
            None => self.holds_otherwise(check, fields),
        }
    }

    #[inline(never)]
    fn holds_otherwise(&mut self, check: &Check, fields: Fields<'_>) -> Result<bool, Fault> {
        Ok(match check {
            Check::PartKind(..) | Check::MemberKind(..) => self.is_kind(check).unwrap_or_default(),
            Check::Kind(at, bits) => bits & self.value(at, fields)?.map_or(MISSING, |value| bit_of(value.kind())) != 0,
            Check::Has(id, slots) => {
                let keys = &self.loops[*id].keys;
                slots.iter().any(|&slot| keys.found(slot).is_some())
            }
            Check::AnyItem(at, has) => self.value(at, fields)?.is_some_and(|list| {
                list.items()
                    .any(|item| item.kind() == Kind::Object && has.iter().all(|key| member(item, key).is_some()))
            }),
            Check::AnyKind(at, bits) => {
                self.value(at, fields)?.is_some_and(|list| list.items().any(|item| bits & bit_of(item.kind()) != 0))
            }
            Check::Starts(at, with) => {
                self.value(at, fields)?.and_then(text).is_some_and(|text| text.starts_with(with))
            }
            Check::Is(at, expected) => {
                self.value(at, fields)?.is_some_and(|value| value.kind() == Kind::String && value.is_text(expected))
            }
            Check::Key(id, expected) => {
                let state = &self.loops[*id];
                let key = state.part.key.map(|key| self.record.parsed(fields, state.field).at(key));
                key.is_some_and(|key| key.is_text(expected))
            }
            Check::Ends(at, suffixes) => {
                self.value(at, fields)?.and_then(text).is_some_and(|text| split_suffix(&text, suffixes).is_some())
            }
            Check::Integer(at) => self.value(at, fields)?.and_then(integer).is_some(),
            Check::True(at) => self.value(at, fields)?.is_some_and(|value| value.kind() == Kind::True),
            Check::Record(number) => {
                if let Some(holds) = self.checked[*number] {
                    return Ok(holds);
                }
                let plan = Arc::clone(&self.plan);
                let holds = self.holds(&plan.program().checks[*number], fields)?;
                self.checked[*number] = Some(holds);
                holds
            }
            Check::Not(inner) => !self.holds(inner, fields)?,
            Check::All(all) => {
                for check in all {
                    if !self.holds(check, fields)? {
                        return Ok(false);
                    }
                }
                true
            }
            Check::Any(any) => {
                for check in any {
                    if self.holds(check, fields)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }
}

/// The first object of a list, or an object alone, that has what is looked for.
fn found<'a>(value: Value<'a>, find: &Find) -> Option<Value<'a>> {
    let fits = |object: &Value<'a>| {
        let bare = find.texts && object.kind() == Kind::String;
        let member = if bare { Some(*object) } else { member(*object, find.key.as_bytes()) };
        match (&find.is, member) {
            _ if !bare && object.kind() != Kind::Object => false,
            (_, member) if find.absent => member.is_none(),
            (Some(expected), Some(member)) => member.kind() == Kind::String && member.is_text(expected.as_bytes()),
            (None, Some(member)) => {
                let text = text(member);
                text.is_some_and(|text| find.ends.is_empty() || split_suffix(&text, &find.ends).is_some())
            }
            (_, None) => false,
        }
    };
    if value.kind() == Kind::Array { value.items().find(fits) } else { Some(value).filter(fits) }
}

/// The text of a string; none for another value, or for a string that no text can hold.
pub fn text(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    if value.kind() != Kind::String {
        return None;
    }
    if !value.is_escaped() {
        return Some(Cow::Borrowed(value.bytes()));
    }
    let mut text = Vec::new();
    unescape(value.bytes(), &mut text).ok()?;
    Some(Cow::Owned(text))
}

/// The integer that a JSON number is.
pub fn integer(value: Value<'_>) -> Option<i64> {
    if value.kind() == Kind::Number { parse_int(value.bytes()).map(|(number, _)| number) } else { None }
}

/// A text without the first of `suffixes` that it ends with, and the first two integers of that suffix.
pub fn split_suffix<'a>(text: &'a [u8], suffixes: &[String]) -> Option<(&'a [u8], [i64; 2])> {
    suffixes.iter().find_map(|suffix| strip(text, suffix.as_bytes()))
}

/// Takes one suffix off, from its end to its beginning; what is nothing but a suffix has none.
fn strip<'a>(text: &'a [u8], suffix: &[u8]) -> Option<(&'a [u8], [i64; 2])> {
    let mut rest = text;
    let mut numbers = [0; 2];
    for &byte in suffix.iter().rev() {
        if byte == b'#' {
            let digits = rest.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            let (head, number) = rest.split_at(rest.len() - digits);
            // From the last one to the first.
            numbers = [parse_i64(number)?, numbers[0]];
            rest = head;
        } else {
            rest = rest.strip_suffix(&[byte])?;
        }
    }
    if rest.is_empty() { None } else { Some((rest, numbers)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes() {
        let suffixes = [".cell.#.subtask.#".to_owned(), ".#.#".to_owned()];
        let split = |text: &'static str| split_suffix(text.as_bytes(), &suffixes);
        assert_eq!(split("T0.1.20"), Some((&b"T0"[..], [1, 20])));
        assert_eq!(split("a.b.0.0"), Some((&b"a.b"[..], [0, 0])));
        assert_eq!(split("T0.cell.6.subtask.2"), Some((&b"T0"[..], [6, 2])));
        for text in ["T0", "T0.1", "T0.1.", "T0..1", "T0.a.1", "", "1", ".0.0", "T0.1.99999999999999999999"] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
