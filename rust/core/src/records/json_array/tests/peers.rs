//! Compares valid sources with `serde_json`: the same values, with their source text.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::samples::{element, object, spaced, white, whites};
use super::{AMPLE, every_cut, split};

fn assert_elements(text: &str, expected: &[String], size: usize) -> Result<(), TestCaseError> {
    for cut in every_cut(AMPLE, &[1, size, AMPLE]) {
        let split = split(text.as_bytes(), cut);
        prop_assert_eq!(split.read(), expected);
        let of_arrays: Vec<_> = split.used().into_iter().filter(|(name, _)| name.contains("comma")).collect();
        prop_assert_eq!((split.rejects.len(), of_arrays), (0, vec![]));
        let offsets = split.elements.iter().map(|element| usize::try_from(element.offset).unwrap());
        for (at, element) in offsets.zip(expected) {
            prop_assert_eq!(&text[at..at + element.len()], element);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::testing::cases(600))]

    #[test]
    fn arrays(values in vec(element(), 0..8), white in whites(), around in (white(), white()), size in 2_usize..300) {
        let mut white = white.into_iter().cycle();
        let elements: Vec<String> = values.iter().map(|value| spaced(value, &mut white)).collect();
        let mut text = around.0 + "[";
        for (i, element) in elements.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            text += &format!("{comma}{}{element}{}", white.next().unwrap(), white.next().unwrap());
        }
        text += &(white.next().unwrap() + "]" + &around.1);
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Array(values));
        assert_elements(&text, &elements, size)?;
    }

    #[test]
    fn concatenated_values(
        values in vec((object(), white()), 0..8),
        white in whites(),
        size in 2_usize..300,
    ) {
        let mut white = white.into_iter().cycle();
        let elements: Vec<String> = values.iter().map(|(value, _)| spaced(value, &mut white)).collect();
        // A source that starts with `[` is an array, so an object comes first.
        let mut text = "{}".to_owned();
        for (element, (_, after)) in elements.iter().zip(&values) {
            text += &format!("{}{element}{after}", white.next().unwrap());
        }
        let stream = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        prop_assert!(stream.skip(1).map(Result::unwrap).eq(values.into_iter().map(|(value, _)| value)));
        assert_elements(&text, &[vec!["{}".to_owned()], elements].concat(), size)?;
    }

    #[test]
    fn lines(values in vec((element(), prop::sample::select(vec!["\n", "\r\n", "\n\n", " \n"])), 0..8), size in 2_usize..300) {
        let elements: Vec<String> = values.iter().map(|(value, _)| value.to_string()).collect();
        let lines: String = elements.iter().zip(&values).flat_map(|(element, (_, end))| [element.as_str(), end]).collect();
        assert_elements(&format!("{{}}\n{lines}"), &[vec!["{}".to_owned()], elements].concat(), size)?;
    }
}
