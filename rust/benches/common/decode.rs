//! Decodes an export on the current thread, with the plan of the record table or of all tables.

use std::io::{Cursor, Read};
use std::sync::Arc;

use crowdarrow_core::plan::{Decoder, Limits, Plan, RecordLayout};
use crowdarrow_core::records::{Block, CsvReader, ReaderOptions};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source::{Input, Options};

/// The plan of the record table; see `bare.rs` to update it.
pub fn plan() -> Arc<Plan> {
    Arc::new(Plan::from_json(include_str!("../../core/tests/fixtures/classifications.plan.json")).unwrap())
}

/// The plan of all tables, stored compressed; see `bare.rs` to update it.
#[allow(dead_code, reason = "not every bench decodes all tables")]
pub fn plan_of_tables() -> Arc<Plan> {
    let packed = include_bytes!("../../core/tests/fixtures/tables.plan.json.gz").as_slice();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    Arc::new(Plan::from_json(&text).unwrap())
}

/// Opens a reader with blocks of `block_bytes`.
pub fn open(csv: &Arc<[u8]>, block_bytes: usize, kernel: Kernel) -> CsvReader {
    let reader = Box::new(Cursor::new(Arc::clone(csv)));
    let input = Input::from_reader(reader, "bench", Options::default()).unwrap();
    CsvReader::open(input, ReaderOptions { block_bytes, max_record_bytes: 64 << 20, kernel }).unwrap()
}

/// Decodes the export and returns the number of rows of all tables.
pub fn decode(mut reader: CsvReader, plan: &Arc<Plan>) -> usize {
    let index = |field: &String| reader.header().iter().position(|name| name == field);
    let columns: Vec<Option<usize>> = plan.fields().iter().map(index).collect();
    let layout = RecordLayout::new(columns, reader.header().len());
    let mut decoder = Decoder::new(Arc::clone(plan), Limits::default());
    let mut block = Block::default();
    let mut rows = 0;
    while reader.next_block(&mut block).unwrap() {
        while !block.is_decoded() {
            let output = decoder.decode(&mut block, &layout, None).unwrap();
            assert!(output.rejects.is_empty(), "the export has rejects: {:?}", output.rejects.get(0));
            rows += output.batches.iter().map(|batch| batch.batch.num_rows()).sum::<usize>();
        }
        block = block.recycled();
    }
    rows
}
