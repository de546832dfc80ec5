//! Values of a column chunk: plain or as keys of a dictionary, with their minimum and maximum.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash};

use arrow_array::builder::BooleanBufferBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{DataType, TimeUnit};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::statistics::{Statistics, ValueStatistics};

use super::hybrid;
use super::levels::Places;

/// Size at which a column falls back from its dictionary to plain values. The dictionary of a column of JSON text exceeds
/// the usual limit of 1 MiB. With 16 MiB, files were 2 to 3 % smaller, but used 30 to 60 MB more memory.
const DICTIONARY_BYTES: usize = 8 << 20;

/// The values of a column chunk.
pub(super) enum Values<'a> {
    Bool(Bools),
    Int32(Encoder<i32>),
    Int64(Encoder<i64>),
    Float64(Encoder<Float>),
    Text(Encoder<&'a [u8]>),
}

/// Calls a method of the encoder, whatever its type. Truth values have none.
macro_rules! with_encoder {
    ($values:expr, $encoder:ident => $call:expr, $otherwise:expr) => {
        match $values {
            Values::Bool(_) => $otherwise,
            Values::Int32($encoder) => $call,
            Values::Int64($encoder) => $call,
            Values::Float64($encoder) => $call,
            Values::Text($encoder) => $call,
        }
    };
}

impl<'a> Values<'a> {
    pub(super) fn new(kind: &DataType, has_dictionary: bool, has_bounds: bool) -> Result<Self> {
        Ok(match kind {
            DataType::Boolean => Self::Bool(Bools::new()),
            DataType::Int32 => Self::Int32(Encoder::new(has_dictionary, has_bounds)),
            DataType::Int64 | DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Self::Int64(Encoder::new(has_dictionary, has_bounds))
            }
            DataType::Float64 => Self::Float64(Encoder::new(has_dictionary, has_bounds)),
            DataType::Utf8 => Self::Text(Encoder::new(has_dictionary, has_bounds)),
            other => return Err(ParquetError::NYI(format!("columns of the type {other}"))),
        })
    }

    /// Appends the values of an array at some places.
    pub(super) fn append(&mut self, array: &'a ArrayRef, places: &Places) -> Result<()> {
        let appended = match self {
            Self::Bool(encoder) => array.as_boolean_opt().map(|array| encoder.append(array.values(), places)),
            Self::Int32(encoder) => {
                array.as_primitive_opt::<Int32Type>().map(|array| encoder.append_numbers(array.values(), places))
            }
            Self::Int64(encoder) => {
                let times = || array.as_primitive_opt::<TimestampMicrosecondType>().map(PrimitiveArray::values);
                let values = array.as_primitive_opt::<Int64Type>().map(PrimitiveArray::values).or_else(times);
                values.map(|values| encoder.append_numbers(values, places))
            }
            Self::Float64(encoder) => {
                array.as_primitive_opt::<Float64Type>().map(|array| encoder.append_numbers(array.values(), places))
            }
            Self::Text(encoder) => array.as_string_opt::<i32>().map(|array| {
                let bytes = array.value_data();
                let mut ends = array.value_offsets().windows(2);
                let text = |ends: &[i32]| match *ends {
                    [start, end] => bytes.get(start.cast_unsigned() as usize..end.cast_unsigned() as usize),
                    _ => None,
                };
                match places {
                    Places::Range(range) => {
                        if range.start > 0 {
                            ends.nth(range.start - 1);
                        }
                        encoder.append(ends.take(range.len()).map(|ends| text(ends).unwrap_or_default()));
                    }
                    Places::Listed(places) => {
                        let offsets = array.value_offsets();
                        encoder.append(places.iter().map(|&place| {
                            offsets.get(place as usize..place as usize + 2).and_then(text).unwrap_or_default()
                        }));
                    }
                }
            }),
        };
        appended.ok_or_else(|| ParquetError::General(format!("a column has the type {}", array.data_type())))
    }

    /// About the size of the current page.
    pub(super) fn page_bytes(&self) -> usize {
        match self {
            Self::Bool(encoder) => encoder.page_bytes(),
            others => with_encoder!(others, encoder => encoder.page_bytes(), 0),
        }
    }

    /// Whether the dictionary has become too large, since the last call.
    pub(super) fn is_dictionary_full(&self) -> bool {
        with_encoder!(self, encoder => encoder.is_dictionary_full(), false)
    }

    /// Encodes the following values plainly.
    pub(super) fn close_dictionary(&mut self) {
        with_encoder!(self, encoder => encoder.close_dictionary(), ());
    }

    /// Moves the values of a page to `page`.
    pub(super) fn take_page(&mut self, page: &mut Vec<u8>) -> Encoding {
        match self {
            Self::Bool(encoder) => encoder.take_page(page),
            others => with_encoder!(others, encoder => encoder.take_page(page), Encoding::PLAIN),
        }
    }

    /// The dictionary page with its number of values, if there is one.
    pub(super) fn dictionary(&self) -> Option<(Vec<u8>, usize)> {
        with_encoder!(self, encoder => encoder.dictionary_page(), None)
    }

    /// Statistics of all values. Only for an order of signed numbers, readers before 2017 find them too.
    pub(super) fn statistics(&self, null_count: u64, is_signed: bool) -> Statistics {
        match self {
            Self::Bool(encoder) => statistics_of(encoder.bounds(), null_count, is_signed).into(),
            Self::Int32(encoder) => statistics_of(encoder.bounds(), null_count, is_signed).into(),
            Self::Int64(encoder) => statistics_of(encoder.bounds(), null_count, is_signed).into(),
            Self::Float64(encoder) => {
                let bounds = encoder.bounds().map(|(min, max)| (f64::from_bits(min.0), f64::from_bits(max.0)));
                statistics_of(bounds, null_count, is_signed).with_nan_count(Some(encoder.nans)).into()
            }
            Self::Text(encoder) => {
                let bounds = encoder.bounds().map(|(min, max)| (ByteArray::from(min), ByteArray::from(max)));
                statistics_of(bounds, null_count, is_signed).into()
            }
        }
    }
}

