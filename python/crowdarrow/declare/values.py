"""Where column values come from: JSON paths, expressions and predicates.

A `JsonPath` locates a value in JSON: `record["metadata"]` is the JSON of a field, `path["value"]` the member `value`
of the current element of a `RowPath`. An `Expr` computes a column from JSON paths and CSV fields. A `Predicate` selects
the elements that give rows. All three are data that the engine compiles; none of this code runs per row.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


class FieldNumbers:
    """The record fields that a plan reads, numbered in order of first use."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Number `names` first."""
        self._numbers: dict[str, int] = {name: number for number, name in enumerate(names)}

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


Arguments = tuple[tuple[str, Any], ...]
"""Operands by name: text, numbers, fields, JSON paths, expressions, predicates, or tuples of these."""


@dataclass(frozen=True)
class JsonPath:
    """A value in a record's JSON: a start (a field, or an element of a loop) and steps from there."""

    start: Arguments
    steps: "tuple[str | Arguments, ...]" = ()

    def __getitem__(self, key: "str | int | JsonPath") -> "JsonPath":
        """A member by key, an array item by index, or the array item whose index is the value at another path."""
        inner = self._inner
        found = inner.get(key)
        if found is None:
            step = key if isinstance(key, str) else ((("index" if isinstance(key, int) else "at"), key),)
            found = inner[key] = JsonPath(self.start, (*self.steps, step))
        return found

    @property
    def _inner(self) -> "dict[Any, JsonPath]":
        """The paths that were made from this one."""
        known: dict[Any, JsonPath] | None = self.__dict__.get("_paths")
        if known is None:
            known = self.__dict__["_paths"] = {}
        return known

    def leading(self, text: "JsonPath") -> "JsonPath":
        """The member whose key is the digits that a text has before its first `_`."""
        return JsonPath(self.start, (*self.steps, (("of", text),)))

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
        step = (("key", key), ("is", text), ("ends", ends), ("absent", absent), ("texts", texts))
        return JsonPath(self.start, (*self.steps, step))

    def __hash__(self) -> int:
        # Kept, as that of `Expr`.
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            known = self.__dict__["_hash"] = hash((self.start, self.steps))
        return known

    def spec(self, fields: FieldNumbers) -> dict[str, Any]:
        """The engine's form."""
        start = _specs(self.start, fields)
        return start | {"keys": [_step_spec(step, fields) for step in self.steps]} if self.steps else start

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield from _read(self.start)


@dataclass(frozen=True)
class Expr:
    """The source of a column: the engine's operation `op` and its operands."""

    op: str
    arguments: Arguments = ()

    def __hash__(self) -> int:
        # Kept, but not by `cached_property`, which locks: a wide file has an expression for each column.
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            known = self.__dict__["_hash"] = hash((self.op, self.arguments))
        return known

    def spec(self, fields: FieldNumbers) -> Any:
        """The engine's form."""
        return {self.op: _specs(self.arguments, fields)} if self.arguments else self.op

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
        # Kept, as the expressions of `value`.
        known: Predicate | None = self.__dict__.get("_not")
        if known is None:
            known = self.__dict__["_not"] = _predicate("not", test=self)
        return known

    def __and__(self, other: "Predicate") -> "Predicate":
        return _predicate("all", tests=(self, other))

    def __or__(self, other: "Predicate") -> "Predicate":
        return _predicate("any", tests=(self, other))


def _spec(value: Any, fields: FieldNumbers) -> Any:
    if isinstance(value, tuple):
        return [_spec(item, fields) for item in value]
    return value.spec(fields) if hasattr(value, "spec") else value


def _specs(arguments: Arguments, fields: FieldNumbers) -> dict[str, Any]:
    return {name: _spec(value, fields) for name, value in arguments}


def _step_spec(step: str | Arguments, fields: FieldNumbers) -> Any:
    return step if isinstance(step, str) else _specs(step, fields)


