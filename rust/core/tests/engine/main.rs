//! The engine from bytes to batches, as its callers use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::format_push_string, reason = "sources are written piece by piece, and speed is no concern here")]

mod arbitrary;
mod duplicates;
mod elements;
mod ends;
mod filters;
mod harness;
mod members;
mod once;
mod order;
mod refusals;
mod repeats;
mod rows;
mod tables;
#[path = "../../src/testing.rs"]
mod testing;
