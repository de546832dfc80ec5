"""Rows that are sorted by their keys, in bounded memory: beyond a bound, sorted runs go to temporary files."""

import contextlib
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.errors import OutputError

BOUND = 64 << 20
"""Bytes of rows that are kept in memory."""
_BATCH_ROWS = 1 << 13
"""Rows of a run that are read at once: as many of each run are in memory while they are merged."""
_BATCH_BYTES = 1 << 20
"""Bytes of such rows, about, if they are long."""
_MOST_RUNS = 64
"""Runs beyond which they are merged to one: each has an open file."""

Key = tuple[tuple[bool, Any], ...]


class SortedRows:
    """Rows of several tables that share key columns; they come back in the order of their keys.

    Rows with equal keys keep the order in which they were added, and come back together.

    Args:
        keys: the key columns of all tables, of integers or text. Text is ordered by its bytes.
        nulls_last: whether null keys are last; by default they are first.
        bound: bytes of rows in memory beyond which rows go to temporary files.
    """

    def __init__(self, keys: Sequence[str], *, nulls_last: bool = False, bound: int | None = None) -> None:
        self._keys = tuple(keys)
        self._nulls_last = nulls_last
        self._bound = BOUND if bound is None else bound
        self._rows: dict[str, list[pa.RecordBatch]] = {}
        self._bytes = 0
        self._runs: list[_File] = []

    def add(self, table: str, rows: pa.RecordBatch) -> None:
        """Add rows of a table; each table has one schema, whose text columns may be dictionaries."""
        if rows.num_rows:
            self._rows.setdefault(table, []).append(rows)
            self._bytes += rows.nbytes
            if self._bytes > self._bound:
                self._spill()

    def groups(self) -> Iterator[dict[str, pa.Table]]:
        """All rows, as tables of whole groups of equal keys; in an order of groups, but not sorted within a table.

        Every call of the iterator gives the rows of a range of keys, above those of the call before.
        """
        if not self._runs:
            kept = {name: pa.Table.from_batches(rows).unify_dictionaries() for name, rows in self._rows.items()}
            self._rows.clear()
            if kept:
                yield kept
            return
        self._spill()
        yield from self._merged(self._runs)

    def close(self) -> None:
        """Remove the temporary files."""
        for run in self._runs:
            run.close()
        self._runs.clear()
        self._rows.clear()

    def key(self, table: pa.Table, row: int) -> Key:
        """The key of a row, as a value that compares as the rows are ordered."""
        values = (table[name][row].as_py() for name in self._keys)
        return tuple(
            ((value is None) == self._nulls_last, value.encode() if isinstance(value, str) else value or 0)
            for value in values
        )

    def _take_rows(self) -> dict[str, pa.Table]:
        rows, self._rows, self._bytes = self._rows, {}, 0
        return {name: joined([pa.Table.from_batches([one]) for one in rows.pop(name)]) for name in list(rows)}

    def in_order(self, table: pa.Table) -> pa.Table:
        """The rows of a table in the order of their keys, and else as they are."""
        return table.take(order_of(table, self._keys, nulls_last=self._nulls_last))

    def _spill(self) -> None:
        if len(self._runs) >= _MOST_RUNS:
            merged, before = _File(self), self._runs
            for tables in self._merged(before):
                for name, table in tables.items():
                    merged.write(name, self.in_order(table))
            self._runs = [merged]
            for run in before:
                run.close()
        run = _File(self)
        self._runs.append(run)
        for name, table in self._take_rows().items():
            run.write(name, self.in_order(table))

    @staticmethod
    def _merged(runs: Sequence["_File"]) -> Iterator[dict[str, pa.Table]]:
        """The rows of sorted runs, in ranges of keys."""
        cursors = [cursor for run in runs for cursor in run.cursors()]
        while cursors:
            ends = [end for cursor in cursors if (end := cursor.end()) is not None]
            below = min(ends, default=None)
            found: dict[str, list[pa.Table]] = {}
            for cursor in cursors:
                if (rows := cursor.take(below)) is not None:
                    found.setdefault(cursor.table, []).append(rows)
            if found:
                yield {name: joined(parts) for name, parts in found.items()}
            else:  # the group at the end of a cursor goes on
                for cursor in cursors:
                    if cursor.end() == below:
                        cursor.read_more()
            cursors = [cursor for cursor in cursors if cursor.load()]


