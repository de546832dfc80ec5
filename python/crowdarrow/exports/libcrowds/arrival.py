"""The order of arrival of values that have one target and tag."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc


class Arrival:
    """Counts, over all batches of a pass, how many values a target and tag have had: one number for each such pair."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str | None, str | None], int] = {}

    def __call__(self, arrays: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """`value_index` (int32, from 0) of each row."""
        rows = pa.table({name: arrays[name] for name in ("target", "tag")})
        count = rows.num_rows
        if count == 0:
            return {"value_index": pa.array([], pa.int32())}
        rows = rows.append_column("row", pa.array(range(count), pa.int32()))
        groups = rows.group_by(["target", "tag"], use_threads=False).aggregate([("row", "list")])
        members = groups["row_list"].combine_chunks()
        flat, lengths = pc.list_flatten(members), pc.list_value_length(members)
        pairs = list(zip(groups["target"].to_pylist(), groups["tag"].to_pylist(), strict=True))
        before = pa.array([self._seen.get(pair, 0) for pair in pairs], pa.int32())
        for pair, length in zip(pairs, lengths.to_pylist(), strict=True):
            self._seen[pair] = self._seen.get(pair, 0) + length
        parent = pc.list_parent_indices(members)
        starts = pc.subtract(pc.cumulative_sum(lengths), lengths)
        within = pc.subtract(pa.array(range(count), pa.int32()), starts.take(parent))
        index = pc.add(within, before.take(parent))
        return {"value_index": index.take(pc.sort_indices(flat)).cast(pa.int32())}
