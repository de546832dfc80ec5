"""Parts of the records, each of whole subjects, that are counted in parallel."""

from collections.abc import Mapping
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import Known, RowGroups, Times, array, inverse
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.spill import order_of

PART_ROWS = 1 << 17
"""Rows of the longest table in a part, about: what fits into the processor's caches is counted faster."""
_MOST_PARTS = 64


def rows_of(table: pa.Table) -> int:
    """The number of rows, and of items of lists in them."""
    lists = [table[field.name] for field in table.schema if pa.types.is_list(field.type)]
    return int(table.num_rows + sum(pc.sum(pc.list_value_length(one)).as_py() or 0 for one in lists))


class Parts:
    """Records and the rows of other tables, divided at the bounds of subjects.

    Args:
        records: records of whole subjects.
        tables: rows of these and of other records.
    """

    def __init__(self, records: pa.Table, tables: Mapping[str, pa.Table]) -> None:
        self._tables = {name: table.combine_chunks() for name, table in {"records": records, **tables}.items()}
        self._orders: dict[str, pa.Array] = {}
        rows = max(map(rows_of, self._tables.values()))
        self.count = min(max(rows // PART_ROWS, 1), _MOST_PARTS)
        self._bounds: dict[str, list[int]] = {}
        if self.count == 1:
            return
        groups = RowGroups.of(*(array(records[name]) for name in PLACE))
        order = order_of(records.select(PLACE).take(groups.firsts), PLACE)
        counts = Times.of(groups.of_row).counts.take(order)
        begins = pc.subtract(pc.cumulative_sum(counts), counts)
        parts, total = pa.scalar(self.count, pa.int64()), pa.scalar(records.num_rows, pa.int64())
        of_place = pc.divide(pc.multiply(begins, parts), total).take(inverse(order)).cast(pa.int8())
        of_record = of_place.take(groups.of_row)
        self._divide("records", of_record)
        if any(table.num_rows for table in tables.values()):
            known = Known(array(records["record"]))
            for name in tables:
                self._divide(name, of_record.take(known.positions(array(self._tables[name]["record"]))))

    def _divide(self, name: str, parts: pa.Array) -> None:
        """Find the rows of each part; rows of other records have no part."""
        # Those without a part are last.
        self._orders[name] = pc.sort_indices(parts)
        found = pc.value_counts(parts)
        counts = dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))
        self._bounds[name] = [0, *accumulate(counts.get(part, 0) for part in range(self.count))]

    def part(self, number: int) -> dict[str, pa.Table]:
        """The rows of a part, in the order of the input."""
        if self.count == 1:
            return dict(self._tables)
        found = {}
        for name, table in self._tables.items():
            if name in self._orders:
                begin, end = self._bounds[name][number : number + 2]
                table = table.take(self._orders[name].slice(begin, end - begin)).combine_chunks()  # noqa: PLW2901
            found[name] = table
        return found
