"""Rows by their distinct combinations of values, so that each combination is asked for once."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

_BITS = 62
"""Of a combination's number; the sign is left alone."""


class Distinct(NamedTuple):
    """The combinations that some rows have."""

    numbers: pa.Array
    """int32: of each row, the number of its combination."""
    combinations: list[tuple[Any, ...]]


class _Digit(NamedTuple):
    """Some of a number's bits, and the values of the columns that they stand for."""

    bits: int
    values: list[pa.Array]


def _occurring(numbers: pa.Array, digits: list[_Digit]) -> tuple[pa.Array, list[pa.Array | pa.Scalar]]:
    """The rows numbered anew, without gaps, and by column the values of each number that occurs.

    A column that has one value throughout is that value alone.
    """
    encoded = numbers.dictionary_encode()
    rest: pa.Array = encoded.dictionary
    found: list[pa.Array | pa.Scalar] = []
    for bits, values in reversed(digits):
        if not bits:
            found[:0] = [column[0] for column in values]
            continue
        places = pc.bit_wise_and(rest, pa.scalar((1 << bits) - 1, pa.int64()))
        rest = pc.shift_right(rest, pa.scalar(bits, pa.int64()))
        found[:0] = [column.take(places) for column in values]
    return encoded.indices, found


def _is_constant(column: pa.Array) -> bool:
    """Whether a column has one value throughout, which takes a quarter of the time of telling its values apart."""
    if column.null_count:
        return bool(column.null_count == len(column))
    first, last = column[0], column[-1]
    if first != last or first != column[len(column) // 2]:
        return False
    return bool(pc.all(pc.equal(column, first)).as_py())


def distinct(columns: Sequence[pa.Array]) -> Distinct:
    """The distinct combinations of the values, nulls too, in these columns of one length, which is at least a row."""
    rows = len(columns[0])
    numbers: pa.Array | None = None
    digits: list[_Digit] = []
    used = 0
    for column in columns:
        if _is_constant(column):
            digits.append(_Digit(0, [column]))
            continue
        encoded = column.dictionary_encode(null_encoding="encode")
        bits = (len(encoded.dictionary) - 1).bit_length()
        if used + bits > _BITS:
            indices, found = _occurring(numbers, digits)
            numbers, used = indices.cast(pa.int64()), (rows - 1).bit_length()
            # There are no more of them than rows. A lone value is made as long as the rest.
            longest = max(len(one) for one in found if isinstance(one, pa.Array))
            digits = [_Digit(used, [one if isinstance(one, pa.Array) else pa.repeat(one, longest) for one in found])]
        if bits:
            own = encoded.indices.cast(pa.int64())
            numbers = (
                own if numbers is None else pc.bit_wise_or(pc.shift_left(numbers, pa.scalar(bits, pa.int64())), own)
            )
            used += bits
        digits.append(_Digit(bits, [encoded.dictionary]))
    if numbers is None:
        return Distinct(pa.repeat(pa.scalar(0, pa.int32()), rows), [tuple(one.values[0][0].as_py() for one in digits)])
    indices, found = _occurring(numbers, digits)
    lists: list[Iterable[Any]] = [
        one.to_pylist() if isinstance(one, pa.Array) else repeat(one.as_py()) for one in found
    ]
    return Distinct(indices, list(zip(*lists, strict=False)))
