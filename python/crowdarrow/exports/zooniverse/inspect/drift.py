"""How an export changes within itself: the shapes of values by workflow, task and version, and what stands out.

Fed with the batches of `classifications` and `annotations` as they are read. What is kept grows with the distinct
shapes, tasks, versions and keys, up to a limit that is counted when passed, and by 8 bytes for each classification
(see `volunteers`). No Python runs per row: batches are grouped by Arrow, and the groups merged.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.inspect.drift_ranges import (
    Group,
    Groups,
    changes,
    joined,
    tasks_by_range,
    unknown_keys,
    unknown_shapes,
)
from crowdarrow.exports.zooniverse.inspect.drift_text import as_text
from crowdarrow.exports.zooniverse.inspect.volunteers import Volunteers

if TYPE_CHECKING:
    from collections.abc import Iterable

ANNOTATIONS: tuple[str, ...] = (
    "classification_id", "workflow_id", "workflow_version", "created_at", "task", "task_type", "value_kind", "shape",
    "extra",
)  # fmt: skip
"""The columns of `annotations` that are read; without `shape` the `value_kind` is it."""
CLASSIFICATIONS: tuple[str, ...] = (
    "classification_id", "user_name", "user_id", "workflow_id", "subject_ids", "metadata", "annotations",
    "subject_data",
)  # fmt: skip
"""The columns of `classifications` that are read, with `classifier_version` and `<text>_length` in place of texts."""

_PLACE = ("workflow_id", "task", "workflow_version")
_GROUPS = 100_000
_SKELETONS = 5_000
_ROWS = 1 << 14  # grouped together
_BYTES = 1 << 22
_TABLES = 64  # of groups, until they are joined
_SKELETON = 4_000  # characters
_NAME = 200  # characters, of what has a short name in any export
_SHAPE = 2_000
_LARGEST = 3
_TEXTS = ("metadata", "annotations", "subject_data")


class Drift:
    """What changes in an export of classifications; `to_dict()` for programs, `str()` for people."""

    def __init__(self) -> None:
        self.volunteers = Volunteers()
        self._shapes = _Groups((*_PLACE, "shape", "task_type", "dialect"), _GROUPS)
        self._extras = _Groups((*_PLACE, "skeleton"), _SKELETONS)
        self._largest: dict[str, list[tuple[int, int | None]]] = {}

    def add(self, batches: Iterable[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one step of the reader: pairs of a table's name and a batch (of any table).

        The classifications of a step tell the front end that its annotations are from.
        """
        found: dict[str, list[pa.RecordBatch]] = {"classifications": [], "annotations": []}
        for name, batch in batches:
            if name in found and batch.num_rows:
                found[name].append(batch)
        records = _table(found["classifications"], (*CLASSIFICATIONS, "classifier_version", *map(_length, _TEXTS)))
        items = _table(found["annotations"], ANNOTATIONS)
        if records is not None:
            self.volunteers.add(records)
            self._sizes(records)
        if items is not None:
            self._items(items, records)

    def to_dict(self) -> dict[str, Any]:
        """All that was found, JSON-ready; times are ISO 8601 in UTC.

        * `tasks`: by workflow and task, with the number of `annotations`, `first` and `last` time, and `ranges`:
          consecutive versions whose answers have the same shapes (skipped and empty ones apart), each with its
          `versions` (`12.3..14.100`, or one), how many these are, and the `shapes` with their counts, `dialects`
          (`fem`, `pfe`, `unknown`), `task_types`, and times.
        * `changes`: tasks whose type of value changes from one range to the next, or that have several types
          within one range (`from` is null then).
        * `unknown_keys`: members of annotations that have no column; `unknown_shapes`: values with members, or of
          types, that no known task gives.
        * `volunteers`: see `Volunteers.to_dict`.
        * `largest`: for each text column its longest cells, in bytes, with their classification.
        * `beyond`: what was counted but not told apart, since there were too many groups.
        """
        shapes = dict(self._shapes.items())
        tasks, keys = tasks_by_range(shapes), self._keys()
        return {
            "tasks": tasks,
            "changes": changes(tasks),
            "unknown_keys": unknown_keys(keys),
            "unknown_shapes": unknown_shapes(shapes),
            "volunteers": self.volunteers.to_dict(),
            "largest": {
                name: [{"bytes": size, "classification_id": record} for size, record in cells]
                for name, cells in self._largest.items()
            },
            "beyond": {
                what: groups.beyond
                for what, groups in (("shapes", self._shapes), ("keys", self._extras))
                if groups.beyond
            },
        }

    def __str__(self) -> str:
        return as_text(self.to_dict())

    def _sizes(self, records: pa.Table) -> None:
        for name in _TEXTS:
            if _length(name) in records.schema.names:
                sizes = records[_length(name)]
            elif name in records.schema.names and pa.types.is_string(records.schema.field(name).type):
                sizes = pc.binary_length(records[name])
            else:
                continue
            ids = records["classification_id"] if "classification_id" in records.schema.names else None
            table = pa.table({"size": sizes.cast(pa.int64()), "id": _or_nulls(ids, len(sizes), pa.int64())})
            table = table.filter(table["size"].is_valid())
            top = table.take(pc.select_k_unstable(table, _LARGEST, [("size", "descending")])).to_pylist()
            cells = self._largest.get(name, []) + [(row["size"], row["id"]) for row in top]
            self._largest[name] = sorted(cells, key=lambda cell: -cell[0])[:_LARGEST]

    def _items(self, items: pa.Table, records: pa.Table | None) -> None:
        rows, names = items.num_rows, items.schema.names
        kinds = {"workflow_id": pa.int64(), "created_at": pa.timestamp("us", "UTC")}
        read = {
            name: _or_nulls(items[name] if name in names else None, rows, kinds.get(name, pa.string()))
            for name in ("workflow_id", "workflow_version", "created_at", "task", "task_type", "extra")
        }
        read["shape"] = _short(items["shape" if "shape" in names else "value_kind"], _SHAPE)
        read |= {name: _short(read[name]) for name in ("workflow_version", "task", "task_type")}
        read["dialect"] = _dialects(items, records)
        table = pa.table(read)
        self._shapes.add(table)
        more = table.filter(table["extra"].is_valid())
        if more.num_rows:
            self._extras.add(more.append_column("skeleton", _skeletons(more["extra"])))

    def _keys(self) -> Groups:
        """The groups of annotations by workflow, task, version and name of a member without column."""
        keys: Groups = {}
        for (*place, skeleton), group in self._extras.items():
            for name in _members(skeleton):
                key = (*place, name)
                keys[key] = joined([keys[key], group]) if key in keys else group
        return keys


