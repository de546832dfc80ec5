//! Derived fields: JSON composed from other fields, such as Python literals and flattened columns.
//!
//! A wide file has thousands of columns, of which a record fills a few. So a template numbers its leaves, which are the
//! cells that it reads, and a record visits only the parts of the template that hold leaves with a value.

use crate::json::{Doc, Kind, member, python_literal, string_text, write_string};
use crate::leniency::Leniency;

use super::ops::Outer;
use super::record::{RawRecord, Record, field_number};
use super::spec::JsonTemplate;

/// A template with numbered leaves.
#[derive(Debug)]
pub struct Template {
    root: Node,
    /// The leaves of a field are `leaves[first[field]..first[field + 1]]`.
    first: Vec<u32>,
    leaves: Vec<u32>,
    /// The leaves of derived fields, which may have a value in any record.
    derived: Vec<u32>,
    /// Whether the last option is an object without members, which is what is composed if nothing else has a value.
    or_empty: bool,
}

/// A part of a template. Its leaves follow those of the part before it.
#[derive(Debug)]
struct Node {
    op: Op,
    /// One past the last of its leaves.
    end: u32,
}

#[derive(Debug)]
enum Op {
    Cell(Form, usize),
    Below(Vec<usize>, usize),
    Held(usize, Vec<String>),
    First(Vec<Part>),
    Whole {
        field: usize,
        leaf: u32,
        parts: Box<Node>,
    },
    Object(Vec<Part>),
    Array(Vec<Part>),
    /// Items, whose number is given, and members.
    Levels(usize, Vec<Part>),
}

/// A part with the text that precedes its value in an object: `"key":`.
#[derive(Debug)]
struct Part {
    key: Vec<u8>,
    node: Node,
}

/// How a cell becomes JSON: see [`JsonTemplate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Literal,
    Container,
    List,
    LiteralList,
    Text,
    Token,
}

impl Form {
    /// Whether texts that mean null are empty cells.
    const fn has_null_texts(self) -> bool {
        matches!(self, Self::List | Self::LiteralList | Self::Token)
    }
}

impl Template {
    /// Numbers the leaves of a template, given for each field of the plan whether it is derived.
    pub fn new(template: &JsonTemplate, is_derived: &[bool]) -> Self {
        let fields = is_derived.len();
        let mut read = Vec::new();
        let root = Node::new(template, &mut read);
        let mut first = vec![0; fields + 1];
        for &field in &read {
            first[field + 1] += 1;
        }
        for field in 0..fields {
            first[field + 1] += first[field];
        }
        let mut next = first.clone();
        let mut leaves = vec![0; read.len()];
        for (leaf, &field) in read.iter().enumerate() {
            leaves[next[field] as usize] = field_number(leaf);
            next[field] += 1;
        }
        let derived = (0..).zip(&read).filter(|&(_, &field)| is_derived[field]).map(|(leaf, _)| leaf).collect();
        let or_empty = matches!(
            template,
            JsonTemplate::First(options)
                if matches!(options.last(), Some(JsonTemplate::Object(members)) if members.is_empty())
        );
        Self { root, first, leaves, derived, or_empty }
    }

    fn leaves_of(&self, field: u32) -> &[u32] {
        let field = field as usize;
        &self.leaves[self.first[field] as usize..self.first[field + 1] as usize]
    }
}

