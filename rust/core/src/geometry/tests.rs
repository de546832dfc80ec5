//! Boxes of single shapes, of whole batches, and what must hold of any box.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

mod batches;
mod invariances;

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, ListBuilder, StructBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields};

use super::Boxes;

const NUMBERS: [&str; 15] =
    ["x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle", "x_center", "y_center", "depth"];
const DECLARATION: &str = r#"{
    "named_by": "name",
    "names": {
        "point": "point", "line": "line", "circle": "circle", "ellipse": "ellipse", "rectangle": "rectangle",
        "points": "points", "column": "column", "horizontal_line": "horizontal_line", "vertical_line": "vertical_line", "none": "none"
    },
    "prefixes": [["un", "none"], ["unlike", "point"]],
    "detected_by": [[["depth"], "none"], [["points"], "points"], [["x1", "y1", "x2", "y2"], "line"], [["x", "y"], "point"]],
    "centred": ["side", "middle"],
    "roles": {
        "corner": ["x", "y"], "centre": ["x_center", "y_center"], "start": ["x1", "y1"], "end": ["x2", "y2"],
        "size": ["width", "height"], "radius": "r", "radii": ["rx", "ry"], "angle": "angle",
        "points": "points", "coordinates": ["x", "y"]
    }
}"#;

/// `cx, xmin, xmax, cy, ymin, ymax`.
type Found = [Option<f64>; 6];

/// A mark of a batch; what isn't said is null.
#[derive(Clone, Debug, Default)]
struct Mark {
    name: Option<&'static str>,
    side: Option<&'static str>,
    numbers: Vec<(&'static str, f64)>,
    points: Option<Vec<Point>>,
}

/// Both coordinates, or a point that is null.
type Point = Option<(Option<f64>, Option<f64>)>;

fn mark(name: &'static str, numbers: &[(&'static str, f64)]) -> Mark {
    Mark { name: Some(name), numbers: numbers.to_vec(), ..Mark::default() }
}

fn outline(points: impl IntoIterator<Item = (f64, f64)>) -> Mark {
    let points = points.into_iter().map(|(x, y)| Some((Some(x), Some(y)))).collect();
    Mark { name: Some("points"), points: Some(points), ..Mark::default() }
}

fn point_fields() -> Fields {
    ["x", "y"].map(|name| Field::new(name, DataType::Float64, true)).into_iter().collect()
}

fn lists(marks: &[Mark]) -> ArrayRef {
    let mut lists = ListBuilder::new(StructBuilder::from_fields(point_fields(), 0));
    for mark in marks {
        for point in mark.points.iter().flatten() {
            let items = lists.values();
            let (x, y) = point.unwrap_or_default();
            items.field_builder::<Float64Builder>(0).unwrap().append_option(x);
            items.field_builder::<Float64Builder>(1).unwrap().append_option(y);
            items.append(point.is_some());
        }
        lists.append(mark.points.is_some());
    }
    Arc::new(lists.finish())
}

fn batch(marks: &[Mark]) -> StructArray {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("name", Arc::new(marks.iter().map(|mark| mark.name).collect::<StringArray>())),
        ("side", Arc::new(marks.iter().map(|mark| mark.side).collect::<StringArray>())),
        ("points", lists(marks)),
    ];
    for name in NUMBERS {
        let of = |mark: &Mark| mark.numbers.iter().find(|(member, _)| *member == name).map(|(_, value)| *value);
        columns.push((name, Arc::new(marks.iter().map(of).collect::<Float64Array>())));
    }
    let (fields, arrays): (Vec<_>, Vec<_>) =
        columns.into_iter().map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array)).unzip();
    StructArray::try_new_with_length(fields.into(), arrays, None, marks.len()).unwrap()
}

fn boxes() -> Boxes {
    Boxes::from_json(DECLARATION).unwrap()
}

fn rows(found: &StructArray) -> Vec<Found> {
    assert_eq!(found.column_names(), ["cx", "xmin", "xmax", "cy", "ymin", "ymax"]);
    let columns: Vec<_> = found.columns().iter().map(AsArray::as_primitive::<Float64Type>).collect();
    let row = |at| std::array::from_fn(|i| columns[i].is_valid(at).then(|| columns[i].value(at)));
    (0..found.len()).map(row).collect()
}

fn found(marks: &[Mark]) -> Vec<Found> {
    rows(&boxes().of(&batch(marks)).unwrap())
}

fn alone(mark: Mark) -> Found {
    found(&[mark])[0]
}
