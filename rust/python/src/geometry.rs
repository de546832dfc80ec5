//! Boxes of drawn marks as a Python object.

use arrow_array::cast::AsArray;
use crowdarrow_core::geometry;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::capsule::{Batch, received};
use crate::errors::to_python;

/// Makes the boxes of drawn marks, by a declaration of which mark has which shape.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Boxes(geometry::Boxes);

#[pymethods]
impl Boxes {
    /// `declaration` is JSON.
    #[new]
    fn new(py: Python<'_>, declaration: &str) -> PyResult<Self> {
        geometry::Boxes::from_json(declaration).map(Self).map_err(|error| to_python(py, error))
    }

    /// A struct array of boxes for a struct array of marks of the same length.
    fn of(&self, py: Python<'_>, marks: &Bound<'_, PyAny>) -> PyResult<Batch> {
        let marks = received(marks)?;
        let marks = marks.as_struct_opt().ok_or_else(|| PyTypeError::new_err("marks are a struct array"))?;
        py.detach(|| self.0.of(marks)).map(Batch::from).map_err(|error| to_python(py, error))
    }
}
