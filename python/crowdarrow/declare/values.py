"""Where column values come from: JSON paths, expressions and predicates.

A `JsonPath` locates a value in JSON: `record["metadata"]` is the JSON of a field, `path["value"]` the member `value`
of the current element of a `RowPath`. An `Expr` computes a column from JSON paths and CSV fields. A `Predicate` selects
the elements that give rows. All three are data that the engine compiles; none of this code runs per row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class FieldNumbers:
    """The record fields that a plan reads, numbered in order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def names(self) -> list[str]:
        """The field names by number."""
        return list(self._numbers)

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def number(self, name: str) -> int:
        """The number of the field `name`."""
        return self._numbers.setdefault(name, len(self._numbers))


@dataclass(frozen=True)
class Field:
    """A field of the record; the engine refers to it by number."""

    name: str

    def spec(self, fields: FieldNumbers) -> int:
        """The engine's form."""
        return fields.number(self.name)

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield self.name


@dataclass(frozen=True)
class JsonPath:
    """A value in a record's JSON: a start (a field, or an element of a loop) and steps from there."""

    start: tuple[tuple[str, Any], ...]
    keys: tuple[Any, ...] = ()

    def __getitem__(self, key: "str | JsonPath") -> "JsonPath":
        """A member by key, or the array item whose index is the value at another path."""
        return JsonPath(self.start, (*self.keys, (("at", key),) if isinstance(key, JsonPath) else key))

    def find(
        self,
        key: str,
        text: str | None = None,
        *,
        ends: tuple[str, ...] = (),
        absent: bool = False,
        texts: bool = False,
    ) -> "JsonPath":
        """The first object of an array (or the object itself) whose member `key` is a string.

        `text` requires that string, `ends` one of these endings (`#` matches an integer), and `absent` that there is no
        such member. With `texts` a bare string counts as an object that has it in the member.
        """
        step = (("key", key), ("is", text), ("ends", list(ends)), ("absent", absent), ("texts", texts))
        return JsonPath(self.start, (*self.keys, step))

    def spec(self, fields: FieldNumbers) -> Any:
        """The engine's form."""
        start = {name: _spec(value, fields) for name, value in self.start}
        keys = [
            key if isinstance(key, str) else {name: _spec(value, fields) for name, value in key} for key in self.keys
        ]
        return start | ({"keys": keys} if keys else {})

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        for _, value in self.start:
            yield from _read(value)

    @property
    def key_level(self) -> int | None:
        """The loop whose element's key this is, if it is one."""
        return dict(self.start).get("key_of")


@dataclass(frozen=True)
class Expr:
    """The source of a column: the engine's operation `op` and its arguments."""

    op: str
    arguments: tuple[tuple[str, Any], ...] | Any = ()

    def spec(self, fields: FieldNumbers) -> Any:
        """The engine's form."""
        if self.arguments == ():
            return self.op
        if isinstance(self.arguments, tuple) and all(_is_named(item) for item in self.arguments):
            return {self.op: {name: _spec(value, fields) for name, value in self.arguments}}
        return {self.op: _spec(self.arguments, fields)}

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield from _read(self.arguments)

    def has(self, op: str) -> bool:
        """Whether this is, or contains, an operation `op`."""
        return self.op == op or _has(self.arguments, op)

    @property
    def columns(self) -> list[str]:
        """The fields that may be read, each once."""
        return list(dict.fromkeys(self.read()))


class Predicate(Expr):
    """A condition on a value; `~`, `&` and `|` combine predicates."""

    def __invert__(self) -> "Predicate":
        return Predicate("not", self)

    def __and__(self, other: "Predicate") -> "Predicate":
        return Predicate("all", Operands((self, other)))

    def __or__(self, other: "Predicate") -> "Predicate":
        return Predicate("any", Operands((self, other)))


@dataclass(frozen=True)
class Operands:
    """A list of expressions, predicates or JSON paths."""

    items: tuple[Any, ...]

    def spec(self, fields: FieldNumbers) -> list[Any]:
        """The engine's form."""
        return [_spec(item, fields) for item in self.items]

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        for item in self.items:
            yield from _read(item)


def _is_named(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)  # noqa: PLR2004 - name and value


def _spec(value: Any, fields: FieldNumbers) -> Any:
    return value.spec(fields) if hasattr(value, "spec") else value


def _read(value: Any) -> Iterator[str]:
    if hasattr(value, "read"):
        yield from value.read()
    elif isinstance(value, tuple):
        for item in value:
            yield from _read(item)


