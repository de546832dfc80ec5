//! Appends JSON values to typed columns, and reports whether the column holds them exactly (docs/contract.md, section
//! 1.8).
#![allow(clippy::inline_always, reason = "of a function that calls itself the compiler would inline the wrong half")]

use super::cell::{is_null_text, parse_bool, parse_int};
use super::{Column, Struct, StructType, TimeForm, Type, parse_time};
use crate::json::{Kind, Value, compact, parse_decimal, parse_f64, parse_i64, unescape, write_key};

/// Integers up to here are exact floats.
const EXACT_FLOAT: u64 = 1 << 53;

/// How a column holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The column holds the value exactly.
    pub exact: bool,
    /// A text of the column has U+FFFD for a lone surrogate.
    pub replaced: bool,
}

impl Held {
    const EXACT: Self = Self { exact: true, replaced: false };
    const NOT: Self = Self { exact: false, replaced: false };

    const fn exactly(exact: bool) -> Self {
        Self { exact, replaced: false }
    }
}

/// Appends `value` as `kind`; a value of another type becomes what its text parses as, or a null.
#[inline(always)]
pub fn append_value(column: &mut Column, kind: &Type, value: Value<'_>) -> Held {
    match append_plain(column, kind, value) {
        Some(exact) => Held::exactly(exact),
        None => append_any(column, kind, value),
    }
}

/// The fast path for most values: numbers and texts of the column's type. For any other value nothing is appended, and
/// the result is none.
#[inline(always)]
pub fn append_plain(column: &mut Column, kind: &Type, value: Value<'_>) -> Option<bool> {
    match (column, value.kind()) {
        (column, Kind::Number) => append_number(column, kind, value.bytes()),
        (Column::Text(column), Kind::String) if matches!(kind, Type::String) && !value.is_escaped() => {
            column.push(value.bytes());
            Some(true)
        }
        _ => None,
    }
}

/// The same for a number.
#[inline(always)]
pub fn append_number(column: &mut Column, kind: &Type, token: &[u8]) -> Option<bool> {
    match column {
        Column::Float64(column) => {
            column.push(Some(parse_f64(token)?));
            Some(is_exact(token))
        }
        Column::Int32(column) if matches!(kind, Type::Int32) => {
            column.push(Some(i32::try_from(parse_i64(token)?).ok()?));
            Some(true)
        }
        Column::Int64(column) => {
            column.push(Some(parse_i64(token)?));
            Some(true)
        }
        _ => None,
    }
}

/// The integer of a text as it is written in decimal, without a plus sign and leading zeros.
#[inline]
pub fn canonical_integer(text: &[u8]) -> Option<i32> {
    match text {
        [b'-', b'1'..=b'9', ..] | [b'1'..=b'9', ..] | b"0" => i32::try_from(parse_i64(text)?).ok(),
        _ => None,
    }
}

#[inline(never)]
pub fn append_any(column: &mut Column, kind: &Type, value: Value<'_>) -> Held {
    if value.kind() == Kind::Null {
        column.push_null();
        return Held::NOT;
    }
    match (column, kind) {
        (Column::Int32(column), Type::Int32) => {
            let (number, exact) = integer(value, i32::try_from);
            column.push(number);
            Held::exactly(exact)
        }
        (Column::Int32(column), Type::Int32Text) => {
            let (number, _) = integer(value, i32::try_from);
            column.push(number);
            let canonical = |number: i32| {
                if value.is_escaped() {
                    value.is_text(number.to_string().as_bytes())
                } else {
                    canonical_integer(value.bytes()).is_some()
                }
            };
            Held::exactly(value.kind() == Kind::String && number.is_some_and(canonical))
        }
        (Column::Int64(column), _) => {
            let (number, exact) = integer(value, Ok::<i64, std::convert::Infallible>);
            column.push(number);
            Held::exactly(exact)
        }
        (Column::Float64(column), _) => {
            let (number, exact) = float(value);
            column.push(number);
            Held::exactly(exact)
        }
        (Column::Bool(column), _) => {
            let (truth, exact) = match value.kind() {
                Kind::True => (Some(true), true),
                Kind::False => (Some(false), true),
                _ => (read_text(value, |text| parse_bool(text).map(|(truth, _)| truth)), false),
            };
            column.push(truth);
            Held::exactly(exact)
        }
        (Column::Time(column), _) => {
            let time = read_text(value, parse_time);
            column.push(time.map(|time| time.micros));
            Held::exactly(time.is_some_and(|time| time.form == TimeForm::Json) && !value.is_escaped())
        }
        (Column::Text(column), Type::Json) => {
            compact(value, column.open());
            column.close(true);
            Held::EXACT
        }
        (Column::Text(column), _) => {
            if value.kind() != Kind::String {
                column.push_null();
                return Held::NOT;
            }
            let replaced = value.is_escaped() && unescape(value.bytes(), column.open());
            if !value.is_escaped() {
                column.open().extend_from_slice(value.bytes());
            }
            column.close(true);
            Held { exact: !replaced, replaced }
        }
        (Column::List(column), Type::List(item)) => match value.kind() {
            Kind::Array => {
                let mut all = Held::EXACT;
                let ids = matches!(**item, Type::Int64);
                for item_value in value.items() {
                    // A plus sign is accepted before a number, but not before an id of a list.
                    if ids && item_value.kind() == Kind::String && item_value.bytes().first() == Some(&b'+') {
                        column.open().push_null();
                        all.exact = false;
                        continue;
                    }
                    // A null item is held exactly, unless its members are required.
                    let null = item_value.kind() == Kind::Null && !matches!(&**item, Type::Struct(of) if of.whole);
                    let held = append_value(column.open(), item, item_value);
                    all.exact &= held.exact || null;
                    all.replaced |= held.replaced;
                }
                column.close(true);
                all
            }
            Kind::Object if matches!(**item, Type::Struct(_)) => {
                let held = append_value(column.open(), item, value);
                column.close(true);
                Held { exact: false, ..held }
            }
            _ => {
                column.close(false);
                Held::NOT
            }
        },
        (Column::Struct(column), Type::Struct(inner)) if value.kind() == Kind::Object => {
            append_object(column, inner, value)
        }
        (column, _) => {
            column.push_null();
            Held::NOT
        }
    }
}

