"""The declaration language: an export described as data.

An export type is a module under `crowdarrow.exports` that builds an `Export`: how its inputs are detected, and its
tables. A table has columns, and row paths if it doesn't have one row per record. The engine compiles the declaration
once and runs it over every record; no Python runs per row.

`Column("name", type)` is a scalar CSV column of that name; a third argument gives another source (`values`). Rows from
a record's JSON are `paths`. What no path can express is a `Transform`.
"""

from crowdarrow.declare.derive import FlattenedField, FlattenedItems, HeaderField, ListField, NumberedField, ObjectField
from crowdarrow.declare.paths import RECORD, Loop, NearestRef, Once, RowPath
from crowdarrow.declare.tables import (
    BesideSource,
    Column,
    Computation,
    Computed,
    Counter,
    Export,
    LabelSource,
    LazyRows,
    People,
    Rows,
    Sample,
    Table,
    Transform,
    from_rows,
    lazy,
)
from crowdarrow.declare.templates import HeldJson, JsonTemplate
from crowdarrow.declare.types import (
    ListType,
    StructType,
    Type,
    bool_,
    float64,
    int32,
    int32_text,
    int64,
    json_text,
    list_,
    string,
    struct,
    timestamp,
)
from crowdarrow.declare.values import (
    Expr,
    FieldNumbers,
    JsonPath,
    Predicate,
    always,
    any_item_has,
    any_item_is,
    cell,
    checked_json,
    coalesce,
    concat,
    ends_with,
    equals_text,
    exact,
    first_integer,
    first_item,
    first_present,
    integer_keys,
    is_integer,
    is_true,
    is_type,
    json_object,
    json_type,
    literal,
    lookup,
    null,
    numbered_values,
    positions,
    raw_json,
    record,
    record_index,
    record_number,
    scalar_text,
    split_integers,
    starts_with,
    strip_suffix,
    suffix_int,
    text_under,
    to_json,
    type_sketch,
    typed_json,
    value,
    version_part,
    web_mercator,
    when,
)

__all__ = [
    "RECORD", "BesideSource", "Column", "Computation", "Computed", "Counter", "Export", "Expr", "FieldNumbers",
    "FlattenedField", "FlattenedItems", "HeaderField", "HeldJson", "JsonPath", "JsonTemplate", "LabelSource",
    "LazyRows", "ListField", "ListType", "Loop", "NearestRef", "NumberedField", "ObjectField", "Once", "People",
    "Predicate", "RowPath", "Rows", "Sample", "StructType", "Table", "Transform", "Type", "always", "any_item_has",
    "any_item_is", "bool_", "cell", "checked_json", "coalesce", "concat", "ends_with", "equals_text", "exact",
    "first_integer", "first_item", "first_present", "float64", "from_rows", "int32", "int32_text", "int64",
    "integer_keys", "is_integer", "is_true", "is_type", "json_object", "json_text", "json_type", "lazy", "list_",
    "literal", "lookup", "null", "numbered_values", "positions", "raw_json", "record", "record_index", "record_number",
    "scalar_text",
    "split_integers", "starts_with", "string", "strip_suffix", "struct", "suffix_int", "text_under", "timestamp",
    "to_json", "type_sketch", "typed_json", "value", "version_part", "web_mercator", "when",
]  # fmt: skip
