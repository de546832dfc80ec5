"""Counting of the distinct values of some columns, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow._core import group_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIN_ROWS = 1 << 14
"""Rows that are aggregated together: the cost of an aggregation hardly depends on fewer rows."""
_MIN_ROWS_UNTIMED = 1 << 17
"""The same of rows without times, which are small."""
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


class Distinct:
    """The distinct rows of some columns of text and integers, numbered as they come; at most `limit` of them."""

    def __init__(self, columns: tuple[str, ...], limit: int) -> None:
        self._columns = list(columns)
        self._limit = limit
        self._rows: pa.Table | None = None

    def numbers(self, table: pa.Table) -> pa.Array:
        """The number of each row of a table that has the columns; null for what came after the limit was reached.

        The time depends on the rows that are known too: a table should have many.
        """
        of_row, found = _distinct(table.select(self._columns))
        known = 0
        if self._rows is not None:
            known = self._rows.num_rows
            numbers, found = _distinct(pa.concat_tables([self._rows, found]))
            of_row = numbers.slice(known).take(of_row)
        if found.num_rows > self._limit:
            found = found.slice(0, self._limit)
            of_row = pc.if_else(pc.less(of_row, self._limit), of_row, pa.scalar(None, pa.int64()))
        if found.num_rows > known:
            self._rows = found
        return of_row

    def table(self) -> pa.Table | None:
        """The distinct rows, in the order of their numbers; none if there are none."""
        return self._rows


def first_rows(table: pa.Table, *columns: str) -> pa.Table:
    """The first of the rows that are equal in these columns of text and integers."""
    _, firsts = group_rows([own(table[name]) for name in columns])
    return table.take(pa.array(firsts))


def _distinct(table: pa.Table) -> tuple[pa.Array, pa.Table]:
    """The number of each row's group, and the first row of each group."""
    columns = [column.chunk(0) if column.num_chunks == 1 else column.combine_chunks() for column in table.columns]
    of_row, firsts = (pa.array(found) for found in group_rows(columns))
    return of_row.cast(pa.int64()), pa.table([one.take(firsts) for one in columns], names=table.column_names)


class GroupCounter:
    """Counts the distinct combinations of values in `columns`; only the first `limit` combinations are kept.

    With `timed`, it also notes the first and last time of each.
    """

    def __init__(self, columns: tuple[str, ...], limit: int, *, timed: bool = True) -> None:
        self.beyond_limit = 0
        """Rows whose combination came after the limit was reached."""
        self._columns = columns
        self._limit = limit
        self._min_rows = _MIN_ROWS if timed else _MIN_ROWS_UNTIMED
        self._counted = {"count": "sum", "first": "min", "last": "max"} if timed else {"count": "sum"}
        self._groups: pa.Table | None = None
        self._known = (0, 0)  # rows and bytes of the groups
        self._pending: list[pa.Table] = []
        self._waiting = (0, 0)  # and of what is pending

    def add(self, table: pa.Table) -> None:
        """Count the rows of a table that has the columns, and `created_at` if times are noted."""
        rows = {name: own(table[name]) for name in self._columns}
        rows["count"] = pa.repeat(pa.scalar(1, pa.int64()), table.num_rows)
        if "first" in self._counted:
            rows["first"] = rows["last"] = own(table["created_at"].cast(pa.int64()))
        part = pa.table(rows)
        self._pending.append(part)
        # Bytes are counted once: they take a call for each buffer.
        self._waiting = (self._waiting[0] + part.num_rows, self._waiting[1] + part.nbytes)
        # Aggregating no fewer rows than there are groups keeps the total cost linear.
        if self._waiting[0] >= max(self._min_rows, self._known[0]) or self._waiting[1] > max(
            _MAX_BYTES, self._known[1]
        ):
            self._aggregate()

    def groups(self) -> Groups:
        """The groups by their values, in order of first appearance, with their times."""
        self._aggregate()
        if self._groups is None:
            return {}
        columns = [column.to_pylist() for column in self._groups.columns]
        return {row[:-3]: Group(*row[-3:]) for row in zip(*columns, strict=True)}

    def table(self) -> pa.Table:
        """The groups as a table: the columns, `count`, and with times `first` and `last`."""
        self._aggregate()
        if self._groups is None:
            return pa.table({name: pa.nulls(0, pa.int64()) for name in (*self._columns, *self._counted)})
        return self._groups

    def _aggregate(self) -> None:
        if not self._pending:
            return
        parts = [self._groups, *self._pending] if self._groups else self._pending
        self._pending, self._waiting = [], (0, 0)
        grouped = pa.concat_tables(parts).group_by(list(self._columns), use_threads=False)
        table = grouped.aggregate(list(self._counted.items()))
        table = table.select([*self._columns, *(f"{name}_{how}" for name, how in self._counted.items())])
        table = table.rename_columns([*self._columns, *self._counted])
        self.beyond_limit += pc.sum(table["count"].slice(self._limit)).as_py() or 0
        self._groups = table.slice(0, self._limit)
        self._known = (self._groups.num_rows, self._groups.nbytes)
