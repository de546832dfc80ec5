"""The rows of a batch of records, by file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow._core import add_cells
from crowdarrow.extraction.cells import MISSING, cell_of, quoted
from crowdarrow.extraction.config import Job

FIRST_COLUMNS = (
    "classification_id", "user_name", "user_id", "workflow_id", "task", "created_at", "subject_id", "extractor",
)  # fmt: skip

ROW_END = "\n"
_WIDE = 1 << 11
"""Columns of a file whose rows are not kept for records with the same annotations."""
_SPECIAL = '[",\r\n]'
_MISSING = pa.array(sorted(MISSING), pa.string())

Cells = list[tuple[str, str]]
"""The columns of an extract with their cells."""
Start = tuple[str, str, str]
"""The cells of a record before the task, those between it and the subject, and the subject."""


@dataclass
class Rows:
    """Rows of one file: the columns of their cells after the first ones, their bytes and their number."""

    columns: tuple[str, ...]
    data: bytes
    count: int


class Entry:
    """What records with the same annotations have in common.

    Attributes:
        rows: pairs of the number of a job and the cells of a row.
        lost: pairs of the number of a job and the reason why it has no extract.
        unreadable: the reason why the annotations cannot be read.
        ends: for each row its file, its task and its end, for the columns that the files have now.
        stamp: says which columns these are.
    """

    __slots__ = ("ends", "lost", "rows", "stamp", "unreadable")

    def __init__(
        self,
        rows: tuple[tuple[int, Cells], ...],
        lost: tuple[tuple[int, str], ...],
        unreadable: str | None = None,
    ) -> None:
        self.rows, self.lost, self.unreadable = rows, lost, unreadable
        self.ends: list[tuple[list[str], str, str, int | None]] = []
        self.stamp = -1


class Files:
    """The rows of all files while a batch is read, and their columns from one batch to the next."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._files = {job.name: _File() for job in jobs}
        self._jobs = [_JobRows(job, self._files[job.name]) for job in jobs]
        self._stamp = 0

    @property
    def is_wide(self) -> bool:
        """Whether rows are so long that they should not be kept."""
        return any(len(file.places) > _WIDE for file in self._files.values())

    def follow(self, known: Mapping[str, Sequence[str]]) -> None:
        """Put the columns in the order that they have in the files, so that the rows of all workers agree."""
        for name, columns in known.items():
            self._stamp += self._files[name].follow(columns)

    def add(self, entry: Entry, start: Start) -> None:
        """Add the rows of a record."""
        if entry.stamp != self._stamp:
            self._prepare(entry)
        before, between, subject = start
        for rows, task, end, number in entry.ends:
            shown = subject if number is None else _numbered(subject, number)
            rows.append(f"{before}{task}{between}{shown}{end}")

    def columns(self, name: str) -> list[str]:
        """The columns of a file."""
        return list(self._files[name].places)

    def add_rows(self, name: str, columns: Sequence[str], data: bytes, count: int) -> None:
        """Add rows with a cell for each column that a file has, and for these."""
        self._stamp += self._files[name].add(columns, data, count)

    def _prepare(self, entry: Entry) -> None:
        """Make the ends of an entry's rows, with a cell for each column that its file has now."""
        has_grown = False
        for number, cells in entry.rows:
            has_grown |= self._jobs[number].file.grow(cells)
        self._stamp += has_grown
        entry.stamp = self._stamp
        entry.ends = []
        counts: dict[int, int] = {}
        for number, cells in entry.rows:
            job = self._jobs[number]
            counts[number] = counts.get(number, -1) + 1
            tail = job.last + job.file.tail(cells)
            entry.ends.append((job.file.rows, job.task, tail, counts[number] if job.numbers_subjects else None))

    def finish(self) -> dict[str, Rows]:
        """The rows of the files that have some."""
        return {name: file.finish() for name, file in self._files.items() if file.has_rows}


class _JobRows:
    """What all rows of an entry of the configuration have in common."""

    def __init__(self, job: Job, file: "_File") -> None:
        self.file = file
        self.task, self.last = job_cells(job)
        self.numbers_subjects = bool(_keywords_of(job).get("recursive_subject_ids", False))


