"""Exact CSV in plain Python: bytes to records, with the faults the contract names (rules 4 and 5).

Python's own `csv` can neither tell `""` from an empty field nor say where a record stands, so the
oracle splits by itself. The whole input is in memory: this is a reference, not a reader for big files.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from . import names
from .names import FIELDS, LENGTH, QUOTE, TRUNCATED, UNCLOSED_QUOTE

LINE_END = re.compile(rb"\r\n|\n|\r")
FIELD_END = re.compile(rb",|\n|\r")
QUOTED_TEXT = re.compile(rb'[^"]*(?:""[^"]*)*')
BOM = b"\xef\xbb\xbf"


class Field(NamedTuple):
    """One field: its text without the quotes around it, and what stood around and in it."""

    text: bytes
    quoted: bool
    bare_quote: bool


class Unit(NamedTuple):
    """One record of the input, whole or faulty.

    `start` and `end` are byte offsets (`end` before the line end), `following` is where the next unit
    starts, `line` the physical line of `start`, from 1. `faults` holds reject kinds; empty if whole.
    """

    start: int
    end: int
    following: int
    line: int
    fields: list[Field]
    faults: tuple[str, ...]


class _QuoteError(Exception):
    """Quotes that end the reading of a record: `kind`, and the offset at which it was seen."""

    def __init__(self, kind: str, at: int) -> None:
        """Name the fault and its place."""
        super().__init__(kind)
        self.kind = kind
        self.at = at


def _quoted_field(data: bytes, opening: int, limit_at: int) -> tuple[Field, int]:
    """Read the field whose opening quote stands at `opening`; also give the offset after it."""
    match = QUOTED_TEXT.match(data, opening + 1)
    closing = match.end() if match else len(data)
    if closing == len(data) or opening < limit_at <= closing:
        raise _QuoteError(UNCLOSED_QUOTE, closing)
    if data[closing + 1 : closing + 2] not in (b",", b"\r", b"\n", b""):
        raise _QuoteError(QUOTE, closing + 1)
    return Field(data[opening + 1 : closing].replace(b'""', b'"'), True, False), closing + 1


def _plain_field(data: bytes, start: int) -> tuple[Field, int]:
    match = FIELD_END.search(data, start)
    end = match.start() if match else len(data)
    text = data[start:end]
    return Field(text, False, b'"' in text), end


def _fields_from(data: bytes, start: int, limit: int) -> tuple[list[Field], int]:
    """Read the fields of the record at `start`; also give the offset of its end, before the line end."""
    fields: list[Field] = []
    at = start
    while True:
        if data[at : at + 1] == b'"':
            field, end = _quoted_field(data, at, start + limit)
        else:
            field, end = _plain_field(data, at)
        fields.append(field)
        if data[end : end + 1] != b",":
            return fields, end
        at = end + 1


def fits(fields: list[Field], width: int) -> bool:
    """Whether a record has the header's number of fields, surplus empty ones aside."""
    return len(fields) >= width and all(field.text == b"" for field in fields[width:])


def _after_line_end(data: bytes, at: int) -> int:
    match = LINE_END.match(data, at)
    return match.end() if match else at


def _is_whole(data: bytes, start: int, limit: int, width: int) -> bool:
    """Whether a whole record begins at `start` (rule 5); an empty line is no record."""
    if start == len(data) or LINE_END.match(data, start):
        return False
    try:
        fields, end = _fields_from(data, start, limit)
    except _QuoteError:
        return False
    return end - start <= limit and fits(fields, width)


def _resume(data: bytes, start: int, limit: int, width: int) -> int:
    """The next line after the first of the record at `start` at which a whole record begins, or the end."""
    for line_end in LINE_END.finditer(data, start):
        if _is_whole(data, line_end.end(), limit, width):
            return line_end.end()
    return len(data)


def _without_line_end(data: bytes, start: int, following: int) -> int:
    """Where the bytes from `start` to `following` end, less the line end before `following`."""
    for line_end in (b"\r\n", b"\n", b"\r"):
        if data[start:following].endswith(line_end):
            return following - len(line_end)
    return following


