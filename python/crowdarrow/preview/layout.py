"""A table as lines of text that are no wider than a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from crowdarrow.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_GAP = "  "
_LEAST = 8
"""Characters to which a column of longer values may shrink."""
_LEAST_NAME = 20
"""Characters to which a longer name of a column may shrink."""


class Layout:
    """The columns that are shown of a table, and their widths.

    Args:
        names: the names of the columns.
        rows: the first rows: texts, with None for null.
        numbers: for each column, whether its values are numbers, which are aligned to the right.
        width: the characters of a line.
        keeps_all: whether columns with the same value in all rows are shown even if the columns do not fit.
        ellipsis: the text in place of the end of a value that is cut.

    Attributes:
        null: the names of columns that are not shown because they are null in all rows.
        same: the names of other columns that are not shown because they have one value in all rows, and these values.
        rest: the names of columns for which there is no space.
    """

    def __init__(
        self,
        names: Sequence[str],
        rows: Sequence[Sequence[str | None]],
        numbers: Sequence[bool],
        width: int,
        *,
        keeps_all: bool,
        ellipsis: str = "…",
    ) -> None:
        self._names, self._numbers, self._ellipsis = [plain(name) for name in names], numbers, ellipsis
        full = [cell_len(name) for name in self._names]
        least = [min(size, _LEAST_NAME) for size in full]
        for row in rows:
            for column, text in enumerate(row):
                full[column] = max(full[column], min(cell_len(_shown(text)), width))
        least = [max(known, min(size, _LEAST)) for known, size in zip(least, full, strict=True)]
        chosen = list(range(len(names)))
        self.null: list[str] = []
        self.same: list[tuple[str, str]] = []
        if _total(least, chosen) > width and rows and not keeps_all:
            values = [{row[column] for row in rows} for column in chosen]
            chosen = [column for column in chosen if column == 0 or values[column] != {None}]
            self.null = [self._names[column] for column in range(1, len(names)) if values[column] == {None}]
            if _total(least, chosen) > width and len(rows) > 1:
                same = [column for column in chosen if column and len(values[column]) == 1]
                self.same = [(self._names[column], self._value(rows[0][column])) for column in same]
                chosen = [column for column in chosen if column not in same]
        count = len(chosen)
        while count > 1 and _total(least, chosen[:count]) > width:
            count -= 1
        self.rest = [self._names[column] for column in chosen[count:]]
        self._columns = chosen[:count]
        self._widths = _widths([full[one] for one in self._columns], [least[one] for one in self._columns], width)

    def header(self) -> Iterator[str]:
        """The names of the columns, and a rule below them."""
        yield self._line(self._names)
        yield _GAP.join("-" * width for width in self._widths)

    def lines(self, rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
        """A line for each row."""
        for row in rows:
            yield self._line([_shown(text) for text in row])

    def _value(self, text: str | None) -> str:
        shown = _shown(text)
        return shown if cell_len(shown) <= _LEAST_NAME else self._cell(shown, _LEAST_NAME, right=False)

    def _line(self, texts: Sequence[str]) -> str:
        cells = [
            self._cell(texts[column], width, right=self._numbers[column])
            for column, width in zip(self._columns, self._widths, strict=True)
        ]
        return _GAP.join(cells).rstrip()

    def _cell(self, text: str, width: int, *, right: bool) -> str:
        size = cell_len(text)
        if size > width:
            room = width - cell_len(self._ellipsis)
            return set_cell_size(text, room) + self._ellipsis if room > 0 else set_cell_size(text, width)
        space = " " * (width - size)
        return space + text if right else text + space


def _shown(text: str | None) -> str:
    """The text of a cell; null is empty, and an empty text is `""`, as in CSV."""
    if text is None:
        return ""
    return plain(text) or '""'


def _total(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[column] for column in columns) + len(_GAP) * (len(columns) - 1)


def _widths(full: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """The widths of the columns: the widest are cut, all at the same width, so that the line fits."""
    room = max(1, width - len(_GAP) * (len(full) - 1))
    low, high = 1, max(full, default=1)
    while low < high:
        middle = (low + high + 1) // 2
        cut = sum(max(known, min(size, middle)) for size, known in zip(full, least, strict=True))
        low, high = (middle, high) if cut <= room else (low, middle - 1)
    widths = [max(known, min(size, low)) for size, known in zip(full, least, strict=True)]
    # What remains is less than one character for each column that is cut.
    for column, size in enumerate(full):
        if widths[column] < size and sum(widths) < room:
            widths[column] += 1
    return [min(one, room) for one in widths]