def _has(value: Any, op: str) -> bool:
    if isinstance(value, Operands):
        value = value.items
    if isinstance(value, tuple):
        return any(_has(item, op) for item in value)
    return isinstance(value, Expr) and value.has(op)


def _named(**arguments: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for name, value in arguments.items() if value is not None)


class Record:
    """The record: `record["metadata"]` is the JSON of its field `metadata`."""

    def __getitem__(self, name: str) -> JsonPath:
        return JsonPath((("field", Field(name)),))


record = Record()

# Of CSV fields -------------------------------------------------------------------------------------------------------

null = Expr("null")
"""Null in each row."""


def cell(column: str, nulls: tuple[str, ...] = (), *, decode: str | None = None) -> Expr:
    """The scalar in a CSV column; the texts `nulls` mean null there, besides the general ones.

    With `decode="hex"` a timestamp may be written as the hex digits of its text.
    """
    return Expr("cell", _named(field=Field(column), nulls=list(nulls) or None, hex=decode == "hex" or None))


record_index = Expr("place")
"""Index of the record in its source, from 0; rejected records count."""


def version_part(column: str, part: int) -> Expr:
    """The major (0) or minor (1) part of a version such as `12.100`: integers, never a float."""
    return Expr("version", _named(field=Field(column), part=part))


def split_integers(column: str) -> Expr:
    """The integers of a CSV column, separated by `;` or `,`."""
    return Expr("split", _named(field=Field(column)))


def raw_json(column: str, outer: str) -> Expr:
    """The JSON text of a CSV column byte for byte, checked to be an `object`, `array` or `any`."""
    return Expr("verbatim", _named(field=Field(column), outer=outer))


def typed_json(column: str, outer: str) -> Expr:
    """The JSON of a CSV column as the column's type; a value of another type rejects the record."""
    return Expr("strict", _named(field=Field(column), outer=outer))


def json_object(column: str) -> Expr:
    """The JSON object of a CSV column as a struct column."""
    return Expr("object", _named(field=Field(column)))


def integer_keys(column: str) -> Expr:
    """The integer keys of the JSON object in a CSV column, in source order."""
    return Expr("integer_keys", _named(field=Field(column)))


def numbered_values(column: str) -> Expr:
    """The values of the JSON object in a CSV column, ordered by their integer keys."""
    return Expr("numbered_values", _named(field=Field(column)))


def first_present(*options: Expr) -> Expr:
    """The first option whose CSV column the file has."""
    return Expr("either", Operands(options))


def first_item(values: Expr) -> Expr:
    """The first item of a list."""
    return Expr("first", values)


# Of values in JSON ---------------------------------------------------------------------------------------------------


def literal(value: str | int) -> Expr:
    """The same text or integer in each row."""
    return Expr("text" if isinstance(value, str) else "integer", value)


def value(at: JsonPath, mode: str = "lenient", *, decode: str | None = None) -> Expr:
    """The value as the column's type.

    `mode` says what a value of another type becomes: `lenient`, null or what its text parses as (docs/contract.md,
    docs/contract.md, section 1.8); `exact`, null; `parsed`, the same as lenient, and a parsed value counts as held by
    the column, so that
    `residual` leaves it out; `strict`, a reject; `required`, a reject, and so does a null. With `decode="hex"` a
    timestamp may be written as the hex digits of its text.
    """
    if decode == "hex":
        mode = "hex"
    return Expr("value", _named(at=at, mode="readable" if mode == "parsed" else mode))


def exact(at: JsonPath) -> Expr:
    """The value if its JSON type is the column's, else null."""
    return value(at, "exact")


def coalesce(*options: Expr) -> Expr:
    """The first option that is not null."""
    return Expr("first_of", Operands(options))


def when(test: Predicate, then: Expr, otherwise: Expr = null) -> Expr:
    """`then` if the predicate matches, else `otherwise`."""
    return Expr("when", _named(test=test, then=then, otherwise=otherwise))


def json_type(at: JsonPath) -> Expr:
    """The name of the JSON type: `missing, null, boolean, number, string, array, object`."""
    return Expr("kind", _named(at=at))


def to_json(at: JsonPath) -> Expr:
    """The value as compact JSON text, a JSON null included; null if the value is missing."""
    return Expr("json", _named(at=at))


def scalar_text(at: JsonPath) -> Expr:
    """The text of a string, or the token of a number or boolean; else null."""
    if at.key_level is not None:
        return Expr("key", (("level", at.key_level),))
    return Expr("atom", _named(at=at))


def type_sketch(at: JsonPath) -> Expr:
    """A readable sketch of the value's type, such as `[{x y}]`."""
    return Expr("shape", _named(at=at))


