"""The inspection of PYBOSSA projects and of LibCrowds collections."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.groups import GroupCounter
from crowdarrow.terminal import number_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST_TASKS = 1 << 20
"""Distinct tasks, and pairs of task and volunteer, that are counted separately."""
_MOST_KEYS = 1 << 16
_TASKS_LISTED, _KEYS_LISTED = 100, 1000
_LONGEST = 200
"""Characters of a text by which values are distinguished."""
_SHOWN = 12
_WIDTH = 40

_PERSON = {"user_id": "user ", "external_uid": "", "user_ip": "address "}
"""The columns that identify a volunteer, the first that has a value, each with a prefix."""

EMPTY: dict[str, Any] = {
    "projects": [],
    "tasks": [],
    "answer_keys": [],
    "info_kinds": {},
    "volunteers": {},
    "repeats": {},
    "motivations": {},
    "tags": {},
}
"""The names of the results of both inspections."""


class ProjectInspector:
    """Counts the records of a project by project and task, the keys of their answers, and the volunteers.

    The results are:

    * `projects`: the records and the number of different tasks of each project;
    * `tasks`: the tasks with the most records, which are their own, task runs or results;
    * `answer_keys`: the most frequent keys in `info`, with the JSON types of their values;
    * `info_kinds`: the records by the JSON type of `info`;
    * `volunteers`: of task runs, the `records`, those without an account (`anonymous`), and the number of volunteers,
      who are distinguished by `user_id`, else by `external_uid`, else by `user_ip`;
    * `repeats`: the pairs of volunteer and task with more than one task run (`pairs`), and the task runs beyond the
      first of each pair (`surplus`);
    * `largest`: the longest cell of each text column.
    """

    empty: Mapping[str, Any] = EMPTY

    def __init__(self, record_table: str, keys_table: str, task_column: str) -> None:
        self.columns: Mapping[str, Sequence[str]] = {keys_table: ("key", "kind")}
        self._table, self._keys_table, self._task = record_table, keys_table, task_column
        self._tasks = GroupCounter(("project_id", "task_id"), _MOST_TASKS)
        self._pairs = GroupCounter(("task_id", "person"), _MOST_TASKS)
        self._keys = GroupCounter(("key", "kind"), _MOST_KEYS)
        self._kinds: Counter[str] = Counter()
        self._largest: Counter[str] = Counter()
        self._records = self._anonymous = 0

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block."""
        for name, batch in batches:
            table = pa.Table.from_batches([batch])
            if name == self._table and batch.num_rows:
                self._add_records(table)
            elif name == self._keys_table and batch.num_rows:
                keys = pa.table({"key": _head(table["key"]), "kind": table["kind"]})
                self._keys.add(_timed(keys.filter(keys["key"].is_valid())))

    def _add_records(self, table: pa.Table) -> None:
        self._records += table.num_rows
        ids = pa.table({"project_id": table["project_id"], "task_id": table[self._task]})
        self._tasks.add(_timed(ids))
        self._kinds += _counted(table["info_kind"])
        _note_largest(self._largest, table)
        if "user_id" in table.column_names:
            self._anonymous += table["user_id"].null_count
            texts = {name: table[name].cast(pa.string()) for name in _PERSON}
            named = (pc.binary_join_element_wise(_PERSON[name], text, "") for name, text in texts.items())
            pairs = pa.table({"task_id": table["task_id"], "person": _head(pc.coalesce(*named))})
            self._pairs.add(_timed(pairs.filter(pairs["person"].is_valid())))

    def results(self) -> dict[str, Any]:
        """The results by name."""
        tasks = {key: group.rows for key, group in self._tasks.groups().items()}
        pairs = {key: group.rows for key, group in self._pairs.groups().items()}
        found = dict(EMPTY) | {
            "projects": _projects(tasks),
            "tasks": [{"project_id": p, "task_id": t, "records": n} for (p, t), n in _most(tasks, _TASKS_LISTED)],
            "answer_keys": self._answer_keys(),
            "info_kinds": dict(self._kinds.most_common()),
            "largest": {name: [{"bytes": size}] for name, size in self._largest.items()},
        }
        if self._table == "task_runs":
            again = [count for (task, _), count in pairs.items() if task is not None and count > 1]
            people = len({person for _, person in pairs})
            found["volunteers"] = {"records": self._records, "anonymous": self._anonymous, "volunteers": people}
            found["repeats"] = {"pairs": len(again), "surplus": sum(again) - len(again)}
            if self._pairs.beyond_limit:
                found["repeats"]["not_counted"] = self._pairs.beyond_limit
        return found

    def _answer_keys(self) -> list[dict[str, Any]]:
        found: dict[Any, Counter[str]] = {}
        for (key, kind), group in self._keys.groups().items():
            found.setdefault(key, Counter())[str(kind)] += group.rows
        totals = {(key,): kinds.total() for key, kinds in found.items()}
        return [
            {"key": key, "values": count, "kinds": dict(found[key].most_common())}
            for (key,), count in _most(totals, _KEYS_LISTED)
        ]

    def lines(self, results: Mapping[str, Any]) -> list[str]:
        """The results as text; long lists are cut."""
        projects = (
            f"{one['project_id']} ({number_of(one['records'], 'record')}, {number_of(one['tasks'], 'task')})"
            for one in results["projects"]
        )
        keys = {one["key"]: one["values"] for one in results["answer_keys"]}
        lines = _line("projects", projects)
        lines += [*_line("keys", _shown(keys)), *_line("info", _shown(results["info_kinds"]))]
        volunteers, repeats = results["volunteers"], results["repeats"]
        if volunteers:
            lines.append(
                f"volunteers {volunteers['volunteers']:,}; {volunteers['anonymous']:,} of "
                f"{number_of(volunteers['records'], 'task run')} without an account"
            )
            lines.append(
                f"repeats    {number_of(repeats['pairs'], 'time')} a volunteer did a task more than once, "
                f"{number_of(repeats['surplus'], 'task run')} beyond the first"
            )
        return lines


