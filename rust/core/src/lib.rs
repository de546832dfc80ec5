//! The engine of crowdarrow: decodes CSV and JSON into Arrow record batches by a declared plan, in parallel.
//!
//! Data flow in one direction: [`source`] → [`scan`] → [`records`] → [`json`] → [`plan`] → [`columns`] → [`pipeline`];
//! [`geometry`] computes boxes from finished batches, [`drawn`] reads marks from their texts, [`groups`] finds equal rows
//! in them, [`pseudonyms`] replaces names in them, and [`csv_cells`] widens rows that are written. The crate has no knowledge of any platform: the plan declares the content of an export.

pub mod columns;
pub mod csv_cells;
pub mod drawn;
pub mod error;
pub mod geometry;
pub mod groups;
pub mod json;
pub mod json_text;
pub mod leniency;
pub mod parquet_file;
pub mod parquet_plan;
pub mod pipeline;
pub mod plan;
pub mod pseudonyms;
pub mod records;
pub mod reject;
pub mod scan;
pub mod source;
#[cfg(test)]
mod testing;
pub mod workers;
