//! Inputs (a path or a Python file object) and the CSV and JSON sources that read them.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crowdarrow_core::records::{CsvReader, JsonReader, ReaderOptions, RecordReader, SampledCell};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PyString};

use crate::errors::{internal_error, to_python, usage_error};

/// A Python file object as a [`Read`].
struct FileObject(Py<PyAny>);

impl Read for FileObject {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = Python::try_attach(|py| {
            let read = self.0.bind(py).call_method1("read", (buffer.len(),))?;
            if read.is_instance_of::<PyString>() {
                return Err(usage_error("`input` is a file opened as text; open it in binary mode ('rb')".to_owned()));
            }
            // Not `bytes(read)` alone, which makes zeros of an integer.
            let view = PyMemoryView::from(&read).map_err(|_| {
                let kind = read.get_type().name().map_or_else(|_| "other object".to_owned(), |name| name.to_string());
                usage_error(format!("`input` is a file object whose `read` gave an object of type {kind}, not bytes"))
            })?;
            let bytes = py.get_type::<PyBytes>().call1((view,))?;
            let bytes: &[u8] = bytes.extract()?;
            let Some(target) = buffer.get_mut(..bytes.len()) else {
                return Err(PyValueError::new_err("read() returned more bytes than requested"));
            };
            target.copy_from_slice(bytes);
            Ok(bytes.len())
        });
        match read {
            Some(result) => result.map_err(io::Error::other),
            None => Err(io::Error::other("the interpreter is shutting down")),
        }
    }
}

/// An open input, decompressed on the fly.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct Input {
    source: Mutex<Option<source::Input>>,
    counter: Arc<AtomicU64>,
    #[pyo3(get)]
    name: String,
    #[pyo3(get)]
    compression: String,
    #[pyo3(get)]
    member: Option<String>,
    #[pyo3(get)]
    stored_size: Option<u64>,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked leaves an `Option` or a stopped run, both of which are valid.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn consumed() -> PyErr {
    PyValueError::new_err("the input was consumed by a source already")
}

#[pymethods]
impl Input {
    /// Opens a path or a binary file object. `name` is used in messages.
    ///
    /// `member` selects the member of an archive by name. Otherwise the archive must have exactly one file whose name ends
    /// with none of the suffixes in `skip_members`. `digest` is `blake3`, `sha256` or `None`. A file object that ends
    /// before `announced` bytes is truncated.
    #[new]
    #[pyo3(signature = (origin, name, *, member=None, skip_members=Vec::new(), digest=None, announced=None))]
    fn new(
        py: Python<'_>,
        origin: Bound<'_, PyAny>,
        name: &str,
        member: Option<String>,
        skip_members: Vec<String>,
        digest: Option<&str>,
        announced: Option<u64>,
    ) -> PyResult<Self> {
        let digest = digest.map(digest_called).transpose()?;
        let options = source::Options { member, skip_members, digest, announced, ..source::Options::default() };
        let input = if origin.hasattr("read")? {
            let reader = Box::new(FileObject(origin.unbind()));
            py.detach(|| source::Input::from_reader(reader, name, options))
        } else {
            let path: PathBuf = origin.extract()?;
            py.detach(|| source::Input::open(&path, name, options))
        };
        let input = input.map_err(to_python)?;
        Ok(Self {
            counter: input.counter(),
            name: input.name().to_owned(),
            compression: input.compression().to_string(),
            member: input.member().map(str::to_owned),
            stored_size: input.stored_size(),
            source: Mutex::new(Some(input)),
        })
    }

    /// Number of stored bytes read.
    #[getter]
    fn bytes_read(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }

    /// Reads `size` decompressed bytes, fewer at the end.
    fn read<'py>(&self, py: Python<'py>, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let mut guard = lock(&self.source);
        let input = guard.as_mut().ok_or_else(consumed)?;
        let mut buffer = vec![0; size];
        let read = py.detach(|| input.fill(&mut buffer)).map_err(to_python)?;
        Ok(PyBytes::new(py, &buffer[..read]))
    }

    /// Returns the next `size` decompressed bytes, fewer at the end, without consuming them.
    fn peek<'py>(&self, py: Python<'py>, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let mut guard = lock(&self.source);
        let input = guard.as_mut().ok_or_else(consumed)?;
        let peeked = py.detach(|| input.peek(size)).map_err(to_python)?;
        Ok(PyBytes::new(py, peeked))
    }

    /// Why the input ended early, if it did; known at the end of the input.
    #[getter]
    fn truncated(&self) -> Option<String> {
        lock(&self.source).as_ref().and_then(|input| input.truncated().map(str::to_owned))
    }

    /// Reads the rest and returns the number of stored bytes and their digest (hex), if requested.
    fn finish(&self, py: Python<'_>) -> PyResult<(u64, Option<String>)> {
        let mut guard = lock(&self.source);
        let input = guard.as_mut().ok_or_else(consumed)?;
        let finish = py.detach(|| input.finish()).map_err(to_python)?;
        Ok((finish.stored_bytes, finish.digest.map(hex)))
    }
}

