"""The rows of `subjects`: the first one for each workflow and subject."""

from collections.abc import Callable
from typing import Any

from oracle.metadata import Reader, read_int, read_text, read_time
from oracle.node import Node
from oracle.records import subject_ids_of

from .members import Fit, Members, object_text

Row = dict[str, Any]

RETIRED: dict[str, Reader] = {
    **dict.fromkeys(("id", "workflow_id", "classifications_count"), read_int),
    **dict.fromkeys(("created_at", "updated_at", "retired_at"), read_time),
    "subject_id": read_int,
    "retirement_reason": read_text,
}


def _read_by(reader: Reader) -> Callable[[Node], Fit[Any]]:
    """A reader of a child (docs/contract.md, section 1.8) for nodes; arrays and objects match no child."""
    return lambda node: reader(node.value)


def _retired(node: Node) -> Row:
    """The `retired` struct (docs/contract.md, section 1.8); the JSON null of a known member is not kept in `extra`."""
    members = Members(node)
    row: Row = {}
    for name, reader in RETIRED.items():
        row[name] = members.take(_read_by(reader), name)
    return row | {"extra": members.extra()}


def subject_row(subject_id: int, workflow_id: int | None, subject: Node) -> Row:
    """The row of a member of `subject_data`."""
    row: Row = {"subject_id": subject_id, "workflow_id": workflow_id, "retired": None}
    if subject.kind != "object":
        return row | {"metadata": None if subject.kind == "null" else subject.tokens}
    retired = subject.member("retired")
    if retired is not None and retired.kind == "object":
        row["retired"] = _retired(retired)
    in_column = retired is not None and retired.kind in {"object", "null"}
    return row | {"metadata": object_text(subject, {"retired"} if in_column else set()) or "{}"}


class Subjects:
    """Collects the rows of `subjects`.

    Attributes:
        rows: The rows in the order of their first occurrence, with the number of the record.
        no_ids: The number of keys of `subject_data` that are not integers.
        changed: The number of later rows of a subject that differ from its first row.
    """

    def __init__(self) -> None:
        """Start without rows."""
        self._first: dict[tuple[int | None, int], Row] = {}
        self._records: list[int] = []
        self.no_ids = 0
        self.changed = 0

    @property
    def rows(self) -> list[Row]:
        """See the class."""
        return [{"record": record} | row for record, row in zip(self._records, self._first.values(), strict=True)]

    @staticmethod
    def read(workflow_id: int | None, subject_data: Node) -> "list[Row | None]":
        """The rows of a record, None for a key that is not an integer. They are not added yet."""
        found: list[Row | None] = []
        for key, subject in subject_data.members.items():
            ids = subject_ids_of([key])
            found.append(subject_row(ids[0], workflow_id, subject) if ids else None)
        return found

    def add(self, rows: "list[Row | None]", record: int) -> list[Row]:
        """Add the rows of a record; return those that are the first of their subject."""
        new: list[Row] = []
        for row in rows:
            if row is None:
                self.no_ids += 1
                continue
            first = self._first.setdefault((row["workflow_id"], row["subject_id"]), row)
            self.changed += first != row
            if first is row:
                new.append(row)
                self._records.append(record)
        return new
