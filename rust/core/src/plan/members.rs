//! Rows of which each is an element of a loop: a member of an object or an item of an array, with its key, index, type and
//! text. Such rows are filled column by column.

use crate::columns::{Column, Mode, Type, append_value, push_integer, push_string, push_text};
use crate::json::{Kind, TypeSet, Value, compact};
use crate::leniency::Leniency;

use super::machine::{Element, Fault, RecordEvaluator};
use super::ops::{Expr, Predicate};
use super::program::{Loop, Row, Scope};
use super::record::RawRecord;
use super::refs::{JsonPath, LongPath, Root};
use super::run::TableBuilder;
use super::spec::Elements;

/// The output of a record is measured after at most so many rows.
const MOST_ROWS: usize = 1024;

/// What a column has of an element.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Its key.
    Key,
    /// Its index.
    Index,
    /// The name of its type.
    Kind,
    /// Its text, if it is a scalar.
    Text,
    /// Its value, if it has the column's type.
    Scalar,
    /// Its JSON, if it is of one of these types.
    Json(TypeSet),
}

/// Finds the loops whose elements each give such a row, if a predicate matches.
pub fn find(scope: &mut Scope) {
    for inner in &mut scope.loops {
        find(&mut inner.scope);
        inner.parts = parts_of(inner);
    }
    scope.branches.iter_mut().flatten().for_each(|(_, inner)| find(inner));
}

fn parts_of(inner: &Loop) -> Option<Vec<Part>> {
    // The columns that are read once per record are those of an element that was entered before, not of this loop.
    let is_plain = !matches!(inner.elements, Elements::One | Elements::Leaves);
    let is_plain = is_plain && inner.once.is_none() && inner.others.is_none();
    let (_, row) = row_of(&inner.scope).filter(|_| is_plain)?;
    if row.residual_of.is_some() {
        return None;
    }
    row.columns[row.repeated..].iter().map(|(_, expr, kind)| part_of(expr, kind, inner.id)).collect()
}

