//! Fields that are JSON made of the source's fields: literals of another language, and trees of flat columns.

use crate::json::{Doc, python_literal, write_string};

use super::record::{Fields, Record};
use super::spec::Tree;

impl Record {
    /// Appends the JSON text of a derived field, if it is not empty; gives whether it did.
    pub fn derive(&mut self, tree: &Tree, fields: Fields<'_>, target: &mut Vec<u8>) -> bool {
        match tree {
            Tree::Literal(field) => {
                let max_depth = self.max_depth();
                let text = self.cell(fields, *field).text;
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
            Tree::Text(field) => {
                let text = self.cell(fields, *field).text;
                if !text.is_empty() {
                    write_string(text, target);
                }
                !text.is_empty()
            }
            Tree::Token(field) => {
                let text = self.cell(fields, *field).text;
                let is_number = Doc::default().check(text, 1).is_ok();
                if is_number {
                    target.extend_from_slice(text);
                } else if !text.is_empty() {
                    write_string(text, target);
                }
                !text.is_empty()
            }
            Tree::Whole(field, parts) => {
                let before = target.len();
                let has_parts = self.derive(parts, fields, target);
                if self.cell(fields, *field).text.is_empty() {
                    return has_parts;
                }
                target.truncate(before);
                let alone = if has_parts { Tree::Literal(*field) } else { Tree::Text(*field) };
                self.derive(&alone, fields, target)
            }
            Tree::Below(above, field) => {
                above.iter().any(|&above| !self.cell(fields, above).text.is_empty())
                    && self.derive(&Tree::Text(*field), fields, target)
            }
            Tree::First(options) => options.iter().any(|option| self.derive(option, fields, target)),
            Tree::Object(members) => self.collect(*b"{}", members.iter().map(named), fields, target),
            Tree::Levels(items, members) => {
                let before = target.len();
                let is_object = members.iter().any(|(_, tree)| self.derive(tree, fields, target));
                target.truncate(before);
                if is_object {
                    self.collect(*b"{}", items.iter().chain(members).map(named), fields, target)
                } else {
                    self.collect(*b"[]", items.iter().map(|(_, tree)| (None, tree)), fields, target)
                }
            }
            Tree::List(items) => self.collect(*b"[]", items.iter().map(|tree| (None, tree)), fields, target),
        }
    }

    fn collect<'t>(
        &mut self,
        brackets: [u8; 2],
        inner: impl Iterator<Item = (Option<&'t String>, &'t Tree)>,
        fields: Fields<'_>,
        target: &mut Vec<u8>,
    ) -> bool {
        let start = target.len();
        for (key, tree) in inner {
            let before = target.len();
            target.push(if before == start { brackets[0] } else { b',' });
            if let Some(key) = key {
                write_string(key.as_bytes(), target);
                target.push(b':');
            }
            if !self.derive(tree, fields, target) {
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

const fn named(member: &(String, Tree)) -> (Option<&String>, &Tree) {
    (Some(&member.0), &member.1)
}
