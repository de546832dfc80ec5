//! The compiled plan.

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::error::{Error, Result};

use super::compile::compile;
use super::program::Program;
use super::spec::Spec;

/// A compiled declaration.
#[derive(Debug)]
pub struct Plan {
    spec: Spec,
    program: Program,
    schemas: Vec<SchemaRef>,
}

impl Plan {
    /// Parses and compiles a declaration in its JSON form.
    ///
    /// # Errors
    /// It is not a declaration, or refers to a field, table or loop that it does not have.
    pub fn from_json(text: &str) -> Result<Self> {
        let spec: Spec = serde_json::from_str(text).map_err(|error| Error::Plan(error.to_string()))?;
        Self::new(spec)
    }

    /// Compiles a declaration.
    ///
    /// # Errors
    /// It refers to a field, table or loop that it does not have.
    pub fn new(mut spec: Spec) -> Result<Self> {
        spec.expand();
        let program = compile(&spec)?;
        let schemas = spec
            .tables
            .iter()
            .map(|table| {
                let fields: Vec<_> =
                    table.columns.iter().map(|(name, kind)| Field::new(name, kind.arrow(), true)).collect();
                Arc::new(Schema::new(fields))
            })
            .collect();
        Ok(Self { spec, program, schemas })
    }

    /// The declaration.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The program.
    pub(crate) const fn program(&self) -> &Program {
        &self.program
    }

    /// The fields of a record that it reads.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.spec.fields
    }

    /// For each table that deduplicates, the counter of elements that differ from the first one with their key.
    #[must_use]
    pub fn differing(&self) -> &[Option<usize>] {
        &self.program.differing
    }

    /// The schema of each table.
    #[must_use]
    pub fn schemas(&self) -> &[SchemaRef] {
        &self.schemas
    }
}
