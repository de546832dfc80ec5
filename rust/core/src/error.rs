//! Errors that end a run. A fault in a single record is a [`Reject`](crate::reject::Reject) instead.
//!
//! An error carries the input's name, a kind with its data and, if known, a position. Its text states facts only: advice,
//! and the names of options, belong to the caller.
//!
//! ```
//! use crowdarrow_core::error::{DamageKind, Error};
//!
//! let error = Error::Damaged { name: "a.csv.gz".into(), kind: DamageKind::Corrupt("bad checksum".into()), position: Some(9) };
//! assert_eq!(error.to_string(), "a.csv.gz is damaged: bad checksum, near stored byte 9");
//! ```

use std::io;

use thiserror::Error;

/// Why a run ended without a result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system, or a foreign reader, failed to read an input.
    #[error("cannot read {name}: {source}")]
    Io {
        /// The input, as the user named it.
        name: String,
        /// The underlying error.
        source: io::Error,
    },
    /// The input's bytes are invalid or changed while they were read.
    #[error("{name} is damaged: {kind}{}", near(*position))]
    Damaged {
        /// The input, as the user named it.
        name: String,
        /// What is wrong.
        kind: DamageKind,
        /// Number of stored bytes read before the fault.
        position: Option<u64>,
    },
    /// The input is valid but the engine cannot read it.
    #[error("{name}: {kind}")]
    Unsupported {
        /// The input, as the user named it.
        name: String,
        /// What was found.
        kind: UnsupportedKind,
    },
    /// The plan is inconsistent: a bug in a declaration, not in the data.
    #[error("bad plan: {0}")]
    Plan(String),
    /// A bug in the engine, not in the data.
    #[error("internal error: {0}")]
    Internal(String),
    /// The operating system refused to start a thread.
    #[error("cannot start {count} threads: {source}")]
    Threads {
        /// Number of threads requested.
        count: usize,
        /// The underlying error.
        source: io::Error,
    },
    /// The caller cancelled the run.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// An I/O error on the input called `name`.
    pub fn io(name: &str, source: io::Error) -> Self {
        Self::Io { name: name.to_owned(), source }
    }
}

/// The ways in which an input's bytes are invalid.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// Compressed data violate their format or fail a checksum.
    #[error("{0}")]
    Corrupt(String),
    /// The data expand beyond the allowed factor.
    #[error(
        "{stored} stored bytes expand to {decompressed}, {} times as many, as in a decompression bomb; at most {max_factor} \
         times as many are allowed",
        decompressed.checked_div(*stored).unwrap_or(*decompressed)
    )]
    DecompressionBomb {
        /// Number of stored bytes read.
        stored: u64,
        /// Number of bytes they expand to.
        decompressed: u64,
        /// Largest factor allowed.
        max_factor: u64,
    },
    /// The file's size or modification time changed.
    #[error("the file changed while it was read")]
    Changed,
    /// An earlier read failed, so the position in the input is unknown.
    #[error("an earlier read failed")]
    ReadFailed,
}

/// The reasons why the engine cannot read a valid input.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsupportedKind {
    /// A member was requested from an input that is not an archive.
    #[error("the input is not a zip or tar, so it has no member {member}")]
    NotAnArchive {
        /// The member requested.
        member: String,
    },
    /// Several members of an archive qualify.
    #[error("the archive has several members ({members})")]
    SeveralMembers {
        /// Their names, shortened for display.
        members: String,
    },
    /// The archive has members, but none qualifies.
    #[error("no member of the archive is an export ({members})")]
    NoExport {
        /// The names of all members, shortened for display.
        members: String,
    },
    /// The archive has no member with the requested name.
    #[error("the archive has no member {member}; its members are: {members}")]
    NoSuchMember {
        /// The member requested.
        member: String,
        /// The names of all members, shortened for display.
        members: String,
        /// The complete names of the first members, for suggestions.
        names: Vec<String>,
    },
    /// The archive contains no file.
    #[error("the archive contains no file")]
    EmptyArchive,
    /// The archive is a document of another program.
    #[error("the input is {what}, not an export")]
    Document {
        /// What it is.
        what: &'static str,
    },
    /// The zip member cannot be decoded.
    #[error("the zip member {member} {reason}")]
    Member {
        /// The member's name.
        member: String,
        /// The feature it uses.
        reason: String,
    },
    /// A tar member whose data leave out its holes.
    #[error("the tar member {member} is a sparse file")]
    SparseMember {
        /// The member's name.
        member: String,
    },
    /// A stored zip member whose size only the zip's directory has, in an input that cannot seek.
    #[error("the zip member {member} has no size in its header, and a stream has no directory to look it up")]
    UnknownMemberSize {
        /// The member's name.
        member: String,
    },
    /// A zstd frame requires a larger window than allowed.
    #[error("the zstd data require a window of more than {max_mib} MiB")]
    WindowSize {
        /// Largest window allowed, in MiB.
        max_mib: u64,
    },
    /// An xz stream requires more memory than allowed.
    #[error("the xz data require more than {max_mib} MiB of memory")]
    XzMemory {
        /// Most memory allowed, in MiB.
        max_mib: u64,
    },
    /// The input has no bytes and so no header.
    #[error("the file is empty; an export has at least a header line")]
    Empty,
    /// The CSV header's quotes are invalid, or the header is longer than the record limit.
    #[error("no CSV header: the first line has invalid quotes or is too long")]
    InvalidHeader,
    /// Compressed data end within the CSV header.
    #[error("the input ends within its header: {reason}")]
    TruncatedHeader {
        /// Why the data ended early.
        reason: String,
    },
    /// The CSV header has more columns than allowed.
    #[error("the header has {columns} columns; at most {limit} are allowed")]
    TooManyColumns {
        /// Number of columns.
        columns: usize,
        /// Most columns allowed.
        limit: usize,
    },
    /// The CSV header is not UTF-8.
    #[error("the header is not valid UTF-8")]
    HeaderEncoding,
    /// JSON that is written column by column is longer than can be held in memory.
    #[error("the JSON is written column by column, so it is held in memory whole, but it has more than {limit} bytes")]
    ColumnsTooLarge {
        /// Maximum number of bytes.
        limit: u64,
    },
    /// A single record requires a block of more than 2 GiB.
    #[error("a record requires more than 2 GiB of memory")]
    RecordTooLarge,
}

/// Text that names a position in the stored bytes.
fn near(position: Option<u64>) -> String {
    position.map(|position| format!(", near stored byte {position}")).unwrap_or_default()
}

/// The result of an operation that can end a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;
