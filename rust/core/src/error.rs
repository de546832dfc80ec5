//! Errors that end a run. What is wrong with a single record is a [`crate::reject::Reject`] instead.

use std::io;

use thiserror::Error;

/// Why a run ended without a result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An operating-system error on a named input.
    #[error("cannot read {name}: {source}")]
    Io {
        /// The input, as the user named it.
        name: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Compressed bytes that are not what they should be: a bad checksum, a bad block, an encrypted member.
    #[error("{name} is damaged: {message}")]
    Damaged {
        /// The input, as the user named it.
        name: String,
        /// What is wrong, where, and what to do.
        message: String,
    },
    /// The input is sound but is not something this engine reads (several members, no header, …).
    #[error("{name}: {message}")]
    Unsupported {
        /// The input, as the user named it.
        name: String,
        /// What was found, and what to do.
        message: String,
    },
    /// The declaration handed over does not hold together: a bug in a declaration, not in the data.
    #[error("bad plan: {0}")]
    Plan(String),
    /// Arrow refused a batch: a bug in the engine, not in the data.
    #[error("internal error: {0}")]
    Internal(String),
    /// The operating system gave no thread.
    #[error("cannot start {wanted} threads: {source}; ask for fewer (--threads)")]
    Threads {
        /// How many decode.
        wanted: usize,
        /// What the operating system said.
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// An I/O error on the input called `name`.
    pub fn io(name: &str, source: io::Error) -> Self {
        Self::Io { name: name.to_owned(), source }
    }
}

/// The result of anything that can end a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;
