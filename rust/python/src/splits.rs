//! Where a source may be divided: exactly, by one pass, or guessed from a few bytes.

use std::sync::Mutex;

use crowdarrow_core::records;
use pyo3::prelude::*;

use crate::errors::to_python;
use crate::input::{PositionTuple, Source, hex, lock, position_tuple};

/// Number of blocks that are read between two checks for Python signals.
const BLOCKS: usize = 16;

/// Positions at which a source may be divided; an iterator that reads it without decoding records.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Checkpoints {
    inner: Mutex<records::Checkpoints>,
}

#[pymethods]
impl Checkpoints {
    /// Consumes a source; finds the first position at or after each multiple of `every` bytes.
    ///
    /// None is at the beginning or at the end, and there are records between any two. There is none in JSON that is written
    /// column by column, or in or after a page.
    #[new]
    #[pyo3(signature = (source, *, every))]
    fn new(py: Python<'_>, source: Source<'_>, every: u64) -> PyResult<Self> {
        let reader = source.take()?;
        let reader = py.detach(reader.open).map_err(to_python)?;
        Ok(Self { inner: Mutex::new(records::Checkpoints::new(reader, every)) })
    }

    const fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// Offset, line and number of records before the next position. The GIL is released, and Python signals are handled.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<PositionTuple>> {
        loop {
            let found = py.detach(|| {
                let mut inner = lock(&self.inner);
                for _ in 0..BLOCKS {
                    let found = inner.advance()?;
                    if found.is_some() || inner.is_done() {
                        return Ok((found, inner.is_done()));
                    }
                }
                Ok((None, false))
            });
            py.check_signals()?;
            match found.map_err(to_python)? {
                (None, false) => {}
                (found, _) => return Ok(found.map(position_tuple)),
            }
        }
    }

    /// Offset, line and number of records where reading is: at the end when there is no further position.
    #[getter]
    fn end(&self) -> PositionTuple {
        position_tuple(lock(&self.inner).position())
    }

    /// Whether the source is JSON Lines; known after the first position.
    #[getter]
    fn lines(&self) -> bool {
        lock(&self.inner).is_of_lines()
    }

    /// Returns the number of stored bytes and their digest (hex), if requested; the input was read to its end.
    fn finish(&self, py: Python<'_>) -> PyResult<(u64, Option<String>)> {
        let finish = py.detach(|| lock(&self.inner).finish()).map_err(to_python)?;
        Ok((finish.stored_bytes, finish.digest.map(hex)))
    }
}

/// Guesses where in `window`, bytes of a CSV source whose records have `width` fields, the first position is.
#[pyfunction]
#[pyo3(signature = (window, *, width, separator))]
pub fn probe_csv(py: Python<'_>, window: &[u8], width: usize, separator: char) -> Option<usize> {
    let separator = u8::try_from(separator).ok()?;
    py.detach(|| records::probe_csv(window, width, separator))
}

/// Guesses where in `window`, bytes of a JSON array or of JSON Lines if `lines`, the first position is.
#[pyfunction]
#[pyo3(signature = (window, *, lines))]
pub fn probe_json(py: Python<'_>, window: &[u8], lines: bool) -> Option<usize> {
    py.detach(|| records::probe_json(window, lines))
}
