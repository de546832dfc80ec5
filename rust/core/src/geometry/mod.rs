//! Drawn shapes made comparable: the middle and the box of each mark of a batch, in one pass.
//!
//! What is computed is here, for shapes; which mark has which shape is declared.

mod axis;
mod marks;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::Float64Builder;
use arrow_array::{Array, ArrayRef, StringArray, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields};
use serde::Deserialize;

use self::axis::Axis;
use self::marks::{Marks, column, texts};
pub use self::shape::Shape;
use crate::error::{Error, Result};

/// What comes out: for each axis the middle, then where the box begins and ends.
const COLUMNS: [[&str; 3]; 2] = [["cx", "xmin", "xmax"], ["cy", "ymin", "ymax"]];

/// Which mark has which shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    /// The column with the names of what was drawn.
    named_by: String,
    /// The shapes of the names that are known.
    names: HashMap<String, Shape>,
    /// Those of the other names that begin like this; the first goes.
    prefixes: Vec<(String, Shape)>,
    /// Columns that together tell what a mark without a known name is; the first whose columns are all filled goes.
    told_by: Vec<(Vec<String>, Shape)>,
    /// A text column, and its value in rectangles whose centre goes before their corner where they have both. The
    /// centre of others is read where they have no corner.
    centred: (String, String),
}

/// Makes boxes, by a declaration.
#[derive(Debug)]
pub struct Boxes(Declaration);

impl Boxes {
    /// The declaration as JSON: `named_by`, `names`, `prefixes`, `told_by` and `centred`.
    ///
    /// # Errors
    /// Where it is none.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map(Self).map_err(|error| Error::Plan(error.to_string()))
    }

    /// `cx, xmin, xmax, cy, ymin, ymax` (float64) of each mark, from the columns of the shapes' members.
    ///
    /// An axis is null where a member it needs is missing or not finite; a middle may stand without a box. Members are
    /// float64, `points` lists of structs with `x` and `y`; slices are fine.
    ///
    /// # Errors
    /// Where a column is missing or of another type.
    pub fn of(&self, batch: &StructArray) -> Result<StructArray> {
        let marks = Marks::new(batch, (&self.0.centred.0, &self.0.centred.1))?;
        let shapes = Shapes::new(&self.0, batch)?;
        let mut axes = COLUMNS.map(|columns| columns.map(|_| Float64Builder::with_capacity(batch.len())));
        for row in 0..batch.len() {
            let found = if batch.is_valid(row) { shapes.of(row).axes(&marks, row) } else { [Axis::UNKNOWN; 2] };
            for ([middle, low, high], axis) in axes.iter_mut().zip(found) {
                middle.append_option(finite(axis.middle));
                low.append_option(finite(axis.low));
                high.append_option(finite(axis.high));
            }
        }
        let arrays = axes.iter_mut().flatten().map(|values| Arc::new(values.finish()) as ArrayRef).collect();
        let fields: Fields = COLUMNS.iter().flatten().map(|name| Field::new(*name, DataType::Float64, true)).collect();
        StructArray::try_new_with_length(fields, arrays, None, batch.len())
            .map_err(|error| Error::Internal(error.to_string()))
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The shapes of a batch's marks.
struct Shapes<'a> {
    declared: &'a Declaration,
    names: &'a StringArray,
    /// Where the columns are filled that tell a shape: all rows if there is no buffer.
    told_by: Vec<(Vec<Option<NullBuffer>>, Shape)>,
}

impl<'a> Shapes<'a> {
    fn new(declared: &'a Declaration, batch: &'a StructArray) -> Result<Self> {
        let filled = |name: &String| column(batch, name).map(Array::logical_nulls);
        let told_by = declared.told_by.iter().map(|(names, shape)| {
            let columns = names.iter().map(filled).collect::<Result<_>>()?;
            Ok((columns, *shape))
        });
        let told_by = told_by.collect::<Result<_>>()?;
        Ok(Self { declared, names: texts(batch, &declared.named_by)?, told_by })
    }

    fn of(&self, row: usize) -> Shape {
        let name = self.names.is_valid(row).then(|| self.names.value(row));
        name.and_then(|name| self.by_name(name)).unwrap_or_else(|| self.by_members(row))
    }

    fn by_name(&self, name: &str) -> Option<Shape> {
        let known = self.declared.names.get(name).copied();
        known.or_else(|| {
            let mut prefixes = self.declared.prefixes.iter();
            prefixes.find(|(prefix, _)| name.starts_with(prefix)).map(|(_, shape)| *shape)
        })
    }

    fn by_members(&self, row: usize) -> Shape {
        let filled = |nulls: &Option<NullBuffer>| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let mut told_by = self.told_by.iter();
        told_by.find(|(columns, _)| columns.iter().all(filled)).map_or(Shape::None, |(_, shape)| *shape)
    }
}
