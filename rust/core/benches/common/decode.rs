//! A whole export decoded on this thread, by the plan of the classifications or by that of all its tables.

use std::io::{Cursor, Read};
use std::sync::Arc;

use crowdarrow_core::plan::{Decoder, Form, Plan};
use crowdarrow_core::records::{Block, CsvOptions, CsvReader};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source::{Input, Options};

/// The plan of the record table; `bare.rs` says how to renew it.
pub fn plan() -> Arc<Plan> {
    Arc::new(Plan::from_json(include_str!("../../tests/fixtures/classifications.plan.json")).unwrap())
}

/// The plan of all tables, which is long and the same again and again; `bare.rs` says how to renew it.
#[allow(dead_code, reason = "only some of the benches decode all tables")]
pub fn plan_of_tables() -> Arc<Plan> {
    let packed = include_bytes!("../../tests/fixtures/tables.plan.json.gz").as_slice();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    Arc::new(Plan::from_json(&text).unwrap())
}

/// A reader of the export in blocks of `block_bytes`.
pub fn open(csv: &Arc<[u8]>, block_bytes: usize, kernel: Kernel) -> CsvReader {
    let reader = Box::new(Cursor::new(Arc::clone(csv)));
    let input = Input::from_reader(reader, "bench", Options::default()).unwrap();
    CsvReader::open(input, CsvOptions { block_bytes, max_record_bytes: 64 << 20, kernel }).unwrap()
}

/// The number of rows of every batch of the export.
pub fn decode(mut reader: CsvReader, plan: &Arc<Plan>) -> usize {
    let place = |field: &String| reader.header().iter().position(|name| name == field);
    let columns: Vec<Option<usize>> = plan.fields().iter().map(place).collect();
    let form = Form { columns, width: reader.header().len(), json: false };
    let mut decoder = Decoder::new(Arc::clone(plan), 128);
    let mut block = Block::default();
    let mut rows = 0;
    while reader.next_block(&mut block).unwrap() {
        let given = decoder.decode(&mut block, &form).unwrap();
        assert!(given.rejects.is_empty(), "a bench measures sound records: {:?}", given.rejects[0].message);
        rows += given.batches.iter().map(|batch| batch.batch.num_rows()).sum::<usize>();
        block = block.recycled();
    }
    rows
}
