//! A guess is a position of one pass, or none, on sources without traps; on any bytes it is within the window.

use proptest::prelude::*;

use super::{AMPLE, Cut, WHOLE, samples, split};
use crate::records::{probe_csv, probe_json};

/// The offsets of the lines of `a,b,c` and a body that are outside of records.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let split = split(bytes, Cut { limit: AMPLE, ..WHOLE });
    split.records.iter().map(|record| usize::try_from(record.offset).unwrap()).collect()
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn guesses_in_valid_sources(cells in prop::collection::vec("[a-z é]{0,9}|\"[a-z é\n]{0,9}\"", 30..90), at in 0_usize..200) {
        let body: String = cells.chunks_exact(3).map(|cells| cells.join(",") + "\n").collect();
        let bytes = format!("a,b,c\n{body}").into_bytes();
        let at = at.min(bytes.len());
        if let Some(guess) = probe_csv(&bytes[at..], 3, b',') {
            prop_assert!(starts(&bytes).contains(&(at + guess)), "{}", String::from_utf8_lossy(&bytes[at..]));
        }
    }

    #[test]
    fn guesses_in_arrays_and_lines(numbers in prop::collection::vec(0_u16..999, 20..60), lines in any::<bool>(), at in 1_usize..300) {
        let element = |number: &u16| format!("{{\"id\": {number}, \"text\": \"}},{{ \\\" [\", \"list\": [{{}}, {{\"a\": 1}}]}}");
        let text = numbers.iter().map(element).collect::<Vec<_>>().join(if lines { "\n" } else { ",\n" });
        let text = if lines { text } else { format!("[{text}]") };
        let ends: Vec<usize> = text.match_indices("]}").map(|(at, _)| at + 2).collect();
        let window = &text.as_bytes()[at..text.len() - 1];
        match probe_json(window, lines) {
            Some(guess) => prop_assert!(ends.contains(&(at + guess))),
            None => prop_assert!(false, "undecided"),
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), soup in samples::soup(60), lines in any::<bool>()) {
        for window in [&bytes[..], soup.as_bytes()] {
            prop_assert!(probe_csv(window, 3, b',').is_none_or(|at| at <= window.len()));
            prop_assert!(probe_json(window, lines).is_none_or(|at| at <= window.len()));
        }
    }
}
