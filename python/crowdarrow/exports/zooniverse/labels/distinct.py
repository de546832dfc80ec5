"""Distinct combinations of the values in several columns, so that each combination is resolved once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from crowdarrow import kernels

_MAX_NUMBER = 1 << 62


class Distinct(NamedTuple):
    """The distinct combinations of some rows."""

    numbers: pa.Array
    """int32: the index of each row's combination."""
    combinations: list[tuple[Any, ...]]


def distinct(columns: Sequence[pa.Array]) -> Distinct:
    """The distinct combinations of values, nulls included, in columns of the same length (at least one row).

    A combination is numbered by the dictionary indices of its values, as the digits of a mixed-radix number.
    """
    rows = len(columns[0])
    numbers = pa.repeat(kernels.scalar(0, pa.int64()), rows)
    size = 1
    for column in columns:
        if _is_constant(column):
            continue
        encoded = kernels.encode(column, nulls=True)
        radix = len(encoded.dictionary)
        if size * radix > _MAX_NUMBER:
            # Numbering what occurs anew gives no more numbers than there are rows.
            numbers, size = kernels.cast(kernels.encode(numbers).indices, pa.int64()), rows
        digits = kernels.cast(encoded.indices, pa.int64())
        if size == 1:
            numbers = digits
        else:
            higher = kernels.call("multiply", numbers, kernels.scalar(radix, pa.int64()))
            numbers = kernels.call("add", higher, digits)
        size *= radix
    encoded = kernels.encode(numbers)
    first_rows = kernels.index_in(encoded.dictionary, numbers)
    values = [kernels.take(column, first_rows).to_pylist() for column in columns]
    return Distinct(encoded.indices, list(zip(*values, strict=True)))


def _is_constant(column: pa.Array) -> bool:
    """Whether all values are equal. Checking this costs a quarter of encoding the column."""
    if column.null_count:
        return bool(column.null_count == len(column))
    first, last = column[0], column[-1]
    if first != last or first != column[len(column) // 2]:
        return False
    return bool(kernels.call("equal", column, first).true_count == len(column))
