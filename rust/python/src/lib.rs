//! The `PyO3` boundary of crowdarrow. It converts types and errors and contains no other logic.

mod capsule;
mod cells;
mod drawn;
mod errors;
mod files;
mod geometry;
mod groups;
mod input;
mod objects;
mod parquet;
mod pseudonyms;
mod rejects;
mod run;
mod splits;
mod workers;

/// The module `crowdarrow._core`.
#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::capsule::{Batch, to_json_text};
    #[pymodule_export]
    use super::cells::add_cells;
    #[pymodule_export]
    use super::drawn::Drawn;
    #[pymodule_export]
    use super::files::rename_with;
    #[pymodule_export]
    use super::geometry::Boxes;
    #[pymodule_export]
    use super::groups::{counted, group_rows, items_of, lists_of, sorted_rows};
    #[pymodule_export]
    use super::input::{CsvSource, Expanded, Input, JsonSource, digest_of};
    #[pymodule_export]
    use super::parquet::{ParquetWriter, plan_encoding};
    #[pymodule_export]
    use super::pseudonyms::Pseudonyms;
    #[pymodule_export]
    use super::rejects::{Rejects, RejectsText};
    #[pymodule_export]
    use super::run::{DecodedBlock, RecordIds, Run, SourceEnd};
    #[pymodule_export]
    use super::splits::{Checkpoints, probe_csv, probe_json};
    #[pymodule_export]
    use super::workers::WorkerPool;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DEBUG_BUILD", cfg!(debug_assertions))
    }
}
