//! Evaluates the operations on coordinates: lists of points, and positions on a map.

use crate::columns::{Column, Type, append_value};
use crate::json::{Kind, Value, parse_decimal, parse_f64, string_text};

use super::machine::{Fault, RecordEvaluator};
use super::record::RawRecord;
use super::refs::JsonPath;

/// Radius of the sphere of Web Mercator, in metres.
const EARTH: f64 = 6_378_137.0;

impl RecordEvaluator {
    /// Appends the items of lists side by side; the surplus of longer lists is cut, so the lists are not held exactly.
    pub fn append_zipped(
        &mut self,
        id: usize,
        members: &[JsonPath],
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) {
        let lists: Option<Vec<_>> = members.iter().map(|at| self.lookup(at, raw)).collect();
        let (Some(lists), Column::List(list), Type::List(item)) = (lists, &mut *column, kind) else {
            return column.push_null();
        };
        let (Type::Struct(inner), true) = (&**item, lists.iter().all(|list| list.kind() == Kind::Array)) else {
            return column.push_null();
        };
        let lengths = lists.iter().map(|list| list.items().count());
        let bounds = lengths.fold(None, |bounds: Option<(usize, usize)>, length| {
            Some(bounds.map_or((length, length), |(least, most)| (least.min(length), most.max(length))))
        });
        let (shortest, longest) = bounds.unwrap_or_default();
        let mut exact = shortest == longest;
        let Column::Struct(target) = list.open() else { return };
        for (index, (values, (_, kind))) in lists.iter().zip(&inner.fields).enumerate() {
            let child = target.child(index);
            for value in values.items().take(shortest) {
                exact &= append_value(child, kind, value).exact;
            }
        }
        target.close_n(shortest);
        list.close(true);
        for (_, slot) in members.iter().filter_map(JsonPath::member) {
            self.loops[id].held[slot] = exact;
        }
    }

    /// Appends an array of positions, each an array of numbers, as a list of structs; other positions are null.
    pub fn append_positions(
        &mut self,
        at: &JsonPath,
        column: &mut Column,
        kind: &Type,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let positions = self.value(at, raw)?.filter(|value| value.kind() == Kind::Array);
        let (Some(positions), Column::List(list), Type::List(item)) = (positions, &mut *column, kind) else {
            column.push_null();
            return Ok(());
        };
        for position in positions.items() {
            match (list.open(), &**item) {
                (Column::Struct(point), Type::Struct(inner)) if position.kind() == Kind::Array => {
                    let mut numbers = position.items();
                    for (index, (_, kind)) in inner.fields.iter().enumerate() {
                        match numbers.next() {
                            Some(number) => _ = append_value(point.child(index), kind, number),
                            None => point.child(index).push_null(),
                        }
                    }
                    point.close_n(1);
                }
                (point, _) => point.push_null(),
            }
        }
        list.close(true);
        Ok(())
    }

    /// Appends the longitude (0) or latitude (1) of a position in metres of Web Mercator.
    pub fn append_degrees(
        &mut self,
        metres: [&JsonPath; 2],
        part: usize,
        column: &mut Column,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let x = self.value(metres[0], raw)?.and_then(number);
        let y = self.value(metres[1], raw)?.and_then(number);
        let degrees = x.zip(y).map(|(x, y)| {
            let radians = if part == 0 { x / EARTH } else { (y / EARTH).sinh().atan() };
            radians * 180.0 / std::f64::consts::PI
        });
        match column {
            Column::Float64(column) => column.push(degrees),
            other => other.push_null(),
        }
        Ok(())
    }
}

/// The number, or the number that a string holds.
fn number(value: Value<'_>) -> Option<f64> {
    match value.kind() {
        Kind::Number => parse_f64(value.bytes()),
        _ => parse_decimal(&string_text(value)?),
    }
}
