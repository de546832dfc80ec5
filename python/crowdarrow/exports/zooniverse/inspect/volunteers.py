"""Who classified: the share of anonymous visitors, and who classified the same subject more than once.

To find repeats, the inspector keeps one 64-bit key of (person, subjects, workflow) per classification: 8 bytes each.
Two different triples share a key with a probability of about n² / 2⁶⁵: one in 400,000 for ten million classifications.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

COLUMNS: tuple[str, ...] = ("user_id", "user_name", "workflow_id", "subject_ids")
"""Columns of `classifications` that are read."""

_VISITOR_PREFIX = "not-logged-in-"
_ANY_VISITOR = "not logged in"  # the name of every visitor in files before June 2015
_MAX_WORKFLOWS = 500  # listed; classifications of further workflows count in the totals only
_ROWS_PER_PASS = 1 << 14
_MAX_CHUNKS = 64  # per list of keys, before they are concatenated
_KEYS_PER_PASS = 1 << 20  # counted at a time, which bounds the memory of the hash table
_MAX_NAME_BYTES = 256  # of a name that are hashed, besides its length

_random = random.Random(20150501)  # noqa: S311 (constants of a hash function, the same in every run)
_FACTORS = [pa.scalar(_random.getrandbits(64) | 1, pa.uint64()) for _ in range(_MAX_NAME_BYTES // 8 + 1)]

_Workflow = int | Literal["other"] | None
_Repeats = dict[str, int]
_NO_REPEATS: _Repeats = {"triples": 0, "surplus": 0, "most": 0}


class VolunteerCounts:
    """Counts classifications by the person who made them.

    A person is identified by `user_id`, or by `user_name` without one: the export gives each visitor's address a name
    of its own. Classifications by `not logged in`, without a person or without a subject are never repeats.
    """

    def __init__(self) -> None:
        self._totals = [0, 0]  # classifications, and those by visitors
        self._by_workflow: dict[int | None, list[int]] = {}
        self._keys: dict[tuple[_Workflow, bool], list[pa.Array]] = defaultdict(list)
        self._pending: list[pa.Table] = []

    def add(self, records: pa.Table) -> None:
        """Count the rows of a table that has `COLUMNS`."""
        self._pending.append(records.select(COLUMNS))
        if sum(table.num_rows for table in self._pending) >= _ROWS_PER_PASS:
            self._flush()

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON-ready values.

        * `classifications`, those by `visitors`, and their `share` (0 to 1; null without classifications).
        * `repeats`: the number of (person, subject, workflow) `triples` that occur more than once, the `surplus`
          classifications beyond the first of each triple, the `surplus_of_visitors` among these, and the number of
          classifications of the `most` frequent triple.
        * `workflows`: the same for each workflow, by id.
        """
        self._flush()
        repeats = {place: _repeats(keys) for place, keys in self._keys.items()}
        workflows = [
            {
                "workflow_id": workflow,
                **_summary(
                    self._by_workflow[workflow],
                    [(visitor, repeats.get((workflow, visitor), _NO_REPEATS)) for visitor in (True, False)],
                ),
            }
            for workflow in sorted(self._by_workflow, key=lambda workflow: (workflow is None, workflow or 0))
        ]
        total = _summary(self._totals, [(visitor, found) for (_, visitor), found in repeats.items()])
        return {**total, "workflows": workflows}

    def _flush(self) -> None:
        """Count the pending rows together: the cost of a pass hardly depends on the number of rows."""
        if not self._pending:
            return
        table = pa.concat_tables(self._pending).combine_chunks()
        self._pending = []
        name, has_id = table["user_name"], table["user_id"].is_valid()
        is_any_visitor = _or_false(pc.equal(name, _ANY_VISITOR))
        is_visitor = pc.or_(is_any_visitor, _or_false(pc.starts_with(name, _VISITOR_PREFIX)))
        table = table.append_column("visitor", pc.and_not(is_visitor, has_id))
        self._count(table)
        has_person = pc.or_(has_id, pc.and_not(name.is_valid(), is_any_visitor))
        has_subject = _or_false(pc.greater(pc.list_value_length(table["subject_ids"]), 0))
        self._add_keys(table.filter(pc.and_(has_person, has_subject)))

    def _count(self, table: pa.Table) -> None:
        grouped = table.group_by("workflow_id").aggregate([([], "count_all"), ("visitor", "sum")])
        for row in grouped.to_pylist():
            workflow, counts = row["workflow_id"], [row["count_all"], row["visitor_sum"]]
            self._totals = [old + new for old, new in zip(self._totals, counts, strict=True)]
            if workflow in self._by_workflow or len(self._by_workflow) < _MAX_WORKFLOWS:
                before = self._by_workflow.get(workflow, [0, 0])
                self._by_workflow[workflow] = [old + new for old, new in zip(before, counts, strict=True)]

    def _add_keys(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        ids, names, workflow, subjects, visitor = (_array(table[name]) for name in (*COLUMNS, "visitor"))
        person = pc.add(_words(ids), _hash_texts(pc.if_else(ids.is_valid(), "", names)))
        key = pc.add(pc.multiply(_mix(person), _FACTORS[0]), _hash_sets(subjects))
        key = _mix(pc.add(_mix(key), _words(workflow)))
        # Sorted by place, since a mask for each place would take time by the number of rows times that of workflows.
        listed: list[_Workflow] = [*self._by_workflow, "other"]
        number = pc.fill_null(pc.index_in(workflow, value_set=pa.array(self._by_workflow, pa.int64())), len(listed) - 1)
        place = pc.add(pc.multiply(number, pa.scalar(2, pa.int32())), visitor.cast(pa.int32()))
        order = pc.array_sort_indices(place)
        keys, runs = key.take(order), pc.run_end_encode(place.take(order))
        start = 0
        for found, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            chunks = self._keys[listed[found // 2], bool(found % 2)]
            chunks.append(keys.slice(start, end - start))
            start = end
            if len(chunks) == _MAX_CHUNKS:
                chunks[:] = [pa.concat_arrays(chunks)]


def _summary(counts: list[int], repeats: list[tuple[bool, _Repeats]]) -> dict[str, Any]:
    classifications, visitors = counts
    return {
        "classifications": classifications,
        "visitors": visitors,
        "share": visitors / classifications if classifications else None,
        "repeats": {
            "triples": sum(found["triples"] for _, found in repeats),
            "surplus": sum(found["surplus"] for _, found in repeats),
            "surplus_of_visitors": sum(found["surplus"] for visitor, found in repeats if visitor),
            "most": max((found["most"] for _, found in repeats), default=0),
        },
    }


def _repeats(chunks: list[pa.Array]) -> _Repeats:
    """Count the keys that occur more than once, their occurrences beyond the first, and the most of one key."""
    keys = pa.concat_arrays(chunks)
    chunks[:] = [keys]
    triples = surplus = most = 0
    passes = 1 << (len(keys) // _KEYS_PER_PASS).bit_length()
    low_bits = pc.bit_wise_and(keys, pa.scalar(passes - 1, pa.uint64()))
    for part in range(passes):
        chosen = keys if passes == 1 else keys.filter(pc.equal(low_bits, pa.scalar(part, pa.uint64())))
        if len(chosen):
            counts = pc.value_counts(chosen).field("counts")
            triples += pc.sum(pc.greater(counts, 1)).as_py()
            surplus += len(chosen) - len(counts)
            most = max(most, pc.max(counts).as_py())
    return {"triples": triples, "surplus": surplus, "most": most if triples else 0}


def _mix(words: pa.Array) -> pa.Array:
    """The finaliser of splitmix64: each bit of a word affects all bits of the result."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words = pc.bit_wise_xor(words, pc.shift_right(words, pa.scalar(shift, pa.uint64())))
        words = pc.multiply(words, pa.scalar(factor, pa.uint64()))
    return pc.bit_wise_xor(words, pc.shift_right(words, pa.scalar(31, pa.uint64())))


def _words(ids: pa.Array) -> pa.Array:
    return pc.fill_null(ids, 0).view(pa.uint64())


def _hash_sets(lists: pa.Array) -> pa.Array:
    """Hash each non-empty list of ids, independently of its order: the exporter does not define one."""
    hashes = _mix(_words(lists.flatten()))
    if len(hashes) == len(lists):
        return hashes
    table = pa.table({"row": pc.list_parent_indices(lists), "hash": hashes})
    sums = table.group_by("row", use_threads=False).aggregate([("hash", "sum")])
    return _mix(_array(sums["hash_sum"]))


def _hash_texts(texts: pa.Array) -> pa.Array:
    """Hash each text: its bytes as words of eight, and its length."""
    lengths = pc.binary_length(texts)
    width = min(pc.max(lengths).as_py(), _MAX_NAME_BYTES)
    padded = pc.ascii_rpad(texts, width=width + 7, padding="\0").cast(pa.binary())
    total = pc.multiply(lengths.cast(pa.uint64()), _FACTORS[0])
    for at in range(0, width, 8):
        words = pc.binary_slice(padded, at, at + 8).cast(pa.binary(8)).view(pa.uint64())
        total = pc.add(total, pc.multiply(words, _FACTORS[at // 8 + 1]))
    return _mix(total)


def _or_false(mask: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(mask, fill_value=False)


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
