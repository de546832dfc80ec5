//! Groups of equal rows as Python functions.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array};
use crowdarrow_core::groups;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::capsule::{Batch, import_array};
use crate::errors::to_python;

/// Returns the number of each row's group, and the first row of each group, of some columns.
#[pyfunction]
pub fn group_rows(py: Python<'_>, columns: Vec<Bound<'_, PyAny>>) -> PyResult<(Batch, Batch)> {
    let columns = columns.into_iter().map(|column| import_array(&column)).collect::<PyResult<Vec<_>>>()?;
    let found = py.detach(|| groups::Groups::of(&columns)).map_err(to_python)?;
    Ok((Batch::of(Arc::new(found.of_row)), Batch::of(Arc::new(found.firsts))))
}

/// Returns a list of the distinct values of each key; keys and the keys of values are in rising order.
#[pyfunction]
pub fn lists_of(
    py: Python<'_>,
    keys: &Bound<'_, PyAny>,
    key_of_value: &Bound<'_, PyAny>,
    values: &Bound<'_, PyAny>,
) -> PyResult<Batch> {
    let (keys, key_of_value, values) = (import_array(keys)?, import_array(key_of_value)?, import_array(values)?);
    let (Some(keys), Some(key_of_value), Some(values)) = (
        keys.as_primitive_opt::<Int64Type>(),
        key_of_value.as_primitive_opt::<Int64Type>(),
        values.as_primitive_opt::<Int32Type>(),
    ) else {
        return Err(PyTypeError::new_err("keys must be int64 and values int32"));
    };
    if keys.null_count() + key_of_value.null_count() + values.null_count() > 0 {
        return Err(PyTypeError::new_err("keys and values must not be null"));
    }
    let lists = py.detach(|| groups::lists_of(keys, key_of_value, values)).map_err(to_python)?;
    Ok(Batch::of(Arc::new(lists)))
}

/// Returns the distinct numbers in columns of lists, the position of each number among these, and the row of its list.
#[pyfunction]
pub fn items_of(py: Python<'_>, columns: Vec<Bound<'_, PyAny>>) -> PyResult<(Batch, Batch, Batch)> {
    let columns = columns.into_iter().map(|column| import_array(&column)).collect::<PyResult<Vec<_>>>()?;
    let found = py.detach(|| groups::Items::of(&columns)).map_err(to_python)?;
    let integers = |values: Vec<i64>| Batch::of(Arc::new(Int64Array::from(values)));
    Ok((Batch::of(Arc::new(Int32Array::from(found.numbers))), integers(found.of_row), integers(found.lists)))
}

/// Returns the rows of an array of int64 in the order of their values; equal ones as they are.
#[pyfunction]
pub fn sorted_rows(py: Python<'_>, values: &Bound<'_, PyAny>) -> PyResult<Batch> {
    let values = integers(values)?;
    let rows = py.detach(|| groups::sorted_rows(values.as_primitive::<Int64Type>().values()));
    Ok(Batch::of(Arc::new(Int64Array::from(rows))))
}

/// Returns the distinct values of an array of int64 in order, and how often each comes.
#[pyfunction]
pub fn counted(py: Python<'_>, values: &Bound<'_, PyAny>) -> PyResult<(Batch, Batch)> {
    let values = integers(values)?;
    let (values, counts) = py.detach(|| groups::counted(values.as_primitive::<Int64Type>().values()));
    Ok((Batch::of(Arc::new(Int64Array::from(values))), Batch::of(Arc::new(Int64Array::from(counts)))))
}

/// Imports integers without nulls.
fn integers(values: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let values = import_array(values)?;
    if values.as_primitive_opt::<Int64Type>().is_none() || values.null_count() > 0 {
        return Err(PyTypeError::new_err("values must be int64 without nulls"));
    }
    Ok(values)
}
