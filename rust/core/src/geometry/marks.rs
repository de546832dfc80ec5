//! The columns of a batch of marks, by what they are to a shape.

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, ListArray, StringArray, StructArray};
use arrow_buffer::NullBuffer;

use super::axis::{Axis, greatest, least};
use crate::error::{Error, Result};

/// What shapes read of a batch.
pub struct Marks<'a> {
    pub x: Numbers<'a>,
    pub y: Numbers<'a>,
    pub x1: Numbers<'a>,
    pub y1: Numbers<'a>,
    pub x2: Numbers<'a>,
    pub y2: Numbers<'a>,
    pub x_center: Numbers<'a>,
    pub y_center: Numbers<'a>,
    pub width: Numbers<'a>,
    pub height: Numbers<'a>,
    pub r: Numbers<'a>,
    pub rx: Numbers<'a>,
    pub ry: Numbers<'a>,
    pub angle: Numbers<'a>,
    pub points: Points<'a>,
    centred: (&'a StringArray, &'a str),
}

impl<'a> Marks<'a> {
    /// `centred` names a text column, and its value in marks whose centre is taken before their corner.
    ///
    /// # Errors
    /// Where a column is missing or is of another type.
    pub fn new(batch: &'a StructArray, centred: (&str, &'a str)) -> Result<Self> {
        let numbers = |name| {
            let of_type = column(batch, name)?.as_primitive_opt::<Float64Type>();
            of_type.map(Numbers).ok_or_else(|| wrong(name, "is not float64"))
        };
        Ok(Self {
            x: numbers("x")?,
            y: numbers("y")?,
            x1: numbers("x1")?,
            y1: numbers("y1")?,
            x2: numbers("x2")?,
            y2: numbers("y2")?,
            x_center: numbers("x_center")?,
            y_center: numbers("y_center")?,
            width: numbers("width")?,
            height: numbers("height")?,
            r: numbers("r")?,
            rx: numbers("rx")?,
            ry: numbers("ry")?,
            angle: numbers("angle")?,
            points: Points::new(column(batch, "points")?)?,
            centred: (texts(batch, centred.0)?, centred.1),
        })
    }

    /// Whether the centre of this mark goes before its corner.
    pub fn is_centred(&self, row: usize) -> bool {
        let (values, value) = self.centred;
        values.is_valid(row) && values.value(row) == value
    }
}

/// A column of a batch.
///
/// # Errors
/// Where there is none of that name.
pub fn column<'a>(batch: &'a StructArray, name: &str) -> Result<&'a ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| wrong(name, "is missing"))
}

/// A column of text.
///
/// # Errors
/// Where there is none of that name, or it is of another type.
pub fn texts<'a>(batch: &'a StructArray, name: &str) -> Result<&'a StringArray> {
    column(batch, name)?.as_string_opt().ok_or_else(|| wrong(name, "is not text"))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::Internal(format!("the column {name:?} of shapes {what}"))
}

/// A member of marks that is a number.
pub struct Numbers<'a>(&'a Float64Array);

impl Numbers<'_> {
    /// What is there, be it a finite number or not.
    pub fn get(&self, row: usize) -> Option<f64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    /// What is there, or NaN.
    pub fn number(&self, row: usize) -> f64 {
        self.get(row).unwrap_or(f64::NAN)
    }
}

/// A member of marks that is a list of `x, y`.
pub struct Points<'a> {
    lists: &'a ListArray,
    axes: [Coordinates<'a>; 2],
}

impl<'a> Points<'a> {
    fn new(lists: &'a ArrayRef) -> Result<Self> {
        let no_points = || wrong("points", "is not lists of structs with x and y of float64");
        let lists = lists.as_list_opt::<i32>().ok_or_else(no_points)?;
        let items = lists.values().as_struct_opt().ok_or_else(no_points)?;
        let axis = |name| {
            let values = items.column_by_name(name).and_then(|values| values.as_primitive_opt::<Float64Type>());
            let values = values.ok_or_else(no_points)?;
            // A point that is null has no coordinates, whatever is beneath it.
            Ok(Coordinates { values: values.values(), nulls: NullBuffer::union(items.nulls(), values.nulls()) })
        };
        Ok(Self { lists, axes: [axis("x")?, axis("y")?] })
    }

    /// The box of a list's points; that of none is not known.
    pub fn axes(&self, row: usize) -> [Axis; 2] {
        // A null list may have items beneath.
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
    /// From the least to the greatest of these; not known where one is missing or not finite.
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
