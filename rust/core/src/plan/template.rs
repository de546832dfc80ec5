//! Derived fields: JSON composed from other fields, such as Python literals and flattened columns.

use crate::json::{Doc, python_literal, write_string};

use super::record::{RawRecord, Record};
use super::spec::JsonTemplate;

impl Record {
    /// Appends the JSON that a template gives, if it is not empty; gives whether it did.
    pub fn compose(&mut self, template: &JsonTemplate, raw: RawRecord<'_>, target: &mut Vec<u8>) -> bool {
        match template {
            JsonTemplate::Literal(field) => {
                let max_depth = self.max_depth();
                let text = self.cell(raw, *field).text;
                let before = target.len();
                if text.is_empty() {
                    return false;
                }
                if Doc::default().check(text, max_depth).is_ok() {
                    target.extend_from_slice(text);
                } else if !python_literal(text, max_depth, target) {
                    target.truncate(before);
                    write_string(text, target);
                }
                true
            }
            JsonTemplate::Text(field) => {
                let text = self.cell(raw, *field).text;
                if !text.is_empty() {
                    write_string(text, target);
                }
                !text.is_empty()
            }
            JsonTemplate::Token(field) => {
                let text = self.cell(raw, *field).text;
                let is_number = Doc::default().check(text, 1).is_ok();
                if is_number {
                    target.extend_from_slice(text);
                } else if !text.is_empty() {
                    write_string(text, target);
                }
                !text.is_empty()
            }
            JsonTemplate::Whole(field, parts) => {
                let before = target.len();
                let has_parts = self.compose(parts, raw, target);
                if self.cell(raw, *field).text.is_empty() {
                    return has_parts;
                }
                target.truncate(before);
                let alone = if has_parts { JsonTemplate::Literal(*field) } else { JsonTemplate::Text(*field) };
                self.compose(&alone, raw, target)
            }
            JsonTemplate::Below(above, field) => {
                above.iter().any(|&above| !self.cell(raw, above).text.is_empty())
                    && self.compose(&JsonTemplate::Text(*field), raw, target)
            }
            JsonTemplate::First(options) => options.iter().any(|option| self.compose(option, raw, target)),
            JsonTemplate::Object(members) => self.collect(*b"{}", members.iter().map(named), raw, target),
            JsonTemplate::Levels(items, members) => {
                let before = target.len();
                let is_object = members.iter().any(|(_, template)| self.compose(template, raw, target));
                target.truncate(before);
                if is_object {
                    self.collect(*b"{}", items.iter().chain(members).map(named), raw, target)
                } else {
                    self.collect(*b"[]", items.iter().map(|(_, template)| (None, template)), raw, target)
                }
            }
            JsonTemplate::List(items) => {
                self.collect(*b"[]", items.iter().map(|template| (None, template)), raw, target)
            }
        }
    }

    fn collect<'t>(
        &mut self,
        brackets: [u8; 2],
        inner: impl Iterator<Item = (Option<&'t String>, &'t JsonTemplate)>,
        raw: RawRecord<'_>,
        target: &mut Vec<u8>,
    ) -> bool {
        let start = target.len();
        for (key, template) in inner {
            let before = target.len();
            target.push(if before == start { brackets[0] } else { b',' });
            if let Some(key) = key {
                write_string(key.as_bytes(), target);
                target.push(b':');
            }
            if !self.compose(template, raw, target) {
                target.truncate(before);
            }
        }
        let any = target.len() > start;
        if any {
            target.push(brackets[1]);
        }
        any
    }
}

const fn named(member: &(String, JsonTemplate)) -> (Option<&String>, &JsonTemplate) {
    (Some(&member.0), &member.1)
}
