//! The rows of drawn marks: lines of CSV with a cell for each column of their file.

use arrow_array::{Array, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};
use hashbrown::HashMap;

use super::{Cells, Drawn, Form};
use crate::error::{Error, Result};

/// A version of the program that wrote a text.
#[derive(Clone, Debug)]
pub struct Version {
    /// The form of its texts.
    pub form: Form,
    /// The cells that all its rows have, which come first.
    pub cells: Vec<(String, String)>,
}

/// A batch of records.
#[derive(Debug)]
pub struct RecordCells<'a> {
    /// The texts with marks.
    pub texts: &'a StringArray,
    /// The numbers of their versions; texts without one are not read.
    pub versions: Vec<Option<usize>>,
    /// The cells before that of the task.
    pub before: &'a StringArray,
    /// The cells between that of the task and the last ones.
    pub between: &'a StringArray,
    /// The last cells before those of the extractor.
    pub after: &'a StringArray,
}

/// The rows of a file.
#[derive(Debug, Default)]
pub struct FileRows {
    /// The columns that it had not before.
    pub columns: Vec<String>,
    /// The rows.
    pub data: Vec<u8>,
    /// Their number.
    pub count: usize,
}

/// What was read of a batch.
#[derive(Debug)]
pub struct Rows {
    /// The first record that was not read; the number of all if there is none.
    pub end: usize,
    /// The texts without the marks that were read.
    pub rest: StringArray,
    /// The rows of each file.
    pub files: Vec<FileRows>,
}

impl Drawn {
    /// The rows of records from `start` on, up to the first whose text is not read: see [`Self::read`].
    ///
    /// `columns` are those that each file has so far, and `row_end` ends each row.
    ///
    /// # Errors
    /// A job, text or version has no file, cells or form.
    pub fn rows(
        &mut self,
        records: &RecordCells<'_>,
        start: usize,
        versions: &[Version],
        columns: Vec<Vec<String>>,
        row_end: &[u8],
        max_depth: usize,
    ) -> Result<Rows> {
        let count = records.texts.len();
        let lengths = [records.versions.len(), records.before.len(), records.between.len(), records.after.len()];
        if lengths != [count; 4] || self.declared.jobs.iter().any(|job| job.file >= columns.len()) {
            return Err(Error::Internal("records or files are missing".to_owned()));
        }
        let mut files: Vec<_> = columns.into_iter().map(File::new).collect();
        let (mut rest, mut lengths, mut end) = (Vec::new(), Vec::new(), start);
        while end < count {
            let before = rest.len();
            let text = if records.texts.is_null(end) { "" } else { records.texts.value(end) };
            let Some(version) = records.versions[end].and_then(|number| versions.get(number)) else { break };
            let Some(rows) = self.read(text.as_bytes(), version.form, max_depth, &mut rest) else { break };
            for (job, cells) in rows.into_iter().enumerate() {
                files[self.declared.jobs[job].file].add(end, job, &version.cells, cells);
            }
            lengths.push(rest.len() - before);
            end += 1;
        }
        let rest = StringArray::try_new(OffsetBuffer::from_lengths(lengths), Buffer::from_vec(rest), None);
        let rest = rest.map_err(|error| Error::Internal(error.to_string()))?;
        let files = files.into_iter().map(|file| self.written(file, records, row_end)).collect();
        Ok(Rows { end, rest, files })
    }

    /// The rows of a file, all with a cell for each column.
    fn written(&self, file: File, records: &RecordCells<'_>, row_end: &[u8]) -> FileRows {
        let width = file.places.len();
        let mut data = Vec::with_capacity(file.bytes + file.rows.len() * (width + ROW_BYTES));
        let count = file.rows.len();
        for row in file.rows {
            let (task, last) = &self.declared.jobs[row.job].cells;
            for part in [
                records.before.value(row.record),
                task.as_str(),
                records.between.value(row.record),
                records.after.value(row.record),
                last,
            ] {
                data.extend_from_slice(part.as_bytes());
            }
            let mut next = 0;
            for (place, cell) in row.cells {
                data.resize(data.len() + place + 1 - next, b',');
                data.extend_from_slice(&cell);
                next = place + 1;
            }
            data.resize(data.len() + width - next, b',');
            data.extend_from_slice(row_end);
        }
        FileRows { columns: file.added, data, count }
    }
}

