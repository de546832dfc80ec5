//! The columns of a batch of marks, by their role in a shape.

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, ListArray, StringArray, StructArray};
use arrow_buffer::NullBuffer;
use serde::Deserialize;

use super::axis::{Axis, greatest, least};
use crate::error::{Error, Result};

/// The name of the column for each role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// The corner of a rectangle, or the position of any other shape: x and y.
    corner: [String; 2],
    /// The centre: x and y.
    centre: [String; 2],
    /// One end of a line: x and y.
    start: [String; 2],
    /// The other end of a line: x and y.
    end: [String; 2],
    /// Width and height.
    size: [String; 2],
    /// The radius of a circle.
    radius: String,
    /// The radii of an ellipse, along its angle and across.
    radii: [String; 2],
    /// The angle in degrees.
    angle: String,
    /// A list of structs, one per point.
    points: String,
    /// The members of such a struct: x and y.
    coordinates: [String; 2],
}

/// The columns that shapes read.
pub struct Marks<'a> {
    pub corner: [Numbers<'a>; 2],
    pub centre: [Numbers<'a>; 2],
    pub start: [Numbers<'a>; 2],
    pub end: [Numbers<'a>; 2],
    pub size: [Numbers<'a>; 2],
    pub radius: Numbers<'a>,
    pub radii: [Numbers<'a>; 2],
    pub angle: Numbers<'a>,
    pub points: Points<'a>,
    centred: (&'a StringArray, &'a str),
}

impl<'a> Marks<'a> {
    /// `centred` names a text column, and its value in marks whose centre takes precedence over their corner.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn new(batch: &'a StructArray, roles: &Roles, centred: (&str, &'a str)) -> Result<Self> {
        let numbers = |name: &String| {
            let of_type = column(batch, name)?.as_primitive_opt::<Float64Type>();
            of_type.map(Numbers).ok_or_else(|| wrong(name, "is not float64"))
        };
        let pair = |[x, y]: &[String; 2]| Ok::<_, Error>([numbers(x)?, numbers(y)?]);
        Ok(Self {
            corner: pair(&roles.corner)?,
            centre: pair(&roles.centre)?,
            start: pair(&roles.start)?,
            end: pair(&roles.end)?,
            size: pair(&roles.size)?,
            radius: numbers(&roles.radius)?,
            radii: pair(&roles.radii)?,
            angle: numbers(&roles.angle)?,
            points: Points::new(column(batch, &roles.points)?, &roles.points, &roles.coordinates)?,
            centred: (texts(batch, centred.0)?, centred.1),
        })
    }

    /// Whether the centre of this mark takes precedence over its corner.
    pub fn is_centred(&self, row: usize) -> bool {
        let (values, value) = self.centred;
        values.is_valid(row) && values.value(row) == value
    }
}

/// A column of a batch.
///
/// # Errors
/// There is no column of that name.
pub fn column<'a>(batch: &'a StructArray, name: &str) -> Result<&'a ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| wrong(name, "is missing"))
}

/// A column of text.
///
/// # Errors
/// There is no column of that name, or it has another type.
pub fn texts<'a>(batch: &'a StructArray, name: &str) -> Result<&'a StringArray> {
    column(batch, name)?.as_string_opt().ok_or_else(|| wrong(name, "is not text"))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::Internal(format!("the column {name:?} of shapes {what}"))
}

/// A column of numbers.
pub struct Numbers<'a>(&'a Float64Array);

impl Numbers<'_> {
    /// The value, finite or not.
    pub fn get(&self, row: usize) -> Option<f64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    /// The value, or NaN if it is null.
    pub fn number(&self, row: usize) -> f64 {
        self.get(row).unwrap_or(f64::NAN)
    }
}

/// A column of lists of points.
pub struct Points<'a> {
    lists: &'a ListArray,
    axes: [Coordinates<'a>; 2],
}

impl<'a> Points<'a> {
    fn new(lists: &'a ArrayRef, column: &str, [x, y]: &[String; 2]) -> Result<Self> {
        let no_points = || wrong(column, "is not lists of structs with float64 coordinates");
        let lists = lists.as_list_opt::<i32>().ok_or_else(no_points)?;
        let items = lists.values().as_struct_opt().ok_or_else(no_points)?;
        let axis = |name: &str| {
            let values = items.column_by_name(name).and_then(|values| values.as_primitive_opt::<Float64Type>());
            let values = values.ok_or_else(no_points)?;
            // A null point has no coordinates, whatever its children hold.
            Ok(Coordinates { values: values.values(), nulls: NullBuffer::union(items.nulls(), values.nulls()) })
        };
        Ok(Self { lists, axes: [axis(x)?, axis(y)?] })
    }

    /// The box of a list's points; unknown for an empty list.
    pub fn axes(&self, row: usize) -> [Axis; 2] {
        // A null list may have items.
        if self.lists.is_null(row) {
            return [Axis::UNKNOWN; 2];
        }
        let [start, end] = [row, row + 1].map(|at| usize::try_from(self.lists.value_offsets()[at]).unwrap_or_default());
        [self.axes[0].axis(start, end), self.axes[1].axis(start, end)]
    }
}

/// One coordinate of all points of a batch.
struct Coordinates<'a> {
    values: &'a [f64],
    nulls: Option<NullBuffer>,
}

impl Coordinates<'_> {
    /// From the least to the greatest of these; unknown if one is missing or not finite.
    fn axis(&self, start: usize, end: usize) -> Axis {
        let Some((&first, others)) = self.values.get(start..end).and_then(<[f64]>::split_first) else {
            return Axis::UNKNOWN;
        };
        if self.nulls.as_ref().is_some_and(|nulls| nulls.slice(start, end - start).null_count() > 0) {
            return Axis::UNKNOWN;
        }
        let (mut low, mut high, mut finite) = (first, first, first.is_finite());
        for &value in others {
            low = least(low, value);
            high = greatest(high, value);
            finite &= value.is_finite();
        }
        if finite { Axis::between(low, high) } else { Axis::UNKNOWN }
    }
}
