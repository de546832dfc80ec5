"""The charts of classifications: activity, subjects, answers, marks and volunteers.

Counts are of classifications as they are in the export, repeats included; `votes` and `consensus` choose among them.
Names of volunteers are keys of groups only, and in no chart.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare import RECORD, LazyRows, Rows, cell, record, value
from crowdarrow.declare.charts import QUALITY, Bars, Chart, Density, Listing
from crowdarrow.exports.chart_counts import HourCounts, LogHistogram, counted_histogram, cut, lorenz, more_note
from crowdarrow.exports.groups import Distinct, GroupCounter, first_rows
from crowdarrow.exports.zooniverse.inspect.chart_votes import VoteCounts
from crowdarrow.exports.zooniverse.inspect.positions import Positions
from crowdarrow.exports.zooniverse.tables.answers import ANSWERS as ALL_ANSWERS
from crowdarrow.exports.zooniverse.tables.answers import answers_of_tasks
from crowdarrow.exports.zooniverse.tables.marks import MARKS as ALL_MARKS
from crowdarrow.exports.zooniverse.tables.marks import marks_for_centres
from crowdarrow.exports.zooniverse.votes.inputs import SUBJECTS_OF_RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crowdarrow.declare import Table

ACTIVITY, SUBJECTS, ANSWERS, MARKS, VOLUNTEERS = "Activity", "Subjects", "Answers", "Marks", "Volunteers"

_MOST_GROUPS = 1 << 20
_MOST_STATES = 1 << 12
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 1 << 17, 1 << 25
"""Rows that are counted together, if they have no more bytes: the cost of counting hardly depends on fewer rows."""
_SHOWN, _TASKS_SHOWN, _CHOICES_SHOWN = 20, 30, 30
_TASKS_RANKED, _ANSWERS_RANKED = 6, 12
_FREE_TEXT = 0.5
"""A task with more distinct answers than this share of its answers is free text, whose answers are not listed."""
_FEW = 20
_QUESTION = ("workflow_id", "task", "question")
_CHOICE = ("workflow_id", "task")
_ACTIVE, _NO_REASON = "not retired", "no reason given"
_VISITOR = "not-logged-in-"
_ANY_VISITOR = "not logged in"


_ANSWERS = ALL_ANSWERS.replaced(name="charts:answers", rows=LazyRows(answers_of_tasks))
_SUBJECT = RECORD.integer_members(record["subject_data"], distinct=cell("workflow_id"))
_SUBJECTS = SUBJECTS_OF_RECORDS.replaced(
    name="charts:subjects",
    rows=(Rows(_SUBJECT, {"subject_id": _SUBJECT.index, "retired": value(_SUBJECT["retired"])}),),
)
"""The subjects where they are first seen, and possibly again."""
_MARKS = ALL_MARKS.replaced(name="charts:marks", rows=LazyRows(marks_for_centres))


class ClassificationCharts:
    """Counts over the batches of `classifications` and its tidy tables."""

    tables: Sequence[Table] = (_ANSWERS, _MARKS, _SUBJECTS)
    columns: Mapping[str, Sequence[str]] = {
        _ANSWERS.name: (*_QUESTION, "subject_id", "answer", "mark_index"),
        "identifications": (*_CHOICE, "subject_id", "choice"),
        _MARKS.name: ("classification_id", "workflow_id", "task", "tool_index", "tool_label", "tool_type", "cx", "cy"),
        _SUBJECTS.name: ("workflow_id", "subject_id", "retired.retired_at", "retired.retirement_reason"),
    }

    def __init__(self) -> None:
        self._hours = HourCounts("workflow_id")
        self._seconds = LogHistogram()
        self._subjects = GroupCounter(("workflow_id", "subject_id"), _MOST_GROUPS, timed=False)
        self._accounts = GroupCounter(("user_id",), _MOST_GROUPS, timed=False)
        self._names = GroupCounter(("user_name",), _MOST_GROUPS, timed=False)
        self._answers = VoteCounts(_QUESTION, "answer", _MOST_GROUPS)
        self._choices = VoteCounts(_CHOICE, "choice", _MOST_GROUPS)
        self._states = Distinct(("is_retired", "reason"), _MOST_STATES)
        self._seen = GroupCounter(("workflow_id", "subject_id", "state"), _MOST_GROUPS, timed=False)
        self._positions = Positions()
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._rows = self._bytes = 0

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block."""
        for name, batch in batches:
            if not batch.num_rows or name not in _COUNTED:
                continue
            kept = _part(batch, _COPIED[name]) if name in _COPIED else batch
            self._waiting.setdefault(name, []).append(kept)
            self._rows += kept.num_rows
            self._bytes += kept.nbytes
        if self._rows >= _ROWS_AT_ONCE or self._bytes >= _BYTES_AT_ONCE:
            self._count()

    def _count(self) -> None:
        """Count the rows that wait."""
        tables = {}
        for name, parts in self._waiting.items():
            tables[name] = pa.table(_COUNTED[name](_one(parts)))
        self._waiting, self._rows, self._bytes = {}, 0, 0
        if records := tables.get("classifications"):
            self._add_records(records)
        if answers := tables.get(_ANSWERS.name):
            self._answers.add(answers)
        if choices := tables.get("identifications"):
            self._choices.add(choices)
        if subjects := tables.get(_SUBJECTS.name):
            state = self._states.numbers(subjects)
            subjects = subjects.append_column("state", state)
            self._seen.add(subjects.filter(state.is_valid()) if state.null_count else subjects)
        if marks := tables.get(_MARKS.name):
            self._positions.add(marks)

    def _add_records(self, records: pa.Table) -> None:
        self._hours.add(records)
        self._positions.add_records(records)
        spent = (
            pc.subtract(records["finished_at"], records["started_at"]).cast(pa.int64()).cast(pa.float64(), safe=False)
        )
        self._seconds.add(pc.divide(spent, 1e6))
        has_subject = pc.greater(pc.fill_null(pc.list_value_length(records["subject_ids"]), 0), 0)
        known = records.select(["workflow_id", "subject_ids"]).filter(has_subject)
        subject = pc.list_element(known["subject_ids"], 0)
        self._subjects.add(pa.table({"workflow_id": known["workflow_id"], "subject_id": subject}))
        has_account = pc.is_valid(records["user_id"])
        self._accounts.add(records.select(["user_id"]).filter(has_account))
        others = records.select(["user_name"]).filter(pc.invert(has_account))
        name = pc.fill_null(others["user_name"], "")
        is_visitor = pc.or_(pc.starts_with(name, _VISITOR), pc.or_(pc.equal(name, _ANY_VISITOR), pc.equal(name, "")))
        self._names.add(others.filter(pc.invert(is_visitor)))

    def charts(self, results: Mapping[str, Any]) -> list[Chart]:
        """The charts; parts without data are left out."""
        self._count()
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
        note = "Each subject counts once for each workflow. " + _beyond(self._subjects.beyond_limit, "subjects")
        return counted_histogram(
            SUBJECTS, "Classifications per subject", note, counts, "classifications of a subject", "subjects"
        )

    def _retirement(self, workflows: _Workflows) -> Chart | None:
        states = self._states.table()
        if states is None:
            return None
        seen = self._seen.table()
        first = first_rows(seen, "workflow_id", "subject_id")
        counted = first.group_by(["workflow_id", "state"], use_threads=False).aggregate([([], "count_all")])
        known = zip(states["is_retired"].to_pylist(), states["reason"].to_pylist(), strict=True)
        names = [(_NO_REASON if reason is None else reason) if is_retired else _ACTIVE for is_retired, reason in known]
        by_workflow: dict[int | None, Counter[str]] = {}
        for row in counted.to_pylist():
            by_workflow.setdefault(row["workflow_id"], Counter())[names[row["state"]]] += row["count_all"]
        rows = []
        for workflow, states in sorted(by_workflow.items(), key=lambda entry: -entry[1].total())[:_SHOWN]:
            total, active = states.total(), states.pop(_ACTIVE, 0)
            reasons = ", ".join(f"{reason} ({count:,})" for reason, count in states.most_common(6))
            rows.append((workflows.label(workflow), total, total - active, f"{(total - active) / total:.0%}", reasons))
        return Listing(
            SUBJECTS, "How far the subjects are",
            "The state of each subject where it is first seen in the export. "
            + more_note(len(by_workflow), _SHOWN, "workflows"),
            ("workflow", "subjects seen", "retired", "share", "reasons"), rows,
        )  # fmt: skip

    def _agreement(self, workflows: _Workflows) -> Chart | None:
        rows = [
            (
                workflows.label(workflow), " ".join(str(part) for part in asked if part is not None), subjects, votes,
                round(votes / subjects, 1), f"{share:.0%}",
            )
            for counter in (self._answers, self._choices)
            for (workflow, *asked), subjects, votes, share in counter.agreement()
        ]  # fmt: skip
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
        by_task: dict[tuple[Any, ...], list[tuple[str, int]]] = {}
        for (*task, answer), count in self._answers.counts():
            by_task.setdefault(tuple(task), []).append((answer, count))
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
        counts: Counter[str] = Counter()
        for (*_, choice), count in self._choices.counts():
            counts[choice] += count
        if not counts:
            return None
        ranked = counts.most_common()
        note = more_note(len(ranked), _CHOICES_SHOWN, "choices")
        return Bars(ANSWERS, "Identifications", note, ranked[:_CHOICES_SHOWN], "identifications")

    def _densities(self, workflows: _Workflows) -> list[Chart]:
        grids = self._positions.grids(workflows.label)
        return [Density(MARKS, title, note, counts) for title, note, counts in grids]

    def _lorenz(self) -> Chart | None:
        counters = (self._accounts, self._names)
        counts = pa.chunked_array([chunk for one in counters for chunk in one.table()["count"].chunks], pa.int64())
        beyond = sum(one.beyond_limit for one in counters)
        return lorenz(VOLUNTEERS, counts, "classifications", _beyond(beyond, "volunteers"))


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


