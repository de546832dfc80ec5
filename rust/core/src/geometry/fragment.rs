//! Media fragments: the box that the text of a selector names, as in `xywh=10,20,30.5,40`.

use std::sync::Arc;

use arrow_array::builder::Float64Builder;
use arrow_array::{Array, ArrayRef, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields};

/// The output columns.
const COLUMNS: [&str; 4] = ["x", "y", "width", "height"];

/// The boxes of texts in pixels, as a struct of four columns; all null for a text that is not a fragment.
///
/// A fragment is an optional `?` or `#`, `xywh=`, an optional `pixel:`, and four decimals, which may be negative.
#[must_use]
pub fn fragments(texts: &StringArray) -> StructArray {
    let mut columns = COLUMNS.map(|_| Float64Builder::with_capacity(texts.len()));
    for text in texts {
        let found = text.and_then(fragment);
        for (at, column) in columns.iter_mut().enumerate() {
            column.append_option(found.map(|numbers| numbers[at]));
        }
    }
    let fields: Fields = COLUMNS.iter().map(|name| Field::new(*name, DataType::Float64, true)).collect();
    let arrays = columns.map(|mut column| Arc::new(column.finish()) as ArrayRef);
    StructArray::new(fields, arrays.to_vec(), None)
}

/// The four numbers of a fragment.
fn fragment(text: &str) -> Option<[f64; 4]> {
    let text = text.strip_prefix(['?', '#']).unwrap_or(text).strip_prefix("xywh=")?;
    let mut parts = text.strip_prefix("pixel:").unwrap_or(text).split(',').map(decimal);
    let found = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

/// A decimal: an optional minus sign, digits, and an optional fraction. Other forms that Rust parses are none.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, "0"), |parts| parts);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits(whole) && is_digits(fraction)).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::fragment;

    #[test]
    fn decimals_in_every_form_of_a_prefix() {
        for prefix in ["xywh=", "?xywh=", "#xywh=", "xywh=pixel:", "#xywh=pixel:"] {
            assert_eq!(fragment(&format!("{prefix}1,-2,3.5,-0.25")), Some([1.0, -2.0, 3.5, -0.25]), "{prefix}");
        }
    }

    #[test]
    fn other_texts_are_no_fragments() {
        for text in ["", "xywh=", "xywh=1,2,3", "xywh=1,2,3,4,5", "xywh=1,2,3,4\n", "xywh=+1,2,3,4", "xywh=1e2,2,3,4"] {
            assert_eq!(fragment(text), None, "{text}");
        }
        for text in ["xywh=.5,2,3,4", "xywh=1.,2,3,4", "xywh=inf,2,3,4", "xywh=percent:1,2,3,4", "??xywh=1,2,3,4"] {
            assert_eq!(fragment(text), None, "{text}");
        }
    }
}
