"""Where values come from: places in a record, expressions over them, and tests.

A place (`At`) is a value inside JSON: `record["metadata"]` is the JSON of a field, `path["value"]` the member
`value` of the part that a path's innermost loop is at. Expressions (`Expr`) make columns of places and of CSV fields;
tests (`Test`) say which parts a row is made of. All three are data that the engine compiles: nothing here runs for a
row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


class Fields:
    """The fields of a record that a plan uses, numbered in the order of their first use."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def number(self, name: str) -> int:
        """The number of the field `name`."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


@dataclass(frozen=True)
class Field:
    """A field of the record by name, where the engine wants its number."""

    name: str

    def spec(self, fields: Fields) -> int:
        """The engine's form of it."""
        return fields.number(self.name)

    def read(self) -> Iterator[str]:
        """The fields it reads."""
        yield self.name


@dataclass(frozen=True)
class At:
    """A value: from a field, from a loop's part, or from the nearest part before; then step after step."""

    start: tuple[tuple[str, Any], ...]
    keys: tuple[Any, ...] = ()

    def __getitem__(self, key: "str | At") -> "At":
        """A member by its key, or the item of a list whose number stands at another place."""
        return At(self.start, (*self.keys, (("at", key),) if isinstance(key, At) else key))

    def find(
        self,
        key: str,
        text: str | None = None,
        *,
        ends: tuple[str, ...] = (),
        absent: bool = False,
        texts: bool = False,
    ) -> "At":
        """The first object of a list (or the object itself) that has a text in a member.

        By default any text; `text` says which, `ends` (in which `#` stands for an integer) what it ends with, and
        `absent` that there is no such member. With `texts` a bare text stands for an object that has it there.
        """
        step = (("key", key), ("is", text), ("ends", list(ends)), ("absent", absent), ("texts", texts))
        return At(self.start, (*self.keys, step))

    def spec(self, fields: Fields) -> Any:
        """The engine's form of it."""
        start = {name: _spec(value, fields) for name, value in self.start}
        keys = [
            key if isinstance(key, str) else {name: _spec(value, fields) for name, value in key} for key in self.keys
        ]
        return start | ({"keys": keys} if keys else {})

    def read(self) -> Iterator[str]:
        """The fields it reads."""
        for _, value in self.start:
            yield from _read(value)

    @property
    def level(self) -> int:
        """The loop whose part it starts at."""
        return int(dict(self.start)["level"])


@dataclass(frozen=True)
class Expr:
    """Where a column comes from: the engine's expression `op`."""

    op: str
    arguments: tuple[tuple[str, Any], ...] | Any = ()

    def spec(self, fields: Fields) -> Any:
        """The engine's form of it."""
        if self.arguments == ():
            return self.op
        if isinstance(self.arguments, tuple) and all(_is_named(item) for item in self.arguments):
            return {self.op: {name: _spec(value, fields) for name, value in self.arguments}}
        return {self.op: _spec(self.arguments, fields)}

    def read(self) -> Iterator[str]:
        """The fields it reads."""
        yield from _read(self.arguments)

    def has(self, op: str) -> bool:
        """Whether it is, or holds, an expression `op`."""
        return self.op == op or _has(self.arguments, op)

    @property
    def columns(self) -> list[str]:
        """The fields it may read, each once."""
        return list(dict.fromkeys(self.read()))


class Test(Expr):
    """A condition on a value; `~`, `&` and `|` combine them."""

    __test__ = False  # no test of pytest's

    def __invert__(self) -> "Test":
        return Test("not", self)

    def __and__(self, other: "Test") -> "Test":
        return Test("all", Many((self, other)))

    def __or__(self, other: "Test") -> "Test":
        return Test("any", Many((self, other)))


@dataclass(frozen=True)
class Many:
    """Several of something, in order."""

    items: tuple[Any, ...]

    def spec(self, fields: Fields) -> list[Any]:
        """The engine's form of them."""
        return [_spec(item, fields) for item in self.items]

    def read(self) -> Iterator[str]:
        """The fields they read."""
        for item in self.items:
            yield from _read(item)


def _is_named(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)  # noqa: PLR2004 - name and value


