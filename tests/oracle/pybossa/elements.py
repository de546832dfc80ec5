"""The records of JSON downloads, valid or damaged, and the leniencies between them.

A download is a stream of arrays and pages, or JSON Lines (docs/contract.md, section 2.5).
"""

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

from oracle import names as fault_names
from oracle.exact_csv import BOM, LINE_END

from . import names
from .page_rest import EndsError, length_of_rest

_SPACE = b" \t\n\r"
_CLOSING = {b"{": b"}", b"[": b"]"}
_FOLLOWING = (b"{", b"[", b"]", b",")
_LAST_LINE_END = re.compile(rb"(?:\r\n|\n|\r)\Z")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.DOTALL)
_OPENING = re.compile(rb"[\[{]")
_PAGES = 1
"""The level at which an array is a page: within the outermost array."""


class Element(NamedTuple):
    """The start and the end of a record, and its fault if its bytes show one."""

    start: int
    end: int
    fault: str | None


_Elements: TypeAlias = Generator[Element, None, int | None]
"""Yields elements; returns where reading continues, or None if the input ended too early, which was yielded."""


class _Page(NamedTuple):
    """Where the items of a page start (after their bracket), and how many objects must be closed after them."""

    items: int
    objects: int


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
        found = self._of_stream(self._past_space(start)) if self.is_stream else self._of_lines(start)
        for element in found:
            too_long = element.fault is None and element.end - element.start > self.limit
            yield element._replace(fault=fault_names.LENGTH) if too_long else element

    @property
    def is_stream(self) -> bool:
        """Whether the data begins with an array or a page."""
        first = self._past_space(len(BOM) if self.data.startswith(BOM) else 0)
        return self.data[first : first + 1] == b"[" or self._page_at(first) is not None

    def line_of(self, at: int) -> int:
        """The physical line of a byte offset, from 1."""
        return 1 + bisect_left(self._line_ends, at)

    @cached_property
    def _line_ends(self) -> list[int]:
        """Where each line end starts."""
        return [found.start() for found in LINE_END.finditer(self.data)]

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
                # A value that ends with the input is whole.
                cut = self.truncated and match is None and not is_json(self.data[at:end])
                if cut:
                    yield Element(at, end, fault_names.TRUNCATED)
                else:
                    yield from self._of_line(at, end)
                if match is None and not self.truncated:
                    self.leniencies[fault_names.MISSING_FINAL_NEWLINE] = 1
            at = following
        if self.truncated and not cut:
            yield Element(at, at, fault_names.TRUNCATED)

    def _of_line(self, start: int, end: int) -> Iterator[Element]:
        """The record of a line, or those of its page."""
        first = self._past_space(start)
        is_array = self.data[first : first + 1] == b"["
        if (is_array or self._page_at(first)) and is_json(self.data[first:end]):
            yield from self._of_array(first + 1, _PAGES) if is_array else self._of_object(first, 0)
        else:
            yield Element(start, end, None)

    def _of_stream(self, at: int) -> Iterator[Element]:
        """The records of the top level: arrays, pages and objects, one after the other."""
        after_value = False
        while (at := self._past_space(at)) < len(self.data):
            byte = self.data[at : at + 1]
            if byte == b",":
                if after_value:
                    self.leniencies[names.SEPARATORS] += 1
                else:
                    yield Element(at, at, fault_names.JSON)
                after_value = False
                at += 1
                continue
            after_value = True
            if byte not in _CLOSING:
                opening = _OPENING.search(self.data, at)
                junk = len(self.data[at : opening.start()].rstrip(_SPACE)) if opening else 0
                yield Element(at, at + junk if opening else self._before_last_line_end(), fault_names.JSON)
                at = opening.start() if opening else len(self.data)
                continue
            following = yield from self._of_array(at + 1, _PAGES) if byte == b"[" else self._of_object(at, 0)
            if following is None:
                return
            at = following
        if self.truncated:
            yield Element(len(self.data), len(self.data), fault_names.TRUNCATED)

    def _of_object(self, at: int, level: int) -> _Elements:
        """The object at `at`: a record, or a page with its items one level below."""
        page = self._page_at(at)
        if page is None:
            whole = self._end_of_element(at)
            if whole is None:
                yield Element(at, self._before_last_line_end(), fault_names.TRUNCATED)
            else:
                yield Element(at, whole, None)
            return whole
        following = yield from self._of_array(page.items, level + 1)
        if following is None:
            return None
        try:
            return following + length_of_rest(self.data[following:], page.objects)
        except EndsError:
            yield Element(following, max(following, self._before_last_line_end()), fault_names.TRUNCATED)
            return None
        except ValueError:
            # What follows does not end a page: it is read as elements of what is around the page.
            return following

    def _of_array(self, start: int, level: int) -> _Elements:
        """The elements of an array from after its bracket; `level` is the number of arrays and pages around them."""
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
                if byte == b"[" and level == _PAGES:
                    end = yield from self._of_array(at + 1, level + 1)
                elif byte == b"{":
                    end = yield from self._of_object(at, level)
                else:
                    end = yield from self._other(at, after_element=after_element)
                if end is None:
                    return None
            after_comma, after_element = byte == b",", byte != b","
            at = self._past_space(end)
        if byte == b"":
            # A final comma belongs to the missing rest.
            yield (
                Element(comma, comma + 1, fault_names.TRUNCATED)
                if after_comma
                else Element(at, at, fault_names.TRUNCATED)
            )
            return None
        if after_comma:
            self.leniencies[names.TRAILING_COMMA] += 1
        return at + 1

    def _other(self, at: int, *, after_element: bool) -> _Elements:
        """A scalar, or an array that is nested too deeply to be a page."""
        end = self._end_of_element(at)
        if end is None:
            yield Element(at, self._before_last_line_end(), fault_names.TRUNCATED)
            return None
        # A scalar right after an element is rejected.
        stray = after_element and self.data[at : at + 1] not in _CLOSING
        yield Element(at, end, fault_names.JSON if stray else None)
        return end

    def _page_at(self, at: int) -> _Page | None:
        """The page at `at`: an object whose `items` is an array, or whose `first` is such a page."""
        if self.data[at : at + 1] != b"{":
            return None
        at = self._past_space(at + 1)
        while key := _STRING.match(self.data, at):
            at = self._past_space(key.end())
            if self.data[at : at + 1] != b":":
                return None
            at = self._past_space(at + 1)
            name, opening = _decoded(key[0]), self.data[at : at + 1]
            if name == "items" and opening == b"[":
                return _Page(at + 1, 1)
            if name == "first" and (page := self._page_at(at)):
                return _Page(page.items, page.objects + 1)
            end = self._end_of_member(at)
            at = len(self.data) if end is None else self._past_space(end)
            if self.data[at : at + 1] != b",":
                return None
            at = self._past_space(at + 1)
        return None

    def _end_of_member(self, start: int) -> int | None:
        """The end of the value of a member; None if it is missing."""
        if self.data[start : start + 1] in _CLOSING:
            return self._end_of_element(start)
        match = _STRING.match(self.data, start) or re.compile(rb'[^\s"{}\[\],:]+').match(self.data, start)
        return match.end() if match else None

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


def _decoded(key: bytes) -> str | None:
    """The text of a key; None if it is not valid."""
    try:
        return str(json.loads(key))
    except ValueError:
        return None


def _no_constant(name: str) -> None:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def is_json(text: bytes) -> bool:
    """Whether the bytes are one JSON value; bytes that are not UTF-8 are checked later."""
    try:
        json.loads(text.decode("utf-8", "replace"), parse_constant=_no_constant, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True