impl Node {
    /// Compiles a template; pushes the field of each of its leaves to `read`.
    fn new(template: &JsonTemplate, read: &mut Vec<usize>) -> Self {
        let op = match template {
            JsonTemplate::Literal(field) => Op::cell(Form::Literal, *field, read),
            JsonTemplate::Container(field) => Op::cell(Form::Container, *field, read),
            JsonTemplate::List(field) => Op::cell(Form::List, *field, read),
            JsonTemplate::LiteralList(field) => Op::cell(Form::LiteralList, *field, read),
            JsonTemplate::Text(field) => Op::cell(Form::Text, *field, read),
            JsonTemplate::Token(field) => Op::cell(Form::Token, *field, read),
            JsonTemplate::Below(above, field) => {
                read.push(*field);
                Op::Below(above.clone(), *field)
            }
            JsonTemplate::Held(field, keys) => {
                read.push(*field);
                Op::Held(*field, keys.clone())
            }
            JsonTemplate::Whole(field, parts) => {
                let leaf = field_number(read.len());
                read.push(*field);
                Op::Whole { field: *field, leaf, parts: Box::new(Self::new(parts, read)) }
            }
            JsonTemplate::First(options) => {
                Op::First(options.iter().map(|option| Part::new("", option, read)).collect())
            }
            JsonTemplate::Array(items) => Op::Array(items.iter().map(|item| Part::new("", item, read)).collect()),
            JsonTemplate::Object(members) => {
                Op::Object(members.iter().map(|(key, member)| Part::new(key, member, read)).collect())
            }
            JsonTemplate::Levels(items, members) => {
                let all = items.iter().chain(members);
                Op::Levels(items.len(), all.map(|(key, inner)| Part::new(key, inner, read)).collect())
            }
        };
        Self { op, end: field_number(read.len()) }
    }
}

impl Op {
    fn cell(form: Form, field: usize, read: &mut Vec<usize>) -> Self {
        read.push(field);
        Self::Cell(form, field)
    }
}

impl Part {
    fn new(name: &str, template: &JsonTemplate, read: &mut Vec<usize>) -> Self {
        let mut key = Vec::new();
        write_string(name.as_bytes(), &mut key);
        key.push(b':');
        Self { key, node: Node::new(template, read) }
    }
}

/// The parts that hold some of the leaves, each with these.
struct Filled<'t, 'l> {
    parts: &'t [Part],
    leaves: &'l [u32],
}

impl<'t, 'l> Iterator for Filled<'t, 'l> {
    type Item = (&'t Part, &'l [u32]);

    fn next(&mut self) -> Option<Self::Item> {
        let leaf = *self.leaves.first()?;
        let at = self.parts.partition_point(|part| part.node.end <= leaf);
        let part = self.parts.get(at)?;
        let (own, others) = self.leaves.split_at(self.leaves.partition_point(|&leaf| leaf < part.node.end));
        self.leaves = others;
        self.parts = &self.parts[at + 1..];
        Some((part, own))
    }
}

impl Record {
    /// Whether a derived field has a value, if that is the text of a cell: it need not be composed to know its type.
    pub fn is_text_present(&mut self, raw: RawRecord<'_>, field: usize) -> Option<bool> {
        let Op::Cell(Form::Text, cell) = self.template(field)?.root.op else { return None };
        Some(!self.is_absent(raw, cell))
    }

    /// Appends the JSON that a template gives, if it is not empty.
    pub fn compose(&mut self, template: &Template, raw: RawRecord<'_>, target: &mut Vec<u8>) {
        if let Op::Held(field, keys) = &template.root.op {
            self.compose_held(*field, keys, raw, target);
            return;
        }
        let mut leaves = std::mem::take(&mut self.leaves);
        leaves.clear();
        for &field in self.filled(raw) {
            leaves.extend_from_slice(template.leaves_of(field));
        }
        leaves.extend_from_slice(&template.derived);
        leaves.sort_unstable();
        if !self.compose_node(&template.root, &leaves, raw, target) && template.or_empty {
            target.extend_from_slice(b"{}");
        }
        self.leaves = leaves;
    }