def job_cells(job: Job) -> tuple[str, str]:
    """Two cells of all rows of an entry of the configuration: that of the task, and that of the extractor."""
    task = _keywords_of(job).get("task")
    return "" if isinstance(task, dict) else cell_of(task), "," + quoted(job.name)


def _keywords_of(job: Job) -> Mapping[str, Any]:
    return job.keywords if isinstance(job.keywords, Mapping) else {}


class _File:
    """The rows of one file while a batch is read, and its columns."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.rows: list[str] = []
        self._parts: list[tuple[bytes, int]] = []
        """Rows before these, with the number of their columns."""
        self._count = 0
        """The number of the rows in the parts."""

    @property
    def has_rows(self) -> bool:
        """Whether there are rows."""
        return bool(self.rows or self._parts)

    def follow(self, columns: Sequence[str]) -> bool:
        """Take over the order of some columns; returns whether this changes something."""
        own = list(self.places)
        if own == list(columns[: len(own)]) and len(own) >= len(columns):
            return False
        self.places = {name: number for number, name in enumerate(dict.fromkeys([*columns, *own]))}
        return True

    def grow(self, cells: Cells) -> bool:
        """Add the columns that the file lacks; returns whether there were some."""
        places = self.places
        before = len(places)
        for name, _ in cells:
            if name not in places:
                places[name] = len(places)
        if len(places) == before:
            return False
        self._end_part(before)
        return True

    def add(self, columns: Sequence[str], data: bytes, count: int) -> bool:
        """Add rows with a cell for each column and for these; returns whether the file lacked some."""
        places = self.places
        before = len(places)
        self._end_part(before)
        for name in columns:
            places[name] = len(places)
        if count:
            self._parts.append((data, len(places)))
            self._count += count
        return len(places) > before

    def _end_part(self, width: int) -> None:
        """Make a part of the rows, which have this number of columns."""
        if self.rows:
            data = ROW_END.join(self.rows) + ROW_END
            self._parts.append((data.encode("utf-8", "surrogateescape"), width))
            self._count += len(self.rows)
            self.rows.clear()  # entries that are kept refer to the list

    def tail(self, cells: Cells) -> str:
        """All cells of a row, in the order of the columns."""
        found = [""] * (len(self.places) + 1)
        for name, text in cells:
            found[self.places[name] + 1] = text
        return ",".join(found)

    def finish(self) -> Rows:
        """The rows, each with a cell for all columns of the batch."""
        width = len(self.places)
        self._end_part(width)
        parts = [data if own == width else add_cells(data, width - own)[0] for data, own in self._parts]
        found = Rows(tuple(self.places), b"".join(parts), self._count)
        self._parts.clear()
        self._count = 0
        return found


def _numbered(subject: str, number: int) -> str:
    """The cell of a subject with the number of a row."""
    if subject.endswith('"'):
        return f'{subject[:-1]}_{number}"'
    return f"{subject or 'nan'}_{number}"


def row_starts(batch: pa.RecordBatch) -> tuple[pa.Array, pa.Array, pa.Array]:
    """For each record the cells before the task, those between it and the subject, and the subject."""
    *first, created, subjects = _cells([batch[name] for name in _STARTS])
    comma = pa.scalar(",")
    before = pc.binary_join_element_wise(*first, pa.scalar(""), comma)
    return before, pc.binary_join_element_wise(pa.scalar(""), created, pa.scalar(""), comma), subjects


_STARTS = ("classification_id", "user_name", "user_id", "workflow_id", "created_at", "subject_ids")


def _cells(columns: Sequence[pa.Array]) -> list[pa.Array]:
    """The cells of an export as cells of the extracts; texts that pandas reads as missing are empty.

    All columns at once: a batch has few records, and each call takes longer than they do.
    """
    together = pa.concat_arrays(columns)
    found = pc.if_else(pc.is_in(together, value_set=_MISSING), pa.scalar(""), together).fill_null("")
    special: Any = pc.match_substring_regex(found, _SPECIAL)
    if pc.any(special).as_py():
        found = pa.array(_quoted(found.to_pylist()), pa.string())
    size = len(columns[0])
    return [found.slice(start, size) for start in range(0, len(found), size)] if size else list(columns)


def _quoted(texts: Iterable[str]) -> list[str]:
    return [quoted(text) for text in texts]
