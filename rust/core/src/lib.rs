//! The engine of crowdarrow: bytes, CSV and JSON into Arrow record batches by a declared plan, in parallel.
//!
//! The way of the data is one direction: [`source`] → [`scan`] → [`records`] → [`json`] → [`plan`] → [`columns`] →
//! [`pipeline`]; [`geometry`] finishes batches. Nothing in this crate knows of any platform: what an export holds is said by the plan.

pub mod columns;
pub mod error;
pub mod geometry;
pub mod json;
pub mod json_text;
pub mod leniency;
pub mod pipeline;
pub mod plan;
pub mod records;
pub mod reject;
pub mod scan;
pub mod source;
pub mod workers;
