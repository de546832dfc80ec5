//! Drawn marks in JSON texts as cells of CSV: lists of their numbers, by tool and frame, in Python's notation.
//!
//! Most bytes of drawings are coordinates, and a reader that makes an object of each takes many times as long. Only texts
//! of the usual form are read here: the names of their members, and which of them are read, are declared. All others
//! are left to a reader that knows all forms.

mod lists;
mod rows;

use std::ops::Range;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::json::{Doc, Kind, Value, append_python_numbers, is_python_number};

use lists::{Lists, Names};
pub use rows::{FileRows, RecordCells, Rows, Version};

/// The names of members, and the names that are built from them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    /// What column names begin with.
    prefix: String,
    /// The member of an item with the key of its task.
    task: String,
    /// The member of an item with its marks.
    value: String,
    /// The member of an item with its type, the type that has marks, and those whose marks are not read here; without a
    /// type it has marks.
    kind: (String, String, Vec<String>),
    /// The member that an item of another type has beside such items.
    beside: String,
    /// The member of a mark with its frame.
    frame: String,
    /// The member of a mark with its details, and their member with the key of a task.
    details: (String, String),
    /// The members of a mark with the number of its tool, of the older and the newer form, and what precedes the
    /// number in the names of columns.
    tools: [(String, String); 2],
    /// The members of a mark with the two axes of its outline, which are the names of the columns too.
    axes: [String; 2],
    /// The member of a mark with the points of its outline, and their members with the axes.
    points: (String, [String; 2]),
    /// The name and cell of a column that a frame with outlines has.
    flag: (String, String),
    jobs: Vec<Job>,
}

/// Which marks are read, and what of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    /// The task; also of items whose key has more parts after a point.
    task: String,
    /// The numbers of the tools; all if there are none.
    tools: Option<Vec<String>>,
    /// Whether marks must have a frame and details.
    details: bool,
    /// The members that are read; without them the outlines.
    members: Option<Vec<String>>,
    /// The number of the file that has its rows.
    file: usize,
    /// Two cells of all its rows: that of the task, and that of the extractor.
    cells: (String, String),
}

/// The most frames of a row, and the most columns of a frame, which are searched one after the other.
const MOST_COLUMNS: usize = 256;

/// The cells of a row by the names of their columns.
pub type Cells = Vec<(String, Vec<u8>)>;

/// A column that grows: its name within its frame, and its cell without the last bracket.
type Columns = Vec<(String, Vec<u8>)>;

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The answers about a mark are in its details.
    Older,
    /// The answers about a mark are items of their own.
    Newer,
}

/// Reads marks by a declaration.
#[derive(Debug)]
pub struct Drawn {
    declared: Declaration,
    names: Names,
    doc: Doc,
    lists: Lists,
    number: Vec<u8>,
}

/// The parts of a mark that are read.
#[derive(Default)]
struct Mark<'a> {
    tools: [Option<Value<'a>>; 2],
    frame: Option<Value<'a>>,
    details: Option<Value<'a>>,
    axes: [Option<Value<'a>>; 2],
    points: Option<Value<'a>>,
}

impl Drawn {
    /// Parses a declaration in JSON.
    ///
    /// # Errors
    /// The text is not a declaration.
    pub fn from_json(text: &str) -> Result<Self> {
        let declared: Declaration = serde_json::from_str(text).map_err(|error| Error::Plan(error.to_string()))?;
        let names = Names::new(&declared.points.0, &declared.points.1, &declared.axes);
        Ok(Self { declared, names, doc: Doc::default(), lists: Lists::default(), number: Vec::new() })
    }

    /// The cells of a text by job; none if its form is another, or a number is not written as Python writes it.
    ///
    /// The rest of the text is appended to `rest`, with null in the place of the marks that are read.
    pub fn read(&mut self, text: &[u8], form: Form, max_depth: usize, rest: &mut Vec<u8>) -> Option<Vec<Cells>> {
        let mut lists = std::mem::take(&mut self.lists);
        lists.read(text, &self.names);
        let found = lists.text().and_then(|shorter| self.read_with(&lists, shorter, form, max_depth, rest));
        self.lists = lists;
        // A text that has lists elsewhere is read as it is.
        found.or_else(|| self.read_with(&Lists::default(), text, form, max_depth, rest))
    }

    fn read_with(
        &mut self,
        lists: &Lists,
        text: &[u8],
        form: Form,
        max_depth: usize,
        rest: &mut Vec<u8>,
    ) -> Option<Vec<Cells>> {
        let mut doc = std::mem::take(&mut self.doc);
        let start = rest.len();
        let found = match doc.parse(text, max_depth) {
            Ok(value) if value.kind() == Kind::Array && !value.has_duplicates() => {
                let mut reader = Reader { declared: &self.declared, form, text, lists, number: &mut self.number };
                reader.read(value, rest)
            }
            _ => None,
        };
        self.doc = doc;
        if found.is_none() {
            rest.truncate(start);
        }
        found
    }
}

struct Reader<'d> {
    declared: &'d Declaration,
    form: Form,
    text: &'d [u8],
    /// The lists that are not in the text.
    lists: &'d Lists,
    number: &'d mut Vec<u8>,
}

