"""The versions of a workflow export, and which of them labels a classification."""

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from crowdarrow.exports.zooniverse.labels import COLUMNS
from crowdarrow.exports.zooniverse.labels.packed import Document, DocumentCache, PackedJson
from crowdarrow.exports.zooniverse.tables.tasks import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa


_VERSION = re.compile(r"0*([0-9]{1,10})(?:\.0*([0-9]{1,10}))?")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_RESOLVED = 50_000
"""Pairs of workflow and version whose row is remembered; when there are more, all are forgotten."""
_MAX_OPEN_BYTES = 16 << 20
"""JSON text of the versions that stay parsed; parsed, it takes about eight times as much memory."""

_MAX_PLAIN_BYTES = 2 << 20
"""JSON text that is kept as it is; compressing that of a usual export takes as long as reading it."""


def member(value: Any, key: str | None) -> Any:
    """A member of a JSON object; None if there is none, or if the value is not an object."""
    return value.get(key) if isinstance(value, dict) else None


def items(value: Any) -> list[Any]:
    """The items of a JSON array; none if the value is not an array."""
    return value if isinstance(value, list) else []


def item(value: Any, index: int | None) -> Any:
    """An item of a JSON array; None if there is none, or if the value is not an array."""
    return value[index] if isinstance(value, list) and index is not None and 0 <= index < len(value) else None


def text(value: Any) -> str | None:
    """A JSON string, with U+FFFD for each lone surrogate; None for other values."""
    if not isinstance(value, str):
        return None
    return value if value.isascii() else _LONE_SURROGATE.sub("\ufffd", value)


class Workflow:
    """The tasks and strings of one version of a workflow, parsed."""

    def __init__(self, tasks: Document, strings: Document) -> None:
        self._tasks, self._strings = tasks, strings

    @property
    def tasks(self) -> dict[str, Any]:
        """The tasks by their keys, as in the export."""
        return self._tasks.members

    def task(self, key: str | None) -> Any:
        """The task with this key."""
        return member(self.tasks, key)

    def text(self, value: Any) -> str | None:
        """A text. If it has the form of a key, the text in `strings` with this key."""
        if not isinstance(value, str) or not value.endswith(ENDINGS):
            return text(value)
        return text(self._strings.members.get(value))

    def label(self, thing: Any) -> str | None:
        """The label of an answer, tool, option, choice or question, which is an object or a bare text."""
        return self.text(thing.get("label") if isinstance(thing, dict) else thing)

    def question(self, task: Any) -> str | None:
        """The question of a task, or its instruction if it has no question."""
        question = member(task, "question")
        return self.text(question if isinstance(question, str) else member(task, "instruction"))

    def options(self, select: dict[str, Any]) -> dict[str, tuple[int, Any]]:
        """The options of a select by their value as text, each with its index in its own list; the first of equals."""
        cache = self._tasks.options_of_select
        if id(select) not in cache:
            found: dict[str, tuple[int, Any]] = {}
            for options in option_lists(select):
                for index, option in enumerate(options):
                    value = member(option, "value")
                    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                        found.setdefault(str(value), (index, option))
            cache[id(select)] = found
        return cache[id(select)]


def option_lists(select: dict[str, Any]) -> list[list[Any]]:
    """The option lists of a select: one per answer to the select before it, or a single one."""
    options = select.get("options")
    return [items(one) for one in options.values()] if isinstance(options, dict) else [items(options)]


class Version(NamedTuple):
    """One version of a workflow, as it is kept."""

    row: int
    """Its row in the export, by which it is looked up."""
    number: tuple[int, int]
    """Major and minor version; a missing minor counts as 0, a missing major as -1."""
    is_complete: bool
    """Both numbers are present."""
    tasks: PackedJson
    strings: PackedJson

    @property
    def size(self) -> int:
        """Bytes of its JSON."""
        return self.tasks.size + self.strings.size


def _by_major(known: list[Version], major: int) -> tuple[int, bool] | None:
    """The row of the first version with this major number, else with a larger one; and whether it is the same."""
    same = next((one.row for one in known if one.number[0] == major), None)
    if same is not None:
        return same, True
    larger = next((one.row for one in known if one.number[0] > major), None)
    return None if larger is None else (larger, False)


