"""The versions of a workflow export, and the one that a classification's labels are taken from."""

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crowdarrow.errors import UnknownKindError
from crowdarrow.exports.zooniverse.tables.tasks import ENDINGS

if TYPE_CHECKING:
    import os

    from crowdarrow.declare import Export

_VERSION = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_KIND = "zooniverse.workflows"
_COLUMNS = ["workflow_id", "version", "minor_version", "tasks", "strings"]


def members(value: Any) -> dict[str, Any]:
    """A JSON object's members; none of another value."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A JSON array's items; none of another value."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """A JSON string; None for another value."""
    return value if isinstance(value, str) else None


class Version:
    """One version of a workflow; its JSON is read when a row first asks for it."""

    def __init__(self, major: int | None, minor: int | None, tasks: str | None, strings: str | None) -> None:
        self.number = (-1 if major is None else major, minor or 0)
        """Major and minor; a missing minor counts as 0, and a missing major is before all others."""
        self.is_numbered = major is not None and minor is not None
        self._tasks, self._strings = tasks, strings

    @cached_property
    def tasks(self) -> dict[str, Any]:
        """The tasks by their keys, as they stand in the export."""
        return members(json.loads(self._tasks)) if self._tasks else {}

    @cached_property
    def strings(self) -> dict[str, Any]:
        """The texts by their keys."""
        return members(json.loads(self._strings)) if self._strings else {}

    def text(self, found: Any) -> str | None:
        """A text, or, where it has the form of a key, what `strings` has under it."""
        if not isinstance(found, str) or not found.endswith(ENDINGS):
            return text(found)
        return text(self.strings.get(found))

    def label(self, thing: Any) -> str | None:
        """The label of an answer, a tool, an option, a choice, a question: an object's, or a bare text."""
        return self.text(members(thing).get("label") if isinstance(thing, dict) else thing)

    def asked(self, task: Any) -> str | None:
        """A task's question, or else its instruction."""
        asked = members(task)
        question = asked.get("question")
        return self.text(question if isinstance(question, str) else asked.get("instruction"))


class Versions:
    """All versions of a workflow export, by workflow, in the order of the file."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._of: dict[int, list[Version]] = {}
        for row in rows:
            if row["workflow_id"] is not None:
                version = Version(row["version"], row["minor_version"], row["tasks"], row["strings"])
                self._of.setdefault(row["workflow_id"], []).append(version)
        self._resolved: dict[tuple[int | None, str | None], tuple[Version, bool] | None] = {}

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> "Versions":
        """Read a workflow export.

        Raises:
            UnknownKindError: the file is another export.
            CrowdarrowError: it cannot be read.
        """
        from crowdarrow.reader import open_tables

        def chosen(export: "Export") -> tuple[list[str], list[str]]:
            if export.kind != _KIND:
                msg = f"{path} is {export.kind}; labels are taken from a workflow export ({_KIND})"
                raise UnknownKindError(msg)
            return ["workflows"], _COLUMNS

        # Opened once: a pipe gives what it has only once.
        with open_tables(path, tables=chosen) as source:
            return cls([row for step in source for _, batch in step.batches for row in batch.to_pylist()])

    def resolve(self, workflow_id: int | None, version: str | None) -> tuple[Version, bool] | None:
        """The version for a row's `workflow_id` and `workflow_version`, and whether it is the row's own.

        The row's own (major, minor); else the first in the file with both at least as great, as the platform's
        exporter does; else the greatest. None where the workflow is not in the export.
        """
        key = (workflow_id, version)
        if key not in self._resolved:
            self._resolved[key] = self._find(workflow_id, version)
        return self._resolved[key]

    def _find(self, workflow_id: int | None, version: str | None) -> tuple[Version, bool] | None:
        known = self._of.get(workflow_id, []) if workflow_id is not None else []
        if not known:
            return None
        match = _VERSION.fullmatch(version or "")
        if match:
            wanted = (int(match[1]), int(match[2] or 0))
            for one in known:
                # A version without a minor may be any: it is never the row's own.
                if match[2] is not None and one.is_numbered and one.number == wanted:
                    return one, True
            for one in known:
                if one.number[0] >= wanted[0] and one.number[1] >= wanted[1]:
                    return one, False
        return max(known, key=lambda one: one.number), False
