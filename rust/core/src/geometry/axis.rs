//! One axis of a box. What is not known is NaN, so that whatever is made of it is not known either.

/// The middle of a shape on one axis, and where its box begins and ends.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub middle: f64,
    pub low: f64,
    pub high: f64,
}

impl Axis {
    pub const UNKNOWN: Self = Self { middle: f64::NAN, low: f64::NAN, high: f64::NAN };

    /// A box that is known by half is none; the middle may stand without it.
    fn new(middle: f64, low: f64, high: f64) -> Self {
        if low.is_finite() && high.is_finite() { Self { middle, low, high } } else { Self { middle, ..Self::UNKNOWN } }
    }

    /// A single place.
    pub fn at(place: f64) -> Self {
        Self::new(place, place, place)
    }

    /// From one place to another, in either direction.
    pub fn between(one: f64, other: f64) -> Self {
        // A comparison would pass over NaN.
        if !(one.is_finite() && other.is_finite()) {
            return Self::UNKNOWN;
        }
        let (low, high) = (least(one, other), greatest(one, other));
        Self::new(one * 0.5 + other * 0.5, low, high)
    }

    /// From an edge on, or back from it where the size is negative. The middle may be known where the far edge is not.
    pub fn sized(edge: f64, size: f64) -> Self {
        Self { middle: edge + size * 0.5, ..Self::between(edge, edge + size) }
    }

    /// As far to one side of the centre as to the other.
    pub fn around(centre: f64, half: f64) -> Self {
        Self::new(centre, centre - half, centre + half)
    }
}

/// The lesser of two numbers; of zeros of both signs the first, which `f64::min` leaves open.
pub fn least(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// The greater of two numbers; of zeros of both signs the first.
pub fn greatest(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}
