//! The declaration, run over every record: what to take from it, into which table and column.

mod again;
mod cache;
mod compile;
mod decoder;
mod derive;
mod eval;
mod fields;
mod gone;
mod machine;
mod member;
mod path;
mod program;
mod record;
mod recorded;
mod run;
mod shape;
mod spec;
mod version;

pub use decoder::{Decoded, Decoder, Form, TableBatch};
pub use run::{Key, Once};
pub use shape::Shapes;
pub use spec::{
    BranchSpec, Expr, FilterSpec, Find, Joint, LoopSpec, Mode, Nearest, OnceSpec, Outer, Parts, Path, RowSpec,
    ScopeSpec, Spec, Step, TableSpec, Test, Tree,
};

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::error::{Error, Result};

/// A declaration that was checked.
#[derive(Debug)]
pub struct Plan {
    spec: Spec,
    program: program::Program,
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
        let program = compile::compile(&spec)?;
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

    /// What it was compiled to.
    pub(crate) const fn program(&self) -> &program::Program {
        &self.program
    }

    /// The fields of a record that it uses.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.spec.fields
    }

    /// For each table whose parts stand once only, the note that counts parts which differ from the first.
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
