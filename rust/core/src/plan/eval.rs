//! One column of one row.

use std::borrow::Cow;

use crate::columns::{Cell, CellError, Column, Type, append_cell, append_value, hex_text};
use crate::json::{Kind, LoneSurrogate, Value, compact, unescape};
use crate::leniency::{Leniencies, Leniency};
use crate::reject::RejectKind;

use super::fields::{append_integer_keys, append_numbered, append_split};
use super::machine::{Fault, Machine};
use super::member::append_by;
use super::path::{integer, split_suffix, text};
use super::program::{Op, Piece, Ref, Rest, Root};
use super::record::Fields;
use super::shape::sketch;
use super::spec::{Mode, Outer};
use super::version::parse_version;

impl Machine {
    /// Appends what `op` gives to `column`.
    #[inline]
    pub fn append(&mut self, op: &Op, column: &mut Column, kind: &Type, fields: Fields<'_>) -> Result<(), Fault> {
        // Most members that a plan knows are missing in most objects.
        if self.is_missing(op) {
            column.push_null();
            return Ok(());
        }
        self.append_found(op, column, kind, fields)
    }

    /// Appends what `op` gives, which is not missing.
    pub fn append_found(&mut self, op: &Op, column: &mut Column, kind: &Type, fields: Fields<'_>) -> Result<(), Fault> {
        match op {
            Op::Integer(number) => push_number(column, *number),
            Op::Record(number) => column.push_from(&self.values[*number], 0),
            Op::Text(text) => push_text(column, Some(text)),
            Op::Member(member) => match self.loops[member.id].keys.found(member.slot) {
                Some(found) => self.append_member(*member, found, column, kind, fields)?,
                None => column.push_null(),
            },
            Op::Value(at, mode) => self.append_typed(at, *mode, column, kind, fields)?,
            Op::Kind(at) => {
                let name = self.value(at, fields)?.map_or("missing", |value| value.kind().name());
                push_text(column, Some(name.as_bytes()));
            }
            Op::Json(at) => {
                match (self.value(at, fields)?, &mut *column) {
                    (Some(value), Column::Text(column)) => {
                        compact(value, column.open());
                        column.close(true);
                    }
                    (_, column) => column.push_null(),
                }
                self.fit(at, true);
            }
            Op::Atom(at) => self.append_atom(at, column, fields)?,
            Op::Place => push_number(column, i64::try_from(fields.number).unwrap_or(i64::MAX) - 1),
            Op::Number(id) => push_number(column, self.loops[*id].part.number),
            Op::Key(id) => push_string(column, self.key(*id, fields))
                .map_err(|error| self.at_field(self.loops[*id].field, error))?,
            Op::Nearest(near) => {
                let found = self.nearest(near, fields).unwrap_or(self.loops[near.id].part);
                push_number(column, found.number);
            }
            Op::FirstOf(options) => {
                let before = column.len();
                for option in options {
                    if self.is_missing(option) {
                        continue;
                    }
                    if column.len() > before {
                        column.truncate(before);
                    }
                    self.append_found(option, column, kind, fields)?;
                    if !column.is_last_null() {
                        return Ok(());
                    }
                }
                if column.len() == before {
                    column.push_null();
                }
            }
            Op::When(check, then, otherwise) => {
                let chosen = if self.holds(check, fields)? { then } else { otherwise };
                self.append(chosen, column, kind, fields)?;
            }
            Op::Rest(rest) => self.append_rest(rest, column, fields),
            Op::Shape(at) => match (self.value(at, fields)?, &mut *column) {
                (Some(value), Column::Text(column)) => {
                    sketch(value, column.open());
                    column.close(true);
                }
                (_, column) => push_text(column, Some(b"missing")),
            },
            Op::Head(at, suffixes) => {
                let text = self.value(at, fields)?.and_then(text);
                push_text(column, text.as_ref().map(|text| head(text, suffixes)));
            }
            Op::KeyHead(id, suffixes) => {
                let text = self.key(*id, fields).and_then(text);
                push_text(column, text.as_ref().map(|text| head(text, suffixes)));
            }
            Op::Tail(at, suffixes, part) => {
                let text = self.value(at, fields)?.and_then(text);
                push_suffix(column, text.as_deref(), suffixes, *part);
            }
            Op::KeyTail(id, suffixes) => {
                let text = self.key(*id, fields).and_then(text);
                push_suffix(column, text.as_deref(), suffixes, 0);
            }
            Op::Join(pieces) => self.append_joined(pieces, column, fields),
            Op::Zip { id, slots } => self.append_zipped(*id, slots, column, kind, fields)?,
            Op::Lookup { at, field, endings } => self.append_lookup(at, *field, endings, column, fields)?,
            Op::First(list, lists) => self.append_first(list, lists, column, fields)?,
            of_field => self.append_field(of_field, column, kind, fields)?,
        }
        Ok(())
    }

