"""A look at an export before it is converted: `inspect`."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.inspect.drift import ANNOTATIONS, Drift
from crowdarrow.exports.zooniverse.inspect.drift_text import as_text

if TYPE_CHECKING:
    from datetime import datetime

    from crowdarrow.declare import Export
    from crowdarrow.read.reader import Columns, Reject, TableSet

_DRIFTING = "zooniverse.classifications"
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_EXAMPLES = 3
_TIMES = ("created_at", "created", "finish_time", "finished_at")
_SHOWN = 12  # lines per list when printed; `to_dict` has all


@dataclass
class Inspection:
    """What an export holds. Counts are records, sizes bytes, times ISO 8601 in UTC.

    `workflows` lists the workflows with the records of each version; `rejects` the count of each kind of reject, with
    where the first few stand. `largest` has the longest cells of each text column, in bytes.

    Of classifications `tasks` are the tasks with the shapes of their values in each range of versions; `drift` tells
    what stands out: `changes` of a task's type of value, `unknown_keys`, `unknown_shapes`, and what was `beyond` the
    groups that are told apart; `volunteers` has the share of visitors and the repeated classifications; `largest` the
    classification that each cell is of. See `crowdarrow.exports.zooniverse.inspect.drift.Drift.to_dict`.
    """

    kind: str
    tables: list[str]
    sources: list[dict[str, Any]]
    records: int = 0
    rows: int = 0
    rejected: int = 0
    bytes: int = 0
    first: str | None = None
    last: str | None = None
    workflows: list[dict[str, Any]] = field(default_factory=list)
    dialects: dict[str, int] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    drift: dict[str, Any] = field(default_factory=dict)
    volunteers: dict[str, Any] = field(default_factory=dict)
    largest: dict[str, list[dict[str, int | None]]] = field(default_factory=dict)
    leniencies: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, dict[str, Any]] = field(default_factory=dict)
    suggestion: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready values."""
        return asdict(self)

    def __str__(self) -> str:
        """The same for people; long lists are cut."""
        lines = [f"kind       {self.kind} (tables: {', '.join(self.tables)})"]
        for source in self.sources:
            size = "" if source["size"] is None else f", {source['size']:,} bytes"
            lines.append(f"input      {source['name']} ({source['compression'] or 'plain'}{size})")
        lines.append(
            f"records    {self.records:,}, of which {self.rejected:,} rejected; {self.rows:,} rows; "
            f"{self.bytes:,} bytes"
        )
        if self.first:
            lines.append(f"dates      {self.first} to {self.last}")
        for workflow in _cut(self.workflows, lines, "workflow   "):
            versions = ", ".join(f"{version} ({count:,})" for version, count in workflow["versions"].items())
            named = "" if workflow["name"] is None else f" {workflow['name']}"
            lines.append(f"workflow   {workflow['workflow_id']}{named}: {workflow['records']:,}; versions {versions}")
        if self.dialects:
            lines.append("dialects   " + _counts(self.dialects))
        if self.volunteers:
            found = {"tasks": self.tasks, **self.drift, "volunteers": self.volunteers, "largest": self.largest}
            lines += filter(None, as_text(found).split("\n"))
        else:
            sizes = sorted(((name, cells[0]["bytes"] or 0) for name, cells in self.largest.items()), key=_by_size)
            if sizes:
                lines.append("largest    " + ", ".join(f"{name} {size:,} bytes" for name, size in sizes[:4]))
        if self.leniencies:
            lines.append("accepted   " + _counts(self.leniencies))
        for kind, found in self.rejects.items():
            places = "; ".join(
                f"{at['source']} record {at['record']} line {at['line']} byte {at['byte_offset']}: {at['message']}"
                for at in found["examples"]
            )
            lines.append(f"rejected   {kind} ({found['count']:,}): {places}")
        if self.suggestion:
            lines.append(self.suggestion)
        return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items())


def _cut(items: list[Any], lines: list[str], label: str) -> list[Any]:
    if len(items) > _SHOWN:
        lines.append(f"{label}{len(items):,} in all; the first {_SHOWN}:")
    return items[:_SHOWN]


def inspect(input: Any, **options: Any) -> Inspection:
    """Read an export once, in bounded memory, and say what it holds.

    `options` are `kind`, `encoding`, `member`, `threads` and `max_record_bytes`, as for `convert`.
    Raises `CrowdarrowError` where the input cannot be read or is of no known kind.
    """
    with _open(input, options) as source:
        tally = _Tally(source)
        for step in source:
            tally.add(step.batches)
            tally.rejects(step.rejects)
        return tally.result(source)


def _open(input: Any, options: dict[str, Any]) -> TableSet:
    from crowdarrow.read.reader import open_tables

    return open_tables(input, tables=_chosen, **options)


def _chosen(export: Export) -> tuple[list[str], Columns]:
    """The tables to read, and their columns; all of the records', so that those are rejected that `convert` rejects."""
    record = export.record_table.name
    return ([record, "annotations"], {"annotations": ANNOTATIONS}) if export.kind == _DRIFTING else ([record], None)


