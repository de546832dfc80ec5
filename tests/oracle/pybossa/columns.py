"""Column-oriented JSON as pandas writes it: an object of columns (docs/contract.md, section 2.5).

The records are put together from the bytes of the cells, so that a damaged cell rejects its record only.
"""

import json
import re
from collections.abc import Iterator

from oracle.exact_csv import BOM

_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR = re.compile(rb'[^\s"{}\[\],:]+')
_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}
_KEY = re.compile(r"[0-9]+")
TOO_LONG = 16
"""How many times the maximum length of a record the input may have."""

Member = tuple[str, bytes, bytes]
"""The key, its token, and the bytes of the value."""


class _NoObjectError(Exception):
    """The bytes are not an object with keys and values."""


def _past_space(data: bytes, at: int) -> int:
    match = _SPACE.match(data, at)
    assert match is not None
    return match.end()


def _end_of_value(data: bytes, start: int) -> int:
    opening = data[start : start + 1]
    closing = _CLOSING.get(opening)
    if closing is None:
        match = _STRING.match(data, start) or _SCALAR.match(data, start)
        if match is None:
            raise _NoObjectError
        return match.end()
    depth = 0
    for match in _BRACKET.finditer(data, start):
        depth += (match[0] == opening) - (match[0] == closing)
        if depth == 0:
            return match.end()
    raise _NoObjectError


def _members(data: bytes) -> Iterator[Member]:
    """The members of the object that is all of `data`."""
    at = _past_space(data, 0)
    if data[at : at + 1] != b"{":
        raise _NoObjectError
    at = _past_space(data, at + 1)
    while data[at : at + 1] != b"}":
        key = _STRING.match(data, at)
        if key is None:
            raise _NoObjectError
        at = _past_space(data, key.end())
        if data[at : at + 1] != b":":
            raise _NoObjectError
        start = _past_space(data, at + 1)
        end = _end_of_value(data, start)
        try:
            yield str(json.loads(key[0].decode("utf-8", "replace"))), key[0], data[start:end]
        except ValueError:
            raise _NoObjectError from None
        at = _past_space(data, end)
        if data[at : at + 1] == b",":
            at = _past_space(data, at + 1)
            if data[at : at + 1] == b"}":
                raise _NoObjectError
        elif data[at : at + 1] != b"}":
            raise _NoObjectError
    if _past_space(data, at + 1) != len(data):
        raise _NoObjectError


def records_of(data: bytes, limit: int) -> tuple[list[bytes], int] | None:
    """The records and the number of duplicate keys of columns and rows; None if the input is not column-oriented.

    Raises:
        ValueError: the input is too long to be held in memory.
    """
    try:
        named = list(_members(data.removeprefix(BOM)))
        of_name = {name: (token, list(_members(column))) for name, token, column in named}
    except _NoObjectError:
        return None
    columns = [(token, {key: cell for key, _, cell in members}) for token, members in of_name.values()]
    duplicates = len(named) - len(columns)
    duplicates += sum(len(members) for _, members in of_name.values()) - sum(len(cells) for _, cells in columns)
    keys = list(columns[0][1]) if columns else []
    if not keys or not all(map(_KEY.fullmatch, keys)):
        return None
    if any(cells.keys() != columns[0][1].keys() for _, cells in columns):
        return None
    if len(data) > limit * TOO_LONG:
        msg = f"column-oriented JSON is held in memory whole; it has more than {limit * TOO_LONG} bytes"
        raise ValueError(msg)
    rows = ([token + b":" + cells[key] for token, cells in columns if cells[key] != b"null"] for key in keys)
    return [b"{" + b",".join(row) + b"}" for row in rows], duplicates
