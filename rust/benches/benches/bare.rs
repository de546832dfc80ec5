//! Compares decoding to record batches with bare loops that only scan, unescape quotes and parse each JSON cell:
//! `cargo bench -p crowdarrow-benches --bench bare`, on one core, over one export in memory.
//!
//! `CROWDARROW_BENCH_CSV` is the path of a classification export; by default a synthetic one is generated. The plan is the
//! real one. To update it, run from the project's root:
//!
//! ```text
//! python -c "
//! from crowdarrow.exports.zooniverse.classifications import EXPORT
//! from crowdarrow.declare.compile import compile_plan
//! header = 'classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,'
//! header += 'gold_standard,expert,metadata,annotations,subject_data,subject_ids'
//! print(compile_plan(EXPORT, ['classifications'], [header.split(',')]).text)
//! " > rust/core/tests/fixtures/classifications.plan.json
//! ```
//!
//! and, for all tables (`instructions.rs`), with `[table.name for table in EXPORT.tables]` and
//! `| gzip -9n > rust/core/tests/fixtures/tables.plan.json.gz`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/decode.rs"]
mod decode;
#[path = "../common/input.rs"]
mod input;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crowdarrow_core::json::Doc;
use crowdarrow_core::scan::{Kernel, Masks, collapse_quotes};

/// Larger than any cache.
const BYTES: usize = 64 << 20;

/// The default of the Python package.
const BLOCK: usize = 4 << 20;

/// Scans the records, unescapes each JSON cell into a buffer and calls `parse` with it.
fn bare(csv: &[u8], json: &[usize], buffers: &mut (Vec<Masks>, Vec<u8>), mut parse: impl FnMut(&mut Vec<u8>)) {
    let (masks, text) = buffers;
    let header = csv.iter().position(|&byte| byte == b'\n').unwrap_or(0) + 1;
    common::each_field(&csv[header..], masks, |index, field| {
        let cell = common::inside_quotes(field);
        if json.contains(&index) && !cell.is_empty() {
            text.clear();
            collapse_quotes(cell, text);
            parse(text);
        }
    });
}

fn compare(criterion: &mut Criterion) {
    let (name, csv) = input::export(BYTES);
    let json = common::json_columns(&csv);
    let csv: Arc<[u8]> = csv.into();
    let plan = decode::plan();
    let mut group = criterion.benchmark_group(format!("one core, {name} export"));
    group.throughput(Throughput::Bytes(csv.len() as u64));

    let mut buffers = (Vec::new(), Vec::new());
    let mut doc = Doc::default();
    group.bench_function("bare, Doc::parse", |bencher| {
        bencher.iter(|| {
            bare(&csv, &json, &mut buffers, |text| {
                black_box(doc.parse(text, 128).unwrap());
            });
        });
    });

    let mut simd_buffers = simd_json::Buffers::default();
    let mut tape = simd_json::Tape::null();
    group.bench_function("bare, simd_json::fill_tape", |bencher| {
        bencher.iter(|| {
            bare(&csv, &json, &mut buffers, |text| {
                let mut filled = std::mem::replace(&mut tape, simd_json::Tape(Vec::new())).reset();
                // Fails on integers beyond 64 bits, which occur in exports.
                let _ = black_box(simd_json::fill_tape(text, &mut simd_buffers, &mut filled));
                tape = filled.reset();
            });
        });
    });

    group.bench_function("decode to record batches", |bencher| {
        bencher.iter(|| black_box(decode::decode(decode::open(&csv, BLOCK, Kernel::best()), &plan)));
    });
    group.finish();
}

fn config() -> Criterion {
    Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5))
}

criterion_group! { name = benches; config = config(); targets = compare }
criterion_main!(benches);
