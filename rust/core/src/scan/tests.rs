//! Compares every kernel with the scalar implementation.

use proptest::prelude::*;

use super::*;

/// Bytes of which many are structural.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => Just(b'"'),
        1 => Just(b','),
        1 => Just(b'\n'),
        1 => Just(b'\r'),
        2 => Just(b'\\'),
        2 => prop_oneof![Just(b'{'), Just(b'['), Just(b'}'), Just(b']')],
        3 => b'0'..=b'9',
        6 => any::<u8>(),
        8 => 0x20u8..0x7f,
    ];
    prop::collection::vec(byte, 0..400)
}

/// The masks and ends of the windows at each position.
struct ReadWindows<'a>(&'a [u8]);

impl KernelTask for ReadWindows<'_> {
    type Output = Vec<(u32, u32, Vec<(u64, u64)>)>;

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let Some(windows) = Windows::new(self.0, simd) else {
            assert!(self.0.len() < WINDOW);
            return Vec::new();
        };
        let read = |at| {
            let ends = windows.at(at).map(|window| (0..32).map(|length| window.ends(length)).collect());
            (windows.string_stops(at), windows.digits(at), ends.unwrap_or_default())
        };
        (0..=self.0.len() + 40).map(read).collect()
    }
}

/// The mask of equal bytes of the first window and another.
struct Compare<'a>(&'a [u8], [u8; WINDOW]);

impl KernelTask for Compare<'_> {
    type Output = Option<u32>;

    fn run<S: Simd>(self, simd: S) -> Option<u32> {
        Some(Windows::new(self.0, simd)?.at(0)?.equal(&self.1))
    }
}

/// Runs a computation in a function of its own.
struct Called<T>(T);

impl<T: KernelTask> KernelTask for Called<T> {
    type Output = T::Output;

    fn run<S: Simd>(self, simd: S) -> T::Output {
        simd.call(self.0)
    }
}

/// The expected result of [`ReadWindows`] at one position.
fn expected_window(bytes: &[u8], at: usize) -> (u32, u32, Vec<(u64, u64)>) {
    let mask = |matches: fn(u8) -> bool| {
        (0..32).fold(0, |mask, i| mask | u32::from(bytes.get(at + i).is_some_and(|&byte| matches(byte))) << i)
    };
    let whole = at + WINDOW <= bytes.len();
    let lengths = if whole { 0..32 } else { 0..0 };
    (
        mask(scalar::stops_string),
        mask(|byte| byte.is_ascii_digit()),
        lengths.map(|length| ends(&bytes[at..at + length])).collect(),
    )
}

