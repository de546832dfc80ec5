//! The text of a file of rejects: CSV with the columns of [`HEADER`].
//!
//! The cells before `raw` take about sixty bytes, many times the bytes of a record of one or two. So that the file grows
//! with the bytes of its input, short rejects share rows once the file has [`LISTED`] rows: those of one kind and column,
//! with the numbers of all of them at the end of the message, and their bytes on lines of their own in `raw`.

use std::fmt::Write as _;

use memchr::{memchr, memchr3};

use super::{RejectKind, RejectRef, Rejects};

/// The header row.
pub const HEADER: &[u8] = b"source,record,line,byte_offset,column,kind,message,raw\n";

/// So many rejects of a file have a row each, whatever their length.
const LISTED: u64 = 10_000;

/// A reject of this many bytes always has a row of its own: its other cells are hardly longer.
const SHORT: usize = 64;

/// Bytes of short rejects that are collected before their rows are written.
const COLLECTED: usize = 1 << 16;

/// Maximum number of rows that are collected.
const MOST_SHARED: usize = 32;

/// Bytes of text that are passed on at a time.
const CHUNK: usize = 1 << 20;

/// Writes the rows of a file, from the rejects in their order.
#[derive(Debug, Default)]
pub struct RejectsText {
    safe: bool,
    /// Whether `raw` is null in every row.
    without_raw: bool,
    source: Vec<u8>,
    /// Number of rows with a reject of their own.
    listed: u64,
    /// Whether the last row was only a part of its reject.
    continues: bool,
    shared: Vec<SharedRow>,
    collected: usize,
    text: Vec<u8>,
}

/// A row of several rejects.
#[derive(Debug)]
struct SharedRow {
    /// The first one's.
    record: u64,
    line: u64,
    offset: u64,
    message: String,
    kind: RejectKind,
    column: Option<String>,
    count: u64,
    /// The ranges of numbers before `from..=to`, each followed by a blank.
    ranges: String,
    from: u64,
    to: u64,
    raw: Vec<u8>,
}

impl RejectsText {
    /// The rows of a new file. If `safe`, a text that a spreadsheet would take for a formula gets a leading `'`.
    #[must_use]
    pub fn new(safe: bool) -> Self {
        Self { safe, ..Self::default() }
    }

    /// The rows without the bytes of the records: `raw` is null.
    #[must_use]
    pub fn without_raw(mut self) -> Self {
        self.without_raw = true;
        self
    }

