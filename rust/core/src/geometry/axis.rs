//! One axis of a box. Unknown values are NaN, so that results computed from them are unknown as well.

/// The middle of a shape on one axis, and the start and end of its box.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub middle: f64,
    pub low: f64,
    pub high: f64,
}

impl Axis {
    pub const UNKNOWN: Self = Self { middle: f64::NAN, low: f64::NAN, high: f64::NAN };

    /// A box with one unknown end is unknown; the middle may be known without it.
    fn new(middle: f64, low: f64, high: f64) -> Self {
        if low.is_finite() && high.is_finite() { Self { middle, low, high } } else { Self { middle, ..Self::UNKNOWN } }
    }

    /// A single position.
    pub fn at(position: f64) -> Self {
        Self::new(position, position, position)
    }

    /// From one position to another, in either direction.
    pub fn between(one: f64, other: f64) -> Self {
        // Comparisons ignore NaN.
        if !(one.is_finite() && other.is_finite()) {
            return Self::UNKNOWN;
        }
        let (low, high) = (least(one, other), greatest(one, other));
        Self::new(one * 0.5 + other * 0.5, low, high)
    }

    /// From an edge, backwards if the size is negative. The middle may be known if the far edge is not.
    pub fn sized(edge: f64, size: f64) -> Self {
        Self { middle: edge + size * 0.5, ..Self::between(edge, edge + size) }
    }

    /// The same distance to both sides of the centre.
    pub fn around(centre: f64, half: f64) -> Self {
        Self::new(centre, centre - half, centre + half)
    }
}

/// The lesser of two numbers; of two zeros of different sign the first, which `f64::min` does not specify.
pub fn least(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// The greater of two numbers; of two zeros of different sign the first.
pub fn greatest(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}
