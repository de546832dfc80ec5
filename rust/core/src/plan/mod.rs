//! A declaration, evaluated over every record: which values go to which table and column.
//!
//! A declaration ([`spec`], with the expressions of [`ops`] and the references of [`refs`]) is compiled once
//! ([`compile`]) to a program ([`program`]). A [`Decoder`] runs the program over blocks of records: it reads fields on
//! demand ([`record`], [`template`]), finds JSON values ([`path`]), evaluates expressions ([`eval`]) and runs rows, loops and branches
//! ([`run`]), which it leaves out for cells whose rows are known ([`repeats`]).

mod cache;
mod checked;
mod compile;
mod compiled;
mod constant;
mod coordinates;
mod decoder;
mod eval;
mod fields;
mod ids;
mod layout;
mod leaves;
mod machine;
mod members;
mod meter;
mod once;
mod ops;
mod path;
mod program;
mod record;
mod refs;
mod repeats;
mod residual;
mod run;
mod spec;
mod template;
mod under;
mod wide;

pub use compiled::Plan;
pub use decoder::{Decoded, Decoder, TableBatch};
pub use fields::LeftOut;
pub use ids::RecordIds;
pub use layout::RecordLayout;
pub use meter::Limits;
pub use once::{Key, Once};
pub use spec::{Spec, TableSpec};
