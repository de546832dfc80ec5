"""Exact CSV in plain Python: bytes to records, with the faults the contract names.

See docs/contract.md, sections 1.4 and 1.5.

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


class _UnclosedError(Exception):
    """A quote that is not closed before the limit or the end, and where that was seen."""

    def __init__(self, at: int, text_at: int | None) -> None:
        """Take the place, and that of text after a closing quote, if there was such before."""
        super().__init__()
        self.at = at
        self.text_at = text_at


class _Read(NamedTuple):
    """A record's fields, its end before the line end, and the first text after a closing quote."""

    fields: list[Field]
    end: int
    text_at: int | None


def _quoted_field(data: bytes, opening: int, limit_at: int) -> tuple[Field, int, int | None]:
    """Read the field whose opening quote stands at `opening`; also give its end, and text after its quote.

    A record up to `limit_at` is not too long; the byte there shows that it is.
    """
    whole, within = (QUOTED_TEXT.match(data, opening + 1, end) for end in (len(data), limit_at + 1))
    closing = whole.end() if whole else len(data)
    at_limit = opening <= limit_at < len(data) and (within is None or within.end() == limit_at + 1)
    if closing == len(data) or at_limit:
        raise _UnclosedError(closing, None)
    field = Field(data[opening + 1 : closing].replace(b'""', b'"'), quoted=True, bare_quote=False)
    if data[closing + 1 : closing + 2] in (b",", b"\r", b"\n", b""):
        return field, closing + 1, None
    return field, _plain_field(data, closing + 1)[1], closing + 1


def _plain_field(data: bytes, start: int) -> tuple[Field, int]:
    match = FIELD_END.search(data, start)
    end = match.start() if match else len(data)
    text = data[start:end]
    return Field(text, quoted=False, bare_quote=b'"' in text), end


def _record_from(data: bytes, start: int, limit: int) -> _Read:
    """Read the record at `start`; text after a closing quote belongs to its field, as to most readers."""
    fields: list[Field] = []
    text_at: int | None = None
    at = start
    while True:
        if data[at : at + 1] == b'"':
            try:
                field, end, text = _quoted_field(data, at, start + limit)
            except _UnclosedError as trouble:
                raise _UnclosedError(trouble.at, text_at) from None
            text_at = text if text_at is None else text_at
        else:
            field, end = _plain_field(data, at)
        fields.append(field)
        if data[end : end + 1] != b",":
            return _Read(fields, end, text_at)
        at = end + 1


def fits(fields: list[Field], width: int) -> bool:
    """Whether a record has the header's number of fields, surplus empty ones aside."""
    return len(fields) >= width and all(field.text == b"" for field in fields[width:])


def _after_line_end(data: bytes, at: int) -> int:
    match = LINE_END.match(data, at)
    return match.end() if match else at


def _is_whole(data: bytes, start: int, limit: int, width: int, *, truncated: bool) -> bool:
    """Whether a whole record begins at `start`; an empty line is no record, nor is one cut off.

    See docs/contract.md, section 1.5.
    """
    if start == len(data) or LINE_END.match(data, start):
        return False
    try:
        fields, end, text_at = _record_from(data, start, limit)
    except _UnclosedError:
        return False
    cut = truncated and end == len(data)
    return not cut and text_at is None and end - start <= limit and fits(fields, width)


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
        leniencies: Counts of what docs/contract.md, section 1.4 accepts about bytes and lines; final after `units()`
        ended.

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
            fields, end, text_at = _record_from(data, self._at, limit)
        except _UnclosedError:
            text_at = end = self._at
        if text_at is not None:
            msg = "the header has bad quotes"
            raise ValueError(msg)
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
            fields, end, text_at = _record_from(self.data, start, self.limit)
        except _UnclosedError as trouble:
            unclosed: tuple[str, ...] = (UNCLOSED_QUOTE,) if trouble.text_at is None else (QUOTE, UNCLOSED_QUOTE)
            if min(trouble.at + 1, len(self.data)) - start > self.limit:
                return self._sought(start, (*unclosed, LENGTH))
            unit = self._sought(start, unclosed)
            # What the early end cuts is no fault of its own.
            cut = self.truncated and unit.following == len(self.data)
            return unit._replace(faults=(TRUNCATED,)) if cut else unit
        faults: tuple[str, ...] = () if text_at is None else (QUOTE,)
        if end - start > self.limit:
            faults += (LENGTH,)
        if text_at is not None and LINE_END.search(self.data, start, end):
            return self._sought(start, faults)
        if not faults and self.truncated and end == len(self.data):
            faults = (TRUNCATED,)
        elif not faults and not fits(fields, len(self.header)):
            faults = (FIELDS,)
        return Unit(start, end, _after_line_end(self.data, end), self._line, fields, faults)

    def _sought(self, start: int, faults: tuple[str, ...]) -> Unit:
        """The unit that is rejected up to where reading goes on (docs/contract.md, section 1.5)."""
        following = self._resume(start)
        return Unit(start, _without_line_end(self.data, start, following), following, self._line, [], faults)

    def _resume(self, start: int) -> int:
        """The next line after the first one from `start` at which a whole record begins; or the end."""
        for line_end in LINE_END.finditer(self.data, start):
            at = line_end.end()
            if _is_whole(self.data, at, self.limit, len(self.header), truncated=self.truncated):
                return at
        return len(self.data)

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
