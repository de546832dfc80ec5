"""Counting of the distinct values of some columns, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIN_ROWS = 1 << 14
"""Rows that are aggregated together: the cost of an aggregation hardly depends on fewer rows."""
_MAX_BYTES = 1 << 22
"""Bytes of rows that wait for their aggregation."""


class Group(NamedTuple):
    """Number of rows, and their first and last time in microseconds since 1970."""

    rows: int
    first: int | None
    last: int | None


Key = tuple[str | int | None, ...]
Groups = dict[Key, Group]


def merge(groups: Iterable[Group]) -> Group:
    """Merge groups into one."""
    counts, first, last = zip(*groups, strict=True)
    known_first, known_last = ([time for time in times if time is not None] for times in (first, last))
    return Group(sum(counts), min(known_first, default=None), max(known_last, default=None))


def own(column: pa.ChunkedArray) -> pa.Array:
    """A copy of a column: as long as a column of a decoded batch is used, all of the batch stays in memory."""
    return pa.concat_arrays([*column.chunks, pa.array([], column.type)])


class GroupCounter:
    """Counts the distinct combinations of values in `columns`; only the first `limit` combinations are kept."""

    def __init__(self, columns: tuple[str, ...], limit: int) -> None:
        self.beyond_limit = 0
        """Rows whose combination came after the limit was reached."""
        self._columns = columns
        self._limit = limit
        self._groups: pa.Table | None = None
        self._known = (0, 0)  # rows and bytes of the groups
        self._pending: list[pa.Table] = []
        self._waiting = (0, 0)  # and of what is pending

    def add(self, table: pa.Table) -> None:
        """Count the rows of a table that has the columns and `created_at`."""
        times = own(table["created_at"].cast(pa.int64()))
        rows = {name: own(table[name]) for name in self._columns}
        ones = pa.repeat(pa.scalar(1, pa.int64()), table.num_rows)
        part = pa.table({**rows, "count": ones, "first": times, "last": times})
        self._pending.append(part)
        # Bytes are counted once: they take a call for each buffer.
        self._waiting = (self._waiting[0] + part.num_rows, self._waiting[1] + part.nbytes)
        # Aggregating no fewer rows than there are groups keeps the total cost linear.
        if self._waiting[0] >= max(_MIN_ROWS, self._known[0]) or self._waiting[1] > max(_MAX_BYTES, self._known[1]):
            self._aggregate()

    def groups(self) -> Groups:
        """The groups by their values, in order of first appearance."""
        self._aggregate()
        if self._groups is None:
            return {}
        columns = [column.to_pylist() for column in self._groups.columns]
        return {row[:-3]: Group(*row[-3:]) for row in zip(*columns, strict=True)}

    def table(self) -> pa.Table:
        """The groups as a table: the columns, and `count`, `first` and `last`."""
        self._aggregate()
        if self._groups is None:
            return pa.table({name: pa.nulls(0) for name in (*self._columns, "count", "first", "last")})
        return self._groups

    def _aggregate(self) -> None:
        if not self._pending:
            return
        parts = [self._groups, *self._pending] if self._groups else self._pending
        self._pending, self._waiting = [], (0, 0)
        grouped = pa.concat_tables(parts).group_by(list(self._columns), use_threads=False)
        table = grouped.aggregate([("count", "sum"), ("first", "min"), ("last", "max")])
        table = table.select([*self._columns, "count_sum", "first_min", "last_max"])
        table = table.rename_columns([*self._columns, "count", "first", "last"])
        self.beyond_limit += pc.sum(table["count"].slice(self._limit)).as_py() or 0
        self._groups = table.slice(0, self._limit)
        self._known = (self._groups.num_rows, self._groups.nbytes)
