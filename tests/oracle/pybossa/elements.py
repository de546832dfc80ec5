"""The records of a JSON array or of JSON Lines, valid or damaged, and the leniencies between them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from oracle import names as fault_names
from oracle.exact_csv import BOM, LINE_END

from . import names

_SPACE = b" \t\n\r"
_CLOSING = {b"{": b"}", b"[": b"]"}
_FOLLOWING = (b"{", b"[", b"]", b",")
_LAST_LINE_END = re.compile(rb"(?:\r\n|\n|\r)\Z")
_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.DOTALL)


class Element(NamedTuple):
    """The start and the end of a record, and its fault if its bytes show one."""

    start: int
    end: int
    fault: str | None


@dataclass
class Splitter:
    """The elements of `data`; `leniencies` is complete after `elements()`."""

    data: bytes
    limit: int
    truncated: bool
    leniencies: Counter[str] = field(default_factory=Counter)

    def elements(self) -> Iterator[Element]:
        """The records in order."""
        start = len(BOM) if self.data.startswith(BOM) else 0
        if start:
            self.leniencies[fault_names.BOM] = 1
        first = self._past_space(start)
        found = self._of_array(first + 1) if self.data[first : first + 1] == b"[" else self._of_lines(start)
        for element in found:
            too_long = element.fault is None and element.end - element.start > self.limit
            yield element._replace(fault=fault_names.LENGTH) if too_long else element

    def line_of(self, at: int) -> int:
        """The physical line of a byte offset, from 1."""
        return 1 + len(LINE_END.findall(self.data, 0, at))

    def _past_space(self, at: int) -> int:
        while self.data[at : at + 1] and self.data[at] in _SPACE:
            at += 1
        return at

    def _of_lines(self, start: int) -> Iterator[Element]:
        at, cut = start, False
        while at < len(self.data):
            match = LINE_END.search(self.data, at)
            end, following = (match.start(), match.end()) if match else (len(self.data), len(self.data))
            if match and match[0] != b"\n":
                self.leniencies[fault_names.CRLF if match[0] == b"\r\n" else fault_names.LONE_CR] += 1
            if not self.data[at:end].strip(_SPACE):
                self.leniencies[fault_names.EMPTY_LINE] += 1
            else:
                cut = self.truncated and match is None
                yield Element(at, end, fault_names.TRUNCATED if cut else None)
                if match is None and not cut:
                    self.leniencies[fault_names.MISSING_FINAL_NEWLINE] = 1
            at = following
        if self.truncated and not cut:
            yield Element(at, at, fault_names.TRUNCATED)

    def _of_array(self, start: int) -> Iterator[Element]:
        at = self._past_space(start)
        after_element = after_comma = False
        comma = at
        while (byte := self.data[at : at + 1]) not in (b"", b"]"):
            end: int | None
            if byte == b",":
                if not after_element:
                    # An empty element.
                    yield Element(at, at, fault_names.JSON)
                comma, end = at, at + 1
            else:
                if after_element and byte in _CLOSING:
                    self.leniencies[names.MISSING_COMMA] += 1
                end = self._end_of_element(at)
                if end is None:
                    yield Element(at, self._before_last_line_end(), fault_names.TRUNCATED)
                    return
                # A scalar right after an element is rejected.
                stray = after_element and byte not in _CLOSING
                yield Element(at, end, fault_names.JSON if stray else None)
            after_comma, after_element = byte == b",", byte != b","
            at = self._past_space(end)
        if byte == b"":
            # A final comma belongs to the missing rest.
            yield (
                Element(comma, comma + 1, fault_names.TRUNCATED)
                if after_comma
                else Element(at, at, fault_names.TRUNCATED)
            )
            return
        if after_comma:
            self.leniencies[names.TRAILING_COMMA] += 1
        yield from self._after_array(at + 1)

    def _after_array(self, at: int) -> Iterator[Element]:
        at = self._past_space(at)
        if at < len(self.data):
            yield Element(at, self._before_last_line_end(), fault_names.JSON)
        if self.truncated:
            yield Element(len(self.data), len(self.data), fault_names.TRUNCATED)

    def _before_last_line_end(self) -> int:
        """The end of the data without the last line end, which the raw bytes of a reject do not include."""
        match = _LAST_LINE_END.search(self.data)
        return match.start() if match else len(self.data)

    def _end_of_element(self, start: int) -> int | None:
        """The end of the element at `start`: after the matching bracket, or before a separator if it has no bracket."""
        opening = self.data[start : start + 1]
        closing = _CLOSING.get(opening)
        depth, at = 0, start
        while match := _BRACKET.search(self.data, at):
            token, at = match[0], match.end()
            if token == b'"':
                # An unterminated string.
                return None
            if closing is None and token in _FOLLOWING:
                return start + len(self.data[start : match.start()].rstrip(_SPACE))
            depth += (token == opening) - (token == closing)
            if closing is not None and depth == 0 and not token.startswith(b'"'):
                return at
        return None
