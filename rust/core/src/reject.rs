//! Records that could not be read, kept whole.

use std::fmt;

/// What is wrong with a rejected record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectKind {
    /// More or fewer fields than the header has.
    Fields,
    /// A scalar that is not of its column's type.
    Type,
    /// A cell that is not JSON, or whose JSON holds a string that no text column can.
    Json,
    /// JSON of another outer type than the column's.
    JsonType,
    /// JSON nested deeper than the limit.
    Depth,
    /// Text after a closing quote.
    Quote,
    /// A quote that is never closed.
    UnclosedQuote,
    /// Bytes that are not UTF-8.
    Utf8,
    /// A record longer than the limit.
    Length,
    /// Input that ends before it should.
    Truncated,
}

impl RejectKind {
    /// The name that reports and reject files use.
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
        }
    }
}

impl fmt::Display for RejectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One rejected record, or one part of a huge one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The record's number in its source, from 1.
    pub record: u64,
    /// The physical line it starts on, from 1.
    pub line: u64,
    /// Where it starts, in bytes of the decompressed source.
    pub offset: u64,
    /// The column at fault, where one is.
    pub column: Option<String>,
    /// What is wrong.
    pub kind: RejectKind,
    /// What is wrong, in words.
    pub message: String,
    /// The record's bytes, without its line end.
    pub raw: Vec<u8>,
    /// The raw record goes on in the next reject of the same record.
    pub more: bool,
}
