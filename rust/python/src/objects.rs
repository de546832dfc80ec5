//! Python objects with bytes: files that are read from start to end, and objects with ranged reads.

use std::io::{self, Read};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PyString};

use crate::errors::usage_error;

/// Returns a reader of an object, from offset `start` on if there is one.
pub fn reader_of(object: Bound<'_, PyAny>, start: Option<u64>) -> PyResult<Box<dyn Read + Send>> {
    let Some(offset) = start else { return Ok(Box::new(FileObject(object.unbind()))) };
    if object.hasattr("read_range")? {
        return Ok(Box::new(RangedObject { object: object.unbind(), offset }));
    }
    object.call_method1("seek", (offset,))?;
    Ok(Box::new(FileObject(object.unbind())))
}

/// A Python file object as a [`Read`].
struct FileObject(Py<PyAny>);

impl Read for FileObject {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        attached(|py| copy_read(&self.0.bind(py).call_method1("read", (buffer.len(),))?, buffer))
    }
}

/// A Python object with ranged reads as a [`Read`] from `offset` on.
struct RangedObject {
    object: Py<PyAny>,
    offset: u64,
}

impl Read for RangedObject {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = attached(|py| {
            let read = self.object.bind(py).call_method1("read_range", (self.offset, buffer.len()))?;
            copy_read(&read, buffer)
        })?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// Calls into Python, which fails if the interpreter is shutting down.
fn attached<T>(call: impl FnOnce(Python<'_>) -> PyResult<T>) -> io::Result<T> {
    match Python::try_attach(call) {
        Some(result) => result.map_err(io::Error::other),
        None => Err(io::Error::other("the interpreter is shutting down")),
    }
}

/// Copies what an object's `read` returned; returns the number of bytes.
fn copy_read(read: &Bound<'_, PyAny>, buffer: &mut [u8]) -> PyResult<usize> {
    if read.is_instance_of::<PyString>() {
        return Err(usage_error("`input` is a file opened as text; open it in binary mode ('rb')".to_owned()));
    }
    if let Ok(bytes) = read.cast_exact::<PyBytes>() {
        return copied(bytes.as_bytes(), buffer);
    }
    // Not `bytes(read)` alone, which makes zeros of an integer.
    let view = PyMemoryView::from(read).map_err(|_| {
        let kind = read.get_type().name().map_or_else(|_| "other object".to_owned(), |name| name.to_string());
        usage_error(format!("`input` is a file object whose `read` gave an object of type {kind}, not bytes"))
    })?;
    let bytes = read.py().get_type::<PyBytes>().call1((view,))?;
    copied(bytes.extract()?, buffer)
}

fn copied(bytes: &[u8], buffer: &mut [u8]) -> PyResult<usize> {
    let Some(target) = buffer.get_mut(..bytes.len()) else {
        return Err(PyValueError::new_err("read() returned more bytes than requested"));
    };
    target.copy_from_slice(bytes);
    Ok(bytes.len())
}
