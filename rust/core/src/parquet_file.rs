//! Parquet files, written one row group at a time. The columns of a row group are encoded in parallel.
//!
//! Each column chunk is encoded into memory ([`chunk`]). The chunks of a row group are then appended to the file in the
//! order of the schema, so the number of threads does not change the bytes of a file. The crate `parquet` writes headers
//! of pages and the footer. Its encoders of values took twice the time of these, which have only the types of
//! crowdarrow's tables, and the whole row group in memory.

mod chunk;
mod codec;
mod hybrid;
mod levels;
mod values;

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use arrow_array::ArrayRef;
use arrow_schema::Schema;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;

use self::chunk::{Chunk, Column};
use crate::workers::{MIN_PARALLEL_BYTES, Stage, Workers};

/// The crate `parquet` hands over chunks in pieces of 8 KiB; a file is written in larger ones.
const WRITE_BYTES: usize = 256 << 10;

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
    /// The columns of a file, for each field those of its leaves.
    fn columns(&self, schema: &Schema, descriptor: &SchemaDescriptor) -> Result<Vec<Vec<Arc<Column>>>> {
        let codec = codec::codec_of(&self.compression, self.level)?;
        let mut descriptors = descriptor.columns().iter();
        let mut columns = Vec::new();
        for field in schema.fields() {
            let leaves = levels::leaves_of(field)?.into_iter().zip(descriptors.by_ref());
            let of_field = leaves.map(|(leaf, descriptor)| {
                let name = descriptor.path().string();
                let (has_dictionary, has_statistics) =
                    (self.dictionary.contains(&name), self.statistics.contains(&name));
                Arc::new(Column { leaf, descriptor: Arc::clone(descriptor), codec, has_dictionary, has_statistics })
            });
            columns.push(of_field.collect());
        }
        Ok(columns)
    }
}

/// A Parquet file that grows by whole row groups.
pub struct ParquetFile {
    writer: SerializedFileWriter<AppendedFile>,
    /// For each field, the columns of its leaves.
    columns: Vec<Vec<Arc<Column>>>,
}

impl ParquetFile {
    /// Writes to the empty file at `path`.
    ///
    /// # Errors
    /// If the schema has a type that Parquet does not support, or if the codec or its level does not exist.
    pub fn new(path: PathBuf, schema: &Schema, encoding: &Encoding) -> Result<Self> {
        let file = AppendedFile { path, file: None };
        // List items are named `element`, as the format specifies.
        let descriptor = ArrowSchemaConverter::new().with_coerce_types(true).convert(schema)?;
        let columns = encoding.columns(schema, &descriptor)?;
        let mut properties = WriterProperties::builder().build();
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        let writer = SerializedFileWriter::new(file, descriptor.root_schema_ptr(), Arc::new(properties))?;
        Ok(Self { writer, columns })
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
        let mut tasks = Vec::new();
        for (leaves, arrays) in self.columns.iter().zip(columns) {
            let arrays = Arc::new(arrays);
            for column in leaves {
                let bytes = arrays.iter().map(|array| column.bytes(array)).sum();
                let (column, arrays, cancelled) = (Arc::clone(column), Arc::clone(&arrays), Arc::clone(cancelled));
                tasks.push(ColumnTask { index: tasks.len(), column, arrays, bytes, cancelled });
            }
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
        for (_, chunk) in encoded {
            chunk?.append_to(&mut row_group)?;
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

/// A column chunk to encode.
struct ColumnTask {
    index: usize,
    column: Arc<Column>,
    arrays: Arc<Vec<ArrayRef>>,
    bytes: usize,
    cancelled: Arc<AtomicBool>,
}

impl ColumnTask {
    fn run(self) -> (usize, Result<Chunk>) {
        (self.index, self.column.encode(&self.arrays, &self.cancelled))
    }
}

/// A file that is opened again, for appending, if it was closed.
struct AppendedFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl AppendedFile {
    fn open(&mut self) -> io::Result<&mut BufWriter<File>> {
        let file = match self.file.take() {
            Some(file) => file,
            None => BufWriter::with_capacity(WRITE_BYTES, OpenOptions::new().append(true).open(&self.path)?),
        };
        Ok(self.file.insert(file))
    }
}

impl Write for AppendedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

#[cfg(test)]
#[path = "parquet_file/tests.rs"]
mod tests;
