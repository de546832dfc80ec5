//! Shapes, and their boxes.

use serde::Deserialize;

use super::axis::Axis;
use super::marks::Marks;

/// A shape: which columns of a mark give its box. The middle and the box of each axis are computed separately.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// No position.
    None,
    /// The corner itself.
    Point,
    /// From start to end.
    Line,
    /// The radius around the centre, or around the corner if there is no centre.
    Circle,
    /// The first radius along the angle, the second across it, around the centre or corner.
    Ellipse,
    /// The size from the corner or around the centre, rotated about its centre by the angle, by default 0.
    Rectangle,
    /// All points.
    Points,
    /// The width from the corner's x, without a y.
    Column,
    /// A horizontal line at the corner's y, without an x.
    HorizontalLine,
    /// A vertical line at the corner's x, without a y.
    VerticalLine,
}

impl Shape {
    /// The x and y axes of one mark.
    pub(super) fn axes(self, marks: &Marks<'_>, row: usize) -> [Axis; 2] {
        let [x, y] = [0, 1].map(|axis| marks.corner[axis].number(row));
        match self {
            Self::None => [Axis::UNKNOWN; 2],
            Self::Point => [Axis::at(x), Axis::at(y)],
            Self::Line => [0, 1].map(|axis| Axis::between(marks.start[axis].number(row), marks.end[axis].number(row))),
            Self::Circle => {
                let half = marks.radius.number(row).abs();
                centre(marks, row).map(|centre| Axis::around(centre, half))
            }
            Self::Ellipse => ellipse(marks, row),
            Self::Rectangle => rectangle(marks, row),
            Self::Points => marks.points.axes(row),
            Self::Column => [Axis::sized(x, marks.size[0].number(row)), Axis::UNKNOWN],
            Self::HorizontalLine => [Axis::UNKNOWN, Axis::at(y)],
            Self::VerticalLine => [Axis::at(x), Axis::UNKNOWN],
        }
    }
}

/// The centre of a circle or ellipse, which some tools write as its corner.
fn centre(marks: &Marks<'_>, row: usize) -> [f64; 2] {
    [0, 1].map(|axis| marks.centre[axis].get(row).unwrap_or_else(|| marks.corner[axis].number(row)))
}

fn ellipse(marks: &Marks<'_>, row: usize) -> [Axis; 2] {
    let (cos, sin) = rotation(marks.angle.number(row));
    let (along, across) = (marks.radii[0].number(row), marks.radii[1].number(row));
    let [x, y] = centre(marks, row);
    let wide = (square(along * cos) + square(across * sin)).sqrt();
    let high = (square(along * sin) + square(across * cos)).sqrt();
    [Axis::around(x, wide), Axis::around(y, high)]
}

fn rectangle(marks: &Marks<'_>, row: usize) -> [Axis; 2] {
    let centred = marks.is_centred(row);
    let sizes = [0, 1].map(|axis| marks.size[axis].number(row));
    let straight = |centre: Option<f64>, corner: Option<f64>, size: f64| match (centre, corner) {
        (Some(centre), corner) if centred || corner.is_none() => Axis::around(centre, size.abs() * 0.5),
        (_, corner) => Axis::sized(corner.unwrap_or(f64::NAN), size),
    };
    let axes = [0, 1].map(|axis| straight(marks.centre[axis].get(row), marks.corner[axis].get(row), sizes[axis]));
    let angle = marks.angle.get(row).unwrap_or(0.0);
    // A rectangle that is not rotated keeps its corners to the last digit.
    if angle == 0.0 {
        return axes;
    }
    let (cos, sin) = rotation(angle);
    let (cos, sin) = (cos.abs(), sin.abs());
    let [width, height] = sizes.map(|size| size.abs() * 0.5);
    [Axis::around(axes[0].middle, width * cos + height * sin), Axis::around(axes[1].middle, width * sin + height * cos)]
}

/// Cosine and sine of an angle in degrees.
fn rotation(angle: f64) -> (f64, f64) {
    let radians = angle * (std::f64::consts::PI / 180.0);
    (radians.cos(), radians.sin())
}

fn square(value: f64) -> f64 {
    value * value
}
