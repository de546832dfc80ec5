"""Extracts as cells of a CSV row, as pandas writes them."""

import json
import re
from collections.abc import Iterator
from typing import Any

try:
    import orjson
except ImportError:  # the rest of the extra `extracts` is enough
    orjson = None  # type: ignore[assignment]

_SPECIAL = re.compile('[",\r\n\ud800-\udfff]')
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = b"-0123456789.,[]"
_SMALL = b"0.0000"
"""The beginning of a number that Python writes with an exponent."""

MISSING = frozenset(
    {
        *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
        *("NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)
"""Texts that pandas reads as missing, besides the empty one."""


def parse_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON.
    """
    if orjson is not None:
        try:
            return orjson.loads(text)
        except ValueError:
            pass  # JSON in the wider sense of Python: NaN, lone surrogates
    return json.loads(text)


def json_bytes(value: Any) -> bytes | None:
    """A value as compact JSON, to find it again; None if that takes long, because orjson is not installed.

    Raises:
        TypeError: it has a number of more than 64 bits.
    """
    return None if orjson is None else orjson.dumps(value)


def quoted(text: str) -> str:
    """A text as a cell."""
    if not _SPECIAL.search(text):
        return text
    text = _SURROGATE.sub("\ufffd", text)
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in '",\r\n') else text


def cell_of(value: Any) -> str:
    """A value other than an object, as a cell: lists in Python's notation, which the reducers read."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return _list_cell(value)
    if value is None or value != value:  # noqa: PLR0124 - NaN is missing
        return ""
    return quoted(repr(value))


def _list_cell(value: list[Any]) -> str:
    """A list in Python's notation. Lists of numbers, which are most of the bytes of drawings, are written by orjson."""
    if orjson is not None:
        try:
            text = orjson.dumps(value)
        except TypeError:
            return quoted(repr(value))
        if not text.translate(None, _PLAIN) and _SMALL not in text:
            shown = text.replace(b",", b", ").decode()
            return f'"{shown}"' if "," in shown else shown
    return quoted(repr(value))


def flattened(extract: dict[Any, Any]) -> list[tuple[str, str]]:
    """The columns of an extract with their cells; members of objects have the names of both, with a dot."""
    found = [(f"data.{name}", cell_of(value)) for name, value in extract.items() if not isinstance(value, dict)]
    for name, value in extract.items():
        if isinstance(value, dict):
            found.extend(_members(str(name), value))
    return found


def _members(prefix: str, value: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    for name, one in value.items():
        path = f"{prefix}.{name}" if prefix else str(name)
        if isinstance(one, dict):
            yield from _members(path, one)
        else:
            yield f"data.{path}", cell_of(one)
