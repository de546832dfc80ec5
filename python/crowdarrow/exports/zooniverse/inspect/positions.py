"""Where marks are within the image, by task and tool."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.groups import own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CELLS = 40
"""Rows and columns of a grid."""
_MOST_TOOLS, _TOOLS_SHOWN = 500, 9
_MOST_RECORDS = 1 << 20
"""Records whose sizes are kept for marks that may follow."""
_KEYS = ["workflow_id", "task", "tool_index", "tool_type"]


class Positions:
    """Counts the centres of marks in a grid over the image, by its size in `metadata.subject_dimensions`."""

    def __init__(self) -> None:
        self._grids: dict[tuple[Any, ...], _Grid] = {}
        self._sizes: pa.Table | None = None

    def add_records(self, records: pa.Table) -> None:
        """Note the sizes of the records' images. Their marks may come with later blocks."""
        width, height = _sizes(records)
        sizes = pa.table({"id": own(records["classification_id"]), "width": width, "height": height})
        parts = [sizes] if self._sizes is None else [self._sizes, sizes]
        together = pa.concat_tables(parts)
        self._sizes = together.slice(max(0, together.num_rows - _MOST_RECORDS))

    def add(self, marks: pa.Table) -> None:
        """Count marks, which come in the order of their records."""
        import numpy as np

        if self._sizes is None:
            return
        sizes = self._sizes.combine_chunks()
        row = pc.index_in(marks["classification_id"], value_set=sizes["id"].chunk(0)).combine_chunks()
        last = pc.max(row).as_py()
        marks = marks.append_column("width", sizes["width"].chunk(0).take(row))
        marks = marks.append_column("height", sizes["height"].chunk(0).take(row))
        self._sizes = sizes.slice(last or 0)
        marks = marks.filter(pc.and_(pc.is_valid(marks["cx"]), pc.is_valid(marks["cy"])))
        for key in marks.group_by(_KEYS).aggregate([("tool_label", "max")]).to_pylist():
            place = tuple(key[name] for name in _KEYS)
            if place not in self._grids and len(self._grids) >= _MOST_TOOLS:
                continue
            grid = self._grids.setdefault(place, _Grid((key["tool_label_max"] or "")[:60]))
            part = marks.filter(_equal(marks, place))
            x, y = (_numbers(pc.divide(part[at], part[size])) for at, size in (("cx", "width"), ("cy", "height")))
            inside = (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
            cells = (y[inside] * _CELLS).astype(np.int64) * _CELLS + (x[inside] * _CELLS).astype(np.int64)
            grid.counts = grid.counts + np.bincount(cells, minlength=_CELLS * _CELLS)
            grid.outside += int(len(x) - inside.sum())

    def grids(self, label: Callable[[Any], str]) -> Iterator[tuple[str, str, list[list[int]]]]:
        """Title, note and grid of the tools with the most marks; `label` names a workflow."""
        ranked = sorted(self._grids.items(), key=lambda entry: -int(sum(entry[1].counts)))
        for (workflow, task, index, kind), grid in ranked[:_TOOLS_SHOWN]:
            total = int(sum(grid.counts))
            if not total:
                continue
            tool = grid.label or ("" if index is None else f"tool {index}")
            parts = (f"{task},", tool, f"({kind})" if kind else "")
            title = f"{label(workflow)}: " + " ".join(part for part in parts if part)
            note = f"{total:,} marks by their centres" + (
                f"; {grid.outside:,} more lie outside the image, or its size is unknown" if grid.outside else ""
            )
            yield title, note + ".", grid.counts.reshape(_CELLS, _CELLS).tolist()


class _Grid:
    """The marks of a tool.

    Attributes:
        counts: the marks by cell, row by row.
        outside: marks that lie in no cell.
    """

    def __init__(self, label: str) -> None:
        import numpy as np

        self.label = label
        self.counts: Any = np.zeros(_CELLS * _CELLS, np.int64)
        self.outside = 0


def _sizes(records: pa.Table) -> tuple[pa.Array, pa.Array]:
    """The size of the first image of each record; null where it is unknown."""
    dimensions = pc.struct_field(records["metadata"].combine_chunks(), "subject_dimensions")
    lengths = pc.fill_null(pc.list_value_length(dimensions), 0)
    starts = pc.subtract(pc.cumulative_sum(lengths), lengths)
    first = pc.if_else(pc.greater(lengths, 0), starts, pa.scalar(None, starts.type))
    items = pc.list_flatten(dimensions)
    width, height = (
        pc.struct_field(items, name).cast(pa.float64()).take(first) for name in ("naturalWidth", "naturalHeight")
    )
    return _positive(width), _positive(height)


def _positive(sizes: pa.Array) -> pa.Array:
    return pc.if_else(pc.greater(sizes, 0), sizes, pa.scalar(None, pa.float64()))


def _numbers(column: pa.ChunkedArray) -> Any:
    """Floats for numpy, which pyarrow may not have; nulls are NaN."""
    import numpy as np

    column = pc.fill_null(column, float("nan"))
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.frombuffer(array.buffers()[1], np.float64, len(array), 8 * array.offset)


def _equal(table: pa.Table, values: tuple[Any, ...]) -> Any:
    masks = [
        pc.is_null(table[name]) if value is None else pc.fill_null(pc.equal(table[name], value), fill_value=False)
        for name, value in zip(_KEYS, values, strict=True)
    ]
    return functools.reduce(pc.and_, masks)
