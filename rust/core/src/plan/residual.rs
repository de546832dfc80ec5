//! Which members the columns of a row hold: a residual has the others.

use super::ops::Expr;
use super::refs::JsonPath;

impl Expr {
    /// Reports each member, by loop and slot, that the expression holds exactly if it fits the column.
    pub fn held_members(&self, report: &mut impl FnMut((usize, usize))) {
        match self {
            Self::Value { at, .. } | Self::ToJson { at } => at.member().into_iter().for_each(report),
            Self::ZipLists { lists, .. } => lists.iter().filter_map(JsonPath::member).for_each(report),
            Self::Coalesce { options } => options.iter().for_each(|option| option.held_members(report)),
            Self::When { then, otherwise, .. } => {
                then.held_members(report);
                otherwise.held_members(report);
            }
            _ => {}
        }
    }

    /// The loop whose residual the expression gives.
    pub fn residual_of(&self) -> Option<usize> {
        match self {
            Self::Residual { level, .. } => Some(level.0),
            Self::Coalesce { options } => options.iter().find_map(Self::residual_of),
            Self::When { then, otherwise, .. } => then.residual_of().or_else(|| otherwise.residual_of()),
            _ => None,
        }
    }

    /// Gives a residual the slots that columns of its row read.
    pub fn bind_residual(&mut self, slots: &[usize]) {
        match self {
            Self::Residual { bound, .. } => slots.clone_into(bound),
            Self::Coalesce { options } => options.iter_mut().for_each(|option| option.bind_residual(slots)),
            Self::When { then, otherwise, .. } => {
                then.bind_residual(slots);
                otherwise.bind_residual(slots);
            }
            _ => {}
        }
    }
}
