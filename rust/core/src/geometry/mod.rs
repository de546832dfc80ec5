//! Boxes of drawn shapes: the middle and the bounding box of each mark of a batch, in one pass.
//!
//! This module computes boxes of shapes. A declaration says which mark has which shape, and which column is which
//! coordinate.

mod axis;
mod fragment;
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
pub use self::fragment::fragments;
use self::marks::{Marks, Roles, column, texts};
pub use self::shape::Shape;
use crate::error::{Error, Result};

/// The output columns: for each axis the middle, then the start and end of the box.
const COLUMNS: [[&str; 3]; 2] = [["cx", "xmin", "xmax"], ["cy", "ymin", "ymax"]];

/// Which mark has which shape, and which columns shapes read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    /// The column with the name of what was drawn.
    named_by: String,
    /// The shapes of known names.
    names: HashMap<String, Shape>,
    /// The shapes of other names by prefix; the first match is used.
    prefixes: Vec<(String, Shape)>,
    /// The shapes of marks without a known name; the first whose columns are all non-null is used.
    detected_by: Vec<(Vec<String>, Shape)>,
    /// A text column, and its value in rectangles whose centre takes precedence over their corner. In other rectangles
    /// the corner takes precedence.
    centred: (String, String),
    /// The columns by role.
    roles: Roles,
}

/// Computes boxes by a declaration.
#[derive(Debug)]
pub struct Boxes(Declaration);

impl Boxes {
    /// The declaration as JSON: `named_by`, `names`, `prefixes`, `detected_by`, `centred` and `roles`.
    ///
    /// # Errors
    /// The text is not a declaration.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map(Self).map_err(|error| Error::Plan(error.to_string()))
    }

    /// `cx, xmin, xmax, cy, ymin, ymax` (float64) of each mark.
    ///
    /// An axis is null if a coordinate that it needs is missing or not finite; a middle may be known without a box.
    /// Coordinates are float64 columns, points are lists of structs. Slices are supported.
    ///
    /// # Errors
    /// A column is missing or has another type.
    pub fn of(&self, batch: &StructArray) -> Result<StructArray> {
        let marks = Marks::new(batch, &self.0.roles, (&self.0.centred.0, &self.0.centred.1))?;
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
    /// The validity of the columns by which a shape is detected; all rows are valid without a buffer.
    detected_by: Vec<(Vec<Option<NullBuffer>>, Shape)>,
}

impl<'a> Shapes<'a> {
    fn new(declared: &'a Declaration, batch: &'a StructArray) -> Result<Self> {
        let validity = |name: &String| column(batch, name).map(Array::logical_nulls);
        let detected_by = declared.detected_by.iter().map(|(names, shape)| {
            let columns = names.iter().map(validity).collect::<Result<_>>()?;
            Ok((columns, *shape))
        });
        let detected_by = detected_by.collect::<Result<_>>()?;
        Ok(Self { declared, names: texts(batch, &declared.named_by)?, detected_by })
    }

    fn of(&self, row: usize) -> Shape {
        let name = self.names.is_valid(row).then(|| self.names.value(row));
        name.and_then(|name| self.by_name(name)).unwrap_or_else(|| self.by_columns(row))
    }

    fn by_name(&self, name: &str) -> Option<Shape> {
        let known = self.declared.names.get(name).copied();
        known.or_else(|| {
            let mut prefixes = self.declared.prefixes.iter();
            prefixes.find(|(prefix, _)| name.starts_with(prefix)).map(|(_, shape)| *shape)
        })
    }

    fn by_columns(&self, row: usize) -> Shape {
        let is_valid = |nulls: &Option<NullBuffer>| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let mut detected_by = self.detected_by.iter();
        detected_by.find(|(columns, _)| columns.iter().all(is_valid)).map_or(Shape::None, |(_, shape)| *shape)
    }
}
