//! Replaces the names of people in batches.

use arrow_array::cast::AsArray;
use crowdarrow_core::pseudonyms;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::capsule::{Batch, import_array};
use crate::errors::to_python;

/// Which columns and members of JSON hold people, and the key of the hashes that replace them.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Pseudonyms(Box<pseudonyms::Pseudonyms>); // Python aligns its objects less than vectors need

#[pymethods]
impl Pseudonyms {
    /// Declares the names of columns and members. Without a key of 32 bytes, people are null.
    #[new]
    #[pyo3(signature = (names, *, json, flattened, key))]
    fn new(names: Vec<String>, json: Vec<String>, flattened: bool, key: Option<Vec<u8>>) -> PyResult<Self> {
        let key = key.map(<[u8; 32]>::try_from).transpose();
        let key = key.map_err(|_| PyValueError::new_err("the key must have 32 bytes"))?;
        Ok(Self(Box::new(pseudonyms::Pseudonyms::new(names, json, flattened, key))))
    }

    /// Returns a batch with the names of people replaced.
    fn replace(&self, py: Python<'_>, batch: &Bound<'_, PyAny>) -> PyResult<Batch> {
        let columns = import_array(batch)?;
        let columns = columns.as_struct_opt().ok_or_else(|| PyTypeError::new_err("columns must be a struct array"))?;
        py.detach(|| self.0.replace(columns)).map(Batch::from).map_err(to_python)
    }

    /// Returns a batch of values, given their keys, with the values of keys of people replaced.
    fn replace_values(&self, py: Python<'_>, keys: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>) -> PyResult<Batch> {
        let (keys, values) = (import_array(keys)?, import_array(values)?);
        let keys = keys.as_string_opt::<i32>().ok_or_else(|| PyTypeError::new_err("keys must be texts"))?;
        let values = values.as_struct_opt().ok_or_else(|| PyTypeError::new_err("values must be a struct array"))?;
        py.detach(|| self.0.replace_values(keys, values)).map(Batch::from).map_err(to_python)
    }

    /// Derives a key of 32 bytes from material of any length, for one use.
    #[staticmethod]
    fn derive_key(context: &str, material: &[u8]) -> Vec<u8> {
        pseudonyms::derive_key(context, material).to_vec()
    }
}
