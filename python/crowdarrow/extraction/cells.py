"""Extracts as cells of a CSV row, as pandas writes them."""

import re
from collections.abc import Iterator
from typing import Any

_QUOTED = re.compile('[",\r\n]')
_SURROGATE = re.compile("[\ud800-\udfff]")

MISSING = frozenset(
    {
        *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
        *("NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)
"""Texts that pandas reads as missing, besides the empty one."""


def quoted(text: str) -> str:
    """A text as a cell."""
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def record_cell(text: str | None) -> str:
    """A cell of the export as a cell of the extracts."""
    return "" if text is None or text in MISSING else quoted(text)


def cell_of(value: Any) -> str:
    """A value that is no object as a cell: lists in Python's notation, which the reducers read."""
    if isinstance(value, str):
        return quoted(value)
    if value is None or value != value:  # noqa: PLR0124 - NaN is missing
        return ""
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
