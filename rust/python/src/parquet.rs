//! Parquet files for Python.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_schema::Schema;
use crowdarrow_core::error::Error;
use crowdarrow_core::parquet_file::{Encoding, ParquetFile};
use crowdarrow_core::{parquet_plan, workers};
use parquet::errors::ParquetError;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::capsule::{import_array, import_schema};
use crate::errors;
use crate::input::lock;
use crate::workers::WorkerPool;

/// A Parquet file that grows by whole row groups, with columns encoded in parallel.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct ParquetWriter {
    file: Mutex<Option<ParquetFile>>,
    workers: workers::Workers,
    cancelled: Arc<AtomicBool>,
}

#[pymethods]
impl ParquetWriter {
    /// Writes to the empty file at `path`. `dictionary` and `statistics` are the dotted paths of the columns that have one.
    #[new]
    #[pyo3(signature = (path, schema, *, pool, compression, level, dictionary, statistics))]
    #[expect(clippy::too_many_arguments, reason = "named by the caller")]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        schema: &Bound<'_, PyAny>,
        pool: &WorkerPool,
        compression: String,
        level: i32,
        dictionary: Vec<String>,
        statistics: Vec<String>,
    ) -> PyResult<Self> {
        let schema: Schema = import_schema(schema)?;
        let encoding = Encoding {
            compression,
            level,
            dictionary: dictionary.into_iter().collect(),
            statistics: statistics.into_iter().collect(),
        };
        let file = ParquetFile::new(path, &schema, &encoding).map_err(|error| to_python(py, &error))?;
        Ok(Self { file: Mutex::new(Some(file)), workers: pool.inner(), cancelled: pool.cancelled() })
    }

    /// Appends the record batches as one row group.
    fn write_row_group(&self, py: Python<'_>, batches: Vec<Bound<'_, PyAny>>) -> PyResult<()> {
        let columns = columns_of(batches)?;
        py.detach(|| match lock(&self.file).as_mut() {
            Some(file) => file.write_row_group(columns, &self.workers, &self.cancelled),
            None => Err(closed()),
        })
        .map_err(|error| to_python(py, &error))
    }

    /// Closes the file until the next row group is written.
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| lock(&self.file).as_mut().map_or(Ok(()), ParquetFile::release))
            .map_err(|error| to_python(py, &error))
    }

    /// Writes the footer with these key-value entries and closes the file.
    fn finish(&self, py: Python<'_>, entries: Vec<(String, String)>) -> PyResult<()> {
        py.detach(|| lock(&self.file).take().ok_or_else(closed)?.finish(entries)).map_err(|error| to_python(py, &error))
    }

    /// Closes the file as it is.
    fn abort(&self) {
        drop(lock(&self.file).take());
    }
}

/// Plans which columns of a file get a dictionary and which get statistics, from the rows of its first row group.
#[pyfunction]
pub fn plan_encoding(
    py: Python<'_>,
    batches: Vec<Bound<'_, PyAny>>,
    schema: &Bound<'_, PyAny>,
) -> PyResult<(Vec<String>, Vec<String>)> {
    let schema = import_schema(schema)?;
    let mut columns = columns_of(batches)?;
    columns.resize_with(schema.fields().len(), Vec::new);
    let plan = py.detach(|| parquet_plan::plan_encoding(&schema, &columns));
    Ok((plan.dictionary, plan.statistics))
}

/// For each column of record batches, the arrays of its values in order.
fn columns_of(batches: Vec<Bound<'_, PyAny>>) -> PyResult<Vec<Vec<ArrayRef>>> {
    let mut columns = Vec::new();
    for batch in batches {
        let batch = import_array(&batch)?;
        let batch = batch.as_struct();
        columns.resize_with(batch.num_columns(), Vec::new);
        for (column, array) in columns.iter_mut().zip(batch.columns()) {
            column.push(Arc::clone(array));
        }
    }
    Ok(columns)
}

fn closed() -> ParquetError {
    ParquetError::General("the file is closed".to_owned())
}

fn to_python(py: Python<'_>, error: &ParquetError) -> PyErr {
    if let ParquetError::External(source) = error
        && let Some(source) = source.downcast_ref::<io::Error>()
    {
        // With the number and the text of the system, as Python's own calls raise it.
        let Some(number) = source.raw_os_error() else { return PyOSError::new_err(source.to_string()) };
        return match py.import("os").and_then(|os| os.call_method1("strerror", (number,))) {
            Ok(text) => PyOSError::new_err((number, text.unbind())),
            Err(error) => error,
        };
    }
    errors::to_python(Error::Internal(error.to_string()))
}
