//! What is computed alike, and how.

use serde::Deserialize;

use super::axis::Axis;
use super::marks::Marks;

/// A shape: which members of a mark say where it is. The middle and the box of each axis are known on their own.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Nothing that has a place.
    None,
    /// `x, y` itself.
    Point,
    /// From `x1, y1` to `x2, y2`.
    Line,
    /// `r` around the centre, which is `x_center, y_center` or else `x, y`.
    Round,
    /// `rx` along `angle` (degrees) and `ry` across it, around the same centre.
    Ellipse,
    /// `width` and `height` from the corner `x, y` or around `x_center, y_center`, turned by `angle` (degrees, by
    /// default none) about its centre.
    Rectangle,
    /// Everything within `points`.
    Points,
    /// `width` from `x` on, of no height.
    Column,
    /// A line all the way across at `y`.
    Across,
    /// A line all the way up at `x`.
    Upright,
}

impl Shape {
    /// The axes x and y of the shape of one mark.
    pub(super) fn axes(self, marks: &Marks<'_>, row: usize) -> [Axis; 2] {
        match self {
            Self::None => [Axis::UNKNOWN; 2],
            Self::Point => [Axis::at(marks.x.number(row)), Axis::at(marks.y.number(row))],
            Self::Line => [
                Axis::between(marks.x1.number(row), marks.x2.number(row)),
                Axis::between(marks.y1.number(row), marks.y2.number(row)),
            ],
            Self::Round => {
                let half = marks.r.number(row).abs();
                centre(marks, row).map(|centre| Axis::around(centre, half))
            }
            Self::Ellipse => ellipse(marks, row),
            Self::Rectangle => rectangle(marks, row),
            Self::Points => marks.points.axes(row),
            Self::Column => [Axis::sized(marks.x.number(row), marks.width.number(row)), Axis::UNKNOWN],
            Self::Across => [Axis::UNKNOWN, Axis::at(marks.y.number(row))],
            Self::Upright => [Axis::at(marks.x.number(row)), Axis::UNKNOWN],
        }
    }
}

/// The centre of what is round, under either name.
fn centre(marks: &Marks<'_>, row: usize) -> [f64; 2] {
    [(&marks.x_center, &marks.x), (&marks.y_center, &marks.y)]
        .map(|(centre, place)| centre.get(row).unwrap_or_else(|| place.number(row)))
}

fn ellipse(marks: &Marks<'_>, row: usize) -> [Axis; 2] {
    let (cos, sin) = turn(marks.angle.number(row));
    let (along, across) = (marks.rx.number(row), marks.ry.number(row));
    let [x, y] = centre(marks, row);
    let wide = (square(along * cos) + square(across * sin)).sqrt();
    let high = (square(along * sin) + square(across * cos)).sqrt();
    [Axis::around(x, wide), Axis::around(y, high)]
}

fn rectangle(marks: &Marks<'_>, row: usize) -> [Axis; 2] {
    let centred = marks.is_centred(row);
    let sizes = [marks.width.number(row), marks.height.number(row)];
    let straight = |centre: Option<f64>, corner: Option<f64>, size: f64| match (centre, corner) {
        (Some(centre), corner) if centred || corner.is_none() => Axis::around(centre, size.abs() * 0.5),
        (_, corner) => Axis::sized(corner.unwrap_or(f64::NAN), size),
    };
    let axes = [
        straight(marks.x_center.get(row), marks.x.get(row), sizes[0]),
        straight(marks.y_center.get(row), marks.y.get(row), sizes[1]),
    ];
    let angle = marks.angle.get(row).unwrap_or(0.0);
    // What isn't turned keeps the corners as they were given, to the last digit.
    if angle == 0.0 {
        return axes;
    }
    let (cos, sin) = turn(angle);
    let (cos, sin) = (cos.abs(), sin.abs());
    let [width, height] = sizes.map(|size| size.abs() * 0.5);
    [Axis::around(axes[0].middle, width * cos + height * sin), Axis::around(axes[1].middle, width * sin + height * cos)]
}

/// Cosine and sine of an angle in degrees.
fn turn(angle: f64) -> (f64, f64) {
    let radians = angle * (std::f64::consts::PI / 180.0);
    (radians.cos(), radians.sin())
}

fn square(value: f64) -> f64 {
    value * value
}
