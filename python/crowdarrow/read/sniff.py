"""The beginning of an input, which tells its kind; nothing of it is lost to the reading that follows."""

import contextlib
import csv
import io
import itertools
import json
from typing import Any

from crowdarrow import exports
from crowdarrow._core import CsvSource, JsonSource
from crowdarrow.declare import Sample
from crowdarrow.read.inputs import Opened

_PEEKED = 1 << 16
"""Bytes of CSV whose records are looked at."""
_STEPWISE = 4096
"""Bytes that are looked at one by one."""
_BOM, _BLANK = b"\xef\xbb\xbf", b" \t\r\n"
_RECORDS = 1000


def look_at(
    one: Opened, kind: str | None, *, block_bytes: int, max_record_bytes: int
) -> tuple[CsvSource | JsonSource, Sample]:
    """The source that an input is, by its first byte, and what its beginning tells; `kind` is what it is said to be."""
    head = _beginning(one)
    member = one.stored.member or one.name
    text = head.removeprefix(_BOM).lstrip(_BLANK)
    # Nothing may be an empty download of JSON, and is else a file of CSV that lacks its header.
    nothing = Sample(one.name, member, [], [], json=True)
    if text[:1] in (b"[", b"{") or (not text and exports.may_be_json(nothing, kind)):
        found = JsonSource(one.text, block_bytes=block_bytes, max_record_bytes=max_record_bytes)
        rows = [row for element in found.elements if (row := _parsed(element)) is not None]
        names = dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row)
        return found, Sample(one.name, member, list(names), rows, json=True)
    source = CsvSource(one.text, block_bytes=block_bytes, max_record_bytes=max_record_bytes)
    rows = _records(head) if "target" in source.header or any("target_" in name for name in source.header) else []
    return source, Sample(one.name, member, source.header, rows, json=False)


def _beginning(one: Opened) -> bytes:
    """As much of an input as its kind may hang on.

    A slow stream is not waited for longer than its first line: only of layouts whose cells tell the kind is more
    looked at.
    """
    size = 1
    while True:
        head = one.text.peek(size)
        text = head.removeprefix(_BOM).lstrip(_BLANK)
        if len(head) < size or size >= _PEEKED or text[:1] in (b"[", b"{"):
            return head
        line, end, _ = text.partition(b"\n")
        if end:
            return one.text.peek(_PEEKED) if b"target" in line else head
        size = size + 1 if size < _STEPWISE else min(2 * size, _PEEKED)


def _parsed(element: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(element)
    return None


def _records(head: bytes) -> list[dict[str, str]]:
    """The whole records of CSV's first bytes, as far as a plain reader gets."""
    text = head.decode("utf-8", errors="replace")
    if len(head) == _PEEKED:
        text = text[: text.rfind("\n") + 1]
    records = itertools.islice(csv.DictReader(io.StringIO(text, newline="")), _RECORDS)
    rows: list[dict[str, str]] = []
    with contextlib.suppress(csv.Error):
        # What was read before an error stays.
        rows.extend(
            {name: cell for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
            for row in records
        )
    return rows
