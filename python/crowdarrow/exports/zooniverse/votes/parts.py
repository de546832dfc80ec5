"""Parts of the records, each of whole subjects, that are counted in parallel."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    Runs,
    array,
    combined,
    integers_of,
    numbered,
    positions,
    starts,
)
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.spill import order_of

PART_ROWS = 1 << 17
"""Rows of the longest table in a part, about."""
_MOST_PARTS = 256


class Parts:
    """Records and the rows of other tables, divided at the bounds of subjects.

    Args:
        records: records of whole subjects, in any order.
        tables: rows of these and of other records.
        rows: the number of rows of the longest table.
    """

    def __init__(self, records: pa.Table, tables: Mapping[str, pa.Table], rows: int) -> None:
        self._records = records.take(order_of(records, (*PLACE, "record"))).combine_chunks()
        self._tables = tables
        self.count = min(max(rows // PART_ROWS, 1), _MOST_PARTS)
        self._part_of: dict[str, pa.Array] = {}
        if self.count == 1:
            return
        is_start = starts([self._records[name] for name in PLACE])
        parts, total = pa.scalar(self.count, pa.int64()), pa.scalar(records.num_rows, pa.int64())
        of_place = pc.divide(pc.multiply(Runs.of(is_start).begins, parts), total)
        of_record = of_place.take(numbered(is_start)).cast(pa.int16())
        known = array(self._records["record"])
        self._part_of = {
            name: of_record.take(positions(array(table["record"]), known)) for name, table in tables.items()
        }
        self._part_of["records"] = of_record

    def part(self, number: int) -> tuple[pa.Table, dict[str, pa.Table]]:
        """The records of a part, and the rows of the other tables."""
        if self.count == 1:
            return self._records, {name: table.combine_chunks() for name, table in self._tables.items()}
        return self._rows("records", self._records, number), {
            name: self._rows(name, table, number) for name, table in self._tables.items()
        }

    def _rows(self, name: str, table: pa.Table, number: int) -> pa.Table:
        parts = self._part_of[name]
        # Rows of other records have none.
        return table.filter(pc.equal(parts, pa.scalar(number, parts.type))).combine_chunks()


def with_retirement(records: pa.Table, subjects: pa.Table) -> pa.Table:
    """The records with the state of their subject, as it was when the subject was first seen."""
    subjects = subjects.take(order_of(subjects, PLACE)).combine_chunks()
    subjects = subjects.filter(starts([subjects[name] for name in PLACE])).combine_chunks()
    pairs = [integers_of(records[name], subjects[name]) for name in PLACE]
    ours, theirs = (combined(*parts).values for parts in zip(*pairs, strict=True))
    at = positions(ours, theirs)
    for name in subjects.column_names[len(PLACE) :]:
        records = records.append_column(name, array(subjects[name]).take(at))
    return records
