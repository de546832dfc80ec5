//! Integers sorted digit by digit, which takes a time that does not depend on their order.

/// Bits of a digit.
const BITS: u32 = 11;
const DIGITS: usize = 1 << BITS;

/// The rows of `values` in their order; equal ones as they are.
pub fn sorted_rows(values: &[i64]) -> Vec<i64> {
    let (least, bits) = range(values);
    let mut rows: Vec<(u64, i64)> = (0..).zip(values).map(|(row, &value)| (above(value, least), row)).collect();
    sort(&mut rows, bits, |pair| pair.0);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The distinct values in their order, and how often each comes.
pub fn counted(values: &[i64]) -> (Vec<i64>, Vec<i64>) {
    let (least, bits) = range(values);
    let mut sorted: Vec<u64> = values.iter().map(|&value| above(value, least)).collect();
    sort(&mut sorted, bits, |&value| value);
    sorted
        .chunk_by(|one, other| one == other)
        .map(|equal| (least.wrapping_add(equal[0].cast_signed()), i64::try_from(equal.len()).unwrap_or(i64::MAX)))
        .unzip()
}

/// The least value, and the bits of the distance to the greatest.
fn range(values: &[i64]) -> (i64, u32) {
    let least = values.iter().copied().min().unwrap_or_default();
    let greatest = values.iter().copied().max().unwrap_or_default();
    (least, u64::BITS - above(greatest, least).leading_zeros())
}

fn above(value: i64, least: i64) -> u64 {
    value.wrapping_sub(least).cast_unsigned()
}

/// Sorts by keys of some bits; items with equal keys keep their order.
fn sort<T: Copy + Default>(items: &mut Vec<T>, bits: u32, key: impl Fn(&T) -> u64) {
    if items.len() < DIGITS / 8 {
        items.sort_by_key(key);
        return;
    }
    let mut other = vec![T::default(); items.len()];
    for shift in (0..bits).step_by(BITS as usize) {
        let digit = |item: &T| usize::try_from((key(item) >> shift) % (1 << BITS)).unwrap_or_default();
        let mut next = [0_usize; DIGITS];
        for item in &*items {
            next[digit(item)] += 1;
        }
        let mut begin = 0;
        for place in &mut next {
            begin += std::mem::replace(place, begin);
        }
        for item in &*items {
            let place = &mut next[digit(item)];
            other[*place] = *item;
            *place += 1;
        }
        std::mem::swap(items, &mut other);
    }
}
