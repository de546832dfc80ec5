"""Numbering of the values that have the same target and tag."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc


class ValueIndexCounter:
    """Numbers the values of each pair of target and tag, from 0, in the order of the input.

    The counter keeps one integer per pair for the whole pass.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[str | None, str | None], int] = {}

    def __call__(self, columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """`value_index` (int32) of each row of the next batch."""
        rows = pa.table({name: columns[name] for name in ("target", "tag")})
        count = rows.num_rows
        if count == 0:
            return {"value_index": pa.array([], pa.int32())}
        rows = rows.append_column("row", pa.array(range(count), pa.int32()))
        groups = rows.group_by(["target", "tag"], use_threads=False).aggregate([("row", "list")])
        members = groups["row_list"].combine_chunks()
        sizes = pc.list_value_length(members)
        pairs = list(zip(groups["target"].to_pylist(), groups["tag"].to_pylist(), strict=True))
        counted = pa.array([self._counts.get(pair, 0) for pair in pairs], pa.int32())
        for pair, size in zip(pairs, sizes.to_pylist(), strict=True):
            self._counts[pair] = self._counts.get(pair, 0) + size
        # The index in the group, after the values that earlier batches counted.
        group = pc.list_parent_indices(members)
        starts = pc.subtract(pc.cumulative_sum(sizes), sizes)
        within = pc.subtract(pa.array(range(count), pa.int32()), starts.take(group))
        index = pc.add(within, counted.take(group))
        return {"value_index": index.take(pc.sort_indices(pc.list_flatten(members))).cast(pa.int32())}
