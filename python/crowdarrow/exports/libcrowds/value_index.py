"""Numbering of the values that have the same target and tag."""

from array import array
from collections.abc import Mapping

import pyarrow as pa


class ValueIndexCounter:
    """Numbers the values of each pair of target and tag, from 0, in the order of the input.

    The counter keeps one integer per pair for the whole pass.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str | None, str | None], int] = {}

    def __call__(self, columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """`value_index` (int32) of each row of the next batch."""
        counts = self._counts
        indices = array("i")
        # A dictionary takes a third of the time of `group_by`, which loads pandas and `pyarrow.compute`.
        for pair in zip(columns["target"].to_pylist(), columns["tag"].to_pylist(), strict=True):
            index = counts.get(pair, 0)
            counts[pair] = index + 1
            indices.append(index)
        # Not `pa.array`, which loads pandas for a sequence of Python's.
        return {"value_index": pa.Array.from_buffers(pa.int32(), len(indices), [None, pa.py_buffer(indices)])}