    /// Appends the JSON of a part whose leaves with a value are given, if it is not empty; gives whether it did.
    fn compose_node(&mut self, node: &Node, leaves: &[u32], raw: RawRecord<'_>, target: &mut Vec<u8>) -> bool {
        if leaves.is_empty() {
            return false;
        }
        match &node.op {
            Op::Cell(form, field) => self.compose_cell(*form, *field, raw, target),
            Op::Below(above, field) => {
                above.iter().any(|&above| !self.is_absent(raw, above))
                    && self.compose_cell(Form::Text, *field, raw, target)
            }
            Op::Held(field, keys) => self.compose_held(*field, keys, raw, target),
            Op::First(options) => Filled { parts: options, leaves }
                .any(|(option, leaves)| self.compose_node(&option.node, leaves, raw, target)),
            Op::Whole { field, leaf, parts } => {
                let inner = &leaves[usize::from(leaves.first() == Some(leaf))..];
                if self.is_absent(raw, *field) {
                    return self.compose_node(parts, inner, raw, target);
                }
                let count = self.count_values(parts, inner, raw);
                self.composed[Leniency::Twice] += count;
                if count == 0 {
                    return self.compose_cell(Form::Container, *field, raw, target);
                }
                self.compose_whole(*field, raw, target);
                true
            }
            Op::Object(members) => self.compose_parts(*b"{}", members, leaves, raw, target),
            Op::Array(items) => self.compose_parts(*b"[]", items, leaves, raw, target),
            Op::Levels(items, parts) => {
                let (items, members) = parts.split_at(*items);
                let first = items.last().map_or(0, |item| leaves.partition_point(|&leaf| leaf < item.node.end));
                let is_object = Filled { parts: members, leaves: &leaves[first..] }
                    .any(|(member, leaves)| self.has_value(&member.node, leaves, raw));
                if is_object {
                    self.compose_parts(*b"{}", parts, leaves, raw, target)
                } else {
                    self.compose_parts(*b"[]", items, &leaves[..first], raw, target)
                }
            }
        }
    }

    /// Appends the object or array that a string in a field's JSON holds; gives whether there is one.
    fn compose_held(&mut self, field: usize, keys: &[String], raw: RawRecord<'_>, target: &mut Vec<u8>) -> bool {
        let max_depth = self.max_depth();
        let Ok(value) = self.json(raw, field, Outer::Any) else { return false };
        let text = keys.iter().fold(value, |value, key| member(value?, key.as_bytes())).and_then(string_text);
        let Some(text) = text.filter(|text| may_be_container(text)) else { return false };
        let is_json = matches!(Doc::default().check(&text, max_depth), Ok(Kind::Object | Kind::Array));
        if is_json {
            target.extend_from_slice(&text);
        }
        is_json
    }

    fn compose_parts(
        &mut self,
        brackets: [u8; 2],
        parts: &[Part],
        leaves: &[u32],
        raw: RawRecord<'_>,
        target: &mut Vec<u8>,
    ) -> bool {
        let start = target.len();
        for (part, leaves) in (Filled { parts, leaves }) {
            let before = target.len();
            target.push(if before == start { brackets[0] } else { b',' });
            if brackets[0] == b'{' {
                target.extend_from_slice(&part.key);
            }
            if !self.compose_node(&part.node, leaves, raw, target) {
                target.truncate(before);
            }
        }
        let any = target.len() > start;
        if any {
            target.push(brackets[1]);
        }
        any
    }

    /// Whether a part whose leaves with a value are given is not empty.
    fn has_value(&mut self, node: &Node, leaves: &[u32], raw: RawRecord<'_>) -> bool {
        if leaves.is_empty() {
            return false;
        }
        match &node.op {
            Op::Cell(form, field) => {
                let (absent, null) = (self.is_absent(raw, *field), self.is_null(raw, *field));
                if form.has_null_texts() { !(absent || null) } else { !absent }
            }
            Op::Below(above, field) => {
                !self.is_absent(raw, *field) && above.iter().any(|&above| !self.is_absent(raw, above))
            }
            Op::Whole { field, leaf, parts } => {
                let inner = &leaves[usize::from(leaves.first() == Some(leaf))..];
                !self.is_absent(raw, *field) || self.has_value(parts, inner, raw)
            }
            Op::Held(field, keys) => self.compose_held(*field, keys, raw, &mut Vec::new()),
            Op::First(parts) | Op::Object(parts) | Op::Array(parts) | Op::Levels(_, parts) => {
                Filled { parts, leaves }.any(|(part, leaves)| self.has_value(&part.node, leaves, raw))
            }
        }
    }

