//! Benchmarks the kernels on the bytes of an export: `cargo bench -p crowdarrow-benches --bench kernels`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../common/cells.rs"]
mod cells;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/input.rs"]
mod input;

use std::hint::black_box;
use std::time::Duration;

use cells::{Cells, total};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crowdarrow_core::json::Doc;
use crowdarrow_core::scan::{Kernel, collapse_quotes, string_stop};

/// Larger than the L2 cache, like a block of a run.
const BYTES: usize = 4 << 20;

fn throughput(cells: &[Vec<u8>]) -> Throughput {
    Throughput::Bytes(total(cells))
}

fn scan(criterion: &mut Criterion) {
    let cells = Cells::of(input::export(BYTES).1);
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
    let cells = Cells::of(input::export(BYTES).1);
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
    // simd-json modifies its input, so each iteration includes a copy.
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

fn config() -> Criterion {
    Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2))
}

criterion_group! { name = kernels; config = config(); targets = scan, parse }
criterion_main!(kernels);
