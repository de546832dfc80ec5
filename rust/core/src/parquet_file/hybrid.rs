//! The hybrid of run lengths and bit packing that Parquet has for levels and for keys of a dictionary.

use parquet::errors::{ParquetError, Result};

const GROUP: usize = 8;
/// Groups of a bit-packed run whose header is one byte.
const MAX_GROUPS: usize = 63;

/// Numbers that are compared at once where a run is long.
const BLOCK: usize = 64;

/// Bits that the numbers from 0 to `max` take.
pub(super) const fn bit_width(max: u32) -> u32 {
    u32::BITS - max.leading_zeros()
}

/// Appends `numbers`, each of at most `width` bits.
pub(super) fn encode<T: Copy + Eq + Into<u32>>(numbers: &[T], width: u32, out: &mut Vec<u8>) {
    let mut rest = numbers;
    // Where the header of the current bit-packed run is, and its number of groups.
    let mut packed: Option<(usize, usize)> = None;
    while let Some(&first) = rest.first() {
        let is_run = match rest.first_chunk::<GROUP>() {
            Some(group) => are_all(group, first),
            None => packed.is_none() && are_all(rest, first),
        };
        if is_run {
            let length = run_length(rest, first);
            packed = None;
            append_varint(length << 1, out);
            out.extend(first.into().to_le_bytes().iter().take(bytes_of(width)));
            rest = &rest[length..];
            continue;
        }
        let (header, groups) = match packed {
            Some((header, groups)) if groups < MAX_GROUPS => (header, groups + 1),
            _ => {
                out.push(0);
                (out.len() - 1, 1)
            }
        };
        packed = Some((header, groups));
        out[header] = u8::try_from(groups << 1 | 1).unwrap_or(u8::MAX);
        let mut group = [0; GROUP];
        for (packed, &number) in group.iter_mut().zip(rest) {
            *packed = number.into();
        }
        append_group(group, width, out);
        rest = rest.get(GROUP..).unwrap_or_default();
    }
}

/// Appends `numbers` as levels of a data page: with their length in bytes before them.
pub(super) fn encode_levels(levels: &[u8], max: u8, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    out.extend([0; 4]);
    encode(levels, bit_width(u32::from(max)), out);
    let length =
        u32::try_from(out.len() - start - 4).map_err(|_| ParquetError::General("a page is too large".into()))?;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Whether all numbers are equal to one, without an end at the first that is not: many are compared at once.
fn are_all<T: Copy + Eq>(numbers: &[T], one: T) -> bool {
    numbers.iter().fold(0, |others, &number| others | u8::from(number != one)) == 0
}

fn run_length<T: Copy + Eq>(numbers: &[T], one: T) -> usize {
    let length = BLOCK * numbers.chunks_exact(BLOCK).take_while(|block| are_all(block, one)).count();
    length + numbers.iter().skip(length).take_while(|&&number| number == one).count()
}

const fn bytes_of(width: u32) -> usize {
    width.div_ceil(8) as usize
}

fn append_varint(mut number: usize, out: &mut Vec<u8>) {
    loop {
        let byte = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Eight numbers of `width` bits are `width` bytes.
fn append_group(group: [u32; GROUP], width: u32, out: &mut Vec<u8>) {
    let end = width as usize;
    if width <= 8 {
        let bits = group.iter().rev().fold(0_u64, |bits, &number| bits << width | u64::from(number));
        out.extend_from_slice(&bits.to_le_bytes()[..end]);
    } else if width <= 16 {
        let bits = group.iter().rev().fold(0_u128, |bits, &number| bits << width | u128::from(number));
        out.extend_from_slice(&bits.to_le_bytes()[..end]);
    } else {
        let (mut bits, mut held) = (0_u64, 0);
        for number in group {
            bits |= u64::from(number) << held;
            held += width;
            while held >= 8 {
                out.push(bits.to_le_bytes()[0]);
                bits >>= 8;
                held -= 8;
            }
        }
    }
}
