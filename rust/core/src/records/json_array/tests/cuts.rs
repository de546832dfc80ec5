//! All block sizes and kernels follow the rules, and no byte is lost.

use proptest::prelude::*;

use super::rules::Rules;
use super::{AMPLE, Split, every_cut, line_ends, samples, split, truncated_gzip};

/// Checks that each byte is in one element or reject, or separates them, and that numbers are consecutive.
fn assert_nothing_is_lost(bytes: &[u8], split: &Split) {
    let elements = split.elements.iter().map(|element| (element.number, element.offset, element.line, &element.raw));
    let rejects = split.rejects.iter().map(|reject| (reject.record, reject.offset, reject.line, &reject.raw));
    let mut all: Vec<_> = elements.chain(rejects).collect();
    all.sort_by_key(|&(number, ..)| number);
    let is_separator = |byte: &u8| b" \t\r\n,[]".contains(byte);
    let mut at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    for (i, &(number, offset, line, raw)) in all.iter().enumerate() {
        assert_eq!(number, i as u64 + 1, "numbers are consecutive");
        let offset = usize::try_from(offset).unwrap();
        assert!(bytes[at..offset].iter().all(is_separator), "lost before {offset}");
        assert_eq!(&bytes[offset..offset + raw.len()], raw);
        assert_eq!(line, 1 + line_ends(&bytes[..offset], bytes.get(offset).copied()));
        at = offset + raw.len();
    }
    assert!(bytes[at..].iter().all(is_separator), "lost after byte {at}");
}

fn assert_rules(text: &str, limit: usize, truncated: bool, sizes: &[usize]) {
    let bytes = text.as_bytes();
    let expected = Rules { bytes, limit, truncated }.apply();
    let stored = if truncated { truncated_gzip(bytes) } else { bytes.to_vec() };
    for cut in every_cut(limit, sizes) {
        let split = split(&stored, cut).without_messages();
        // Compared as text first for a readable message.
        assert_eq!((split.read(), split.rejected()), (expected.read(), expected.rejected()), "{cut:?}");
        assert_nothing_is_lost(bytes, &split);
        assert!(split == expected, "{cut:?}\n{split:#?}\nis not\n{expected:#?}");
    }
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 10_usize..200, 1 => Just(AMPLE)]
}

proptest! {
    #![proptest_config(crate::testing::cases(800))]

    #[test]
    fn soups(text in samples::soup(50), limit in limit(), truncated in prop::bool::weighted(0.2), size in 2_usize..200) {
        assert_rules(&text, limit, truncated, &[1, size, AMPLE]);
    }

    #[test]
    fn arrays_with_faults(
        text in samples::faulty(12, true),
        limit in limit(),
        truncated in prop::bool::weighted(0.2),
        size in 2_usize..200,
    ) {
        assert_rules(&text, limit, truncated, &[1, size, AMPLE]);
    }

    #[test]
    fn lines_with_faults(
        text in samples::faulty(12, false),
        limit in limit(),
        truncated in prop::bool::weighted(0.2),
        size in 2_usize..200,
    ) {
        assert_rules(&text, limit, truncated, &[1, size, AMPLE]);
    }

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400), array in any::<bool>(), limit in limit()) {
        let bytes = [if array { "[".as_bytes() } else { b"" }, &bytes].concat();
        let expected = Rules { bytes: &bytes, limit, truncated: false }.apply();
        for cut in every_cut(limit, &[1, 7, AMPLE]) {
            let split = split(&bytes, cut).without_messages();
            assert_nothing_is_lost(&bytes, &split);
            prop_assert!(split == expected);
        }
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(60))]

    /// Longer than one stride of masks.
    #[test]
    fn long_sources(
        array in any::<bool>(),
        faulty in samples::faulty(300, true),
        lines in samples::faulty(300, false),
        soup in samples::soup(900),
        limit in prop_oneof![10_usize..9000, Just(AMPLE)],
        size in 2_usize..9000,
    ) {
        let text = if array { faulty + &soup } else { lines + &soup };
        assert_rules(&text, limit, false, &[size, AMPLE]);
    }
}
