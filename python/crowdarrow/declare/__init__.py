"""The language of declarations: what an export holds, said as data.

An export type is one module under `crowdarrow.exports` that builds an `Export`: how its header is told from others,
and its tables. A table is its columns, and the paths that give its rows when they are not one for each record. The
engine compiles the declaration once and runs it over every record; no Python runs for a row.

Adding a column is one line, `Column("name", type)`, when it is the CSV column of that name; a third argument says
where else it comes from (`values`). Rows out of a record's JSON are `paths`. What no path can say is a `Step`.
"""

from crowdarrow.declare.paths import RECORD, Loop, Nearest, Once, Path
from crowdarrow.declare.tables import Column, Export, Note, Rows, RowsOf, Sample, Step, Table, given, later
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
    At,
    Expr,
    Fields,
    Test,
    Tree,
    any_item,
    any_kind,
    atom,
    cell,
    either,
    ends,
    exact,
    first,
    first_of,
    head,
    integer,
    integer_keys,
    is_integer,
    is_kind,
    is_text,
    is_true,
    joined,
    json_object,
    json_of,
    kind_of,
    lookup,
    null,
    numbered_values,
    place,
    record,
    shape_of,
    split,
    starts,
    strict,
    tail,
    text,
    value,
    verbatim,
    version_part,
    when,
)

__all__ = [
    "RECORD", "At", "Column", "Export", "Expr", "Fields", "ListType", "Loop", "Nearest", "Note", "Once", "Path",
    "Rows", "RowsOf", "Sample", "Step", "StructType", "Table", "Test", "Tree", "Type", "any_item", "any_kind", "atom",
    "bool_", "cell", "either", "ends", "exact", "first", "first_of", "float64", "given", "head", "int32", "int32_text",
    "int64", "integer", "integer_keys", "is_integer", "is_kind", "is_text", "is_true", "joined", "json_object",
    "json_of", "json_text", "kind_of", "later", "list_", "lookup", "null", "numbered_values", "place", "record",
    "shape_of", "split", "starts", "strict", "string", "struct", "tail", "text", "timestamp", "value", "verbatim",
    "version_part", "when",
]  # fmt: skip
