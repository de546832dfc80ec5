//! Truncation to an earlier length leaves no trace of later values.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Array, Cell, Column, Leniencies, Type, append, append_cell, finish, list, samples};

/// An operation on a column; it may fail half-way.
#[derive(Clone, Debug)]
enum Step {
    Json(String),
    Cell(String, bool),
    Null,
    /// A list that is started and not ended, as if one of its items had rejected the record.
    Unfinished(String),
}

impl Step {
    /// Returns whether it succeeded.
    fn apply(&self, column: &mut Column, kind: &Type) -> bool {
        match self {
            Self::Json(json) => {
                append(column, kind, json);
                true
            }
            Self::Cell(text, quoted) => {
                let cell = Cell { text: text.as_bytes(), quoted: *quoted };
                append_cell(column, kind, cell, &[], None, &mut Leniencies::default()).is_ok()
            }
            Self::Null => {
                column.push_null();
                true
            }
            Self::Unfinished(json) => {
                if let (Column::List(list), Type::List(item)) = (&mut *column, kind) {
                    append(list.open(), item, json);
                }
                false
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let broken = select(vec![
        "\"text \\ud800\"",
        "[\"a\",\"\\ud800\"]",
        "{\"unknown\":1,\"t\":null,\"s\":\"\\ud800\"}",
        "{\"kept\":[{\"z\":1,\"s\":\"a\"},{\"y\":2,\"s\":\"b\\udfff\"}],\"unknown\":2}",
    ]);
    let cell = select(vec!["", "NA", "12", "7.0", "x", "true", "T", "2.5", "2017-05-22 21:08:29 UTC", "99999999999"]);
    prop_oneof![
        4 => samples::object().prop_map(Step::Json),
        3 => samples::value().prop_map(Step::Json),
        2 => broken.prop_map(|json| Step::Json(json.to_owned())),
        3 => (cell, any::<bool>()).prop_map(|(text, quoted)| Step::Cell(text.to_owned(), quoted)),
        1 => Just(Step::Null),
        1 => samples::value().prop_map(Step::Unfinished),
    ]
}

fn kind() -> impl Strategy<Value = Type> {
    let metadata = Type::Struct(samples::metadata());
    select(vec![
        Type::Int32,
        Type::Int32Text,
        Type::Int64,
        Type::Float64,
        Type::Bool,
        Type::String,
        Type::Time,
        Type::Json,
        list(Type::Int64),
        list(Type::String),
        list(list(Type::Json)),
        metadata.clone(),
        metadata.clone(),
        list(metadata),
    ])
}

/// Applies an operation and truncates after a failure; returns whether it succeeded.
fn apply(column: &mut Column, kind: &Type, step: &Step) -> bool {
    let mark = column.len();
    let done = step.apply(column, kind);
    if !done {
        column.truncate(mark);
    }
    assert_eq!(column.len(), mark + usize::from(done));
    done
}

proptest! {
    #![proptest_config(crate::testing::cases(1500))]

    #[test]
    fn truncate_leaves_no_trace(
        kind in kind(),
        before in vec(step(), 0..12),
        undone in vec(step(), 0..12),
        after in vec(step(), 0..6),
    ) {
        let (mut column, mut plain) = (Column::new(&kind), Column::new(&kind));
        for step in &before {
            if apply(&mut column, &kind, step) {
                step.apply(&mut plain, &kind);
            }
        }
        let mark = column.len();
        for step in &undone {
            // The last operation is not truncated, even if it failed.
            step.apply(&mut column, &kind);
            if column.len() > mark + 20 {
                break;
            }
        }
        column.truncate(mark);
        prop_assert_eq!(column.len(), mark);
        for step in &after {
            if apply(&mut column, &kind, step) {
                step.apply(&mut plain, &kind);
            }
        }
        let (array, expected) = (finish(&mut column, &kind), finish(&mut plain, &kind));
        prop_assert_eq!(array.to_data(), expected.to_data());

        // The truncated column behaves like a new one.
        for step in &after {
            apply(&mut column, &kind, step);
        }
        let again = finish(&mut column, &kind);
        let kept = expected.len() - mark;
        prop_assert_eq!(again.to_data(), expected.slice(mark, kept).to_data());
    }

    #[test]
    fn truncate_to_any_length_is_a_slice(kind in kind(), steps in vec(step(), 0..20), at in any::<prop::sample::Index>()) {
        let (mut column, mut whole) = (Column::new(&kind), Column::new(&kind));
        for step in &steps {
            apply(&mut column, &kind, step);
            apply(&mut whole, &kind, step);
        }
        let length = at.index(column.len() + 1);
        column.truncate(length);
        let (array, whole) = (finish(&mut column, &kind), finish(&mut whole, &kind));
        prop_assert_eq!(array.to_data(), whole.slice(0, length).to_data());
    }

    /// Nulls appended together, and repeated values, equal those appended one at a time, also after truncation.
    #[test]
    fn many_at_once_are_as_many_one_by_one(kind in kind(), steps in vec((step(), 0..70_usize, 0..4_usize), 0..8)) {
        let (mut column, mut plain) = (Column::new(&kind), Column::new(&kind));
        for (step, nulls, times) in &steps {
            apply(&mut column, &kind, step);
            apply(&mut plain, &kind, step);
            column.pad(column.len() + nulls);
            column.pad(column.len().saturating_sub(1));
            (0..*nulls).for_each(|_| plain.push_null());
            let mut one = Column::new(&kind);
            apply(&mut one, &kind, step);
            column.push_repeated(&one, *times);
            (0..*times).for_each(|_| plain.push_from(&one, 0));
            prop_assert_eq!(column.len(), plain.len());
            prop_assert_eq!(column.is_last_null(), plain.is_last_null());
        }
        let (array, expected) = (finish(&mut column, &kind), finish(&mut plain, &kind));
        prop_assert_eq!(array.to_data(), expected.to_data());
    }
}
