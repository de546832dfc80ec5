//! The engine of crowdarrow: bytes, CSV and JSON into Arrow record batches by a declared plan, in parallel.
//!
//! The way of the data is one direction: [`source`] → `scan` → `records` → `json` → `plan` → `columns` →
//! `pipeline`. Nothing in this crate knows of any platform: what an export holds is said by the plan.

pub mod error;
pub mod source;
