"""An exact CSV reader in plain Python: bytes to records, with the faults that the contract names.

See docs/contract.md, sections 1.4 and 1.5.

Python's `csv` does not distinguish `""` from an empty field and gives no offsets of records, so the
oracle has its own splitter. The whole input is in memory: this is a reference, not a reader for big files.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from . import names
from .names import FIELDS, LENGTH, QUOTE, TRUNCATED, UNCLOSED_QUOTE

LINE_END = re.compile(rb"\r\n|\n|\r")
COMMA = b","
QUOTED_TEXT = re.compile(rb'[^"]*(?:""[^"]*)*')
BOM = b"\xef\xbb\xbf"


class Field(NamedTuple):
    """One field: its text without the enclosing quotes, whether it was quoted, and whether it has a quote inside."""

    text: bytes
    quoted: bool
    bare_quote: bool


class Unit(NamedTuple):
    """One record of the input, valid or faulty.

    `start` and `end` are byte offsets (`end` before the line end), `following` is where the next unit
    starts, `line` is the physical line of `start`, from 1. `faults` are kinds of rejects; empty if the record is valid.
    """

    start: int
    end: int
    following: int
    line: int
    fields: list[Field]
    faults: tuple[str, ...]


class _UnclosedError(Exception):
    """A quote that is not closed before the limit or the end of the input."""

    def __init__(self, text_at: int | None, *, at_limit: bool) -> None:
        """Record whether it is open at the limit, and the offset of an earlier text after a closing quote if any."""
        super().__init__()
        self.text_at = text_at
        self.at_limit = at_limit


class _Read(NamedTuple):
    """A record's fields, its end before the line end, and the first text after a closing quote."""

    fields: list[Field]
    end: int
    text_at: int | None


def _quoted_field(data: bytes, opening: int, limit_at: int, separator: bytes) -> tuple[Field, int, int | None]:
    """Read the field with the opening quote at `opening`: the field, its end, and the offset of text after its quote.

    A record that ends at `limit_at` has the maximum length; one that includes that byte is too long.
    """
    whole, within = (QUOTED_TEXT.match(data, opening + 1, end) for end in (len(data), limit_at + 1))
    closing = whole.end() if whole else len(data)
    at_limit = opening <= limit_at < len(data) and (within is None or within.end() == limit_at + 1)
    if closing == len(data) or at_limit:
        raise _UnclosedError(None, at_limit=at_limit)
    field = Field(data[opening + 1 : closing].replace(b'""', b'"'), quoted=True, bare_quote=False)
    if data[closing + 1 : closing + 2] in (separator, b"\r", b"\n", b""):
        return field, closing + 1, None
    return field, _plain_field(data, closing + 1, separator)[1], closing + 1


def _plain_field(data: bytes, start: int, separator: bytes) -> tuple[Field, int]:
    match = re.compile(re.escape(separator) + rb"|\n|\r").search(data, start)
    end = match.start() if match else len(data)
    text = data[start:end]
    return Field(text, quoted=False, bare_quote=b'"' in text), end


def _record_from(data: bytes, start: int, limit: int, separator: bytes) -> _Read:
    """Read the record at `start`; text after a closing quote belongs to the field, as in most readers."""
    fields: list[Field] = []
    text_at: int | None = None
    at = start
    while True:
        if data[at : at + 1] == b'"':
            try:
                field, end, text = _quoted_field(data, at, start + limit, separator)
            except _UnclosedError as trouble:
                raise _UnclosedError(text_at, at_limit=trouble.at_limit) from None
            text_at = text if text_at is None else text_at
        else:
            field, end = _plain_field(data, at, separator)
        fields.append(field)
        if data[end : end + 1] != separator:
            return _Read(fields, end, text_at)
        at = end + 1


def fits(fields: list[Field], width: int) -> bool:
    """Whether a record has as many fields as the header, not counting surplus empty fields."""
    return len(fields) >= width and all(field.text == b"" for field in fields[width:])


def _after_line_end(data: bytes, at: int) -> int:
    match = LINE_END.match(data, at)
    return match.end() if match else at


def _without_line_end(data: bytes, start: int, following: int) -> int:
    """The end of the bytes from `start` to `following` without the line end before `following`."""
    for line_end in (b"\r\n", b"\n", b"\r"):
        if data[start:following].endswith(line_end):
            return following - len(line_end)
    return following