def _read(value: Any) -> Iterator[str]:
    if hasattr(value, "read"):
        yield from value.read()
    elif isinstance(value, tuple):
        for item in value:
            yield from _read(item)


def _has(values: tuple[Any, ...], op: str) -> bool:
    for value in values:
        if isinstance(value, tuple):
            if _has(value, op):
                return True
        elif isinstance(value, Expr) and value.has(op):
            return True
    return False


_known: dict[tuple[str, Arguments], Any] = {}
"""The declared expressions and predicates: most of the thousands in the rows of all tables are one of some hundred."""


def _expr(op: str, **arguments: Any) -> Expr:
    key = (op, tuple(arguments.items()))
    found: Expr | None = _known.get(key)
    if found is None:
        found = _known[key] = Expr(*key)
    return found


def _predicate(op: str, **arguments: Any) -> Predicate:
    key = (op, tuple(arguments.items()))
    found: Predicate | None = _known.get(key)
    if found is None:
        found = _known[key] = Predicate(*key)
    return found


class Record:
    """The record: `record["metadata"]` is the JSON of its field `metadata`."""

    def __getitem__(self, name: str) -> JsonPath:
        return JsonPath((("field", Field(name)),))


record = Record()

# Of CSV fields -------------------------------------------------------------------------------------------------------

null = Expr("null")
"""Null in each row."""


def cell(column: str, nulls: tuple[str, ...] = (), *, decode: tuple[str, ...] | None = None) -> Expr:
    """The scalar in a CSV column; the texts `nulls` mean null there, besides the general ones.

    `decode` names the forms of a time: see `value`.
    """
    # Not kept: a file may have any number of columns.
    arguments: Arguments = (("field", Field(column)),)
    if nulls:
        arguments += (("nulls", nulls),)
    if decode is not None:
        arguments += (("decode", decode),)
    return Expr("cell", arguments)


record_index = Expr("record_index")
"""Index of the record in its source, from 0; rejected records count."""

record_number = Expr("record_number")
"""Number of the record over all sources, from 1; rejected records count."""


def version_part(column: str, part: int) -> Expr:
    """The major (0) or minor (1) part of a version such as `12.100`: integers, never a float."""
    return _expr("version_part", field=Field(column), part=part)


def split_integers(column: str) -> Expr:
    """The integers of a CSV column, separated by `;`, or by a comma and a blank."""
    return _expr("split_integers", field=Field(column))


def raw_json(column: str, outer: str) -> Expr:
    """The JSON text of a CSV column byte for byte, checked to be an `object`, `array` or `any`."""
    return _expr("raw_json", field=Field(column), outer=outer)


def typed_json(column: str, outer: str) -> Expr:
    """The JSON of a CSV column as the column's type; a value of another type rejects the record."""
    return _expr("typed_json", field=Field(column), outer=outer, mode="required")


def json_object(column: str) -> Expr:
    """The JSON object of a CSV column as a struct column; members of another type are handled like `value`s."""
    return _expr("typed_json", field=Field(column), outer="object", mode="lenient")


def integer_keys(column: str) -> Expr:
    """The integer keys of the JSON object in a CSV column, in source order."""
    return _expr("integer_keys", field=Field(column))


def numbered_values(column: str) -> Expr:
    """The values of the JSON object in a CSV column, ordered by their integer keys.

    A value of another type than the list's items is null and counted.
    """
    return _expr("numbered_values", field=Field(column))


def first_present(*options: Expr) -> Expr:
    """The first option whose CSV column the file has."""
    return _expr("first_present", options=options)


def text_under(column: str, key: Expr, member: str) -> Expr:
    """A member of the object that JSON in a CSV column has under an integer key: a string, or other JSON as text."""
    return _expr("text_under", field=Field(column), key=key, member=member)


def first_item(values: Expr) -> Expr:
    """The first item of a list."""
    return _expr("first_item", list=values)


# Of values in JSON ---------------------------------------------------------------------------------------------------


def literal(value: str | int) -> Expr:
    """The same text or integer in each row."""
    return _expr("literal", value=value)


