//! Evaluates expressions: the value of one column of one row.

use std::borrow::Cow;
use std::io::Write;

use crate::columns::{
    CellError, Column, Decode, Mode, Type, append_by, append_cell, append_integer_keys, append_integers,
    append_numbered, append_plain, push_integer, push_string, push_text,
};
use crate::json::{Kind, Value, compact, has_lone_surrogate, sketch, split_suffix, string_text};
use crate::leniency::Leniency;

use super::fields::parse_version;
use super::machine::{Fault, RecordEvaluator};
use super::ops::{ConcatPart, Expr, Literal, Outer};
use super::path::integer_or_text;
use super::record::{RawRecord, check_outer};
use super::refs::{JsonPath, NearestRef};

impl RecordEvaluator {
    /// Whether an expression gives null because the member that it reads is missing, which most members are.
    #[inline]
    pub fn is_missing(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Coalesce { options } => options.iter().all(|option| self.is_member_missing(option)),
            other => self.is_member_missing(other),
        }
    }

    #[inline]
    fn is_member_missing(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Null => true,
            Expr::Value { at, .. } | Expr::ToJson { at } | Expr::ScalarText { at } => {
                at.outer_member().is_some_and(|(id, slot)| self.loops[id].keys.found(slot).is_none())
            }
            Expr::ZipLists { lists, .. } => {
                lists.iter().filter_map(JsonPath::member).any(|(id, slot)| self.loops[id].keys.found(slot).is_none())
            }
            _ => false,
        }
    }

    /// The operand that gives the value: the branch of a `when`, the only present option of a `coalesce`.
    #[inline]
    pub fn chosen<'e>(&mut self, mut expr: &'e Expr, raw: RawRecord<'_>) -> Result<&'e Expr, Fault> {
        loop {
            expr = match expr {
                Expr::When { test, then, otherwise } => {
                    if self.matches(test, raw)? {
                        then
                    } else {
                        otherwise
                    }
                }
                Expr::FirstPresent { options, fields } => {
                    let present = fields.iter().position(|field| raw.layout.columns[*field].is_some());
                    present.and_then(|index| options.get(index)).unwrap_or(&Expr::Null)
                }
                Expr::Coalesce { options } => {
                    let mut present = options.iter().filter(|option| !self.is_member_missing(option));
                    match (present.next(), present.next()) {
                        (None, _) => &Expr::Null,
                        (Some(only), None) => only,
                        (Some(_), Some(_)) => return Ok(expr),
                    }
                }
                _ => return Ok(expr),
            };
        }
    }

    /// Evaluates an expression and appends the result to `column`.
    #[inline]
    pub fn append(&mut self, expr: &Expr, column: &mut Column, kind: &Type, raw: RawRecord<'_>) -> Result<(), Fault> {
        if self.is_missing(expr) {
            column.push_null();
            return Ok(());
        }
        self.append_present(expr, column, kind, raw)
    }

    /// Evaluates an expression whose member is not missing; the most frequent operations are inlined into the row.
    #[inline]
    pub fn append_common(
        &mut self,
        expr: &Expr,
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        match expr {
            Expr::Index { level } => push_integer(column, self.loops[level.0].element.index),
            Expr::Literal { value: Literal::Integer(number) } => push_integer(column, *number),
            Expr::Literal { value: Literal::Text(text) } => push_text(column, Some(text.as_bytes())),
            Expr::Shared { value } => column.push_from(&self.values[*value], 0),
            Expr::Value { at: JsonPath::Member(id, slot), mode, decode } => match self.loops[*id].keys.found(*slot) {
                Some(node) => self.append_member((*id, *slot), node, (*mode, *decode), column, kind, raw)?,
                None => column.push_null(),
            },
            other => self.append_present(other, column, kind, raw)?,
        }
        Ok(())
    }

    /// Evaluates an expression whose member is not missing.
    #[inline(never)]
    fn append_present(
        &mut self,
        expr: &Expr,
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        match expr {
            Expr::Null => column.push_null(),
            Expr::Literal { value: Literal::Integer(number) } => push_integer(column, *number),
            Expr::Literal { value: Literal::Text(text) } => push_text(column, Some(text.as_bytes())),
            Expr::Shared { value } => column.push_from(&self.values[*value], 0),
            Expr::RecordIndex => push_integer(column, i64::try_from(raw.number).unwrap_or(i64::MAX) - 1),
            Expr::RecordNumber => {
                push_integer(column, i64::try_from(raw.preceding + raw.number).unwrap_or(i64::MAX));
            }
            Expr::Index { level } => push_integer(column, self.loops[level.0].element.index),
            Expr::NearestIndex { of } => push_integer(column, self.nearest_index(of, raw)),
            Expr::Value { at: JsonPath::Member(id, slot), mode, decode } => match self.loops[*id].keys.found(*slot) {
                Some(node) => self.append_member((*id, *slot), node, (*mode, *decode), column, kind, raw)?,
                None => column.push_null(),
            },
            Expr::Value { at, mode, decode } => self.append_value(at, (*mode, *decode), column, kind, raw)?,
            Expr::JsonType { at } => {
                let name = self.value(at, raw)?.map_or("missing", |value| value.kind().name());
                push_text(column, Some(name.as_bytes()));
            }
            Expr::ToJson { at } => {
                match (self.value(at, raw)?, &mut *column) {
                    (Some(value), Column::Text(column)) => {
                        compact(value, column.open());
                        column.close(true);
                    }
                    (_, column) => column.push_null(),
                }
                self.hold(at, true);
            }
            Expr::ScalarText { at } => self.append_scalar_text(at, column, raw)?,
            Expr::TypeSketch { at } => match (self.value(at, raw)?, &mut *column) {
                (Some(value), Column::Text(column)) => {
                    sketch(value, column.open());
                    column.close(true);
                }
                (_, column) => push_text(column, Some(b"missing")),
            },
            Expr::StripSuffix { at, suffixes } => {
                let value = self.value(at, raw)?;
                let text = value.and_then(string_text);
                let stripped = text.as_deref().map(|text| split_suffix(text, suffixes).map_or(text, |(head, _)| head));
                push_text(column, stripped);
                let replaced = value.is_some_and(has_lone_surrogate);
                self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
            }
            Expr::SuffixInt { at, suffixes, part } => {
                let text = self.value(at, raw)?.and_then(string_text);
                match text.as_deref().and_then(|text| split_suffix(text, suffixes)) {
                    Some((_, numbers)) => push_integer(column, numbers.get(*part).copied().unwrap_or_default()),
                    None => column.push_null(),
                }
            }
            Expr::Coalesce { options } => self.append_coalesced(options, column, kind, raw)?,
            Expr::When { test, then, otherwise } => {
                let chosen = if self.matches(test, raw)? { then } else { otherwise };
                self.append(chosen, column, kind, raw)?;
            }
            Expr::Concat { parts } => self.append_concatenated(parts, column, raw),
            Expr::ZipLists { level, lists } => self.append_zipped(level.0, lists, column, kind, raw),
            Expr::Positions { at } => self.append_positions(at, column, kind, raw)?,
            Expr::WebMercator { x, y, part } => self.append_degrees([x, y], *part, column, raw)?,
            Expr::Residual { level, .. } => self.append_residual(level.0, expr, column, raw),
            Expr::Lookup { at, field, endings } => self.append_lookup(at, field.0, endings, column, raw)?,
            Expr::FirstItem { list, list_type } => {
                if let Some(list_type) = list_type {
                    self.append_first(list, list_type, column, raw)?;
                }
            }
            Expr::TextUnder { field, key, member } => self.append_text_under(field.0, key, member, column, raw)?,
            Expr::FirstPresent { options, fields } => {
                let present = fields.iter().position(|field| raw.layout.columns[*field].is_some());
                match present.and_then(|index| options.get(index)) {
                    Some(option) => self.append(option, column, kind, raw)?,
                    None => column.push_null(),
                }
            }
            Expr::Cell { .. }
            | Expr::VersionPart { .. }
            | Expr::SplitIntegers { .. }
            | Expr::RawJson { .. }
            | Expr::CheckedJson { .. }
            | Expr::TypedJson { .. }
            | Expr::IntegerKeys { .. }
            | Expr::NumberedValues { .. } => self.append_field(expr, column, kind, raw)?,
        }
        Ok(())
    }

    /// Evaluates an operation that reads a field as a whole.
    fn append_field(&mut self, expr: &Expr, column: &mut Column, kind: &Type, raw: RawRecord<'_>) -> Result<(), Fault> {
        let (field, done) = match expr {
            Expr::Cell { field, nulls, decode } => {
                let cell = self.record.cell(raw, field.0);
                let done = append_cell(column, kind, cell, nulls, *decode, &mut self.leniencies);
                (field.0, done)
            }
            Expr::VersionPart { field, part } => {
                let text = match self.record.usual_text(raw, field.0) {
                    Some(text) => text,
                    None => self.record.cell(raw, field.0).text,
                };
                let version = parse_version(text);
                match version.and_then(|(major, minor)| if *part == 0 { Some(major) } else { minor }) {
                    Some(number) => push_integer(column, i64::from(number)),
                    None => column.push_null(),
                }
                (field.0, Ok(()))
            }
            Expr::SplitIntegers { field } => {
                let cell = self.record.cell(raw, field.0);
                (field.0, append_integers(cell, column, kind, &mut self.leniencies))
            }
            Expr::RawJson { field, outer } => (field.0, self.append_raw_json(field.0, *outer, column, raw)),
            Expr::CheckedJson { field, outer } => {
                column.push_null();
                (field.0, self.check_json(field.0, *outer, raw))
            }
            Expr::TypedJson { field, outer, mode: Mode::Lenient | Mode::Exact }
                if *outer != Outer::Array
                    && !self.plan.program().walked[field.0]
                    && self.record.append_guessed(raw, field.0, column, kind) =>
            {
                (field.0, Ok(()))
            }
            Expr::TypedJson { field, outer, mode } => {
                let value = self.record.json(raw, field.0, *outer);
                let done = value.and_then(|value| match value {
                    None => {
                        column.push_null();
                        Ok(())
                    }
                    Some(value) => append_by(*mode, column, kind, value, None, &mut self.leniencies).map(drop),
                });
                (field.0, done)
            }
            Expr::IntegerKeys { field } => {
                let object = self.record.json(raw, field.0, Outer::Object);
                (field.0, object.map(|object| append_integer_keys(object, column)))
            }
            Expr::NumberedValues { field } => {
                let object = self.record.json(raw, field.0, Outer::Object);
                (field.0, object.and_then(|object| append_numbered(object, column, kind, &mut self.leniencies)))
            }
            _ => return Ok(()),
        };
        done.map_err(|error| self.at_field(field, error))
    }

    fn append_raw_json(
        &mut self,
        field: usize,
        outer: Outer,
        column: &mut Column,
        raw: RawRecord<'_>,
    ) -> Result<(), CellError> {
        let Self { plan, record, repeats, .. } = self;
        let program = plan.program();
        if let Some(&Some(number)) = program.repeats.get(field)
            && let Some(cell) = repeats[number].find(raw.whole(field), raw.layout.json)
        {
            record.count(field, cell.duplicates);
            check_outer(outer, cell.kind)?;
            push_text(column, Some(&cell.text));
            return Ok(());
        }
        match column {
            Column::Text(text) if !program.parsed[field] => {
                let found = record.append_raw_json(raw, field, outer, text.open())?;
                if found { text.close(true) } else { text.push_null() }
            }
            column => push_text(column, record.parsed_text(raw, field, outer)?),
        }
        Ok(())
    }

    /// Appends a member that is present, given the node of its value.
    pub fn append_member(
        &mut self,
        (id, slot): (usize, usize),
        node: u32,
        (mode, decode): (Mode, Option<Decode>),
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let state = &self.loops[id];
        let value = self.record.parsed(raw, state.field).at(node);
        let plain = matches!(mode, Mode::Exact | Mode::Lenient).then(|| append_plain(column, kind, value)).flatten();
        let exact = if let Some(exact) = plain {
            exact
        } else {
            let exact = self.append_counted((state.field, node), (mode, decode), column, kind, raw);
            exact.map_err(|error| (self.column_of(&JsonPath::Member(id, slot)), error))?
        };
        self.loops[id].held[slot] = exact;
        Ok(())
    }

    fn append_value(
        &mut self,
        at: &JsonPath,
        (mode, decode): (Mode, Option<Decode>),
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let Some(node) = self.value(at, raw)?.map(Value::place) else {
            column.push_null();
            return Ok(());
        };
        let exact = self.append_counted((self.field_of(at), node), (mode, decode), column, kind, raw);
        let exact = exact.map_err(|error| (self.column_of(at), error))?;
        self.hold(at, exact);
        Ok(())
    }

    /// Appends the value at a node of a field's JSON, and counts its leniencies.
    fn append_counted(
        &mut self,
        (field, node): (usize, u32),
        (mode, decode): (Mode, Option<Decode>),
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<bool, CellError> {
        let value = self.record.parsed(raw, field).at(node);
        // A parsed value belongs to one row.
        let counts = self.counts_leniencies || mode == Mode::Parsed;
        let leniencies = if counts { &mut self.leniencies } else { &mut self.uncounted };
        let before = leniencies[Leniency::NullItem];
        let exact = append_by(mode, column, kind, value, decode, leniencies);
        let null_items = std::mem::replace(&mut leniencies[Leniency::NullItem], before) - before;
        if !counts {
            // Counted once per record, whichever row has the text.
            self.leniencies[Leniency::LoneSurrogate] += std::mem::take(&mut self.uncounted[Leniency::LoneSurrogate]);
        }
        // The record's own row counts the items of its lists.
        if null_items > 0 && self.plan.program().record.rows.is_empty() {
            self.leniencies[Leniency::NullItem] += null_items;
        }
        exact
    }

    /// Notes whether a column of the row holds a member exactly.
    fn hold(&mut self, at: &JsonPath, exact: bool) {
        if let JsonPath::Member(id, slot) = at {
            self.loops[*id].held[*slot] = exact;
        }
    }

    fn append_scalar_text(&mut self, at: &JsonPath, column: &mut Column, raw: RawRecord<'_>) -> Result<(), Fault> {
        match self.value(at, raw)? {
            Some(value) => match value.kind() {
                Kind::String => {
                    let replaced = push_string(column, Some(value));
                    self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
                }
                Kind::Number | Kind::True | Kind::False => push_text(column, Some(value.bytes())),
                _ => column.push_null(),
            },
            None => column.push_null(),
        }
        Ok(())
    }

    fn append_coalesced(
        &mut self,
        options: &[Expr],
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let before = column.len();
        for option in options {
            if self.is_missing(option) {
                continue;
            }
            if column.len() > before {
                column.truncate(before);
            }
            self.append_present(option, column, kind, raw)?;
            if !column.is_last_null() {
                return Ok(());
            }
        }
        if column.len() == before {
            column.push_null();
        }
        Ok(())
    }

    fn append_residual(&self, id: usize, expr: &Expr, column: &mut Column, raw: RawRecord<'_>) {
        let (Column::Text(column), Expr::Residual { drop, always, nulls, keep, constant, bound, .. }) = (column, expr)
        else {
            return;
        };
        let state = &self.loops[id];
        let object = self.element(id, raw);
        let mut any = false;
        let mut write = |key: Value<'_>, value: Value<'_>| {
            let target = column.open();
            target.push(if any { b',' } else { b'{' });
            any = true;
            target.extend_from_slice(key.token());
            target.push(b':');
            compact(value, target);
        };
        if object.kind() == Kind::Object {
            let mut not_held: Vec<u32> = Vec::new();
            for (slot, node) in state.keys.without(&state.held) {
                let value = object.at(node);
                let is_slot = |at: &JsonPath| at.member() == Some((id, slot));
                let is_null =
                    value.kind() == Kind::Null && bound.contains(&slot) && !nulls && !keep.iter().any(is_slot);
                let is_constant = constant
                    .iter()
                    .any(|(at, text)| is_slot(at) && value.kind() == Kind::String && value.is_text(text.as_bytes()));
                if !is_null && !is_constant && !drop.iter().any(is_slot) {
                    not_held.push(node);
                }
            }
            // In source order, between the members that no column knows.
            not_held.sort_unstable();
            let mut not_held = not_held.into_iter().peekable();
            for &(key, value) in state.keys.unknown() {
                while let Some(node) = not_held.next_if(|&node| node < value) {
                    write(object.key_of(node), object.at(node));
                }
                write(object.at(key), object.at(value));
            }
            for node in not_held {
                write(object.key_of(node), object.at(node));
            }
        }
        if any {
            column.open().push(b'}');
        } else if *always {
            column.open().extend_from_slice(b"{}");
        }
        if any || *always { column.close(true) } else { column.push_null() }
    }

    /// Index of the closest preceding element, or of the current element if there is none.
    fn nearest_index(&self, of: &NearestRef, raw: RawRecord<'_>) -> i64 {
        self.nearest(of, raw).unwrap_or(self.loops[of.level].element).index
    }

    fn append_concatenated(&mut self, parts: &[ConcatPart], column: &mut Column, raw: RawRecord<'_>) {
        let Column::Text(column) = column else { return };
        let target = column.open();
        let mut replaced = false;
        for part in parts {
            let text = match part {
                ConcatPart::Literal { value } => Some(Cow::Borrowed(value.as_bytes())),
                ConcatPart::Text { at } => {
                    let value = self.lookup(at, raw);
                    replaced |= value.is_some_and(has_lone_surrogate);
                    value.and_then(string_text)
                }
                ConcatPart::FirstInteger { options } => {
                    let number = options.iter().find_map(|at| {
                        // The same range as an index column.
                        self.lookup(at, raw).and_then(integer_or_text).filter(|&number| i32::try_from(number).is_ok())
                    });
                    match number {
                        Some(number) => {
                            push_decimal(target, number);
                            continue;
                        }
                        None => None,
                    }
                }
                ConcatPart::Index { level } => {
                    push_decimal(target, self.loops[level.0].element.index);
                    continue;
                }
                ConcatPart::NearestIndex { of } => {
                    push_decimal(target, self.nearest_index(of, raw));
                    continue;
                }
                ConcatPart::Path { level } => Some(Cow::Borrowed(self.loops[level.0].leaves.path())),
            };
            match text {
                Some(text) => target.extend_from_slice(&text),
                None => return column.push_null(),
            }
        }
        column.close(true);
        self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
    }

    fn append_lookup(
        &mut self,
        at: &JsonPath,
        field: usize,
        endings: &[String],
        column: &mut Column,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        if let Err(error) = self.record.json(raw, field, Outer::Object) {
            return Err(self.at_field(field, error));
        }
        self.record.index(raw, field);
        let found = match self.value(at, raw)? {
            Some(value) if value.kind() == Kind::String => {
                let text = string_text(value);
                let is_key = text.as_ref().is_some_and(|text| endings.iter().any(|end| text.ends_with(end.as_bytes())));
                if is_key { Err(text.map(Cow::into_owned)) } else { Ok(value) }
            }
            _ => Err(None),
        };
        let text = match &found {
            Ok(value) => Some(*value),
            Err(key) => key.as_ref().and_then(|key| self.record.indexed(raw, field, key)),
        };
        let replaced = push_string(column, text);
        self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
        Ok(())
    }

    fn append_first(
        &mut self,
        list: &Expr,
        list_type: &Type,
        column: &mut Column,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let mut spare = self.spare.pop().unwrap_or_else(|| Column::new(list_type));
        spare.truncate(0);
        let done = self.append(list, &mut spare, list_type, raw);
        match &spare {
            Column::List(list) if done.is_ok() && !list.items().is_empty() => column.push_from(list.items(), 0),
            _ => column.push_null(),
        }
        self.spare.push(spare);
        done
    }
}

/// Appends an integer in decimal; most are positions of one digit.
#[inline]
fn push_decimal(target: &mut Vec<u8>, number: i64) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => target.push(b'0' + digit),
        _ => {
            // Writing to a vector does not fail.
            let _ = write!(target, "{number}");
        }
    }
}
