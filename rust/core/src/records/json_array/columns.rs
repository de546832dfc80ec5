//! JSON that is written column by column, as pandas writes a data frame: an object of objects with the same keys, which
//! are numbers. It is read as the array of its records, for which it is held in memory.

use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::Range;

use super::pages::{next_token, string_end, value_end};
use super::walk::is_white;
use crate::error::{Error, Result, UnsupportedKind};
use crate::json::identity;
use crate::leniency::{Leniencies, Leniency};
use crate::records::line_end::BOM;
use crate::source::{Input, Options};

/// The input may be this many times as long as a record.
const MOST_RECORDS: usize = 16;

/// Number of bytes that are looked at first.
const FIRST: usize = 1 << 12;

/// The records of `input`, as a JSON array, with what was accepted in it, if it is written column by column; then
/// `input` has been read to its end.
///
/// # Errors
/// The input cannot be read, or it is longer than 16 times `max_record_bytes`.
pub fn by_columns(input: &mut Input, max_record_bytes: usize) -> Result<Option<(Input, Leniencies)>> {
    let limit = max_record_bytes.saturating_mul(MOST_RECORDS);
    let too_large = |name: &str| {
        let kind = UnsupportedKind::ColumnsTooLarge { limit: limit as u64 };
        Error::Unsupported { name: name.to_owned(), kind }
    };
    let mut size = FIRST;
    let aligned = loop {
        let bytes = input.peek(size)?;
        let ended = bytes.len() < size;
        match outline(bytes) {
            Outline::Other => return Ok(None),
            Outline::Columns(columns) if ended => {
                let aligned = align(bytes, columns);
                if aligned.is_some() && bytes.len() > limit {
                    return Err(too_large(input.name()));
                }
                break aligned;
            }
            _ if ended => return Ok(None),
            _ if size > limit => return Err(too_large(input.name())),
            _ => size = (2 * size).min(limit.saturating_add(1)),
        }
    };
    let Some((columns, duplicates)) = aligned.filter(|_| input.truncated().is_none()) else { return Ok(None) };
    let mut text = vec![0; size];
    let length = input.fill(&mut text)?;
    text.truncate(length);
    let name = input.name().to_owned();
    let records = Records { text, columns, started: false, pending: Vec::new(), at: 0 };
    let records = Input::from_reader(Box::new(records), &name, Options::default())?;
    let mut leniencies = Leniencies::default();
    leniencies[Leniency::ColumnOriented] = 1;
    leniencies[Leniency::DuplicateKeys] = duplicates as u64;
    Ok(Some((records, leniencies)))
}

/// A column: the token of its name, and the position after the bracket of its cells.
#[derive(Clone, Debug)]
struct Column {
    name: Range<usize>,
    cells: usize,
}

enum Outline {
    Other,
    Columns(Vec<Column>),
    /// The bytes end too early.
    More,
}

/// The columns of a text that is written column by column.
fn outline(bytes: &[u8]) -> Outline {
    let mut at = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    match next_token(bytes, &mut at) {
        None => return Outline::More,
        Some(b'{') => at += 1,
        Some(_) => return Outline::Other,
    }
    let mut columns = Vec::new();
    loop {
        let name = match key(bytes, &mut at) {
            Ok(name) => name,
            Err(outline) => return outline,
        };
        match next_token(bytes, &mut at) {
            None => return Outline::More,
            Some(b'{') => at += 1,
            Some(_) => return Outline::Other,
        }
        columns.push(Column { name, cells: at });
        loop {
            match key(bytes, &mut at) {
                Ok(key) if is_number(&bytes[key.clone()]) => {}
                Ok(_) => return Outline::Other,
                Err(outline) => return outline,
            }
            let Some(end) = next_token(bytes, &mut at).and_then(|_| value_end(bytes, at)) else {
                return Outline::More;
            };
            at = end;
            match separator(bytes, &mut at) {
                Some(b',') => {}
                Some(b'}') => break,
                Some(_) => return Outline::Other,
                None => return Outline::More,
            }
        }
        match separator(bytes, &mut at) {
            Some(b',') => {}
            Some(b'}') => break,
            Some(_) => return Outline::Other,
            None => return Outline::More,
        }
    }
    if bytes[at..].iter().copied().all(is_white) { Outline::Columns(columns) } else { Outline::Other }
}

/// Reads a key with its colon; gives its token.
fn key(bytes: &[u8], at: &mut usize) -> Result<Range<usize>, Outline> {
    match next_token(bytes, at) {
        None => return Err(Outline::More),
        Some(b'"') => {}
        Some(_) => return Err(Outline::Other),
    }
    let start = *at;
    let end = string_end(bytes, start).ok_or(Outline::More)?;
    *at = end;
    match separator(bytes, at) {
        None => Err(Outline::More),
        Some(b':') => Ok(start..end),
        Some(_) => Err(Outline::Other),
    }
}

/// Reads the byte after white space.
fn separator(bytes: &[u8], at: &mut usize) -> Option<u8> {
    let byte = next_token(bytes, at)?;
    *at += 1;
    Some(byte)
}