impl Reader<'_> {
    fn read(&mut self, items: Value<'_>, rest: &mut Vec<u8>) -> Option<Vec<Cells>> {
        let (declared, text) = (self.declared, self.text);
        let mut rows: Vec<Vec<(String, Columns)>> = vec![Vec::new(); declared.jobs.len()];
        let mut keys: Vec<Option<&[u8]>> = vec![None; declared.jobs.len()];
        let (mut copied, mut lists) = (0, 0);
        for item in items.items() {
            let (mut task, mut marks, mut kind, mut is_beside) = (None, None, None, false);
            for (key, value) in members(item)? {
                match text_of(key)? {
                    name if name == declared.task.as_bytes() => task = Some(value),
                    name if name == declared.value.as_bytes() => marks = Some(value),
                    name if name == declared.kind.0.as_bytes() => kind = Some(value),
                    name if name == declared.beside.as_bytes() => is_beside = value.kind() == Kind::Number,
                    _ => (),
                }
            }
            let task = text_of(task?)?;
            let head = task.split(|&byte| byte == b'.').next()?;
            let kind = kind.map_or(Some(declared.kind.1.as_bytes()), text_of)?;
            let is_drawn = kind == declared.kind.1.as_bytes();
            let mut is_read = false;
            for (number, job) in declared.jobs.iter().enumerate().filter(|(_, job)| job.task.as_bytes() == head) {
                is_read = true;
                if !is_drawn {
                    let is_other = declared.kind.2.iter().any(|other| other.as_bytes() == kind);
                    if self.form == Form::Older || !is_beside || is_other {
                        return None;
                    }
                } else if *keys[number].get_or_insert(task) != task {
                    return None; // the items of each key come together
                } else {
                    self.marks(job, str::from_utf8(task).ok()?, marks?, &mut rows[number])?;
                }
            }
            if let Some(marks) = marks.filter(|_| is_read) {
                let place = self.place_of(marks);
                rest.extend_from_slice(text.get(copied..place.start)?);
                rest.extend_from_slice(b"null");
                lists += self.lists.count_in(&place);
                copied = place.end;
            }
        }
        rest.extend_from_slice(text.get(copied..)?);
        // The rest must be as it was.
        (lists == self.lists.count()).then(|| rows.into_iter().map(|frames| self.cells(frames)).collect())
    }

    /// Where a value is in the text.
    fn place_of(&self, value: Value<'_>) -> Range<usize> {
        let token = value.token();
        let start = token.as_ptr().addr() - self.text.as_ptr().addr();
        start..start + token.len()
    }

    fn marks(&mut self, job: &Job, task: &str, marks: Value<'_>, frames: &mut Vec<(String, Columns)>) -> Option<()> {
        if marks.kind() != Kind::Array {
            return None;
        }
        for value in marks.items() {
            let mark = self.mark(value)?;
            let (form, tool) = match mark.tools {
                [Some(tool), None] => (0, tool),
                [None, Some(tool)] => (1, tool),
                [None, None] if job.tools.is_some() => continue,
                _ => return None,
            };
            let tool = whole(tool)?;
            if job.tools.as_ref().is_some_and(|tools| !tools.iter().any(|one| one == tool)) {
                continue;
            }
            if job.details && !self.has_details(&mark) {
                return None;
            }
            let frame = mark.frame.map_or(Some("0"), whole)?;
            let name = format!("{task}{}{tool}_", self.declared.tools[form].1);
            match &job.members {
                None => self.outline(&mark, &name, columns_of(frames, frame)?)?,
                Some(names) => {
                    let found = names.iter().map(|one| member(value, one)).collect::<Option<Vec<_>>>();
                    for (one, value) in names.iter().zip(found.into_iter().flatten()) {
                        let cell = cell_of(columns_of(frames, frame)?, &name, one)?;
                        cell.extend_from_slice(if cell.is_empty() { b"[" } else { b", " });
                        self.append(value, cell)?;
                    }
                }
            }
        }
        Some(())
    }

    fn mark<'v>(&self, value: Value<'v>) -> Option<Mark<'v>> {
        let declared = self.declared;
        let mut mark = Mark::default();
        for (key, value) in members(value)? {
            let name = text_of(key)?;
            let place = if name == declared.points.0.as_bytes() {
                &mut mark.points
            } else if name == declared.axes[0].as_bytes() {
                &mut mark.axes[0]
            } else if name == declared.axes[1].as_bytes() {
                &mut mark.axes[1]
            } else if name == declared.tools[0].0.as_bytes() {
                &mut mark.tools[0]
            } else if name == declared.tools[1].0.as_bytes() {
                &mut mark.tools[1]
            } else if name == declared.frame.as_bytes() {
                &mut mark.frame
            } else if name == declared.details.0.as_bytes() {
                &mut mark.details
            } else {
                continue;
            };
            *place = Some(value);
        }
        Some(mark)
    }

    /// Whether a mark has what is read where details are asked for: of the newer form, keys of three parts.
    fn has_details(&self, mark: &Mark<'_>) -> bool {
        mark.frame.is_some()
            && match self.form {
                Form::Older => mark.tools[0].is_some(),
                Form::Newer => mark.details.is_some_and(|details| {
                    details.kind() == Kind::Array
                        && details.items().all(|detail| {
                            let task = member(detail, &self.declared.details.1).and_then(text_of);
                            task.is_some_and(|key| key.split(|&byte| byte == b'.').nth(2).is_some())
                        })
                }),
            }
    }

    fn outline(&mut self, mark: &Mark<'_>, name: &str, columns: &mut Columns) -> Option<()> {
        let declared = self.declared;
        let lists = match (mark.points, mark.axes) {
            (Some(points), _) if points.kind() == Kind::Array => [points, points],
            (None, [Some(first), Some(second)]) if first.kind() == Kind::Array && second.kind() == Kind::Array => {
                [first, second]
            }
            _ => return None,
        };
        if lists[0].items().next().is_none() {
            return if lists[1].items().next().is_none() { Some(()) } else { None };
        }
        for (axis, list) in lists.into_iter().enumerate() {
            let cell = cell_of(columns, name, &declared.axes[axis])?;
            cell.extend_from_slice(if cell.is_empty() { b"[[" } else { b", [" });
            if let Some(numbers) = self.lists.numbers_at(self.place_of(list).start, axis) {
                cell.extend_from_slice(numbers);
            } else if mark.points.is_some() {
                self.append_members(list, &declared.points.1[axis], cell)?;
            } else if !append_python_numbers(list.bytes(), cell, self.number) {
                return None;
            }
            cell.push(b']');
        }
        let (flag, value) = &declared.flag;
        if !columns.iter().any(|(name, _)| name == flag) {
            columns.push((flag.clone(), value.as_bytes().to_vec()));
        }
        Some(())
    }

    /// Appends the numbers that the objects of a list have in a member.
    fn append_members(&mut self, list: Value<'_>, name: &str, cell: &mut Vec<u8>) -> Option<()> {
        for item in list.items() {
            self.append(member(item, name)?, cell)?;
            cell.extend_from_slice(b", ");
        }
        cell.truncate(cell.len() - 2); // it has an item
        Some(())
    }

    fn append(&mut self, value: Value<'_>, cell: &mut Vec<u8>) -> Option<()> {
        if value.kind() != Kind::Number || !is_python_number(value.bytes(), self.number) {
            return None;
        }
        cell.extend_from_slice(value.bytes());
        Some(())
    }

    /// The cells of a row, frame by frame.
    fn cells(&self, frames: Vec<(String, Columns)>) -> Cells {
        let declared = self.declared;
        let mut cells = Vec::new();
        for (frame, columns) in frames {
            for (name, mut cell) in columns {
                if name != declared.flag.0 {
                    cell.push(b']');
                    if cell.contains(&b',') {
                        cell.insert(0, b'"');
                        cell.push(b'"');
                    }
                }
                cells.push((format!("{}{}{frame}.{name}", declared.prefix, declared.frame), cell));
            }
        }
        cells
    }
}

