"""Where column values come from: JSON paths, expressions and predicates.

A `JsonPath` locates a value in JSON: `record["metadata"]` is the JSON of a field, `path["value"]` the member `value`
of the current element of a `RowPath`. An `Expr` computes a column from JSON paths and CSV fields. A `Predicate` selects
the elements that give rows. All three are data that the engine compiles; none of this code runs per row.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

_Made = TypeVar("_Made", bound=Callable[..., Any])


def kept(make: _Made) -> _Made:
    """A function that is called once for the same arguments.

    The rows of all tables have thousands of expressions, but only a few hundred distinct ones. Equal ones are one
    object, and are compared by identity.
    """
    return cast("_Made", cache(make))


class FieldNumbers:
    """The record fields that a plan reads, numbered in order of first use."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Number `names` first."""
        self._numbers: dict[str, int] = {name: number for number, name in enumerate(names)}
        self.forms: dict[Operand, str] = {}
        """The engine's form of paths and expressions so far: many expressions have the same ones."""

    @property
    def names(self) -> list[str]:
        """The field names by number."""
        return list(self._numbers)

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def number(self, name: str) -> int:
        """The number of the field `name`."""
        return self._numbers.setdefault(name, len(self._numbers))


class Operand:
    """What an expression depends on and the engine has a form of: fields, JSON paths, expressions."""

    __slots__ = ()

    def form(self, fields: FieldNumbers) -> str:
        """The engine's form, as JSON."""
        raise NotImplementedError

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield from ()


class Field(Operand):
    """A field of the record; the engine refers to it by number."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def form(self, fields: FieldNumbers) -> str:
        """The engine's form, as JSON."""
        return str(fields.number(self.name))

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield self.name


_field = kept(Field)

Arguments = tuple[tuple[str, Any], ...]
"""Operands by name: text, numbers, fields, JSON paths, expressions, predicates, or tuples of these."""


class JsonPath(Operand):
    """A value in a record's JSON: a start (a field, or an element of a loop) and steps from there."""

    __slots__ = ("_inner", "start", "steps")

    def __init__(self, start: Arguments, steps: "tuple[str | Arguments, ...]" = ()) -> None:
        self.start = start
        self.steps = steps
        self._inner: dict[Any, JsonPath] = {}
        """The paths that were made from this one, by their last step."""

    def __getitem__(self, key: "str | int | JsonPath") -> "JsonPath":
        """A member by key, an array item by index, or the array item whose index is the value at another path."""
        found = self._inner.get(key)
        if found is None:
            step = key if isinstance(key, str) else ((("index" if isinstance(key, int) else "at"), key),)
            found = self._inner[key] = JsonPath(self.start, (*self.steps, step))
        return found

    def leading(self, text: "JsonPath") -> "JsonPath":
        """The member whose key is the digits that a text has before its first `_`."""
        return self._step((("of", text),))

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
        return self._step((("key", key), ("is", text), ("ends", ends), ("absent", absent), ("texts", texts)))

    def _step(self, step: Arguments) -> "JsonPath":
        found = self._inner.get(step)
        if found is None:
            found = self._inner[step] = JsonPath(self.start, (*self.steps, step))
        return found

    def form(self, fields: FieldNumbers) -> str:
        """The engine's form, as JSON."""
        found = fields.forms.get(self)
        if found is None:
            found = _members(self.start, fields)
            if self.steps:
                steps = [_plain(step) if isinstance(step, str) else _members(step, fields) for step in self.steps]
                found = f'{found[:-1]},"keys":[{",".join(steps)}]}}'
            fields.forms[self] = found
        return found

    def read(self) -> Iterator[str]:
        """The fields that are read."""
        yield from _read(self.start)


class Expr(Operand):
    """The source of a column: the engine's operation `op` and its operands."""

    __slots__ = ("arguments", "op")

    def __init__(self, op: str, arguments: Arguments = ()) -> None:
        self.op = op
        self.arguments = arguments

    def form(self, fields: FieldNumbers) -> str:
        """The engine's form, as JSON."""
        found = fields.forms.get(self)
        if found is None:
            found = f'{{"{self.op}":{_members(self.arguments, fields)}}}' if self.arguments else f'"{self.op}"'
            fields.forms[self] = found
        return found

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

    __slots__ = ("negation",)

    def __init__(self, op: str, arguments: Arguments = ()) -> None:
        super().__init__(op, arguments)
        self.negation: Predicate | None = None
        """The negation of this predicate, which `~` returned before."""

    def __invert__(self) -> "Predicate":
        if self.negation is None:
            self.negation = Predicate("not", (("test", self),))
        return self.negation

    def __and__(self, other: "Predicate") -> "Predicate":
        return _predicate("all", tests=(self, other))

    def __or__(self, other: "Predicate") -> "Predicate":
        return _predicate("any", tests=(self, other))

    @property
    def negations(self) -> "list[Predicate]":
        """The predicates so far that match exactly if this one does not."""
        made = [] if self.negation is None else [self.negation]
        return [*made, self.arguments[0][1]] if self.op == "not" else made