class Splitter:
    """The records of `data`: `header` first, then `units()`.

    Args:
        data: The whole input, decompressed.
        limit: The maximum length of a record, in bytes without its line end.
        truncated: The compressed stream is truncated, so an incomplete last record is rejected.
        separator: The byte between fields.

    Attributes:
        leniencies: Counts of the forms of bytes and lines that docs/contract.md, section 1.4 accepts; complete after
        `units()`.
        header: The names of the columns.
        header_quoted: Whether all names of the header are quoted, as R writes them.
        header_ended: Whether a line end follows the header.

    Raises:
        ValueError: the header is missing, or its quotes or its UTF-8 are invalid.
    """

    def __init__(
        self, data: bytes, limit: int = 64 << 20, *, truncated: bool = False, separator: bytes = COMMA
    ) -> None:
        """Read the header."""
        self.data = data
        self.limit = limit
        self.truncated = truncated
        self.separator = separator
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
            fields, end, text_at = _record_from(data, self._at, limit, separator)
        except _UnclosedError:
            text_at = end = self._at
        if text_at is not None:
            msg = "the header has bad quotes"
            raise ValueError(msg)
        if truncated and end == len(data):
            msg = "the input ends within its header"
            raise ValueError(msg)
        self.header = [field.text.decode("utf-8") for field in fields]
        self.header_quoted = all(field.quoted for field in fields)
        self.header_ended = end < len(data)
        self._pass(self._at, end, _after_line_end(data, end))

    def units(self) -> Iterator[Unit]:
        """The records in order, including faulty ones."""
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
        size = len(self.data)
        try:
            fields, end, text_at = _record_from(self.data, start, self.limit, self.separator)
        except _UnclosedError as trouble:
            unclosed: tuple[str, ...] = (UNCLOSED_QUOTE,) if trouble.text_at is None else (QUOTE, UNCLOSED_QUOTE)
            too_long = (LENGTH,) if size - start > self.limit else ()
            if too_long and not trouble.at_limit and not self._has_text_and_lines(start, trouble.text_at):
                return Unit(start, _without_line_end(self.data, start, size), size, self._line, [], too_long)
            unit = self._sought(start, unclosed + too_long)
            # A fault that only the truncation causes is reported as truncation.
            cut = self.truncated and unit.following == size
            return unit._replace(faults=(TRUNCATED,)) if cut else unit
        faults: tuple[str, ...] = () if text_at is None else (QUOTE,)
        if end - start > self.limit:
            faults += (LENGTH,)
        if self._has_text_and_lines(start, text_at, end):
            return self._sought(start, faults)
        if not faults and self.truncated and end == size:
            faults = (TRUNCATED,)
        elif not faults and not fits(fields, len(self.header)):
            faults = (FIELDS,)
        return Unit(start, end, _after_line_end(self.data, end), self._line, fields, faults)

    def _has_text_and_lines(self, start: int, text_at: int | None, end: int | None = None) -> bool:
        """Whether the record has text after a closing quote and several lines, up to its end or the limit."""
        reached = start + self.limit + 1
        seen = reached if end is None else min(end, reached)
        return text_at is not None and text_at < seen and LINE_END.search(self.data, start, seen) is not None

    def _sought(self, start: int, faults: tuple[str, ...]) -> Unit:
        """The unit that is rejected up to where reading resumes (docs/contract.md, section 1.5)."""
        following = self._resume(start)
        return Unit(start, _without_line_end(self.data, start, following), following, self._line, [], faults)

    def _resume(self, start: int) -> int:
        """The next line after the first one from `start` at which a valid record begins, or the end of the input."""
        for line_end in LINE_END.finditer(self.data, start):
            at = line_end.end()
            if self._is_whole(at):
                return at
        return len(self.data)

    def _is_whole(self, start: int) -> bool:
        """Whether a valid record begins at `start`; an empty line and a truncated record do not count.

        See docs/contract.md, section 1.5.
        """
        if start == len(self.data) or LINE_END.match(self.data, start):
            return False
        try:
            fields, end, text_at = _record_from(self.data, start, self.limit, self.separator)
        except _UnclosedError:
            return False
        cut = self.truncated and end == len(self.data)
        return not cut and text_at is None and end - start <= self.limit and fits(fields, len(self.header))

    def _skip_empty_lines(self) -> bool:
        """Skip empty lines. Return whether any input is left."""
        while match := LINE_END.match(self.data, self._at):
            self.leniencies[names.EMPTY_LINE] += 1
            self._pass(self._at, self._at, match.end())
        return self._at < len(self.data)

    def _pass(self, start: int, end: int, following: int) -> None:
        """Advance to `following`; count the lines and the form of the line end."""
        line_end = self.data[end:following]
        if line_end == b"\r\n":
            self.leniencies[names.CRLF] += 1
        elif line_end == b"\r":
            self.leniencies[names.LONE_CR] += 1
        self._line += sum(1 for _ in LINE_END.finditer(self.data, start, following))
        self._at = following
