//! The engine's errors as the exceptions of `crowdarrow.errors`, with advice for the user.

use std::io::ErrorKind;

use crowdarrow_core::error::{DamageKind, Error, UnsupportedKind};
use pyo3::prelude::*;

/// The exception classes, imported once.
mod classes {
    #![allow(missing_docs, reason = "documented in crowdarrow.errors")]
    use pyo3::import_exception;

    import_exception!(crowdarrow.errors, DamagedInputError);
    import_exception!(crowdarrow.errors, InputError);
    import_exception!(crowdarrow.errors, InputNotFoundError);
    import_exception!(crowdarrow.errors, InputPermissionError);
    import_exception!(crowdarrow.errors, InternalError);
    import_exception!(crowdarrow.errors, NotAnExportError);
    import_exception!(crowdarrow.errors, ResourceError);
    import_exception!(crowdarrow.errors, UsageError);
}

use classes::{
    DamagedInputError, InputError, InputNotFoundError, InputPermissionError, InternalError, NotAnExportError,
    ResourceError, UsageError,
};

/// The exception for an error that ended a run.
///
/// An exception raised by a Python file object is returned unchanged.
pub fn to_python(error: Error) -> PyErr {
    if let Error::Io { source, .. } = &error
        && let Some(inner) = source.get_ref()
        && inner.is::<PyErr>()
        && let Error::Io { source, .. } = error
    {
        return source.into();
    }
    let message = message(&error);
    match error {
        Error::Io { source, .. } => {
            let code = source.raw_os_error();
            let error = match source.kind() {
                ErrorKind::NotFound => InputNotFoundError::new_err(message),
                ErrorKind::PermissionDenied => InputPermissionError::new_err(message),
                _ => InputError::new_err(message),
            };
            with_attribute(error, "errno", code)
        }
        Error::Damaged { .. } => DamagedInputError::new_err(message),
        Error::Unsupported { kind: UnsupportedKind::Document { .. }, .. } => NotAnExportError::new_err(message),
        Error::Unsupported { kind: UnsupportedKind::NoSuchMember { names, .. }, .. } => {
            with_attribute(InputError::new_err(message), "members", names)
        }
        Error::Unsupported { .. } => InputError::new_err(message),
        Error::Threads { .. } => ResourceError::new_err(message),
        _ => InternalError::new_err(message),
    }
}

/// The exception with an attribute; as a constructor's argument, the value would become part of the message.
fn with_attribute(error: PyErr, name: &str, value: impl for<'py> IntoPyObject<'py>) -> PyErr {
    Python::attach(|py| error.value(py).setattr(name, value)).map_or_else(|failed| failed, |()| error)
}

/// The exception for a bug in the boundary or its caller.
pub fn internal_error(message: &'static str) -> PyErr {
    InternalError::new_err(message)
}

/// The exception for an argument that cannot be used.
pub fn usage_error(message: String) -> PyErr {
    UsageError::new_err(message)
}

/// The error's text and the advice for its kind, on one line.
fn message(error: &Error) -> String {
    let text = match advice(error) {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    };
    // A NUL byte in a message that crosses the Arrow C stream aborts the interpreter.
    text.replace('\0', "\\0").replace('\n', "\\n")
}

/// What the user can do. Arguments of the Python API are named in backticks.
fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::Io { source, .. } if source.kind() == ErrorKind::IsADirectory => {
            Some("specify the files in it, by name or by a pattern such as folder/*.csv")
        }
        Error::Damaged { kind, .. } => match kind {
            DamageKind::Corrupt(_) => Some("download it again"),
            DamageKind::DecompressionBomb { .. } => Some("if you trust the file, raise `max_expansion`"),
            DamageKind::Changed => Some("read it again when no program writes to it"),
            DamageKind::ReadFailed => Some("open it again"),
            _ => None,
        },
        Error::Unsupported { kind, .. } => match kind {
            UnsupportedKind::NotAnArchive { .. } => Some("omit `member`"),
            UnsupportedKind::SeveralMembers { .. } | UnsupportedKind::NoExport { .. } => {
                Some("choose one with `member`")
            }
            UnsupportedKind::Member { .. } | UnsupportedKind::SparseMember { .. } => {
                Some("unpack it and specify the unpacked file")
            }
            UnsupportedKind::UnknownMemberSize { .. } => Some("save the zip to a file, or unpack it"),
            UnsupportedKind::WindowSize { .. } => {
                Some("decompress it with `zstd -d --long=31` and specify the decompressed file")
            }
            UnsupportedKind::XzMemory { .. } => Some("decompress it with `xz -d` and specify the decompressed file"),
            UnsupportedKind::Document { .. } => Some("give the CSV file as it was downloaded"),
            UnsupportedKind::TruncatedHeader { .. } => Some("download it again"),
            UnsupportedKind::TooManyColumns { .. } => Some("if it is an export, raise `max_columns`"),
            UnsupportedKind::HeaderEncoding => Some("specify its `encoding`, e.g. cp1252 or utf-16"),
            UnsupportedKind::ColumnsTooLarge { .. } => {
                Some("raise `max_record_bytes`, of which 16 times are allowed, or write the records one by one")
            }
            UnsupportedKind::RecordTooLarge => Some("lower `max_record_bytes`"),
            _ => None,
        },
        Error::Threads { .. } => {
            Some("lower `threads`, or raise the limits on processes and memory (ulimit -u, ulimit -v)")
        }
        _ => None,
    }
}
