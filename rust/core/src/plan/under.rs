//! Evaluates [`super::ops::Expr::TextUnder`]: a member of the object that a field has under an integer key.

use crate::columns::{Column, Type, push_string};
use crate::json::{Kind, compact, integer_key, member};
use crate::leniency::Leniency;

use super::machine::{Fault, RecordEvaluator};
use super::ops::{Expr, Outer};
use super::record::RawRecord;

impl RecordEvaluator {
    /// Appends the text of the member `name`, or a null.
    #[cold]
    pub fn append_text_under(
        &mut self,
        field: usize,
        key: &Expr,
        name: &str,
        column: &mut Column,
        raw: RawRecord<'_>,
    ) -> Result<(), Fault> {
        let counted = self.leniencies;
        let mut keys = Column::new(&Type::Int64);
        self.append(key, &mut keys, &Type::Int64, raw)?;
        // The column of the key counts its leniencies.
        self.leniencies = counted;
        let key = match &keys {
            Column::Int64(keys) => keys.get(0),
            _ => None,
        };
        if let Err(error) = self.record.json(raw, field, Outer::Object) {
            return Err(self.at_field(field, error));
        }
        let object = self.record.json_if_parsed(raw, field);
        let found = object.zip(key).and_then(|(object, key)| {
            object.members().find_map(|(known, value)| (integer_key(known) == Some(key)).then_some(value))
        });
        match (found.and_then(|found| member(found, name.as_bytes())), &mut *column) {
            (Some(value), column) if value.kind() == Kind::String => {
                let replaced = push_string(column, Some(value));
                self.leniencies[Leniency::LoneSurrogate] += u64::from(replaced);
            }
            (Some(value), Column::Text(column)) if value.kind() != Kind::Null => {
                compact(value, column.open());
                column.close(true);
            }
            (_, column) => column.push_null(),
        }
        Ok(())
    }
}