    /// The key of the part that a loop is at.
    fn key<'s>(&'s self, id: usize, fields: Fields<'s>) -> Option<Value<'s>> {
        let state = &self.loops[id];
        state.part.key.map(|key| self.record.parsed(fields, state.field).at(key))
    }

    /// What is taken from a field as a whole.
    fn append_field(&mut self, op: &Op, column: &mut Column, kind: &Type, fields: Fields<'_>) -> Result<(), Fault> {
        let (field, done) = match op {
            Op::Cell { field, nulls, hex } => {
                let cell = self.record.cell(fields, *field);
                match if *hex { hex_text(cell.text) } else { None } {
                    None => (*field, append_cell(column, kind, cell, nulls, &mut self.leniencies)),
                    Some(text) => {
                        self.leniencies[Leniency::HexTime] += 1;
                        let cell = Cell { text: &text, ..cell };
                        (*field, append_cell(column, kind, cell, nulls, &mut Leniencies::default()))
                    }
                }
            }
            Op::Version { field, part } => {
                let version = parse_version(self.record.cell(fields, *field).text);
                match version.and_then(|(major, minor)| if *part == 0 { Some(major) } else { minor }) {
                    Some(number) => push_number(column, i64::from(number)),
                    None => column.push_null(),
                }
                (*field, Ok(()))
            }
            Op::Split { field } => {
                let cell = self.record.cell(fields, *field);
                (*field, append_split(cell, column, kind, &mut self.leniencies))
            }
            Op::Verbatim { field, outer } => {
                let done = match &mut *column {
                    Column::Text(text) if !self.plan.program().parsed[*field] => {
                        let found = self.record.append_verbatim(fields, *field, *outer, text.open());
                        found.map(|found| if found { text.close(true) } else { text.push_null() })
                    }
                    column => self.record.parsed_text(fields, *field, *outer).map(|text| push_text(column, text)),
                };
                (*field, done)
            }
            Op::Strict { field, outer } => (
                *field,
                self.record.json(fields, *field, *outer).and_then(|value| match value {
                    None => {
                        column.push_null();
                        Ok(())
                    }
                    Some(value) => append_strictly(column, kind, value),
                }),
            ),
            Op::Object { field } => (
                *field,
                self.record.json(fields, *field, Outer::Object).and_then(|value| match value {
                    None => {
                        column.push_null();
                        Ok(())
                    }
                    Some(value) => append_value(column, kind, value).map(drop).map_err(surrogate),
                }),
            ),
            Op::IntegerKeys { field } => {
                let object = self.record.json(fields, *field, Outer::Object);
                (*field, object.map(|object| append_integer_keys(object, column)))
            }
            Op::NumberedValues { field } => {
                let object = self.record.json(fields, *field, Outer::Object);
                (*field, object.and_then(|object| append_numbered(object, column, kind)))
            }
            Op::Either(options) => {
                let found = options.iter().find(|(field, _)| fields.columns[*field].is_some());
                if let Some((_, option)) = found {
                    return self.append(option, column, kind, fields);
                }
                column.push_null();
                return Ok(());
            }
            _ => {
                column.push_null();
                return Ok(());
            }
        };
        done.map_err(|error| self.at_field(field, error))
    }

    fn append_typed(
        &mut self,
        at: &Ref,
        mode: Mode,
        column: &mut Column,
        kind: &Type,
        fields: Fields<'_>,
    ) -> Result<(), Fault> {
        let mut leniencies = Leniencies::default();
        let exact = match self.value(at, fields)? {
            None => {
                column.push_null();
                return Ok(());
            }
            Some(value) => append_by(mode, column, kind, value, &mut leniencies),
        };
        let exact = exact.map_err(|error| (self.blamed(at), error))?;
        if self.counting {
            self.leniencies += leniencies;
        }
        self.fit(at, exact);
        Ok(())
    }

    /// What messages call the place of a value: its field, or, where records have no fields, the member.
    pub fn blamed(&self, at: &Ref) -> Option<String> {
        let (field, slot) = match &at.root {
            Root::Field(field) => (*field, None),
            Root::Part(id) => (self.loops[*id].field, None),
            Root::Slot(id, slot) => (self.loops[*id].field, Some(&self.plan.program().loops[*id].keys[*slot])),
            Root::Nearest(near) => (self.loops[near.id].field, None),
        };
        let field = self.plan.fields().get(field).filter(|name| !name.is_empty());
        field.or(slot).cloned()
    }

