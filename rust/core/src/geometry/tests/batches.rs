//! Shapes of marks, nulls, and unusual batches.

use arrow_array::ListArray;
use arrow_array::builder::NullBufferBuilder;
use arrow_buffer::NullBuffer;

use super::*;
use crate::error::Error;

const NOTHING: Found = [None; 6];

fn place(x: f64, y: f64) -> Found {
    [x, x, x, y, y, y].map(Some)
}

#[test]
fn a_name_goes_before_members() {
    let members = [("x1", 1.0), ("y1", 2.0), ("x2", 5.0), ("y2", 8.0), ("x", 30.0), ("y", 40.0)];
    let line = [3.0, 1.0, 5.0, 5.0, 2.0, 8.0].map(Some);
    for (name, expected) in [
        (Some("point"), place(30.0, 40.0)),
        (Some("line"), line),
        (Some("none"), NOTHING),
        (Some("unlike any"), NOTHING), // the first prefix that fits
        (Some("u"), line),
        (Some(""), line),
        (None, line),
        (Some("horizontal_line"), [None, None, None, Some(40.0), Some(40.0), Some(40.0)]),
        (Some("vertical_line"), [Some(30.0), Some(30.0), Some(30.0), None, None, None]),
    ] {
        assert_eq!(alone(Mark { name, ..mark("", &members) }), expected, "{name:?}");
    }
}

#[test]
fn what_tells_a_shape_is_that_members_are_there() {
    let found = |numbers: &[(&'static str, f64)]| alone(Mark { name: None, ..mark("", numbers) });
    assert_eq!(found(&[("x", 3.0), ("y", 4.0)]), place(3.0, 4.0));
    assert_eq!(found(&[("x", 3.0)]), NOTHING);
    assert_eq!(found(&[("x", 3.0), ("y", 4.0), ("depth", f64::NAN)]), NOTHING);
    assert_eq!(found(&[("x", 3.0), ("y", 4.0), ("x1", 1.0), ("y1", 1.0)]), place(3.0, 4.0));
    let empty = Mark { points: Some(Vec::new()), ..Mark::default() };
    assert_eq!(alone(Mark { numbers: vec![("x", 3.0), ("y", 4.0)], ..empty }), NOTHING);
}

#[test]
fn the_corner_or_the_centre_of_a_rectangle() {
    let both = [("x", 10.0), ("x_center", 50.0), ("width", 4.0), ("y_center", 7.0), ("height", 2.0)];
    let y = [7.0, 6.0, 8.0];
    for (side, x) in
        [(None, [12.0, 10.0, 14.0]), (Some("left"), [12.0, 10.0, 14.0]), (Some("middle"), [50.0, 48.0, 52.0])]
    {
        let expected = [x[0], x[1], x[2], y[0], y[1], y[2]].map(Some);
        assert_eq!(alone(Mark { side, ..mark("rectangle", &both) }), expected, "{side:?}");
    }
}

#[test]
fn a_member_that_is_no_number_is_there_and_gives_nothing() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let round = [("x_center", odd), ("x", 1.0), ("y", 2.0), ("r", 1.0)];
        let y = [Some(2.0), Some(1.0), Some(3.0)];
        assert_eq!(alone(mark("circle", &round)), [None, None, None, y[0], y[1], y[2]]);
        let turned = [("x", 1.0), ("y", 2.0), ("width", 2.0), ("height", 2.0), ("angle", odd)];
        assert_eq!(alone(mark("rectangle", &turned)), [Some(2.0), None, None, Some(3.0), None, None]);
    }
}

#[test]
fn zeros_keep_the_sign_of_the_first() {
    let bits = |found: Found| found.map(|value| value.unwrap().is_sign_negative());
    let line = |x1, x2| alone(mark("line", &[("x1", x1), ("x2", x2), ("y1", x1), ("y2", x2)]));
    assert_eq!(bits(line(-0.0, 0.0)), [false, true, true, false, true, true]);
    assert_eq!(bits(line(0.0, -0.0)), [false; 6]);
    assert_eq!(bits(alone(outline([(-0.0, 0.0), (0.0, -0.0)]))), [true, true, true, false, false, false]);
}

