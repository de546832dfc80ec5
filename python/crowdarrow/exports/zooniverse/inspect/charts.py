"""The charts of classifications: activity, subjects, answers, marks and volunteers.

Counts are of classifications as they are in the export, repeats included; `votes` and `consensus` choose among them.
Names of volunteers are keys of groups only, and in no chart.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare.charts import QUALITY, Bars, Chart, Density, Listing
from crowdarrow.exports.chart_counts import (
    HourCounts,
    LogHistogram,
    counted_histogram,
    cut,
    lorenz,
    more_note,
    untimed,
)
from crowdarrow.exports.groups import GroupCounter
from crowdarrow.exports.zooniverse.inspect.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACTIVITY, SUBJECTS, ANSWERS, MARKS, VOLUNTEERS = "Activity", "Subjects", "Answers", "Marks", "Volunteers"

_MOST_GROUPS = 1 << 20
_SHOWN, _TASKS_SHOWN, _CHOICES_SHOWN = 20, 30, 30
_TASKS_RANKED, _ANSWERS_RANKED = 6, 12
_FREE_TEXT = 0.5
"""A task with more distinct answers than this share of its answers is free text, whose answers are not listed."""
_FEW = 20
_QUESTION = ("workflow_id", "task", "question")
_CHOICE = ("workflow_id", "task")
_VISITOR = "not-logged-in-"
_ANY_VISITOR = "not logged in"


class ClassificationCharts:
    """Counts over the batches of `classifications` and its tidy tables."""

    columns: Mapping[str, Sequence[str]] = {
        "answers": (*_QUESTION, "subject_id", "answer", "mark_index", "identification_index"),
        "identifications": (*_CHOICE, "subject_id", "choice"),
        "marks": (
            "classification_id",
            "workflow_id",
            "task",
            "tool_index",
            "tool_label",
            "tool_type",
            "frame",
            "cx",
            "cy",
        ),
        "subjects": ("subject_id", "workflow_id", "retired"),
    }

    def __init__(self) -> None:
        self._hours = HourCounts("workflow_id")
        self._seconds = LogHistogram()
        self._subjects = GroupCounter(("workflow_id", "subject_id"), _MOST_GROUPS)
        self._people = GroupCounter(("user_id", "user_name"), _MOST_GROUPS)
        self._answers = GroupCounter((*_QUESTION, "subject_id", "answer"), _MOST_GROUPS)
        self._choices = GroupCounter((*_CHOICE, "subject_id", "choice"), _MOST_GROUPS)
        self._retired: Counter[tuple[int | None, str]] = Counter()
        self._positions = Positions()

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block."""
        found: dict[str, list[pa.RecordBatch]] = {}
        for name, batch in batches:
            if batch.num_rows:
                found.setdefault(name, []).append(batch)
        tables = {name: pa.Table.from_batches(parts) for name, parts in found.items()}
        if records := tables.get("classifications"):
            self._add_records(records)
        if answers := tables.get("answers"):
            # Answers within marks and identifications have questions of their own.
            is_whole = pc.and_(pc.is_null(answers["mark_index"]), pc.is_null(answers["identification_index"]))
            answers = answers.filter(is_whole)
            for name in ("task", "question", "answer"):
                answers = _with(answers, name, cut(answers[name]))
            self._answers.add(untimed(answers))
        if choices := tables.get("identifications"):
            self._choices.add(untimed(_with(choices, "choice", cut(choices["choice"]))))
        if subjects := tables.get("subjects"):
            self._add_subjects(subjects)
        if marks := tables.get("marks"):
            self._positions.add(marks)

    def _add_records(self, records: pa.Table) -> None:
        self._hours.add(records)
        self._positions.add_records(records)
        metadata = records["metadata"].combine_chunks()
        start, end = (pc.struct_field(metadata, name) for name in ("started_at", "finished_at"))
        self._seconds.add(pc.divide(pc.subtract(end, start).cast(pa.int64()).cast(pa.float64()), 1e6))
        ids = records["subject_ids"].combine_chunks()
        has_subject = pc.greater(pc.fill_null(pc.list_value_length(ids), 0), 0)
        known = records.filter(has_subject)
        subject = pc.list_element(known["subject_ids"], 0)
        self._subjects.add(untimed(pa.table({"workflow_id": known["workflow_id"], "subject_id": subject})))
        self._people.add(untimed(_with(records, "user_name", cut(records["user_name"], 200))))

    def _add_subjects(self, subjects: pa.Table) -> None:
        retired = subjects["retired"].combine_chunks()
        is_retired = pc.is_valid(pc.struct_field(retired, "retired_at"))
        reason = pc.fill_null(pc.struct_field(retired, "retirement_reason"), "no reason given")
        state = pc.if_else(is_retired, cut(reason), "not retired")
        table = pa.table({"workflow_id": subjects["workflow_id"], "state": state})
        for row in table.group_by(["workflow_id", "state"]).aggregate([([], "count_all")]).to_pylist():
            key = (row["workflow_id"], row["state"])
            if key in self._retired or len(self._retired) < _MOST_GROUPS:
                self._retired[key] += row["count_all"]

    def charts(self, results: Mapping[str, Any]) -> list[Chart]:
        """The charts; parts without data are left out."""
        names = {one["workflow_id"]: one["name"] for one in results["workflows"]}
        workflows = _Workflows(names)
        found = [
            self._hours.chart(ACTIVITY, "Classifications over time", "classifications", workflows.label),
            self._seconds.chart(
                ACTIVITY,
                "Time per classification",
                "From started_at to finished_at in the metadata, which the volunteer's clock gives.",
                "classifications",
            ),
            self._versions(results, workflows),
            self._per_subject(),
            self._retirement(workflows),
            self._agreement(workflows),
            *self._rankings(workflows),
            self._ranked_choices(),
            *self._densities(workflows),
            self._lorenz(),
            _volunteers(results, workflows),
            *_drift(results["drift"]),
        ]
        return [chart for chart in found if chart is not None]

    def _versions(self, results: Mapping[str, Any], workflows: _Workflows) -> Chart | None:
        bars = [
            (f"{version} of {workflows.label(one['workflow_id'])}", count)
            for one in results["workflows"]
            for version, count in one["versions"].items()
        ]
        if not bars:
            return None
        shown = sorted(bars, key=lambda bar: -bar[1])[:_SHOWN]
        return Bars(
            ACTIVITY, "Classifications by workflow and version", more_note(len(bars), _SHOWN, "versions"),
            shown, "classifications",
        )  # fmt: skip

    def _per_subject(self) -> Chart | None:
        counts = self._subjects.table()["count"]
        note = "Each subject counts once for each workflow. " + _beyond(self._subjects, "subjects")
        return counted_histogram(
            SUBJECTS, "Classifications per subject", note, counts, "classifications of a subject", "subjects"
        )

    def _retirement(self, workflows: _Workflows) -> Chart | None:
        by_workflow: dict[int | None, Counter[str]] = {}
        for (workflow, state), count in self._retired.items():
            by_workflow.setdefault(workflow, Counter())[state] += count
        if not by_workflow:
            return None
        rows = []
        for workflow, states in sorted(by_workflow.items(), key=lambda entry: -entry[1].total())[:_SHOWN]:
            total, active = states.total(), states.pop("not retired", 0)
            reasons = ", ".join(f"{reason} ({count:,})" for reason, count in states.most_common(6))
            rows.append((workflows.label(workflow), total, total - active, f"{(total - active) / total:.0%}", reasons))
        return Listing(
            SUBJECTS, "How far the subjects are",
            "The state of each subject where it is first seen in the export. "
            + more_note(len(by_workflow), _SHOWN, "workflows"),
            ("workflow", "subjects seen", "retired", "share", "reasons"), rows,
        )  # fmt: skip

    def _agreement(self, workflows: _Workflows) -> Chart | None:
        rows = []
        for counter, place, what in ((self._answers, _QUESTION, "answer"), (self._choices, _CHOICE, "choice")):
            table = counter.table()
            table = table.filter(pc.is_valid(table[what]))
            if not table.num_rows:
                continue
            subjects = table.group_by([*place, "subject_id"]).aggregate([("count", "max"), ("count", "sum")])
            several = subjects.filter(pc.greater(subjects["count_sum"], 1))
            share = pc.divide(several["count_max"].cast(pa.float64()), several["count_sum"].cast(pa.float64()))
            several = several.append_column("share", share)
            means = several.group_by(list(place)).aggregate(
                [("share", "mean"), ("count_sum", "sum"), ([], "count_all")]
            )
            for row in means.to_pylist():
                asked = " ".join(str(row[name]) for name in place[1:] if row[name] is not None)
                rows.append(
                    (
                        workflows.label(row["workflow_id"]), asked, row["count_all"], row["count_sum_sum"],
                        round(row["count_sum_sum"] / row["count_all"], 1), f"{row['share_mean']:.0%}",
                    )
                )  # fmt: skip
        if not rows:
            return None
        rows.sort(key=lambda row: -row[3])
        note = (
            "Agreement is the share of a subject's most frequent answer among all of its answers, as a mean over the "
            "subjects with two or more. " + more_note(len(rows), _TASKS_SHOWN, "tasks")
        )
        columns = ("workflow", "task", "subjects", "answers", "answers per subject", "agreement")
        return Listing(ANSWERS, "Votes and agreement by task", note, columns, rows[:_TASKS_SHOWN])

    def _rankings(self, workflows: _Workflows) -> list[Chart]:
        table = self._answers.table()
        table = table.filter(pc.is_valid(table["answer"]))
        if not table.num_rows:
            return []
        counts = table.group_by([*_QUESTION, "answer"]).aggregate([("count", "sum")])
        by_task: dict[tuple[Any, ...], list[tuple[str, int]]] = {}
        for row in counts.to_pylist():
            by_task.setdefault(tuple(row[name] for name in _QUESTION), []).append((row["answer"], row["count_sum"]))
        listed = []
        for (workflow, *task), answers in by_task.items():
            total = sum(count for _, count in answers)
            if len(answers) > _FEW and len(answers) > _FREE_TEXT * total:
                continue
            answers.sort(key=lambda one: -one[1])
            name = " ".join(str(part) for part in task if part is not None)
            title = f"{workflows.label(workflow)}: {name}"
            note = more_note(len(answers), _ANSWERS_RANKED, "answers")
            listed.append((total, Bars(ANSWERS, title, note, answers[:_ANSWERS_RANKED], "answers")))
        listed.sort(key=lambda one: -one[0])
        return [bars for _, bars in listed[:_TASKS_RANKED]]

    def _ranked_choices(self) -> Chart | None:
        table = self._choices.table()
        table = table.filter(pc.is_valid(table["choice"]))
        if not table.num_rows:
            return None
        counts = table.group_by("choice").aggregate([("count", "sum")])
        ranked = sorted(zip(*(counts[name].to_pylist() for name in ("choice", "count_sum")), strict=True), key=_second)
        note = more_note(len(ranked), _CHOICES_SHOWN, "choices")
        return Bars(ANSWERS, "Identifications", note, ranked[:_CHOICES_SHOWN], "identifications")

    def _densities(self, workflows: _Workflows) -> list[Chart]:
        grids = self._positions.grids(workflows.label)
        return [Density(MARKS, title, note, counts) for title, note, counts in grids]

    def _lorenz(self) -> Chart | None:
        people = self._people.table()
        if not people.num_rows:
            return None
        name = pc.fill_null(people["user_name"].cast(pa.string()), "")
        is_visitor = pc.or_(pc.starts_with(name, _VISITOR), pc.or_(pc.equal(name, _ANY_VISITOR), pc.equal(name, "")))
        known = people.filter(pc.or_(pc.is_valid(people["user_id"]), pc.invert(is_visitor)))
        return lorenz(VOLUNTEERS, known["count"], "classifications", _beyond(self._people, "volunteers"))