def _beyond(count: int, what: str) -> str:
    return f"{count:,} classifications of further {what} are left out." if count else ""


def _of_records(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    metadata = batch["metadata"]
    of_metadata = ("started_at", "finished_at", "subject_dimensions")
    return {
        **{name: batch[name] for name in ("classification_id", "workflow_id", "created_at", "user_id", "subject_ids")},
        **{name: pc.struct_field(metadata, name) for name in of_metadata},
        "user_name": cut(batch["user_name"], 200),
    }


def _of_answers(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    # Answers to a mark are no answers to the subject.
    is_whole = pc.and_(pc.is_null(batch["mark_index"]), pc.is_valid(batch["answer"]))
    found = batch.select([*_QUESTION, "subject_id", "answer"]).filter(is_whole)
    return _columns(found, "task", "question", "answer")


def _of_choices(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    found = batch.select([*_CHOICE, "subject_id", "choice"]).filter(pc.is_valid(batch["choice"]))
    return _columns(found, "task", "choice")


def _of_subjects(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    retired = batch["retired"]
    return {
        **{name: batch[name] for name in ("workflow_id", "subject_id")},
        "is_retired": pc.is_valid(pc.struct_field(retired, "retired_at")),
        "reason": cut(pc.struct_field(retired, "retirement_reason")),
    }


def _columns(batch: pa.RecordBatch, *texts: str) -> dict[str, pa.Array]:
    """The columns of a batch, those of text with short texts."""
    return {name: cut(batch[name]) if name in texts else batch[name] for name in batch.schema.names}


def _part(batch: pa.RecordBatch, columns: Callable[[pa.RecordBatch], dict[str, pa.Array]]) -> pa.RecordBatch:
    """A copy of some columns: the rest of the batch need not wait."""
    found = pa.record_batch(columns(batch))
    return _one([found, found.slice(0, 0)])


def _one(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Batches as one, of which one has rows; a single one is not copied."""
    (batch,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return batch


def _all(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    return _columns(batch)


def _of_marks(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    return _columns(batch, "task", "tool_label", "tool_type")


_COPIED: dict[str, Callable[[pa.RecordBatch], dict[str, pa.Array]]] = {"classifications": _of_records}
"""The columns that wait to be counted, of tables that have others which are large."""
_COUNTED: dict[str, Callable[[pa.RecordBatch], dict[str, pa.Array]]] = {
    "classifications": _all,
    _ANSWERS.name: _of_answers,
    "identifications": _of_choices,
    _MARKS.name: _of_marks,
    _SUBJECTS.name: _of_subjects,
}
"""What is counted of the batches of each table that waited."""
