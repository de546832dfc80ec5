//! Drawn marks in JSON texts as a Python object.

use std::sync::Arc;

use arrow_array::StringArray;
use arrow_array::cast::AsArray;
use crowdarrow_core::drawn::{self, Cells, Form};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use crate::capsule::{Batch, import_array};
use crate::errors::to_python;

/// Reads drawn marks by a declaration.
#[pyclass(module = "crowdarrow._core")]
pub struct Drawn(drawn::Drawn);

#[pymethods]
impl Drawn {
    /// Parses a declaration in JSON.
    #[new]
    fn new(declaration: &str) -> PyResult<Self> {
        drawn::Drawn::from_json(declaration).map(Self).map_err(to_python)
    }

    /// Returns the texts without the marks that were read, and for each text the cells of each job, or None.
    ///
    /// `newer` says for each text whether it has the newer form; those with None are not read.
    fn read<'py>(
        &mut self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        newer: Vec<Option<bool>>,
        max_depth: usize,
    ) -> PyResult<(Batch, Bound<'py, PyList>)> {
        let texts = import_array(texts)?;
        let texts = texts.as_string_opt::<i32>().ok_or_else(|| PyTypeError::new_err("texts must be strings"))?;
        let forms = newer.into_iter().map(|newer| newer.map(|newer| if newer { Form::Newer } else { Form::Older }));
        let found = py.detach(|| self.0.read_all(texts, forms, max_depth));
        let (rest, rows): (StringArray, Vec<Option<Vec<Cells>>>) = found.map_err(to_python)?;
        let rows = rows.into_iter().map(|row| row.map(|jobs| cells_of(py, jobs)).transpose());
        let rows = PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)?;
        Ok((Batch::of(Arc::new(rest)), rows))
    }
}

/// Lists of pairs of a column and its cell; names come again and again.
fn cells_of(py: Python<'_>, jobs: Vec<Cells>) -> PyResult<Bound<'_, PyList>> {
    let rows = jobs.into_iter().map(|cells| {
        let pairs = cells.into_iter().map(|(name, cell)| {
            PyTuple::new(py, [PyString::intern(py, &name), PyString::new(py, &String::from_utf8_lossy(&cell))])
        });
        PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
    });
    PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
}
