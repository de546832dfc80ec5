//! The rejects of one block, in a few buffers: a reject takes less than a hundred bytes besides its own.

use std::ops::Range;

use super::literals::has_python_literal;
use super::{Reject, RejectKind};

/// Rejects in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects {
    entries: Vec<Entry>,
    /// The names that [`Entry::column`] refers to.
    columns: Vec<String>,
    messages: String,
    raw: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    record: u64,
    line: u64,
    offset: u64,
    column: Option<usize>,
    kind: RejectKind,
    message: Range<usize>,
    raw: Range<usize>,
    more: bool,
}

/// One of them; see [`Reject`].
#[derive(Clone, Copy, Debug)]
pub struct RejectRef<'a> {
    /// See [`Reject::record`].
    pub record: u64,
    /// See [`Reject::line`].
    pub line: u64,
    /// See [`Reject::offset`].
    pub offset: u64,
    /// Index in [`Rejects::columns`] and name of the column.
    pub column: Option<(usize, &'a str)>,
    /// See [`Reject::kind`].
    pub kind: RejectKind,
    /// See [`Reject::message`].
    pub message: &'a str,
    /// See [`Reject::raw`].
    pub raw: &'a [u8],
    /// See [`Reject::more`].
    pub more: bool,
}

impl RejectRef<'_> {
    /// A copy.
    #[must_use]
    pub fn to_reject(self) -> Reject {
        Reject {
            record: self.record,
            line: self.line,
            offset: self.offset,
            column: self.column.map(|(_, name)| name.to_owned()),
            kind: self.kind,
            message: self.message.to_owned(),
            raw: self.raw.to_vec(),
            more: self.more,
        }
    }
}

