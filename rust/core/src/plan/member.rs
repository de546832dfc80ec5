//! What most columns of a row are: missing, a member of the part at hand, or a value that is told at once.

use crate::columns::{CellError, Column, Type, append_plain, append_scalar, append_value};
use crate::json::{Kind, Value};
use crate::leniency::Leniencies;

use super::eval::{append_strictly, push_number, push_text, surrogate};
use super::machine::{Fault, Machine};
use super::program::{Member, Op, Ref, Root};
use super::record::Fields;
use super::spec::Mode;

impl Machine {
    /// Whether `op` gives a null because what it is of has no such member.
    #[inline]
    pub fn is_missing(&self, op: &Op) -> bool {
        match op {
            Op::FirstOf(options) => options.iter().all(|option| self.is_member_missing(option)),
            other => self.is_member_missing(other),
        }
    }

    /// The same for operations that are not made of others.
    #[inline]
    fn is_member_missing(&self, op: &Op) -> bool {
        match op {
            Op::Null => true,
            Op::Member(Member { id, slot, .. })
            | Op::Value(Ref { root: Root::Slot(id, slot), .. }, _)
            | Op::Json(Ref { root: Root::Slot(id, slot), .. })
            | Op::Atom(Ref { root: Root::Slot(id, slot), .. }) => self.loops[*id].keys.found(*slot).is_none(),
            Op::Zip { id, slots } => slots.iter().any(|&slot| self.loops[*id].keys.found(slot).is_none()),
            _ => false,
        }
    }

    /// What `op` comes down to: the side of a test, or the one of several members that is there.
    #[inline]
    pub fn chosen<'o>(&mut self, mut op: &'o Op, fields: Fields<'_>) -> Result<&'o Op, Fault> {
        loop {
            op = match op {
                Op::When(check, then, otherwise) => {
                    if self.holds(check, fields)? {
                        then
                    } else {
                        otherwise
                    }
                }
                Op::FirstOf(options) => {
                    let mut there = options.iter().filter(|option| !self.is_member_missing(option));
                    match (there.next(), there.next()) {
                        (None, _) => &Op::Null,
                        (Some(only), None) => only,
                        (Some(_), Some(_)) => return Ok(op),
                    }
                }
                _ => return Ok(op),
            };
        }
    }

    /// Appends what `op` gives, which is not missing.
    #[inline]
    pub fn append_one(&mut self, op: &Op, column: &mut Column, kind: &Type, fields: Fields<'_>) -> Result<(), Fault> {
        match op {
            Op::Number(id) => push_number(column, self.loops[*id].part.number),
            Op::Integer(number) => push_number(column, *number),
            Op::Text(text) => push_text(column, Some(text)),
            Op::Record(number) => column.push_from(&self.values[*number], 0),
            Op::Member(member) => match self.loops[member.id].keys.found(member.slot) {
                Some(found) => self.append_member(*member, found, column, kind, fields)?,
                None => column.push_null(),
            },
            other => self.append_found(other, column, kind, fields)?,
        }
        Ok(())
    }

    /// Appends a member that is there, by the place of its value.
    pub fn append_member(
        &mut self,
        member: Member,
        found: u32,
        column: &mut Column,
        kind: &Type,
        fields: Fields<'_>,
    ) -> Result<(), Fault> {
        let Member { id, slot, mode } = member;
        let state = &self.loops[id];
        let value = self.record.parsed(fields, state.field).at(found);
        let plain = matches!(mode, Mode::Exact | Mode::Lenient).then(|| append_plain(column, kind, value)).flatten();
        let exact = if let Some(exact) = plain {
            exact
        } else {
            let mut leniencies = Leniencies::default();
            let exact = append_by(mode, column, kind, value, &mut leniencies);
            if self.counting {
                self.leniencies += leniencies;
            }
            exact.map_err(|error| (self.blamed(&Ref { root: Root::Slot(id, slot), steps: Vec::new() }), error))?
        };
        self.loops[id].fits[slot] = exact;
        Ok(())
    }
}

/// Appends a value as `mode` says; gives whether the column holds it exactly.
pub fn append_by(
    mode: Mode,
    column: &mut Column,
    kind: &Type,
    value: Value<'_>,
    leniencies: &mut Leniencies,
) -> Result<bool, CellError> {
    if value.kind() == Kind::Null && mode != Mode::Required || mode == Mode::Exact && !is_of(kind, value.kind()) {
        column.push_null();
        return Ok(false);
    }
    match mode {
        Mode::Lenient | Mode::Exact => append_value(column, kind, value).map_err(surrogate),
        Mode::Readable => append_value(column, kind, value).map(|_| !column.is_last_null()).map_err(surrogate),
        Mode::Required => append_strictly(column, kind, value).map(|()| true),
        Mode::Strict | Mode::Hex => append_scalar(column, kind, value, mode == Mode::Hex, leniencies).map(|()| true),
    }
}

/// Whether JSON values of this type are values of the column's type.
const fn is_of(kind: &Type, found: Kind) -> bool {
    match kind {
        Type::Int32 | Type::Int64 | Type::Float64 => matches!(found, Kind::Number),
        Type::Bool => matches!(found, Kind::True | Kind::False),
        Type::List(_) => matches!(found, Kind::Array),
        Type::Struct(_) => matches!(found, Kind::Object),
        Type::String | Type::Time | Type::Int32Text => matches!(found, Kind::String),
        Type::Json => true,
    }
}
