//! Properties of every box.

use proptest::prelude::*;

use super::*;

fn close(one: Found, other: Found) -> bool {
    one.iter().zip(other).all(|(one, other)| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-6,
        (one, other) => *one == other,
    })
}

/// The box of some positions.
fn around(places: &[(f64, f64)]) -> Found {
    let axis = |of: fn(&(f64, f64)) -> f64| {
        let low = places.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = places.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        [Some(f64::midpoint(low, high)), Some(low), Some(high)]
    };
    let (x, y) = (axis(|place| place.0), axis(|place| place.1));
    [x[0], x[1], x[2], y[0], y[1], y[2]]
}

/// A position relative to the centre, rotated about it.
fn turned(centre: (f64, f64), beside: (f64, f64), degrees: f64) -> (f64, f64) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    (centre.0 + beside.0 * cos - beside.1 * sin, centre.1 + beside.0 * sin + beside.1 * cos)
}

fn member_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -4000.0..4000.0,
        1 => prop::sample::select(vec![0.0, -0.0, 90.0, f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE]),
    ]
}

fn any_point() -> impl Strategy<Value = Point> {
    let coordinate = || prop::option::weighted(0.9, member_value());
    prop::option::weighted(0.9, (coordinate(), coordinate()))
}

fn any_mark() -> impl Strategy<Value = Mark> {
    let name = prop::sample::select(vec![
        "point",
        "line",
        "circle",
        "ellipse",
        "rectangle",
        "points",
        "column",
        "horizontal_line",
        "vertical_line",
        "none",
        "unknown",
        "",
    ]);
    let side = prop::sample::select(vec!["middle", "left"]);
    let numbers = prop::collection::vec((prop::sample::select(NUMBERS.to_vec()), member_value()), 0..15);
    let points = prop::option::of(prop::collection::vec(any_point(), 0..5));
    (prop::option::of(name), prop::option::of(side), numbers, points).prop_map(|(name, side, numbers, points)| Mark {
        name,
        side,
        numbers,
        points,
    })
}

fn bits(found: Found) -> [Option<u64>; 6] {
    found.map(|value| value.map(f64::to_bits))
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn a_mark_is_the_same_in_any_company(marks in prop::collection::vec(any_mark(), 1..12), cut in any::<prop::sample::Index>()) {
        let whole = batch(&marks);
        let all = rows(&boxes().of(&whole).unwrap());
        for (mark, of_all) in marks.iter().zip(&all) {
            prop_assert_eq!(bits(alone(mark.clone())), bits(*of_all));
        }
        let start = cut.index(marks.len());
        let part = rows(&boxes().of(&whole.slice(start, marks.len() - start)).unwrap());
        prop_assert_eq!(part.into_iter().map(bits).collect::<Vec<_>>(), all.into_iter().skip(start).map(bits).collect::<Vec<_>>());
    }

    #[test]
    fn a_box_is_whole_and_finite_or_not_there(mark in any_mark()) {
        let found = alone(mark);
        prop_assert!(found.iter().flatten().all(|value| value.is_finite()));
        for axis in [&found[..3], &found[3..]] {
            prop_assert_eq!(axis[1].is_some(), axis[2].is_some());
            if let [middle, Some(low), Some(high)] = *axis {
                prop_assert!(low <= high);
                prop_assert!(middle.is_some_and(|middle| low <= middle && middle <= high), "{:?}", axis);
            }
        }
    }

    #[test]
    fn a_box_of_points_touches_them_all(places in prop::collection::vec((-4000.0..4000.0, -4000.0..4000.0), 1..30)) {
        prop_assert_eq!(alone(outline(places.clone())), around(&places));
        let backwards: Vec<_> = places.iter().rev().copied().collect();
        prop_assert_eq!(alone(outline(backwards)), around(&places));
    }

    #[test]
    fn a_mirror_turns_a_box_over(places in prop::collection::vec((-4000.0..4000.0, -4000.0..4000.0), 1..30)) {
        let [cx, xmin, xmax, y @ ..] = alone(outline(places.clone()));
        let mirrored = alone(outline(places.into_iter().map(|(x, y)| (-x, y))));
        let minus = |value: Option<f64>| value.map(|value| -value);
        prop_assert_eq!(mirrored, [minus(cx), minus(xmax), minus(xmin), y[0], y[1], y[2]]);
    }

    #[test]
    fn a_turned_rectangle_is_the_box_of_its_corners(
        centre in (-4000.0..4000.0, -4000.0..4000.0), wide in 0.0..3000.0, high in 0.0..3000.0, angle in -400.0..400.0,
    ) {
        let corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
            .map(|(x, y)| turned(centre, (x * wide, y * high), angle));
        let size = [("width", wide), ("height", high), ("angle", angle)];
        let centred = mark("rectangle", &[&[("x_center", centre.0), ("y_center", centre.1)][..], &size].concat());
        let corner = mark("rectangle", &[&[("x", centre.0 - wide / 2.0), ("y", centre.1 - high / 2.0)][..], &size].concat());
        let expected = around(&corners);
        prop_assert!(close(alone(centred), expected));
        prop_assert!(close(alone(corner), expected));
    }

    #[test]
    fn an_ellipse_lies_within_its_box_and_reaches_it(
        centre in (-4000.0..4000.0, -4000.0..4000.0), along in 0.0..3000.0, across in 0.0..3000.0, angle in -400.0..400.0,
    ) {
        const STEPS: u32 = 1440;
        let steps = (0..STEPS).map(|step| (f64::from(step) * 360.0 / f64::from(STEPS)).to_radians());
        let edge: Vec<_> = steps.map(|t| turned(centre, (along * t.cos(), across * t.sin()), angle)).collect();
        let members = [("x", centre.0), ("y", centre.1), ("rx", along), ("ry", across), ("angle", angle)];
        let (drawn, by_steps) = (alone(mark("ellipse", &members)), around(&edge));
        for (low, high) in [(1, 2), (4, 5)] {
            let [low, high] = [low, high].map(|at: usize| (drawn[at].unwrap(), by_steps[at].unwrap()));
            prop_assert!(low.0 <= low.1 + 1e-6 && high.0 >= high.1 - 1e-6);
            // The touching point is at most half a step from one of them.
            let near = along.max(across) * (1.0 - (std::f64::consts::PI / f64::from(STEPS)).cos()) + 1e-6;
            prop_assert!(low.0 >= low.1 - near && high.0 <= high.1 + near);
        }
    }

    #[test]
    fn turning_back_and_by_half_a_turn_give_the_same_box(
        name in prop::sample::select(vec!["ellipse", "rectangle"]), size in (0.0..3000.0, 0.0..3000.0), angle in -400.0..400.0,
    ) {
        let by = |angle| {
            let round = [("x_center", 5.0), ("y_center", 7.0), ("rx", size.0), ("ry", size.1)];
            alone(mark(name, &[&round[..], &[("width", size.0), ("height", size.1), ("angle", angle)]].concat()))
        };
        prop_assert_eq!(by(angle), by(-angle));
        prop_assert!(close(by(angle), by(angle + 180.0)));
        let quarter = by(angle + 90.0);
        let swapped = {
            let round = [("x_center", 5.0), ("y_center", 7.0), ("rx", size.1), ("ry", size.0)];
            alone(mark(name, &[&round[..], &[("width", size.1), ("height", size.0), ("angle", angle)]].concat()))
        };
        prop_assert!(close(quarter, swapped));
    }
}
