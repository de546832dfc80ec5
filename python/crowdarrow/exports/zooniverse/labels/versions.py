"""The versions of a workflow export, and the one that a classification's labels are taken from."""

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from crowdarrow.errors import UnknownKindError
from crowdarrow.exports.zooniverse.labels.packed import Document, Documents, Packed
from crowdarrow.exports.zooniverse.tables.tasks import ENDINGS

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pyarrow as pa

    from crowdarrow.declare import Export

_VERSION = re.compile(r"0*([0-9]{1,10})(?:\.0*([0-9]{1,10}))?")
_COLUMNS = ["workflow_id", "version", "minor_version", "tasks", "strings"]
_OPEN_BYTES = 16 << 20
"""JSON text of the versions that are kept open; read, it takes some eight times as much."""


def members(value: Any) -> dict[str, Any]:
    """A JSON object's members; none of another value."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A JSON array's items; none of another value."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """A JSON string; None for another value, and for one with a lone surrogate, which no column can hold."""
    if not isinstance(value, str):
        return None
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return None
    return value


class Version(NamedTuple):
    """One version of a workflow."""

    place: int
    """Its place in the export."""
    number: tuple[int, int]
    """Major and minor; a missing minor counts as 0, and a missing major is before all others."""
    is_numbered: bool
    """Neither is missing."""
    tasks: Packed
    strings: Packed

    @property
    def size(self) -> int:
        """Bytes of its JSON."""
        return self.tasks.size + self.strings.size


class Opened:
    """A version whose JSON is read."""

    def __init__(self, tasks: Document, strings: Document) -> None:
        self._tasks, self._strings = tasks, strings

    @property
    def tasks(self) -> dict[str, Any]:
        """The tasks by their keys, as they stand in the export."""
        return self._tasks.members

    def text(self, found: Any) -> str | None:
        """A text, or, where it has the form of a key, what `strings` has under it."""
        if not isinstance(found, str) or not found.endswith(ENDINGS):
            return text(found)
        return text(self._strings.members.get(found))

    def label(self, thing: Any) -> str | None:
        """The label of an answer, a tool, an option, a choice, a question: an object's, or a bare text."""
        return self.text(thing.get("label") if isinstance(thing, dict) else thing)

    def asked(self, task: Any) -> str | None:
        """A task's question, or else its instruction."""
        asked = members(task)
        question = asked.get("question")
        return self.text(question if isinstance(question, str) else asked.get("instruction"))

    def options(self, select: dict[str, Any]) -> dict[str, tuple[int, Any]]:
        """Each option of a select by its value as text: its place in its own list, and itself; the first of equals."""
        indexed = self._tasks.indexed
        if id(select) not in indexed:
            found: dict[str, tuple[int, Any]] = {}
            indexed[id(select)] = found
            for options in option_lists(select):
                for place, option in enumerate(options):
                    value = option.get("value") if isinstance(option, dict) else None
                    if isinstance(value, str):
                        found.setdefault(value, (place, option))
                    elif isinstance(value, (int, float)) and not isinstance(value, bool):
                        found.setdefault(str(value), (place, option))
        return indexed[id(select)]


def option_lists(select: dict[str, Any]) -> list[list[Any]]:
    """The lists of options of a select: one for each answer to the select before, or its only one."""
    options = select.get("options")
    return [items(one) for one in options.values()] if isinstance(options, dict) else [items(options)]


class Versions:
    """All versions of a workflow export, by workflow, in the order of the file."""

    def __init__(self) -> None:
        self._all: list[Version] = []
        self._of: dict[int, list[Version]] = {}
        self._resolved: dict[tuple[int | None, str | None], tuple[int, bool] | None] = {}
        self._packed: dict[Packed, Packed] = {}
        self._documents = Documents()
        self._opened: OrderedDict[int, Opened] = OrderedDict()
        self._open_bytes = 0

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> "Versions":
        """Read a workflow export.

        Raises:
            UnknownKindError: the file is another export.
            CrowdarrowError: it cannot be read.
        """
        from crowdarrow.read.reader import open_tables

        # Opened once: a pipe gives what it has only once.
        def chosen(export: "Export") -> "tuple[list[str], Sequence[str]]":
            if export.kind != "zooniverse.workflows":
                msg = f"{path} is {export.kind}; labels are taken from a workflow export (zooniverse.workflows)"
                raise UnknownKindError(msg)
            return [export.record_table.name], _COLUMNS

        versions = cls()
        with open_tables(path, tables=chosen) as tables:
            for step in tables:
                for _, batch in step.batches:
                    versions.add(batch)
        return versions

    def add(self, batch: "pa.RecordBatch") -> None:
        """Add rows of a workflow export, after those before."""
        numbers = (batch.column(name).to_pylist() for name in _COLUMNS[:3])
        texts = (batch.column(name) for name in _COLUMNS[3:])
        for workflow_id, major, minor, *cells in zip(*numbers, *texts, strict=True):
            if workflow_id is None:
                continue
            number = (-1 if major is None else major, minor or 0)
            # Most versions share one of their texts with the version before.
            tasks, strings = (self._packed.setdefault(one, one) for one in map(Packed.of, cells))
            version = Version(len(self._all), number, None not in {major, minor}, tasks, strings)
            self._all.append(version)
            self._of.setdefault(workflow_id, []).append(version)

    def resolve(self, workflow_id: int | None, version: str | None) -> tuple[int, bool] | None:
        """The place of the version for a row's `workflow_id` and `workflow_version`, and whether it is the row's own.

        The row's own (major, minor); else the first in the file with both at least as great, as the platform's
        exporter does; else the greatest. None where the workflow is not in the export.
        """
        key = (workflow_id, version)
        if key not in self._resolved:
            self._resolved[key] = self._find(workflow_id, version)
        return self._resolved[key]

    def _find(self, workflow_id: int | None, version: str | None) -> tuple[int, bool] | None:
        known = self._of.get(workflow_id, []) if workflow_id is not None else []
        if not known:
            return None
        match = _VERSION.fullmatch(version or "")
        if match:
            wanted = (int(match[1]), int(match[2] or 0))
            for one in known:
                # A version without a minor may be any: it is never the row's own.
                if match[2] is not None and one.is_numbered and one.number == wanted:
                    return one.place, True
            for one in known:
                if one.number[0] >= wanted[0] and one.number[1] >= wanted[1]:
                    return one.place, False
        return max(known, key=lambda one: one.number).place, False

    def opened(self, place: int) -> Opened:
        """The version at a place, read; those not asked for of late are closed again."""
        if place in self._opened:
            self._opened.move_to_end(place)
            return self._opened[place]
        version = self._all[place]
        opened = Opened(self._documents.of(version.tasks), self._documents.of(version.strings))
        self._opened[place] = opened
        self._open_bytes += version.size
        while self._open_bytes > _OPEN_BYTES and len(self._opened) > 1:
            closed, _ = self._opened.popitem(last=False)
            self._open_bytes -= self._all[closed].size
        return opened
