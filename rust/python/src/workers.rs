//! The worker pool of a run, which also runs Python functions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use crowdarrow_core::error::Error;
use crowdarrow_core::workers::{self, MIN_PARALLEL_BYTES, Stage};
use pyo3::prelude::*;

use crate::errors::{internal_error, to_python};

/// A pool of threads that read, decode and write for a run. At most `count` of them are busy at a time.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct WorkerPool {
    pool: workers::Workers,
    cancelled: Arc<AtomicBool>,
}

impl WorkerPool {
    /// The shared pool.
    pub fn inner(&self) -> workers::Workers {
        self.pool.clone()
    }

    /// The flag that `cancel` sets.
    pub fn cancelled(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }
}

#[pymethods]
impl WorkerPool {
    /// Starts a pool of `count` threads.
    #[new]
    fn new(count: usize) -> PyResult<Self> {
        let pool = workers::Workers::new(count).map_err(to_python)?;
        Ok(Self { pool, cancelled: Arc::default() })
    }

    /// Number of tasks that run concurrently.
    #[getter]
    fn count(&self) -> usize {
        self.pool.count()
    }

    /// Makes running calls of `map`, and the encoding of row groups, fail early.
    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Calls `function` with each item, before any other queued task, and returns the results in order.
    ///
    /// `size` is the number of bytes of Arrow data to process; a small amount is processed on the calling thread. If a
    /// call raises, the error of the first such item is raised after all calls have ended. `function` must not call `map`.
    #[pyo3(signature = (function, items, *, size=None))]
    fn map(
        &self,
        py: Python<'_>,
        function: Py<PyAny>,
        items: Vec<Py<PyAny>>,
        size: Option<usize>,
    ) -> PyResult<Vec<Py<PyAny>>> {
        if size.is_some_and(|size| size < MIN_PARALLEL_BYTES) {
            return items.into_iter().map(|item| call(py, &function, item, &self.cancelled)).collect();
        }
        let (sender, receiver) = channel();
        let function = Arc::new(function);
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let (function, sender, cancelled) = (Arc::clone(&function), sender.clone(), self.cancelled());
            self.pool.submit(Stage::Write, move || {
                let result = Python::attach(|py| {
                    let result = call(py, &function, item, &cancelled);
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

fn call(py: Python<'_>, function: &Py<PyAny>, item: Py<PyAny>, cancelled: &AtomicBool) -> PyResult<Py<PyAny>> {
    if cancelled.load(Ordering::Relaxed) { Err(to_python(Error::Cancelled)) } else { function.call1(py, (item,)) }
}
