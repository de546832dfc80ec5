//! The leaves of a column: the levels of their rows, and which of their values are present.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use parquet::errors::{ParquetError, Result};

/// The way from a column to one of its leaves.
pub(super) struct Leaf {
    steps: Vec<Step>,
    /// The greatest definition level, which says that a value is present.
    pub(super) definition: u8,
    /// The greatest repetition level: the number of lists on the way.
    pub(super) repetition: u8,
}

#[derive(Clone, Copy)]
struct Step {
    is_nullable: bool,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Child(usize),
    Items,
    Values,
}

/// Levels of the rows of a page.
#[derive(Default)]
pub(super) struct Levels {
    pub(super) definition: Vec<u8>,
    pub(super) repetition: Vec<u8>,
    /// Number of levels, also of leaves that have none.
    pub(super) count: usize,
}

/// The present values of some rows, as places in the array of the leaf.
pub(super) enum Places {
    Range(Range<usize>),
    Listed(Vec<u32>),
}

impl Places {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Listed(places) => places.len(),
        }
    }
}

/// The leaves of a field, in the order of the Parquet schema.
pub(super) fn leaves_of(field: &Field) -> Result<Vec<Leaf>> {
    let mut found = Vec::new();
    add_leaves(field, &mut Vec::new(), &mut found)?;
    Ok(found)
}

fn add_leaves(field: &Field, above: &mut Vec<Step>, found: &mut Vec<Leaf>) -> Result<()> {
    let is_nullable = field.is_nullable();
    match field.data_type() {
        DataType::Struct(children) => {
            for (child, field) in children.iter().enumerate() {
                above.push(Step { is_nullable, next: Next::Child(child) });
                add_leaves(field, above, found)?;
                above.pop();
            }
        }
        DataType::List(item) => {
            above.push(Step { is_nullable, next: Next::Items });
            add_leaves(item, above, found)?;
            above.pop();
        }
        _ => {
            let mut steps = above.clone();
            steps.push(Step { is_nullable, next: Next::Values });
            let repetition = steps.iter().filter(|step| matches!(step.next, Next::Items)).count();
            let definition = repetition + steps.iter().filter(|step| step.is_nullable).count();
            let too_deep = |_| ParquetError::NYI("columns nested as deeply".to_owned());
            found.push(Leaf {
                steps,
                definition: definition.try_into().map_err(too_deep)?,
                repetition: repetition.try_into().map_err(too_deep)?,
            });
        }
    }
    Ok(())
}

impl Leaf {
    /// The array of the leaf's values in a column.
    pub(super) fn values<'a>(&self, column: &'a ArrayRef) -> Result<&'a ArrayRef> {
        self.steps.iter().try_fold(column, |array, step| below(array, step.next))
    }

    /// Appends the levels of rows of a column. Returns where their present values are in the array of the leaf.
    pub(super) fn append(&self, column: &ArrayRef, rows: Range<usize>, levels: &mut Levels) -> Result<Places> {
        if self.repetition == 0 {
            self.append_flat(column, rows, levels)
        } else {
            self.append_lists(column, rows, levels)
        }
    }

    fn append_flat(&self, column: &ArrayRef, rows: Range<usize>, levels: &mut Levels) -> Result<Places> {
        levels.count += rows.len();
        if self.definition == 0 {
            return Ok(Places::Range(rows));
        }
        let start = levels.definition.len();
        levels.definition.resize(start + rows.len(), self.definition);
        let defined = &mut levels.definition[start..];
        let mut nulls = Vec::new();
        let (mut array, mut depth) = (column, 0);
        for step in &self.steps {
            if step.is_nullable {
                nulls.extend(nulls_of(array, &rows).map(|nulls| (nulls, depth)));
                depth += 1;
            }
            array = below(array, step.next)?;
        }
        if nulls.is_empty() {
            return Ok(Places::Range(rows));
        }
        // The outermost null decides, and is written last.
        for (nulls, depth) in nulls.iter().rev() {
            lower(defined, nulls, *depth);
        }
        if nulls.iter().any(|(nulls, _)| nulls.null_count() == rows.len()) {
            return Ok(Places::Range(rows.start..rows.start));
        }
        Ok(Places::Listed(places_of(defined, self.definition, rows.start)))
    }

    fn append_lists(&self, column: &ArrayRef, rows: Range<usize>, levels: &mut Levels) -> Result<Places> {
        let mut entries = Entries {
            definition: vec![0; rows.len()],
            repetition: vec![0; rows.len()],
            places: (place(rows.start)..place(rows.end)).collect(),
            depth: 0,
            lists: 0,
        };
        let mut array = column;
        for step in &self.steps {
            if step.is_nullable {
                entries.drop_nulls(array.nulls());
            }
            if matches!(step.next, Next::Items) {
                entries.open_lists(array)?;
            }
            array = below(array, step.next)?;
        }
        levels.count += entries.definition.len();
        levels.definition.append(&mut entries.definition);
        levels.repetition.append(&mut entries.repetition);
        let places = entries.places;
        Ok(match (places.first(), places.last()) {
            // Places ascend, so without a gap they are a range.
            (Some(&first), Some(&last)) if (last - first) as usize == places.len() - 1 => {
                Places::Range(first as usize..last as usize + 1)
            }
            _ => Places::Listed(places),
        })
    }
}

