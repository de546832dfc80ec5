//! Inputs (a path or a Python file object) and the CSV and JSON sources that read them.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crowdarrow_core::error::{Error, Result};
use crowdarrow_core::pipeline::SourceReader;
use crowdarrow_core::records::{CsvHeader, CsvReader, JsonReader, Position, ReaderOptions, RecordReader, SampledCell};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::{internal_error, to_python};
use crate::objects::reader_of;

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
    /// With `start` the rest of an uncompressed input is read from this byte on; a file object must then have `seek`, or
    /// `read_range(offset, size)` and need no `read`.
    #[new]
    #[pyo3(signature = (origin, name, *, member=None, skip_members=Vec::new(), digest=None, announced=None,
        max_expansion=200, expansion_floor=1 << 30, expanded=None, start=None))]
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
        start: Option<u64>,
    ) -> PyResult<Self> {
        let digest = digest.map(digest_called).transpose()?;
        let expanded = expanded.map(|expanded| expanded.bytes.clone());
        let options = source::Options {
            member,
            skip_members,
            digest,
            announced,
            start,
            max_expansion,
            expansion_floor,
            expanded,
        };
        let input = if origin.hasattr("read")? || start.is_some() && origin.hasattr("read_range")? {
            let reader = reader_of(origin, start)?;
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
        let reader = reader_of(origin, None)?;
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
    part: SourcePart,
}

/// The part of a source that is read.
#[derive(Clone, Copy)]
struct SourcePart {
    /// Where it starts, unless that is the beginning.
    start: Option<Position>,
    /// It ends at the first position at this offset or after it.
    end: Option<u64>,
}

/// Offset, line and number of records of a position.
pub type PositionTuple = (u64, u64, u64);

fn position((offset, line, records): PositionTuple) -> Position {
    Position { offset, line, records }
}

/// A position as Python gets it.
pub const fn position_tuple(Position { offset, line, records }: Position) -> PositionTuple {
    (offset, line, records)
}

/// A JSON source: the elements of one array, or a sequence of values.
#[pyclass(frozen, module = "crowdarrow._core")]
pub struct JsonSource {
    reader: Mutex<State<JsonReader>>,
    name: String,
    options: ReaderOptions,
    /// The first complete elements, undecoded, until the source is closed.
    elements: Mutex<Vec<Vec<u8>>>,
    /// Whether a part that does not start at the beginning is of JSON Lines.
    lines: bool,
    part: SourcePart,
}

/// A source of either format.
#[derive(FromPyObject)]
pub enum Source<'py> {
    Csv(Bound<'py, CsvSource>),
    Json(Bound<'py, JsonSource>),
}

impl Source<'_> {
    /// Takes the reader out of the source.
    pub fn take(self) -> PyResult<SourceReader> {
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
    /// not called if there is only one. Records are read up to the first position at offset `end` or after it.
    #[new]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes, max_columns=usize::MAX, separators=",", accepts=None,
        end=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        py: Python<'_>,
        input: &Input,
        block_bytes: usize,
        max_record_bytes: usize,
        max_columns: usize,
        separators: &str,
        accepts: Option<Py<PyAny>>,
        end: Option<u64>,
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
        let mut reader = reader.map_err(to_python)?;
        reader.stop_at(end);
        Ok(Self {
            name,
            options,
            header: reader.header().into(),
            is_header_quoted: reader.is_header_quoted(),
            separator: reader.separator(),
            is_first: separators.first() == Some(&reader.separator()),
            part: SourcePart { start: None, end },
            reader: Mutex::new(State::Open(Box::new(reader))),
        })
    }

    /// Consumes `input`, open at `start`, a position of a source with this header, which is not read again.
    ///
    /// Records are read up to the first position at offset `end` or after it.
    #[staticmethod]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes, header, separator, header_quoted, start, end=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn at(
        input: &Input,
        block_bytes: usize,
        max_record_bytes: usize,
        header: Vec<String>,
        separator: &str,
        header_quoted: bool,
        start: PositionTuple,
        end: Option<u64>,
    ) -> PyResult<Self> {
        let &[separator] = separator.as_bytes() else { return Err(internal_error("a separator is one byte")) };
        let name = input.name.clone();
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let start = position(start);
        let names = CsvHeader { names: header.clone(), is_quoted: header_quoted, separator };
        let mut reader = CsvReader::open_at(input, options, names, start);
        reader.stop_at(end);
        Ok(Self {
            name,
            options,
            header: header.into(),
            is_header_quoted: header_quoted,
            separator,
            is_first: true,
            part: SourcePart { start: Some(start), end },
            reader: Mutex::new(State::Open(Box::new(reader))),
        })
    }

    /// Names of the columns.
    #[getter]
    fn header(&self) -> Vec<String> {
        self.header.to_vec()
    }

    /// Whether all of these are quoted.
    #[getter]
    const fn header_quoted(&self) -> bool {
        self.is_header_quoted
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
        let (separator, is_first, part) = (self.separator, self.is_first, self.part);
        let (width, is_header_quoted) = (Some(self.header.len()), self.is_header_quoted);
        let open = move || {
            let input = reopened(&reopen, &name)?;
            let mut reader = match part.start {
                None => CsvReader::reopen(input, options, separator, is_first, &header)?,
                Some(start) => {
                    let header = CsvHeader { names: header.to_vec(), is_quoted: is_header_quoted, separator };
                    CsvReader::open_at(input, options, header, start)
                }
            };
            reader.stop_at(part.end);
            Ok(RecordReader::from(reader))
        };
        Ok(SourceReader { width, is_header_quoted, open: Box::new(open) })
    }
}