def concat(*parts: str | JsonPath | Expr) -> Expr:
    """Texts and integers concatenated; null if one of them is missing.

    A part is a literal, a JSON path to a string, the `index` of a row path, or `first_integer`.
    """
    return Expr("join", Operands(tuple(_concat_part(part) for part in parts)))


def _concat_part(part: str | JsonPath | Expr) -> Expr:
    if isinstance(part, Expr):
        return part
    if isinstance(part, str):
        return Expr("text", part)
    return Expr("at", part) if part.key_level is None else Expr("key", (("level", part.key_level),))


def first_integer(*options: JsonPath) -> Expr:
    """The first option that is an integer, as a part of `concat`."""
    return Expr("integer", Operands(options))


def strip_suffix(at: JsonPath, *suffixes: str) -> Expr:
    """The text without the first of these suffixes that it ends with; `#` matches an integer."""
    if at.key_level is not None:
        return Expr("key_head", (("level", at.key_level), ("suffixes", list(suffixes))))
    return Expr("head", _named(at=at, suffixes=list(suffixes)))


def suffix_int(at: JsonPath, part: int, *suffixes: str) -> Expr:
    """The first (0) or second (1) integer that `#` matches in the suffix of a text."""
    if at.key_level is not None:
        return Expr("key_tail", (("level", at.key_level), ("suffixes", list(suffixes))))
    return Expr("tail", _named(at=at, suffixes=list(suffixes), part=part))


def lookup(at: JsonPath, column: str, *endings: str) -> Expr:
    """The text, or, if it has one of these endings, the text under that key in the JSON object of a CSV column."""
    return Expr("lookup", _named(at=at, field=Field(column), endings=list(endings)))


# Predicates ----------------------------------------------------------------------------------------------------------


def is_type(at: JsonPath, *types: str) -> Predicate:
    """The value has one of these JSON types (`missing` included)."""
    return Predicate("kind", _named(at=at, **{"is": list(types)}))


def any_item_has(at: JsonPath, *keys: str) -> Predicate:
    """An item of the array is an object that has all of these members."""
    return Predicate("any_item", _named(at=at, has=list(keys)))


def any_item_is(at: JsonPath, *types: str) -> Predicate:
    """An item of the array has one of these JSON types."""
    return Predicate("any_kind", (("at", at), ("is", list(types))))


def starts_with(at: JsonPath, prefix: str) -> Predicate:
    """The value is a string with this prefix."""
    return Predicate("starts", (("at", at), ("with", prefix)))


def equals_text(at: JsonPath, expected: str) -> Predicate:
    """The value is this string."""
    if at.key_level is not None:
        return Predicate("key", (("level", at.key_level), ("text", expected)))
    return Predicate("is", _named(at=at, text=expected))


def ends_with(at: JsonPath, *suffixes: str) -> Predicate:
    """The value is a string that ends with one of these suffixes; `#` matches an integer."""
    return Predicate("ends", _named(at=at, suffixes=list(suffixes)))


def is_integer(at: JsonPath) -> Predicate:
    """The value is a JSON number without a fraction."""
    return Predicate("integer", _named(at=at))


def is_true(at: JsonPath) -> Predicate:
    """The value is `true`."""
    return Predicate("true", _named(at=at))


# Derived fields ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JsonTemplate:
    """JSON composed from CSV columns; empty parts are left out.

    `literal`, `text` and `token` are the text of one column: as JSON if it is JSON or a Python literal, as a JSON
    string, as a JSON number. `object` has members, `list` items; `first` is the first option that is not empty.
    `levels` has items and members: a list of the items if no member has a value, else an object of all. `whole` is a
    column and the template of its parts: the parts if the column is empty, the column's text if the parts are, else its
    literal. `below` is the text of its last column if one of the first ones has a value.
    """

    op: str
    inner: Any

    def spec(self, fields: FieldNumbers) -> Any:
        """The engine's form."""
        return {self.op: _template_spec(self.inner, fields)}

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield from _template_read(self.inner)


def _template_spec(inner: Any, fields: FieldNumbers) -> Any:
    if isinstance(inner, JsonTemplate):
        return inner.spec(fields)
    if isinstance(inner, str):
        return fields.number(inner)
    # A member is a pair: its key and its template.
    return [
        [item[0], item[1].spec(fields)] if isinstance(item, tuple) else _template_spec(item, fields) for item in inner
    ]


def _template_read(inner: Any) -> Iterator[str]:
    if isinstance(inner, JsonTemplate):
        yield from inner.read()
    elif isinstance(inner, str):
        yield inner
    else:
        for item in inner:
            yield from _template_read(item[1] if isinstance(item, tuple) else item)
