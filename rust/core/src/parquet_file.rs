//! Parquet files, written one row group at a time. The columns of a row group are encoded in parallel.
//!
//! The crate `parquet` encodes each column chunk into memory. The chunks of a row group are then appended to the file in
//! the order of the schema, so the number of threads does not change the bytes of a file.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use arrow_array::{Array, ArrayRef};
use arrow_schema::{FieldRef, Schema, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;

use crate::error::Error;
use crate::workers::{MIN_PARALLEL_BYTES, Stage, Workers};

/// Size at which a column falls back from its dictionary to plain values. The dictionary of a column of JSON text exceeds
/// the usual limit of 1 MiB. With 16 MiB, files were 2 to 3 % smaller, but used 30 to 60 MB more memory.
const DICTIONARY_BYTES: usize = 8 << 20;

/// How the columns of a file are encoded. Columns are named by their dotted Parquet paths.
#[derive(Clone, Debug, Default)]
pub struct Encoding {
    /// `zstd`, `snappy`, `gzip` or `none`.
    pub compression: String,
    /// Level of zstd or gzip.
    pub level: i32,
    /// Columns with a dictionary.
    pub dictionary: HashSet<String>,
    /// Columns with statistics.
    pub statistics: HashSet<String>,
}

impl Encoding {
    fn properties(&self, schema: &Schema) -> Result<(WriterProperties, TypePtr)> {
        let compression = match self.compression.as_str() {
            "zstd" => Compression::ZSTD(ZstdLevel::try_new(self.level)?),
            "gzip" => Compression::GZIP(GzipLevel::try_new(self.level.try_into()?)?),
            "snappy" => Compression::SNAPPY,
            "none" => Compression::UNCOMPRESSED,
            other => return Err(ParquetError::General(format!("unknown compression {other}"))),
        };
        // List items are named `element`, as the format specifies.
        let descriptor = ArrowSchemaConverter::new().with_coerce_types(true).convert(schema)?;
        let mut properties = WriterProperties::builder()
            .set_compression(compression)
            .set_coerce_types(true)
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_truncate_length(None)
            .set_offset_index_disabled(true);
        for column in descriptor.columns() {
            let path = column.path();
            let name = path.string();
            let statistics =
                if self.statistics.contains(&name) { EnabledStatistics::Chunk } else { EnabledStatistics::None };
            properties = properties
                .set_column_dictionary_enabled(path.clone(), self.dictionary.contains(&name))
                .set_column_statistics_enabled(path.clone(), statistics);
        }
        let mut properties = properties.build();
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        Ok((properties, descriptor.root_schema_ptr()))
    }
}

/// A Parquet file that grows by whole row groups.
pub struct ParquetFile {
    writer: SerializedFileWriter<AppendedFile>,
    columns: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

impl ParquetFile {
    /// Writes to the empty file at `path`.
    ///
    /// # Errors
    /// If the schema has a type that Parquet does not support, or if the codec or its level does not exist.
    pub fn new(path: PathBuf, schema: SchemaRef, encoding: &Encoding) -> Result<Self> {
        let file = AppendedFile { path, file: None };
        let (properties, root) = encoding.properties(&schema)?;
        let writer = SerializedFileWriter::new(file, root, Arc::new(properties))?;
        let columns = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        Ok(Self { writer, columns, schema })
    }

    /// Appends a row group. `columns` has, for each field of the schema, the arrays of its values in order.
    ///
    /// Encoding ends early once `cancelled` is set.
    ///
    /// # Errors
    /// If the file cannot be written, or with [`Error::Cancelled`].
    pub fn write_row_group(
        &mut self,
        columns: Vec<Vec<ArrayRef>>,
        workers: &Workers,
        cancelled: &Arc<AtomicBool>,
    ) -> Result<()> {
        let mut writers = self.columns.create_column_writers(self.writer.flushed_row_groups().len())?.into_iter();
        let mut tasks = Vec::with_capacity(columns.len());
        for (index, (field, arrays)) in self.schema.fields().iter().zip(columns).enumerate() {
            let writers = writers.by_ref().take(leaf_count(field)).collect();
            let bytes = arrays.iter().map(|array| array.to_data().get_slice_memory_size().unwrap_or(0)).sum();
            let (field, cancelled) = (Arc::clone(field), Arc::clone(cancelled));
            tasks.push(ColumnTask { index, field, arrays, bytes, writers, cancelled });
        }
        let count = tasks.len();
        let mut encoded = if tasks.iter().map(|task| task.bytes).sum::<usize>() < MIN_PARALLEL_BYTES {
            tasks.into_iter().map(ColumnTask::run).collect::<Vec<_>>()
        } else {
            // Largest columns first: the small ones at the end even out the work of the threads.
            tasks.sort_by_key(|task| std::cmp::Reverse(task.bytes));
            let (results, received) = channel();
            for task in tasks {
                let results = results.clone();
                workers.submit(Stage::Write, move || drop(results.send(task.run())));
            }
            drop(results);
            received.into_iter().collect()
        };
        if encoded.len() != count {
            return Err(ParquetError::General("a thread panicked".to_owned()));
        }
        encoded.sort_unstable_by_key(|&(index, _)| index);
        let mut row_group = self.writer.next_row_group()?;
        for (_, chunks) in encoded {
            for chunk in chunks? {
                chunk.append_to_row_group(&mut row_group)?;
            }
        }
        row_group.close()?;
        Ok(())
    }

    /// Closes the file until the next row group is written, so that few of many files are open.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn release(&mut self) -> Result<()> {
        self.writer.flush()?;
        self.writer.inner_mut().file = None;
        Ok(())
    }

    /// Writes the footer with these key-value entries and closes the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self, entries: Vec<(String, String)>) -> Result<()> {
        for (key, value) in entries {
            self.writer.append_key_value_metadata(KeyValue::new(key, value));
        }
        self.writer.close()?;
        Ok(())
    }
}

/// The column of a row group: one or, if the type is nested, several column chunks.
struct ColumnTask {
    index: usize,
    field: FieldRef,
    arrays: Vec<ArrayRef>,
    bytes: usize,
    writers: Vec<ArrowColumnWriter>,
    cancelled: Arc<AtomicBool>,
}

impl ColumnTask {
    fn run(mut self) -> (usize, Result<Vec<ArrowColumnChunk>>) {
        (self.index, self.write().and_then(|()| self.writers.into_iter().map(ArrowColumnWriter::close).collect()))
    }

    fn write(&mut self) -> Result<()> {
        for array in self.arrays.drain(..) {
            if self.cancelled.load(Ordering::Relaxed) {
                return Err(ParquetError::External(Box::new(Error::Cancelled)));
            }
            for (writer, leaf) in self.writers.iter_mut().zip(compute_leaves(&self.field, &array)?) {
                writer.write(&leaf)?;
            }
        }
        Ok(())
    }
}

/// Number of column chunks that Parquet has for a field.
fn leaf_count(field: &FieldRef) -> usize {
    use arrow_schema::DataType::{List, Struct};
    match field.data_type() {
        Struct(children) => children.iter().map(leaf_count).sum(),
        List(item) => leaf_count(item),
        _ => 1,
    }
}

/// A file that is opened again, for appending, if it was closed.
struct AppendedFile {
    path: PathBuf,
    file: Option<File>,
}

impl AppendedFile {
    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().append(true).open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }
}

impl Write for AppendedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