def value(at: JsonPath, mode: str = "lenient", *, decode: tuple[str, ...] | None = None) -> Expr:
    r"""The value as the column's type.

    `mode` says what a value of another type becomes: `lenient`, null or what its text parses as (docs/contract.md,
    section 1.8); `exact`, null; `parsed`, the same as lenient, and a parsed value counts as held by the column, so that
    `residual` leaves it out; `strict`, a reject; `required`, a reject, and so does a null; `counted`, null, which is
    counted, as is a JSON null. `decode` names the forms that a time may have besides those of all exports: `hex`, a
    `\x` and the hex digits of its text; `epoch`, a number of milliseconds since 1970; `epoch_text`, such a number in a
    text. With `naive` the exporter's own form, which is no leniency, is `2020-05-19T14:30:31.842667`, with or without
    the fraction.
    """
    # Most expressions are values: kept with their path, they are found without hashing its steps.
    known: dict[Any, Expr] = at.__dict__.setdefault("_values", {})
    key = (mode, decode)
    found = known.get(key)
    if found is None:
        found = known[key] = _expr("value", at=at, mode=mode, decode=decode)
    return found


def exact(at: JsonPath) -> Expr:
    """The value if its JSON type is the column's, else null."""
    return value(at, "exact")


def coalesce(*options: Expr) -> Expr:
    """The first option that is not null."""
    return _expr("coalesce", options=options)


def when(test: Predicate, then: Expr, otherwise: Expr = null) -> Expr:
    """`then` if the predicate matches, else `otherwise`."""
    return _expr("when", test=test, then=then, otherwise=otherwise)


def json_type(at: JsonPath) -> Expr:
    """The name of the JSON type: `missing, null, boolean, number, string, array, object`."""
    return _expr("json_type", at=at)


def to_json(at: JsonPath) -> Expr:
    """The value as compact JSON text, a JSON null included; null if the value is missing."""
    return _expr("to_json", at=at)


def scalar_text(at: JsonPath) -> Expr:
    """The text of a string, or the token of a number or boolean; else null."""
    return _expr("scalar_text", at=at)


def type_sketch(at: JsonPath) -> Expr:
    """A readable sketch of the value's type, such as `[{x y}]`."""
    return _expr("type_sketch", at=at)


def concat(*parts: str | JsonPath | Expr) -> Expr:
    """Texts and integers concatenated; null if one of them is missing.

    A part is a literal, a JSON path to a string, the `index` of a row path or preceding element, or `first_integer`.
    """
    return _expr("concat", parts=tuple(_concat_part(part) for part in parts))


def _concat_part(part: str | JsonPath | Expr) -> Expr:
    if isinstance(part, JsonPath):
        return _expr("text", at=part)
    return literal(part) if isinstance(part, str) else part


def first_integer(*options: JsonPath) -> Expr:
    """The first option that is an integer or a string of one, as a part of `concat`."""
    return _expr("first_integer", options=options)


def strip_suffix(at: JsonPath, *suffixes: str) -> Expr:
    """The text without the first of these suffixes that it ends with; `#` matches an integer."""
    return _expr("strip_suffix", at=at, suffixes=suffixes)


def suffix_int(at: JsonPath, part: int, *suffixes: str) -> Expr:
    """The first (0) or second (1) integer that `#` matches in the suffix of a text."""
    return _expr("suffix_int", at=at, suffixes=suffixes, part=part)


def positions(at: JsonPath) -> Expr:
    """An array of positions, each an array of numbers, as a list of structs; other positions are null."""
    return _expr("positions", at=at)


def web_mercator(x: JsonPath, y: JsonPath, part: int) -> Expr:
    """The longitude (0) or latitude (1) in degrees, WGS 84, of a position in metres of Web Mercator."""
    return _expr("web_mercator", x=x, y=y, part=part)


def lookup(at: JsonPath, column: str, *endings: str) -> Expr:
    """The text, or, if it has one of these endings, the text under that key in the JSON object of a CSV column."""
    return _expr("lookup", at=at, field=Field(column), endings=endings)