/// The columns of a frame; none if there are too many frames.
fn columns_of<'f>(frames: &'f mut Vec<(String, Columns)>, frame: &str) -> Option<&'f mut Columns> {
    let place = frames.iter().position(|(name, _)| name == frame).unwrap_or(frames.len());
    if place == frames.len() && place < MOST_COLUMNS {
        frames.push((frame.to_owned(), Vec::new()));
    }
    frames.get_mut(place).map(|(_, columns)| columns)
}

/// The cell of a column; none if there are too many columns.
fn cell_of<'c>(columns: &'c mut Columns, start: &str, end: &str) -> Option<&'c mut Vec<u8>> {
    let is_it = |name: &str| name.strip_prefix(start) == Some(end);
    let place = columns.iter().position(|(name, _)| is_it(name)).unwrap_or(columns.len());
    if place == columns.len() && place < MOST_COLUMNS {
        columns.push((format!("{start}{end}"), Vec::new()));
    }
    columns.get_mut(place).map(|(_, cell)| cell)
}

/// The members of an object; none for another value.
fn members(value: Value<'_>) -> Option<crate::json::Members<'_>> {
    (value.kind() == Kind::Object).then(|| value.members())
}

/// The member of an object whose keys have no escapes.
fn member<'a>(object: Value<'a>, name: &str) -> Option<Value<'a>> {
    object.members().find(|(key, _)| key.bytes() == name.as_bytes()).map(|(_, value)| value)
}

