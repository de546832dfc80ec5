"""Nested values made flat, as the server did for CSV: by `flatten_json` and pandas, and under Python 2 by itself."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from .encode import Json

Leaf: TypeAlias = "bool | int | float | str | None"

_NEEDS_QUOTES = re.compile(r'[",\n]')
_NEEDS_EXCEL_QUOTES = re.compile(r'[",\r\n]')


def flatten(value: Json, name: str) -> dict[str, Leaf]:
    """Names joined by `_`, list items by their place; an empty list or object leaves nothing."""
    if isinstance(value, Mapping):
        parts = [flatten(member, f"{name}_{key}" if name else key) for key, member in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        parts = [flatten(item, f"{name}_{place}" if name else str(place)) for place, item in enumerate(value)]
    else:
        return {name: value}
    return {key: leaf for part in parts for key, leaf in part.items()}


def float_columns(rows: Iterable[Mapping[str, Leaf]]) -> set[str]:
    """The columns that pandas makes floats: all numbers, and a real one or a gap among them."""
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
    """A CSV field with quotes where pandas needs them: a lone CR has none."""
    quoted = '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
    return quoted.encode()


def excel_field(text: str) -> bytes:
    """A CSV field with quotes where Python's `csv` needs them."""
    quoted = '"' + text.replace('"', '""') + '"' if _NEEDS_EXCEL_QUOTES.search(text) else text
    return quoted.encode()


def python2(value: Json) -> str:
    """What `unicode(value)` gave under Python 2: text as it is, all else as its `repr`."""
    return value if isinstance(value, str) else _repr(value)


def _repr(value: Json) -> str:
    if isinstance(value, str):
        return f"u{value!a}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_repr(key)}: {_repr(member)}" for key, member in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_repr, value)) + "]"
    return repr(value)
