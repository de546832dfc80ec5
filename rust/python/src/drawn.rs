//! Drawn marks in JSON texts as a Python object.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, StringArray};
use crowdarrow_core::drawn::{self, FileRows, Form, RecordCells, Version};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::capsule::{Batch, import_array};
use crate::errors::{internal_error, to_python};

/// Reads drawn marks by a declaration.
#[pyclass(module = "crowdarrow._core")]
pub struct Drawn {
    reader: drawn::Drawn,
    row_end: Vec<u8>,
    max_depth: usize,
}

/// The rows of a file: the columns that it had not before, the rows and their number.
type PyRows<'py> = (Vec<String>, Bound<'py, PyBytes>, usize);

#[pymethods]
impl Drawn {
    /// Parses a declaration in JSON. `row_end` ends each row, and texts are nested at most `max_depth` deep.
    #[new]
    fn new(declaration: &str, row_end: Vec<u8>, max_depth: usize) -> PyResult<Self> {
        let reader = drawn::Drawn::from_json(declaration).map_err(to_python)?;
        Ok(Self { reader, row_end, max_depth })
    }

    /// Reads texts from `start` on, and returns the number of the first that is not read, the rest of each, and the rows
    /// of each file.
    ///
    /// `arrays` are the texts, and for each the cells before that of the task, those after it, and the last ones before
    /// that of the extractor. `numbers` says for each text which of the `versions` it has: whether its form is the
    /// newer one, and the first cells of its rows. `columns` are those that each file has so far.
    fn rows<'py>(
        &mut self,
        py: Python<'py>,
        arrays: [Bound<'py, PyAny>; 4],
        start: usize,
        numbers: Vec<Option<usize>>,
        versions: Vec<(bool, Vec<(String, String)>)>,
        columns: Vec<Vec<String>>,
    ) -> PyResult<(usize, Batch, Vec<PyRows<'py>>)> {
        let arrays = arrays.into_iter().map(|array| import_array(&array)).collect::<PyResult<Vec<_>>>()?;
        let [texts, before, between, after] = &arrays[..] else { return Err(internal_error("an array is missing")) };
        let records = RecordCells {
            texts: strings(texts)?,
            versions: numbers,
            before: strings(before)?,
            between: strings(between)?,
            after: strings(after)?,
        };
        let form = |is_newer| if is_newer { Form::Newer } else { Form::Older };
        let versions: Vec<_> =
            versions.into_iter().map(|(is_newer, cells)| Version { form: form(is_newer), cells }).collect();
        let Self { reader, row_end, max_depth } = self;
        let found = py.detach(|| reader.rows(&records, start, &versions, columns, row_end, *max_depth));
        let found = found.map_err(to_python)?;
        let files = found.files.into_iter();
        let files = files.map(|FileRows { columns, data, count }| (columns, PyBytes::new(py, &data), count)).collect();
        Ok((found.end, Batch::of(Arc::new(found.rest)), files))
    }
}

fn strings(array: &ArrayRef) -> PyResult<&StringArray> {
    array.as_string_opt::<i32>().ok_or_else(|| PyTypeError::new_err("an array of strings is needed"))
}