# Predicates ----------------------------------------------------------------------------------------------------------


def is_type(at: JsonPath, *types: str) -> Predicate:
    """The value has one of these JSON types (`missing` included)."""
    known: dict[Any, Predicate] = at.__dict__.setdefault("_types", {})
    found = known.get(types)
    if found is None:
        found = known[types] = _predicate("is_type", at=at, types=types)
    return found


def any_item_has(at: JsonPath, *keys: str) -> Predicate:
    """An item of the array is an object that has all of these members."""
    return _predicate("any_item", at=at, types=("object",), has=keys)


def any_item_is(at: JsonPath, *types: str) -> Predicate:
    """An item of the array has one of these JSON types."""
    return _predicate("any_item", at=at, types=types, has=())


def starts_with(at: JsonPath, prefix: str) -> Predicate:
    """The value is a string with this prefix."""
    return _predicate("starts_with", at=at, prefix=prefix)


def equals_text(at: JsonPath, expected: str) -> Predicate:
    """The value is this string."""
    return _predicate("equals_text", at=at, text=expected)


def ends_with(at: JsonPath, *suffixes: str) -> Predicate:
    """The value is a string that ends with one of these suffixes; `#` matches an integer."""
    return _predicate("ends_with", at=at, suffixes=suffixes)


def is_integer(at: JsonPath) -> Predicate:
    """The value is a JSON number without a fraction."""
    return _predicate("is_integer", at=at)


def is_true(at: JsonPath) -> Predicate:
    """The value is `true`."""
    return _predicate("is_true", at=at)


always = _predicate("all", tests=())
"""Each value matches: rows of a branch are no rows of the record's own table."""

# Derived fields ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JsonTemplate:
    """JSON composed from CSV columns; empty parts are left out.

    `literal`, `text` and `token` are the text of one column: as JSON if it is JSON or a Python literal, as a JSON
    string, as a JSON number. `container` is a literal if that is an object or a list, else a text. `list` is JSON and
    `literal_list` a literal, both empty for texts that mean null. `object` has members, `array` items; `first` is the
    first option that is not empty. `levels` has items and members: an array of the items if no member has a value, else
    an object of all. `whole` is a column and the template of its parts: the parts if the column is empty, the column's
    container if the parts are, else its literal. `below` is the text of its last column if one of the
    first ones has a value.
    """

    op: str
    inner: Any

    def spec(self, fields: FieldNumbers) -> Any:
        """The engine's form."""
        return {self.op: _template_spec(self.inner, fields)}

    def read(self) -> list[str]:
        """The fields that are read."""
        fields: list[str] = []
        _template_read(self.inner, fields)
        return fields


@dataclass(frozen=True)
class HeldJson(JsonTemplate):
    """The object or array that a string holds as JSON; empty if the value is not a string of JSON."""

    keys: tuple[str, ...] = ()
    """The keys that lead from the field's JSON to the string."""

    def __init__(self, field: str, keys: tuple[str, ...] = ()) -> None:
        super().__init__("held", field)
        object.__setattr__(self, "keys", keys)

    def spec(self, fields: FieldNumbers) -> dict[str, Any]:
        """The engine's form."""
        return {self.op: [fields.number(self.inner), list(self.keys)]}


def _template_spec(inner: Any, fields: FieldNumbers) -> Any:
    if isinstance(inner, str):
        return fields.number(inner)
    if isinstance(inner, JsonTemplate):
        return inner.spec(fields)
    # A member is a pair: its key and its template.
    return [
        [item[0], item[1].spec(fields)] if isinstance(item, tuple) else _template_spec(item, fields) for item in inner
    ]


def _template_read(inner: Any, fields: list[str]) -> None:
    if isinstance(inner, str):
        fields.append(inner)
    elif isinstance(inner, JsonTemplate):
        _template_read(inner.inner, fields)
    else:
        for item in inner:
            _template_read(item[1] if isinstance(item, tuple) else item, fields)