#[test]
fn points_that_lack_a_coordinate_leave_the_other_axis() {
    let points = |points: Vec<Point>| alone(Mark { name: Some("points"), points: Some(points), ..Mark::default() });
    let known = [Some(2.0), Some(1.0), Some(3.0)];
    for odd in [None, Some(f64::NAN), Some(f64::INFINITY)] {
        let listed = vec![Some((Some(3.0), Some(1.0))), Some((Some(1.0), odd))];
        assert_eq!(points(listed), [known[0], known[1], known[2], None, None, None]);
    }
    assert_eq!(points(vec![Some((Some(3.0), Some(1.0))), None]), NOTHING);
    assert_eq!(points(Vec::new()), NOTHING);
    assert_eq!(alone(mark("points", &[])), NOTHING);
}

/// Three lists of one point each: 1, 2, 3.
fn beneath(null_lists: Option<NullBuffer>, null_items: Option<NullBuffer>) -> StructArray {
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
    let items = StructArray::new(point_fields(), vec![Arc::clone(&values), values], null_items);
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    let offsets = arrow_buffer::OffsetBuffer::from_lengths([1, 1, 1]);
    let lists: ArrayRef = Arc::new(ListArray::new(item, offsets, Arc::new(items), null_lists));
    let whole = batch(&vec![mark("points", &[]); 3]);
    let (fields, mut arrays, _) = whole.into_parts();
    let at = fields.iter().position(|field| field.name() == "points").unwrap();
    arrays[at] = lists;
    StructArray::new(fields, arrays, None)
}

#[test]
fn what_is_beneath_a_null_is_not_read() {
    let mut second = NullBufferBuilder::new(3);
    second.append_non_null();
    second.append_null();
    second.append_non_null();
    let second = second.finish();
    for (lists, items) in [(second.clone(), None), (None, second.clone())] {
        let found = rows(&boxes().of(&beneath(lists, items)).unwrap());
        assert_eq!(found, [place(1.0, 1.0), NOTHING, place(3.0, 3.0)]);
    }
    let (fields, arrays, _) = beneath(None, None).into_parts();
    let found = rows(&boxes().of(&StructArray::new(fields, arrays, second)).unwrap());
    assert_eq!(found, [place(1.0, 1.0), NOTHING, place(3.0, 3.0)]);
}

#[test]
fn an_empty_batch() {
    assert_eq!(found(&[]), [] as [Found; 0]);
}

#[test]
fn columns_that_are_missing_or_of_another_type_are_named() {
    let whole = batch(&[mark("point", &[])]);
    for lost in ["name", "side", "points", "x", "angle", "depth"] {
        let (fields, arrays, _) = whole.clone().into_parts();
        let kept = fields.iter().zip(&arrays).filter(|(field, _)| field.name() != lost);
        let (fields, arrays): (Vec<_>, Vec<_>) =
            kept.map(|(field, array)| (Arc::clone(field), Arc::clone(array))).unzip();
        let error = boxes().of(&StructArray::new(fields.into(), arrays, None)).unwrap_err();
        assert!(matches!(&error, Error::Internal(_)), "{error}");
        assert!(error.to_string().contains(&format!("{lost:?} of shapes is missing")), "{error}");
    }
    for (name, like) in [("name", "x"), ("side", "points"), ("points", "x"), ("points", "name"), ("x", "name")] {
        let (fields, mut arrays, _) = whole.clone().into_parts();
        let place = |name: &str| fields.iter().position(|field| field.name() == name).unwrap();
        arrays[place(name)] = Arc::clone(&arrays[place(like)]);
        let retyped =
            fields.iter().zip(&arrays).map(|(f, array)| Field::new(f.name(), array.data_type().clone(), true));
        let error = boxes().of(&StructArray::new(retyped.collect(), arrays.clone(), None)).unwrap_err();
        assert!(error.to_string().contains(&format!("{name:?} of shapes is not")), "{error}");
    }
}

#[test]
fn a_declaration_of_other_things_is_refused() {
    for (from, to) in [("\"point\": \"point\"", "\"point\": \"dot\""), ("named_by", "called_by"), ("{", "")] {
        let error = Boxes::from_json(&DECLARATION.replacen(from, to, 1)).unwrap_err();
        assert!(matches!(error, Error::Plan(_)), "{error}");
    }
}
