//! Fuzz targets: parts of the engine on any bytes, compared with references. A target panics where they differ.
//!
//! `make fuzz` runs the programs in `fuzz_targets`, see CONTRIBUTING.md. The code of the targets is a library without
//! libFuzzer, so that it is compiled and linted with the workspace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod container;
pub mod csv;
pub mod decode;
pub mod json_array;
pub mod json_cell;
pub mod numbers;
mod packed;
pub mod parts;
pub mod python;
#[cfg(test)]
mod tests;
pub mod times;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

// The reference implementations of the splitting rules are tests of the engine, and refer to its modules.
use crowdarrow_core::{json, leniency};

/// The limit of nesting in all targets. `serde_json` has a limit of 128.
const DEPTH: usize = 100;

/// Runs a target, and prints the number of bytes of all its inputs about once a second.
#[allow(clippy::print_stderr, reason = "it prints among the lines of libFuzzer")]
pub fn run(target: fn(&[u8]), data: &[u8]) {
    static BYTES: AtomicU64 = AtomicU64::new(0);
    static PRINTED: LazyLock<Mutex<Instant>> = LazyLock::new(|| Mutex::new(Instant::now()));
    target(data);
    let bytes = BYTES.fetch_add(data.len() as u64, Ordering::Relaxed) + data.len() as u64;
    let mut printed = PRINTED.lock().unwrap();
    if printed.elapsed() > Duration::from_secs(1) {
        *printed = Instant::now();
        eprintln!("BYTES: {bytes}");
    }
}

/// The first `N` bytes, which choose how the rest is read; none if there are too few.
const fn choices<const N: usize>(data: &[u8]) -> Option<([u8; N], &[u8])> {
    match data.split_first_chunk() {
        Some((first, rest)) => Some((*first, rest)),
        None => None,
    }
}
