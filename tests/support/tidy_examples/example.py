"""What an example is: one record of an export, and the rows that the contract makes of it, written by hand."""

import csv
import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose
from typing import Any

Row = dict[str, Any]

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
# Equal to the last bit everywhere but here, where the sums may be taken in another order.
COMPUTED = frozenset({"cx", "cy", "xmin", "ymin", "xmax", "ymax"})
HEADER = (
    "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,"
    "gold_standard,expert,metadata,annotations,subject_data,subject_ids"
)
WORKFLOW_HEADER = (
    "workflow_id,display_name,version,active,classifications_count,pairwise,grouped,prioritized,primary_language,"
    "first_task,tutorial_subject_id,retired_set_member_subjects_count,tasks,retirement,strings,minor_version"
)


@dataclass(frozen=True)
class Example:
    """One classification.

    Attributes:
        name: Of the example, for the test's id.
        annotations: The cell, JSON.
        rows: By table, each row's columns that are not null, less the identity columns; a table of
            `annotations, answers, marks, identifications` that is not named has no rows.
        metadata: The cell, JSON; tells the front end.
        version: The row's `workflow_version`.
        workflows: Rows of the workflow export for the labels; none if there is no such export.
    """

    name: str
    annotations: str
    rows: dict[str, list[Row]]
    metadata: str = PFE
    version: str = "3.4"
    workflows: list[Row] | None = None

    def export(self) -> bytes:
        """The classification export of this one record."""
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
        """The workflow export for its labels."""
        return None if self.workflows is None else workflow_export(self.workflows)

    def expected(self, table: str, columns: list[str]) -> list[Row]:
        """The rows of a table with all their columns."""
        identity = IDENTITY | {"workflow_version": self.version}
        rows = [identity | row for row in self.rows.get(table, [])]
        unknown = {name for row in rows for name in row} - {*columns}
        assert not unknown, f"{self.name}: {table} has no {unknown}"
        return [{name: row.get(name) for name in columns} for row in rows]


def csv_of(header: str, records: list[Row]) -> bytes:
    """CSV as the exporter writes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), lineterminator="\n", restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def workflow_export(rows: list[Row]) -> bytes:
    """A workflow export; the cells `tasks` and `strings` are given as Python values."""
    return csv_of(
        WORKFLOW_HEADER,
        [
            {"workflow_id": 10, "display_name": "A workflow"}
            | row
            | {name: json.dumps(row[name]) for name in ("tasks", "strings") if name in row}
            for row in rows
        ],
    )


@dataclass(frozen=True)
class WorkflowExample:
    """A workflow export of one row and the rows of `tasks` and `choices`; columns as in `Example`."""

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
        rows = [identity | row for row in self.rows.get(table, [])]
        unknown = {name for row in rows for name in row} - {*columns}
        assert not unknown, f"{self.name}: {table} has no {unknown}"
        return [{name: row.get(name) for name in columns} for row in rows]


def _same(name: str, got: Any, wanted: Any) -> bool:
    if name == "extra" and isinstance(got, str) and isinstance(wanted, str):
        # The order of its members is free; their tokens aren't.
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
    """Where two lists of rows differ, cell by cell; `shown` values are part of it, else places alone."""
    found = [f"{len(got)} rows, not {len(wanted)}"] if len(got) != len(wanted) else []
    for place, (one, other) in enumerate(zip(got, wanted, strict=False)):
        if one.keys() != other.keys():
            found.append(f"row {place}: other columns")
            continue
        found += [
            f"row {place}, {name}" + (f": {one[name]!r}, not {other[name]!r}" if shown else "")
            for name in other
            if not _same(name, one[name], other[name])
        ]
    return found
