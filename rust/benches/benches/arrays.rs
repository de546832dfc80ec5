//! Benchmarks splitting JSON arrays into elements: `cargo bench -p crowdarrow-benches --bench arrays`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, reason = "other benches use the rest")]
#[path = "../common/cells.rs"]
mod cells;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/input.rs"]
mod input;

use std::hint::black_box;
use std::io::Cursor;
use std::time::Duration;

use cells::Cells;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use crowdarrow_core::records::{Block, JsonReader, ReaderOptions};
use crowdarrow_core::scan::{Escapes, Kernel, prefix_xor};
use crowdarrow_core::source::{Input, Options};

/// One array on one line, with an object for each cell.
fn array(cells: &[Vec<u8>]) -> Vec<u8> {
    let mut array = Vec::new();
    for (id, cell) in cells.iter().enumerate() {
        array.extend_from_slice(if id == 0 { b"[" } else { b", " });
        array.extend_from_slice(b"{\"info\": ");
        array.extend_from_slice(cell);
        array.extend_from_slice(format!(", \"user_id\": null, \"task_id\": {}, \"id\": {id}}}", id / 3).as_bytes());
    }
    array.push(b']');
    array
}

fn elements(criterion: &mut Criterion) {
    let array = array(&Cells::of(input::export(16 << 20).1).plain);
    let mut group = criterion.benchmark_group("array");
    group.throughput(Throughput::Bytes(array.len() as u64));
    for kernel in Kernel::available() {
        let mut masks = Vec::new();
        group.bench_function(format!("string masks, {kernel:?}"), |bencher| {
            bencher.iter(|| {
                let (mut escapes, mut inside) = (Escapes::default(), 0u64);
                for bytes in array.chunks(4096) {
                    kernel.classify_json(bytes, &mut masks);
                    for masks in &masks {
                        let string = prefix_xor(masks.quote & !escapes.escaped(masks.backslash)) ^ inside;
                        inside = 0u64.wrapping_sub(string >> 63);
                        black_box((masks.open | masks.close) & !string);
                    }
                }
            });
        });
        group.bench_function(format!("JsonReader, {kernel:?}"), |bencher| {
            let options = ReaderOptions { block_bytes: 1 << 20, max_record_bytes: 64 << 20, kernel };
            let open = || {
                let bytes = Box::new(Cursor::new(array.clone()));
                Input::from_reader(bytes, "array", Options::default()).unwrap()
            };
            let mut block = Block::default();
            let split = |input| {
                let mut reader = JsonReader::new(input, options);
                while reader.next_block(&mut block).unwrap() {
                    assert!(block.rejects.is_empty());
                    black_box(&block.records);
                    block = std::mem::take(&mut block).recycled();
                }
            };
            bencher.iter_batched(open, split, BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn config() -> Criterion {
    Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2))
}

criterion_group! { name = arrays; config = config(); targets = elements }
criterion_main!(arrays);