#[pymethods]
impl JsonSource {
    /// Consumes `input` and samples its first elements.
    ///
    /// Elements are read up to the first position at offset `end` or after it.
    #[new]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes, end=None))]
    fn new(
        py: Python<'_>,
        input: &Input,
        block_bytes: usize,
        max_record_bytes: usize,
        end: Option<u64>,
    ) -> PyResult<Self> {
        let name = input.name.clone();
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let (mut reader, elements) = py.detach(|| JsonReader::open(input, options)).map_err(to_python)?;
        reader.stop_at(end);
        let (elements, reader) = (Mutex::new(elements), Mutex::new(State::Open(Box::new(reader))));
        Ok(Self { reader, name, options, elements, lines: false, part: SourcePart { start: None, end } })
    }

    /// Consumes `input`, open at `start`, a position after an element of the outermost array, or of JSON Lines if `lines`.
    ///
    /// Elements are read up to the first position at offset `end` or after it.
    #[staticmethod]
    #[pyo3(signature = (input, *, block_bytes, max_record_bytes, lines, start, end=None))]
    fn at(
        input: &Input,
        block_bytes: usize,
        max_record_bytes: usize,
        lines: bool,
        start: PositionTuple,
        end: Option<u64>,
    ) -> PyResult<Self> {
        let name = input.name.clone();
        let input = lock(&input.source).take().ok_or_else(consumed)?;
        let options = ReaderOptions { block_bytes: block_bytes.max(1), max_record_bytes, kernel: Kernel::best() };
        let start = position(start);
        let mut reader = JsonReader::open_at(input, options, lines, start);
        reader.stop_at(end);
        let (elements, reader) = (Mutex::default(), Mutex::new(State::Open(Box::new(reader))));
        Ok(Self { reader, name, options, elements, lines, part: SourcePart { start: Some(start), end } })
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
        let (name, options, lines, part) = (self.name.clone(), self.options, self.lines, self.part);
        let open = move || {
            let input = reopened(&reopen, &name)?;
            let mut reader = match part.start {
                None => JsonReader::open(input, options)?.0,
                Some(start) => JsonReader::open_at(input, options, lines, start),
            };
            reader.stop_at(part.end);
            Ok(RecordReader::from(reader))
        };
        Ok(SourceReader { width: None, is_header_quoted: false, open: Box::new(open) })
    }
}
