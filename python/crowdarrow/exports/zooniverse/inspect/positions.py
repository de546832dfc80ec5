"""Where marks are within the image, by task and tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.groups import Distinct, GroupCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CELLS = 40
"""Rows and columns of a grid."""
_AREA = _CELLS * _CELLS
_PLACES = _AREA + 1
"""The cells of a grid, and the place outside it."""
_MOST_TOOLS, _TOOLS_SHOWN = 500, 9
_MOST_RECORDS = 1 << 20
"""Records whose sizes are kept for marks that may follow."""
_TOOL = ("workflow_id", "task", "tool_index", "tool_type")


class Positions:
    """Counts the centres of marks in a grid over the image, by its size in `metadata.subject_dimensions`."""

    def __init__(self) -> None:
        self._tools = Distinct(_TOOL, _MOST_TOOLS)
        self._labels: list[str] = []
        self._places = GroupCounter(("place",), _MOST_TOOLS * _PLACES, timed=False)
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
        if self._sizes is None:
            return
        sizes = self._sizes.combine_chunks()
        row = pc.index_in(marks["classification_id"], value_set=sizes["id"].chunk(0)).combine_chunks()
        self._sizes = sizes.slice(pc.max(row).as_py() or 0)
        x, y = (
            pc.divide(marks[name].combine_chunks(), sizes[size].chunk(0).take(row))
            for name, size in (("cx", "width"), ("cy", "height"))
        )
        is_known = pc.and_(pc.is_valid(marks["cx"]), pc.is_valid(marks["cy"]))
        marks = marks.select([*_TOOL, "tool_label"]).append_column("x", x).append_column("y", y)
        marks = _where(marks, is_known)
        number = self._tools.numbers(marks)
        marks = _where(marks.append_column("number", number), number.is_valid())
        if not marks.num_rows:
            return
        self._add_labels(marks)
        self._places.add(
            pa.table({"place": pc.add(pc.multiply(marks["number"], _PLACES), _cells(marks["x"], marks["y"]))})
        )

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
        if tools is None:
            return
        counts = [[0] * _PLACES for _ in self._labels]
        places = self._places.table()
        for place, count in zip(places["place"].to_pylist(), places["count"].to_pylist(), strict=True):
            counts[place // _PLACES][place % _PLACES] = count
        found = zip(tools.to_pylist(), self._labels, counts, strict=True)
        for tool, name, (*cells, outside) in sorted(found, key=lambda one: -sum(one[2][:_AREA]))[:_TOOLS_SHOWN]:
            workflow, task, index, kind = tool.values()
            total = sum(cells)
            if not total:
                continue
            parts = (f"{task},", name or ("" if index is None else f"tool {index}"), f"({kind})" if kind else "")
            title = f"{label(workflow)}: " + " ".join(part for part in parts if part)
            note = f"{total:,} marks by their centres" + (
                f"; {outside:,} more lie outside the image, or its size is unknown" if outside else ""
            )
            yield title, note + ".", [cells[start : start + _CELLS] for start in range(0, _AREA, _CELLS)]


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


def _cells(x: pa.ChunkedArray, y: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cell of each position, by its shares of width and height; `_AREA` outside the grid."""
    within = [pc.and_(pc.greater_equal(share, 0), pc.less(share, 1)) for share in (x, y)]
    is_inside = pc.fill_null(pc.and_(*within), fill_value=False)
    column, row = (
        pc.multiply(pc.if_else(is_inside, share, 0.0), _CELLS).cast(pa.int64(), safe=False) for share in (x, y)
    )
    return pc.if_else(is_inside, pc.add(pc.multiply(row, _CELLS), column), _AREA)
