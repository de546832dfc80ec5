//! Where the fields of a plan are in the records of one source.

use super::record::field_number;

/// No field of the plan.
const NONE: u32 = u32::MAX;

/// The layout of a source's records.
#[derive(Clone, Debug)]
pub struct RecordLayout {
    /// For each field of the plan, the index of its column in this source.
    pub columns: Vec<Option<usize>>,
    /// Number of fields in a record.
    pub width: usize,
    /// Number of fields that a record has at least, if the columns after them may differ from the header's.
    pub least: Option<usize>,
    /// A record is a JSON value, its only field; its quotes belong to it.
    pub json: bool,
    /// An unquoted `NA` is an empty cell in derived fields.
    pub absent_na: bool,
    /// It is one in all fields.
    pub absent_na_everywhere: bool,
    /// For each column, the field of the plan that it is read into.
    pub(crate) fields: Vec<u32>,
}

impl RecordLayout {
    /// The layout of CSV records with `width` fields, given the column of each field of the plan.
    #[must_use]
    pub fn new(columns: Vec<Option<usize>>, width: usize) -> Self {
        let mut fields = vec![NONE; width];
        for (field, column) in columns.iter().enumerate() {
            if let Some(found) = column.and_then(|column| fields.get_mut(column)) {
                *found = field_number(field);
            }
        }
        Self { columns, width, least: None, json: false, absent_na: false, absent_na_everywhere: false, fields }
    }

    /// The field that a column is read into.
    pub fn field_at(&self, column: usize) -> Option<u32> {
        self.fields.get(column).copied().filter(|&field| field != NONE)
    }
}
