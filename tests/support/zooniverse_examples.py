"""The examples of Zooniverse exports: every task type, both front ends and every age of the format."""

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose
from typing import Any

from oracle.scalars import read_version
from support.examples import FOLDER, Row, Section, sections

PFE = "{}"
FEM = '{"classifier_version":"2.0"}'

IDENTITY: Row = {
    "classification_id": 42,
    "subject_id": 7,
    "user_id": 5,
    "user_name": "vera",
    "workflow_id": 10,
    "workflow_version": "3.4",
    "created_at": datetime(2026, 5, 4, 10, 0, tzinfo=UTC),
}
# Computed in floating point: the order of the operations is free.
COMPUTED = frozenset({"cx", "cy", "xmin", "ymin", "xmax", "ymax", "lon", "lat"})
HEADER = (
    "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,"
    "gold_standard,expert,metadata,annotations,subject_data,subject_ids"
)
WORKFLOW_HEADER = (
    "workflow_id,display_name,version,active,classifications_count,pairwise,grouped,prioritized,primary_language,"
    "first_task,tutorial_subject_id,retired_set_member_subjects_count,tasks,retirement,strings,minor_version"
)

WORKFLOW_EXPORTS: dict[str, list[Row]] = json.loads(
    (FOLDER / "zooniverse" / "workflow_exports.json").read_text(encoding="utf-8")
)
"""Workflow exports by name, each a list of rows; `tasks` and `strings` are JSON values."""


