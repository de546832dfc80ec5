//! Input that is accepted with warnings: counts of non-canonical forms.

use std::ops::{AddAssign, Index, IndexMut};

/// A form that is accepted although current exporters do not write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Leniency {
    /// A byte-order mark at the start of a source.
    Bom,
    /// A line that ends in CR LF.
    Crlf,
    /// A line that ends in a lone CR.
    LoneCr,
    /// An empty line.
    EmptyLine,
    /// A last record without a line terminator.
    MissingFinalNewline,
    /// A boolean not written `true` or `false`.
    BoolForm,
    /// An integer written `1544935.0`.
    FloatAsInteger,
    /// A record with more fields than the header, the surplus ones empty.
    SurplusFields,
    /// A time in another form than `2017-05-22 21:08:29 UTC`.
    TimeForm,
    /// A quote inside an unquoted field.
    QuoteInField,
    /// A duplicate key of a JSON object.
    DuplicateKeys,
    /// No comma between two elements of a JSON array.
    MissingComma,
    /// A comma behind the last element of a JSON array.
    TrailingComma,
    /// A text that was read through a declared transform. An export declares the name that its reports use.
    Decoded,
    /// A record whose id an earlier source has.
    Duplicates,
    /// Fields separated by something else than a comma, found from the header.
    Separator,
    /// A plus sign before a number.
    PlusSign,
    /// A cell that holds an object or a list as JSON or as a Python literal, where texts are usual.
    Literals,
    /// A cell with a part of a whole that another cell of the record holds. An export declares the name in reports.
    Twice,
    /// A record with another number of fields than the header, in columns that may differ. An export declares the name.
    Ragged,
    /// A time written as milliseconds since 1970.
    EpochTime,
    /// A comma between two JSON arrays.
    Separators,
    /// A source of JSON objects that is written column by column.
    ColumnOriented,
    /// A source whose last page names a next one.
    NextPage,
    /// A record with texts in which U+FFFD replaces a lone surrogate escape.
    LoneSurrogate,
    /// A null item in place of a value of another type. An export declares the name that its reports use.
    NullItem,
}

impl Leniency {
    /// All leniencies, by number.
    pub const ALL: [Self; 26] = [
        Self::Bom,
        Self::Crlf,
        Self::LoneCr,
        Self::EmptyLine,
        Self::MissingFinalNewline,
        Self::BoolForm,
        Self::FloatAsInteger,
        Self::SurplusFields,
        Self::TimeForm,
        Self::QuoteInField,
        Self::DuplicateKeys,
        Self::MissingComma,
        Self::TrailingComma,
        Self::Decoded,
        Self::Duplicates,
        Self::Separator,
        Self::PlusSign,
        Self::Literals,
        Self::Twice,
        Self::Ragged,
        Self::EpochTime,
        Self::Separators,
        Self::ColumnOriented,
        Self::NextPage,
        Self::LoneSurrogate,
        Self::NullItem,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bom => "bom",
            Self::Crlf => "crlf",
            Self::LoneCr => "lone_cr",
            Self::EmptyLine => "empty_line",
            Self::MissingFinalNewline => "missing_final_newline",
            Self::BoolForm => "bool_form",
            Self::FloatAsInteger => "float_as_integer",
            Self::SurplusFields => "surplus_fields",
            Self::TimeForm => "time_form",
            Self::QuoteInField => "quote_in_field",
            Self::DuplicateKeys => "duplicate_keys",
            Self::MissingComma => "missing_comma",
            Self::TrailingComma => "trailing_comma",
            Self::Decoded => "decoded",
            Self::Duplicates => "duplicates",
            Self::Separator => "separator",
            Self::PlusSign => "plus_sign",
            Self::Literals => "literals",
            Self::Twice => "twice",
            Self::Ragged => "ragged",
            Self::EpochTime => "epoch_time",
            Self::Separators => "separators",
            Self::ColumnOriented => "column_oriented",
            Self::NextPage => "next_page",
            Self::LoneSurrogate => "lone_surrogate",
            Self::NullItem => "null_item",
        }
    }
}

/// Number of times that each leniency was used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leniencies {
    counts: [u64; Leniency::ALL.len()],
    /// Whether a count may be above zero. Most records have none, and are then neither added nor cleared.
    any: bool,
}

impl Leniencies {
    /// Sets all counts to zero.
    #[inline]
    pub fn clear(&mut self) {
        if self.any {
            *self = Self::default();
        }
    }

    /// What was added since it was `before`.
    #[must_use]
    pub fn since(mut self, before: &Self) -> Self {
        for (mine, theirs) in self.counts.iter_mut().zip(before.counts) {
            *mine -= theirs;
        }
        self
    }

    /// Name and count of each leniency that was used.
    pub fn used(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Leniency::ALL.iter().map(|&l| (l.name(), self[l])).filter(|&(_, count)| count > 0)
    }
}

impl PartialEq for Leniencies {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

impl Eq for Leniencies {}

impl Index<Leniency> for Leniencies {
    type Output = u64;

    #[inline]
    fn index(&self, leniency: Leniency) -> &u64 {
        &self.counts[leniency as usize]
    }
}

impl IndexMut<Leniency> for Leniencies {
    #[inline]
    fn index_mut(&mut self, leniency: Leniency) -> &mut u64 {
        self.any = true;
        &mut self.counts[leniency as usize]
    }
}

impl AddAssign for Leniencies {
    fn add_assign(&mut self, other: Self) {
        *self += &other;
    }
}

impl AddAssign<&Self> for Leniencies {
    #[inline]
    fn add_assign(&mut self, other: &Self) {
        if other.any {
            self.any = true;
            for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
                *mine += theirs;
            }
        }
    }
}
