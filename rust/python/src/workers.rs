//! The threads of a run, for work that Python has.

use std::sync::Arc;
use std::sync::mpsc::channel;

use crowdarrow_core::workers::{self, Stage};
use pyo3::prelude::*;

use crate::errors::{raise, to_python};

/// Threads that read, decode and write for a run, one for each core that it may keep busy.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Workers(workers::Workers);

impl Workers {
    /// The same threads.
    pub fn inner(&self) -> workers::Workers {
        self.0.clone()
    }
}

#[pymethods]
impl Workers {
    /// `count` threads.
    #[new]
    fn new(py: Python<'_>, count: usize) -> PyResult<Self> {
        workers::Workers::new(count).map(Self).map_err(|error| to_python(py, error))
    }

    /// How many there are.
    #[getter]
    fn count(&self) -> usize {
        self.0.count()
    }

    /// `function` of each item, in order, before anything else that these threads have to do. If calls raise, all have
    /// ended before the first of these errors is raised here. Not to be called within `function`.
    fn map(&self, py: Python<'_>, function: Py<PyAny>, items: Vec<Py<PyAny>>) -> PyResult<Vec<Py<PyAny>>> {
        let (results, made) = channel();
        let function = Arc::new(function);
        let count = items.len();
        for (place, item) in items.into_iter().enumerate() {
            let (function, results) = (Arc::clone(&function), results.clone());
            self.0.submit(Stage::Write, move || {
                let result = Python::attach(|py| {
                    let result = function.call1(py, (item,));
                    // While Python is attached: else what they hold would be let go at some later time.
                    drop(function);
                    result
                });
                let _ = results.send((place, result));
            });
        }
        drop((results, function));
        let mut made: Vec<(usize, PyResult<Py<PyAny>>)> = py.detach(move || made.into_iter().collect());
        if made.len() != count {
            return Err(raise(py, "InternalError", "a thread panicked"));
        }
        made.sort_unstable_by_key(|&(place, _)| place);
        made.into_iter().map(|(_, result)| result).collect()
    }
}
