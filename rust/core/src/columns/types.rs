//! Column types.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde::Deserialize;

use crate::json::Kind;

/// The type of a column.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// 32-bit integers.
    Int32,
    /// 32-bit integers that JSON writes as decimal strings.
    Int32Text,
    /// 64-bit integers.
    Int64,
    /// 64-bit floats.
    Float64,
    /// Truth values.
    Bool,
    /// Text.
    String,
    /// Microseconds of the epoch, UTC.
    Time,
    /// JSON as compact JSON text.
    Json,
    /// Lists of one type.
    List(Box<Type>),
    /// JSON objects with known members.
    Struct(StructType),
}

/// The members of a typed object.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct StructType {
    /// Key and type of each member, in order.
    pub fields: Vec<(String, Type)>,
    /// A last child `extra` keeps, as JSON text, every member that its typed child does not hold exactly.
    #[serde(default)]
    pub extra: bool,
    /// The source writes every member, so a null child stands for a JSON null.
    #[serde(default)]
    pub all_members: bool,
    /// Only an object that has all members, each of its type, is held exactly.
    #[serde(default)]
    pub whole: bool,
    /// Keys of members that may be there and have no child; they are found faster than unknown ones. Unused with `extra`.
    #[serde(default)]
    pub unread: Vec<String>,
}

impl Type {
    /// The Arrow type.
    #[must_use]
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Int32 | Self::Int32Text => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::String | Self::Json => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::List(item) => DataType::List(Arc::new(Field::new("item", item.arrow(), true))),
            Self::Struct(inner) => DataType::Struct(inner.arrow()),
        }
    }

    /// Whether JSON values of this type are values of the column's type.
    #[must_use]
    pub const fn is_json_type(&self, kind: Kind) -> bool {
        match self {
            Self::Int32 | Self::Int64 | Self::Float64 => matches!(kind, Kind::Number),
            Self::Bool => matches!(kind, Kind::True | Kind::False),
            Self::List(_) => matches!(kind, Kind::Array),
            Self::Struct(_) => matches!(kind, Kind::Object),
            Self::String | Self::Time | Self::Int32Text => matches!(kind, Kind::String),
            Self::Json => true,
        }
    }
}

impl StructType {
    pub(super) fn arrow(&self) -> Fields {
        let known = self.fields.iter().map(|(name, child)| Field::new(name, child.arrow(), true));
        known.chain(self.extra.then(|| Field::new("extra", DataType::Utf8, true))).collect()
    }
}
