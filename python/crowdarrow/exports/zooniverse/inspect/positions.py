"""Where marks are within the image, by task and tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.groups import Distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CELLS = 40
"""Rows and columns of a grid."""
_MOST_TOOLS, _TOOLS_SHOWN = 500, 9
_MOST_RECORDS = 1 << 20
"""Records whose sizes are kept for marks that may follow."""
_TOOL = ("workflow_id", "task", "tool_index", "tool_type")


class Positions:
    """Counts the centres of marks in a grid over the image, by its size in `metadata.subject_dimensions`."""

    def __init__(self) -> None:
        self._tools = Distinct(_TOOL, _MOST_TOOLS)
        self._labels: list[str] = []
        self._grids: Any = None
        self._outside: Any = None
        self._sizes: pa.Table | None = None

    def add_records(self, records: pa.Table) -> None:
        """Note the sizes of the records' images. Their marks may come with later blocks."""
        width, height = _sizes(records["subject_dimensions"].combine_chunks())
        sizes = pa.table({"id": records["classification_id"], "width": width, "height": height})
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
        self._sizes = sizes.slice(pc.max(row).as_py() or 0)
        places = {}
        for name, size in (("cx", "width"), ("cy", "height")):
            places[name] = pc.divide(marks[name].combine_chunks(), sizes[size].chunk(0).take(row))
        is_known = pc.and_(pc.is_valid(marks["cx"]), pc.is_valid(marks["cy"]))
        marks = marks.select([*_TOOL, "tool_label"]).append_column("x", places["cx"]).append_column("y", places["cy"])
        marks = _where(marks, is_known)
        number = self._tools.numbers(marks)
        marks = _where(marks.append_column("number", number), number.is_valid())
        if not marks.num_rows:
            return
        self._add_labels(marks)
        number = _numbers(marks["number"].cast(pa.float64())).astype(np.int64)
        x, y = _numbers(marks["x"]), _numbers(marks["y"])
        inside = (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
        cells = (y[inside] * _CELLS).astype(np.int64) * _CELLS + (x[inside] * _CELLS).astype(np.int64)
        area, tools = _CELLS * _CELLS, len(self._labels)
        grids = np.bincount(number[inside] * area + cells, minlength=tools * area)
        outside = np.bincount(number[~inside], minlength=tools)
        if self._grids is not None:
            grids[: len(self._grids)] += self._grids
            outside[: len(self._outside)] += self._outside
        self._grids, self._outside = grids, outside

    def _add_labels(self, marks: pa.Table) -> None:
        """Note the labels of the tools that are new."""
        known = len(self._labels)
        if pc.max(marks["number"]).as_py() < known:
            return
        new = marks.filter(pc.greater_equal(marks["number"], known))
        labels = new.group_by("number", use_threads=False).aggregate([("tool_label", "max")]).sort_by("number")
        self._labels += [(label or "")[:60] for label in labels["tool_label_max"].to_pylist()]

    def grids(self, label: Callable[[Any], str]) -> Iterator[tuple[str, str, list[list[int]]]]:
        """Title, note and grid of the tools with the most marks; `label` names a workflow."""
        tools = self._tools.table()
        if tools is None or self._grids is None:
            return
        grids = self._grids.reshape(-1, _CELLS, _CELLS)
        found = zip(tools.to_pylist(), self._labels, grids, self._outside.tolist(), strict=True)
        for tool, name, grid, outside in sorted(found, key=lambda one: -int(one[2].sum()))[:_TOOLS_SHOWN]:
            workflow, task, index, kind = tool.values()
            total = int(grid.sum())
            if not total:
                continue
            parts = (f"{task},", name or ("" if index is None else f"tool {index}"), f"({kind})" if kind else "")
            title = f"{label(workflow)}: " + " ".join(part for part in parts if part)
            note = f"{total:,} marks by their centres" + (
                f"; {outside:,} more lie outside the image, or its size is unknown" if outside else ""
            )
            yield title, note + ".", grid.tolist()


def _where(rows: pa.Table, mask: Any) -> pa.Table:
    """The rows for which a mask is true: mostly all, which need not be copied."""
    return rows if pc.all(mask).as_py() else rows.filter(mask)


def _sizes(dimensions: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The size of the first image of each record; null where it is unknown."""
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
