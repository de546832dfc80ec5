//! A run: the pipeline as a Python object.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crowdarrow_core::error::Error;
use crowdarrow_core::pipeline::{Event, Options, Pipeline, RunSource};
use crowdarrow_core::plan::{Decoded, Plan};
use crowdarrow_core::reject::Reject;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

use crate::capsule::Batch;
use crate::errors::{raise, to_python};
use crate::input::{Source, hex, lock};
use crate::workers::Workers;

/// How long a wait may keep Python from seeing a signal.
const PATIENCE: Duration = Duration::from_millis(50);

/// The pipeline over some sources; `next()` gives what they hold, in order.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Run {
    pipeline: Mutex<Pipeline>,
}

#[pymethods]
impl Run {
    /// Starts reading. `plan` is a declaration as JSON; for each source, the column of each field of the plan.
    #[new]
    #[pyo3(signature = (plan, sources, *, workers, max_depth))]
    fn new(
        py: Python<'_>,
        plan: &str,
        sources: Vec<(Source<'_>, Vec<Option<usize>>)>,
        workers: &Workers,
        max_depth: usize,
    ) -> PyResult<Self> {
        let plan = Arc::new(Plan::from_json(plan).map_err(|error| to_python(py, error))?);
        let sources = sources
            .into_iter()
            .map(|(source, columns)| {
                if columns.len() != plan.fields().len() {
                    return Err(raise(py, "InternalError", "a source needs a column or none for each field"));
                }
                Ok(RunSource { reader: source.take()?, columns })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let pipeline = Pipeline::start(&plan, sources, Options { workers: workers.inner(), max_depth });
        Ok(Self { pipeline: Mutex::new(pipeline) })
    }

    /// The next step: a dict with `source` and either what a block gave or what a source's end tells; none at the end.
    ///
    /// Waits without the GIL, and looks for signals while it waits.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        loop {
            let event = py.detach(|| lock(&self.pipeline).next_within(PATIENCE));
            match event {
                Ok(None) => py.check_signals()?,
                Ok(Some(None)) | Err(Error::Cancelled) => return Ok(None),
                Ok(Some(Some(event))) => {
                    py.check_signals()?;
                    return step(py, event).map(Some);
                }
                Err(error) => return Err(to_python(py, error)),
            }
        }
    }

    /// Ends the run early.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| lock(&self.pipeline).cancel());
    }
}

fn step(py: Python<'_>, event: Event) -> PyResult<Bound<'_, PyDict>> {
    let step = PyDict::new(py);
    match event {
        Event::Finished { source, finish } => {
            step.set_item("source", source)?;
            step.set_item("stored_bytes", finish.stored_bytes)?;
            step.set_item("sha256", finish.sha256.map(hex))?;
        }
        Event::Decoded { source, decoded } => {
            let Decoded { batches, rejects, records, rows, filtered, bytes, leniencies, notes, shapes } = decoded;
            step.set_item("source", source)?;
            let batches = batches.into_iter().map(|batch| (batch.table, Batch::from(batch.batch)));
            step.set_item(
                "batches",
                PyList::new(py, batches.map(|batch| batch.into_pyobject(py)).collect::<PyResult<Vec<_>>>()?)?,
            )?;
            // Each is dropped once it is copied: a raw record may be long.
            let rejects = rejects.into_iter().map(|reject| to_tuple(py, &reject));
            step.set_item("rejects", rejects.collect::<PyResult<Vec<_>>>()?)?;
            step.set_item("records", records)?;
            step.set_item("rows", rows)?;
            step.set_item("filtered", filtered)?;
            step.set_item("bytes", bytes)?;
            step.set_item("leniencies", leniencies.used().collect::<Vec<_>>())?;
            step.set_item("notes", notes)?;
            step.set_item("shapes", shapes.iter().collect::<Vec<_>>())?;
        }
    }
    Ok(step)
}

/// The members of `crowdarrow.read.reader.Reject` after the source's name.
fn to_tuple<'py>(py: Python<'py>, reject: &Reject) -> PyResult<Bound<'py, PyTuple>> {
    (
        reject.record,
        reject.line,
        reject.offset,
        reject.column.as_deref(),
        reject.kind.name(),
        reject.message.as_str(),
        PyBytes::new(py, &reject.raw),
        reject.more,
    )
        .into_pyobject(py)
}
