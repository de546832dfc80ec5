"""Strict decoding of JSON cells, and their source tokens (docs/contract.md, sections 1.5, 1.9 and 1.10)."""

import json
import re
from collections.abc import Callable
from typing import Any, Protocol, Self

from .names import DEPTH, DUPLICATE_KEYS, JSON, LONE_SURROGATE
from .scalars import Notes, UnreadableError

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
TOKEN = re.compile(rf'{_STRING}|[{{}}\[\],:]|[^\s"{{}}\[\],:]+', re.DOTALL)

_SURROGATE = re.compile("[\ud800-\udfff]")

# Python does not parse integers of more than 4,300 digits, which are valid JSON.
_MOST_DIGITS = 4000

Member = tuple[str, str]


def depth(text: str) -> int:
    """The nesting depth of the brackets outside strings; `[]` has depth 1."""
    deepest = now = 0
    for token in TOKEN.findall(text):
        if token in ("[", "{"):
            now += 1
            deepest = max(deepest, now)
        elif token in ("]", "}"):
            now -= 1
    return deepest


def compact(text: str) -> str:
    """The source tokens of valid JSON without whitespace between them.

    See docs/contract.md, section 1.10.
    """
    return "".join(TOKEN.findall(text))


def members(text: str) -> dict[str, Member]:
    """The top-level members of a valid JSON object: decoded key to the source tokens of key and value.

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


class WithReplacements(str):
    """A text of a string column with U+FFFD for each lone surrogate of its source."""

    __slots__ = ()


def text_column(text: str) -> str:
    """A JSON string as a value of a string column, `WithReplacements` if it has lone surrogates.

    See docs/contract.md, section 1.10.
    """
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return WithReplacements(_SURROGATE.sub("\ufffd", text))


def mended_json(text: str) -> str:
    """Valid JSON with U+FFFD for each lone surrogate of its strings."""
    tokens = (json.dumps(text_column(json.loads(token))) if token[0] == '"' else token for token in TOKEN.findall(text))
    return "".join(tokens)


def has_lone_surrogate(value: Any) -> bool:
    """Whether a value, or a value within it, is `WithReplacements`."""
    if isinstance(value, dict):
        return any(map(has_lone_surrogate, value.values()))
    return (
        any(map(has_lone_surrogate, value)) if isinstance(value, list | tuple) else isinstance(value, WithReplacements)
    )


def note_lone_surrogate(value: Any, notes: Notes) -> None:
    """Count the record of the value once if its texts have a lone surrogate (docs/contract.md, section 5 on 1.10)."""
    if has_lone_surrogate(value):
        notes[LONE_SURROGATE] = 1


class Json(Protocol):
    """A reader of JSON cells."""

    def decode(self, text: str, notes: Notes, /) -> Any:
        """The value of a cell; raises `UnreadableError` for kinds `json` and `depth`."""

    def members(self, text: str, value: dict[str, Any], /) -> Callable[[str], Member]:
        """A look-up of the source tokens of the top-level members of the object `value`, read from `text`."""


class Real(float):
    """A number with a fraction or an exponent, and its token, which shows whether the number is an integer."""

    def __new__(cls, token: str) -> Self:
        """Parse the token."""
        number = super().__new__(cls, token)
        number.token = token
        return number

    token: str


def _no_constant(name: str) -> Any:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def whole_number(digits: str) -> int | float:
    """The integer with these digits; the nearest float if it has too many digits for Python and for any column."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


class ExactJson:
    """The oracle's reader: strict, with a count of `duplicate_keys` and the source tokens of members."""

    def __init__(self, max_depth: int = 128) -> None:
        """Set the maximum nesting depth."""
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
        """See `Json.members`. The tokens are split at the first look-up, since most rows need none."""
        found: dict[str, Member] = {}

        def look_up(key: str) -> Member:
            if not found:
                found.update(members(text))
            return found[key]

        return look_up


class LooseJson:
    """The reader of the benchmarks: any `loads`, no count of duplicate keys, members are serialized again."""

    def __init__(self, loads: Callable[[str], Any]) -> None:
        """Set the decoder."""
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