def _spec(value: Any, fields: Fields) -> Any:
    return value.spec(fields) if hasattr(value, "spec") else value


def _read(value: Any) -> Iterator[str]:
    if hasattr(value, "read"):
        yield from value.read()
    elif isinstance(value, tuple):
        for item in value:
            yield from _read(item)


def _has(value: Any, op: str) -> bool:
    if isinstance(value, Many):
        value = value.items
    if isinstance(value, tuple):
        return any(_has(item, op) for item in value)
    return isinstance(value, Expr) and value.has(op)


def _named(**arguments: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for name, value in arguments.items() if value is not None)


class Record:
    """The record: `record["metadata"]` is the JSON of its field `metadata`."""

    def __getitem__(self, name: str) -> At:
        return At((("field", Field(name)),))


record = Record()

# Of CSV fields -------------------------------------------------------------------------------------------------------

null = Expr("null")
"""Nowhere: null in each row."""


def cell(column: str, nulls: tuple[str, ...] = (), *, hexadecimal: bool = False) -> Expr:
    """The scalar in a CSV column; `nulls` are texts that mean null there, besides the general ones.

    With `hexadecimal` a time may be written as the hex digits of its text.
    """
    return Expr("cell", _named(field=Field(column), nulls=list(nulls) or None, hex=hexadecimal or None))


place = Expr("place")
"""The record's place in its source, from 0, rejected records counted."""


def version_part(column: str, part: int) -> Expr:
    """The major (0) or minor (1) of a version such as `12.100`: integers, never a float."""
    return Expr("version", _named(field=Field(column), part=part))


def split(column: str) -> Expr:
    """The integers of a CSV column, which `;` or `,` separate."""
    return Expr("split", _named(field=Field(column)))


def verbatim(column: str, outer: str) -> Expr:
    """The JSON text of a CSV column byte for byte, checked to be an `object`, `array` or `any`."""
    return Expr("verbatim", _named(field=Field(column), outer=outer))


def strict(column: str, outer: str) -> Expr:
    """The JSON of a CSV column, typed as the table's column; what does not fit rejects the record."""
    return Expr("strict", _named(field=Field(column), outer=outer))


def json_object(column: str) -> Expr:
    """The JSON object of a CSV column as a struct column."""
    return Expr("object", _named(field=Field(column)))


def integer_keys(column: str) -> Expr:
    """The integer keys of the JSON object in a CSV column, in their order."""
    return Expr("integer_keys", _named(field=Field(column)))


def numbered_values(column: str) -> Expr:
    """The values of the JSON object in a CSV column, in the order of the integers that are its keys."""
    return Expr("numbered_values", _named(field=Field(column)))


def either(*options: Expr) -> Expr:
    """The first of these whose CSV column the file has."""
    return Expr("either", Many(options))


def first(values: Expr) -> Expr:
    """The first item of a list."""
    return Expr("first", values)


# Of places in JSON ---------------------------------------------------------------------------------------------------


def text(value: str) -> Expr:
    """The same text in each row."""
    return Expr("text", value)


def number(value: int) -> Expr:
    """The same integer in each row."""
    return Expr("integer", value)


def value(at: At, mode: str = "lenient") -> Expr:
    """The value there, typed as the column.

    What is of another type is, by `mode`: `lenient`, null or what its text can be read as (contract rule 8); `exact`,
    null; `readable`, the same as lenient, and what was read then stands for it; `strict`, the record's rejection;
    `hex`, the same, but a time may be written as hex digits; `required`, the same, and so is a null.
    """
    return Expr("value", _named(at=at, mode=mode))


def exact(at: At) -> Expr:
    """The value there if it is of the column's JSON type, else null."""
    return value(at, "exact")


def first_of(*options: Expr) -> Expr:
    """The first of these that is not null."""
    return Expr("first_of", Many(options))


def when(test: Test, then: Expr, otherwise: Expr = null) -> Expr:
    """One or the other."""
    return Expr("when", _named(test=test, then=then, otherwise=otherwise))


def kind_of(at: At) -> Expr:
    """The name of the JSON type: `missing, null, boolean, number, string, array, object`."""
    return Expr("kind", _named(at=at))


def json_of(at: At) -> Expr:
    """The value as compact JSON text, `null` too; null where there is none."""
    return Expr("json", _named(at=at))


