use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, StructArray};
use arrow_schema::{Field, Fields, Schema};

use super::{EncodingPlan, plan_encoding};

fn plan(columns: &[(&str, Vec<ArrayRef>)]) -> EncodingPlan {
    let fields: Fields =
        columns.iter().map(|(name, arrays)| Field::new(*name, arrays[0].data_type().clone(), true)).collect();
    let arrays: Vec<Vec<ArrayRef>> = columns.iter().map(|(_, arrays)| arrays.clone()).collect();
    plan_encoding(&Schema::new(fields), &arrays)
}

fn texts(rows: usize, text: impl Fn(usize) -> String) -> ArrayRef {
    Arc::new((0..rows).map(|row| Some(text(row))).collect::<StringArray>())
}

#[test]
fn values_that_repeat_get_a_dictionary_and_short_ones_statistics() {
    let found = plan(&[
        ("kind", vec![texts(1000, |row| format!("kind {}", row % 7))]),
        ("id", vec![texts(1000, |row| row.to_string())]),
        ("long", vec![texts(1000, |row| format!("{}{}", "x".repeat(200), row % 7))]),
        ("number", vec![Arc::new((0..1000).map(|row| Some(row % 9)).collect::<Int64Array>())]),
        ("flag", vec![Arc::new((0..1000).map(|row| Some(row % 2 == 0)).collect::<BooleanArray>())]),
        ("empty", vec![Arc::new((0..1000).map(|_| None).collect::<Float64Array>())]),
    ]);
    assert_eq!(found.dictionary, ["kind", "long", "number", "empty"]);
    assert_eq!(found.statistics, ["kind", "id", "number", "flag", "empty"]);
}

#[test]
fn runs_of_equal_numbers_count_once_and_runs_of_equal_text_do_not() {
    let numbers: Int64Array = (0..3000).map(|row| Some(row / 3)).collect();
    let found = plan(&[("number", vec![Arc::new(numbers)]), ("text", vec![texts(3000, |row| (row / 3).to_string())])]);
    assert_eq!(found.dictionary, ["text"]);
}

#[test]
fn leaves_of_structs_and_lists_have_the_paths_of_parquet() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..1000 {
        lists.append_value([Some(format!("a{}", row % 3)), None]);
    }
    let inner: ArrayRef = Arc::new(lists.finish());
    let id = texts(1000, |row| row.to_string());
    let fields: Fields =
        vec![Field::new("list", inner.data_type().clone(), true), Field::new("id", id.data_type().clone(), true)]
            .into();
    let found = plan(&[("s", vec![Arc::new(StructArray::new(fields, vec![inner, id], None))])]);
    assert_eq!(found.dictionary, ["s.list.list.element"]);
    assert_eq!(found.statistics, ["s.list.list.element", "s.id"]);
}

#[test]
fn how_rows_are_cut_into_batches_does_not_change_the_plan() {
    // The share of distinct values is near the limit, so that another sample could give another plan.
    for distinct in [1, 1500, 2400, 2900, 3100, 4500] {
        let whole = texts(6000, |row| (row * 7919 % distinct).to_string());
        let parts =
            [0, 1, 511, 512, 700, 4096, 5999, 6000].windows(2).map(|ends| whole.slice(ends[0], ends[1] - ends[0]));
        assert_eq!(plan(&[("text", parts.collect())]), plan(&[("text", vec![whole.clone()])]));
    }
}

#[test]
fn few_rows_get_dictionaries() {
    let found = plan(&[("id", vec![texts(255, |row| row.to_string())])]);
    assert_eq!(found.dictionary, ["id"]);
    assert_eq!(plan(&[("id", vec![texts(256, |row| row.to_string())])]).dictionary, Vec::<String>::new());
}
