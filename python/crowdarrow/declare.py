"""The language of declarations: what an export holds, said as data.

An export type is one module under `crowdarrow.exports` that builds an `Export`: how its header is told from others,
and its tables. A table is its columns, and where its rows come from when they are not one for each record. The engine
compiles the declaration once and runs it over every record; no Python runs for a row.

Adding a column is one line, `Column("name", type)`, when it is the CSV column of that name; a third argument says
where else it comes from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Type:
    """A column type: what the engine calls it (`spec`, JSON-ready) and what Arrow calls it."""

    spec: Any
    name: str

    @cached_property
    def arrow(self) -> "pa.DataType":
        """The pyarrow type."""
        import pyarrow as pa

        scalars = {
            "int32": pa.int32(),
            "int32_text": pa.int32(),
            "int64": pa.int64(),
            "float64": pa.float64(),
            "bool": pa.bool_(),
            "string": pa.string(),
            "json": pa.string(),
            "time": pa.timestamp("us", tz="UTC"),
        }
        return scalars[self.spec]


@dataclass(frozen=True)
class ListType(Type):
    """A list of one type."""

    item: Type

    @cached_property
    def arrow(self) -> "pa.DataType":
        """The pyarrow type."""
        import pyarrow as pa

        return pa.list_(self.item.arrow)


@dataclass(frozen=True)
class StructType(Type):
    """A JSON object with known members, and `extra` for what they cannot give back (contract rule 8)."""

    children: tuple[tuple[str, Type], ...]
    extra: bool

    @cached_property
    def arrow(self) -> "pa.DataType":
        """The pyarrow type."""
        import pyarrow as pa

        fields = [pa.field(name, child.arrow) for name, child in self.children]
        return pa.struct([*fields, pa.field("extra", pa.string())] if self.extra else fields)

    @property
    def names(self) -> list[str]:
        """The names of the children, `extra` included."""
        return [name for name, _ in self.children] + (["extra"] if self.extra else [])

    def only(self, names: list[str]) -> "StructType":
        """The same object with these children alone, in this order."""
        known = dict(self.children)
        return struct({name: known[name] for name in names if name in known}, extra="extra" in names)


int32 = Type("int32", "int32")
int64 = Type("int64", "int64")
float64 = Type("float64", "float64")
bool_ = Type("bool", "bool")
string = Type("string", "string")
timestamp = Type("time", "timestamp")
json_text = Type("json", "string (JSON)")
int32_text = Type("int32_text", "int32")
"""32-bit integers that JSON writes as decimal strings."""


def list_(item: Type) -> ListType:
    """Lists of `item`."""
    return ListType({"list": item.spec}, f"list<{item.name}>", item)


def struct(children: Mapping[str, Type], *, extra: bool = False, all_members: bool = False) -> StructType:
    """JSON objects with these members, in this order.

    `extra` adds a last child that keeps, as JSON text, each member its typed child cannot give back exactly. With
    `all_members` the source writes every member, so that a null child gives back a JSON null.
    """
    fields = [[name, child.spec] for name, child in children.items()]
    spec = {"struct": {"fields": fields, "extra": extra, "all_members": all_members}}
    inner = ", ".join(f"{name} {child.name}" for name, child in children.items())
    name = f"struct<{inner}, extra string (JSON)>" if extra else f"struct<{inner}>"
    return StructType(spec, name, tuple(children.items()), extra)


class Fields:
    """The CSV columns that a plan uses, numbered in the order of their first use."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def number(self, name: str) -> int:
        """The number of the field `name`."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


@dataclass(frozen=True)
class Expr:
    """Where a column comes from: the engine's expression `op` over CSV columns."""

    op: str
    column: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    options: tuple["Expr", ...] = ()

    def spec(self, fields: Fields) -> Any:
        """The engine's form of it."""
        if self.options:
            return {self.op: [option.spec(fields) for option in self.options]}
        if self.column is None:
            return {self.op: dict(self.arguments)}
        return {self.op: {"field": fields.number(self.column), **self.arguments}}

    @property
    def columns(self) -> list[str]:
        """The CSV columns it may read."""
        inner = [column for option in self.options for column in option.columns]
        return [self.column, *inner] if self.column is not None else inner


