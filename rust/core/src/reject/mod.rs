//! Rejected records, kept with their raw bytes.

mod file;
mod list;
mod literals;

use std::fmt;

pub use file::{HEADER, RejectsText};
pub use list::{RejectRef, Rejects};

/// Why a record was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectKind {
    /// The number of fields differs from the header's.
    Fields,
    /// A scalar does not have its column's type.
    Type,
    /// A cell is not valid JSON, or has a string that a text column cannot store.
    Json,
    /// The outer type of the JSON does not match the column.
    JsonType,
    /// JSON is nested deeper than the limit.
    Depth,
    /// Text follows a closing quote.
    Quote,
    /// A quote is not closed.
    UnclosedQuote,
    /// The bytes are not valid UTF-8.
    Utf8,
    /// The record is longer than the limit.
    Length,
    /// The input is truncated.
    Truncated,
    /// The record gives more output than one record may.
    Amplification,
}

impl RejectKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Fields,
        Self::Type,
        Self::Json,
        Self::JsonType,
        Self::Depth,
        Self::Quote,
        Self::UnclosedQuote,
        Self::Utf8,
        Self::Length,
        Self::Truncated,
        Self::Amplification,
    ];

    /// The name used in reports and reject files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Type => "type",
            Self::Json => "json",
            Self::JsonType => "json_type",
            Self::Depth => "depth",
            Self::Quote => "quote",
            Self::UnclosedQuote => "unclosed_quote",
            Self::Utf8 => "utf8",
            Self::Length => "length",
            Self::Truncated => "truncated",
            Self::Amplification => "amplification",
        }
    }
}

impl fmt::Display for RejectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rejected record, or one part of a huge one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Number of the record in its source, from 1.
    pub record: u64,
    /// Physical line at its start, from 1.
    pub line: u64,
    /// Byte offset in the decompressed source.
    pub offset: u64,
    /// The invalid column, if a single one is invalid.
    pub column: Option<String>,
    /// Why it was rejected.
    pub kind: RejectKind,
    /// Description of the fault.
    pub message: String,
    /// The record's bytes without the line end.
    pub raw: Vec<u8>,
    /// Whether the bytes continue in the next reject, which has the same number.
    pub more: bool,
}
