//! Properties of all inputs, truncations and read sizes.

use std::io::Cursor;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Digest, Input, Options};
use super::zips::{EVERY_SIZES, STREAMED, Zipper, zipped};
use super::{drain, drip, gzipped, member, options, read_file, read_stream, sample, zstandard};

/// Samples in every compression, with their content.
static PACKED: LazyLock<Vec<(Vec<u8>, Vec<u8>)>> = LazyLock::new(|| {
    let data = sample(1500);
    let mut all = vec![
        (gzipped(&data), data.clone()),
        ([gzipped(&data), gzipped(&data)].concat(), [&data[..], &data].concat()),
        (gzipped(&gzipped(&data)), data.clone()),
        (zstandard(&data), data.clone()),
        (zstandard(&gzipped(&data)), data.clone()),
        (zipped("a.csv.gz", &gzipped(&data), STREAMED), data.clone()),
    ];
    for sizes in EVERY_SIZES {
        let zip = Zipper::default()
            .add("a_skipped.csv", &data[..900], true, sizes)
            .add("a.csv", &data, true, sizes)
            .add("__MACOSX/._a.csv", b"shadow", true, sizes);
        all.push((zip.done(), data.clone()));
    }
    all
});

fn magic() -> impl Strategy<Value = Vec<u8>> {
    let zip = zipped("a.csv", b"", STREAMED)[..30].to_vec();
    prop_oneof![
        Just(vec![0x1f, 0x8b]),
        Just(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
        Just(b"PK\x03\x04".to_vec()),
        Just(b"PK\x05\x06".to_vec()),
        Just(b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
        Just(zip),
        Just(vec![0x28, 0xb5, 0x2f, 0xfd]),
        Just(vec![0x50, 0x2a, 0x4d, 0x18]),
        Just(Vec::new()),
    ]
}

proptest! {
    #![proptest_config(crate::testing::cases(400))]

    #[test]
    fn any_bytes_end_without_panic(magic in magic(), rest in vec(any::<u8>(), 0..600), named in any::<bool>()) {
        let bytes = [magic, rest].concat();
        let _ = read_stream(&bytes);
        let _ = read_file(&bytes);
        if named {
            let input = Input::from_reader(Box::new(Cursor::new(bytes)), "input", member("a"));
            let _ = input.and_then(|input| drain(input, 50));
        }
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(96))]

    #[test]
    fn a_truncated_input_is_a_prefix_and_is_reported(which in 0_usize..12, cut in any::<prop::sample::Index>()) {
        let (stored, data) = &PACKED[which];
        let cut = 4 + cut.index(stored.len() - 4);
        let read = read_stream(&stored[..cut]).unwrap();
        prop_assert!(data.starts_with(&read.data));
        // A truncation between two gzip members cannot be detected.
        prop_assume!(which != 1 || cut != stored.len() / 2);
        prop_assert!(read.truncated.is_some());
        prop_assert_eq!(read_file(&stored[..cut]).unwrap(), read);
    }

    #[test]
    fn short_reads_give_the_same_bytes(
        which in 0_usize..12,
        sizes in vec(1_usize..5000, 1..6),
        step in 1_usize..9000,
        digest in proptest::option::of(prop_oneof![Just(Digest::Blake3), Just(Digest::Sha256)]),
    ) {
        let (stored, data) = &PACKED[which];
        let options = Options { digest, ..options() };
        let mut input = Input::from_reader(drip(stored, &sizes), "input", options.clone()).unwrap();
        let mut filled = vec![0; data.len() + 1];
        prop_assert_eq!(input.fill(&mut filled).unwrap(), data.len());
        prop_assert!(filled.starts_with(data));
        let finish = input.finish().unwrap();
        prop_assert_eq!(finish.stored_bytes, stored.len() as u64);

        let input = Input::from_reader(drip(stored, &sizes), "input", options).unwrap();
        let read = drain(input, step).unwrap();
        prop_assert!(read.data == *data);
        prop_assert_eq!(read.truncated, None);
    }

    #[test]
    fn corrupted_inputs_never_give_wrong_data(
        which in 0_usize..12,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (mut stored, data) = PACKED[which].clone();
        for (at, value) in changes {
            let at = at.index(stored.len() - 4) + 4;
            stored[at] = value;
        }
        for read in [read_stream(&stored), read_file(&stored)].into_iter().flatten() {
            // A changed name in a zip may select another member, which has its own checksum.
            let is_member = data.starts_with(&read.data) || read.data == b"shadow";
            prop_assert!(is_member || read.truncated.is_some());
        }
    }
}