class CollectionInspector:
    """Counts the annotations or values of a collection: `motivations`, `tags` and `largest`."""

    columns: Mapping[str, Sequence[str]] = {}
    empty: Mapping[str, Any] = EMPTY

    def __init__(self) -> None:
        self._motivations = GroupCounter(("motivation",), _MOST_KEYS)
        self._tags = GroupCounter(("tag",), _MOST_KEYS)
        self._largest: Counter[str] = Counter()

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block."""
        for _, batch in batches:
            if batch.num_rows:
                table = pa.Table.from_batches([batch])
                _note_largest(self._largest, table)
                for counter, name in ((self._motivations, "motivation"), (self._tags, "tag")):
                    counter.add(_timed(pa.table({name: _head(table[name])})))

    def results(self) -> dict[str, Any]:
        """The results by name."""
        named = {"motivations": self._motivations, "tags": self._tags}
        return dict(EMPTY) | {
            **{
                name: {
                    str(value): count
                    for (value,), count in _most(
                        {key: group.rows for key, group in counter.groups().items() if key[0] is not None}, _KEYS_LISTED
                    )
                }
                for name, counter in named.items()
            },
            "largest": {name: [{"bytes": size}] for name, size in self._largest.items()},
        }

    def lines(self, results: Mapping[str, Any]) -> list[str]:
        """The results as text; long lists are cut."""
        return [*_line("motivation", _shown(results["motivations"])), *_line("tags", _shown(results["tags"]))]


def _head(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The beginning of each text: what is counted is kept in memory."""
    return pc.utf8_slice_codeunits(texts, 0, _LONGEST)


def _timed(table: pa.Table) -> pa.Table:
    """The table with the time column that groups have, which isn't used."""
    return table.append_column("created_at", pa.nulls(table.num_rows, pa.int64()))


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    counts = pc.value_counts(column.combine_chunks()).to_pylist()
    return Counter({"missing" if one["values"] is None else one["values"]: one["counts"] for one in counts})


def _note_largest(largest: Counter[str], table: pa.Table) -> None:
    for field in table.schema:
        if pa.types.is_string(field.type):
            largest[field.name] = max(largest[field.name], pc.max(pc.binary_length(table[field.name])).as_py() or 0)


def _projects(tasks: Mapping[Any, int]) -> list[dict[str, Any]]:
    found: dict[int | None, dict[str, Any]] = {}
    for (project, task), count in tasks.items():
        one = found.setdefault(project, {"project_id": project, "records": 0, "tasks": 0})
        one["records"] += count
        one["tasks"] += task is not None
    return sorted(found.values(), key=lambda one: (one["project_id"] is None, one["project_id"] or 0))


def _most(counts: Mapping[Any, int], limit: int) -> list[tuple[Any, int]]:
    """The entries with the highest counts; equal ones in the order of their appearance."""
    return sorted(counts.items(), key=lambda entry: -entry[1])[:limit]


def _shown(counts: Mapping[str, int]) -> Iterable[str]:
    return (f"{_cut(plain(name))} ({count:,})" for name, count in counts.items())


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _line(title: str, parts: Iterable[str]) -> list[str]:
    found = list(parts)
    more = f", and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return [f"{title:<11}" + ", ".join(found[:_SHOWN]) + more] if found else []