fn digest_called(name: &str) -> PyResult<source::Digest> {
    match name {
        "blake3" => Ok(source::Digest::Blake3),
        "sha256" => Ok(source::Digest::Sha256),
        _ => Err(internal_error("there is no such digest")),
    }
}

/// Returns the digest (hex) of a file, whatever it contains; `digest` is `blake3` or `sha256`.
#[pyfunction]
#[pyo3(signature = (path, digest))]
pub fn digest_of(py: Python<'_>, path: PathBuf, digest: &str) -> PyResult<Option<String>> {
    let (digest, name) = (digest_called(digest)?, path.display().to_string());
    let finish = py.detach(move || source::digest_of(&path, &name, digest)).map_err(to_python)?;
    Ok(finish.digest.map(hex))
}

/// Lower-case hex digits.
pub fn hex(digest: [u8; 32]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A CSV source after its header.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct CsvSource {
    reader: Mutex<Option<CsvReader>>,
    #[pyo3(get)]
    header: Vec<String>,
    /// The character between fields.
    #[pyo3(get)]
    separator: String,
}

/// A JSON source: the elements of one array, or a sequence of values.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct JsonSource {
    reader: Mutex<Option<JsonReader>>,
    /// The first complete elements, undecoded.
    elements: Vec<Vec<u8>>,
}

/// A source of either format.
#[derive(FromPyObject)]
pub enum Source<'py> {
    Csv(Bound<'py, CsvSource>),
    Json(Bound<'py, JsonSource>),
}

impl Source<'_> {
    /// Takes the reader out of the source.
    pub fn take(&self) -> PyResult<RecordReader> {
        match self {
            Self::Csv(source) => lock(&source.get().reader).take().map(RecordReader::from),
            Self::Json(source) => lock(&source.get().reader).take().map(RecordReader::from),
        }
        .ok_or_else(consumed)
    }
}

#[pymethods]
impl CsvSource {
    /// Consumes `input` and reads its header.
    ///
    /// Fields are separated by the first of the bytes `separators` with which `accepts` is true of the column names. It is
    /// not called if there is only one.
    #[new]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes, separators=",", accepts=None))]
    fn new(
        py: Python<'_>,
        input: &Input,
        block_bytes: usize,
        max_record_bytes: usize,
        separators: &str,
        accepts: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let mut raised = None;
        let fault = &mut raised;
        let asks = move |names: &[String]| {
            let Some(accepts) = &accepts else { return true };
            let answer = Python::attach(|py| accepts.call1(py, (names,))?.is_truthy(py));
            answer.unwrap_or_else(|error| {
                *fault = Some(error);
                true
            })
        };
        let reader = py.detach(|| CsvReader::open_separated(input, options, separators.as_bytes(), asks));
        if let Some(error) = raised {
            return Err(error);
        }
        let reader = reader.map_err(to_python)?;
        let separator = char::from(reader.separator()).to_string();
        Ok(Self { header: reader.header().to_vec(), separator, reader: Mutex::new(Some(reader)) })
    }

    /// Name of the format.
    #[classattr]
    #[pyo3(name = "format")]
    const FORMAT: &'static str = "csv";

    /// The cells that are not empty of the first records that are not rejected for their form, with their columns.
    ///
    /// These are a thousand records, or those in the first 8 MiB. `wanted` has for each column the text that its cells
    /// contain, or `None` if the column is left out.
    fn first_records(&self, py: Python<'_>, wanted: Vec<Option<String>>) -> PyResult<Vec<Vec<SampledCell>>> {
        let mut guard = lock(&self.reader);
        let reader = guard.as_mut().ok_or_else(consumed)?;
        py.detach(move || reader.first_records(&wanted)).map_err(to_python)
    }
}

#[pymethods]
impl JsonSource {
    /// Consumes `input` and samples its first elements.
    #[new]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes))]
    fn new(py: Python<'_>, input: &Input, block_bytes: usize, max_record_bytes: usize) -> PyResult<Self> {
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let (reader, elements) = py.detach(|| JsonReader::open(input, options)).map_err(to_python)?;
        Ok(Self { elements, reader: Mutex::new(Some(reader)) })
    }

    /// Name of the format.
    #[classattr]
    #[pyo3(name = "format")]
    const FORMAT: &'static str = "json";

    /// The first elements, undecoded: a thousand objects, or those in the first 8 MiB, or only the first if it is longer.
    ///
    /// Their brackets match, but their JSON is not validated.
    #[getter]
    fn elements<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.elements.iter().map(|element| PyBytes::new(py, element)).collect()
    }
}