/// Whether the token of a key has only digits.
fn is_number(token: &[u8]) -> bool {
    matches!(token, [b'"', digits @ .., b'"'] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// A column with the token of its name.
type NamedCells = (Range<usize>, Cells);

/// The cells of a column, in the order of the first column's.
#[derive(Debug)]
enum Cells {
    /// The column has that order: the position of the next cell.
    Ordered(usize),
    /// The positions of the cells in that order, and the number of those that were read.
    Placed(Vec<usize>, usize),
}

/// The columns, each with the token of its name, and the number of duplicate keys; none if their keys differ.
fn align(bytes: &[u8], columns: Vec<Column>) -> Option<(Vec<NamedCells>, usize)> {
    let found = columns.len();
    let columns = one_of_each_name(bytes, columns);
    let mut duplicates = found - columns.len();
    let first = columns.first()?.cells;
    // The row of each key, if it is needed.
    let mut rows = (!has_increasing_keys(bytes, first)).then(|| rows_of(bytes, first));
    let is_unique = rows.as_ref().is_none_or(|(rows, count)| rows.len() == *count);
    let mut aligned = Vec::with_capacity(columns.len());
    for Column { name, cells } in columns {
        if is_unique && has_same_keys(bytes, first, cells) {
            aligned.push((name, Cells::Ordered(cells)));
            continue;
        }
        let (rows, _) = rows.get_or_insert_with(|| rows_of(bytes, first));
        let (places, count) = places(bytes, rows, cells)?;
        duplicates += count - places.len();
        aligned.push((name, Cells::Placed(places, 0)));
    }
    Some((aligned, duplicates))
}

/// The last column of each name, at the position of the first.
fn one_of_each_name(bytes: &[u8], columns: Vec<Column>) -> Vec<Column> {
    let mut positions = HashMap::new();
    let mut kept: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns {
        let name = identity(&bytes[column.name.start + 1..column.name.end - 1]);
        let position = *positions.entry(name).or_insert(kept.len());
        match kept.get_mut(position) {
            Some(earlier) => *earlier = column,
            None => kept.push(column),
        }
    }
    kept
}

/// Whether the keys of a column are numbers in ascending order, as pandas writes them: then none occurs twice.
fn has_increasing_keys(bytes: &[u8], cells: usize) -> bool {
    let (mut at, mut previous) = (cells, &b""[..]);
    while let Some((key, _)) = next_cell(bytes, &mut at) {
        let key = &bytes[key];
        if (key.len(), key) <= (previous.len(), previous) {
            return false;
        }
        previous = key;
    }
    true
}

/// Whether two columns have the same keys in the same order.
fn has_same_keys(bytes: &[u8], mut first: usize, mut other: usize) -> bool {
    loop {
        match (next_cell(bytes, &mut first), next_cell(bytes, &mut other)) {
            (None, None) => return true,
            (Some((one, _)), Some((other, _))) if bytes[one.clone()] == bytes[other.clone()] => {}
            _ => return false,
        }
    }
}

/// The row of each key of a column, and the number of its cells.
fn rows_of(bytes: &[u8], cells: usize) -> (HashMap<&[u8], usize>, usize) {
    let mut rows = HashMap::new();
    let (mut at, mut count) = (cells, 0);
    while let Some((key, _)) = next_cell(bytes, &mut at) {
        let row = rows.len();
        rows.entry(&bytes[key]).or_insert(row);
        count += 1;
    }
    (rows, count)
}

/// The position of the last cell of each row in a column, and the number of its cells; none if it has other rows.
fn places(bytes: &[u8], rows: &HashMap<&[u8], usize>, cells: usize) -> Option<(Vec<usize>, usize)> {
    let mut places = vec![None; rows.len()];
    let (mut at, mut count) = (cells, 0);
    loop {
        let start = at;
        let Some((key, _)) = next_cell(bytes, &mut at) else { break };
        places[*rows.get(&bytes[key])?] = Some(start);
        count += 1;
    }
    Some((places.into_iter().collect::<Option<_>>()?, count))
}

/// The token of the next key and its value in a text whose outline is known; none after the last.
fn next_cell(bytes: &[u8], at: &mut usize) -> Option<(Range<usize>, Range<usize>)> {
    let key = key(bytes, at).ok()?;
    next_token(bytes, at)?;
    let start = *at;
    let end = value_end(bytes, start)?;
    *at = end;
    if separator(bytes, at) == Some(b'}') {
        // The next call finds no key there.
        *at -= 1;
    }
    Some((key, start..end))
}

/// The records as the bytes of a JSON array.
struct Records {
    text: Vec<u8>,
    columns: Vec<NamedCells>,
    started: bool,
    pending: Vec<u8>,
    at: usize,
}

impl Records {
    /// Writes the next record to `pending`; gives whether there is one.
    fn write_next(&mut self) -> bool {
        let Self { text, columns, pending, .. } = self;
        pending.clear();
        if !self.started && text.starts_with(BOM) {
            pending.extend_from_slice(BOM);
        }
        pending.push(if self.started { b',' } else { b'[' });
        pending.push(b'{');
        for (name, cells) in columns {
            let value = match cells {
                Cells::Ordered(at) => next_cell(text, at),
                Cells::Placed(places, read) => {
                    let place = places.get(*read).copied();
                    *read += 1;
                    place.and_then(|mut at| next_cell(text, &mut at))
                }
            };
            let Some((_, value)) = value else { return false };
            let value = &text[value];
            let value = &value[..value.len() - value.iter().rev().take_while(|&&byte| is_white(byte)).count()];
            if value == b"null" {
                continue;
            }
            if pending.last() != Some(&b'{') {
                pending.push(b',');
            }
            pending.extend_from_slice(&text[name.clone()]);
            pending.push(b':');
            pending.extend_from_slice(value);
        }
        pending.push(b'}');
        self.started = true;
        true
    }
}

impl Read for Records {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.pending.len() {
            if self.text.is_empty() {
                return Ok(0);
            }
            if !self.write_next() {
                self.text = Vec::new();
                self.pending = b"]".to_vec();
            }
            self.at = 0;
        }
        let count = buffer.len().min(self.pending.len() - self.at);
        buffer[..count].copy_from_slice(&self.pending[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
