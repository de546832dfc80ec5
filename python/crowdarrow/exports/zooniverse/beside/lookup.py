"""The subjects of a subject export as a compact table, in which batches look up theirs."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare import Transform

_SORTED_AT_LEAST = 1 << 16
"""Rows that are collected before the first sorting."""


class MissingSubjects:
    """Counts distinct subjects, in memory that grows with their number alone."""

    def __init__(self) -> None:
        self._ids = pa.array([], pa.int64())
        self._noted: list[pa.Array] = []

    def note(self, ids: pa.Array, is_missing: pa.Array) -> None:
        """Note the subjects of rows that lack their values."""
        found = ids.filter(pc.and_(is_missing, ids.is_valid()))
        if len(found):
            self._noted.append(found.unique())
            if sum(map(len, self._noted)) > max(_SORTED_AT_LEAST, len(self._ids)):
                self._merge()

    def _merge(self) -> None:
        self._ids = pa.concat_arrays([self._ids, *self._noted]).unique()
        self._noted = []

    def counts(self) -> dict[str, int]:
        """The number of subjects, for the report."""
        return {name: len(values) for name, values in self.distinct().items()}

    def distinct(self) -> dict[str, pa.Array]:
        """The subjects."""
        self._merge()
        return {"subjects_missing": self._ids}


class SubjectLookup:
    """The first row of each subject, sorted by id.

    Args:
        batches: the rows of a subject export: `subject_id`, `locations`, and further columns.
        names: the names of the columns that are looked up, for all but the first column of the batches.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch], names: Sequence[str]) -> None:
        self._names = names
        self._rows: pa.Table | None = None
        self.missing = MissingSubjects()
        collected: list[pa.RecordBatch] = []
        waiting = 0
        for batch in batches:
            collected.append(batch)
            waiting += batch.num_rows
            # An export repeats a subject for each of its workflows. Sorting at each doubling keeps one row of each.
            if waiting > max(_SORTED_AT_LEAST, self._rows.num_rows if self._rows else 0):
                self._sort(collected)
                collected, waiting = [], 0
        if collected:
            self._sort(collected)

    def _sort(self, batches: list[pa.RecordBatch]) -> None:
        rows = pa.Table.from_batches(batches)
        rows = rows if self._rows is None else pa.concat_tables([self._rows, rows])
        rows = rows.filter(rows["subject_id"].is_valid())
        # The sort is stable, so the first row of a subject remains its first.
        rows = rows.take(pc.sort_indices(rows, sort_keys=[("subject_id", "ascending")])).combine_chunks()
        ids = rows["subject_id"]
        if len(ids) > 1:
            is_first = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
            rows = rows.filter(pa.chunked_array([pa.array([True]), *is_first.chunks])).combine_chunks()
        self._rows = rows

    def run(self, arrays: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns of the subjects of a batch; null for subjects that the export lacks."""
        ids = arrays["subject_id"]
        if self._rows is None or not self._rows.num_rows:
            places = pa.nulls(len(ids), pa.uint64())
        else:
            known = _array(self._rows["subject_id"])
            places = pc.search_sorted(known, ids)
            last = pa.scalar(len(known) - 1, pa.uint64())
            places = pc.if_else(pc.greater(places, last), last, places)
            is_known = pc.equal(known.take(places), ids)
            places = pc.if_else(is_known, places, pa.scalar(None, pa.uint64()))
        self.missing.note(ids, places.is_null())
        if self._rows is None:
            kinds = [pa.list_(pa.string()), *[pa.string()] * (len(self._names) - 1)]
            return {name: pa.nulls(len(ids), kind) for name, kind in zip(self._names, kinds, strict=True)}
        return {
            name: _array(column).take(places) for name, column in zip(self._names, self._rows.columns[1:], strict=True)
        }


def _array(column: pa.ChunkedArray) -> pa.Array:
    """A column of a combined table as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def transform(batches: Iterable[pa.RecordBatch], names: Sequence[str]) -> Transform:
    """The transform that adds the columns `names` to the rows of a batch, by their `subject_id`."""
    lookup = SubjectLookup(batches, names)
    return Transform(
        ("subject_id",), tuple(names), lookup.run, counts=lookup.missing.counts, distinct=lookup.missing.distinct
    )
