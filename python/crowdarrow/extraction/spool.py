"""The file of one extractor."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from typing import IO, TYPE_CHECKING, NamedTuple

from crowdarrow._core import add_cells
from crowdarrow.errors import UsageError
from crowdarrow.extraction.batch_rows import FIRST_COLUMNS
from crowdarrow.extraction.cells import quoted
from crowdarrow.sinks.leftovers import temporary_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from crowdarrow.extraction.batch_rows import Rows

MOST_COLUMNS = 20_000
"""Columns of a file; each row has a cell for each."""
_SETTLED = 4 << 20
"""Bytes of rows without a new column after which no other is expected."""
_COPIED = 4 << 20
"""Bytes that are made at once."""
_SHORTEST_ROW = 64
"""Bytes of a short row, to which the missing cells are added."""
_LONGEST = (1 << 31) - 1
_FIRST = ("choice",)
"""Columns that come before the others if these are ordered by name."""


class _Part(NamedTuple):
    """Rows with the same columns: where they end, and their columns."""

    end: int
    columns: tuple[str, ...]


class Spool:
    """The rows of one file, and its columns so far.

    A row is written with the columns that are known at the time, at first to a temporary file. Once there were no new
    columns for a while, the file itself is begun. If there are new ones after all, its rows are copied at the end, and
    each is given the cells that it lacks.
    """

    def __init__(self, name: str, target: Path, stage: Callable[[Path], Path], *, order: bool) -> None:
        """Begin a file; `stage` gives the path to write to, and `order` orders its columns by name."""
        self.name, self.target, self.count = name, target, 0
        self.columns: list[str] = []
        self._known: set[str] = set()
        self._stage, self._order = stage, order
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=target.parent)  # noqa: SIM115 - closed by `close`
        self._parts: list[_Part] = []
        self._path: Path | None = None
        """Where the file itself is, once it is begun."""
        self._start = 0
        """Where its rows begin."""

    def add(self, rows: Rows) -> None:
        """Add rows.

        Raises:
            UsageError: the file would have too many columns.
        """
        data, columns = rows.data, rows.columns
        if columns != tuple(self.columns):
            self.columns += [name for name in columns if name not in self._known]
            self._known.update(columns)
        if len(self.columns) > MOST_COLUMNS:
            msg = (
                f"{self.name} has more than {MOST_COLUMNS:,} columns, one for each answer; take it out of `config`, or "
                "read its task with text_extractor"
            )
            raise UsageError(msg)
        last = self._parts[-1].columns if self._parts else ()
        if self._path and len(columns) < len(last) and columns == last[: len(columns)]:
            data, columns = add_cells(data, len(last) - len(columns))[0], last
        self._file.write(data)
        if last == columns and self._parts:
            self._parts.pop()
        self._parts.append(_Part(self._file.tell(), columns))
        self.count += rows.count
        if not self._path and not self._order and self._is_settled():
            self._begin()

    def _is_settled(self) -> bool:
        """Whether there were no new columns for a while."""
        start = self._parts[-2].end if len(self._parts) > 1 else 0
        return self._parts[-1].end - start >= _SETTLED and self._parts[-1].columns == tuple(self.columns)

    def _begin(self) -> None:
        """Begin the file itself."""
        self._path = self._stage(self.target)
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(self._path.open("w+b"))
            self._write_plain(file)
            stack.pop_all()
        self._file.close()
        self._file, self._start = file, len(self._header())
        self._parts = [_Part(file.tell(), tuple(self.columns))]

    def write(self) -> None:
        """Write what the file lacks."""
        if not self._path:
            with self._stage(self.target).open("wb") as file:
                if self._order:
                    self._write_ordered(file)
                else:
                    self._write_plain(file)
        elif len(self._parts) > 1:
            whole = temporary_beside(self._path)
            try:
                with whole.open("wb") as file:
                    self._write_plain(file)
                self._file.close()
                whole.replace(self._path)
            finally:
                whole.unlink(missing_ok=True)
        self._file.close()

    def _header(self) -> bytes:
        return (",".join(quoted(name) for name in (*FIRST_COLUMNS, *self.columns)) + "\n").encode()

    def _write_plain(self, file: IO[bytes]) -> None:
        file.write(self._header())
        self._file.seek(self._start)
        start = self._start
        for end, columns in self._parts:
            if tuple(self.columns[: len(columns)]) == columns:
                self._copy(file, end - start, len(self.columns) - len(columns))
            else:
                self._copy_in_order(file, end - start, columns)
            start = end

    def _copy_in_order(self, file: IO[bytes], size: int, columns: tuple[str, ...]) -> None:
        """Copy rows whose columns were found at the same time as others, and in another order."""
        names = (*FIRST_COLUMNS, *columns)
        places = {name: number for number, name in enumerate(names)}
        chosen = [places.get(name, len(names)) for name in (*FIRST_COLUMNS, *self.columns)]
        data = self._file.read(size).decode("utf-8")
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        with _long_fields():
            for row in csv.reader(io.StringIO(data, newline="")):
                cells = [*row, ""]
                writer.writerow([cells[number] for number in chosen])
        file.write(text.getvalue().encode("utf-8"))

    def _copy(self, file: IO[bytes], size: int, missing: int) -> None:
        """Copy some bytes of whole rows, and add cells to each."""
        most = max(_SHORTEST_ROW, _COPIED * _SHORTEST_ROW // (_SHORTEST_ROW + missing))
        is_quoted = False
        while size:
            data = self._file.read(min(size, most))
            size -= len(data)
            if missing:
                data, is_quoted = add_cells(data, missing, is_quoted=is_quoted)
            file.write(data)

    def _write_ordered(self, file: IO[bytes]) -> None:
        """Write the file with its columns in the order of their names."""
        first = [f"data.{name}" for name in _FIRST if f"data.{name}" in self._known]
        names = [*first, *sorted(self._known - set(first))]
        places = {name: number for number, name in enumerate(self.columns, len(FIRST_COLUMNS))}
        order = [*range(len(FIRST_COLUMNS)), *(places[name] for name in names)]
        with tempfile.TemporaryFile(dir=self.target.parent) as plain, _long_fields():
            self._write_plain(plain)
            plain.seek(0)
            source = io.TextIOWrapper(plain, encoding="utf-8", newline="")
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            writer = csv.writer(text, lineterminator="\n")
            writer.writerows([row[number] for number in order] for row in csv.reader(source))
            text.detach()
            source.detach()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextlib.contextmanager
def _long_fields() -> Iterator[None]:
    """Let Python's CSV reader read fields of any length, and restore its limit, which is global."""
    before = csv.field_size_limit(_LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def known_columns(spools: dict[str, Spool]) -> dict[str, Sequence[str]]:
    """The columns of some files so far."""
    return {name: tuple(one.columns) for name, one in spools.items()}