class _Tally:
    """Counts that grow batch by batch; what is kept grows with the groups, not with the rows."""

    def __init__(self, source: TableSet) -> None:
        schema = source.schemas[source.record_table]
        self._time = next((name for name in _TIMES if name in schema.names), None)
        self._texts = [item.name for item in schema if pa.types.is_string(item.type)]
        self._versioned = "workflow_id" in schema.names and "workflow_version" in schema.names
        self._fem = "metadata" in schema.names and pa.types.is_struct(schema.field("metadata").type)
        self._span: list[datetime] = []
        self._largest: Counter[str] = Counter()
        self._versions: Counter[tuple[int | None, str | None]] = Counter()
        self._names: dict[int | None, str | None] = {}
        self._dialects: Counter[str] = Counter()
        self._table = source.record_table
        self._drift = Drift() if source.kind == _DRIFTING else None
        self._rejects: dict[str, dict[str, Any]] = {}
        self._within = False

    def add(self, batches: list[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of a step."""
        for table, batch in batches:
            if table == self._table:
                self._records(batch)
        if self._drift:
            self._drift.add(batches)

    def _records(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        if self._time:
            span = pc.min_max(batch[self._time])
            self._span += [value for value in (span["min"].as_py(), span["max"].as_py()) if value is not None]
            self._span = [min(self._span), max(self._span)] if self._span else []
        for name in () if self._drift else self._texts:
            longest = pc.max(pc.binary_length(batch[name])).as_py()
            self._largest[name] = max(self._largest[name], longest or 0)
        if self._versioned:
            named = "workflow_name" in batch.schema.names
            keys = ["workflow_id", "workflow_version"]
            table = pa.Table.from_batches([batch.select([*keys, "workflow_name"] if named else keys)])
            what: list[Any] = [([], "count_all"), *([("workflow_name", "max")] if named else [])]
            for row in table.group_by(keys).aggregate(what).to_pylist():
                self._versions[row["workflow_id"], row["workflow_version"]] += row["count_all"]
                self._names.setdefault(row["workflow_id"], row.get("workflow_name_max"))
        if self._fem:
            version = pc.struct_field(batch["metadata"], "classifier_version")
            fem = pc.sum(pc.starts_with(version, "2.")).as_py() or 0
            self._dialects += Counter(fem=fem, pfe=batch.num_rows - fem)

    def rejects(self, rejects: list[Reject]) -> None:
        for reject in rejects:
            if not self._within:
                found = self._rejects.setdefault(reject.kind, {"count": 0, "examples": []})
                found["count"] += 1
                if len(found["examples"]) < _EXAMPLES:
                    place = reject._asdict()
                    found["examples"].append({name: place[name] for name in _PLACE})
            self._within = reject.more

    def result(self, source: TableSet) -> Inspection:
        report = source.report
        sources = [
            {"name": info.name, "size": info.size, "compression": _compression(info.name)} for info in source.provenance
        ]
        workflows = []
        for workflow in sorted({workflow for workflow, _ in self._versions}, key=_order):
            found = {str(version): count for (of, version), count in self._versions.items() if of == workflow}
            versions = dict(sorted(found.items(), key=lambda item: _version_order(item[0])))
            name, count = self._names.get(workflow), sum(versions.values())
            workflows.append({"workflow_id": workflow, "name": name, "records": count, "versions": versions})
        drift = self._drift.to_dict() if self._drift else {}
        told = {name: drift.pop(name) for name in ("tasks", "volunteers", "largest") if name in drift}
        told.setdefault("largest", {name: [{"bytes": size}] for name, size in self._largest.items()})
        span = [value.isoformat().replace("+00:00", "Z") for value in self._span]
        return Inspection(
            kind=source.kind,
            tables=list(source.tables),
            sources=sources,
            records=report.records,
            rows=report.rows,
            rejected=report.rejected,
            bytes=report.bytes,
            first=span[0] if span else None,
            last=span[1] if span else None,
            workflows=workflows,
            dialects=dict(sorted(self._dialects.items())),
            drift=drift,
            **told,
            leniencies=dict(report.leniencies),
            rejects=self._rejects,
            suggestion=report.suggestion,
        )


_PLACE = ("source", "record", "line", "byte_offset", "column", "message")


def _by_size(named: tuple[str, int]) -> int:
    return -named[1]


def _order(workflow: int | None) -> tuple[bool, int]:
    return workflow is None, workflow or 0


def _version_order(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in version.split(".")]


def _compression(name: str) -> str | None:
    """The compression of a file, by its first bytes; None where it is plain or no file."""
    with contextlib.suppress(OSError, ValueError), Path(name).open("rb") as file:
        head = file.read(4)
        return next((form for magic, form in _MAGIC.items() if head.startswith(magic)), None)
    return None