/// The row of a scope that gives one, and the predicate on it.
fn row_of(scope: &Scope) -> Option<(Option<&Predicate>, &Row)> {
    let is_plain = scope.loops.is_empty() && scope.counters.is_empty() && scope.sketches.is_empty();
    match (&scope.rows[..], &scope.branches[..]) {
        _ if !is_plain => None,
        ([row], []) => Some((None, row)),
        ([], [branches]) => match &branches[..] {
            [(Some(predicate), inner)] => match row_of(inner)? {
                (None, row) => Some((Some(predicate), row)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// What a column has of the element of a loop; none if it has anything else.
fn part_of(expr: &Expr, kind: &Type, id: usize) -> Option<Part> {
    let is_element = |at: &JsonPath| matches!(at, JsonPath::Element(of) if *of == id);
    let is_scalar = matches!(kind, Type::Int32 | Type::Int64 | Type::Float64 | Type::Bool);
    match expr {
        Expr::ScalarText { at } if is_element(at) => Some(Part::Text),
        Expr::ScalarText { at: JsonPath::Long(long) } => match &**long {
            LongPath { root: Root::Key(of), steps } if *of == id && steps.is_empty() => Some(Part::Key),
            _ => None,
        },
        Expr::JsonType { at } if is_element(at) => Some(Part::Kind),
        Expr::Index { level } if level.0 == id => Some(Part::Index),
        Expr::Value { at, mode: Mode::Exact, decode: None } if is_scalar && is_element(at) => Some(Part::Scalar),
        Expr::When { test, then, otherwise } => match (&**test, &**then, &**otherwise) {
            (Predicate::IsType { at, types }, Expr::ToJson { at: of }, Expr::Null) if is_element(at) && at == of => {
                Some(Part::Json(*types))
            }
            _ => None,
        },
        _ => None,
    }
}

impl RecordEvaluator {
    /// Appends the rows of the elements of a loop, each of which has these parts of its element.
    pub fn append_members(
        &mut self,
        inner: &Loop,
        parts: &[Part],
        raw: RawRecord<'_>,
        tables: &mut [TableBuilder],
    ) -> Result<(), Fault> {
        let Some((predicate, row)) = row_of(&inner.scope) else { return Ok(()) };
        if let Some(predicate) = predicate {
            self.keep_matching(inner.id, predicate, raw)?;
        }
        let elements = std::mem::take(&mut self.loops[inner.id].elements);
        let done = elements.chunks(MOST_ROWS).try_for_each(|some| {
            self.append_parts(row, parts, (inner.id, some), raw, &mut tables[row.table])?;
            if self.meter.add_rows(row.table, some.len()) { self.check_output(tables) } else { Ok(()) }
        });
        self.loops[inner.id].elements = elements;
        done
    }

    /// Leaves out the elements of a loop that a predicate does not match.
    fn keep_matching(&mut self, id: usize, predicate: &Predicate, raw: RawRecord<'_>) -> Result<(), Fault> {
        let mut kept = 0;
        for at in 0..self.loops[id].elements.len() {
            let element = self.loops[id].elements[at];
            self.loops[id].at = at;
            self.enter(id, element, raw);
            if self.matches(predicate, raw)? {
                self.loops[id].elements[kept] = element;
                kept += 1;
            }
        }
        self.loops[id].elements.truncate(kept);
        Ok(())
    }

    fn append_parts(
        &mut self,
        row: &Row,
        parts: &[Part],
        (id, elements): (usize, &[Element]),
        raw: RawRecord<'_>,
        table: &mut TableBuilder,
    ) -> Result<(), Fault> {
        self.repeatable &= !row.reads_record;
        let (repeated, others) = row.columns.split_at(row.repeated);
        if table.rows == table.started {
            self.counts_leniencies = row.table == 0;
            repeated.iter().try_for_each(|column| self.append_column(column, raw, table))?;
        }
        let value = self.record.parsed(raw, self.loops[id].field);
        let mut replaced = false;
        for ((index, _, kind), part) in others.iter().zip(parts) {
            replaced |= append_part(*part, (&mut table.columns[*index], kind), value, elements, table.rows);
        }
        self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
        table.rows += elements.len();
        Ok(())
    }
}

/// Appends a part of each of these elements, of which the first is at this row; nulls at the end are appended later. Gives
/// whether a lone surrogate was replaced.
fn append_part(
    part: Part,
    (column, kind): (&mut Column, &Type),
    value: Value<'_>,
    elements: &[Element],
    row: usize,
) -> bool {
    let mut replaced = false;
    let rows = (row..).zip(elements);
    match part {
        Part::Index => {
            column.pad(row);
            for element in elements {
                push_integer(column, element.index);
            }
        }
        Part::Kind => {
            column.pad(row);
            for element in elements {
                push_text(column, Some(value.at(element.node).kind().name().as_bytes()));
            }
        }
        Part::Key => {
            for (row, key) in rows.filter_map(|(row, element)| Some((row, element.key?))) {
                column.pad(row);
                replaced |= push_string(column, Some(value.at(key)));
            }
        }
        Part::Text => {
            for (row, element) in rows {
                let value = value.at(element.node);
                match value.kind() {
                    Kind::String => {
                        column.pad(row);
                        replaced |= push_string(column, Some(value));
                    }
                    Kind::Number | Kind::True | Kind::False => {
                        column.pad(row);
                        push_text(column, Some(value.bytes()));
                    }
                    Kind::Null | Kind::Array | Kind::Object => {}
                }
            }
        }
        Part::Scalar => {
            for (row, value) in rows.map(|(row, element)| (row, value.at(element.node))) {
                if kind.is_json_type(value.kind()) {
                    column.pad(row);
                    append_value(column, kind, value);
                }
            }
        }
        Part::Json(types) => {
            let Column::Text(text) = column else { return false };
            for (row, value) in rows.map(|(row, element)| (row, value.at(element.node))) {
                if types.contains(value.kind()) {
                    text.pad(row);
                    compact(value, text.open());
                    text.close(true);
                }
            }
        }
    }
    replaced
}
