"""Inspection of a classification export: how value shapes change between versions of a task, and who classified.

`Drift` receives the batches of `classifications` and `annotations` as they are read. Its memory grows with the number
of distinct groups, up to a limit, and by 8 bytes per classification (see `volunteers`). Arrow groups whole batches: no
Python code runs per row.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.groups import GroupCounter, Groups, merge
from crowdarrow.exports.zooniverse.inspect.drift_ranges import changes, tasks_by_range, unknown_keys, unknown_shapes
from crowdarrow.exports.zooniverse.inspect.drift_text import as_lines
from crowdarrow.exports.zooniverse.inspect.volunteers import VolunteerCounts

if TYPE_CHECKING:
    from collections.abc import Iterable

ANNOTATIONS: tuple[str, ...] = (
    "classification_id", "workflow_id", "workflow_version", "created_at", "task", "task_type", "shape", "extra",
)  # fmt: skip
"""Columns of `annotations` that are read; `shape` is a hidden column."""

_PLACE = ("workflow_id", "task", "workflow_version")
_MAX_GROUPS = 100_000
_MAX_SKELETONS = 5_000
_MAX_NAME = 200  # characters of a version, task or task type
_MAX_SHAPE = 2_000  # characters
_MAX_SKELETON = 4_000  # characters
_LARGEST = 3  # cells listed per column
_MEASURED = ("annotations", "subject_data")


class Drift:
    """What changes within an export of classifications; `to_dict()` for programs, `str()` for people."""

    def __init__(self) -> None:
        self._volunteers = VolunteerCounts()
        self._shapes = GroupCounter((*_PLACE, "shape", "task_type", "dialect"), _MAX_GROUPS)
        self._skeletons = GroupCounter((*_PLACE, "skeleton"), _MAX_SKELETONS)
        self._largest: dict[str, list[tuple[int, int | None]]] = {}

    def add(self, batches: Iterable[tuple[str, pa.RecordBatch]]) -> None:
        """Count one block's batches, given as pairs of table name and batch; other tables are ignored.

        Annotations get their dialect from the classifications of the same block.
        """
        found: dict[str, list[pa.RecordBatch]] = {"classifications": [], "annotations": []}
        for name, batch in batches:
            if name in found:
                found[name].append(batch)
        if not found["classifications"]:
            return
        records = pa.Table.from_batches(found["classifications"])
        if records.num_rows:
            self._volunteers.add(records)
            self._add_sizes(records)
        if found["annotations"]:
            self._add_annotations(pa.Table.from_batches(found["annotations"]), records)

    def to_dict(self) -> dict[str, Any]:
        """All findings as JSON-ready values; times are ISO 8601 in UTC.

        * `tasks`: by workflow and task, with the number of `annotations`, `first` and `last` time, and `ranges`:
          consecutive versions whose answers have the same shapes (skipped and empty ones are ignored). A range has its
          `versions` (`12.3..14.100`, or one), their number, and the `shapes` with their counts, `dialects` (`fem`,
          `pfe`, `unknown`), `task_types` and times.
        * `changes`: tasks whose type of value changes from one range to the next, or that have several types
          within one range (`from` is null then).
        * `unknown_keys`: members of annotations that have no column; `unknown_shapes`: values with members, or of
          types, that no known task produces.
        * `volunteers`: see `VolunteerCounts.to_dict`.
        * `largest`: the longest cells of each text column, in bytes, with their classification.
        * `beyond`: rows that were counted without their group, because there were too many groups.
        """
        shapes = self._shapes.groups()
        tasks = tasks_by_range(shapes)
        counters = {"shapes": self._shapes, "keys": self._skeletons}
        return {
            "tasks": tasks,
            "changes": changes(tasks),
            "unknown_keys": unknown_keys(_by_member(self._skeletons.groups())),
            "unknown_shapes": unknown_shapes(shapes),
            "volunteers": self._volunteers.to_dict(),
            "largest": {
                name: [{"bytes": size, "classification_id": record} for size, record in cells]
                for name, cells in self._largest.items()
            },
            "beyond": {what: counter.beyond_limit for what, counter in counters.items() if counter.beyond_limit},
        }

    def __str__(self) -> str:
        return "\n".join(as_lines(self.to_dict()))

    def _add_sizes(self, records: pa.Table) -> None:
        for name in _MEASURED:
            sizes = pc.binary_length(records[name]).cast(pa.int64())
            table = pa.table({"size": sizes, "id": records["classification_id"]}).filter(sizes.is_valid())
            if table.num_rows:
                # Older pyarrow fails to select from none.
                table = table.take(pc.select_k_unstable(table, _LARGEST, [("size", "descending")]))
            cells = self._largest.get(name, []) + [(row["size"], row["id"]) for row in table.to_pylist()]
            self._largest[name] = sorted(cells, key=lambda cell: -cell[0])[:_LARGEST]

    def _add_annotations(self, items: pa.Table, records: pa.Table) -> None:
        version = pc.struct_field(records["metadata"], "classifier_version")
        dialects = pc.if_else(pc.fill_null(pc.starts_with(version, "2."), fill_value=False), "fem", "pfe")
        row = pc.index_in(items["classification_id"], value_set=records["classification_id"])
        table = pa.table(
            {
                **{name: _cut(items[name]) for name in ("workflow_version", "task", "task_type")},
                **{name: items[name] for name in ("workflow_id", "created_at", "extra")},
                "shape": _cut(items["shape"], _MAX_SHAPE),
                "dialect": dialects.take(row),
            }
        )
        self._shapes.add(table)
        table = table.filter(table["extra"].is_valid())
        if table.num_rows:
            self._skeletons.add(table.append_column("skeleton", _skeletons(table["extra"])))


# A member's name, which is kept, or a scalar, which is removed.
_NAME_OR_SCALAR = r'("(?:[^"\\]|\\.)*":)|"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*|true|false|null'
_NAME_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"(?=:)|[\[\]{}]')


def _skeletons(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """JSON objects without their scalars, so that objects with the same members give the same text."""
    bare = pc.replace_substring_regex(texts, _NAME_OR_SCALAR, r"\1")
    return _cut(pc.replace_substring_regex(bare, r"\[,*\]", "[]"), _MAX_SKELETON)


def _cut(texts: pa.ChunkedArray, length: int = _MAX_NAME) -> pa.ChunkedArray:
    """Texts of at most `length` characters: one huge cell must not grow the memory."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    return texts if longest <= length else pc.utf8_slice_codeunits(texts, 0, length)


def _by_member(skeletons: Groups) -> Groups:
    """Groups by workflow, task, version and member name, from groups by workflow, task, version and skeleton."""
    found: Groups = {}
    for (*place, skeleton), group in skeletons.items():
        for name in _members(str(skeleton)):
            key = (*place, name)
            found[key] = merge([found[key], group]) if key in found else group
    return found


def _members(skeleton: str) -> list[str]:
    """The names of the outermost members."""
    depth, names = 0, []
    for match in _NAME_OR_BRACKET.findall(skeleton):
        if match in "{[":
            depth += 1
        elif match in "}]":
            depth -= 1
        elif depth == 1:
            # A name may hold an escaped lone surrogate, which no output encoding accepts.
            names.append(json.loads(match).encode("utf-8", "backslashreplace").decode())
    return list(dict.fromkeys(names))
