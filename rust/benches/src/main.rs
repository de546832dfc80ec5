//! Runs one stage over a fixed input a number of times, to count instructions: `instructions STAGE TIMES`. Prints the
//! number of bytes that the stage reads per run or, without arguments, the stages.
//!
//! `benchmarks/instructions.py` runs it under callgrind with one run and with two. The difference is one run of the stage,
//! without program start and input generation. Kernels are fixed, so that the counts are equal on every x86-64 machine with
//! AVX2. `CROWDARROW_BENCH_CSV` is the path of another export to use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

#[path = "../common/cells.rs"]
mod cells;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/decode.rs"]
mod decode;
#[path = "../common/input.rs"]
mod input;

use std::hint::black_box;
use std::sync::Arc;

use cells::{Cells, total};
use crowdarrow_core::json::Doc;
use crowdarrow_core::records::{Block, CsvReader};
use crowdarrow_core::scan::{Kernel, Masks, collapse_quotes};

/// About 130 records, few enough for a simulated processor.
const BYTES: usize = 512 << 10;

/// Small, so that blocks are recycled as in a run over a large file.
const BLOCK: usize = 64 << 10;

/// The default of the Python package, for an export from a file.
const LARGE_BLOCK: usize = 4 << 20;

/// The stages in the order of the data flow.
const STAGES: [&str; 9] =
    ["scan_scalar", "scan_sse2", "scan_avx2", "collapse", "csv_split", "json_check", "json_parse", "decode", "tables"];

fn classify(kernel: Kernel, csv: &[u8], masks: &mut Vec<Masks>) {
    for bytes in csv.chunks(4096) {
        kernel.classify(bytes, masks);
        black_box(&masks);
    }
}

/// The kernel with this name, if the machine supports it.
fn kernel(name: &str) -> Option<Kernel> {
    Kernel::available().into_iter().find(|kernel| format!("{kernel:?}").eq_ignore_ascii_case(name))
}

/// Splits all records and returns their number.
fn split(mut reader: CsvReader) -> usize {
    let mut block = Block::default();
    let mut records = 0;
    while reader.next_block(&mut block).unwrap() {
        records += block.records.len();
        block = block.recycled();
    }
    records
}

/// Runs a stage and returns the number of bytes it reads per run, or `None` if the stage or its kernel is unavailable.
fn run(stage: &str, times: usize) -> Option<u64> {
    let (name, csv) = input::export(BYTES);
    let block = if name == "file" { LARGE_BLOCK } else { BLOCK };
    let cells = Cells::of(csv);
    let bytes = cells.csv.len() as u64;
    if let Some(name) = stage.strip_prefix("scan_") {
        let (kernel, mut masks) = (kernel(name)?, Vec::new());
        (0..times).for_each(|_| classify(kernel, &cells.csv, &mut masks));
        return Some(bytes);
    }
    let avx2 = kernel("avx2")?;
    let mut doc = Doc::default();
    match stage {
        "collapse" => {
            let mut target = Vec::new();
            for cell in (0..times).flat_map(|_| &cells.doubled) {
                target.clear();
                collapse_quotes(cell, &mut target);
                black_box(&target);
            }
            Some(total(&cells.doubled))
        }
        "json_check" | "json_parse" => {
            let parse = stage == "json_parse";
            for cell in (0..times).flat_map(|_| &cells.plain) {
                if parse {
                    black_box(doc.parse(cell, 128).unwrap());
                } else {
                    black_box(doc.check(cell, 128).unwrap());
                }
            }
            Some(total(&cells.plain))
        }
        "csv_split" | "decode" | "tables" => {
            let csv: Arc<[u8]> = cells.csv.into();
            let plan = if stage == "tables" { decode::plan_of_tables() } else { decode::plan() };
            for _ in 0..times {
                let reader = decode::open(&csv, block, avx2);
                black_box(if stage == "csv_split" { split(reader) } else { decode::decode(reader, &plan) });
            }
            Some(bytes)
        }
        _ => None,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [stage, times] = arguments.as_slice() else {
        println!("{}", STAGES.join("\n"));
        return;
    };
    match run(stage, times.parse().expect("a number of times")) {
        Some(bytes) => println!("{bytes}"),
        None => println!("absent"),
    }
}