class Versions:
    """All versions in a workflow export, by workflow, in the order of the file."""

    def __init__(self) -> None:
        self.has_minor = False
        """Whether the export has minor versions; without them, majors alone are compared."""
        self._all: list[Version] = []
        self._of_workflow: dict[int, list[Version]] = {}
        self._resolved: dict[tuple[int | None, str | None], tuple[int, bool] | None] = {}
        self._packed: dict[PackedJson, PackedJson] = {}
        self._plain_bytes = 0
        self._documents = DocumentCache()
        self._open: OrderedDict[int, Workflow] = OrderedDict()
        self._open_bytes = 0

    @classmethod
    def load(cls, batches: "Iterable[pa.RecordBatch]") -> "Versions":
        """The versions in a workflow export, from batches with the columns `COLUMNS` that it has."""
        versions = cls()
        for batch in batches:
            versions.add(batch)
        return versions

    def add(self, batch: "pa.RecordBatch") -> None:
        """Add the next rows of a workflow export."""
        import pyarrow as pa

        known = set(batch.schema.names)
        self.has_minor |= "minor_version" in known
        columns = [batch.column(name) if name in known else pa.nulls(batch.num_rows, pa.string()) for name in COLUMNS]
        numbers, texts = (column.to_pylist() for column in columns[:3]), columns[3:]
        for workflow_id, major, minor, *cells in zip(*numbers, *texts, strict=True):
            if workflow_id is None:
                continue
            number = (-1 if major is None else major, minor or 0)
            tasks, strings = map(self._pack, cells)
            version = Version(len(self._all), number, None not in {major, minor}, tasks, strings)
            self._all.append(version)
            self._of_workflow.setdefault(workflow_id, []).append(version)

    def _pack(self, cell: "pa.StringScalar") -> PackedJson:
        """A text as it is kept. Most versions share one of their texts with the version before."""
        packed = PackedJson.of(cell, compress=self._plain_bytes > _MAX_PLAIN_BYTES)
        known = self._packed.setdefault(packed, packed)
        if known is packed and not packed.is_compressed:
            self._plain_bytes += packed.size
        return known

    def resolve(self, workflow_id: int | None, version: str | None) -> tuple[int, bool] | None:
        """The index of the version that labels a row, and whether it is exactly the row's `workflow_version`.

        This is the version with the row's major and minor number. Without one, it is the first in the file with both
        numbers at least as large, which is what the platform's exporter uses; else the largest. If the export has no
        minor versions, it is the version with the row's major number, the first with a larger one, or the largest. None
        if the export lacks the workflow.
        """
        key = (workflow_id, version)
        if key not in self._resolved:
            if len(self._resolved) >= _MAX_RESOLVED:
                self._resolved.clear()
            self._resolved[key] = self._find(workflow_id, version)
        return self._resolved[key]

    def _find(self, workflow_id: int | None, version: str | None) -> tuple[int, bool] | None:
        known = self._of_workflow.get(workflow_id) if workflow_id is not None else None
        if known is None:
            return None
        match = _VERSION.fullmatch(version or "")
        if match and not self.has_minor:
            if found := _by_major(known, int(match[1])):
                return found
        elif match:
            major, minor = int(match[1]), int(match[2] or 0)
            # Without both numbers, a version may be any minor version: it is never an exact match.
            for one in known if match[2] is not None else ():
                if one.is_complete and one.number == (major, minor):
                    return one.row, True
            for one in known:
                if one.number[0] >= major and one.number[1] >= minor:
                    return one.row, False
        return max(known, key=lambda one: one.number).row, False

    def workflow(self, index: int) -> Workflow:
        """The version at an index, parsed; the versions used last stay parsed."""
        if index in self._open:
            self._open.move_to_end(index)
            return self._open[index]
        version = self._all[index]
        workflow = Workflow(self._documents.get(version.tasks), self._documents.get(version.strings))
        self._open[index] = workflow
        self._open_bytes += version.size
        while self._open_bytes > _MAX_OPEN_BYTES and len(self._open) > 1:
            closed, _ = self._open.popitem(last=False)
            self._open_bytes -= self._all[closed].size
        return workflow