def order_of(table: pa.Table, keys: Sequence[str], *, nulls_last: bool = False) -> pa.Array:
    """The rows of a table in the order of some columns, ascending; equal ones as they are."""
    columns: dict[str, pa.ChunkedArray] = {}
    for name in keys:
        # Nulls are last by default, and how to say otherwise depends on the version of pyarrow.
        if table[name].null_count and not nulls_last:
            columns[f"{name} is there"] = table[name].is_valid()
        columns[name] = table[name]
    return pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in columns])


def joined(parts: Sequence[pa.Table]) -> pa.Table:
    """Tables one after the other, with one dictionary for each dictionary column, and one chunk for each column."""
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks()


class _Cursor:
    """A position in one table of a run."""

    def __init__(self, table: str, owner: SortedRows, batches: Iterator[pa.Table]) -> None:
        self.table = table
        self._owner, self._batches = owner, batches
        self._rows: pa.Table | None = None
        self._is_whole = False
        self._end: Key | None = None
        self.read_more()

    def read_more(self) -> None:
        """Read the next rows; after the last ones the cursor has no end."""
        more = next(self._batches, None)
        if more is None:
            self._is_whole, self._end = True, None
            return
        self._rows = more if self._rows is None or not self._rows.num_rows else joined([self._rows, more])
        self._end = self._owner.key(self._rows, self._rows.num_rows - 1)

    def end(self) -> Key | None:
        """The key of the last row that was read, whose group may go on; None if all rows were read."""
        return self._end

    def take(self, below: Key | None) -> pa.Table | None:
        """The next rows whose key is less; all if it is None."""
        rows = self._rows
        if rows is None or not rows.num_rows:
            return None
        count = rows.num_rows
        if below is not None and self._owner.key(rows, count - 1) >= below:
            count = bisect_left(range(count), below, key=lambda row: self._owner.key(rows, row))
        self._rows = rows.slice(count)
        return rows.slice(0, count) if count else None

    def load(self) -> bool:
        """Read rows if there are few; whether there are some now.

        The rows up to the least end of all cursors are taken at once: without enough rows each, they would be few.
        """
        while not self._is_whole and (self._rows is None or _are_few(self._rows)):
            self.read_more()
        return self._rows is not None and self._rows.num_rows > 0


class _File:
    """A run in temporary files, one for each table. They have no name where the system allows it, so none is left."""

    def __init__(self, owner: SortedRows) -> None:
        self._owner = owner
        self._files: dict[str, IO[bytes]] = {}
        self._writers: dict[str, pa.RecordBatchStreamWriter] = {}

    def write(self, name: str, table: pa.Table) -> None:
        """Append rows to a table."""
        with _disk_errors():
            if name not in self._files:
                self._files[name] = tempfile.TemporaryFile(prefix="crowdarrow-")  # noqa: SIM115 - closed by `close`
                self._writers[name] = pa.ipc.new_stream(self._files[name], table.schema)
            for rows in _slices(table):
                for batch in _with_own_dictionaries(rows).to_batches():
                    self._writers[name].write_batch(batch)

    def cursors(self) -> list[_Cursor]:
        """A cursor for each table."""
        with _disk_errors():
            for writer in self._writers.values():
                writer.close()
        self._writers.clear()
        return [_Cursor(name, self._owner, _read(file)) for name, file in self._files.items()]

    def close(self) -> None:
        """Remove the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Errors of writing as one line that says what to do."""
    try:
        yield
    except OSError as error:
        folder = tempfile.gettempdir()
        msg = f"cannot write temporary files in {folder}: {error.strerror or error}; set TMPDIR to another folder"
        raise OutputError(msg) from error


def _are_few(rows: pa.Table) -> bool:
    return bool(rows.num_rows < _BATCH_ROWS and rows.nbytes < _BATCH_BYTES)


def _slices(table: pa.Table) -> Iterator[pa.Table]:
    rows = _BATCH_ROWS
    if table.num_rows:  # fewer if they are long
        rows = min(max(_BATCH_BYTES * table.num_rows // max(table.nbytes, 1), 1), rows)
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


def _with_own_dictionaries(table: pa.Table) -> pa.Table:
    """Dictionaries of the values of these rows alone: they are in memory with each part of the run that is read."""
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            values = table.column(index).cast(field.type.value_type).combine_chunks()
            table = table.set_column(index, field, values.dictionary_encode())
    return table.combine_chunks()


def _read(file: IO[bytes]) -> Iterator[pa.Table]:
    file.seek(0)
    for batch in pa.ipc.open_stream(file):
        yield pa.Table.from_batches([batch])
