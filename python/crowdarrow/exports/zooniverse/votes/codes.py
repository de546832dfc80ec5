"""Keys as integers whose order is that of the keys, so that groups are found and sorted without comparing text."""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow import _core

_MOST_CODES = 1 << 62
_SPAN = 4
"""Integers from the first to the last for each known one, at most, for which positions are looked up in a list."""
_ZERO, _ONE = (pa.scalar(value, pa.int64()) for value in (0, 1))


class Codes(NamedTuple):
    """An integer for each row, without nulls, from 0 to less than `size`."""

    values: pa.Array
    size: int

    def filter(self, mask: pa.Array) -> "Codes":
        """The codes of some rows."""
        return Codes(self.values.filter(mask), self.size)

    def take(self, rows: pa.Array) -> "Codes":
        """The codes of these rows."""
        return Codes(self.values.take(rows), self.size)


def array(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    if isinstance(column, pa.Array):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    found = column.unify_dictionaries().combine_chunks() if pa.types.is_dictionary(column.type) else None
    found = column.combine_chunks() if found is None else found
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def row_numbers(count: int) -> pa.Array:
    """The integers from 0 to less than `count`."""
    return pc.subtract(pc.cumulative_sum(pa.repeat(_ONE, count)), _ONE)


def dictionary(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of text as a dictionary, with a null wherever the text is null."""
    found = array(column)
    return found if pa.types.is_dictionary(found.type) else found.dictionary_encode()


def text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column of text, or of a dictionary of text, as text."""
    found = array(column)
    return found.cast(found.type.value_type) if pa.types.is_dictionary(found.type) else found


def codes_of(*columns: pa.Array | pa.ChunkedArray) -> list[Codes]:
    """The codes of columns of text, which are the same for the same text: 0 for null, then in the order of bytes."""
    parts = [dictionary(column) for column in columns]
    joined = pa.chunked_array(parts).unify_dictionaries()
    known = joined.chunk(0).dictionary
    # The inverse of the permutation that sorts is the rank of each text.
    ranks = pc.add(pc.sort_indices(pc.sort_indices(known)).cast(pa.int64()), _ONE)
    size = len(known) + 1
    return [Codes(pc.fill_null(ranks.take(part.indices), _ZERO), size) for part in joined.chunks]


def combined(*parts: Codes) -> Codes:
    """The codes of several keys together, ordered by the first, then the second, and so on.

    The code of the last key is the remainder by its size.
    """
    found, *others = parts
    for other in others:
        if found.size * other.size > _MOST_CODES:
            found = dense(found)
        values = pc.add(pc.multiply(found.values, pa.scalar(other.size, pa.int64())), other.values)
        found = Codes(values, found.size * other.size)
    return found


def dense(codes: Codes) -> Codes:
    """The same order in the fewest codes."""
    parts = codes.values.dictionary_encode()
    ranks = pc.sort_indices(pc.sort_indices(parts.dictionary)).cast(pa.int64())
    return Codes(ranks.take(parts.indices), max(len(ranks), 1))


class Known:
    """Distinct integers, and the position of each: numbers of records, most of which follow each other."""

    def __init__(self, values: pa.Array) -> None:
        self._values = values
        bounds = pc.min_max(values)
        self._begin, self._end = bounds["min"].as_py() or 0, bounds["max"].as_py() or 0
        self._at: pa.Array | None = None
        span = self._end - self._begin + 1
        if len(values) and span <= _SPAN * len(values):
            numbers = pc.add(row_numbers(span), pa.scalar(self._begin, pa.int64()))
            self._at = positions(numbers.cast(values.type), values)

    def positions(self, values: pa.Array) -> pa.Array:
        """The position of each value; null if it isn't there."""
        if self._at is None:
            return positions(values, self._values)
        rows = pc.subtract(values, pa.scalar(self._begin, values.type))
        size = len(self._at)
        bounds = pc.min_max(rows)
        if len(rows) and (bounds["min"].as_py() < 0 or bounds["max"].as_py() >= size):
            is_inside = pc.and_(
                pc.greater_equal(rows, pa.scalar(0, rows.type)), pc.less(rows, pa.scalar(size, rows.type))
            )
            rows = pc.if_else(is_inside, rows, pa.scalar(None, rows.type))
        return self._at.take(rows)


def positions(values: pa.Array, known: pa.Array) -> pa.Array:
    """The position of each value in `known`; null if it isn't there."""
    return pc.index_in(values, value_set=known)


def starts(columns: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Array:
    """Whether each row of sorted integer columns is the first of its group."""
    count = len(columns[0])
    if not count:
        return pa.array([], pa.bool_())
    changed = pa.repeat(pa.scalar(False), count - 1)  # noqa: FBT003 - a value
    for column in map(array, columns):
        values, valid = pc.fill_null(column, pa.scalar(0, column.type)), column.is_valid()
        for one in (values, valid):
            changed = pc.or_(changed, pc.not_equal(one.slice(1), one.slice(0, count - 1)))
    return pa.concat_arrays([pa.array([True]), changed])


def numbered(is_start: pa.Array) -> pa.Array:
    """The number of each row's group, from 0."""
    return pc.subtract(pc.cumulative_sum(is_start.cast(pa.int64())), _ONE)


class Runs(NamedTuple):
    """The groups of rows in which equal ones follow each other: where each begins, and its number of rows."""

    begins: pa.Array
    counts: pa.Array

    @classmethod
    def of(cls, is_start: pa.Array) -> "Runs":
        """The groups that begin at some rows."""
        begins = row_numbers(len(is_start)).filter(is_start)
        ends = pa.concat_arrays([begins.slice(1), pa.array([len(is_start)] if len(begins) else [], pa.int64())])
        return cls(begins, pc.subtract(ends, begins))

    @property
    def lasts(self) -> pa.Array:
        """The last row of each group."""
        return pc.subtract(pc.add(self.begins, self.counts), _ONE)

    def sums(self, values: pa.Array) -> pa.Array:
        """The sum of the integers, or the number of true values, in each group."""
        numbers = values.cast(pa.int64())
        total = pc.cumulative_sum(numbers)
        return pc.add(pc.subtract(total.take(self.lasts), total.take(self.begins)), numbers.take(self.begins))


def sorted_rows(*columns: pa.Array) -> pa.Array:
    """The rows in the order of integer columns; equal ones as they are."""
    if len(columns) == 1 and columns[0].type == pa.int64() and not columns[0].null_count:
        return pa.array(_core.sorted_rows(columns[0]))
    names = [str(number) for number in range(len(columns))]
    return pc.sort_indices(pa.table(list(columns), names=names), sort_keys=[(name, "ascending") for name in names])


def is_first_of(values: pa.Array) -> pa.Array:
    """Whether each value is the first of its kind."""
    return are_first(values.dictionary_encode().indices)


def are_first(indices: pa.Array) -> pa.Array:
    """Whether each index of a dictionary is the first of its value, if they were given out in their order."""
    if not len(indices):
        return pa.array([], pa.bool_())
    before = pc.cumulative_max(indices).slice(0, len(indices) - 1)
    return pa.concat_arrays([pa.array([True]), pc.greater(indices.slice(1), before)])


def order_reversed(count: int) -> pa.Array:
    """The row numbers from the last to the first."""
    return pc.subtract(pa.scalar(count - 1, pa.int64()), row_numbers(count))


def integers_of(*columns: pa.ChunkedArray) -> list[Codes]:
    """The codes of columns of integers, which are the same for the same integer; 0 for null."""
    parts = [array(column) for column in columns]
    whole = pa.concat_arrays(parts).dictionary_encode()
    codes = pc.fill_null(pc.add(whole.indices.cast(pa.int64()), _ONE), _ZERO)
    begins = [sum(map(len, parts[:number])) for number in range(len(parts))]
    return [
        Codes(codes.slice(begin, len(part)), len(whole.dictionary) + 1)
        for begin, part in zip(begins, parts, strict=True)
    ]


class Groups(NamedTuple):
    """The distinct values of a column, in the order in which they come.

    Attributes:
        values: the distinct values.
        of_row: the position of each row's value in `values`.
    """

    values: pa.Array
    of_row: pa.Array

    @classmethod
    def of(cls, values: pa.Array) -> "Groups":
        """The groups of a column without nulls."""
        found = values.dictionary_encode()
        return cls(found.dictionary, found.indices)

    @property
    def firsts(self) -> pa.Array:
        """The first row of each."""
        return row_numbers(len(self.of_row)).filter(are_first(self.of_row))


class RowGroups(NamedTuple):
    """The distinct rows of some columns, in the order in which they come.

    Attributes:
        of_row: the number of each row's group.
        firsts: the first row of each.
    """

    of_row: pa.Array
    firsts: pa.Array

    @classmethod
    def of(cls, *columns: pa.Array) -> "RowGroups":
        """The groups of columns of text, integers and booleans; nulls are equal."""
        return cls(*map(pa.array, _core.group_rows(columns)))


class Items(NamedTuple):
    """The numbers in lists, those of one list after those of the other.

    Attributes:
        numbers: the distinct numbers, in the order in which they come.
        of_row: the position of each number in `numbers`.
        lists: the row of each number's list.
    """

    numbers: pa.Array
    of_row: pa.Array
    lists: pa.Array

    @classmethod
    def of(cls, *lists: pa.Array | pa.ChunkedArray) -> "Items":
        """The numbers in columns of lists, each number less than a few ten thousands."""
        return cls(*map(pa.array, _core.items_of([array(one) for one in lists])))


class Times(NamedTuple):
    """How often each value comes."""

    values: pa.Array
    counts: pa.Array

    @classmethod
    def of(cls, values: pa.Array) -> "Times":
        """The times of integers without nulls, in the order of the values."""
        return cls(*map(pa.array, _core.counted(values.cast(pa.int64()))))

    @classmethod
    def as_they_come(cls, values: pa.Array) -> "Times":
        """The times of integers without nulls, in the order in which these come."""
        found = pa.table({"value": values}).group_by("value", use_threads=False).aggregate([([], "count_all")])
        return cls(array(found["value"]), array(found["count_all"]))


def divided(values: pa.Array, size: int) -> tuple[pa.Array, pa.Array]:
    """The two parts of combined codes: quotient, and remainder by the size of the second."""
    whole = pc.divide(values, pa.scalar(size, pa.int64()))
    return whole, pc.subtract(values, pc.multiply(whole, pa.scalar(size, pa.int64())))


def inverse(order: pa.Array) -> pa.Array:
    """The inverse of a permutation."""
    return pc.sort_indices(order).cast(pa.int64())
