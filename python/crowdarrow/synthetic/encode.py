"""Values as the Panoptes exporter writes them: jsonb key order, Ruby's JSON escapes, minimal CSV quoting."""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from .chance import Chance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Maker: TypeAlias = Callable[[Chance], bytes]
"""Makes what stands in a slot of one record, with its quotes doubled."""

# Characters of Unicode's private use area stand for what changes from record to record: they pass through
# the JSON and CSV encoders untouched, are three bytes long in UTF-8, and occur nowhere else.
ID, USER, CREATED, SESSION, STARTED, FINISHED, SELECTED, FRESH, SUBJECT = map(chr, range(0xE001, 0xE00A))
NUMBER, TOKEN = "\ue00a", "\ue00b"
CELL = 0xE020  # the first of one character for each cell of a subject group
ANEW = 0xE100  # the first of one character for each part that a maker of the record's template makes
BOOLEAN = {None: b"", True: b"true", False: b"false"}
"""A boolean, or a database null, as a CSV field."""
_VERBATIM = "\ue0ff"

_SLOT = re.compile(rb"\xee(?:\x80[\x81-\x8b]|[\x84-\x93][\x80-\xbf])")
_QUOTED = re.compile(rb'[",\r\n]')
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Written(dict[str, "Json"]):
    """An object that the exporter built itself: its members keep their order, they never were jsonb."""


def verbatim(token: str) -> str:
    """A JSON token to be written as it stands, for numbers that Python prints in another form than Ruby."""
    return f"{_VERBATIM}{token}{_VERBATIM}"


@lru_cache(maxsize=1024)
def key_order(key: str) -> tuple[int, bytes]:
    """The sort key of PostgreSQL's jsonb: byte length first, then the bytes."""
    raw = key.encode()
    return len(raw), raw


def _ordered(value: "Json") -> "Json":
    # Concrete types only: checks against the abstract ones took a third of the time of long paths.
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
    """One CSV field by the rule of Ruby's csv: quoted if empty, or if it holds a comma, quote, CR or LF."""
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
    """The constant parts of a template, and the slots between them (one fewer)."""
    slots = [match.decode() for match in _SLOT.findall(template)]
    return _SLOT.split(template), slots