fn statistics_of<T>(bounds: Option<(T, T)>, null_count: u64, is_signed: bool) -> ValueStatistics<T> {
    let (min, max) = bounds.unzip();
    ValueStatistics::new(min, max, None, Some(null_count), false).with_backwards_compatible_min_max(is_signed)
}

/// A value with its plain encoding and its order.
pub(super) trait Value: Copy + Eq + Hash {
    fn plain(self, out: &mut Vec<u8>);
    fn size(self) -> usize;
    fn order(self, other: Self) -> Ordering;
    fn is_nan(self) -> bool {
        false
    }
}

impl Value for i32 {
    fn plain(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn size(self) -> usize {
        4
    }
    fn order(self, other: Self) -> Ordering {
        self.cmp(&other)
    }
}

impl Value for i64 {
    fn plain(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn size(self) -> usize {
        8
    }
    fn order(self, other: Self) -> Ordering {
        self.cmp(&other)
    }
}

/// A float by its bits: NaN and both zeros are values of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Float(u64);

impl Value for Float {
    fn plain(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
    fn size(self) -> usize {
        8
    }
    fn order(self, other: Self) -> Ordering {
        f64::from_bits(self.0).total_cmp(&f64::from_bits(other.0))
    }
    fn is_nan(self) -> bool {
        f64::from_bits(self.0).is_nan()
    }
}

impl Value for &[u8] {
    fn plain(self, out: &mut Vec<u8>) {
        let length = u32::try_from(self.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(self);
    }
    fn size(self) -> usize {
        4 + self.len()
    }
    fn order(self, other: Self) -> Ordering {
        self.cmp(other)
    }
}

/// Values of one type.
pub(super) struct Encoder<V> {
    dictionary: Option<Dictionary<V>>,
    /// Whether values are encoded plainly.
    is_plain: bool,
    has_bounds: bool,
    /// Keys of the current page.
    keys: Vec<u32>,
    /// Plain values of the current page.
    plain: Vec<u8>,
    /// Minimum and maximum of plain values; those of others are found in the dictionary.
    bounds: Option<(V, V)>,
    nans: u64,
}

impl<V: Value> Encoder<V> {
    fn new(has_dictionary: bool, has_bounds: bool) -> Self {
        Self {
            dictionary: has_dictionary.then(Dictionary::default),
            is_plain: !has_dictionary,
            has_bounds,
            keys: Vec::new(),
            plain: Vec::new(),
            bounds: None,
            nans: 0,
        }
    }

    fn append(&mut self, values: impl Iterator<Item = V>) {
        let nans = &mut self.nans;
        let values = values.inspect(|value| *nans += u64::from(value.is_nan()));
        match &mut self.dictionary {
            Some(dictionary) if !self.is_plain => self.keys.extend(values.map(|value| dictionary.key(value))),
            _ if self.has_bounds => {
                for value in values {
                    value.plain(&mut self.plain);
                    widen(&mut self.bounds, value);
                }
            }
            _ => values.for_each(|value| value.plain(&mut self.plain)),
        }
    }

    fn page_bytes(&self) -> usize {
        let width = self.dictionary.as_ref().map_or(0, Dictionary::key_width);
        self.plain.len() + self.keys.len() * width as usize / 8
    }

    fn is_dictionary_full(&self) -> bool {
        !self.is_plain && self.dictionary.as_ref().is_some_and(|dictionary| dictionary.bytes >= DICTIONARY_BYTES)
    }

    const fn close_dictionary(&mut self) {
        self.is_plain = true;
    }

    fn take_page(&mut self, page: &mut Vec<u8>) -> Encoding {
        let dictionary = self.dictionary.as_ref().filter(|dictionary| !self.is_plain && !dictionary.values.is_empty());
        let Some(dictionary) = dictionary else {
            page.append(&mut self.plain);
            return Encoding::PLAIN;
        };
        let width = dictionary.key_width();
        page.push(width.to_le_bytes()[0]);
        hybrid::encode(&self.keys, width, page);
        self.keys.clear();
        Encoding::RLE_DICTIONARY
    }