# Building the text takes half the time of building objects and passing them to `json.dumps`.
_plain = lru_cache(maxsize=4096, typed=True)(json.dumps)


def _form(value: Any, fields: FieldNumbers) -> str:
    if isinstance(value, Operand):
        return value.form(fields)
    if isinstance(value, tuple):
        return f"[{','.join([_form(item, fields) for item in value])}]"
    return _plain(value)


def _members(arguments: Arguments, fields: FieldNumbers) -> str:
    # What is null by default is left out.
    members = [f'"{name}":{_form(value, fields)}' for name, value in arguments if value is not None]
    return f"{{{','.join(members)}}}"


def _read(value: Any) -> Iterator[str]:
    if isinstance(value, Operand):
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


@kept
def expression(op: str, arguments: Arguments = ()) -> Expr:
    """The expression with these operands."""
    return Expr(op, arguments)


def _expr(op: str, **arguments: Any) -> Expr:
    return expression(op, tuple(arguments.items()))


@kept
def _known_predicate(op: str, arguments: Arguments) -> Predicate:
    return Predicate(op, arguments)


def _predicate(op: str, **arguments: Any) -> Predicate:
    return _known_predicate(op, tuple(arguments.items()))


class Record:
    """The record: `record["metadata"]` is the JSON of its field `metadata`."""

    def __init__(self) -> None:
        self._paths: dict[str, JsonPath] = {}

    def __getitem__(self, name: str) -> JsonPath:
        found = self._paths.get(name)
        if found is None:
            found = self._paths[name] = JsonPath((("field", _field(name)),))
        return found


record = Record()

# Of CSV fields -------------------------------------------------------------------------------------------------------

null = expression("null")
"""Null in each row."""


def cell(column: str, nulls: tuple[str, ...] = (), *, decode: tuple[str, ...] | None = None) -> Expr:
    """The scalar in a CSV column; the texts `nulls` mean null there, besides the general ones.

    `decode` names the forms of a time: see `value`.
    """
    return _cell(column, nulls, decode)


# A file may have any number of columns.
@lru_cache(maxsize=4096)
def _cell(column: str, nulls: tuple[str, ...], decode: tuple[str, ...] | None) -> Expr:
    arguments: Arguments = (("field", Field(column)),)
    if nulls:
        arguments += (("nulls", nulls),)
    return Expr("cell", (*arguments, ("decode", decode)))


record_index = expression("record_index")
"""Index of the record in its source, from 0; rejected records count."""

record_number = expression("record_number")
"""Number of the record over all sources, from 1; rejected records count."""


@kept
def version_part(column: str, part: int) -> Expr:
    """The major (0) or minor (1) part of a version such as `12.100`: integers, never a float."""
    return _expr("version_part", field=_field(column), part=part)


@kept
def split_integers(column: str) -> Expr:
    """The integers of a CSV column, separated by `;`, or by a comma and a blank."""
    return _expr("split_integers", field=_field(column))


@kept
def raw_json(column: str, outer: str) -> Expr:
    """The JSON text of a CSV column byte for byte, checked to be an `object`, `array` or `any`."""
    return _expr("raw_json", field=_field(column), outer=outer)


@kept
def checked_json(column: str, outer: str) -> Expr:
    """Null, of a CSV column whose JSON is checked to be an `object`, `array` or `any`."""
    return _expr("checked_json", field=_field(column), outer=outer)


@kept
def typed_json(column: str, outer: str) -> Expr:
    """The JSON of a CSV column as the column's type; a value of another type rejects the record."""
    return _expr("typed_json", field=_field(column), outer=outer, mode="required")


@kept
def json_object(column: str) -> Expr:
    """The JSON object of a CSV column as a struct column; members of another type are handled like `value`s."""
    return _expr("typed_json", field=_field(column), outer="object", mode="lenient")


@kept
def integer_keys(column: str) -> Expr:
    """The integer keys of the JSON object in a CSV column, in source order."""
    return _expr("integer_keys", field=_field(column))


@kept
def numbered_values(column: str) -> Expr:
    """The values of the JSON object in a CSV column, ordered by their integer keys.

    A value of another type than the list's items is null and counted.
    """
    return _expr("numbered_values", field=_field(column))


@kept
def first_present(*options: Expr) -> Expr:
    """The first option whose CSV column the file has."""
    return _expr("first_present", options=options)


@kept
def text_under(column: str, key: Expr, member: str) -> Expr:
    """A member of the object that JSON in a CSV column has under an integer key: a string, or other JSON as text."""
    return _expr("text_under", field=_field(column), key=key, member=member)


@kept
def first_item(values: Expr) -> Expr:
    """The first item of a list."""
    return _expr("first_item", list=values)


