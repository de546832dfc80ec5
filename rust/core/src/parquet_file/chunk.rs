//! A column chunk: the pages of one leaf of a row group.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, EncodingMask, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::codec;
use super::hybrid;
use super::levels::{Leaf, Levels};
use super::values::Values;
use crate::error::Error;

/// The usual limit of 20,000 rows is for indexes of pages, which these files do not have.
const PAGE_ROWS: usize = 1 << 17;
const PAGE_BYTES: usize = 1 << 20;
/// Rows of about this size are encoded at a time; then the size of the page is looked at.
const PART_BYTES: usize = PAGE_BYTES / 4;

/// A column of the Parquet schema, and how it is encoded.
pub(super) struct Column {
    pub(super) leaf: Leaf,
    pub(super) descriptor: ColumnDescPtr,
    pub(super) codec: Compression,
    pub(super) has_dictionary: bool,
    pub(super) has_statistics: bool,
}

/// An encoded column chunk.
pub(super) struct Chunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl Chunk {
    pub(super) fn append_to<W: Write + Send>(self, row_group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
        row_group.append_column(&self.bytes, self.close)
    }
}

impl Column {
    /// About the size of the values of a column.
    pub(super) fn bytes(&self, array: &ArrayRef) -> usize {
        let Ok(values) = self.leaf.values(array) else { return 0 };
        match values.as_string_opt::<i32>() {
            Some(texts) => {
                let ends = texts.value_offsets().first().zip(texts.value_offsets().last());
                ends.map_or(0, |(start, end)| end.abs_diff(*start) as usize) + 4 * texts.len()
            }
            None => values.data_type().primitive_width().unwrap_or(1) * values.len(),
        }
    }

    /// Encodes the arrays of a row group.
    pub(super) fn encode(&self, arrays: &[ArrayRef], cancelled: &AtomicBool) -> Result<Chunk> {
        let kind = arrays
            .first()
            .map_or(Ok(DataType::Null), |array| self.leaf.values(array).map(|v| v.data_type().clone()))?;
        let mut pages = Pages {
            column: self,
            values: Values::new(&kind, self.has_dictionary, self.has_statistics)?,
            levels: Levels::default(),
            written: TrackedWrite::new(Vec::new()),
            uncompressed: 0,
            encodings: Vec::new(),
        };
        let (mut rows, mut levels, mut present, mut page_rows) = (0, 0, 0, 0);
        for array in arrays {
            let values = self.leaf.values(array)?;
            let part = (PART_BYTES * array.len() / self.bytes(array).max(1)).clamp(1, PAGE_ROWS);
            let mut start = 0;
            while start < array.len() {
                if cancelled.load(Ordering::Relaxed) {
                    return Err(ParquetError::External(Box::new(Error::Cancelled)));
                }
                let end = array.len().min(start + part.min(PAGE_ROWS - page_rows));
                let before = pages.levels.count;
                let places = self.leaf.append(array, start..end, &mut pages.levels)?;
                pages.values.append(values, &places)?;
                levels += pages.levels.count - before;
                present += places.len();
                page_rows += end - start;
                start = end;
                let is_full = pages.values.is_dictionary_full();
                if is_full || page_rows == PAGE_ROWS || pages.values.page_bytes() >= PAGE_BYTES {
                    pages.finish_page()?;
                    page_rows = 0;
                }
                if is_full {
                    pages.values.close_dictionary();
                }
            }
            rows += array.len();
        }
        pages.finish_page()?;
        pages.finish(rows, levels, present)
    }
}

/// The pages of a column chunk while they are written.
struct Pages<'a> {
    column: &'a Column,
    values: Values<'a>,
    levels: Levels,
    written: TrackedWrite<Vec<u8>>,
    uncompressed: usize,
    encodings: Vec<PageEncodingStats>,
}

impl Pages<'_> {
    fn finish_page(&mut self) -> Result<()> {
        let levels = std::mem::take(&mut self.levels);
        if levels.count == 0 {
            return Ok(());
        }
        let leaf = &self.column.leaf;
        let mut page = Vec::new();
        if leaf.repetition > 0 {
            hybrid::encode_levels(&levels.repetition, leaf.repetition, &mut page)?;
        }
        if leaf.definition > 0 {
            hybrid::encode_levels(&levels.definition, leaf.definition, &mut page)?;
        }
        let encoding = self.values.take_page(&mut page);
        self.count_page(PageType::DATA_PAGE, encoding);
        let (size, num_values) = (page.len(), count_of(levels.count)?);
        let buf = codec::compress(self.column.codec, page)?.into();
        let (def_level_encoding, rep_level_encoding) = (Encoding::RLE, Encoding::RLE);
        let data =
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics: None };
        self.uncompressed += write_page(&mut self.written, data, size)?;
        Ok(())
    }

    fn count_page(&mut self, page_type: PageType, encoding: Encoding) {
        match self.encodings.last_mut() {
            Some(last) if last.page_type == page_type && last.encoding == encoding => last.count += 1,
            _ => self.encodings.push(PageEncodingStats { page_type, encoding, count: 1 }),
        }
    }

    /// Puts the dictionary before the data pages.
    fn finish(mut self, rows: usize, levels: usize, present: usize) -> Result<Chunk> {
        let mut chunk = TrackedWrite::new(Vec::new());
        if let Some((page, count)) = self.values.dictionary() {
            let (size, num_values, encoding) = (page.len(), count_of(count)?, Encoding::PLAIN);
            let buf = codec::compress(self.column.codec, page)?.into();
            let dictionary = Page::DictionaryPage { buf, num_values, encoding, is_sorted: false };
            self.uncompressed += write_page(&mut chunk, dictionary, size)?;
            self.encodings.insert(0, PageEncodingStats { page_type: PageType::DICTIONARY_PAGE, encoding, count: 1 });
        }
        let mut bytes = chunk.into_inner()?;
        let data_offset = bytes.len();
        let has_dictionary = data_offset > 0;
        bytes.append(&mut self.written.into_inner()?);
        bytes.shrink_to_fit();
        let descriptor = &self.column.descriptor;
        let encodings: Vec<_> = self.encodings.iter().map(|pages| pages.encoding).chain([Encoding::RLE]).collect();
        let mut metadata = ColumnChunkMetaData::builder(descriptor.clone())
            .set_compression(self.column.codec)
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(self.encodings)
            .set_total_compressed_size(size_of(bytes.len())?)
            .set_total_uncompressed_size(size_of(self.uncompressed)?)
            .set_num_values(size_of(levels)?)
            .set_data_page_offset(size_of(data_offset)?)
            .set_dictionary_page_offset(has_dictionary.then_some(0));
        if self.column.has_statistics {
            let is_signed = descriptor.sort_order().is_signed();
            metadata = metadata.set_statistics(self.values.statistics((levels - present) as u64, is_signed));
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Chunk { bytes: bytes.into(), close })
    }
}

/// Writes a page with its header. Returns their size without compression.
fn write_page(out: &mut TrackedWrite<Vec<u8>>, page: Page, uncompressed: usize) -> Result<usize> {
    let page = CompressedPage::new(page, uncompressed);
    Ok(SerializedPageWriter::new(out).write_page(page)?.uncompressed_size)
}

fn count_of(values: usize) -> Result<u32> {
    values.try_into().map_err(|_| too_large())
}

fn size_of(bytes: usize) -> Result<i64> {
    bytes.try_into().map_err(|_| too_large())
}

fn too_large() -> ParquetError {
    ParquetError::General("a column is too large".to_owned())
}
