//! Records of all kinds of export, decoded by their plans: every record has one outcome, every batch is sound, and the
//! division into blocks changes nothing.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use crowdarrow_core::json_text::to_json_text;
use crowdarrow_core::leniency::Leniencies;
use crowdarrow_core::plan::{Decoder, Key, Limits, Plan, RecordLayout};
use crowdarrow_core::records::{Block, CsvReader, JsonReader, ReaderOptions, RecordReader};
use crowdarrow_core::reject::{Reject, RejectRef};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source::{Input, Options};
use serde::Deserialize;

use crate::DEPTH;

/// A plan for inputs of one layout, as `support.fuzz.plans` writes it.
#[derive(Deserialize)]
struct Layout {
    /// Records are JSON values.
    json: bool,
    /// The first line of a CSV, with its line end.
    header: String,
    /// For each field of the plan, its column.
    columns: Vec<Option<usize>>,
    /// Number of fields that a record has at least, if it may differ from the header.
    least: Option<usize>,
    /// The declaration.
    plan: serde_json::Value,
}

/// The layouts, in the order of their files, each with its plan.
static LAYOUTS: LazyLock<Vec<(Layout, Arc<Plan>)>> = LazyLock::new(|| {
    let folder = std::env::var_os("CROWDARROW_FUZZ_PLANS").map(PathBuf::from);
    let folder = folder.expect("CROWDARROW_FUZZ_PLANS is the folder of the plans: see CONTRIBUTING.md");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let layout: Layout = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let plan = Plan::from_json(&layout.plan.to_string()).unwrap();
        (layout, Arc::new(plan))
    };
    files.iter().map(read).collect()
});

impl Layout {
    /// A reader of records; none if they cannot be read at all.
    fn open(&self, body: &[u8], options: ReaderOptions) -> Option<RecordReader> {
        let bytes = [self.header.as_bytes(), body].concat();
        let input = Input::from_reader(Box::new(Cursor::new(bytes)), "input", Options::default()).ok()?;
        if self.json {
            return Some(JsonReader::open(input, options).ok()?.0.into());
        }
        CsvReader::open(input, options).ok().map(RecordReader::from)
    }

    /// The layout as a run has it.
    fn layout(&self, plan: &Plan, reader: &RecordReader) -> RecordLayout {
        let mut layout = RecordLayout::new(self.columns.clone(), reader.width());
        layout.json = self.json;
        layout.least = self.least;
        layout.absent_na = reader.is_header_quoted();
        layout.absent_na_everywhere = plan.spec().absent_na && reader.is_header_quoted();
        layout
    }
}

/// What is output.
#[derive(Debug, Default, PartialEq)]
struct Ran {
    tables: Vec<Vec<String>>,
    rejects: Vec<Reject>,
    rows: u64,
    leniencies: Leniencies,
}

/// The rows of a sound batch as JSON.
fn rows(batch: &RecordBatch) -> Vec<String> {
    for column in batch.columns() {
        column.to_data().validate_full().expect("arrays are sound");
    }
    let rows: ArrayRef = Arc::new(StructArray::from(batch.clone()));
    to_json_text(&rows).unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
}

fn run(layout: &Layout, plan: &Arc<Plan>, body: &[u8], options: ReaderOptions, max_rows: u64) -> Option<Ran> {
    let mut reader = layout.open(body, options)?;
    let columns = layout.layout(plan, &reader);
    let mut decoder = Decoder::new(Arc::clone(plan), Limits { depth: DEPTH, rows: max_rows });
    let mut ran = Ran { tables: vec![Vec::new(); plan.schemas().len()], ..Ran::default() };
    let mut seen: Vec<HashSet<Key>> = vec![HashSet::new(); ran.tables.len()];
    let mut block = Block::default();
    let (mut all, mut filtered) = (0, 0);
    while reader.next_block(&mut block).unwrap() {
        loop {
            let output = decoder.decode(&mut block, &columns, None).unwrap();
            for batch in output.batches {
                assert_eq!(batch.batch.schema(), plan.schemas()[batch.table]);
                let mut rows = rows(&batch.batch).into_iter();
                for group in &batch.once {
                    // Groups are merged by their keys when blocks are.
                    let is_first = group.key.is_none_or(|key| seen[batch.table].insert(key));
                    let group = rows.by_ref().take(group.rows);
                    if is_first { ran.tables[batch.table].extend(group) } else { group.for_each(drop) }
                }
                ran.tables[batch.table].extend(rows);
            }
            assert!(output.rejects.iter().is_sorted_by_key(|reject| reject.record));
            all += output.records;
            filtered += output.filtered;
            ran.rows += output.rows;
            ran.leniencies += output.leniencies;
            for reject in output.rejects.iter().map(RejectRef::to_reject) {
                match ran.rejects.last_mut() {
                    Some(last) if last.more => {
                        last.raw.extend_from_slice(&reject.raw);
                        last.more = reject.more;
                    }
                    _ => ran.rejects.push(reject),
                }
            }
            if block.is_decoded() {
                break;
            }
        }
        block = block.recycled();
    }
    assert_eq!(all, ran.rows + ran.rejects.len() as u64 + filtered, "every record has one outcome");
    Some(ran)
}

/// Bytes that choose the layout and the blocks, and the records.
pub fn check(data: &[u8]) {
    let Some(([kind, block], body)) = crate::choices(data) else { return };
    let (layout, plan) = &LAYOUTS[usize::from(kind) % LAYOUTS.len()];
    let options = |block_bytes| ReaderOptions { block_bytes, max_record_bytes: 1 << 20, kernel: Kernel::best() };
    // More rows than a record of a few kilobytes has, or few of them.
    let max_rows = if kind < 128 { 1 << 20 } else { u64::from(kind - 127) };
    let whole = run(layout, plan, body, options(crate::csv::WHOLE), max_rows);
    let small = run(layout, plan, body, options(1 + usize::from(block)), max_rows);
    assert_eq!(whole, small, "in blocks of {} bytes", 1 + usize::from(block));
}
