"""Detection of an input's format and kind from its beginning, without consuming it."""

import contextlib
import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

from crowdarrow import exports
from crowdarrow._core import CsvSource, JsonSource
from crowdarrow.declare import Sample
from crowdarrow.read import foreign
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.options import ReadOptions

_PEEKED, _MOST_PEEKED = 1 << 16, 8 << 20
"""Bytes of JSON objects that detection reads at first, and bytes of a header at most."""
_BYTEWISE = 4096
"""Bytes that are awaited one by one, so that a slow stream is not awaited beyond its first line."""
_BOM, _BLANK = b"\xef\xbb\xbf", b" \t\r\n"
_WIDE = 1000
"""If there are more columns, only those that detection reads are sampled."""


def sniff(one: OpenInput, options: ReadOptions, *, end: int | None = None) -> tuple[CsvSource | JsonSource, Sample]:
    """The source in the format that the first byte indicates, and the sample from which its kind is detected.

    With `end`, the source ends before the first record that starts there or later.
    """
    sizes: dict[str, Any] = {
        "block_bytes": options.block_bytes, "max_record_bytes": options.max_record_bytes, "end": end
    }  # fmt: skip
    head = _beginning(one)
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
        max_columns=options.max_columns,
        separators=options.separators,
        accepts=lambda header: exports.has_columns(header, options.kind),
    )
    foreign.check_header(one.name, source.header)
    rows = _first_records(source)
    foreign.check_records(one.name, source.header, rows)
    return source, Sample(one.name, member, source.header, rows, json=False)


def _json_sample(name: str, member: str, elements: Sequence[bytes]) -> Sample:
    rows = [row for element in elements if (row := _parsed(element)) is not None]
    names = dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row)
    return Sample(name, member, list(names), rows, json=True)


def _beginning(one: OpenInput) -> bytes:
    """The first line of CSV, or the first bytes of JSON or of a page."""
    size = 1 if one.stored.stored_size is None else _BYTEWISE  # a file is not awaited
    while True:
        head = one.text.peek(size)
        text = head.removeprefix(_BOM).lstrip(_BLANK)
        if text[:1] == b"<":
            return one.text.peek(_BYTEWISE)  # an HTML or XML page is not an export
        if len(head) < size or size >= _MOST_PEEKED or text[:1] in (b"[", b"{") or b"\n" in text:
            return head
        size = size + 1 if size < _BYTEWISE else min(2 * size, _MOST_PEEKED)


def _parsed(element: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(element)
    return None


def _first_records(source: CsvSource) -> list[dict[str, str]]:
    """The cells with a value of the first records that are not rejects, if detection reads them.

    Of a wide file these are the cells that decide on its kind. Of a doubled column, the first has its name.
    """
    header = source.header
    sampled = [export for export in exports.EXPORTS if not export.json and export.sampled_by]
    prefixes = tuple({export.sampled_by for export in sampled})
    if not any(name.startswith(prefixes) for name in header):
        return []
    of_wide = {export.sampled_columns: export.sampled_text for export in sampled}
    patterns = of_wide if len(header) > _WIDE else {".*": ""}
    found = [(re.compile(pattern, re.DOTALL).fullmatch, text) for pattern, text in patterns.items()]
    first = {name: index for index, name in reversed(list(enumerate(header)))}
    wanted = [
        next((text for matches, text in found if matches(name)), None) if first[name] == index else None
        for index, name in enumerate(header)
    ]
    return [{header[index]: text for index, text in record} for record in source.first_records(wanted)]
