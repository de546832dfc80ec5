//! Inputs (a path or a Python file object) and the CSV and JSON sources that read them.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crowdarrow_core::error::{Error, Result};
use crowdarrow_core::pipeline::SourceReader;
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
            if let Ok(bytes) = read.cast_exact::<PyBytes>() {
                return copied(bytes.as_bytes(), buffer);
            }
            // Not `bytes(read)` alone, which makes zeros of an integer.
            let view = PyMemoryView::from(&read).map_err(|_| {
                let kind = read.get_type().name().map_or_else(|_| "other object".to_owned(), |name| name.to_string());
                usage_error(format!("`input` is a file object whose `read` gave an object of type {kind}, not bytes"))
            })?;
            let bytes = py.get_type::<PyBytes>().call1((view,))?;
            copied(bytes.extract()?, buffer)
        });
        match read {
            Some(result) => result.map_err(io::Error::other),
            None => Err(io::Error::other("the interpreter is shutting down")),
        }
    }
}

fn copied(bytes: &[u8], buffer: &mut [u8]) -> PyResult<usize> {
    let Some(target) = buffer.get_mut(..bytes.len()) else {
        return Err(PyValueError::new_err("read() returned more bytes than requested"));
    };
    target.copy_from_slice(bytes);
    Ok(bytes.len())
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
    /// Size and modification time (nanoseconds since 1970) of a regular file when it was opened.
    #[pyo3(get)]
    stamp: Option<(u64, i64)>,
}

/// The decompressed bytes of all members of an archive that are read; see `max_expansion` of `Input`.
#[pyclass(frozen, module = "crowdarrow._core")]
#[derive(Default)]
pub struct Expanded {
    bytes: source::Expanded,
}

#[pymethods]
impl Expanded {
    /// No bytes so far.
    #[new]
    fn new() -> Self {
        Self::default()
    }
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
    /// before `announced` bytes is truncated. Beyond `expansion_floor` decompressed bytes, there may be at most
    /// `max_expansion` of them per stored byte; the members of one archive, which have the same `expanded`, count together.
    #[new]
    #[pyo3(signature = (origin, name, *, member=None, skip_members=Vec::new(), digest=None, announced=None,
        max_expansion=200, expansion_floor=1 << 30, expanded=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        py: Python<'_>,
        origin: Bound<'_, PyAny>,
        name: &str,
        member: Option<String>,
        skip_members: Vec<String>,
        digest: Option<&str>,
        announced: Option<u64>,
        max_expansion: u64,
        expansion_floor: u64,
        expanded: Option<&Expanded>,
    ) -> PyResult<Self> {
        let digest = digest.map(digest_called).transpose()?;
        let expanded = expanded.map(|expanded| expanded.bytes.clone());
        let options =
            source::Options { member, skip_members, digest, announced, max_expansion, expansion_floor, expanded };
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
            stamp: input.stamp(),
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

/// Returns the digest (hex) of a path or a binary file object, whatever it contains; `digest` is `blake3` or `sha256`.
#[pyfunction]
#[pyo3(signature = (origin, digest))]
pub fn digest_of(py: Python<'_>, origin: Bound<'_, PyAny>, digest: &str) -> PyResult<Option<String>> {
    let digest = digest_called(digest)?;
    let finish = if origin.hasattr("read")? {
        let reader = Box::new(FileObject(origin.unbind()));
        py.detach(move || source::digest_of_reader(reader, digest))
    } else {
        let path: PathBuf = origin.extract()?;
        py.detach(move || source::digest_of(&path, &path.display().to_string(), digest))
    };
    let finish = finish.map_err(to_python)?;
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

/// The reader of a source.
enum State<R> {
    Open(Box<R>),
    /// Not open: the function opens the input again.
    Closed(Py<PyAny>),
    Taken,
}

impl<R> State<R> {
    fn take(&mut self) -> PyResult<Self> {
        match std::mem::replace(self, Self::Taken) {
            Self::Taken => Err(consumed()),
            taken => Ok(taken),
        }
    }
}

/// Opens an input again by a Python function, in any thread.
fn reopened(reopen: &Py<PyAny>, name: &str) -> Result<source::Input> {
    let opened = Python::try_attach(|py| {
        let input = reopen.bind(py).call0()?;
        let input: PyRef<'_, Input> = input.extract().map_err(PyErr::from)?;
        lock(&input.source).take().ok_or_else(consumed)
    });
    opened
        .unwrap_or_else(|| Err(PyValueError::new_err("the interpreter is shutting down")))
        .map_err(|error| Error::io(name, io::Error::other(error)))
}

/// A CSV source after its header.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct CsvSource {
    reader: Mutex<State<CsvReader>>,
    name: String,
    options: ReaderOptions,
    header: Arc<[String]>,
    is_header_quoted: bool,
    separator: u8,
    /// Whether that is the first of those tried.
    is_first: bool,
}

/// A JSON source: the elements of one array, or a sequence of values.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct JsonSource {
    reader: Mutex<State<JsonReader>>,
    name: String,
    options: ReaderOptions,
    /// The first complete elements, undecoded, until the source is closed.
    elements: Mutex<Vec<Vec<u8>>>,
}

