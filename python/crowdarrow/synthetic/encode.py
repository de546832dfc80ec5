"""JSON objects, times and CSV cells as Panoptes, Python, pandas and Excel format them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from time import gmtime, strftime
from typing import TypeAlias

from .chance import Chance

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Maker: TypeAlias = Callable[[Chance], bytes]
"""Returns the text for a slot of one record, with quotes doubled."""

# Slots for text that differs between records. They are characters of Unicode's private use area: the JSON and CSV
# encoders do not change them, each has three bytes in UTF-8, and they do not occur in the data.
ID, USER, CREATED, SESSION, STARTED, FINISHED, SELECTED, FRESH, SUBJECT = map(chr, range(0xE001, 0xE00A))
NUMBER, TOKEN = "\ue00a", "\ue00b"
CELL = 0xE020  # one character per cell of a subject group, from this one on
FIRST_MAKER = 0xE100  # one character per maker of the template, from this one on
BOOLEAN = {None: b"", True: b"true", False: b"false"}
"""A boolean, or a database null, as a CSV field."""
_VERBATIM = "\ue0ff"

_SLOT = re.compile(rb"\xee(?:\x80[\x81-\x8b]|[\x84-\x93][\x80-\xbf])")
_QUOTED = re.compile(rb'[",\r\n]')
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Written(dict[str, "Json"]):
    """An object that the exporter built itself. Its members keep their order, since it was never stored as jsonb."""


def verbatim(token: str) -> str:
    """A JSON token that is written unchanged, for numbers that Python and Ruby format differently."""
    return f"{_VERBATIM}{token}{_VERBATIM}"


@lru_cache(maxsize=1024)
def key_order(key: str) -> tuple[int, bytes]:
    """The sort key of object members in PostgreSQL's jsonb: length in bytes, then the bytes."""
    raw = key.encode()
    return len(raw), raw


def _ordered(value: "Json") -> "Json":
    # Concrete types, since checks against the abstract ones took a third of the time of long paths.
    if isinstance(value, (float, str, int)):
        return value
    if isinstance(value, Written):
        return {key: _ordered(member) for key, member in value.items()}
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=key_order)}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return value


def dumps(value: "Json") -> str:
    """JSON text as ActiveSupport writes it: no whitespace, `<>&` and U+2028/9 escaped, non-ASCII raw."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char, escape in _ESCAPES.items():
        if char in text:
            text = text.replace(char, escape)
    return text.replace(f'"{_VERBATIM}', "").replace(f'{_VERBATIM}"', "")


def field(text: str | None) -> bytes:
    """A CSV field as Ruby's csv writes it: quoted if it is empty or has a comma, quote, CR or LF."""
    if text is None:
        return b""
    raw = text.encode()
    if not raw or _QUOTED.search(raw):
        return b'"' + raw.replace(b'"', b'""') + b'"'
    return raw


def json_field(value: "Json") -> bytes:
    """A JSON value as a CSV field."""
    return field(dumps(value))


def integer(value: int | None) -> bytes:
    """An integer, or a database null, as a CSV field."""
    return b"" if value is None else b"%d" % value


def split_slots(template: bytes) -> tuple[list[bytes], list[str]]:
    """The constant parts of a template, and the slots between them."""
    slots = [match.decode() for match in _SLOT.findall(template)]
    return _SLOT.split(template), slots


_MINUTES = tuple(b"%02d:%02d:" % divmod(minute, 60) for minute in range(1440))
_SECONDS = tuple(b"%02d" % second for second in range(60))


@lru_cache(maxsize=4096)
def _day(number: int) -> bytes:
    return strftime("%Y-%m-%d", gmtime(86_400 * number)).encode()


def csv_time(moment: int) -> bytes:
    """`2017-05-22 21:08:29 UTC`."""
    day, rest = divmod(moment, 86_400)
    minute, second = divmod(rest, 60)
    return b"%b %b%b UTC" % (_day(day), _MINUTES[minute], _SECONDS[second])


def iso_time(moment: int, millisecond: int) -> bytes:
    """`2025-01-21T16:06:58.517Z`."""
    day, rest = divmod(moment, 86_400)
    minute, second = divmod(rest, 60)
    return b"%bT%b%b.%03dZ" % (_day(day), _MINUTES[minute], _SECONDS[second], millisecond)


def offset_time(moment: int, _millisecond: int = 0) -> bytes:
    """`2016-03-28T23:46:18-07:00`, as custom clients send it."""
    day, rest = divmod(moment - 7 * 3600, 86_400)
    minute, second = divmod(rest, 60)
    return b"%bT%b%b-07:00" % (_day(day), _MINUTES[minute], _SECONDS[second])


Leaf: TypeAlias = "bool | int | float | str | None"

_NEEDS_QUOTES = re.compile(r'[",\n]')
_NEEDS_EXCEL_QUOTES = re.compile(r'[",\r\n]')


def flatten(value: Json, name: str) -> dict[str, Leaf]:
    """The leaves by their path, joined by `_`, with the index of list items. Empty lists and objects are dropped."""
    if isinstance(value, Mapping):
        parts = [flatten(member, f"{name}_{key}" if name else key) for key, member in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        parts = [flatten(item, f"{name}_{index}" if name else str(index)) for index, item in enumerate(value)]
    else:
        return {name: value}
    return {key: leaf for part in parts for key, leaf in part.items()}


def float_columns(rows: Iterable[Mapping[str, Leaf]]) -> set[str]:
    """The columns that pandas converts to float: all values are numbers, and one is missing or not an integer."""
    rows = list(rows)
    filled: dict[str, list[Leaf]] = {}
    for row in rows:
        for name, leaf in row.items():
            if leaf is not None:
                filled.setdefault(name, []).append(leaf)
    return {
        name
        for name, leaves in filled.items()
        if {type(leaf) for leaf in leaves} <= {int, float}
        and (len(leaves) < len(rows) or any(isinstance(leaf, float) for leaf in leaves))
    }


def pandas_text(leaf: Leaf, *, as_float: bool) -> str:
    """A cell's text as pandas writes it."""
    if leaf is None:
        return ""
    return repr(float(leaf)) if as_float else str(leaf)


def pandas_field(text: str) -> bytes:
    """A CSV field, quoted as pandas does: not for a lone CR."""
    quoted = '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
    return quoted.encode()


def excel_field(text: str) -> bytes:
    """A CSV field, quoted as Python's `csv` does."""
    quoted = '"' + text.replace('"', '""') + '"' if _NEEDS_EXCEL_QUOTES.search(text) else text
    return quoted.encode()


def python2(value: Json) -> str:
    """The result of `unicode(value)` in Python 2: text unchanged, other values as their `repr`."""
    return value if isinstance(value, str) else _repr(value)


def _repr(value: Json) -> str:
    if isinstance(value, str):
        return f"u{value!a}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_repr(key)}: {_repr(member)}" for key, member in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_repr, value)) + "]"
    return repr(value)
