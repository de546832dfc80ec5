//! Converts Arrow arrays to JSON text, for formats without nesting.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;
use chrono::DateTime;

use crate::error::{Error, Result};

/// One compact JSON text per value of `array`; a null stays null.
///
/// A struct becomes an object of its non-null members, a list an array, a time `YYYY-MM-DDTHH:MM:SS.mmmZ` (with six
/// digits if three are not exact), a text a string.
///
/// # Errors
/// The array has a type that no table uses, or the texts exceed 2 GiB together.
pub fn to_json_text(array: &ArrayRef) -> Result<StringArray> {
    let mut texts = arrow_array::builder::StringBuilder::with_capacity(array.len(), array.len() * 16);
    let mut text = Vec::new();
    for i in 0..array.len() {
        if array.is_null(i) {
            texts.append_null();
            continue;
        }
        text.clear();
        write(array, i, &mut text)?;
        if texts.values_slice().len() + text.len() > i32::MAX as usize {
            return Err(Error::Internal("more than 2 GiB of JSON text in one batch".to_owned()));
        }
        texts.append_value(String::from_utf8_lossy(&text));
    }
    Ok(texts.finish())
}

fn write(array: &dyn Array, i: usize, text: &mut Vec<u8>) -> Result<()> {
    if array.is_null(i) {
        text.extend_from_slice(b"null");
        return Ok(());
    }
    match array.data_type() {
        DataType::Int32 => text.extend_from_slice(array.as_primitive::<Int32Type>().value(i).to_string().as_bytes()),
        DataType::Int64 => text.extend_from_slice(array.as_primitive::<Int64Type>().value(i).to_string().as_bytes()),
        DataType::Float64 => json(&array.as_primitive::<Float64Type>().value(i), text)?,
        DataType::Boolean => json(&array.as_boolean().value(i), text)?,
        DataType::Utf8 => json(array.as_string::<i32>().value(i), text)?,
        DataType::Timestamp(_, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(i);
            let format = if micros % 1000 == 0 { "%Y-%m-%dT%H:%M:%S%.3fZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
            let time = DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc());
            json(&time.map(|time| format!("{}", time.format(format))), text)?;
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(i);
            text.push(b'[');
            for item in 0..items.len() {
                if item > 0 {
                    text.push(b',');
                }
                write(&items, item, text)?;
            }
            text.push(b']');
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let mut separator = b'{';
            for (field, column) in fields.iter().zip(columns).filter(|(_, column)| column.is_valid(i)) {
                text.push(separator);
                separator = b',';
                json(field.name().as_str(), text)?;
                text.push(b':');
                write(column, i, text)?;
            }
            text.extend_from_slice(if separator == b'{' { b"{}" } else { b"}" });
        }
        other => return Err(Error::Internal(format!("no JSON text for a column of type {other}"))),
    }
    Ok(())
}

fn json<T: serde::Serialize + ?Sized>(value: &T, text: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(text, value).map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use arrow_array::builder::{Int64Builder, ListBuilder};
    use arrow_array::{Float64Array, StructArray, TimestampMicrosecondArray};
    use arrow_schema::Field;

    use super::*;

    #[test]
    fn lists_and_structs() {
        let mut lists = ListBuilder::new(Int64Builder::new());
        lists.append_value([Some(1), None]);
        lists.append_null();
        lists.append_value([]);
        let texts = to_json_text(&(Arc::new(lists.finish()) as ArrayRef)).unwrap();
        assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("[1,null]"), None, Some("[]")]);

        let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.5), None, Some(2.0)]));
        let name: ArrayRef = Arc::new(StringArray::from(vec![Some("a\"\u{0}"), None, None]));
        let field = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
        let structs = StructArray::from(vec![(field("x", &x), x), (field("name", &name), name)]);
        let texts = to_json_text(&(Arc::new(structs) as ArrayRef)).unwrap();
        let expected = [Some("{\"x\":1.5,\"name\":\"a\\\"\\u0000\"}"), Some("{}"), Some("{\"x\":2.0}")];
        assert_eq!(texts.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn times() {
        let times: ArrayRef =
            Arc::new(TimestampMicrosecondArray::from(vec![1_495_487_309_517_000, 1]).with_timezone("UTC"));
        let texts = to_json_text(&times).unwrap();
        let expected = [Some("\"2017-05-22T21:08:29.517Z\""), Some("\"1970-01-01T00:00:00.000001Z\"")];
        assert_eq!(texts.iter().collect::<Vec<_>>(), expected);
    }
}
