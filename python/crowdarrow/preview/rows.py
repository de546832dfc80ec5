"""The first rows of a table as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.sinks.csv import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crowdarrow.read.reader import Reader

Row = tuple[str | None, ...]

_CHUNK = 1_000
"""Rows that are converted to text together."""


def first_rows(reader: Reader, count: int, length: int) -> Iterator[list[Row]]:
    """The first `count` rows in chunks, each value cut to `length` characters; no more of the input is read."""
    for batch in reader:
        for start in range(0, min(batch.num_rows, count), _CHUNK):
            part = batch.slice(start, min(_CHUNK, count - start))
            yield list(zip(*(_texts(column, length) for column in part.columns), strict=True))
        count -= min(batch.num_rows, count)
        if not count:
            return


def is_number(kind: pa.DataType) -> bool:
    """Whether the values of a type are aligned to the right."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _texts(values: pa.Array, length: int) -> list[str | None]:
    texts = values if pa.types.is_string(values.type) else cell_text(values)
    found: list[str | None] = pc.utf8_slice_codeunits(texts, 0, length).to_pylist()
    return found