def csv_of(header: str, records: list[Row]) -> bytes:
    """CSV as the exporter writes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), lineterminator="\n", restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def workflow_export(rows: list[Row]) -> bytes:
    """A workflow export; the cells `tasks` and `strings` are given as JSON values."""
    return csv_of(
        WORKFLOW_HEADER,
        [
            {"workflow_id": 10, "display_name": "A workflow"}
            | row
            | {name: json.dumps(row[name]) for name in ("tasks", "strings") if name in row}
            for row in rows
        ],
    )


def with_all_columns(rows: list[Row], identity: Row, columns: list[str]) -> list[Row]:
    """The rows with the identity columns, which follow from the record and the row, and nulls in the other columns."""
    own = {name: value for name, value in identity.items() if name in columns}
    full = [own | ({"annotation_key": key_of(row)} if "annotation_key" in columns else {}) | row for row in rows]
    unknown = {name for row in full for name in row} - {*columns}
    assert not unknown, f"the table has no {unknown}"
    return [{name: row.get(name) for name in columns} for row in full]


def key_of(row: Row) -> str:
    """The `annotation_key` of a row."""
    return ".".join(str(row[name]) for name in ("annotation_index", "combo_index") if row.get(name) is not None)


@dataclass(frozen=True)
class Example:
    """An export of one classification, and its rows in `annotations`, `answers`, `marks` and `identifications`.

    A table that is not in `rows` has no rows. `workflows` are the rows of the workflow export with the labels.
    """

    name: str
    annotations: str
    rows: dict[str, list[Row]]
    metadata: str = PFE
    version: str = "3.4"
    workflows: list[Row] | None = None

    def export(self) -> bytes:
        """The classification export."""
        record = IDENTITY | {
            "created_at": "2026-05-04 10:00:00 UTC",
            "workflow_version": self.version,
            "metadata": self.metadata,
            "annotations": self.annotations,
            "subject_data": '{"7":{"retired":null}}',
            "subject_ids": "7",
        }
        return csv_of(HEADER, [record])

    def workflow_export(self) -> bytes | None:
        """The workflow export, if labels are tested."""
        return None if self.workflows is None else workflow_export(self.workflows)

    def expected(self, table: str, columns: list[str]) -> list[Row]:
        """The rows of a table with all their columns."""
        major, minor = read_version(self.version)
        version = {"workflow_version": self.version, "workflow_major": major, "workflow_minor": minor}
        return with_all_columns(self.rows.get(table, []), IDENTITY | version, columns)


@dataclass(frozen=True)
class WorkflowExample:
    """A workflow export of one row, and its rows in `tasks` and `choices`."""

    name: str
    tasks: str
    strings: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def export(self) -> bytes:
        """The workflow export."""
        record = {"workflow_id": 10, "version": 3, "minor_version": 4, "tasks": self.tasks, "strings": self.strings}
        return csv_of(WORKFLOW_HEADER, [record])

    def expected(self, table: str, columns: list[str]) -> list[Row]:
        """The rows of a table with all their columns."""
        identity = {"workflow_id": 10, "version": 3, "minor_version": 4}
        return with_all_columns(self.rows.get(table, []), identity, columns)


@dataclass(frozen=True)
class SubjectExample:
    """An export of one classification for each `subject_data` cell, and its rows in `subjects`.

    All records are of workflow 10 unless `workflow_ids` are given. The counts are those of the notes.
    """

    name: str
    cells: list[str]
    rows: list[Row]
    workflow_ids: list[int | str]
    no_subject_ids: int = 0
    changed_subjects: int = 0

    def export(self) -> bytes:
        """The classification export."""
        fixed = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "metadata": "{}", "annotations": "[]"}
        pairs = zip(self.cells, self.workflow_ids, strict=True)
        return csv_of(
            HEADER,
            [fixed | {"subject_ids": "7", "subject_data": cell, "workflow_id": number} for cell, number in pairs],
        )


def _classification(section: Section) -> Example:
    return Example(
        section.name,
        section.blocks["annotations"].removesuffix("\n"),
        section.rows,
        section.blocks.get("metadata", PFE).removesuffix("\n"),
        section.options.get("workflow_version", "3.4"),
        WORKFLOW_EXPORTS[section.options["workflows"]] if "workflows" in section.options else None,
    )


def _subjects(section: Section) -> SubjectExample:
    cells = section.blocks["subject_data"].split("\n")[:-1]
    return SubjectExample(
        section.name,
        cells,
        section.rows["subjects"],
        section.option("workflow_ids", [10] * len(cells)),
        section.option("no_subject_ids", 0),
        section.option("changed_subjects", 0),
    )


_FILES = ("questions", "combos", "dropdowns", "surveys", "drawing", "features", "subtasks", "others", "labels")
EXAMPLES = [_classification(section) for file in _FILES for section in sections(f"zooniverse/{file}.md")]
WORKFLOWS = [
    WorkflowExample(
        section.name,
        section.blocks["tasks"].removesuffix("\n"),
        section.blocks["strings"].removesuffix("\n"),
        section.rows,
    )
    for section in sections("zooniverse/workflows.md")
]
SUBJECTS = [_subjects(section) for section in sections("zooniverse/subjects.md")]

COLUMNS = {
    kind.name: {table: " ".join(text.split()) for table, text in kind.blocks.items()}
    for kind in sections("zooniverse/columns.md")
}
"""The columns of each table, `name type, name type`, by kind and table."""


def columns_text(text: str) -> str:
    """The text of a schema on one line, without the name that lists give their items."""
    return " ".join(text.replace("item: ", "").replace("element: ", "").split())


def _same(name: str, got: Any, wanted: Any) -> bool:
    if name == "extra" and isinstance(got, str) and isinstance(wanted, str):
        # The order of its members is free; their tokens are not.
        return _members(got) == _members(wanted)
    if name in COMPUTED and isinstance(got, float) and wanted is not None:
        return isclose(got, wanted, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(got, dict) and isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(_same(key, got[key], wanted[key]) for key in got)
    return type(got) is type(wanted) and bool(got == wanted)


def _members(text: str) -> dict[str, str]:
    from oracle.json_text import compact, members

    assert compact(text) == text
    return {key: written for key, (_, written) in members(text).items()}


def differences(got: list[Row], wanted: list[Row], *, shown: bool = True) -> list[str]:
    """Where two lists of rows differ, cell by cell; without `shown` only the positions are listed, not the values."""
    found = [f"{len(got)} rows, not {len(wanted)}"] if len(got) != len(wanted) else []
    for index, (one, other) in enumerate(zip(got, wanted, strict=False)):
        if one.keys() != other.keys():
            found.append(f"row {index}: other columns")
            continue
        found += [
            f"row {index}, {name}" + (f": {one[name]!r}, not {other[name]!r}" if shown else "")
            for name in other
            if not _same(name, one[name], other[name])
        ]
    return found
