"""The subjects of records: places, ordered by workflow and subject."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from crowdarrow.exports.zooniverse.votes.codes import (
    Codes,
    Known,
    RowGroups,
    array,
    combined,
    integers_of,
    inverse,
    positions,
)
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.spill import order_of


class Places:
    """The workflow and subject of each record that counts.

    Args:
        records: the records, those of a place in the order of the input.
    """

    def __init__(self, records: pa.Table) -> None:
        groups = RowGroups.of(*(array(records[name]) for name in PLACE))
        found = records.take(groups.firsts)
        order = order_of(found, PLACE)
        self.records: pa.Array = array(records["record"])
        self._table = found.take(order).combine_chunks()
        self._codes = Codes(inverse(order).take(groups.of_row), max(len(order), 1))

    @property
    def count(self) -> int:
        """The number of places, at least 1."""
        return self._codes.size

    def kept(self, rows: pa.Table) -> tuple[pa.Table, pa.Array]:
        """The rows of the records that count, and the positions of these records."""
        if not rows.num_rows:
            return rows, pa.array([], pa.int64())
        known = Known(self.records)
        found = known.positions(array(rows["record"]))
        if found.null_count:
            is_kept = found.is_valid()
            rows, found = rows.filter(is_kept).combine_chunks(), found.filter(is_kept)
        return rows, found.cast(pa.int64())

    def of(self, records: pa.Array) -> Codes:
        """The places of records."""
        return self._codes.take(records)

    def columns(self, places: pa.Array, names: Sequence[str]) -> Mapping[str, pa.Array]:
        """The columns of places, from the first record of each."""
        return {name: array(self._table[name]).take(places) for name in names}


def with_retirement(records: pa.Table, subjects: pa.Table) -> pa.Table:
    """The records with the state of their subject, as it was when the subject was first seen."""
    pairs = [integers_of(records[name], subjects[name]) for name in PLACE]
    ours, theirs = (combined(*parts).values for parts in zip(*pairs, strict=True))
    at = positions(ours, theirs)
    for name in subjects.column_names[len(PLACE) :]:
        records = records.append_column(name, array(subjects[name]).take(at))
    return records


def first_of_each(subjects: pa.RecordBatch) -> pa.RecordBatch:
    """The first row of each workflow and subject."""
    return subjects.take(RowGroups.of(*(subjects[name] for name in PLACE)).firsts)