    /// Writes the rejects of a block of the source; `columns` are the names of [`Rejects::columns`] in the file.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn add<E>(
        &mut self,
        rejects: &Rejects,
        source: &[u8],
        columns: &[Option<String>],
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.source != source {
            self.write_shared();
            self.source = source.to_vec();
        }
        for reject in rejects.iter() {
            let column = reject.column.and_then(|(index, _)| columns.get(index)).and_then(Option::as_deref);
            let alone = self.listed < LISTED || reject.raw.len() >= SHORT || reject.more || self.continues;
            if alone {
                self.write_shared();
                self.write_alone(reject, column, &mut write)?;
            } else {
                self.collect(reject, column);
            }
            if self.text.len() >= CHUNK {
                self.pass_on(&mut write)?;
            }
        }
        self.pass_on(&mut write)
    }

    /// Writes the last rows.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn finish<E>(&mut self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.write_shared();
        self.pass_on(&mut write)
    }

    fn pass_on<E>(&mut self, write: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if !self.text.is_empty() {
            write(&self.text)?;
            self.text.clear();
        }
        Ok(())
    }

    fn write_alone<E>(
        &mut self,
        reject: RejectRef<'_>,
        column: Option<&str>,
        write: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.continues {
            self.listed += 1;
            self.write_cells([reject.record, reject.line, reject.offset], column, reject.kind, reject.message);
            self.open_raw(reject.raw);
        }
        if self.without_raw {
            if !reject.more {
                self.text.push(b'\n');
            }
            self.continues = reject.more;
            return Ok(());
        }
        for part in reject.raw.chunks(CHUNK) {
            push_quoted(&mut self.text, part);
            if self.text.len() >= CHUNK {
                self.pass_on(write)?;
            }
        }
        if !reject.more {
            self.text.extend_from_slice(b"\"\n");
        }
        self.continues = reject.more;
        Ok(())
    }

    /// Adds a short reject to the row of its kind and column.
    fn collect(&mut self, reject: RejectRef<'_>, column: Option<&str>) {
        let fits = |row: &SharedRow| row.kind == reject.kind && row.column.as_deref() == column;
        let found = self.shared.iter().rposition(fits);
        if found.is_none() && self.shared.len() == MOST_SHARED {
            self.write_shared();
        }
        self.collected += reject.raw.len() + 1;
        match found.and_then(|at| self.shared.get_mut(at)) {
            Some(row) => row.add(reject),
            None => self.shared.push(SharedRow::new(reject, column)),
        }
        if self.collected >= COLLECTED {
            self.write_shared();
        }
    }

    fn write_shared(&mut self) {
        self.collected = 0;
        for mut row in std::mem::take(&mut self.shared) {
            if row.count > 1 {
                row.end_range();
                let SharedRow { count, ranges, message, .. } = &mut row;
                // Writing to a string never fails.
                let _ = write!(message, " (the first of {count} such records: {})", ranges.trim_end());
            }
            self.write_cells([row.record, row.line, row.offset], row.column.as_deref(), row.kind, &row.message);
            self.open_raw(&row.raw);
            if self.without_raw {
                self.text.push(b'\n');
            } else {
                push_quoted(&mut self.text, &row.raw);
                self.text.extend_from_slice(b"\"\n");
            }
        }
    }

    /// Writes the cells before `raw`.
    fn write_cells(&mut self, numbers: [u64; 3], column: Option<&str>, kind: RejectKind, message: &str) {
        let Self { text, source, safe, .. } = self;
        push_cell(text, source, *safe);
        for number in numbers {
            text.extend_from_slice(number.to_string().as_bytes());
            text.push(b',');
        }
        push_cell(text, column.unwrap_or_default().as_bytes(), *safe);
        text.extend_from_slice(kind.name().as_bytes());
        text.push(b',');
        push_cell(text, message.as_bytes(), *safe);
    }

    fn open_raw(&mut self, raw: &[u8]) {
        if self.without_raw {
            return;
        }
        self.text.push(b'"');
        if self.safe && is_formula(raw) {
            self.text.push(b'\'');
        }
    }
}

impl SharedRow {
    fn new(reject: RejectRef<'_>, column: Option<&str>) -> Self {
        Self {
            record: reject.record,
            line: reject.line,
            offset: reject.offset,
            message: reject.message.to_owned(),
            kind: reject.kind,
            column: column.map(str::to_owned),
            count: 1,
            ranges: String::new(),
            from: reject.record,
            to: reject.record,
            raw: reject.raw.to_vec(),
        }
    }

    fn add(&mut self, reject: RejectRef<'_>) {
        self.count += 1;
        self.raw.push(b'\n');
        self.raw.extend_from_slice(reject.raw);
        if reject.record != self.to + 1 {
            self.end_range();
            self.from = reject.record;
        }
        self.to = reject.record;
    }

    fn end_range(&mut self) {
        let Self { ranges, from, to, .. } = self;
        let _ = if from == to { write!(ranges, "{from} ") } else { write!(ranges, "{from}-{to} ") };
    }
}

/// Appends a text and a comma, in quotes if the text needs them.
fn push_cell(target: &mut Vec<u8>, text: &[u8], safe: bool) {
    let quoted = memchr3(b',', b'\n', b'\r', text).is_some() || memchr(b'"', text).is_some();
    target.extend(quoted.then_some(b'"'));
    target.extend((safe && is_formula(text)).then_some(b'\''));
    if quoted {
        push_quoted(target, text);
    } else {
        target.extend_from_slice(text);
    }
    target.extend(quoted.then_some(b'"'));
    target.push(b',');
}

/// Appends a text that is within quotes.
fn push_quoted(target: &mut Vec<u8>, text: &[u8]) {
    let mut from = 0;
    for quote in memchr::memchr_iter(b'"', text) {
        target.extend_from_slice(&text[from..=quote]);
        from = quote;
    }
    target.extend_from_slice(&text[from..]);
}