proptest! {
    #[test]
    fn windows_agree(bytes in bytes()) {
        let expected: Vec<_> = (0..=bytes.len() + 40).map(|at| expected_window(&bytes, at)).collect();
        for kernel in Kernel::available() {
            let actual = kernel.run(ReadWindows(&bytes));
            prop_assert_eq!(&actual[..], if bytes.len() < WINDOW { &[] } else { &expected[..] }, "{:?}", kernel);
        }
    }

    #[test]
    fn window_bytes_are_those_of_the_text(bytes in prop::collection::vec(any::<u8>(), 32..100)) {
        struct Bytes<'a>(&'a [u8]);
        impl KernelTask for Bytes<'_> {
            type Output = Vec<u8>;
            fn run<S: Simd>(self, simd: S) -> Vec<u8> {
                let windows = Windows::new(self.0, simd).into_iter();
                windows.flat_map(|windows| (0..).map_while(move |at| Some(windows.at(at)?.byte(31)))).collect()
            }
        }
        for kernel in Kernel::available() {
            prop_assert_eq!(&kernel.run(Bytes(&bytes)), &bytes[31..]);
        }
    }

    #[test]
    fn ends_are_the_first_and_last_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let eight = bytes.len().min(8);
        prop_assert_eq!(ends(&bytes), (number(&bytes[..eight]), number(&bytes[bytes.len() - eight..])));
    }

    #[test]
    fn kernels_agree(bytes in bytes()) {
        let mut expected = Vec::new();
        Kernel::Scalar.classify(&bytes, &mut expected);
        prop_assert_eq!(expected.len(), bytes.len().div_ceil(CHUNK));
        for kernel in Kernel::available() {
            let mut masks = Vec::new();
            kernel.classify(&bytes, &mut masks);
            prop_assert_eq!(&masks, &expected, "{:?}", kernel);
        }
    }

    #[test]
    fn masks_match_the_bytes(bytes in bytes()) {
        let mut masks = Vec::new();
        Kernel::best().classify(&bytes, &mut masks);
        for (i, &byte) in bytes.iter().enumerate() {
            let mask = masks[i / CHUNK];
            prop_assert_eq!(mask.quote >> (i % CHUNK) & 1 == 1, byte == b'"');
            prop_assert_eq!(mask.separator >> (i % CHUNK) & 1 == 1, b",\n\r".contains(&byte));
        }
    }

    #[test]
    fn json_kernels_agree(bytes in bytes()) {
        let mut expected = Vec::new();
        Kernel::Scalar.classify_json(&bytes, &mut expected);
        prop_assert_eq!(expected.len(), bytes.len().div_ceil(CHUNK));
        for kernel in Kernel::available() {
            let mut masks = Vec::new();
            kernel.classify_json(&bytes, &mut masks);
            prop_assert_eq!(&masks, &expected, "{:?}", kernel);
        }
    }

    #[test]
    fn json_masks_match_the_bytes(bytes in bytes()) {
        let mut masks = Vec::new();
        Kernel::best().classify_json(&bytes, &mut masks);
        for (i, &byte) in bytes.iter().enumerate() {
            let JsonMasks { quote, backslash, open, close, brace, line_end } = masks[i / CHUNK];
            prop_assert_eq!(brace >> (i % CHUNK) & 1 == 1, byte & 0x20 != 0);
            let actual = [quote, backslash, open, close, line_end].map(|mask| mask >> (i % CHUNK) & 1 == 1);
            prop_assert_eq!(actual, ["\"", "\\", "{[", "}]", "\n\r"].map(|set| set.as_bytes().contains(&byte)));
        }
    }

    #[test]
    fn escaped_bytes_follow_odd_runs_of_backslashes(
        bytes in prop::collection::vec(prop_oneof![3 => Just(b'\\'), 2 => Just(b'"')], 0..400),
    ) {
        let mut masks = Vec::new();
        Kernel::Scalar.classify_json(&bytes, &mut masks);
        let mut escapes = Escapes::default();
        let escaped: Vec<u64> = masks.iter().map(|masks| escapes.escaped(masks.backslash)).collect();
        for (i, _) in bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'"') {
            let run = bytes[..i].iter().rev().take_while(|&&byte| byte == b'\\').count();
            prop_assert_eq!(escaped[i / CHUNK] >> (i % CHUNK) & 1 == 1, run % 2 == 1, "byte {}", i);
        }
    }

    #[test]
    fn equal_bytes_agree(bytes in bytes(), changes in prop::collection::vec((0..WINDOW, any::<u8>()), 0..6)) {
        let Some(mut other) = bytes.first_chunk::<WINDOW>().copied() else { return Ok(()) };
        for (at, byte) in changes {
            other[at] = byte;
        }
        let expected = (0..WINDOW).fold(0, |mask, at| mask | u32::from(bytes[at] == other[at]) << at);
        for kernel in Kernel::available() {
            prop_assert_eq!(kernel.run(Compare(&bytes, other)), Some(expected), "{:?}", kernel);
            prop_assert_eq!(kernel.run(Called(Compare(&bytes, other))), Some(expected), "{:?}", kernel);
        }
    }

    #[test]
    fn line_ends_agree(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a')], 0..200), next in prop::option::of(prop_oneof![Just(b'\n'), Just(b'\r')])) {
        let ends = (0..bytes.len()).filter(|&at| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1).copied().or(next.filter(|_| at + 1 == bytes.len())) != Some(b'\n'),
            _ => false,
        });
        prop_assert_eq!(line_ends(&bytes, next), ends.count() as u64);
    }

    #[test]
    fn string_stop_agrees(bytes in bytes(), from in 0usize..420) {
        prop_assert_eq!(string_stop(&bytes, from.min(bytes.len())), scalar::string_stop(&bytes, from.min(bytes.len())));
    }

    #[test]
    fn digits_end_agrees(
        bytes in prop::collection::vec(prop_oneof![8 => b'0'..=b'9', 1 => any::<u8>()], 0..80),
        from in 0usize..80,
    ) {
        let from = from.min(bytes.len());
        prop_assert_eq!(digits_end(&bytes, from), scalar::digits_end(&bytes, from));
    }

    #[test]
    fn collapse_agrees(source in bytes(), mut head in bytes()) {
        let mut expected = head.clone();
        let mut odd = false;
        for &byte in &source {
            odd ^= byte == b'"';
            if byte != b'"' || odd {
                expected.push(byte);
            }
        }
        let mut plain = head.clone();
        scalar::collapse_quotes(&source, &mut plain);
        prop_assert_eq!(&plain, &expected);
        let mut without = head.clone();
        collapse::collapse_without_avx512(&source, &mut without);
        prop_assert_eq!(&without, &expected);
        collapse_quotes(&source, &mut head);
        prop_assert_eq!(head, expected);
    }

    #[test]
    fn collapse_undoes_doubling(content in bytes()) {
        let doubled: Vec<u8> = content.iter().flat_map(|&b| if b == b'"' { vec![b; 2] } else { vec![b] }).collect();
        let mut collapsed = Vec::new();
        collapse_quotes(&doubled, &mut collapsed);
        prop_assert_eq!(collapsed, content);
    }

    #[test]
    fn prefix_xor_is_parity(mask in any::<u64>()) {
        /// The same of a kernel.
        struct PrefixXor(u64);
        impl KernelTask for PrefixXor {
            type Output = u64;
            #[inline]
            fn run<S: Simd>(self, simd: S) -> u64 {
                simd.prefix_xor(self.0)
            }
        }
        for i in 0..64 {
            let below = mask & (u64::MAX >> (63 - i));
            prop_assert_eq!(prefix_xor(mask) >> i & 1, u64::from(below.count_ones() % 2));
        }
        for kernel in Kernel::available() {
            prop_assert_eq!(kernel.run(PrefixXor(mask)), prefix_xor(mask), "{:?}", kernel);
        }
    }
}