    /// Notes whether the row has a member in a column.
    fn fit(&mut self, at: &Ref, exact: bool) {
        if let Ref { root: Root::Slot(id, slot), steps } = at
            && steps.is_empty()
        {
            self.loops[*id].fits[*slot] = exact;
        }
    }

    fn append_atom(&mut self, at: &Ref, column: &mut Column, fields: Fields<'_>) -> Result<(), Fault> {
        match self.value(at, fields)? {
            Some(value) => match value.kind() {
                Kind::String => {
                    push_string(column, Some(value)).map_err(|error| (self.blamed(at), error))?;
                }
                Kind::Number | Kind::True | Kind::False => push_text(column, Some(value.bytes())),
                _ => column.push_null(),
            },
            None => column.push_null(),
        }
        Ok(())
    }

    fn append_rest(&mut self, rest: &Rest, column: &mut Column, fields: Fields<'_>) {
        let Column::Text(column) = column else { return };
        let state = &self.loops[rest.id];
        let object = self.record.parsed(fields, state.field).at(state.part.place);
        let mut any = false;
        let mut keep = |key: Value<'_>, value: Value<'_>| {
            let target = column.open();
            target.push(if any { b',' } else { b'{' });
            any = true;
            target.extend_from_slice(key.token());
            target.push(b':');
            compact(value, target);
        };
        if object.kind() == Kind::Object {
            let mut misfits: Vec<u32> = Vec::new();
            for (slot, place) in state.keys.without(&state.fits) {
                let value = object.at(place);
                let null = value.kind() == Kind::Null && rest.bound.contains(&slot) && !rest.nulls;
                let constant = rest
                    .constant
                    .iter()
                    .any(|(at, text)| *at == slot && value.kind() == Kind::String && value.is_text(text));
                if !null && !constant && !rest.drop.contains(&slot) {
                    misfits.push(place);
                }
            }
            // In the order of the source.
            misfits.sort_unstable();
            let mut misfits = misfits.into_iter().peekable();
            for &(key, value) in state.keys.unknown() {
                while let Some(place) = misfits.next_if(|&place| place < value) {
                    keep(object.key_of(place), object.at(place));
                }
                keep(object.at(key), object.at(value));
            }
            for place in misfits {
                keep(object.key_of(place), object.at(place));
            }
        }
        if any {
            column.open().push(b'}');
        } else if rest.always {
            column.open().extend_from_slice(b"{}");
        }
        if any || rest.always { column.close(true) } else { column.push_null() }
    }

    fn append_joined(&mut self, pieces: &[Piece], column: &mut Column, fields: Fields<'_>) {
        let Column::Text(column) = column else { return };
        let target = column.open();
        for piece in pieces {
            let found = match piece {
                Piece::Text(text) => Some(Cow::Borrowed(text.as_slice())),
                Piece::At(at) => self.look(at, fields).and_then(text),
                Piece::Integer(options) => {
                    let number = options.iter().find_map(|at| {
                        // As a column of such integers reads them.
                        self.look(at, fields).and_then(integer).filter(|&number| i32::try_from(number).is_ok())
                    });
                    number.map(|number| number.to_string().into_bytes().into())
                }
                Piece::Number(id) => Some(self.loops[*id].part.number.to_string().into_bytes().into()),
                Piece::Key(id) => self.key(*id, fields).and_then(text),
            };
            match found {
                Some(text) => target.extend_from_slice(&text),
                None => return column.push_null(),
            }
        }
        column.close(true);
    }

    /// The items of lists side by side; of longer lists the surplus stays out, so that they do not fit.
    fn append_zipped(
        &mut self,
        id: usize,
        slots: &[usize],
        column: &mut Column,
        kind: &Type,
        fields: Fields<'_>,
    ) -> Result<(), Fault> {
        let state = &self.loops[id];
        let part = self.record.parsed(fields, state.field).at(state.part.place);
        let lists: Option<Vec<_>> = slots.iter().map(|&slot| state.keys.found(slot).map(|at| part.at(at))).collect();
        let (Some(lists), Column::List(list), Type::List(item)) = (lists, &mut *column, kind) else {
            column.push_null();
            return Ok(());
        };
        let (Type::Struct(inner), true) = (&**item, lists.iter().all(|list| list.kind() == Kind::Array)) else {
            column.push_null();
            return Ok(());
        };
        let lengths = || lists.iter().map(|list| list.items().count());
        let shortest = lengths().min().unwrap_or(0);
        let mut exact = lengths().all(|length| length == shortest);
        let Column::Struct(target) = list.open() else { return Ok(()) };
        for (place, (values, (_, kind))) in lists.iter().zip(&inner.fields).enumerate() {
            for value in values.items().take(shortest) {
                let fits = append_value(target.child(place), kind, value).map_err(|error| (None, surrogate(error)))?;
                exact &= fits;
            }
        }
        target.close_n(shortest);
        list.close(true);
        for &slot in slots {
            self.loops[id].fits[slot] = exact;
        }
        Ok(())
    }