def atom(at: At) -> Expr:
    """The text of a string, or the token of a number or boolean."""
    return Expr("atom", _named(at=at))


def shape_of(at: At) -> Expr:
    """A sketch of the value's type, for people."""
    return Expr("shape", _named(at=at))


def joined(*pieces: "str | At | Joint") -> Expr:
    """Texts and integers one after the other; null if one of them is missing."""
    joints = tuple(
        piece if isinstance(piece, Joint) else Joint("text" if isinstance(piece, str) else "at", piece)
        for piece in pieces
    )
    return Expr("join", Many(joints))


class Joint(Expr):
    """A piece of a joined text."""


def integer(*options: At) -> Joint:
    """The first of these that is an integer."""
    return Joint("integer", Many(options))


def head(at: At, *suffixes: str) -> Expr:
    """The text without the first of these suffixes that it ends with, in which `#` stands for an integer."""
    return Expr("head", _named(at=at, suffixes=list(suffixes)))


def tail(at: At, part: int, *suffixes: str) -> Expr:
    """The first (0) or second (1) integer for which `#` stands in the suffix of a text."""
    return Expr("tail", _named(at=at, suffixes=list(suffixes), part=part))


def lookup(at: At, column: str, *endings: str) -> Expr:
    """The text; if it has one of these endings, what the JSON object in a CSV column holds under it."""
    return Expr("lookup", _named(at=at, field=Field(column), endings=list(endings)))


# Tests ---------------------------------------------------------------------------------------------------------------


def is_kind(at: At, *kinds: str) -> Test:
    """It is of one of these JSON types, or `missing`."""
    return Test("kind", _named(at=at, **{"is": list(kinds)}))


def any_item(at: At, *keys: str) -> Test:
    """A list has an object among its items with all of these members."""
    return Test("any_item", _named(at=at, has=list(keys)))


def any_kind(at: At, *kinds: str) -> Test:
    """A list has an item of one of these JSON types."""
    return Test("any_kind", (("at", at), ("is", list(kinds))))


def starts(at: At, beginning: str) -> Test:
    """A text begins so."""
    return Test("starts", (("at", at), ("with", beginning)))


def is_text(at: At, expected: str) -> Test:
    """It is this text."""
    return Test("is", _named(at=at, text=expected))


def ends(at: At, *suffixes: str) -> Test:
    """A text ends with one of these suffixes, in which `#` stands for an integer."""
    return Test("ends", _named(at=at, suffixes=list(suffixes)))


def is_integer(at: At) -> Test:
    """It is a JSON number without a fraction."""
    return Test("integer", _named(at=at))


def is_true(at: At) -> Test:
    """It is `true`."""
    return Test("true", _named(at=at))


# Fields made of others -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """JSON put together of CSV columns: what would be empty in it is left out.

    `literal`, `text` and `token` are the text of a column: as JSON or a Python literal if it is one, as a JSON string,
    as a number. `object` has members, `list` items; `first` is the first of its options that is not empty. `levels` is
    items and members: a list of the items if no member is filled, else an object of all. `whole` is a column beside the
    tree of its parts: the parts if it is empty, its text if they are, else its literal. `below` is the text of its
    last column where one of the first is filled.
    """

    op: str
    inner: Any

    def spec(self, fields: Fields) -> Any:
        """The engine's form of it."""
        return {self.op: _tree_spec(self.inner, fields)}

    def read(self) -> Iterator[str]:
        """The fields it reads."""
        yield from _tree_read(self.inner)


def _tree_spec(inner: Any, fields: Fields) -> Any:
    if isinstance(inner, Tree):
        return inner.spec(fields)
    if isinstance(inner, str):
        return fields.number(inner)
    # A member is its key and its tree.
    return [[item[0], item[1].spec(fields)] if isinstance(item, tuple) else _tree_spec(item, fields) for item in inner]


def _tree_read(inner: Any) -> Iterator[str]:
    if isinstance(inner, Tree):
        yield from inner.read()
    elif isinstance(inner, str):
        yield inner
    else:
        for item in inner:
            yield from _tree_read(item[1] if isinstance(item, tuple) else item)
