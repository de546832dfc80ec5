//! The rejects of a block as a Python object, and the text of a file of rejects.

use std::sync::Mutex;

use crowdarrow_core::reject::{self, HEADER, Reject, RejectKind, RejectRef};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::internal_error;
use crate::input::lock;

/// Record number, line, byte offset, column, kind, message, raw bytes, and whether these continue in the next entry.
type Entry<'py> = (u64, u64, u64, Option<&'py str>, &'static str, &'py str, Bound<'py, PyBytes>, bool);

/// The same, from Python.
type NewEntry = (u64, u64, u64, Option<String>, String, String, Vec<u8>, bool);

/// The rejected records of one block, in input order.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Rejects(reject::Rejects);

impl From<reject::Rejects> for Rejects {
    fn from(rejects: reject::Rejects) -> Self {
        Self(rejects)
    }
}

#[pymethods]
impl Rejects {
    /// Makes rejects of tuples as `entry` returns them.
    #[new]
    fn new(entries: Vec<NewEntry>) -> PyResult<Self> {
        let mut rejects = reject::Rejects::default();
        for (record, line, offset, column, kind, message, raw, more) in entries {
            let known = RejectKind::ALL.into_iter().find(|known| known.name() == kind);
            let kind = known.ok_or_else(|| internal_error("there is no such kind of reject"))?;
            rejects.push(&Reject { record, line, offset, column, kind, message, raw, more });
        }
        Ok(Self(rejects))
    }

    /// Number of entries: a reject of many megabytes has several.
    fn __len__(&self) -> usize {
        self.0.len()
    }

    /// The entry at a position: record number, line, byte offset, column, kind, message, raw bytes, and whether the raw
    /// bytes continue in the next entry.
    fn entry<'py>(slf: &'py Bound<'py, Self>, at: usize) -> PyResult<Entry<'py>> {
        let found = slf.get().0.get(at).ok_or_else(|| internal_error("there is no such reject"))?;
        let RejectRef { record, line, offset, column, kind, message, raw, more } = found;
        let raw = PyBytes::new(slf.py(), raw);
        Ok((record, line, offset, column.map(|(_, name)| name), kind.name(), message, raw, more))
    }

    /// The columns at fault.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.0.columns().to_vec()
    }

    /// Name and number of rejected records of every kind that occurs.
    #[getter]
    fn counts(&self) -> Vec<(&'static str, u64)> {
        self.0.counts().into_iter().map(|(kind, count)| (kind.name(), count)).collect()
    }

    /// Number of rejected records with Python literals instead of JSON.
    #[getter]
    fn literals(&self) -> usize {
        self.0.literals()
    }

    /// Number of rejected records with a text that is not a time.
    #[getter]
    fn times(&self) -> usize {
        self.0.times()
    }

    /// The same without raw bytes, and without values in messages.
    fn without_values(&self) -> Self {
        Self(self.0.without_values())
    }

    /// The position of the first entry by which more than `allowed` records are rejected.
    fn beyond(&self, allowed: u64) -> Option<usize> {
        self.0.beyond(allowed)
    }
}

/// The rows of a file of rejects, whose text it passes to a function in parts.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct RejectsText(Mutex<reject::RejectsText>);

#[pymethods]
impl RejectsText {
    /// The rows of a new file. If `safe`, a text that a spreadsheet would take for a formula gets a leading `'`.
    /// Unless `has_raw`, the bytes of the records are left out.
    #[new]
    #[pyo3(signature = (*, safe=false, has_raw=true))]
    fn new(safe: bool, has_raw: bool) -> Self {
        let text = reject::RejectsText::new(safe);
        Self(Mutex::new(if has_raw { text } else { text.without_raw() }))
    }

    #[expect(clippy::needless_pass_by_value, reason = "a list from Python")]
    /// Writes the rejects of a block; `columns` are the names of its columns in the file.
    fn add(
        &self,
        rejects: &Rejects,
        source: &[u8],
        columns: Vec<Option<String>>,
        write: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        lock(&self.0).add(&rejects.0, source, &columns, |bytes| pass_on(write, bytes))
    }

    /// Writes the last rows.
    fn finish(&self, write: &Bound<'_, PyAny>) -> PyResult<()> {
        lock(&self.0).finish(|bytes| pass_on(write, bytes))
    }

    /// The header row.
    #[classattr]
    #[pyo3(name = "HEADER")]
    const HEADER: &'static [u8] = HEADER;
}

fn pass_on(write: &Bound<'_, PyAny>, bytes: &[u8]) -> PyResult<()> {
    write.call1((PyBytes::new(write.py(), bytes),)).map(drop)
}