    fn dictionary_page(&self) -> Option<(Vec<u8>, usize)> {
        let dictionary = self.dictionary.as_ref().filter(|dictionary| !dictionary.values.is_empty())?;
        let mut page = Vec::with_capacity(dictionary.bytes);
        dictionary.values.iter().for_each(|value| value.plain(&mut page));
        Some((page, dictionary.values.len()))
    }

    fn bounds(&self) -> Option<(V, V)> {
        let mut bounds = self.bounds;
        for &value in self.dictionary.iter().flat_map(|dictionary| &dictionary.values) {
            widen(&mut bounds, value);
        }
        bounds
    }
}

/// Numbers of Arrow arrays as values.
trait Number: Copy {
    type Value: Value;
    fn value(self) -> Self::Value;
}

impl Number for i32 {
    type Value = Self;
    fn value(self) -> Self {
        self
    }
}

impl Number for i64 {
    type Value = Self;
    fn value(self) -> Self {
        self
    }
}

impl Number for f64 {
    type Value = Float;
    fn value(self) -> Float {
        Float(self.to_bits())
    }
}

impl<V: Value> Encoder<V> {
    fn append_numbers<N: Number<Value = V>>(&mut self, values: &[N], places: &Places) {
        match places {
            Places::Range(range) => {
                self.append(values.get(range.clone()).unwrap_or_default().iter().map(|&value| value.value()));
            }
            Places::Listed(places) => {
                self.append(places.iter().filter_map(|&place| values.get(place as usize)).map(|&value| value.value()));
            }
        }
    }
}

/// Widens minimum and maximum. NaN counts only if there is nothing else.
fn widen<V: Value>(bounds: &mut Option<(V, V)>, value: V) {
    match bounds {
        Some((min, max)) if min.is_nan() == value.is_nan() => {
            if value.order(*min) == Ordering::Less {
                *min = value;
            } else if value.order(*max) == Ordering::Greater {
                *max = value;
            }
        }
        Some(_) if value.is_nan() => {}
        _ => *bounds = Some((value, value)),
    }
}

/// Distinct values, in the order in which they were found.
struct Dictionary<V> {
    values: Vec<V>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Size of the values in the dictionary page.
    bytes: usize,
    /// The value before with its key: in many tables, rows of one record repeat values of the record.
    last: Option<(V, u32)>,
}

impl<V> Default for Dictionary<V> {
    fn default() -> Self {
        let (values, table) = (Vec::new(), HashTable::new());
        Self { values, table, hasher: DefaultHashBuilder::default(), bytes: 0, last: None }
    }
}

impl<V: Value> Dictionary<V> {
    #[inline]
    fn key(&mut self, value: V) -> u32 {
        match self.last {
            Some((last, key)) if last == value => key,
            _ => self.find(value),
        }
    }

    fn find(&mut self, value: V) -> u32 {
        let (values, hasher) = (&mut self.values, &self.hasher);
        let value_of = |key: u32| values.get(key as usize);
        let hash = hasher.hash_one(value);
        let found = self.table.entry(
            hash,
            |&key| value_of(key) == Some(&value),
            |&key| value_of(key).map_or(0, |value| hasher.hash_one(value)),
        );
        let key = match found {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                // The limit of the dictionary's size ends it long before.
                let key = u32::try_from(values.len()).unwrap_or(u32::MAX);
                entry.insert(key);
                values.push(value);
                self.bytes += value.size();
                key
            }
        };
        self.last = Some((value, key));
        key
    }

    fn key_width(&self) -> u32 {
        hybrid::bit_width(u32::try_from(self.values.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }
}

/// Truth values, one bit each.
pub(super) struct Bools {
    page: BooleanBufferBuilder,
    has_false: bool,
    has_true: bool,
}

impl Bools {
    fn new() -> Self {
        Self { page: BooleanBufferBuilder::new(0), has_false: false, has_true: false }
    }

    fn append(&mut self, values: &BooleanBuffer, places: &Places) {
        match places {
            Places::Range(range) => self.page.append_buffer(&values.slice(range.start, range.len())),
            Places::Listed(places) => places.iter().for_each(|&place| self.page.append(values.value(place as usize))),
        }
    }

    fn page_bytes(&self) -> usize {
        self.page.len() / 8
    }

    fn take_page(&mut self, page: &mut Vec<u8>) -> Encoding {
        let values = self.page.finish();
        self.has_true |= values.has_true();
        self.has_false |= values.has_false();
        page.extend(values.inner().iter().take(values.len().div_ceil(8)));
        Encoding::PLAIN
    }

    fn bounds(&self) -> Option<(bool, bool)> {
        (self.has_false || self.has_true).then_some((!self.has_false, self.has_true))
    }
}
