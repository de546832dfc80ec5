//! Renames that never replace a file.

use std::path::PathBuf;

use pyo3::prelude::*;

/// Exchanges two paths if `exchange`, else renames `old` to `new`, where nothing may be. Each is one step of the system.
///
/// Returns the system's error number, or 0. Systems without these steps return that of "function not implemented".
#[pyfunction]
pub fn rename_with(py: Python<'_>, old: PathBuf, new: PathBuf, exchange: bool) -> i32 {
    py.detach(move || renamed(old, new, exchange))
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn renamed(old: PathBuf, new: PathBuf, exchange: bool) -> i32 {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    let flags = if exchange { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    renameat_with(CWD, old, CWD, new, flags).map_or_else(rustix::io::Errno::raw_os_error, |()| 0)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn renamed(_old: PathBuf, _new: PathBuf, _exchange: bool) -> i32 {
    const NOT_IMPLEMENTED: i32 = if cfg!(windows) { 40 } else { 78 };
    NOT_IMPLEMENTED
}
