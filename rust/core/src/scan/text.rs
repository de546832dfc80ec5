//! Builds string arrays with SIMD validation of UTF-8. Arrow's constructor validates byte by byte, which takes 5 % of the
//! time of decoding.
#![allow(unsafe_code, reason = "an unchecked constructor; the block has a SAFETY comment")]

use arrow_array::StringArray;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::ArrowError;

/// Builds a string array, as [`StringArray::try_new`] does.
///
/// # Errors
/// As [`StringArray::try_new`].
pub fn string_array(
    offsets: OffsetBuffer<i32>,
    bytes: Buffer,
    nulls: Option<NullBuffer>,
) -> Result<StringArray, ArrowError> {
    let at_boundaries = if bytes.is_ascii() {
        // Every offset is a boundary, and the last one is the greatest.
        usize::try_from(offsets.last()).is_ok_and(|last| last <= bytes.len())
    } else {
        simdutf8::basic::from_utf8(&bytes).is_ok_and(|text| {
            let mut offsets = offsets.iter().map(|&at| usize::try_from(at));
            offsets.all(|at| at.is_ok_and(|at| text.is_char_boundary(at)))
        })
    };
    let fits = nulls.as_ref().is_none_or(|nulls| nulls.len() + 1 == offsets.len());
    if !(fits && at_boundaries) {
        return StringArray::try_new(offsets, bytes, nulls);
    }
    // SAFETY: the requirements were checked above: the bytes are UTF-8, every offset is in bounds and at a character
    // boundary, and there is one null bit per string. `OffsetBuffer` guarantees that offsets never decrease.
    Ok(unsafe { StringArray::new_unchecked(offsets, bytes, nulls) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use arrow_buffer::ScalarBuffer;
    use proptest::prelude::*;

    use super::*;

    fn both(offsets: &[i32], bytes: &[u8], nulls: Option<Vec<bool>>) -> [Option<StringArray>; 2] {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets.to_vec()));
        let nulls = nulls.map(NullBuffer::from);
        let bytes = Buffer::from(bytes);
        [
            string_array(offsets.clone(), bytes.clone(), nulls.clone()).ok(),
            StringArray::try_new(offsets, bytes, nulls).ok(),
        ]
    }

    #[test]
    fn invalid_offsets_and_bytes_are_errors() {
        let text = "añ€😀".as_bytes();
        let [built, expected] = both(&[0, 1, 3, 6, 10], text, Some(vec![true, true, false, true]));
        assert_eq!(built.unwrap(), expected.unwrap());
        for (offsets, bytes) in [
            (&[0, 2, 10][..], text),       // within a character
            (&[0, 3, 11], text),           // beyond the end
            (&[0, 1], b"\xff".as_slice()), // not UTF-8
            (&[0, 1, 2], "ñ".as_bytes()),  // half of a character each
        ] {
            assert_eq!(both(offsets, bytes, None), [None, None], "{offsets:?}");
        }
        assert_eq!(both(&[0, 1, 2], b"ab", Some(vec![true])), [None, None]);
    }

    proptest! {
        #[test]
        fn agrees_with_the_arrow_constructor(
            pieces in prop::collection::vec(prop_oneof![
                "\\PC{0,40}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..3),
            ], 0..12),
            moved in prop::option::of((any::<prop::sample::Index>(), 0..3_i32)),
            beyond in 0..2,
        ) {
            let bytes = pieces.concat();
            let mut offsets = vec![0];
            offsets.extend(pieces.iter().scan(0, |at, piece| {
                *at += i32::try_from(piece.len()).unwrap();
                Some(*at)
            }));
            if let Some((index, by)) = moved {
                let index = index.index(offsets.len());
                let next = offsets.get(index + 1).copied().unwrap_or(offsets[index] + beyond);
                offsets[index] = (offsets[index] + by).min(next);
            }
            let [built, expected] = both(&offsets, &bytes, None);
            prop_assert_eq!(built, expected);
        }
    }
}