/// A source of either format.
#[derive(FromPyObject)]
pub enum Source<'py> {
    Csv(Bound<'py, CsvSource>),
    Json(Bound<'py, JsonSource>),
}

impl Source<'_> {
    /// Takes the reader out of the source.
    pub fn take(&self) -> PyResult<SourceReader> {
        match self {
            Self::Csv(source) => source.get().take(),
            Self::Json(source) => source.get().take(),
        }
    }
}

#[pymethods]
impl CsvSource {
    /// Consumes `input` and reads its header.
    ///
    /// Fields are separated by the first of the bytes `separators` with which `accepts` is true of the column names. It is
    /// not called if there is only one.
    #[new]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes, max_columns=usize::MAX, separators=",", accepts=None))]
    fn new(
        py: Python<'_>,
        input: &Input,
        block_bytes: usize,
        max_record_bytes: usize,
        max_columns: usize,
        separators: &str,
        accepts: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let name = input.name.clone();
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let separators = separators.as_bytes();
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
        let reader = py.detach(|| CsvReader::open_separated(input, options, separators, max_columns, asks));
        if let Some(error) = raised {
            return Err(error);
        }
        let reader = reader.map_err(to_python)?;
        Ok(Self {
            name,
            options,
            header: reader.header().into(),
            is_header_quoted: reader.is_header_quoted(),
            separator: reader.separator(),
            is_first: separators.first() == Some(&reader.separator()),
            reader: Mutex::new(State::Open(Box::new(reader))),
        })
    }

    /// Names of the columns.
    #[getter]
    fn header(&self) -> Vec<String> {
        self.header.to_vec()
    }

    /// The character between fields.
    #[getter]
    fn separator(&self) -> String {
        char::from(self.separator).to_string()
    }

    /// Closes the input. `reopen` returns it again, open at its beginning, when its records are read.
    fn close(&self, reopen: Py<PyAny>) {
        *lock(&self.reader) = State::Closed(reopen);
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
        let State::Open(reader) = &mut *guard else { return Err(consumed()) };
        py.detach(move || reader.first_records(&wanted)).map_err(to_python)
    }
}

impl CsvSource {
    fn take(&self) -> PyResult<SourceReader> {
        let reopen = match lock(&self.reader).take()? {
            State::Open(reader) => return Ok((*reader).into()),
            State::Closed(reopen) => reopen,
            State::Taken => return Err(consumed()),
        };
        let (name, header, options) = (self.name.clone(), Arc::clone(&self.header), self.options);
        let (separator, is_first) = (self.separator, self.is_first);
        let open = move || {
            let input = reopened(&reopen, &name)?;
            CsvReader::reopen(input, options, separator, is_first, &header).map(RecordReader::from)
        };
        let (width, is_header_quoted) = (Some(self.header.len()), self.is_header_quoted);
        Ok(SourceReader { width, is_header_quoted, open: Box::new(open) })
    }
}

#[pymethods]
impl JsonSource {
    /// Consumes `input` and samples its first elements.
    #[new]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes))]
    fn new(py: Python<'_>, input: &Input, block_bytes: usize, max_record_bytes: usize) -> PyResult<Self> {
        let name = input.name.clone();
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let (reader, elements) = py.detach(|| JsonReader::open(input, options)).map_err(to_python)?;
        let (elements, reader) = (Mutex::new(elements), Mutex::new(State::Open(Box::new(reader))));
        Ok(Self { reader, name, options, elements })
    }

    /// Closes the input, and drops the first elements. `reopen` returns the input again, open at its beginning, when its
    /// records are read.
    fn close(&self, reopen: Py<PyAny>) {
        *lock(&self.elements) = Vec::new();
        *lock(&self.reader) = State::Closed(reopen);
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
        lock(&self.elements).iter().map(|element| PyBytes::new(py, element)).collect()
    }
}

impl JsonSource {
    fn take(&self) -> PyResult<SourceReader> {
        let reopen = match lock(&self.reader).take()? {
            State::Open(reader) => return Ok((*reader).into()),
            State::Closed(reopen) => reopen,
            State::Taken => return Err(consumed()),
        };
        let (name, options) = (self.name.clone(), self.options);
        let open = move || {
            let input = reopened(&reopen, &name)?;
            JsonReader::open(input, options).map(|(reader, _)| RecordReader::from(reader))
        };
        Ok(SourceReader { width: None, is_header_quoted: false, open: Box::new(open) })
    }
}
