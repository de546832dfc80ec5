//! Which columns of a Parquet file get a dictionary or statistics, planned from a sample of the first rows.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Schema};
use hashbrown::HashSet;

const RUNS: usize = 8;
const RUN_ROWS: usize = 512;
/// A dictionary pays if fewer than this share of the values are distinct: hashing then costs less than encoding saves.
const MAX_DISTINCT: f64 = 0.5;
/// Below this number of rows a sample says little.
const FEW_ROWS: usize = 256;
/// Text that is longer on average is JSON or prose: its minimum and maximum help no reader and enlarge the footer.
const LONG_TEXT: usize = 128;

/// Dotted Parquet paths of the columns with a dictionary, and of the columns with statistics.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EncodingPlan {
    /// Columns with a dictionary.
    pub dictionary: Vec<String>,
    /// Columns with statistics.
    pub statistics: Vec<String>,
}

/// Plans from the rows of a row group. How the rows are cut into batches does not change the plan.
///
/// `columns` has, for each field of the schema, the arrays of its values in order.
#[must_use]
pub fn plan_encoding(schema: &Schema, columns: &[Vec<ArrayRef>]) -> EncodingPlan {
    let rows = columns.first().map_or(0, |arrays| arrays.iter().map(Array::len).sum());
    let sampled = rows.min(RUNS * RUN_ROWS);
    let mut plan = EncodingPlan::default();
    for (field, arrays) in schema.fields().iter().zip(columns) {
        let parts: Vec<Vec<Values>> = sample(arrays, rows).iter().map(leaves_of).collect();
        let mut leaves = Vec::new();
        add_leaves(field.name().clone(), field, &mut leaves);
        for part in &parts {
            for (leaf, values) in leaves.iter_mut().zip(part) {
                leaf.add(values);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let scale = rows as f64 / sampled.max(1) as f64;
        for leaf in leaves {
            let has_dictionary = !leaf.is_boolean && (rows < FEW_ROWS || leaf.repeats(scale));
            if !leaf.is_long_text() {
                plan.statistics.push(leaf.path.clone());
            }
            if has_dictionary {
                plan.dictionary.push(leaf.path);
            }
        }
    }
    plan
}

/// Runs of adjacent rows, spread over the column: they show repetition of adjacent and of distant rows.
fn sample(arrays: &[ArrayRef], rows: usize) -> Vec<ArrayRef> {
    if rows <= RUNS * RUN_ROWS {
        return arrays.to_vec();
    }
    let step = (rows - RUN_ROWS) / (RUNS - 1);
    let mut found = Vec::new();
    for start in (0..RUNS).map(|run| run * step) {
        let mut offset = 0;
        for array in arrays {
            let (low, high) = (start.max(offset), (start + RUN_ROWS).min(offset + array.len()));
            if low < high {
                found.push(array.slice(low - offset, high - low));
            }
            offset += array.len();
        }
    }
    found
}

/// The leaves of a field with their Parquet paths, in the order of the Parquet schema.
fn add_leaves(path: String, field: &Field, leaves: &mut Vec<Leaf<'_>>) {
    match field.data_type() {
        DataType::Struct(children) => {
            for child in children {
                add_leaves(format!("{path}.{}", child.name()), child, leaves);
            }
        }
        DataType::List(item) => add_leaves(format!("{path}.list.element"), item, leaves),
        kind => leaves.push(Leaf {
            path,
            is_text: *kind == DataType::Utf8,
            is_boolean: *kind == DataType::Boolean,
            ..Leaf::default()
        }),
    }
}

/// Values of a leaf; a child of a null struct is null.
struct Values {
    data: ArrayData,
    nulls: Option<NullBuffer>,
}

/// The values of the leaves of an array.
fn leaves_of(array: &ArrayRef) -> Vec<Values> {
    let mut found = Vec::new();
    descend(array, None, &mut found);
    found
}

fn descend(array: &ArrayRef, parent: Option<&NullBuffer>, found: &mut Vec<Values>) {
    let nulls = NullBuffer::union(parent, array.nulls());
    if let Some(columns) = array.as_struct_opt() {
        columns.columns().iter().for_each(|child| descend(child, nulls.as_ref(), found));
    } else if let Some(lists) = array.as_list_opt::<i32>() {
        let offsets = lists.value_offsets();
        let bounds = [offsets.first(), offsets.last()].map(|end| end.and_then(|&end| usize::try_from(end).ok()));
        let [start, end] = bounds.map(Option::unwrap_or_default);
        descend(&lists.values().slice(start, end.saturating_sub(start)), None, found);
    } else {
        found.push(Values { data: array.to_data(), nulls });
    }
}

/// What the sample says about a leaf.
#[derive(Default)]
struct Leaf<'a> {
    path: String,
    is_text: bool,
    is_boolean: bool,
    /// Values that are not null.
    filled: usize,
    /// The same, with a run of equal numbers or times counted once.
    counted: usize,
    bytes: usize,
    distinct: HashSet<&'a [u8]>,
    last: Option<&'a [u8]>,
}

impl<'a> Leaf<'a> {
    fn add(&mut self, Values { data: values, nulls }: &'a Values) {
        let start = values.offset();
        let width = values.data_type().primitive_width();
        let offsets: &[i32] = if self.is_text { values.buffer(0) } else { &[] };
        let bytes = values.buffers().last().map_or(&[][..], |buffer| buffer.as_slice());
        for row in 0..values.len() {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                continue;
            }
            self.filled += 1;
            let range = if self.is_text {
                let ends = offsets.get(row).zip(offsets.get(row + 1));
                let ends =
                    ends.and_then(|(&low, &high)| Some((usize::try_from(low).ok()?, usize::try_from(high).ok()?)));
                let Some((low, high)) = ends else { continue };
                low..high
            } else {
                let Some(width) = width else { continue };
                (start + row) * width..(start + row + 1) * width
            };
            let Some(value) = bytes.get(range) else { continue };
            self.bytes += value.len();
            if self.is_text || self.last != Some(value) {
                self.counted += 1;
                self.distinct.insert(value);
                self.last = Some(value);
            }
        }
    }

    fn is_long_text(&self) -> bool {
        self.is_text && self.bytes > LONG_TEXT * self.filled
    }

    /// Whether fewer than half of the values are distinct in a column that is `scale` times as long as its sample.
    ///
    /// A run of equal numbers or times counts once. The rows of one record repeat its id and its time, which zstd
    /// compresses better than a dictionary with one entry per record: tables with several rows per record are 5 to 24 %
    /// smaller. A sample of n of D equally likely values has about D * (1 - exp(-n / D)) distinct values. The code
    /// solves this for D, then applies it to the whole column. If nothing is known, the answer is yes, because the
    /// writer falls back from a dictionary that grows too large.
    fn repeats(&self, scale: f64) -> bool {
        if self.counted == 0 {
            return true;
        }
        if self.distinct.len() == self.counted {
            return false;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let (n, distinct) = (self.counted as f64, self.distinct.len() as f64);
        let (mut low, mut high) = (distinct, 1e12);
        for _ in 0..100 {
            let middle = f64::sqrt(low * high);
            if middle * -f64::exp_m1(-n / middle) < distinct {
                low = middle;
            } else {
                high = middle;
            }
        }
        -low * f64::exp_m1(-n * scale / low) < MAX_DISTINCT * n * scale
    }
}

#[cfg(test)]
#[path = "parquet_plan/tests.rs"]
mod tests;