fn below(array: &ArrayRef, next: Next) -> Result<&ArrayRef> {
    let found = match next {
        Next::Values => Some(array),
        Next::Child(child) => array.as_struct_opt().and_then(|parent| parent.columns().get(child)),
        Next::Items => array.as_list_opt::<i32>().map(arrow_array::ListArray::values),
    };
    found.ok_or_else(|| ParquetError::General(format!("a column has the type {}", array.data_type())))
}

/// The nulls of some rows, if there are any.
fn nulls_of(array: &ArrayRef, rows: &Range<usize>) -> Option<NullBuffer> {
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0)?;
    Some(nulls.slice(rows.start, rows.len())).filter(|nulls| nulls.null_count() > 0)
}

/// Lowers the levels of null rows to `depth`.
fn lower(levels: &mut [u8], nulls: &NullBuffer, depth: u8) {
    for (word, part) in nulls.inner().bit_chunks().iter_padded().zip(levels.chunks_mut(64)) {
        if word == 0 {
            part.fill(depth);
        } else if word != u64::MAX {
            for (bit, level) in part.iter_mut().enumerate() {
                *level = if word >> bit & 1 == 0 { depth } else { *level };
            }
        }
    }
}

/// The places of the rows with the level `present`, without a branch for each.
fn places_of(levels: &[u8], present: u8, start: usize) -> Vec<u32> {
    let mut found = vec![0; levels.len()];
    let (mut count, mut place) = (0, place(start));
    for &level in levels {
        if let Some(slot) = found.get_mut(count) {
            *slot = place;
        }
        count += usize::from(level == present);
        place += 1;
    }
    found.truncate(count);
    found
}

#[expect(clippy::cast_possible_truncation, reason = "arrays with 32-bit offsets have fewer rows")]
const fn place(row: usize) -> u32 {
    row as u32
}

/// Rows while their lists are opened, one list after the other.
struct Entries {
    definition: Vec<u8>,
    repetition: Vec<u8>,
    /// Places of the entries whose definition level is `depth`; of the others, nothing more is present.
    places: Vec<u32>,
    depth: u8,
    lists: u8,
}

impl Entries {
    /// Raises the level of the entries that are not null.
    fn drop_nulls(&mut self, nulls: Option<&NullBuffer>) {
        let raised = self.depth + 1;
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        if let Some(nulls) = nulls {
            let mut places = self.places.iter();
            let present = self.definition.iter_mut().filter(|level| **level == self.depth);
            for level in present {
                if places.next().is_some_and(|&place| nulls.is_valid(place as usize)) {
                    *level = raised;
                }
            }
            self.places.retain(|&place| nulls.is_valid(place as usize));
        } else {
            for level in &mut self.definition {
                *level += u8::from(*level == self.depth);
            }
        }
        self.depth = raised;
    }

    /// Replaces each list by its items. An empty list keeps its level.
    fn open_lists(&mut self, array: &ArrayRef) -> Result<()> {
        let Some(lists) = array.as_list_opt::<i32>() else { return below(array, Next::Items).map(drop) };
        let offsets = lists.value_offsets();
        let (depth, raised) = (self.depth, self.depth + 1);
        self.lists += 1;
        let items = offsets.last().zip(offsets.first()).map_or(0, |(last, first)| last.abs_diff(*first) as usize);
        let room = self.definition.len().max(items);
        let (mut definition, mut repetition) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut opened = Vec::with_capacity(items);
        let mut places = self.places.iter();
        for (&level, &repeated) in self.definition.iter().zip(&self.repetition) {
            definition.push(level);
            repetition.push(repeated);
            if level != depth {
                continue;
            }
            let place = places.next().map_or(usize::MAX, |&place| place as usize);
            let Some([start, end]) = offsets.get(place..).and_then(|rest| rest.first_chunk::<2>()) else { continue };
            let range = start.cast_unsigned()..end.cast_unsigned();
            if range.is_empty() {
                continue;
            }
            if let Some(level) = definition.last_mut() {
                *level = raised;
            }
            let others = range.len() - 1;
            definition.resize(definition.len() + others, raised);
            repetition.resize(repetition.len() + others, self.lists);
            opened.extend(range);
        }
        (self.definition, self.repetition, self.places) = (definition, repetition, opened);
        self.depth = raised;
        Ok(())
    }
}