fn append_object(column: &mut Struct, inner: &StructType, object: Value<'_>) -> Held {
    let mut all = Held::EXACT;
    let in_order = column.keys.count() == inner.fields.len() && column.keys.are_those_of(object);
    if !in_order {
        column.keys.walk(object);
    }
    let (fields, extra) = column.fields.split_at_mut(inner.fields.len());
    let extra = match extra.first_mut() {
        Some(Column::Text(extra)) => Some(extra),
        _ => None,
    };
    let rows = column.nulls.len();
    let mut kept = Kept { text: extra, rows, any: false };
    if in_order {
        for ((field, (_, kind)), (key, value)) in fields.iter_mut().zip(&inner.fields).zip(object.members()) {
            field.pad(rows);
            let held = append_value(field, kind, value);
            all.replaced |= held.replaced;
            if !(held.exact || inner.all_members && value.kind() == Kind::Null) {
                all.exact = false;
                kept.keep(key, value);
            }
        }
        let keeps = kept.finish();
        column.nulls.append(true);
        return Held { exact: all.exact || keeps, ..all };
    }
    for (i, (field, (_, kind))) in fields.iter_mut().zip(&inner.fields).enumerate() {
        match column.keys.found(i) {
            // A null, which the next value or the end of the column appends.
            None => all.exact &= !inner.whole,
            Some(place) => {
                let value = object.at(place);
                field.pad(rows);
                let held = append_value(field, kind, value);
                all.replaced |= held.replaced;
                if !(held.exact || inner.all_members && value.kind() == Kind::Null) {
                    all.exact = false;
                    kept.keep(object.key_of(place), value);
                }
            }
        }
    }
    // The keys after those of the children are of members that are not read.
    all.exact &= (inner.fields.len()..column.keys.count()).all(|slot| column.keys.found(slot).is_none());
    for &(key, value) in column.keys.unknown() {
        all.exact = false;
        kept.keep(object.at(key), object.at(value));
    }
    let keeps = kept.finish();
    column.nulls.append(true);
    Held { exact: all.exact || keeps, ..all }
}

/// Writes the members that `extra` keeps.
struct Kept<'a> {
    text: Option<&'a mut super::Text>,
    /// Number of objects before.
    rows: usize,
    any: bool,
}

impl Kept<'_> {
    fn keep(&mut self, key: Value<'_>, value: Value<'_>) {
        if let Some(text) = &mut self.text {
            if !self.any {
                text.pad(self.rows);
            }
            text.open().push(if self.any { b',' } else { b'{' });
            write_key(key, text.open());
            compact(value, text.open());
            self.any = true;
        }
    }

    /// Ends the text; returns whether there is an `extra`.
    fn finish(self) -> bool {
        let Some(text) = self.text else { return false };
        if self.any {
            text.open().push(b'}');
            text.close(true);
        }
        true
    }
}

/// An integer, and whether the value is a JSON number.
fn integer<T, E>(value: Value<'_>, narrow: impl Fn(i64) -> Result<T, E>) -> (Option<T>, bool) {
    let number = match value.kind() {
        Kind::Number => parse_int(value.bytes()).and_then(|(number, _)| narrow(number).ok()),
        _ => read_text(value, |text| parse_int(text).and_then(|(number, _)| narrow(number).ok())),
    };
    let exact = number.is_some() && value.kind() == Kind::Number;
    (number, exact)
}

/// A float, and whether the value is a JSON number that it represents exactly.
fn float(value: Value<'_>) -> (Option<f64>, bool) {
    if value.kind() != Kind::Number {
        return (read_text(value, parse_decimal), false);
    }
    let token = value.bytes();
    let number = parse_f64(token);
    (number, number.is_some() && is_exact(token))
}

/// Whether a float holds a number exactly.
#[inline]
fn is_exact(token: &[u8]) -> bool {
    // A number of at most fifteen digits is always small enough.
    token.len() < 16
        || token.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
        || parse_i64(token).is_some_and(|i| i.unsigned_abs() <= EXACT_FLOAT)
}

/// Parses the text of a string (docs/contract.md, sections 1.3 and 1.4); none for another value, or for a text that
/// means null.
fn read_text<T>(value: Value<'_>, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    if value.kind() != Kind::String {
        return None;
    }
    let mut unescaped = Vec::new();
    let text = if value.is_escaped() {
        unescape(value.bytes(), &mut unescaped);
        &unescaped
    } else {
        value.bytes()
    };
    if is_null_text(text) { None } else { read(text) }
}
