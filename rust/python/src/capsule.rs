//! Exchanges Arrow arrays with Python by the Arrow C data interface, without a copy.
#![allow(unsafe_code, reason = "the C data interface; each block has a SAFETY comment")]

use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray, make_array};
use arrow_schema::Schema;
use crowdarrow_core::error::Error;
use pyo3::exceptions::PyValueError;
use pyo3::ffi::c_str;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::{internal_error, to_python};

/// An Arrow array or record batch, for `pyarrow.array(batch)` or `pyarrow.record_batch(batch)`.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Batch {
    array: ArrayRef,
    nbytes: OnceLock<usize>,
}

impl From<RecordBatch> for Batch {
    fn from(batch: RecordBatch) -> Self {
        Self::of(Arc::new(StructArray::from(batch)))
    }
}

impl From<StructArray> for Batch {
    fn from(columns: StructArray) -> Self {
        Self::of(Arc::new(columns))
    }
}

impl Batch {
    /// Holds an array.
    pub fn of(array: ArrayRef) -> Self {
        Self { array, nbytes: OnceLock::new() }
    }

    /// The array.
    pub fn array(&self) -> &ArrayRef {
        &self.array
    }
}

#[pymethods]
impl Batch {
    /// Exports the schema and array capsules of the Arrow `PyCapsule` interface; `requested_schema` is ignored.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        let (array, schema) =
            to_ffi(&self.array.to_data()).map_err(|error| to_python(Error::Internal(error.to_string())))?;
        Ok((
            PyCapsule::new_with_value(py, schema, c_str!("arrow_schema"))?,
            PyCapsule::new_with_value(py, array, c_str!("arrow_array"))?,
        ))
    }

    /// Exports the array without its schema: a capsule that holds it, and the address of the `ArrowArray` inside.
    ///
    /// Exporting and importing the schema of thousands of columns takes longer than their values.
    fn array_at<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyCapsule>, usize)> {
        let array = FFI_ArrowArray::new(&self.array.to_data());
        let capsule = PyCapsule::new_with_value(py, array, c_str!("arrow_array"))?;
        let address = capsule.pointer_checked(Some(c_str!("arrow_array")))?.addr().get();
        Ok((capsule, address))
    }

    /// Number of bytes of its values.
    #[getter]
    fn nbytes(&self) -> usize {
        *self.nbytes.get_or_init(|| self.array.to_data().get_slice_memory_size().unwrap_or_default())
    }

    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.array.len()
    }

    /// At most `length` rows from `offset` on, without a copy.
    fn slice(&self, offset: usize, length: usize) -> Self {
        let start = offset.min(self.array.len());
        Self::of(self.array.slice(start, length.min(self.array.len() - start)))
    }

    /// The record batch with the columns at these positions, without a copy.
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    fn select(&self, columns: Vec<usize>) -> PyResult<Self> {
        let batch =
            self.array.as_struct_opt().map(RecordBatch::from).ok_or_else(|| internal_error("not a record batch"))?;
        batch.project(&columns).map(Self::from).map_err(|error| to_python(Error::Internal(error.to_string())))
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }
}

/// Serializes each value of a list or struct array to compact JSON; null values stay null.
#[pyfunction]
pub fn to_json_text(py: Python<'_>, array: &Bound<'_, PyAny>) -> PyResult<Batch> {
    let array = import_array(array)?;
    let texts = py.detach(|| crowdarrow_core::json_text::to_json_text(&array)).map_err(to_python)?;
    Ok(Batch::of(Arc::new(texts)))
}

/// Imports an array from an object with the Arrow `PyCapsule` interface.
pub fn import_array(array: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    if let Ok(own) = array.cast::<Batch>() {
        return Ok(Arc::clone(own.get().array()));
    }
    let capsules = array.call_method0("__arrow_c_array__")?;
    let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = capsules.extract()?;
    import_capsules(&schema, &array).map_err(PyValueError::new_err)
}

/// Imports a schema from an object with the Arrow `PyCapsule` interface.
pub fn import_schema(schema: &Bound<'_, PyAny>) -> PyResult<Schema> {
    let capsule: Bound<'_, PyCapsule> = schema.call_method0("__arrow_c_schema__")?.extract()?;
    let pointer = capsule.pointer_checked(Some(c_str!("arrow_schema")))?;
    // SAFETY: a capsule of this name holds a valid struct of this type by the PyCapsule interface. It is only read, and
    // the capsule outlives this function.
    let schema = unsafe { pointer.cast::<FFI_ArrowSchema>().as_ref() };
    Schema::try_from(schema).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Moves an array out of its capsules.
fn import_capsules(schema: &Bound<'_, PyCapsule>, array: &Bound<'_, PyCapsule>) -> Result<ArrayRef, String> {
    let schema = schema.pointer_checked(Some(c_str!("arrow_schema"))).map_err(|e| e.to_string())?;
    let array = array.pointer_checked(Some(c_str!("arrow_array"))).map_err(|e| e.to_string())?;
    // SAFETY: a capsule of this name holds a valid struct of this type by the PyCapsule interface. `from_raw` moves
    // the array out and marks the struct as released, so nothing is freed twice; the schema is only read. Both
    // capsules outlive this function.
    let data = unsafe {
        let array = FFI_ArrowArray::from_raw(array.as_ptr().cast());
        from_ffi(array, schema.cast::<FFI_ArrowSchema>().as_ref())
    };
    data.map(make_array).map_err(|error| error.to_string())
}
