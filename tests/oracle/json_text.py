"""JSON cells: strict decoding (docs/contract.md, sections 1.5, 1.9 and 1.10), and their source tokens."""

import json
import re
from collections.abc import Callable
from typing import Any, Protocol, Self

from .names import DEPTH, DUPLICATE_KEYS, JSON
from .scalars import Notes, UnreadableError

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
TOKEN = re.compile(rf'{_STRING}|[{{}}\[\],:]|[^\s"{{}}\[\],:]+', re.DOTALL)

# Python refuses to read integers of more than 4,300 digits, which are valid JSON all the same.
_MOST_DIGITS = 4000

Member = tuple[str, str]


def depth(text: str) -> int:
    """How deep the brackets outside strings nest; `[]` is 1."""
    deepest = now = 0
    for token in TOKEN.findall(text):
        if token in ("[", "{"):
            now += 1
            deepest = max(deepest, now)
        elif token in ("]", "}"):
            now -= 1
    return deepest


def compact(text: str) -> str:
    """The tokens of valid JSON as they are written, without whitespace between them.

    See docs/contract.md, section 1.10.
    """
    return "".join(TOKEN.findall(text))


def members(text: str) -> dict[str, Member]:
    """The top-level members of a valid JSON object: decoded key to (key, value) as written, compact.

    The last of several members of one key wins (docs/contract.md, section 1.9).
    """
    tokens = TOKEN.findall(text)
    found: dict[str, Member] = {}
    at = 1
    while tokens[at] != "}":
        key, start = tokens[at], at + 2
        end, level = start, 0
        while level > 0 or tokens[end] not in (",", "}"):
            level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(tokens[end], 0)
            end += 1
        found[json.loads(key)] = (key, "".join(tokens[start:end]))
        at = end + 1 if tokens[end] == "," else end
    return found


def has_lone_surrogate(text: str) -> bool:
    """Whether a decoded string holds half of a surrogate pair, which no text column can."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


class Json(Protocol):
    """A way to read JSON cells."""

    def decode(self, text: str, notes: Notes, /) -> Any:
        """The value of a cell; raises `UnreadableError` for kinds `json` and `depth`."""

    def members(self, text: str, value: dict[str, Any], /) -> Callable[[str], Member]:
        """A look-up of the texts of the top-level members of the object `value`, read from `text`."""


class Real(float):
    """A number with a fraction or an exponent, and its token: whether it is an integer shows there alone."""

    def __new__(cls, token: str) -> Self:
        """Read the token."""
        number = super().__new__(cls, token)
        number.token = token
        return number

    token: str


def _no_constant(name: str) -> Any:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def whole_number(digits: str) -> int | float:
    """An integer as it is written; one too long for Python to read, and for any column, to the nearest float."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


class ExactJson:
    """The oracle's way: strict, counting `duplicate_keys`, with members as written."""

    def __init__(self, max_depth: int = 128) -> None:
        """Take the limit of the nesting."""
        self._max_depth = max_depth
        self._duplicates = 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=_no_constant, parse_int=whole_number, parse_float=Real
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        self._duplicates += len(pairs) - len(value)
        return value

    def decode(self, text: str, notes: Notes, /) -> Any:
        """See `Json.decode`."""
        if text.count("[") + text.count("{") > self._max_depth and depth(text) > self._max_depth:
            raise UnreadableError(DEPTH)
        self._duplicates = 0
        try:
            value = self._decoder.decode(text)
        except ValueError:
            raise UnreadableError(JSON) from None
        if self._duplicates:
            notes[DUPLICATE_KEYS] += self._duplicates
        return value

    def members(self, text: str, _value: dict[str, Any], /) -> Callable[[str], Member]:
        """See `Json.members`. Most rows need no text: the tokens are made at the first look-up."""
        found: dict[str, Member] = {}

        def look_up(key: str) -> Member:
            if not found:
                found.update(members(text))
            return found[key]

        return look_up


class LooseJson:
    """The benchmark's way: any `loads`, no count of duplicate keys, members written anew."""

    def __init__(self, loads: Callable[[str], Any]) -> None:
        """Take the decoder."""
        self._loads = loads

    def decode(self, text: str, _notes: Notes, /) -> Any:
        """See `Json.decode`."""
        try:
            return self._loads(text)
        except (ValueError, RecursionError):
            raise UnreadableError(JSON) from None

    def members(self, _text: str, value: dict[str, Any], /) -> Callable[[str], Member]:
        """See `Json.members`."""
        return lambda key: (
            json.dumps(key, ensure_ascii=False),
            json.dumps(value[key], ensure_ascii=False, separators=(",", ":")),
        )
