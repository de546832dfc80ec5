//! The engine's errors as the exceptions of `crowdarrow.errors`.

use std::io::ErrorKind;

use crowdarrow_core::error::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// The exception for an error that ended a run.
pub fn to_python(py: Python<'_>, error: Error) -> PyErr {
    // What a Python file object raised in its own read comes out as it went in.
    if let Error::Io { source, .. } = &error
        && let Some(inner) = source.get_ref()
        && inner.is::<PyErr>()
        && let Error::Io { source, .. } = error
    {
        return source.into();
    }
    let class = match &error {
        Error::Io { source, .. } => match source.kind() {
            ErrorKind::NotFound => "InputNotFoundError",
            ErrorKind::PermissionDenied => "InputPermissionError",
            _ => "InputError",
        },
        Error::Damaged { .. } => "DamagedInputError",
        Error::Unsupported { .. } => "InputError",
        Error::Threads { .. } => "UsageError",
        _ => "InternalError",
    };
    raise(py, class, &error.to_string())
}

/// An exception of `crowdarrow.errors`.
pub fn raise(py: Python<'_>, class: &str, message: &str) -> PyErr {
    // A NUL byte in a message that crosses the Arrow C stream ends the interpreter; a message is one line.
    let message = message.replace('\0', "\\0").replace('\n', "\\n");
    let build = || py.import("crowdarrow.errors")?.getattr(class)?.call1((&message,));
    build().map_or_else(|_| PyRuntimeError::new_err(message.clone()), PyErr::from_value)
}
