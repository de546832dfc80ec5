//! The declaration, run over every record: what to take from it, into which table and column.

mod cache;
mod check;
mod decoder;
mod eval;
mod record;
mod spec;
mod version;

pub use decoder::{Decoded, Decoder, Once, TableBatch};
pub use spec::{Expr, FilterSpec, LoopSpec, Outer, Parts, Path, RowSpec, ScopeSpec, Spec, TableSpec};

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::error::{Error, Result};

/// A declaration that was checked.
#[derive(Debug)]
pub struct Plan {
    spec: Spec,
    schemas: Vec<SchemaRef>,
}

impl Plan {
    /// Reads a declaration from its JSON form.
    ///
    /// # Errors
    /// Where it is not one, or refers to a field, table or loop that it does not have.
    pub fn from_json(text: &str) -> Result<Self> {
        let spec: Spec = serde_json::from_str(text).map_err(|error| Error::Plan(error.to_string()))?;
        Self::new(spec)
    }

    /// Checks a declaration.
    ///
    /// # Errors
    /// Where it refers to a field, table or loop that it does not have.
    pub fn new(spec: Spec) -> Result<Self> {
        check::check(&spec)?;
        let schemas = spec
            .tables
            .iter()
            .map(|table| {
                let fields: Vec<_> =
                    table.columns.iter().map(|(name, kind)| Field::new(name, kind.arrow(), true)).collect();
                Arc::new(Schema::new(fields))
            })
            .collect();
        Ok(Self { spec, schemas })
    }

    /// The declaration.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The schema of each table.
    #[must_use]
    pub fn schemas(&self) -> &[SchemaRef] {
        &self.schemas
    }
}