def cell(column: str, nulls: tuple[str, ...] = ()) -> Expr:
    """The scalar in a CSV column; `nulls` are texts that mean null there, besides the general ones."""
    return Expr("cell", column, {"nulls": list(nulls)} if nulls else {})


def version_part(column: str, part: int) -> Expr:
    """The major (0) or minor (1) of a version such as `12.100`: integers, never a float."""
    return Expr("version", column, {"part": part})


def split(column: str) -> Expr:
    """The integers of a CSV column, which `;` or `,` separate."""
    return Expr("split", column)


def verbatim(column: str, outer: str) -> Expr:
    """The JSON text of a CSV column byte for byte, checked to be an `object`, `array` or `any`."""
    return Expr("verbatim", column, {"outer": outer})


def strict(column: str, outer: str) -> Expr:
    """The JSON of a CSV column, typed as the table's column; what does not fit rejects the record."""
    return Expr("strict", column, {"outer": outer})


def json_object(column: str) -> Expr:
    """The JSON object of a CSV column as a struct column."""
    return Expr("object", column)


def integer_keys(column: str) -> Expr:
    """The integer keys of the JSON object in a CSV column, in their order."""
    return Expr("integer_keys", column)


def numbered_values(column: str) -> Expr:
    """The values of the JSON object in a CSV column, in the order of the integers that are its keys."""
    return Expr("numbered_values", column)


def either(*options: Expr) -> Expr:
    """The first of these whose CSV column the file has."""
    return Expr("either", options=options)


def part_number(level: int = 0) -> Expr:
    """The number that is the key of a loop's part."""
    return Expr("number", arguments={"level": level})


def part(level: int = 0) -> Expr:
    """A loop's part itself."""
    return Expr("part", arguments={"level": level})


@dataclass(frozen=True)
class Column:
    """A column of a table: by default the scalar in the CSV column of the same name."""

    name: str
    type: Type
    source: Expr | None = None
    nulls: tuple[str, ...] = ()
    optional: bool = False
    """Only in the table where a file has the CSV column."""

    @property
    def expr(self) -> Expr:
        """Where it comes from."""
        return self.source or cell(self.name, self.nulls)


@dataclass(frozen=True)
class Rows:
    """A loop that gives a table its rows: over the `items` of a JSON array or the `numbered` members of an object."""

    column: str
    parts: str


@dataclass(frozen=True)
class Table:
    """A table: one row for each record, or for each part of `rows`."""

    name: str
    columns: tuple[Column, ...]
    rows: Rows | None = None
    once_per: str | None = None
    """Only the first record with a given integer in this CSV column gives rows."""
    finish: Callable[["pa.RecordBatch"], "pa.RecordBatch"] | None = None
    """A vectorised last step over each batch, for what no path can say."""

    def schema(self, columns: tuple[Column, ...] | None = None) -> "pa.Schema":
        """The Arrow schema of these columns, by default of all that every file has."""
        import pyarrow as pa

        chosen = [c for c in self.columns if not c.optional] if columns is None else columns
        return pa.schema([pa.field(column.name, column.type.arrow) for column in chosen])


@dataclass(frozen=True)
class Export:
    """A kind of export: how its header is told, and its tables, the record table first."""

    kind: str
    tables: tuple[Table, ...]
    requires: frozenset[str]
    """CSV columns that its header has, all of them."""
    one_of: frozenset[str]
    """And at least one of these."""

    @property
    def record_table(self) -> Table:
        """The table with one row for each input record."""
        return self.tables[0]

    def table(self, name: str) -> Table | None:
        """The table called `name`."""
        return next((table for table in self.tables if table.name == name), None)

    def matches(self, header: list[str]) -> bool:
        """Whether a header is this kind's."""
        names = set(header)
        return self.requires <= names and bool(self.one_of & names)
