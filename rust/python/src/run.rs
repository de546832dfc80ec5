//! A run of the pipeline as a Python object, and the events it returns.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use crowdarrow_core::error::Error;
use crowdarrow_core::pipeline::{Event, Options, Pipeline, RunSource};
use crowdarrow_core::plan::{self, Decoded, Limits, Plan};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::capsule::Batch;
use crate::errors::{internal_error, to_python};
use crate::input::{PositionTuple, Source, hex, lock, position_tuple};
use crate::rejects::Rejects;
use crate::workers::WorkerPool;

/// Maximum time between two checks for Python signals.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Decodes sources by a plan; `next()` returns their blocks in input order.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Run {
    pipeline: Mutex<Pipeline>,
}

/// The record ids of the sources of one or several runs, which count or drop records whose id an earlier source has.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct RecordIds {
    ids: Arc<plan::RecordIds>,
}

#[pymethods]
impl RecordIds {
    /// No ids. If `drops`, runs drop records whose id an earlier source has; else they count them.
    #[new]
    #[pyo3(signature = (*, drops))]
    fn new(drops: bool) -> Self {
        Self { ids: Arc::new(plan::RecordIds::new(drops)) }
    }

    /// No ids: runs only list them, for another process.
    #[staticmethod]
    fn listing() -> Self {
        Self { ids: Arc::new(plan::RecordIds::listing()) }
    }

    /// The ids that were listed, each as 8 bytes, the least significant first; they are forgotten.
    fn take_listed<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let ids: Vec<u8> = self.ids.take_listed().into_iter().flat_map(i64::to_le_bytes).collect();
        PyBytes::new(py, &ids)
    }

    /// Adds listed ids of the current source; returns how many of them an earlier source has.
    fn add_listed(&self, py: Python<'_>, ids: &[u8]) -> u64 {
        let (ids, _) = ids.as_chunks::<8>();
        py.detach(|| self.ids.add(&ids.iter().copied().map(i64::from_le_bytes).collect::<Vec<_>>()))
    }

    /// Starts the next source: all ids so far are those of earlier sources.
    fn next_source(&self) {
        self.ids.next_source();
    }
}

