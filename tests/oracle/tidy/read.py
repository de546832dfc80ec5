"""`read_tidy`, which reads an export into all its tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from oracle.json_text import Json, mended_json, note_lone_surrogate
from oracle.names import AMPLIFICATION, MAX_RECORD_ROWS, SUBJECTS_MISSING
from oracle.node import NOTHING, parse
from oracle.pure_python import Reject, Source, open_input, read
from oracle.records import Faults, RowReader, reading_only
from oracle.scalars import Notes
from oracle.schemas import RECORD

from .annotations import annotation_of
from .answers import answers_of
from .beside import Beside
from .identifications import identifications_of
from .items import items_of
from .labels import Labels, WorkflowExport
from .marks import marks_of
from .schemas import TABLES
from .subjects import Subjects
from .workflows import Version

Row = dict[str, Any]
Sources = Source | list[Source]
AT_ONE_RECORD = (
    *("classification_id", "user_id", "user_name", "workflow_id", "workflow_version"),
    *("workflow_major", "workflow_minor", "created_at"),
)
LABEL_COLUMNS = ("workflow_id", "version", "minor_version", "tasks", "strings")
BESIDE = ("annotations", "answers", "marks", "identifications")


@dataclass
class Result:
    """The result of `read_tidy`.

    Attributes:
        kind: The kind of the export.
        tables: The tables by name, the record table first.
        rejects: Those of `pure_python.read`.
        leniencies: Counts by name.
        records: The number of records.
        row_records: The record number of each row of the record table.
        filtered: The number of records that are left out.
        no_subject_ids: The number of keys of `subject_data` that are not integers.
        changed_subjects: The number of later rows of a subject with different content.
        labels: The number of records by where their labels come from: `exact`, `near`, `no_workflow`.
        rows: The rows of the tidy tables with the number of their record; those of classifications alone.
        beside: The columns of the subject beside a row.
    """

    kind: str
    tables: dict[str, pa.Table]
    rejects: list[Reject]
    leniencies: dict[str, int]
    records: int
    row_records: list[int]
    filtered: int = 0
    no_subject_ids: int = 0
    changed_subjects: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    beside: Beside | None = None

    def table_of(self, name: str) -> list[Row]:
        """The rows of a table as Python values."""
        rows: list[Row] = self.tables[name].to_pylist()
        return rows


class _Classifications:
    """The rows of the tidy tables of classifications, in the order of the input."""

    def __init__(self, workflows: WorkflowExport | None, beside: Beside, max_rows: int) -> None:
        self.max_rows = max_rows
        self.workflows = workflows
        self.beside = beside
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES["zooniverse.classifications"]}
        self.subjects = Subjects()
        self.labels: Counter[str] = Counter()

    def add(self, row: Row, record: int, notes: Notes) -> bool:
        """Add the rows of a record, unless they are too many; give whether they were added."""
        subject_data = parse(row["subject_data"]) if row.get("subject_data") is not None else NOTHING
        subject_id = next(iter(row.get("subject_ids") or []), None)
        beside = self.beside.columns(subject_id, subject_data)
        labels = self._labels(row)
        found = self._of_annotations(row, record, labels)
        if 1 + sum(map(len, found.values())) > self.max_rows:
            return False
        if self.workflows is not None:
            self.labels["no_workflow" if labels is None else "exact" if labels.exact else "near"] += 1
        if any(found.values()):
            self.beside.note_missing(subject_id)
        for name, rows in found.items():
            note_lone_surrogate(rows, notes)
            self.tables[name] += [one | {"subject_id": subject_id} | beside for one in rows]
        new = self.subjects.add(self.subjects.read(row.get("workflow_id"), subject_data), record)
        note_lone_surrogate(new, notes)
        return True

    def _labels(self, row: Row) -> Labels | None:
        if self.workflows is None:
            return None
        version = row.get("workflow_major"), row.get("workflow_minor")
        return self.workflows.labels_for(row.get("workflow_id"), *version)

    @staticmethod
    def _of_annotations(row: Row, record: int, labels: Labels | None) -> dict[str, list[Row]]:
        tables: dict[str, list[Row]] = {}
        if row.get("annotations") is None:
            return tables
        identity = {name: row.get(name) for name in AT_ONE_RECORD} | {"record": record}
        identity["label_exact"] = None if labels is None else labels.exact
        classifier_version = (row.get("metadata") or {}).get("classifier_version")
        for item in items_of(parse(row["annotations"])):
            position = {
                "annotation_key": item.annotation_key,
                "annotation_index": item.annotation_index,
                "combo_index": item.combo_index,
            }
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

    def __init__(self, max_rows: int) -> None:
        self.max_rows = max_rows
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES["zooniverse.workflows"]}

    def add(self, row: Row, _record: int, notes: Notes) -> bool:
        """Add the rows of a record, unless they are too many; give whether they were added."""
        version = Version.of(row)
        tasks, choices = [*version.task_rows()], [*version.choice_rows()]
        if 1 + len(tasks) + len(choices) > self.max_rows:
            return False
        note_lone_surrogate(tasks + choices, notes)
        self.tables["tasks"] += tasks
        self.tables["choices"] += choices
        return True


class _TidyReader(RowReader):
    """A reader of records that adds each row to the tidy tables."""

    def __init__(
        self,
        kind: str,
        header: Sequence[str],
        json_reader: Json,
        numbered: bool,
        sink: _Classifications | _Workflows,
    ) -> None:
        super().__init__(kind, header, json_reader, numbered)
        self._sink = sink

    def row(self, texts: Sequence[str], quoted: Sequence[bool] | None, notes: Notes) -> tuple[Row, Faults]:
        row, faults = super().row(texts, quoted, notes)
        if not faults and not self._sink.add(row, self.record, notes):
            faults = [(None, AMPLIFICATION)]
        return row, faults


def read_workflows(sources: Sources) -> WorkflowExport:
    """The versions of a workflow export, or of several, which count as one.

    A lone surrogate in a label is U+FFFD, but the classification does not have it, so it is not counted.
    """
    kind = "zooniverse.workflows"
    listed = sources if isinstance(sources, list) else [sources]
    headers = [open_input(source, kind=kind).splitter.header for source in listed]
    rows = [
        row | {name: mended_json(row[name]) for name in ("tasks", "strings") if row.get(name)}
        for row in read(listed, kind=kind, row_reader=reading_only(*LABEL_COLUMNS)).rows
    ]
    return WorkflowExport(map(Version.of, rows), has_minor=any("minor_version" in header for header in headers))


def _schema(schema: pa.Schema, numbered: bool, beside: list[pa.Field]) -> pa.Schema:
    """The columns of a table with `record` and the columns of the subject, which come before `label_exact`."""
    for column in beside:
        schema = schema.insert(len(schema) - 1, column)
    return schema.insert(0, RECORD) if numbered else schema


def read_tidy(
    source: Sources,
    workflows: Sources | None = None,
    kind: str = "zooniverse.classifications",
    *,
    subjects: Sources | None = None,
    subject_keys: Sequence[str] = (),
    max_record_rows: int = MAX_RECORD_ROWS,
    **options: Any,
) -> Result:
    """Read a whole export of classifications or workflows, or several.

    Args:
        source: A path or the bytes; plain CSV or gzip. A list is of several inputs.
        workflows: A workflow export with labels, for classifications.
        kind: `zooniverse.classifications` or `zooniverse.workflows`.
        subjects: A subject export, for the columns beside the rows.
        subject_keys: The members of the subject's metadata that are columns.
        max_record_rows: Maximum number of rows that a record gives in all tables but `subjects`.
        options: Those of `pure_python.read`.

    Raises:
        ValueError: as `pure_python.read`.
    """
    sink: _Classifications | _Workflows = _Workflows(max_record_rows)
    beside = Beside(subjects if isinstance(subjects, list | None) else [subjects], subject_keys)
    if kind == "zooniverse.classifications":
        sink = _Classifications(None if workflows is None else read_workflows(workflows), beside, max_record_rows)

    def row_reader(kind: str, header: list[str], json_reader: Json, numbered: bool) -> RowReader:
        return _TidyReader(kind, header, json_reader, numbered, sink)

    records = read(source, kind=kind, row_reader=row_reader, **options)
    rows = dict(sink.tables)
    result = Result(
        kind,
        records.tables,
        records.rejects,
        records.leniencies,
        records.records,
        records.row_records,
        records.filtered,
    )
    if isinstance(sink, _Classifications):
        rows["subjects"] = sink.subjects.rows
        result.no_subject_ids, result.changed_subjects = sink.subjects.no_ids, sink.subjects.changed
        result.labels = dict(sink.labels)
        result.rows, result.beside = rows, beside
        if beside.missing:
            result.leniencies[SUBJECTS_MISSING] = len(beside.missing)
            result.leniencies = dict(sorted(result.leniencies.items()))
    for name, own in TABLES[kind].items():
        schema = _schema(own, records.numbered, beside.fields if name in BESIDE else [])
        result.tables[name] = pa.Table.from_pylist(rows[name], schema)
    return result