# Of values in JSON ---------------------------------------------------------------------------------------------------


@kept
def literal(value: str | int) -> Expr:
    """The same text or integer in each row."""
    return _expr("literal", value=value)


@kept
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
    return _expr("value", at=at, mode=mode, decode=decode)


@kept
def exact(at: JsonPath) -> Expr:
    """The value if its JSON type is the column's, else null."""
    return value(at, "exact")


@kept
def coalesce(*options: Expr) -> Expr:
    """The first option that is not null."""
    return _expr("coalesce", options=options)


@kept
def when(test: Predicate, then: Expr, otherwise: Expr = null) -> Expr:
    """`then` if the predicate matches, else `otherwise`."""
    return _expr("when", test=test, then=then, otherwise=otherwise)


@kept
def json_type(at: JsonPath) -> Expr:
    """The name of the JSON type: `missing, null, boolean, number, string, array, object`."""
    return _expr("json_type", at=at)


@kept
def to_json(at: JsonPath) -> Expr:
    """The value as compact JSON text, a JSON null included; null if the value is missing."""
    return _expr("to_json", at=at)


@kept
def scalar_text(at: JsonPath) -> Expr:
    """The text of a string, or the token of a number or boolean; else null."""
    return _expr("scalar_text", at=at)


@kept
def type_sketch(at: JsonPath) -> Expr:
    """A readable sketch of the value's type, such as `[{x y}]`."""
    return _expr("type_sketch", at=at)


@kept
def concat(*parts: str | JsonPath | Expr) -> Expr:
    """Texts and integers concatenated; null if one of them is missing.

    A part is a literal, a JSON path to a string, the `index` of a row path or preceding element, or `first_integer`.
    """
    return _expr("concat", parts=tuple(_concat_part(part) for part in parts))


def _concat_part(part: str | JsonPath | Expr) -> Expr:
    if isinstance(part, JsonPath):
        return _expr("text", at=part)
    return literal(part) if isinstance(part, str) else part


@kept
def first_integer(*options: JsonPath) -> Expr:
    """The first option that is an integer or a string of one, as a part of `concat`."""
    return _expr("first_integer", options=options)


@kept
def strip_suffix(at: JsonPath, *suffixes: str) -> Expr:
    """The text without the first of these suffixes that it ends with; `#` matches an integer."""
    return _expr("strip_suffix", at=at, suffixes=suffixes)


@kept
def suffix_int(at: JsonPath, part: int, *suffixes: str) -> Expr:
    """The first (0) or second (1) integer that `#` matches in the suffix of a text."""
    return _expr("suffix_int", at=at, suffixes=suffixes, part=part)


@kept
def positions(at: JsonPath) -> Expr:
    """An array of positions, each an array of numbers, as a list of structs; other positions are null."""
    return _expr("positions", at=at)


@kept
def web_mercator(x: JsonPath, y: JsonPath, part: int) -> Expr:
    """The longitude (0) or latitude (1) in degrees, WGS 84, of a position in metres of Web Mercator."""
    return _expr("web_mercator", x=x, y=y, part=part)


@kept
def lookup(at: JsonPath, column: str, *endings: str) -> Expr:
    """The text, or, if it has one of these endings, the text under that key in the JSON object of a CSV column."""
    return _expr("lookup", at=at, field=_field(column), endings=endings)


# Predicates ----------------------------------------------------------------------------------------------------------


@kept
def is_type(at: JsonPath, *types: str) -> Predicate:
    """The value has one of these JSON types (`missing` included)."""
    return _predicate("is_type", at=at, types=types)


@kept
def any_item_has(at: JsonPath, *keys: str) -> Predicate:
    """An item of the array is an object that has all of these members."""
    return _predicate("any_item", at=at, types=("object",), has=keys)


@kept
def any_item_is(at: JsonPath, *types: str) -> Predicate:
    """An item of the array has one of these JSON types."""
    return _predicate("any_item", at=at, types=types, has=())


@kept
def starts_with(at: JsonPath, prefix: str) -> Predicate:
    """The value is a string with this prefix."""
    return _predicate("starts_with", at=at, prefix=prefix)


@kept
def equals_text(at: JsonPath, expected: str) -> Predicate:
    """The value is this string."""
    return _predicate("equals_text", at=at, text=expected)


@kept
def ends_with(at: JsonPath, *suffixes: str) -> Predicate:
    """The value is a string that ends with one of these suffixes; `#` matches an integer."""
    return _predicate("ends_with", at=at, suffixes=suffixes)


@kept
def is_integer(at: JsonPath) -> Predicate:
    """The value is a JSON number without a fraction."""
    return _predicate("is_integer", at=at)


@kept
def is_true(at: JsonPath) -> Predicate:
    """The value is `true`."""
    return _predicate("is_true", at=at)


always = _predicate("all", tests=())
"""Matches each value: for rows in a branch, which are not rows of the record's own table."""
