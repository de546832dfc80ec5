"""Detection of an input's format and kind from its beginning, without consuming it."""

import contextlib
import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

from crowdarrow import exports
from crowdarrow._core import CsvSource, JsonSource
from crowdarrow.declare import Sample
from crowdarrow.read import foreign
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.options import ReadOptions

_PEEKED, _MOST_PEEKED = 1 << 16, 8 << 20
"""Bytes of CSV from which sample records are parsed: at first, and at most."""
_BYTEWISE = 4096
"""Bytes that are awaited one by one, so that a slow stream is not awaited beyond its first line."""
_BOM, _BLANK = b"\xef\xbb\xbf", b" \t\r\n"
_RECORDS = 1000
_MOST_FAULTS = 100
"""Rows with wrong quotes, after which sampling ends: each may have been read to the end of the sample."""
_WIDE = 1000
"""Columns beyond which only those are sampled that detection reads."""
_DAMAGED = re.compile("[\udc80-\udcff]").search
"""Finds bytes that are not UTF-8, as they are decoded."""


def sniff(one: OpenInput, options: ReadOptions) -> tuple[CsvSource | JsonSource, Sample]:
    """The source in the format that the first byte indicates, and the sample from which its kind is detected."""
    sizes = {"block_bytes": options.block_bytes, "max_record_bytes": options.max_record_bytes}
    words = [export.sampled_by.encode() for export in exports.EXPORTS if export.sampled_by]
    head, whole = _beginning(one, words)
    foreign.check_bytes(one.name, head)
    member = one.stored.member or one.name
    text = head.removeprefix(_BOM).lstrip(_BLANK)
    # An empty input is an empty JSON download if its name matches such a kind; else it is CSV without a header.
    empty = Sample(one.name, member, [], [], json=True)
    if text[:1] in (b"[", b"{") or (not text and exports.may_be_json(empty, options.kind)):
        found = JsonSource(one.text, **sizes)
        few = itertools.takewhile(lambda size: size <= _PEEKED, itertools.accumulate(map(len, found.elements)))
        count = max(1, sum(1 for _ in few))
        sample = _json_sample(one.name, member, found.elements[:count])
        if count < len(found.elements) and not exports.is_decided(sample, options.kind):
            sample = _json_sample(one.name, member, found.elements)
        foreign.check_members(one.name, sample.header)
        return found, sample
    source = CsvSource(
        one.text,
        **sizes,
        separators=options.separators,
        accepts=lambda header: exports.has_columns(header, options.kind),
    )
    foreign.check_header(one.name, source.header)
    sampled = any(word.decode() in name for name in source.header for word in words)
    rows = _records(head, source.separator, whole=whole) if sampled else []
    foreign.check_records(one.name, source.header, rows)
    return source, Sample(one.name, member, source.header, rows, json=False)


def _json_sample(name: str, member: str, elements: Sequence[bytes]) -> Sample:
    rows = [row for element in elements if (row := _parsed(element)) is not None]
    names = dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row)
    return Sample(name, member, list(names), rows, json=True)


def _beginning(one: OpenInput, words: Sequence[bytes]) -> tuple[bytes, bool]:
    """The first line of CSV, or more if the header contains one of `words`; the first bytes of JSON.

    Also whether that is the whole input.
    """
    size = 1
    while True:
        head = one.text.peek(size)
        text = head.removeprefix(_BOM).lstrip(_BLANK)
        if text[:1] == b"<":
            return one.text.peek(_BYTEWISE), False  # an HTML or XML page is not an export
        if len(head) < size or size >= _MOST_PEEKED or text[:1] in (b"[", b"{"):
            return head, len(head) < size
        line, end, _ = text.partition(b"\n")
        if end:
            # With an odd number of quotes, the header goes on in the next line.
            has_records = line.count(b'"') % 2 or any(word in line for word in words)
            return _first_records(one) if has_records else (head, False)
        size = size + 1 if size < _BYTEWISE else min(2 * size, _MOST_PEEKED)


def _first_records(one: OpenInput) -> tuple[bytes, bool]:
    """Bytes with the first records of CSV, and whether that is the whole input."""
    size = _PEEKED
    while True:
        head = one.text.peek(size)
        whole = len(head) < size
        if whole or size >= _MOST_PEEKED:
            return head, whole
        if head.count(b"\n") > _RECORDS and len(_records(head, ",", whole=False)) in {0, _RECORDS}:
            return head, whole
        size *= 2


def _parsed(element: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(element)
    return None


def _records(head: bytes, separator: str, *, whole: bool) -> list[dict[str, str]]:
    """The cells with a value of the first records that are not rejects; of a wide file, those of sampled columns.

    Of a doubled column, the first has its name.
    """
    text = head.removeprefix(_BOM).decode("utf-8", errors="surrogateescape")
    is_damaged = _DAMAGED if not text.isascii() and _DAMAGED(text) else None
    lines = list(io.StringIO(text if whole else text[: max(map(text.rfind, "\r\n")) + 1], newline=""))
    rows = _rows(lines, separator)
    header = next(rows, [])
    first = {name: index for index, name in reversed(list(enumerate(header)))}
    if len(header) > _WIDE:
        first = _sampled(first, text)
        if not first:
            return []
    records: list[dict[str, str]] = []
    for row in rows:
        if len(row) < len(header) or any(row[len(header) :]) or (is_damaged and any(map(is_damaged, row))):
            continue
        if len(first) < len(header):
            records.append({name: row[index] for name, index in first.items() if row[index]})
        else:
            # Most cells of a wide file are empty.
            records.append(dict(zip(compress(header, row), filter(None, row), strict=True)))
        if len(records) == _RECORDS:
            break
    return records


def _sampled(columns: dict[str, int], text: str) -> dict[str, int]:
    """The columns of a wide file that detection reads, if they decide on the kind of this text."""
    sampled = [
        export for export in exports.EXPORTS if not export.json and export.sampled_by and export.sampled_text in text
    ]
    is_sampled = re.compile("|".join({export.sampled_columns for export in sampled}), re.DOTALL).fullmatch
    return {name: index for name, index in columns.items() if is_sampled(name)}


def _rows(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The rows of CSV; after one whose quotes are wrong, reading goes on at the line after its first."""
    start = 0
    for _ in range(_MOST_FAULTS):
        rows = csv.reader(itertools.islice(lines, start, None), delimiter=separator, strict=True)
        read = 0
        try:
            for row in rows:
                read = rows.line_num
                if row:
                    yield row
        except csv.Error:
            start += read + 1
            continue
        return