/// The decoded content of one block of a source.
#[pyclass(frozen, get_all, module = "crowdarrow._core")]
pub struct DecodedBlock {
    /// Index of the source.
    source: usize,
    /// Table index and record batch of every table that has rows.
    batches: Py<PyList>,
    /// Rejected records in input order.
    rejects: Py<Rejects>,
    /// Number of records read: rows, rejected and filtered records.
    records: u64,
    /// Number of records that were neither rejected nor filtered: rows of the record table, if each gives one.
    rows: u64,
    /// Number of records that a filter dropped.
    filtered: u64,
    /// Number of decompressed bytes read.
    bytes: u64,
    /// Name and count of every leniency that occurred.
    leniencies: Vec<(&'static str, u64)>,
    /// Count of every note of the plan.
    notes: Vec<u64>,
    /// Note index, shape and count of every shape that occurred.
    shapes: Vec<(usize, String, u64)>,
    /// For each filter, values of its field in records that it left out before the first row; 21 are the first and the
    /// last of more.
    left_out: Vec<Vec<(i64, i64)>>,
}

/// The end of a source.
#[pyclass(frozen, get_all, module = "crowdarrow._core")]
pub struct SourceEnd {
    /// Index of the source.
    source: usize,
    /// Number of stored (compressed) bytes.
    stored_bytes: u64,
    /// Digest of the stored bytes as hex digits, if it was requested.
    digest: Option<String>,
    /// Offset, line and number of records after the last record that was read.
    end: PositionTuple,
    /// Whether the source was read to its end, and not only to that of its part.
    is_at_end: bool,
}

/// An event of a run, as the Python object of its kind.
#[derive(IntoPyObject)]
pub enum PyEvent {
    Decoded(DecodedBlock),
    Finished(SourceEnd),
}

#[pymethods]
impl Run {
    /// Starts reading `sources` by `plan`, a declaration in JSON.
    ///
    /// Each source comes with the index of its column for every field of the plan, or `None` for a missing column, and
    /// with the number of fields that its records have at least if they may differ in those after them. A record that
    /// gives more than `max_rows` rows, or too much text, is rejected.
    #[new]
    #[pyo3(signature = (plan, sources, *, workers, max_depth, max_rows, ids=None, tracks_keys=false))]
    fn new(
        plan: &str,
        sources: Vec<(Source<'_>, Vec<Option<usize>>, Option<usize>)>,
        workers: &WorkerPool,
        max_depth: usize,
        max_rows: u64,
        ids: Option<&RecordIds>,
        tracks_keys: bool,
    ) -> PyResult<Self> {
        let plan = Arc::new(Plan::from_json(plan).map_err(to_python)?);
        let sources = sources
            .into_iter()
            .map(|(source, columns, least)| {
                if columns.len() != plan.fields().len() {
                    return Err(internal_error("a source needs a column or none for each field"));
                }
                Ok(RunSource { reader: source.take()?, columns, least })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let ids = ids.map(|ids| Arc::clone(&ids.ids));
        let limits = Limits { depth: max_depth, rows: max_rows };
        let mut pipeline = Pipeline::start(&plan, sources, Options { workers: workers.inner(), limits, ids });
        if tracks_keys {
            pipeline.track_keys();
        }
        Ok(Self { pipeline: Mutex::new(pipeline) })
    }

    /// Returns the next block or the next end of a source; `None` after the last one.
    ///
    /// The GIL is released while waiting, and Python signals are handled.
    fn next(&self, py: Python<'_>) -> PyResult<Option<PyEvent>> {
        loop {
            let event = py.detach(|| lock(&self.pipeline).next_within(SIGNAL_INTERVAL));
            match event {
                Ok(None) => py.check_signals()?,
                Ok(Some(None)) | Err(Error::Cancelled) => return Ok(None),
                Ok(Some(Some(event))) => {
                    py.check_signals()?;
                    return to_event(py, event).map(Some);
                }
                Err(error) => return Err(to_python(error)),
            }
        }
    }

    /// The deduplication keys of a table with `tracks_keys`, which are forgotten: the groups of rows that were kept, in
    /// their order, and the number of elements of each key and content.
    fn take_keys(&self, py: Python<'_>, table: usize) -> PyResult<(Batch, Batch)> {
        let keys = py.detach(|| lock(&self.pipeline).take_keys(table));
        let kept = [
            (
                "record_key",
                keys.kept.iter().map(|once| once.key.and_then(|(record, _)| record)).collect::<Int64Array>(),
            ),
            ("key", keys.kept.iter().map(|once| once.key.map(|(_, element)| element)).collect()),
            ("content", keys.kept.iter().map(|once| Some(once.content.cast_signed())).collect()),
            ("rows", keys.kept.iter().map(|once| i64::try_from(once.rows).ok()).collect()),
        ];
        let mut counts: Vec<_> = keys.counts.into_iter().collect();
        counts.sort_unstable();
        let counts = [
            ("record_key", counts.iter().map(|&(((record, _), _), _)| record).collect::<Int64Array>()),
            ("key", counts.iter().map(|&(((_, element), _), _)| Some(element)).collect()),
            ("content", counts.iter().map(|&((_, content), _)| Some(content.cast_signed())).collect()),
            ("count", counts.iter().map(|&(_, count)| i64::try_from(count).ok()).collect()),
        ];
        Ok((integers(kept)?, integers(counts)?))
    }

    /// Stops the run early.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| lock(&self.pipeline).cancel());
    }
}

/// A batch of columns of integers.
fn integers<const COLUMNS: usize>(columns: [(&str, Int64Array); COLUMNS]) -> PyResult<Batch> {
    let columns = columns.map(|(name, column)| (name, Arc::new(column) as ArrayRef, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns);
    batch.map(Batch::from).map_err(|error| to_python(Error::Internal(error.to_string())))
}

fn to_event(py: Python<'_>, event: Event) -> PyResult<PyEvent> {
    let (source, decoded) = match event {
        Event::Finished { source, finish, end, is_at_end } => {
            let (stored_bytes, digest) = (finish.stored_bytes, finish.digest.map(hex));
            let end = position_tuple(end);
            return Ok(PyEvent::Finished(SourceEnd { source, stored_bytes, digest, end, is_at_end }));
        }
        Event::Decoded { source, decoded } => (source, decoded),
    };
    let Decoded { batches, rejects, records, rows, filtered, bytes, leniencies, counts, sketches, left_out, ids: _ } =
        *decoded;
    let batches = batches.into_iter().map(|batch| (batch.table, Batch::from(batch.batch)).into_pyobject(py));
    Ok(PyEvent::Decoded(DecodedBlock {
        source,
        batches: PyList::new(py, batches.collect::<PyResult<Vec<_>>>()?)?.unbind(),
        rejects: Py::new(py, Rejects::from(rejects))?,
        records,
        rows,
        filtered,
        bytes,
        leniencies: leniencies.used().collect(),
        notes: counts,
        left_out: left_out.iter().map(|filter| filter.values().to_vec()).collect(),
        shapes: sketches.iter().map(|(counter, sketch, count)| (counter, sketch.to_owned(), count)).collect(),
    }))
}
