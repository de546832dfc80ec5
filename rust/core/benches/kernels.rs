//! The kernels alone, and the splitting of JSON arrays, on the bytes they get in a run: `cargo bench -p crowdarrow-core --bench kernels`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use std::hint::black_box;
use std::io::Cursor;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use crowdarrow_core::json::Doc;
use crowdarrow_core::records::{Block, JsonOptions, JsonReader};
use crowdarrow_core::scan::{Escapes, Kernel, collapse_quotes, prefix_xor, string_stop};
use crowdarrow_core::source::{Input, Options};

/// Enough to fill the second-level cache, as a block of a run does.
const BYTES: usize = 4 << 20;

/// The JSON cells of an export, with their quotes doubled and undone.
struct Cells {
    csv: Vec<u8>,
    doubled: Vec<Vec<u8>>,
    plain: Vec<Vec<u8>>,
}

impl Cells {
    fn new() -> Self {
        let (_, csv) = common::export(BYTES);
        let json = common::json_columns(&csv);
        let header = csv.iter().position(|&byte| byte == b'\n').unwrap_or(0) + 1;
        let mut doubled = Vec::new();
        common::each_field(&csv[header..], &mut Vec::new(), |place, field| {
            let cell = common::inside_quotes(field);
            if json.contains(&place) && !cell.is_empty() {
                doubled.push(cell.to_vec());
            }
        });
        let collapse = |cell: &Vec<u8>| {
            let mut plain = Vec::new();
            collapse_quotes(cell, &mut plain);
            plain
        };
        let plain = doubled.iter().map(collapse).collect();
        Self { csv, doubled, plain }
    }
}

fn throughput(cells: &[Vec<u8>]) -> Throughput {
    Throughput::Bytes(cells.iter().map(|cell| cell.len() as u64).sum())
}

fn scan(criterion: &mut Criterion) {
    let cells = Cells::new();
    let mut group = criterion.benchmark_group("classify");
    group.throughput(Throughput::Bytes(cells.csv.len() as u64));
    for kernel in Kernel::available() {
        let mut masks = Vec::new();
        group.bench_function(format!("{kernel:?}"), |bencher| {
            bencher.iter(|| {
                for bytes in cells.csv.chunks(4096) {
                    kernel.classify(bytes, &mut masks);
                    black_box(&masks);
                }
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("strings");
    group.throughput(throughput(&cells.plain));
    group.bench_function("string_stop", |bencher| {
        bencher.iter(|| {
            for cell in &cells.plain {
                let mut at = 0;
                while at < cell.len() {
                    at = string_stop(cell, at) + 1;
                }
                black_box(at);
            }
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("quotes");
    group.throughput(throughput(&cells.doubled));
    let mut target = Vec::new();
    group.bench_function("collapse_quotes", |bencher| {
        bencher.iter(|| {
            for cell in &cells.doubled {
                target.clear();
                collapse_quotes(cell, &mut target);
                black_box(&target);
            }
        });
    });
    group.finish();
}

fn parse(criterion: &mut Criterion) {
    let cells = Cells::new();
    let mut group = criterion.benchmark_group("json");
    group.throughput(throughput(&cells.plain));
    let mut doc = Doc::default();
    group.bench_function("Doc::parse", |bencher| {
        bencher.iter(|| {
            for cell in &cells.plain {
                black_box(doc.parse(cell, 128).unwrap());
            }
        });
    });
    group.bench_function("Doc::check", |bencher| {
        bencher.iter(|| {
            for cell in &cells.plain {
                black_box(doc.check(cell, 128).unwrap());
            }
        });
    });
    let mut buffers = simd_json::Buffers::default();
    let mut tape = simd_json::Tape::null();
    // simd-json writes into the text it reads, so that each time it gets a copy; the copying is in its figure.
    let mut text = Vec::new();
    group.bench_function("simd_json::fill_tape", |bencher| {
        bencher.iter(|| {
            for cell in &cells.plain {
                text.clear();
                text.extend_from_slice(cell);
                let mut filled = std::mem::replace(&mut tape, simd_json::Tape(Vec::new())).reset();
                simd_json::fill_tape(&mut text, &mut buffers, &mut filled).unwrap();
                black_box(&filled);
                tape = filled.reset();
            }
        });
    });
    group.bench_function("serde_json::Value", |bencher| {
        bencher.iter(|| {
            for cell in &cells.plain {
                black_box(serde_json::from_slice::<serde_json::Value>(cell).unwrap());
            }
        });
    });
    group.finish();
}

/// An export as PYBOSSA writes it: one array on one line, an object for each of the cells.
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
    let array = array(&Cells::new().plain);
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
            let options = JsonOptions { block_bytes: 1 << 20, max_record_bytes: 64 << 20, kernel };
            let open = || {
                let bytes = Box::new(Cursor::new(array.clone()));
                Input::from_reader(bytes, "array", Options::default()).unwrap()
            };
            let mut block = Block::default();
            let split = |input| {
                let mut reader = JsonReader::open(input, options).unwrap();
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

fn briefly() -> Criterion {
    Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2))
}

criterion_group! { name = kernels; config = briefly(); targets = scan, elements, parse }
criterion_main!(kernels);