    /// The number of members of an object that are not empty.
    fn count_values(&mut self, node: &Node, leaves: &[u32], raw: RawRecord<'_>) -> u64 {
        let Op::Object(parts) = &node.op else { return u64::from(self.has_value(node, leaves, raw)) };
        Filled { parts, leaves }.map(|(part, leaves)| u64::from(self.has_value(&part.node, leaves, raw))).sum()
    }

    /// Whether a cell has no value: it is empty, or an `NA` of R.
    fn is_absent(&mut self, raw: RawRecord<'_>, field: usize) -> bool {
        let cell = self.cell(raw, field);
        cell.text.is_empty() || (raw.layout.absent_na && !cell.quoted && cell.text == b"NA")
    }

    fn is_null(&mut self, raw: RawRecord<'_>, field: usize) -> bool {
        self.cell(raw, field).is_null()
    }

    /// Appends the JSON of a cell, if it has a value; gives whether it did.
    fn compose_cell(&mut self, form: Form, field: usize, raw: RawRecord<'_>, target: &mut Vec<u8>) -> bool {
        if self.is_absent(raw, field) || (form.has_null_texts() && self.is_null(raw, field)) {
            return false;
        }
        let max_depth = self.max_depth();
        let text = self.cell(raw, field).text;
        let is_json = match form {
            Form::Text => false,
            Form::Token | Form::List => {
                Doc::default().check(text, if form == Form::Token { 1 } else { max_depth }).is_ok() && {
                    target.extend_from_slice(text);
                    true
                }
            }
            Form::Literal | Form::LiteralList => literal(text, max_depth, target).is_some(),
            Form::Container => {
                let counted = may_be_container(text) && container(text, max_depth, target);
                self.composed[Leniency::Literals] += u64::from(counted);
                counted
            }
        };
        if !is_json {
            write_string(self.cell(raw, field).text, target);
        }
        true
    }

    /// Appends the JSON of a cell beside its parts: any literal but a null, which is a text there.
    fn compose_whole(&mut self, field: usize, raw: RawRecord<'_>, target: &mut Vec<u8>) {
        let max_depth = self.max_depth();
        let text = self.cell(raw, field).text;
        let before = target.len();
        let found = literal(text, max_depth, target).filter(|&kind| kind != Kind::Null);
        let is_container = matches!(found, Some(Kind::Object | Kind::Array));
        if found.is_none() {
            target.truncate(before);
            write_string(text, target);
        }
        self.composed[Leniency::Literals] += u64::from(is_container);
    }
}

/// Appends a text that is JSON or a Python literal as JSON; gives its type, or none if it is neither.
fn literal(text: &[u8], max_depth: usize, target: &mut Vec<u8>) -> Option<Kind> {
    let mut doc = Doc::default();
    if let Ok(kind) = doc.check(text, max_depth) {
        target.extend_from_slice(text);
        return Some(kind);
    }
    let before = target.len();
    if !python_literal(text, max_depth, target) {
        target.truncate(before);
        return None;
    }
    Some(match target[before] {
        b'{' => Kind::Object,
        b'[' => Kind::Array,
        b'"' => Kind::String,
        b'n' => Kind::Null,
        b't' => Kind::True,
        b'f' => Kind::False,
        _ => Kind::Number,
    })
}

/// Whether a text begins as an object or a list does.
fn may_be_container(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'[' | b'('))
}

/// Appends a text that is an object or a list; false if it is none.
fn container(text: &[u8], max_depth: usize, target: &mut Vec<u8>) -> bool {
    let before = target.len();
    let is_container = matches!(literal(text, max_depth, target), Some(Kind::Object | Kind::Array));
    if !is_container {
        target.truncate(before);
    }
    is_container
}
