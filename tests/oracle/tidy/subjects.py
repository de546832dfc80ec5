"""The rows of `subjects`: the first of each workflow and subject."""

from collections.abc import Callable
from typing import Any

from oracle.metadata import Reader, read_int, read_text, read_time
from oracle.records import subject_ids_of

from .nodes import Fit, Members, Node, object_text

Row = dict[str, Any]

RETIRED: dict[str, Reader] = {
    **dict.fromkeys(("id", "workflow_id", "classifications_count"), read_int),
    **dict.fromkeys(("created_at", "updated_at", "retired_at"), read_time),
    "subject_id": read_int,
    "retirement_reason": read_text,
}


def _read_by(reader: Reader) -> Callable[[Node], Fit[Any]]:
    """A child's reader of docs/contract.md, section 1.8, for nodes; arrays and objects fit none of these children."""
    return lambda node: reader(node.value)


def _retired(node: Node) -> Row:
    """docs/contract.md, section 1.8, but a JSON null of a known member is a null child and isn't kept."""
    members = Members(node)
    row: Row = {}
    for name, reader in RETIRED.items():
        row[name] = members.take(_read_by(reader), name)
    return row | {"extra": members.extra()}


def subject_row(subject_id: int, workflow_id: int | None, subject: Node) -> Row:
    """One member of `subject_data`."""
    row: Row = {"subject_id": subject_id, "workflow_id": workflow_id, "retired": None}
    if subject.kind != "object":
        return row | {"metadata": None if subject.kind == "null" else subject.text}
    retired = subject.member("retired")
    if retired is not None and retired.kind == "object":
        row["retired"] = _retired(retired)
    in_column = retired is not None and retired.kind in {"object", "null"}
    return row | {"metadata": object_text(subject, {"retired"} if in_column else set()) or "{}"}


class Subjects:
    """Gathers the rows.

    Attributes:
        rows: In the order they were first seen.
        no_ids: Keys of `subject_data` that are no integer.
        changed: Later rows of a subject whose content is not that of its first.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._first: dict[tuple[int | None, int], Row] = {}
        self.no_ids = 0
        self.changed = 0

    @property
    def rows(self) -> list[Row]:
        """See the class."""
        return list(self._first.values())

    def read(self, workflow_id: int | None, subject_data: Node) -> "list[Row | None]":
        """The rows of one record, None for a key that is no integer; not yet added."""
        found: list[Row | None] = []
        for key, subject in subject_data.members.items():
            ids = subject_ids_of([key])
            found.append(subject_row(ids[0], workflow_id, subject) if ids else None)
        return found

    def add(self, rows: "list[Row | None]") -> None:
        """Add the rows of a record."""
        for row in rows:
            if row is None:
                self.no_ids += 1
                continue
            first = self._first.setdefault((row["workflow_id"], row["subject_id"]), row)
            self.changed += first != row
