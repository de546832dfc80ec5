//! Cells of CSV as Python functions.

use crowdarrow_core::csv_cells;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Returns rows of CSV with `count` empty cells more, and whether they end within quotes, as they begin if `is_quoted`.
#[pyfunction]
#[pyo3(signature = (rows, count, *, is_quoted=false))]
pub fn add_cells<'py>(py: Python<'py>, rows: &[u8], count: usize, is_quoted: bool) -> (Bound<'py, PyBytes>, bool) {
    let (found, is_quoted) = py.detach(|| {
        let mut found = Vec::with_capacity(rows.len() + rows.len() / 4);
        let is_quoted = csv_cells::add_cells(rows, count, is_quoted, &mut found);
        (found, is_quoted)
    });
    (PyBytes::new(py, &found), is_quoted)
}
