//! Bounding boxes of shapes as a Python object.

use arrow_array::cast::AsArray;
use crowdarrow_core::geometry;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::capsule::{Batch, import_array};
use crate::errors::to_python;

/// Computes the bounding boxes of marks by a declaration of their shapes.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Boxes(geometry::Boxes);

#[pymethods]
impl Boxes {
    /// Parses a declaration in JSON.
    #[new]
    fn new(declaration: &str) -> PyResult<Self> {
        geometry::Boxes::from_json(declaration).map(Self).map_err(to_python)
    }

    /// Returns a struct array of boxes, one per mark of a struct array.
    fn of(&self, py: Python<'_>, marks: &Bound<'_, PyAny>) -> PyResult<Batch> {
        let marks = import_array(marks)?;
        let marks = marks.as_struct_opt().ok_or_else(|| PyTypeError::new_err("marks must be a struct array"))?;
        py.detach(|| self.0.of(marks)).map(Batch::from).map_err(to_python)
    }
}
