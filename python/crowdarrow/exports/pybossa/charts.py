"""The charts of PYBOSSA's task runs and of the annotations of a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare.charts import Bars, Chart, Listing
from crowdarrow.exports.chart_counts import HourCounts, LogHistogram, counted_histogram, cut, lorenz, more_note
from crowdarrow.exports.groups import GroupCounter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crowdarrow.declare import Table

_MOST_GROUPS = 1 << 20
_SHOWN = 30


class ProjectCharts:
    """Counts over the batches of a record table, in time, by task and by volunteer."""

    tables: Sequence[Table] = ()
    columns: Mapping[str, Sequence[str]] = {}

    def __init__(self, record_table: str, task_column: str) -> None:
        self._table, self._task = record_table, task_column
        self._hours: HourCounts | None = None
        self._seconds = LogHistogram()
        self._tasks = GroupCounter(("project_id", "task_id"), _MOST_GROUPS, timed=False)
        self._people = GroupCounter(("user_id", "external_uid"), _MOST_GROUPS, timed=False)

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block."""
        for name, batch in batches:
            if name == self._table and batch.num_rows:
                self._add(pa.Table.from_batches([batch]))

    def _add(self, records: pa.Table) -> None:
        names = records.column_names
        time = next((name for name in ("finish_time", "created") if name in names), None)
        if time:
            self._hours = self._hours or HourCounts("project_id", time)
            self._hours.add(records)
        if "finish_time" in names and "created" in names:
            spent = (
                pc.subtract(records["finish_time"], records["created"]).cast(pa.int64()).cast(pa.float64(), safe=False)
            )
            self._seconds.add(pc.divide(spent, 1e6).combine_chunks())
        if self._table == "task_runs":
            tasks = pa.table({"project_id": records["project_id"], "task_id": records[self._task]})
            self._tasks.add(tasks.filter(pc.is_valid(tasks["task_id"])))
            people = pa.table({"user_id": records["user_id"], "external_uid": cut(records["external_uid"])})
            self._people.add(people)

    def charts(self, results: Mapping[str, Any]) -> list[Chart]:
        """The charts; parts without data are left out."""
        unit = self._table.replace("_", " ")
        found: list[Chart | None] = [
            self._hours.chart("Activity", f"{unit.capitalize()} over time", unit, _project) if self._hours else None,
            self._seconds.chart("Activity", "Time per task run", "From created to finish_time.", unit),
            counted_histogram(
                "Tasks", "Task runs per task", "", self._tasks.table()["count"], "task runs of a task", "tasks"
            ),
            _keys(results["answer_keys"]),
            self._lorenz(),
            _repeats(results),
        ]
        return [chart for chart in found if chart is not None]

    def _lorenz(self) -> Chart | None:
        people = self._people.table()
        known = people.filter(pc.or_(pc.is_valid(people["user_id"]), pc.is_valid(people["external_uid"])))
        return lorenz("Volunteers", known["count"], "task runs", "") if known.num_rows else None


class CollectionCharts:
    """The charts of a collection, which its inspection counts."""

    tables: Sequence[Table] = ()
    columns: Mapping[str, Sequence[str]] = {}

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Do nothing: the inspection has the counts."""

    def charts(self, results: Mapping[str, Any]) -> list[Chart]:
        """The most frequent motivations and tags."""
        return [
            Bars("Annotations", name.capitalize(), more_note(len(counts), _SHOWN, name), bars, "annotations")
            for name, counts in (("motivations", results["motivations"]), ("tags", results["tags"]))
            if (bars := list(counts.items())[:_SHOWN])
        ]


def _project(project: Any) -> str:
    return f"project {project}"


def _keys(keys: Sequence[Mapping[str, Any]]) -> Chart | None:
    if not keys:
        return None
    bars = [(one["key"] or "(none)", one["values"]) for one in keys[:_SHOWN]]
    return Bars("Answers", "Keys of the answers", more_note(len(keys), _SHOWN, "keys"), bars, "values")


def _repeats(results: Mapping[str, Any]) -> Chart | None:
    volunteers, repeats = results["volunteers"], results["repeats"]
    if not volunteers:
        return None
    rows = [
        ("volunteers", volunteers["volunteers"]),
        ("task runs", volunteers["records"]),
        ("task runs without an account", volunteers["anonymous"]),
        ("times a volunteer did a task more than once", repeats["pairs"]),
        ("task runs beyond the first of these", repeats["surplus"]),
    ]
    note = "Volunteers are distinguished by their account, else by their external id, else by their address."
    return Listing("Volunteers", "Visitors and repeats", note, ("what", "count"), rows)
