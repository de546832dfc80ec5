"""`read_tidy`, which reads an export into all its tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import pyarrow as pa

from oracle.json_text import Json
from oracle.node import parse
from oracle.pure_python import Reject, read
from oracle.records import RowReader
from oracle.scalars import Notes, UnreadableError

from .annotations import annotation_of
from .answers import answers_of
from .identifications import identifications_of
from .items import items_of
from .labels import WorkflowExport
from .marks import marks_of
from .schemas import TABLES
from .subjects import Subjects
from .workflows import Version

Row = dict[str, Any]
Source = str | PathLike[str] | bytes
AT_ONE_RECORD = ("classification_id", "user_id", "user_name", "workflow_id", "workflow_version", "created_at")


@dataclass
class Result:
    """The result of `read_tidy`.

    Attributes:
        kind: The kind of the export.
        tables: The tables by name, the record table first.
        rejects: Those of `pure_python.read`, and records with a lone surrogate in a string column.
        leniencies: Counts by name.
        records: The number of records.
        row_records: The record number of each row of the record table.
        no_subject_ids: The number of keys of `subject_data` that are not integers.
        changed_subjects: The number of later rows of a subject with different content.
    """

    kind: str
    tables: dict[str, pa.Table]
    rejects: list[Reject]
    leniencies: dict[str, int]
    records: int
    row_records: list[int]
    no_subject_ids: int
    changed_subjects: int

    def table_of(self, name: str) -> list[Row]:
        """The rows of a table as Python values."""
        rows: list[Row] = self.tables[name].to_pylist()
        return rows


class _Classifications:
    """The rows of the tidy tables of classifications, in the order of the input."""

    def __init__(self, workflows: WorkflowExport | None) -> None:
        self.workflows = workflows
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES["zooniverse.classifications"]}
        self.subjects = Subjects()

    def add(self, row: Row) -> list[tuple[str, str]]:
        """Add the rows of a record. If it has faults, add none and return them."""
        faults: list[tuple[str, str]] = []
        found: dict[str, list[Row]] = {}
        subjects: list[Row | None] = []
        try:
            found = self._of_annotations(row)
        except UnreadableError as fault:
            faults.append(("annotations", fault.kind))
        try:
            if row.get("subject_data") is not None:
                subjects = self.subjects.read(row.get("workflow_id"), parse(row["subject_data"]))
        except UnreadableError as fault:
            faults.append(("subject_data", fault.kind))
        if faults:
            return faults
        for name, rows in found.items():
            self.tables[name] += rows
        self.subjects.add(subjects)
        return []

    def _of_annotations(self, row: Row) -> dict[str, list[Row]]:
        tables: dict[str, list[Row]] = {}
        if row.get("annotations") is None:
            return tables
        version = row.get("workflow_major"), row.get("workflow_minor")
        labels = None if self.workflows is None else self.workflows.labels_for(row.get("workflow_id"), *version)
        identity = {name: row.get(name) for name in AT_ONE_RECORD}
        identity["subject_id"] = next(iter(row.get("subject_ids") or []), None)
        identity["label_exact"] = None if labels is None else labels.exact
        classifier_version = (row.get("metadata") or {}).get("classifier_version")
        for item in items_of(parse(row["annotations"])):
            position = {"annotation_index": item.annotation_index, "combo_index": item.combo_index}
            for name, rows in (
                ("annotations", [annotation_of(item, labels)]),
                ("answers", answers_of(item, labels)),
                ("marks", marks_of(item, classifier_version, labels)),
                ("identifications", identifications_of(item, labels)),
            ):
                tables.setdefault(name, []).extend(identity | position | one for one in rows)
        return tables


class _Workflows:
    """The rows of `tasks` and `choices`, and the versions that labels are taken from."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES["zooniverse.workflows"]}
        self.versions: list[Version] = []

    def add(self, row: Row) -> list[tuple[str, str]]:
        """Add the rows of a record. If it has faults, add none and return them."""
        version = Version.of(row)
        try:
            tasks, choices = [*version.task_rows()], [*version.choice_rows()]
        except UnreadableError as fault:
            return [("tasks", fault.kind)]
        self.tables["tasks"] += tasks
        self.tables["choices"] += choices
        self.versions.append(version)
        return []


class _TidyReader(RowReader):
    """A reader of records that adds each row to the tidy tables; a record with faults in these is rejected."""

    def __init__(
        self, kind: str, header: Sequence[str], json_reader: Json, sink: _Classifications | _Workflows
    ) -> None:
        super().__init__(kind, header, json_reader)
        self._sink = sink

    def row(
        self, texts: Sequence[str], quoted: Sequence[bool] | None, notes: Notes
    ) -> tuple[Row, list[tuple[str, str]]]:
        row, faults = super().row(texts, quoted, notes)
        return row, faults or self._sink.add(row)


def _read(source: Source, kind: str, sink: _Classifications | _Workflows) -> Any:
    return read(
        source, kind=kind, row_reader=lambda kind, header, json_reader: _TidyReader(kind, header, json_reader, sink)
    )


class _Versions(_Workflows):
    """The versions alone: labels do not read `tasks` and `choices`, so nothing in these rejects a version."""

    def add(self, row: Row) -> list[tuple[str, str]]:
        """Add one version."""
        self.versions.append(Version.of(row))
        return []


def read_workflows(source: Source) -> WorkflowExport:
    """The versions of a workflow export."""
    sink = _Versions()
    _read(source, "zooniverse.workflows", sink)
    return WorkflowExport(sink.versions)


def read_tidy(source: Source, workflows: Source | None = None, kind: str = "zooniverse.classifications") -> Result:
    """Read a whole export of classifications or workflows.

    Args:
        source: A path or the bytes; plain CSV or gzip.
        workflows: A workflow export with labels, for classifications.
        kind: `zooniverse.classifications` or `zooniverse.workflows`.

    Raises:
        ValueError: as `pure_python.read`.
    """
    sink: _Classifications | _Workflows = _Workflows()
    if kind == "zooniverse.classifications":
        sink = _Classifications(None if workflows is None else read_workflows(workflows))
    records = _read(source, kind, sink)
    rows = dict(sink.tables)
    subjects = sink.subjects if isinstance(sink, _Classifications) else Subjects()
    if isinstance(sink, _Classifications):
        rows["subjects"] = subjects.rows
    tables = {name: pa.Table.from_pylist(rows[name], schema) for name, schema in TABLES[kind].items()}
    return Result(
        kind,
        records.tables | tables,
        records.rejects,
        records.leniencies,
        records.records,
        records.row_records,
        subjects.no_ids,
        subjects.changed,
    )