/// About as many bytes as a row has beside the cells of its marks.
const ROW_BYTES: usize = 192;

/// A file that grows.
struct File {
    places: HashMap<String, usize>,
    added: Vec<String>,
    rows: Vec<Row>,
    bytes: usize,
}

struct Row {
    record: usize,
    job: usize,
    /// The cells with the places of their columns, in order.
    cells: Vec<(usize, Vec<u8>)>,
}

impl File {
    fn new(columns: Vec<String>) -> Self {
        let places = columns.into_iter().enumerate().map(|(place, name)| (name, place)).collect();
        Self { places, added: Vec::new(), rows: Vec::new(), bytes: 0 }
    }

    fn add(&mut self, record: usize, job: usize, first: &[(String, String)], cells: Cells) {
        let mut found = Vec::with_capacity(first.len() + cells.len());
        for (name, cell) in first {
            found.push((self.place_of(name), cell.as_bytes().to_vec()));
        }
        for (name, cell) in cells {
            self.bytes += cell.len();
            found.push((self.place_of(&name), cell));
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        self.rows.push(Row { record, job, cells: found });
    }

    fn place_of(&mut self, name: &str) -> usize {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = self.places.len();
        self.places.insert(name.to_owned(), place);
        self.added.push(name.to_owned());
        place
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const DECLARATION: &str = r#"{"prefix": "", "task": "task", "value": "value", "kind": ["type", "drawing", []],
        "beside": "mark", "frame": "frame", "details": ["details", "task"],
        "tools": [["tool", "_tool"], ["index", "_index"]], "axes": ["xs", "ys"], "points": ["points", ["x", "y"]],
        "flag": ["gold", "False"], "jobs": [
            {"task": "T0", "tools": null, "details": false, "members": ["x"], "file": 1, "cells": ["T0", ",a"]},
            {"task": "T1", "tools": null, "details": false, "members": ["x"], "file": 1, "cells": ["T1", ",b"]}]}"#;

    fn text_of(task: &str, tool: usize) -> String {
        format!(r#"[{{"task": "{task}", "value": [{{"tool": {tool}, "x": 1}}]}}]"#)
    }

    #[test]
    fn rows_end_at_the_first_record_that_is_not_read() {
        let mut drawn = Drawn::from_json(DECLARATION).unwrap();
        let texts = StringArray::from(vec![text_of("T0", 0), text_of("T1", 2), "1".to_owned(), text_of("T0", 7)]);
        let [before, between, after] =
            ["1,", ",2,", "3"].map(|text| StringArray::from_iter_values(std::iter::repeat_n(text, 4)));
        let numbers = vec![Some(0), Some(0), Some(0), None];
        let records =
            RecordCells { texts: &texts, versions: numbers, before: &before, between: &between, after: &after };
        let versions = [Version { form: Form::Older, cells: vec![("v".to_owned(), "5".to_owned())] }];
        let columns = || vec![Vec::new(), vec!["k".to_owned(), "frame0.T0_tool0_x".to_owned()]];
        let mut read = |start| drawn.rows(&records, start, &versions, columns(), b"\n", 64).unwrap();
        let found = read(0);
        assert_eq!(found.end, 2);
        assert_eq!(found.rest.value(1), r#"[{"task": "T1", "value": null}]"#);
        assert_eq!(found.files[0].count, 0);
        assert_eq!(found.files[1].columns, ["v", "frame0.T1_tool2_x"]);
        let rows = "1,T0,2,3,a,,[1],5,\n1,T1,2,3,b,,,5,\n1,T0,2,3,a,,,5,\n1,T1,2,3,b,,,5,[1]\n";
        assert_eq!(String::from_utf8_lossy(&found.files[1].data), rows);
        assert_eq!(found.files[1].count, 4);
        assert_eq!(read(2).end, 2);
        assert_eq!(read(3).end, 3); // without a version
        assert!(drawn.rows(&records, 0, &versions, vec![Vec::new()], b"\n", 64).is_err());
    }
}
