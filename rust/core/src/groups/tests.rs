#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Int32Array, Int64Array, ListArray, StringArray};
use proptest::prelude::*;

use super::{Groups, Items, counted, lists_of, sorted_rows};

fn groups(columns: &[ArrayRef]) -> (Vec<i32>, Vec<i32>) {
    let found = Groups::of(columns).unwrap();
    (found.of_row.values().to_vec(), found.firsts.values().to_vec())
}

#[test]
fn rows_are_equal_if_all_columns_are() {
    let text: ArrayRef = Arc::new(StringArray::from(vec![
        Some("a"),
        None,
        Some(""),
        Some("a"),
        Some("a\0"),
        None,
        Some("longer than eight"),
    ]));
    let number: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(1), Some(1), None, Some(1)]));
    assert_eq!(groups(&[text, number]), (vec![0, 1, 2, 0, 3, 1, 4], vec![0, 1, 2, 4, 6]));
}

#[test]
fn a_part_of_an_array_is_grouped_as_that_part() {
    let flag: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(false)]));
    assert_eq!(groups(&[flag.slice(1, 3)]), (vec![0, 1, 0], vec![0, 1]));
}

#[test]
fn columns_of_other_types_or_lengths_are_refused() {
    let one: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let two: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let real: ArrayRef = Arc::new(arrow_array::Float64Array::from(vec![1.0]));
    assert!(Groups::of(&[]).is_err());
    assert!(Groups::of(&[one, two]).is_err());
    assert!(Groups::of(&[real]).is_err());
}

fn lists(keys: &[i64], own: &[i64], values: &[i32]) -> Option<Vec<Vec<i32>>> {
    let found = lists_of(&keys.to_vec().into(), &own.to_vec().into(), &values.to_vec().into()).ok()?;
    Some(found.iter().map(|list| list.unwrap().as_primitive::<Int32Type>().values().to_vec()).collect())
}

#[test]
fn lists_have_each_value_once_in_order() {
    assert_eq!(lists(&[3, 5, 9], &[3, 3, 3, 9], &[7, 1, 7, 7]), Some(vec![vec![7, 1], vec![], vec![7]]));
    assert_eq!(lists(&[3], &[], &[]), Some(vec![vec![]]));
}

#[test]
fn values_without_a_key_are_an_error() {
    assert_eq!(lists(&[3], &[4], &[1]), None);
    assert_eq!(lists(&[3, 4], &[4, 3], &[1, 1]), None);
}

#[test]
fn items_of_lists_have_the_rows_of_their_lists() {
    let of = |rows: Vec<Option<Vec<Option<i32>>>>| ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
    let one = of([vec![9], vec![], vec![7, 9], vec![3]].map(|row| Some(row.into_iter().map(Some).collect())).into());
    let other = of(vec![Some(vec![Some(3)]), Some(vec![Some(0)])]);
    let found = Items::of(&[Arc::new(one.slice(1, 3)), Arc::new(other)]).unwrap();
    assert_eq!(found.numbers, [7, 9, 3, 0]);
    assert_eq!(found.of_row, [0, 1, 2, 2, 3]);
    assert_eq!(found.lists, [1, 1, 2, 0, 1]);
    assert!(Items::of(&[Arc::new(of(vec![Some(vec![Some(-1)])]))]).is_err());
    assert!(Items::of(&[Arc::new(of(vec![Some(vec![Some(i32::MAX)])]))]).is_err());
    assert!(Items::of(&[Arc::new(Int32Array::from(vec![1]))]).is_err());
}

proptest! {
    #[test]
    fn groups_are_those_of_a_map(rows in prop::collection::vec((prop::option::of("[ab]{0,9}"), prop::option::of(0i32..3)), 0..200)) {
        let text: ArrayRef = Arc::new(rows.iter().map(|row| row.0.clone()).collect::<StringArray>());
        let number: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<Int32Array>());
        let mut known = HashMap::new();
        let mut firsts = Vec::new();
        let expected: Vec<i32> = rows.iter().enumerate().map(|(row, value)| {
            let next = i32::try_from(known.len()).unwrap();
            *known.entry(value).or_insert_with(|| { firsts.push(i32::try_from(row).unwrap()); next })
        }).collect();
        prop_assert_eq!(groups(&[text, number]), (expected, firsts));
    }

    #[test]
    fn lists_have_the_distinct_values(values in prop::collection::vec((0i64..4, 0i32..40), 0..300)) {
        let mut values = values;
        values.sort_by_key(|pair| pair.0);
        let (own, all): (Vec<i64>, Vec<i32>) = values.iter().copied().unzip();
        let mut expected = vec![Vec::new(); 4];
        for (key, value) in values {
            let list = &mut expected[usize::try_from(key).unwrap()];
            if !list.contains(&value) {
                list.push(value);
            }
        }
        prop_assert_eq!(lists(&[0, 1, 2, 3], &own, &all), Some(expected));
    }

    #[test]
    fn integers_are_sorted_and_counted(values in prop::collection::vec(prop_oneof![any::<i64>(), -5i64..5, 0i64..5000], 0..700)) {
        let mut rows: Vec<i64> = (0..).take(values.len()).collect();
        rows.sort_by_key(|&row| values[usize::try_from(row).unwrap()]);
        prop_assert_eq!(sorted_rows(&values), rows);
        let mut counts = BTreeMap::new();
        for &value in &values {
            *counts.entry(value).or_insert(0) += 1;
        }
        prop_assert_eq!(counted(&values), counts.into_iter().unzip());
    }
}