    fn append_lookup(
        &mut self,
        at: &Ref,
        field: usize,
        endings: &[String],
        column: &mut Column,
        fields: Fields<'_>,
    ) -> Result<(), Fault> {
        if let Err(error) = self.record.json(fields, field, Outer::Object) {
            return Err(self.at_field(field, error));
        }
        self.record.index(fields, field);
        let found = match self.value(at, fields)? {
            Some(value) if value.kind() == Kind::String => {
                let ends = text(value).is_some_and(|text| endings.iter().any(|end| text.ends_with(end.as_bytes())));
                if ends { Err(text(value).map(Cow::into_owned)) } else { Ok(value) }
            }
            _ => Err(None),
        };
        match found {
            Ok(value) => push_string(column, Some(value)).map_err(|error| (self.blamed(at), error)),
            Err(Some(key)) => {
                let label = self.record.indexed(fields, field, &key);
                push_string(column, label).map_err(|error| self.at_field(field, error))
            }
            Err(None) => {
                column.push_null();
                Ok(())
            }
        }
    }

    fn append_first(&mut self, op: &Op, lists: &Type, column: &mut Column, fields: Fields<'_>) -> Result<(), Fault> {
        let mut spare = self.spare.pop().unwrap_or_else(|| Column::new(lists));
        spare.truncate(0);
        let done = self.append(op, &mut spare, lists, fields);
        match &spare {
            Column::List(list) if done.is_ok() && !list.items().is_empty() => column.push_from(list.items(), 0),
            _ => column.push_null(),
        }
        self.spare.push(spare);
        done
    }
}

/// Appends a text, or a null.
pub fn push_text(column: &mut Column, text: Option<&[u8]>) {
    match (column, text) {
        (Column::Text(column), Some(text)) => column.push(text),
        (column, _) => column.push_null(),
    }
}

/// A text without its suffix.
fn head<'a>(text: &'a [u8], suffixes: &[String]) -> &'a [u8] {
    split_suffix(text, suffixes).map_or(text, |(head, _)| head)
}

fn push_suffix(column: &mut Column, text: Option<&[u8]>, suffixes: &[String], part: usize) {
    match text.and_then(|text| split_suffix(text, suffixes)) {
        Some((_, numbers)) => push_number(column, numbers.get(part).copied().unwrap_or_default()),
        None => column.push_null(),
    }
}

/// Appends an integer; a null to a column that holds none or too small ones.
pub fn push_number(column: &mut Column, number: i64) {
    match column {
        // Places and keys within a record are below 2^31, or, where a key is not, have no column.
        Column::Int32(column) => column.push(i32::try_from(number).ok()),
        Column::Int64(column) => column.push(Some(number)),
        other => other.push_null(),
    }
}

fn push_string(column: &mut Column, value: Option<Value<'_>>) -> Result<(), CellError> {
    match (column, value) {
        (Column::Text(column), Some(value)) if value.kind() == Kind::String => {
            if value.is_escaped() {
                unescape(value.bytes(), column.open()).map_err(surrogate)?;
                column.close(true);
            } else {
                column.push(value.bytes());
            }
        }
        (column, _) => column.push_null(),
    }
    Ok(())
}

/// Appends a value that must be exactly of its type.
pub fn append_strictly(column: &mut Column, kind: &Type, value: Value<'_>) -> Result<(), CellError> {
    if append_value(column, kind, value).map_err(surrogate)? {
        return Ok(());
    }
    let found = match value.kind() {
        Kind::Array => "a list with items of another type",
        other => other.name(),
    };
    Err(CellError { kind: RejectKind::Type, message: format!("{found} where another type belongs") })
}

/// What a text column cannot hold.
pub fn surrogate(_: LoneSurrogate) -> CellError {
    CellError { kind: RejectKind::Json, message: "a string holds a lone surrogate escape".to_owned() }
}
