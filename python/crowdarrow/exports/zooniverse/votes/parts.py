"""Parts of the records, each of whole subjects, that are counted in parallel."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import Groups, Known, Times, array, combined, inverse, unordered
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.spill import order_of

PART_ROWS = 1 << 17
"""Rows of the longest table in a part, about: what fits into the processor's caches is counted faster."""
_MOST_PARTS = 64


class Parts:
    """Records and the rows of other tables, divided at the bounds of subjects.

    Args:
        records: records of whole subjects.
        tables: rows of these and of other records.
    """

    def __init__(self, records: pa.Table, tables: Mapping[str, pa.Table]) -> None:
        self._tables = {"records": records, **tables}
        rows = max(table.num_rows for table in self._tables.values())
        self.count = min(max(rows // PART_ROWS, 1), _MOST_PARTS)
        self._part_of: dict[str, pa.Array] = {}
        if self.count == 1:
            return
        groups = Groups.of(combined(*(unordered(records[name]) for name in PLACE)).values)
        order = order_of(records.select(PLACE).take(groups.firsts), PLACE)
        counts = Times.of(groups.of_row).counts.take(order)
        begins = pc.subtract(pc.cumulative_sum(counts), counts)
        parts, total = pa.scalar(self.count, pa.int64()), pa.scalar(records.num_rows, pa.int64())
        of_place = pc.divide(pc.multiply(begins, parts), total).take(inverse(order)).cast(pa.int8())
        of_record = of_place.take(groups.of_row)
        known = Known(array(records["record"]))
        self._part_of = {
            name: of_record.take(known.positions(array(table["record"]))) for name, table in tables.items()
        }
        self._part_of["records"] = of_record

    def part(self, number: int) -> dict[str, pa.Table]:
        """The rows of a part."""
        if self.count == 1:
            return {name: table.combine_chunks() for name, table in self._tables.items()}
        return {name: self._rows(table, self._part_of[name], number) for name, table in self._tables.items()}

    @staticmethod
    def _rows(table: pa.Table, parts: pa.Array, number: int) -> pa.Table:
        # Rows of other records have none.
        return table.filter(pc.equal(parts, pa.scalar(number, parts.type))).combine_chunks()
