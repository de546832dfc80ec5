"""The file of one extractor: its rows, until all of its columns are known."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from typing import IO, TYPE_CHECKING, NamedTuple

from crowdarrow.errors import UsageError
from crowdarrow.extraction.batch_rows import FIRST_COLUMNS, ROW_END
from crowdarrow.extraction.cells import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crowdarrow.extraction.batch_rows import Rows

MOST_COLUMNS = 20_000
"""Columns of a file; each row has a cell for each."""
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
    """The rows of one file, on disk, and its columns so far.

    A row is written with the columns that were known at the time. `write` copies the rows to their file and gives each
    the cells that it lacks.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.count = name, 0
        self.columns: list[str] = []
        self._known: set[str] = set()
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._parts: list[_Part] = []

    def add(self, rows: Rows) -> None:
        """Add rows.

        Raises:
            UsageError: the file would have too many columns.
        """
        if rows.columns != tuple(self.columns):
            self.columns += [name for name in rows.columns if name not in self._known]
            self._known.update(rows.columns)
        if len(self.columns) > MOST_COLUMNS:
            msg = (
                f"{self.name} has more than {MOST_COLUMNS:,} columns, one for each answer; take it out of `config`, or "
                "read its task with text_extractor"
            )
            raise UsageError(msg)
        self._file.write(rows.data)
        last = self._parts[-1].columns if self._parts else None
        if last == rows.columns:
            self._parts.pop()
        self._parts.append(_Part(self._file.tell(), rows.columns))
        self.count += rows.count

    def write(self, path: Path, *, order: bool) -> None:
        """Write the file."""
        with path.open("wb") as file:
            if order:
                self._write_ordered(file)
            else:
                self._write_plain(file)

    def _write_plain(self, file: IO[bytes]) -> None:
        file.write((",".join(quoted(name) for name in (*FIRST_COLUMNS, *self.columns)) + "\n").encode())
        self._file.seek(0)
        start = 0
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
        data = self._file.read(size).replace(ROW_END, b"\n").decode("utf-8")
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
        while size:
            data = self._file.read(min(size, most))
            size -= len(data)
            # Python finds one byte many times as fast as two.
            file.write(data.replace(ROW_END[:1], b"," * missing))

    def _write_ordered(self, file: IO[bytes]) -> None:
        """Write the file with its columns in the order of their names."""
        first = [f"data.{name}" for name in _FIRST if f"data.{name}" in self._known]
        names = [*first, *sorted(self._known - set(first))]
        places = {name: number for number, name in enumerate(self.columns, len(FIRST_COLUMNS))}
        order = [*range(len(FIRST_COLUMNS)), *(places[name] for name in names)]
        with tempfile.TemporaryFile(dir=self._folder) as plain, _long_fields():
            self._write_plain(plain)
            plain.seek(0)
            source = io.TextIOWrapper(plain, encoding="utf-8", newline="")
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            writer = csv.writer(text, lineterminator="\n")
            writer.writerows([row[number] for number in order] for row in csv.reader(source))
            text.detach()
            source.detach()

    def close(self) -> None:
        """Remove the rows on disk."""
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