/// The bytes of a string without escapes.
fn text_of(value: Value<'_>) -> Option<&[u8]> {
    (value.kind() == Kind::String && !value.is_escaped()).then(|| value.bytes())
}

/// The text of a number of a few digits.
fn whole(value: Value<'_>) -> Option<&str> {
    let token = value.bytes();
    let is_whole = value.kind() == Kind::Number && token.len() < 10 && token.iter().all(u8::is_ascii_digit);
    is_whole.then(|| str::from_utf8(token).ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const DECLARATION: &str = r#"{"prefix": "data.", "task": "task", "value": "value",
        "kind": ["type", "drawing", ["range"]], "beside": "mark", "frame": "frame", "details": ["details", "task"],
        "tools": [["tool", "_tool"], ["index", "_index"]], "axes": ["xs", "ys"], "points": ["points", ["x", "y"]],
        "flag": ["gold", "False"], "jobs": [
            {"task": "T0", "tools": ["0", "1"], "details": true, "members": null, "file": 0, "cells": ["T0", ",a"]},
            {"task": "T0", "tools": null, "details": false, "members": ["x", "y"], "file": 0, "cells": ["T0", ",a"]}]}"#;

    fn read(text: &str, form: Form) -> Option<(Vec<String>, String)> {
        let mut rest = b"before".to_vec();
        let found = Drawn::from_json(DECLARATION).unwrap().read(text.as_bytes(), form, 64, &mut rest);
        let rest = String::from_utf8(rest).unwrap().split_off("before".len());
        let shown = |cells: Cells| {
            let cells = cells.into_iter().map(|(name, cell)| format!("{name}={}", String::from_utf8(cell).unwrap()));
            cells.collect::<Vec<_>>().join(" ")
        };
        assert!(found.is_some() || rest.is_empty());
        found.map(|rows| (rows.into_iter().map(shown).collect(), rest))
    }

    #[test]
    fn marks_are_lists_by_frame_and_tool() {
        let text = r#"[{"task": "T0", "value": [
            {"index": 0, "frame": 1, "xs": [1, 2.5], "ys": [3, 4], "details": []},
            {"index": 0, "frame": 1, "points": [{"x": 5, "y": 6}], "details": [{"task": "T0.0.0"}]},
            {"index": 1, "frame": 0, "x": 7, "y": 8, "xs": [], "ys": [], "details": []},
            {"index": 1, "frame": 0, "x": 9, "y": -0.5, "xs": [0], "ys": [0], "details": []}]},
            {"task": "T0.0.0", "type": "text", "mark": 1, "value": "a"}, {"task": "T1", "value": "b"}]"#;
        let (rows, rest) = read(text, Form::Newer).unwrap();
        let outlines = [
            r#"data.frame1.T0_index0_xs="[[1, 2.5], [5]]""#,
            r#"data.frame1.T0_index0_ys="[[3, 4], [6]]""#,
            "data.frame1.gold=False",
            "data.frame0.T0_index1_xs=[[0]]",
            "data.frame0.T0_index1_ys=[[0]]",
            "data.frame0.gold=False",
        ];
        assert_eq!(rows[0], outlines.join(" "));
        assert_eq!(rows[1], r#"data.frame0.T0_index1_x="[7, 9]" data.frame0.T0_index1_y="[8, -0.5]""#);
        let expected = r#"[{"task": "T0", "value": null},
            {"task": "T0.0.0", "type": "text", "mark": 1, "value": null}, {"task": "T1", "value": "b"}]"#;
        assert_eq!(rest, expected);
        assert_eq!(read(text, Form::Older), None);
        let older = text.replace("index", "tool").replace(r#""type": "text", "#, "");
        assert_eq!(read(&older, Form::Older), None);
    }

    #[test]
    fn tools_that_are_not_asked_for_are_left_out() {
        let mark = r#"{"tool": 2, "frame": 0, "xs": [1], "ys": [1], "details": []}"#;
        let (rows, _) =
            read(&format!(r#"[{{"task": "T0", "value": [{mark}, {{"a": 1}}]}}]"#), Form::Older).unwrap_or_default();
        assert_eq!(rows, Vec::<String>::new()); // the other job needs a tool
        let (rows, _) = read(&format!(r#"[{{"task": "T0", "value": [{mark}]}}]"#), Form::Older).unwrap();
        assert_eq!(rows, ["", ""]);
    }

    #[test]
    fn other_forms_are_not_read() {
        let usual = r#"[{"task": "T0", "value": [{"index": 0, "frame": 0, "xs": [1], "ys": [2], "details": []}]}]"#;
        assert!(read(usual, Form::Newer).is_some());
        for (part, other) in [
            ("\"T0\"", "null"),
            ("\"T0\"", "[]"),
            ("\"T0\"", "\"\\u0054\""),
            ("[1]", "[1e2]"),
            ("[1]", "[1.50]"),
            ("[1]", "[null]"),
            ("[1]", "[]"),
            ("[1]", "\"1\""),
            ("[1]", "[[1]]"),
            ("\"xs\"", "\"zs\""),
            ("\"xs\"", "\"x\\u0073\""),
            ("\"xs\"", "\"ys\""),
            ("\"index\": 0", "\"index\": null"),
            ("\"index\": 0", "\"index\": 0.0"),
            ("\"index\": 0", "\"index\": 0, \"tool\": 0"),
            ("\"frame\": 0, ", ""),
            ("\"frame\": 0", "\"frame\": \"0\""),
            ("[]", "[1]"),
            ("[]", "[{\"task\": \"T0.0\"}]"),
            ("[]", "{}"),
            ("\"task\"", "\"type\": \"range\", \"mark\": 0, \"task\""),
            ("\"task\"", "\"type\": \"text\", \"task\""),
            ("\"task\"", "\"type\": null, \"task\""),
            ("[{\"index", "1, [{\"index"),
            ("}]}]", "}]}"),
        ] {
            assert!(usual.contains(part));
            assert_eq!(read(&usual.replace(part, other), Form::Newer), None, "{part} {other}");
        }
        assert_eq!(read(&usual.replace("[{\"index", "{\"index").replace("}]}]", "}}]"), Form::Newer), None);
        let item = &usual[1..usual.len() - 1];
        assert_eq!(read(&format!("[{item}, {}]", item.replace("T0", "T0.1")), Form::Newer), None);
        assert!(read(&format!("[{item}, {item}]"), Form::Newer).is_some());
    }
}
