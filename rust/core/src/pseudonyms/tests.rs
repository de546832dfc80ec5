#![allow(clippy::unwrap_used)]

use arrow_array::Int64Array;
use arrow_array::builder::{Int64Builder, ListBuilder};

use super::*;

const KEY: [u8; 32] = *b"whats the Elvish word for friend";

fn pseudonyms(key: Option<[u8; 32]>) -> Pseudonyms {
    let names = ["user_id", "creator", "fav_user_ids"].map(str::to_owned).to_vec();
    Pseudonyms::new(names, vec!["raw_creator".to_owned()], true, key)
}

fn name(text: &str) -> String {
    pseudonyms(Some(KEY)).hash(text.as_bytes()).unwrap()
}

#[test]
fn a_name_is_the_start_of_a_keyed_hash() {
    // The official test vectors of BLAKE3 begin with the hash of an empty input under this key.
    assert_eq!(name(""), "92b2b75604ed3c76");
    assert_eq!(pseudonyms(None).hash(b"a"), None);
}

#[test]
fn members_of_people_are_replaced_and_all_else_is_kept() {
    let held = r#"{"user_id": 5}"#;
    let cases = [
        (
            r#"{ "a":"\u00e9", "user_id" : 5 , "b":[1.50] }"#,
            format!(r#"{{ "a":"\u00e9", "user_id" : "{}" , "b":[1.50] }}"#, name("5")),
        ),
        (
            r#"[{"creator":{"id":"u/5","name":"Ann"},"x":1}]"#,
            format!(r#"[{{"creator":{{"id":"{}"}},"x":1}}]"#, name("u/5")),
        ),
        (r#"{"creator":[{"name":"Ann"},"u/5",null]}"#, format!(r#"{{"creator":[null,"{}",null]}}"#, name("u/5"))),
        (
            r#"{"0_creator_name":"Ann","0_creator_id":"u/5"}"#,
            format!(r#"{{"0_creator_name":null,"0_creator_id":"{}"}}"#, name("u/5")),
        ),
        (r#"{"user\u005fid":580.0,"user_id":null}"#, format!(r#"{{"user\u005fid":"{}","user_id":null}}"#, name("580"))),
        (
            &serde_json::to_string(held).unwrap(),
            serde_json::to_string(&held.replace('5', &format!("\"{}\"", name("5")))).unwrap(),
        ),
    ];
    for (text, expected) in cases {
        let found = pseudonyms(Some(KEY)).rewritten(text.as_bytes(), &mut Doc::default(), 0).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{text}");
    }
    for text in ["user_id 5", r#"{"user_id":5"#, r#"{"users":5,"recreator":"a"}"#] {
        assert_eq!(pseudonyms(Some(KEY)).rewritten(text.as_bytes(), &mut Doc::default(), 0), None, "{text}");
    }
}

#[test]
fn columns_of_people_become_texts_or_nulls() {
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(5), None]);
    lists.append_null();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("user_id", Arc::new(Int64Array::from(vec![Some(5), None]))),
        ("fav_user_ids", Arc::new(lists.finish())),
        ("raw_creator", Arc::new(StringArray::from(vec![Some(r#"{"id":"u/5","name":"Ann"}"#), Some("[]")]))),
        ("creator_name", Arc::new(StringArray::from(vec![Some("Ann"), None]))),
        ("n", Arc::new(Int64Array::from(vec![1, 2]))),
    ];
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let batch = StructArray::new(fields, columns.into_iter().map(|(_, array)| array).collect(), None);
    let hashed = pseudonyms(Some(KEY)).replace(&batch).unwrap();
    let text = |array: &StructArray, at: usize| {
        crate::json_text::to_json_text(&(Arc::new(array.slice(at, 1)) as ArrayRef)).unwrap().value(0).to_owned()
    };
    let raw = serde_json::to_string(&format!(r#"{{"id":"{}"}}"#, name("u/5"))).unwrap();
    assert_eq!(
        text(&hashed, 0),
        format!(r#"{{"user_id":"{0}","fav_user_ids":["{0}",null],"raw_creator":{raw},"n":1}}"#, name("5"))
    );
    assert_eq!(text(&hashed, 1), r#"{"raw_creator":"[]","n":2}"#);
    let dropped = pseudonyms(None).replace(&batch).unwrap();
    assert_eq!(dropped.fields(), hashed.fields());
    assert_eq!(text(&dropped, 0), r#"{"n":1}"#);
}

#[test]
fn values_of_keys_that_name_people() {
    let keys = StringArray::from(vec![Some("0_user_id"), Some("creator"), Some("creator_name"), Some("genre"), None]);
    let values: Vec<(&str, ArrayRef)> = vec![
        ("answer", Arc::new(StringArray::from(vec![Some("5"), None, Some("Ann"), Some("x"), Some("y")]))),
        ("number", Arc::new(Float64Array::from(vec![Some(5.0), None, None, Some(2.0), None]))),
    ];
    let fields = values.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let values = StructArray::new(fields, values.into_iter().map(|(_, array)| array).collect(), None);
    let found = pseudonyms(Some(KEY)).replace_values(&keys, &values).unwrap();
    let answers: Vec<_> = found.column(0).as_string::<i32>().iter().collect();
    assert_eq!(answers, [Some(name("5").as_str()), None, None, Some("x"), Some("y")]);
    assert_eq!(
        found.column(1).as_primitive::<arrow_array::types::Float64Type>().iter().collect::<Vec<_>>(),
        [None, None, None, Some(2.0), None]
    );
}