class _Groups:
    """Distinct values of some columns, each with its count, first and last time; at most `limit` of them.

    Rows are held until they are many enough to group, and groups until they are to join.
    """

    def __init__(self, by: tuple[str, ...], limit: int) -> None:
        self.beyond = 0
        """Rows of groups that came when there were enough."""
        self._by = by
        self._limit = limit
        self._held: list[pa.Table] = []
        self._tables: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        """Count the rows of a table that has the columns, and `created_at`."""
        times = table["created_at"].cast(pa.int64())
        self._held.append(pa.table({**{name: table[name] for name in self._by}, "first": times, "last": times}))
        if sum(part.num_rows for part in self._held) >= _ROWS or self._held[-1].nbytes > _BYTES:
            self._settle()
            if len(self._tables) == _TABLES or sum(part.num_rows for part in self._tables) > 2 * self._limit:
                self._join()

    def items(self) -> list[tuple[tuple[Any, ...], Group]]:
        """The groups, in the order in which they came."""
        self._settle()
        self._join()
        if not self._tables:
            return []
        columns = [column.to_pylist() for column in self._tables[0].select([*self._by, "count", "first", "last"])]
        return [(row[:-3], list(row[-3:])) for row in zip(*columns, strict=True)]

    def _settle(self) -> None:
        """Group what is held: small batches would cost more in calls than in work."""
        if self._held:
            self._tables.append(self._grouped(pa.concat_tables(self._held), ([], "count_all")))
            self._held = []

    def _join(self) -> None:
        if len(self._tables) > 1:
            self._tables = [self._grouped(pa.concat_tables(self._tables), ("count", "sum"))]
        for table in self._tables:
            self.beyond += pc.sum(table["count"].slice(self._limit)).as_py() or 0
        self._tables = [table.slice(0, self._limit) for table in self._tables]

    def _grouped(self, table: pa.Table, count: Any) -> pa.Table:
        groups = table.group_by(list(self._by), use_threads=False)
        counted = groups.aggregate([count, ("first", "min"), ("last", "max")])
        return pa.table(
            {
                **{name: counted[name] for name in self._by},
                "count": counted["count_all" if count[1] == "count_all" else "count_sum"],
                "first": counted["first_min"],
                "last": counted["last_max"],
            }
        )


def _table(batches: list[pa.RecordBatch], columns: tuple[str, ...]) -> pa.Table | None:
    """The batches in one, with those of the columns that they have."""
    if not batches:
        return None
    names = [name for name in batches[0].schema.names if name in columns]
    return pa.Table.from_batches([batch.select(names) for batch in batches])


def _length(text: str) -> str:
    return f"{text}_length"


def _or_nulls(column: Any, rows: int, kind: pa.DataType) -> Any:
    return pa.nulls(rows, kind) if column is None else column


def _dialects(items: pa.Table, records: pa.Table | None) -> Any:
    """`fem` or `pfe` for each annotation, by the classification it is of; null where that isn't at hand."""
    unknown = pa.nulls(items.num_rows, pa.string())
    if records is None or "classification_id" not in records.schema.names:
        return unknown
    names = records.schema.names
    if "classifier_version" in names:
        version = records["classifier_version"]
    elif "metadata" in names and pa.types.is_struct(records.schema.field("metadata").type):
        version = pc.struct_field(records["metadata"], "classifier_version")
    else:
        return unknown
    fem = pc.fill_null(pc.starts_with(version, "2."), fill_value=False)
    dialects = pc.if_else(fem, "fem", "pfe")
    return dialects.take(pc.index_in(items["classification_id"], value_set=records["classification_id"]))


# A member's name, which stays; or a scalar, which goes.
_TOKENS = r'("(?:[^"\\]|\\.)*":)|"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*|true|false|null'
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?=:)|[\[\]{}]')


def _skeletons(texts: Any) -> Any:
    """JSON objects without their scalars, so that those with the same members are the same text."""
    bare = pc.replace_substring_regex(texts, _TOKENS, r"\1")
    return _short(pc.replace_substring_regex(bare, r"\[,*\]", "[]"), _SKELETON)


def _short(texts: Any, length: int = _NAME) -> Any:
    """Texts of at most `length` characters: what is kept must not grow with one cell."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    return texts if longest <= length else pc.utf8_slice_codeunits(texts, 0, length)


def _members(skeleton: str) -> tuple[str, ...]:
    """The names of the outermost members."""
    depth, names = 0, []
    for sign in _TOKEN.findall(skeleton):
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif depth == 1:
            # A lone surrogate may be escaped in a name; no output could take it.
            names.append(json.loads(sign).encode("utf-8", "backslashreplace").decode())
    return tuple(dict.fromkeys(names))
