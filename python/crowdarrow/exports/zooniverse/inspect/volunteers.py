"""Who classified: the share of visitors, and who classified a subject of a workflow more than once.

To find repeats one 64-bit key of (person, subjects, workflow) is kept for each classification: 8 bytes each, and
little more while they are counted, a part at a time. Two different triples share a key with a chance of about
n² / 2⁶⁵: one in 400,000 for ten million classifications.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

NEEDS: tuple[str, ...] = ("user_id", "user_name", "workflow_id", "subject_ids")
"""The columns of `classifications` that it reads."""

_VISITOR = "not-logged-in-"
_NOBODY = "not logged in"  # files before June 2015: of all visitors alike
_WORKFLOWS = 500  # told apart; what is beyond counts in the sums alone
_REST = "rest"
_ROWS = 1 << 14  # counted together
_ARRAYS = 64  # joined when there are as many
_PART = 1 << 20  # keys counted at a time
_LONGEST = 256  # bytes of a name that tell it from others of its length

_random = random.Random(20150501)  # noqa: S311 (constants of a hash, the same in every run)
_FACTORS = [pa.scalar(_random.getrandbits(64) | 1, pa.uint64()) for _ in range(_LONGEST // 8 + 1)]


class Volunteers:
    """Counts of classifications by who made them, grown batch by batch.

    People are told by `user_id`, and by `user_name` where there is none: a visitor's name is one per address and
    export. Classifications without a person, of `not logged in` as such, or without a subject cannot repeat.
    """

    def __init__(self) -> None:
        self._counts: dict[int | None, list[int]] = {}  # workflow: classifications, visitors
        self._sums = [0, 0]
        self._held: list[pa.Table] = []
        self._keys: dict[tuple[int | str | None, bool], list[pa.Array]] = defaultdict(list)

    def add(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Count a batch that has the columns `NEEDS` of `classifications` (other columns are passed over)."""
        if not batch.num_rows:
            return
        self._held.append(pa.table({name: _column(batch, name) for name in NEEDS}))
        if sum(table.num_rows for table in self._held) >= _ROWS:
            self._settle()

    def to_dict(self) -> dict[str, Any]:
        """The counts, JSON-ready.

        `classifications` in all, `visitors` of them, and their `share` (0 to 1, null without classifications);
        `repeats`: the `triples` of person, subject and workflow that occur more than once, the `surplus`
        classifications (those beyond each first), `surplus_of_visitors` among these, and the `most` that one triple
        has; `workflows`: the same for each, by id.
        """
        self._settle()
        found = {place: _repeats(keys) for place, keys in self._keys.items()}
        kept = [workflow for workflow in self._counts if workflow is not None]
        order: list[int | None] = [*sorted(kept), *([None] if None in self._counts else [])]
        workflows = [
            {
                "workflow_id": of,
                **_told(self._counts[of], [(kind, found.get((of, kind), _NONE)) for kind in (True, False)]),
            }
            for of in order
        ]
        everything = [(kind, repeats) for (_, kind), repeats in found.items()]
        return {**_told(self._sums, everything), "workflows": workflows}

    def _settle(self) -> None:
        """Count what is held: small batches would cost more in calls than in work."""
        if not self._held:
            return
        table = pa.concat_tables(self._held)
        self._held = []
        named, name = table["user_id"].is_valid(), table["user_name"]
        nobody = pc.fill_null(pc.equal(name, _NOBODY), fill_value=False)
        stranger = pc.or_(nobody, pc.fill_null(pc.starts_with(name, _VISITOR), fill_value=False))
        table = table.append_column("visitor", pc.and_(stranger, pc.invert(named)))
        self._count(table)
        person = pc.or_(named, pc.and_(name.is_valid(), pc.invert(nobody)))
        subject = pc.fill_null(pc.greater(pc.list_value_length(table["subject_ids"]), 0), fill_value=False)
        usable = table.filter(pc.and_(person, subject))
        if usable.num_rows:
            self._keep(usable)

    def _count(self, table: pa.Table) -> None:
        grouped = table.group_by("workflow_id").aggregate([([], "count_all"), ("visitor", "sum")])
        for row in grouped.to_pylist():
            counts = [row["count_all"], row["visitor_sum"]]
            self._sums = [old + new for old, new in zip(self._sums, counts, strict=True)]
            workflow = row["workflow_id"]
            if workflow in self._counts or len(self._counts) < _WORKFLOWS:
                before = self._counts.get(workflow, [0, 0])
                self._counts[workflow] = [old + new for old, new in zip(before, counts, strict=True)]

    def _keep(self, table: pa.Table) -> None:
        table = table.combine_chunks()
        ids, workflow, subjects = (_array(table[name]) for name in ("user_id", "workflow_id", "subject_ids"))
        names = pc.if_else(ids.is_valid(), "", _array(table["user_name"]))
        person = pc.add(_words(ids), _hash_of_texts(names))
        key = pc.add(pc.multiply(_mixed(person), _FACTORS[0]), _hash_of_sets(subjects))
        key = _mixed(pc.add(_mixed(key), _words(workflow)))
        visitor = _array(table["visitor"])
        for of in pc.unique(workflow).to_pylist():
            if of in self._counts:
                self._append(of, key, visitor, pc.fill_null(pc.equal(workflow, of), of is None))
        told = pc.is_in(workflow, value_set=pa.array(self._counts, pa.int64()))
        self._append(_REST, key, visitor, pc.invert(told))

    def _append(self, workflow: int | str | None, key: pa.Array, visitor: pa.Array, rows: pa.Array) -> None:
        if not pc.any(rows, min_count=0).as_py():
            return
        for kind, these in ((True, pc.and_(rows, visitor)), (False, pc.and_not(rows, visitor))):
            arrays = self._keys[workflow, kind]
            arrays.append(key.filter(these))
            if len(arrays) == _ARRAYS:
                arrays[:] = [pa.concat_arrays(arrays)]