class _Workflows:
    """How workflows are named."""

    def __init__(self, names: Mapping[int | None, str | None]) -> None:
        self._names = names

    def label(self, workflow: Any) -> str:
        """The workflow's id and name."""
        name = self._names.get(workflow)
        return f"{workflow} {name}" if name else str(workflow)


def _volunteers(results: Mapping[str, Any], workflows: _Workflows) -> Chart | None:
    found = results["volunteers"]
    if not found.get("classifications"):
        return None
    rows = [("all", *_visitors(found))]
    rows += [(workflows.label(one["workflow_id"]), *_visitors(one)) for one in found["workflows"][:_SHOWN]]
    columns = ("workflow", "classifications", "by visitors", "share", "repeats", "most by one person")
    note = "Repeats are classifications of a subject by a person who had classified it in the same workflow before."
    return Listing(VOLUNTEERS, "Visitors and repeats", note, columns, rows)


def _drift(found: Mapping[str, Any]) -> list[Chart]:
    """What changes between versions, and what has no column."""
    changes = [
        (
            str(one["workflow_id"]), one["task"], one["from"] or "", ", ".join(one["before"]), one["to"],
            ", ".join(one["after"]), one["annotations"],
        )
        for one in found["changes"]
    ]  # fmt: skip
    members = [(str(one["workflow_id"]), one["task"], one["key"], one["annotations"]) for one in found["unknown_keys"]]
    types = "Tasks whose answers have another type of value in other versions of the workflow, or several types in one."
    titles = ("workflow", "task", "versions before", "type", "versions after", "type", "annotations")
    extra = "Members that no column has; they are in the column extra."
    charts = [
        Listing(QUALITY, "Tasks that change", types, titles, changes),
        Listing(
            QUALITY, "Unknown members of annotations", extra, ("workflow", "task", "member", "annotations"), members
        ),
    ]
    return [chart for chart in charts if chart.rows]


def _visitors(found: Mapping[str, Any]) -> tuple[Any, ...]:
    share = "" if found["share"] is None else f"{found['share']:.0%}"
    repeats = found["repeats"]
    return found["classifications"], found["visitors"], share, repeats["surplus"], repeats["most"]


def _with(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _beyond(counter: GroupCounter, what: str) -> str:
    return f"{counter.beyond_limit:,} classifications of further {what} are left out." if counter.beyond_limit else ""


def _second(pair: tuple[str, int]) -> int:
    return -pair[1]