class Splitter:
    """The records of `data`: `header` first, then `units()`.

    Args:
        data: The whole input, decompressed.
        limit: The longest record, in bytes without its line end.
        truncated: The compressed stream ended early, so an unfinished last record is no record.

    Attributes:
        leniencies: Counts of what rule 4 accepts about bytes and lines; final after `units()` ended.

    Raises:
        ValueError: there is no header, or its quotes or its UTF-8 are bad.
    """

    def __init__(self, data: bytes, limit: int = 64 << 20, *, truncated: bool = False) -> None:
        """Read the header."""
        self.data = data
        self.limit = limit
        self.truncated = truncated
        self.leniencies: Counter[str] = Counter()
        self._line = 1
        self._at = 0
        if data.startswith(BOM):
            self.leniencies[names.BOM] = 1
            self._at = len(BOM)
        if data[self._at :] and not truncated and data[-1:] not in (b"\n", b"\r"):
            self.leniencies[names.MISSING_FINAL_NEWLINE] = 1
        self._skip_empty_lines()
        if self._at == len(data):
            msg = "the input has no header"
            raise ValueError(msg)
        try:
            fields, end = _fields_from(data, self._at, limit)
        except _QuoteError as trouble:
            msg = f"the header has bad quotes ({trouble.kind})"
            raise ValueError(msg) from None
        self.header = [field.text.decode("utf-8") for field in fields]
        self._pass(self._at, end, _after_line_end(data, end))

    def units(self) -> Iterator[Unit]:
        """The data records in their order, faulty ones included."""
        cut_reported = False
        while self._skip_empty_lines():
            unit = self._unit()
            self._pass(unit.start, unit.end, unit.following)
            cut_reported = TRUNCATED in unit.faults
            yield unit
        if self.truncated and not cut_reported:
            yield Unit(self._at, self._at, self._at, self._line, [], (TRUNCATED,))

    def _unit(self) -> Unit:
        start = self._at
        try:
            fields, end = _fields_from(self.data, start, self.limit)
        except _QuoteError as trouble:
            unit = self._faulty(start, trouble)
        else:
            faults: tuple[str, ...] = ()
            if end - start > self.limit:
                faults = (LENGTH,)
            elif not fits(fields, len(self.header)):
                faults = (FIELDS,)
            unit = Unit(start, end, _after_line_end(self.data, end), self._line, fields, faults)
        if self.truncated and unit.end == len(self.data):
            unit = unit._replace(faults=(TRUNCATED, *unit.faults))
        return unit

    def _faulty(self, start: int, trouble: _QuoteError) -> Unit:
        """The unit that is rejected for its quotes, up to where reading goes on (rule 5)."""
        data, limit = self.data, self.limit
        of_one_line = LINE_END.search(data, start, trouble.at) is None
        if trouble.kind == QUOTE and of_one_line:
            match = LINE_END.search(data, trouble.at)
            end, following = match.span() if match else (len(data), len(data))
        else:
            following = _resume(data, start, limit, len(self.header))
            end = _without_line_end(data, start, following)
        read_bytes = min(trouble.at + 1, len(data)) - start
        too_long = read_bytes > limit or (of_one_line and end - start > limit)
        faults = (trouble.kind, LENGTH) if too_long else (trouble.kind,)
        return Unit(start, end, following, self._line, [], faults)

    def _skip_empty_lines(self) -> bool:
        """Pass over empty lines; whether anything is left."""
        while match := LINE_END.match(self.data, self._at):
            self.leniencies[names.EMPTY_LINE] += 1
            self._pass(self._at, self._at, match.end())
        return self._at < len(self.data)

    def _pass(self, start: int, end: int, following: int) -> None:
        """Go on to `following`, counting lines and the form of the line end."""
        line_end = self.data[end:following]
        if line_end == b"\r\n":
            self.leniencies[names.CRLF] += 1
        elif line_end == b"\r":
            self.leniencies[names.LONE_CR] += 1
        self._line += sum(1 for _ in LINE_END.finditer(self.data, start, following))
        self._at = following