/// Whether a spreadsheet may take a text for a formula. Texts that begin so after one or several `'` are marked too, so
/// that the mark can be taken away.
fn is_formula(text: &[u8]) -> bool {
    const WIDE: [&str; 4] = ["＝", "＋", "－", "＠"];
    let marks = text.iter().take_while(|&&byte| byte == b'\'').count();
    let text = &text[marks..];
    matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n' | 0))
        || WIDE.iter().any(|sign| text.starts_with(sign.as_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::convert::Infallible;

    use super::{LISTED, RejectsText};
    use crate::reject::{Reject, RejectKind, Rejects};

    fn reject(record: u64, kind: RejectKind, raw: &[u8]) -> Reject {
        let message = format!("why, {record}");
        Reject {
            record,
            line: record + 1,
            offset: 2 * record,
            column: None,
            kind,
            message,
            raw: raw.to_vec(),
            more: false,
        }
    }

    fn text_of(rejects: &[Reject], safe: bool) -> String {
        let (mut text, mut written) = (RejectsText::new(safe), Vec::new());
        let mut write = |bytes: &[u8]| {
            written.extend_from_slice(bytes);
            Ok::<(), Infallible>(())
        };
        for part in rejects.chunks(7) {
            let mut block = Rejects::default();
            for one in part {
                block.push(one);
            }
            text.add(&block, b"in.csv", &[Some("a".to_owned())], &mut write).unwrap();
        }
        text.finish(&mut write).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn a_reject_has_a_row_whose_raw_bytes_are_quoted() {
        let typed = Reject { column: Some("other".to_owned()), ..reject(3, RejectKind::Type, b"\"q\",1") };
        let parts = [(true, &b"x\"y"[..]), (true, b""), (false, b"z")];
        let parts = parts.map(|(more, raw)| Reject { more, ..reject(5, RejectKind::Length, raw) });
        let all: Vec<_> = [typed].into_iter().chain(parts).collect();
        let rows = "in.csv,3,4,6,a,type,\"why, 3\",\"\"\"q\"\",1\"\nin.csv,5,6,10,,length,\"why, 5\",\"x\"\"yz\"\n";
        assert_eq!(text_of(&all, false), rows);
    }

    #[test]
    fn many_short_rejects_share_rows_with_all_their_numbers() {
        let mut all: Vec<_> = (1..=LISTED).map(|record| reject(record, RejectKind::Fields, b"x")).collect();
        for record in [1, 2, 3, 5, 8, 9] {
            all.push(reject(LISTED + record, RejectKind::Fields, b"x"));
            all.push(reject(LISTED + record, RejectKind::Quote, b"\"\"y"));
        }
        all.push(reject(LISTED + 10, RejectKind::Fields, &[b'l'; 64]));
        all.push(reject(LISTED + 11, RejectKind::Fields, b"="));
        let text = text_of(&all, false);
        let rows: Vec<_> = text.split_terminator("\"\nin.csv,").collect();
        assert_eq!(rows.len() as u64, LISTED + 4);
        let numbers = "(the first of 6 such records: 10001-10003 10005 10008-10009)";
        let [first, second, long, last] = &rows[10_000..] else { panic!() };
        assert_eq!(*first, format!("10001,10002,20002,,fields,\"why, 10001 {numbers}\",\"x\nx\nx\nx\nx\nx"));
        let quotes = ["\"\"\"\"y"; 6].join("\n");
        assert_eq!(*second, format!("10001,10002,20002,,quote,\"why, 10001 {numbers}\",\"{quotes}"));
        assert_eq!(*long, format!("10010,10011,20020,,fields,\"why, 10010\",\"{}", "l".repeat(64)));
        assert_eq!(*last, "10011,10012,20022,,fields,\"why, 10011\",\"=\"\n");
    }

    #[test]
    fn the_text_grows_with_the_bytes_of_the_rejects_and_not_with_their_number() {
        let kinds = [RejectKind::Fields, RejectKind::Quote, RejectKind::Json];
        let all: Vec<_> = (1..=200_000).map(|at: u64| reject(at, kinds[(at % 3) as usize], b"x")).collect();
        let rest = text_of(&all, false).len() - text_of(&all[..10_000], false).len();
        assert!(rest < 12 * 190_000, "{rest}");
    }

    #[test]
    fn texts_that_look_like_formulas_are_marked() {
        let formulas =
            ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", "＋1", "－1", "＠a", "'=1", "''@"];
        let others = ["1=1", "'a", "'", ""];
        let marked = formulas.map(|raw| (raw, "'")).into_iter().chain(others.map(|raw| (raw, "")));
        for (raw, mark) in marked {
            let text = text_of(&[reject(1, RejectKind::Fields, raw.as_bytes())], true);
            assert_eq!(text, format!("in.csv,1,2,2,,fields,\"why, 1\",\"{mark}{raw}\"\n"));
        }
    }
}
