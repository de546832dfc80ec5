//! Texts whose UTF-8 is checked by SIMD: arrow's own constructor checks it byte by byte, for a twentieth of the time that
//! decoding takes.
#![allow(unsafe_code, reason = "the array is made as it is; the block says why it is sound")]

use arrow_array::StringArray;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};
use arrow_schema::ArrowError;

/// Texts that stand one after the other, where each begins and ends, and which of them are there.
///
/// # Errors
/// As [`StringArray::try_new`], which tests hold this against.
pub fn string_array(
    offsets: OffsetBuffer<i32>,
    bytes: Buffer,
    nulls: Option<NullBuffer>,
) -> Result<StringArray, ArrowError> {
    let text = simdutf8::basic::from_utf8(&bytes).ok();
    let cuts_no_character = |text: &str| {
        let mut places = offsets.iter().map(|&at| usize::try_from(at));
        places.all(|at| at.is_ok_and(|at| text.is_char_boundary(at)))
    };
    let fits = nulls.as_ref().is_none_or(|nulls| nulls.len() + 1 == offsets.len());
    if !(fits && text.is_some_and(cuts_no_character)) {
        return StringArray::try_new(offsets, bytes, nulls);
    }
    // SAFETY: what the constructor asks for was seen just above: all bytes are UTF-8, no offset is beyond them or within
    // a character, and there are as many nulls as texts; that offsets never fall is their type's promise.
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
    fn takes_texts_and_refuses_what_is_none() {
        let text = "añ€😀".as_bytes();
        let [made, twin] = both(&[0, 1, 3, 6, 10], text, Some(vec![true, true, false, true]));
        assert_eq!(made.unwrap(), twin.unwrap());
        for (offsets, bytes) in [
            (&[0, 2, 10][..], text),       // within a character
            (&[0, 3, 11], text),           // beyond the end
            (&[0, 1], b"\xff".as_slice()), // no UTF-8
            (&[0, 1, 2], "ñ".as_bytes()),  // half of a character each
        ] {
            assert_eq!(both(offsets, bytes, None), [None, None], "{offsets:?}");
        }
        assert_eq!(both(&[0, 1, 2], b"ab", Some(vec![true])), [None, None]);
    }

    proptest! {
        #[test]
        fn agrees_with_its_twin(
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
            if let Some((place, by)) = moved {
                let place = place.index(offsets.len());
                let next = offsets.get(place + 1).copied().unwrap_or(offsets[place] + beyond);
                offsets[place] = (offsets[place] + by).min(next);
            }
            let [made, twin] = both(&offsets, &bytes, None);
            prop_assert_eq!(made, twin);
        }
    }
}