_NONE = {"triples": 0, "surplus": 0, "most": 0}


def _told(counts: list[int], repeats: list[tuple[bool, dict[str, int]]]) -> dict[str, Any]:
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


def _repeats(arrays: list[pa.Array]) -> dict[str, int]:
    """How many keys occur more than once, how often beyond the first, and how often the commonest."""
    keys = pa.concat_arrays(arrays)
    arrays[:] = [keys]
    triples = surplus = most = 0
    parts = 1 << (len(keys) // _PART).bit_length()
    low = pc.bit_wise_and(keys, pa.scalar(parts - 1, pa.uint64()))
    for part in range(parts):
        these = keys if parts == 1 else keys.filter(pc.equal(low, pa.scalar(part, pa.uint64())))
        if len(these):
            counts = pc.value_counts(these).field("counts")
            triples += pc.sum(pc.greater(counts, 1)).as_py()
            surplus += len(these) - len(counts)
            most = max(most, pc.max(counts).as_py())
    return {"triples": triples, "surplus": surplus, "most": most if triples else 0}


def _mixed(words: pa.Array) -> pa.Array:
    """The finaliser of splitmix64: each bit of a word stirs all bits of the result."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        words = pc.bit_wise_xor(words, pc.shift_right(words, pa.scalar(shift, pa.uint64())))
        words = pc.multiply(words, pa.scalar(factor, pa.uint64()))
    return pc.bit_wise_xor(words, pc.shift_right(words, pa.scalar(31, pa.uint64())))


def _words(ids: pa.Array) -> pa.Array:
    return pc.fill_null(ids, 0).view(pa.uint64())


def _hash_of_sets(lists: pa.Array) -> pa.Array:
    """A hash of each list of ids (none empty), whatever their order: the exporter promises none."""
    hashes = _mixed(_words(lists.flatten()))
    if len(hashes) == len(lists):
        return hashes
    table = pa.table({"row": pc.list_parent_indices(lists), "hash": hashes})
    sums = table.group_by("row", use_threads=False).aggregate([("hash", "sum")])
    return _mixed(_array(sums["hash_sum"]))


def _hash_of_texts(texts: pa.Array) -> pa.Array:
    """A hash of each text: its bytes as words, eight at a time, and its length."""
    lengths = pc.binary_length(texts)
    width = min(pc.max(lengths).as_py(), _LONGEST)
    padded = pc.ascii_rpad(texts, width=width + 7, padding="\0").cast(pa.binary())
    total = pc.multiply(lengths.cast(pa.uint64()), _FACTORS[0])
    for at in range(0, width, 8):
        words = pc.binary_slice(padded, at, at + 8).cast(pa.binary(8)).view(pa.uint64())
        total = pc.add(total, pc.multiply(words, _FACTORS[at // 8 + 1]))
    return _mixed(total)


def _column(batch: pa.RecordBatch | pa.Table, name: str) -> Any:
    """A column, or as many nulls where the file has none."""
    if name in batch.schema.names:
        return batch[name]
    kinds = {"user_name": pa.string(), "subject_ids": pa.list_(pa.int64())}
    return pa.nulls(batch.num_rows, kinds.get(name, pa.int64()))


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
