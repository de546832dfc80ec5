//! The worker pool of a run, which also runs Python functions.

use std::sync::Arc;
use std::sync::mpsc::channel;

use crowdarrow_core::workers::{self, Stage};
use pyo3::prelude::*;

use crate::errors::{internal_error, to_python};

/// A pool of threads that read, decode and write for a run. At most `count` of them are busy at a time.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Workers(workers::Workers);

impl Workers {
    /// The shared pool.
    pub fn inner(&self) -> workers::Workers {
        self.0.clone()
    }
}

#[pymethods]
impl Workers {
    /// Starts a pool of `count` threads.
    #[new]
    fn new(count: usize) -> PyResult<Self> {
        workers::Workers::new(count).map(Self).map_err(to_python)
    }

    /// Number of tasks that run concurrently.
    #[getter]
    fn count(&self) -> usize {
        self.0.count()
    }

    /// Calls `function` with each item, before any other queued task, and returns the results in order.
    ///
    /// If a call raises, the error of the first such item is raised after all calls have ended. `function` must not call
    /// `map`.
    fn map(&self, py: Python<'_>, function: Py<PyAny>, items: Vec<Py<PyAny>>) -> PyResult<Vec<Py<PyAny>>> {
        let (sender, receiver) = channel();
        let function = Arc::new(function);
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let (function, sender) = (Arc::clone(&function), sender.clone());
            self.0.submit(Stage::Write, move || {
                let result = Python::attach(|py| {
                    let result = function.call1(py, (item,));
                    // Dropped while attached to Python, which otherwise defers the release.
                    drop(function);
                    result
                });
                let _ = sender.send((index, result));
            });
        }
        drop((sender, function));
        let mut results: Vec<(usize, PyResult<Py<PyAny>>)> = py.detach(move || receiver.into_iter().collect());
        if results.len() != count {
            return Err(internal_error("a thread panicked"));
        }
        results.sort_unstable_by_key(|&(index, _)| index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