impl Rejects {
    /// Number of entries; each part of a huge reject is one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of rejected records that end here.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.entries.iter().filter(|entry| !entry.more).count() as u64
    }

    /// The record of the last reject.
    #[must_use]
    pub fn last_record(&self) -> Option<u64> {
        self.entries.last().map(|entry| entry.record)
    }

    /// The names of the columns at fault.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Appends a copy of a reject.
    pub fn push(&mut self, reject: &Reject) {
        self.push_bytes(reject, &reject.raw);
    }

    /// Appends a copy of a reject with other raw bytes.
    pub fn push_bytes(&mut self, reject: &Reject, raw: &[u8]) {
        self.push_ref(RejectRef {
            record: reject.record,
            line: reject.line,
            offset: reject.offset,
            column: reject.column.as_deref().map(|name| (0, name)),
            kind: reject.kind,
            message: &reject.message,
            raw,
            more: reject.more,
        });
    }

    /// Appends a copy of a reject of another list.
    pub fn push_ref(&mut self, reject: RejectRef<'_>) {
        // Most rejects have the message and column of the one before.
        let message = match self.entries.last() {
            Some(last) if self.messages[last.message.clone()] == *reject.message => last.message.clone(),
            _ => {
                let start = self.messages.len();
                self.messages.push_str(reject.message);
                start..self.messages.len()
            }
        };
        let column = reject.column.map(|(_, name)| {
            self.columns.iter().rposition(|known| known == name).unwrap_or_else(|| {
                self.columns.push(name.to_owned());
                self.columns.len() - 1
            })
        });
        let start = self.raw.len();
        self.raw.extend_from_slice(reject.raw);
        self.entries.push(Entry {
            record: reject.record,
            line: reject.line,
            offset: reject.offset,
            column,
            kind: reject.kind,
            message,
            raw: start..self.raw.len(),
            more: reject.more,
        });
    }

    /// An entry.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<RejectRef<'_>> {
        self.entries.get(at).map(|entry| self.reference(entry))
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = RejectRef<'_>> {
        self.entries.iter().map(|entry| self.reference(entry))
    }

    /// Number of rejected records of each kind that occurs.
    #[must_use]
    pub fn counts(&self) -> Vec<(RejectKind, u64)> {
        let mut counts = RejectKind::ALL.map(|kind| (kind, 0));
        for entry in self.entries.iter().filter(|entry| !entry.more) {
            counts[entry.kind as usize].1 += 1;
        }
        counts.into_iter().filter(|&(_, count)| count > 0).collect()
    }

    /// Number of rejected records whose JSON has a Python literal, as pandas writes them.
    #[must_use]
    pub fn literals(&self) -> usize {
        let all = self.iter().filter(|reject| reject.kind == RejectKind::Json && !reject.more);
        all.filter(|reject| has_python_literal(reject.raw)).count()
    }

    /// Number of rejected records with a text that is not a time.
    #[must_use]
    pub fn times(&self) -> usize {
        let all = self.iter().filter(|reject| reject.kind == RejectKind::Type && !reject.more);
        all.filter(|reject| reject.message.contains(" is not a time")).count()
    }

    /// The first entry by which more than `allowed` records are rejected; a record that does not end here counts too.
    #[must_use]
    pub fn beyond(&self, allowed: u64) -> Option<usize> {
        let mut records = 0;
        self.entries.iter().position(|entry| {
            let all = records + 1;
            records += u64::from(!entry.more);
            all > allowed
        })
    }

    /// The same without the bytes of records, and without values in messages.
    #[must_use]
    pub fn without_values(&self) -> Self {
        let mut found = Self::default();
        for reject in self.iter() {
            let message = match (reject.message.find('"'), reject.message.rfind('"')) {
                (Some(first), Some(last)) if first < last => {
                    format!("{}a value{}", &reject.message[..first], &reject.message[last + 1..])
                }
                _ => reject.message.to_owned(),
            };
            found.push_ref(RejectRef { message: &message, raw: b"", ..reject });
        }
        found
    }

    fn reference<'a>(&'a self, entry: &Entry) -> RejectRef<'a> {
        RejectRef {
            record: entry.record,
            line: entry.line,
            offset: entry.offset,
            column: entry.column.map(|column| (column, self.columns[column].as_str())),
            kind: entry.kind,
            message: &self.messages[entry.message.clone()],
            raw: &self.raw[entry.raw.clone()],
            more: entry.more,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Reject, RejectKind, Rejects};

    fn reject(record: u64, column: Option<&str>, message: &str, raw: &[u8], more: bool) -> Reject {
        let kind = if column.is_some() { RejectKind::Type } else { RejectKind::Fields };
        let column = column.map(str::to_owned);
        Reject {
            record,
            line: record + 1,
            offset: 9 * record,
            column,
            kind,
            message: message.to_owned(),
            raw: raw.to_vec(),
            more,
        }
    }

    #[test]
    fn every_reject_comes_back_whole_and_in_order() {
        let all = [
            reject(1, None, "too few", b"x", false),
            reject(2, Some("a"), "'q' is not a time", b"q,1", false),
            reject(4, Some("b"), "'q' is not a time", b"", false),
            reject(5, Some("a"), "", b"\xff", true),
            reject(5, Some("a"), "", b"\n", false),
        ];
        let mut rejects = Rejects::default();
        for one in &all {
            rejects.push(one);
        }
        let mut copy = Rejects::default();
        for one in rejects.iter() {
            copy.push_ref(one);
        }
        assert_eq!(copy.iter().map(super::RejectRef::to_reject).collect::<Vec<_>>(), all);
        assert_eq!((copy.len(), copy.records(), copy.last_record(), copy.columns().len()), (5, 4, Some(5), 2));
        assert_eq!(copy.counts(), [(RejectKind::Fields, 1), (RejectKind::Type, 3)]);
        assert_eq!(copy.times(), 2);
        assert_eq!([0, 1, 3, 4].map(|allowed| copy.beyond(allowed)), [Some(0), Some(1), Some(3), None]);
    }

    #[test]
    fn rejects_without_values() {
        let mut rejects = Rejects::default();
        rejects.push(&reject(1, Some("a"), r#""a\"b" is not an integer"#, b"q,1", true));
        rejects.push(&reject(2, None, "13 fields where 14 belong", b"x", false));
        let found = rejects.without_values();
        let texts: Vec<_> = found.iter().map(|one| (one.record, one.message, one.raw, one.more)).collect();
        let message = "13 fields where 14 belong";
        assert_eq!(texts, [(1, "a value is not an integer", &b""[..], true), (2, message, b"", false)]);
        assert_eq!(found.columns(), ["a"]);
    }

    #[test]
    fn kinds_are_in_the_order_of_their_numbers() {
        for (number, kind) in RejectKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}
