"""`inspect`: counts what an export contains."""

from __future__ import annotations

import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow import exports, notebook
from crowdarrow.ahead import CallThread
from crowdarrow.errors import UsageError
from crowdarrow.exports.findings import Findings
from crowdarrow.options import has_options, options_from
from crowdarrow.progress import follow, shown_progress
from crowdarrow.read.opened import open_inputs
from crowdarrow.read.options import ReadOptions, SourceKeywords
from crowdarrow.read.output import Rejects
from crowdarrow.read.people import without_values
from crowdarrow.terminal import number_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from crowdarrow.declare import Export
    from crowdarrow.declare.charts import Chart, ChartCounts
    from crowdarrow.declare.tables import Inspector
    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.layouts import Columns
    from crowdarrow.read.output import BlockOutput, Progress
    from crowdarrow.read.table_set import TableSet

_EXAMPLES = 3
_PROGRESS_SECONDS = 0.1
_POSITION = ("source", "record", "line", "byte_offset", "column", "message")
_COLUMNS_SHOWN = 4
_MOST_BLOCKS = 3
"""Blocks that wait to be counted for charts: this takes its time every few blocks, and more use more memory."""


@dataclass(repr=False)
class Inspection(Findings):
    """What an export contains. Counts are records, sizes are bytes, times are ISO 8601 in UTC.

    Attributes:
        kind: the kind of export.
        tables: the names of its tables.
        sources: name, size and compression of each input.
        records: records in the input.
        rows: rows of the record table.
        rejected: records that would be rejected.
        bytes: decompressed bytes of the input.
        first: the earliest time of a record.
        last: the latest time of a record.
        details: the results of the kind's own inspection, by name; each of them is an attribute too. All kinds have the
            same names, so that programs need not distinguish kinds.
        largest: the longest cells of each text column.
        leniencies: values that were accepted although they deviate from the format, by name.
        rejects: the count of each kind of reject, with the positions of the first few.
        suggestion: advice, if the counts suggest a wrong option.
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
    details: dict[str, Any] = field(default_factory=dict)
    largest: dict[str, list[dict[str, int | None]]] = field(default_factory=dict)
    leniencies: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, dict[str, Any]] = field(default_factory=dict)
    suggestion: str | None = None
    detail_lines: list[str] = field(default_factory=list, repr=False)
    page_source: Callable[[], list[Chart]] = field(default=list, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """All results as JSON-ready values."""
        found: dict[str, Any] = {}
        for one in fields(self):
            if one.name == "details":
                found |= self.details
            elif one.name not in {"detail_lines", "page_source"}:
                found[one.name] = getattr(self, one.name)
        return found

    def to_html(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write a page with charts and tables: one HTML file that needs no network. It has no names of volunteers.

        The export is read again for the charts, unless it was inspected with `charts=True`.

        Args:
            path: the file to write, or its URL.
            force: whether a file that exists is replaced.

        Raises:
            UsageError: matplotlib or Jinja2 is missing (`pip install 'crowdarrow[html]'`), or the input cannot be read
                again.
            OutputError: the file cannot be written.
        """
        from crowdarrow.inspection import page

        page.check(path, [source["name"] for source in self.sources], force=force)
        page.write(self, path, self.page_source(), force=force)

    def __repr__(self) -> str:
        return plain(f"<Inspection {self.kind}: {self.records:,} records, {self.rejected:,} rejected>")

    def _repr_html_(self) -> str:
        # Without the messages of rejects, which may have names of people.
        lines = str(replace(self, rejects={})).splitlines()
        lines += [f"rejected   {kind} ({found['count']:,})" for kind, found in self.rejects.items()]
        return notebook.text_block(f"Inspection: {self.kind}", lines)

    def __str__(self) -> str:
        """The same as text; long lists are cut."""
        lines = [f"kind       {self.kind} (tables: {', '.join(self.tables)})"]
        for source in self.sources:
            size = "" if source["size"] is None else f", {number_of(source['size'], 'byte')}"
            lines.append(f"input      {source['name']} ({source['compression'] or 'plain'}{size})")
        lines.append(
            f"records    {self.records:,}, of which {self.rejected:,} rejected; {number_of(self.rows, 'row')}; "
            f"{number_of(self.bytes, 'byte')}"
        )
        if self.first:
            lines.append(f"dates      {self.first} to {self.last}")
        if self.detail_lines:
            lines += self.detail_lines
        elif self.largest:
            sizes = sorted(((cells[0]["bytes"] or 0, name) for name, cells in self.largest.items()), key=_by_size)
            lines.append(
                "largest    " + ", ".join(f"{name} {number_of(size, 'byte')}" for size, name in sizes[:_COLUMNS_SHOWN])
            )
        if self.leniencies:
            counts = ", ".join(f"{name} ({count:,})" for name, count in self.leniencies.items())
            lines.append(f"accepted   {counts}")
        for kind, found in self.rejects.items():
            positions = "; ".join(
                f"{at['source']} record {at['record']} line {at['line']} byte {at['byte_offset']}: {at['message']}"
                for at in found["examples"]
            )
            lines.append(f"rejected   {kind} ({found['count']:,}): {positions}")
        if self.suggestion:
            lines.append(self.suggestion)
        return "\n".join(map(plain, lines))


@has_options(SourceKeywords, ReadOptions)
def inspect(
    input: Inputs,
    *,
    charts: bool = False,
    progress: bool | Callable[[Progress], object] | None = None,
    **options: Unpack[SourceKeywords],
) -> Inspection:
    """Read an export once, in bounded memory, and count what it contains.

    Args:
        input: a path, a folder, a glob, a URL, `"-"` for stdin, a binary file object, content as bytes, or a list of
            these; all of one kind.
        charts: whether to count what `Inspection.to_html` draws in the same pass.
        progress: True for a bar on stderr, or a function that is called with a `Progress` about ten times a second.
        **options: see below. An inspection names nobody; with `people` `hash` or `drop` the messages of its rejects
            have no values either.

    Raises:
        CrowdarrowError: the input cannot be read, its kind is unknown, or an option is not one of these.
    """
    chosen = options_from(ReadOptions, options, "ca.inspect", only=SourceKeywords.__annotations__)
    # Volunteers are distinguished by their names.
    reading = replace(chosen, people="keep", people_key=None)
    opened = open_inputs(input, reading)
    started = opened.export.charts if charts else None
    drawn = started() if started else None
    if drawn:
        opened = opened.with_tables(drawn.tables)
    with (
        opened.read(opened.compile(partial(_chosen, drawn))) as source,
        closing(_Counts(source, chosen, drawn)) as counts,
    ):
        with shown_progress(progress) as show:
            shown_at = 0.0
            follow(show, source.progress)
            for block in source:
                counts.add(block)
                if show and (now := time.monotonic()) - shown_at >= _PROGRESS_SECONDS:
                    show(source.progress())
                    shown_at = now
            if show:
                show(source.progress())
        found = counts.result()
    if not charts:
        found.page_source = lambda: _read_again(input, options)
    return found


def _read_again(input: Inputs, options: SourceKeywords) -> list[Chart]:
    """The charts of an input, which is read once more."""
    parts = input if isinstance(input, list | tuple) else [input]
    if any(part == "-" or not isinstance(part, str | os.PathLike) for part in parts):
        msg = "`input` cannot be read again for the charts: inspect it with `charts=True`"
        raise UsageError(msg)
    return inspect(input, charts=True, **options).page_source()


def _chosen(drawn: ChartCounts | None, export: Export) -> tuple[list[str], Columns]:
    """The tables to read: all columns of the record table, so that the same records are rejected as by `convert`."""
    columns: dict[str, Sequence[str]] = {}
    for counts in (export.inspect() if export.inspect else None, drawn):
        for name, names in counts.columns.items() if counts else ():
            columns[name] = list(dict.fromkeys([*columns.get(name, []), *names]))
    return list(dict.fromkeys([export.record_table.name, *columns])), columns


class _Counts:
    """Counts that grow batch by batch. Memory depends on the number of groups, not of rows."""

    def __init__(self, source: TableSet, options: ReadOptions, drawn: ChartCounts | None) -> None:
        self._options = options
        schema = source.schemas[source.record_table]
        self._source = source
        self._time = source.export.time if source.export.time in schema.names else None
        self._inspector: Inspector | None = source.export.inspect() if source.export.inspect else None
        self._charts = drawn
        self._thread: CallThread[None] | None = CallThread() if drawn and options.worker_count > 1 else None
        self._texts = [] if self._inspector else [item.name for item in schema if pa.types.is_string(item.type)]
        self._times: list[datetime] = []
        self._largest: Counter[str] = Counter()
        self._rejects: dict[str, dict[str, Any]] = {}

    def add(self, block: BlockOutput) -> None:
        """Count one block."""
        for table, batch in block.batches:
            if table == self._source.record_table and batch.num_rows:
                self._add_records(batch)
        if self._inspector:
            self._inspector.add(block.batches)
        if self._charts and self._thread:
            self._thread.finish(_MOST_BLOCKS - 1)
            self._thread.send(self._charts.add, block.batches)
        elif self._charts:
            self._charts.add(block.batches)
        self._add_rejects(block.rejects)

    def _add_records(self, batch: pa.RecordBatch) -> None:
        if self._time:
            span = pc.min_max(batch[self._time]).as_py()
            times = [*self._times, *(time for time in span.values() if time is not None)]
            self._times = [min(times), max(times)] if times else []
        for name in self._texts:
            self._largest[name] = max(self._largest[name], pc.max(pc.binary_length(batch[name])).as_py() or 0)

    def _add_rejects(self, rejects: Rejects) -> None:
        wanted = 0
        rejects = Rejects(rejects.source, without_values(rejects.entries, self._options), rejects.names)
        for kind, count in rejects.entries.counts:
            found = self._rejects.setdefault(kind, {"count": 0, "examples": []})
            found["count"] += count
            wanted += min(count, _EXAMPLES - len(found["examples"]))
        for reject in rejects if wanted else ():
            examples = self._rejects[reject.kind]["examples"] if not reject.more else None
            if examples is not None and len(examples) < _EXAMPLES:
                examples.append({name: getattr(reject, name) for name in _POSITION})
                wanted -= 1
                if not wanted:
                    break

    def close(self) -> None:
        """End the thread that counts for charts."""
        if self._thread:
            self._thread.close()

    def result(self) -> Inspection:
        """The inspection, once all blocks are counted."""
        source, report = self._source, self._source.report
        results = dict(self._inspector.results()) if self._inspector else {}
        lines = self._inspector.lines(results) if self._inspector else []
        if self._thread:
            self._thread.finish()
        charts = self._charts.charts(results) if self._charts else []
        largest = {name: [{"bytes": size}] for name, size in self._largest.items()}
        times: list[str | None] = [time.isoformat().replace("+00:00", "Z") for time in self._times] or [None, None]
        return Inspection(
            kind=source.kind,
            tables=list(source.tables),
            sources=[
                {"name": info.name, "size": info.size, "compression": info.compression} for info in source.provenance
            ],
            records=report.records,
            rows=report.rows,
            rejected=report.rejected,
            bytes=report.bytes,
            first=times[0],
            last=times[-1],
            largest=results.pop("largest", largest),
            details=_empty_details() | results,
            leniencies=dict(report.leniencies),
            rejects=self._rejects,
            suggestion=report.suggestion,
            detail_lines=lines,
            page_source=lambda: charts,
        )


def _empty_details() -> dict[str, Any]:
    return {name: value for one in exports.EXPORTS if one.inspect for name, value in one.inspect().empty.items()}


def _by_size(sized: tuple[int, str]) -> int:
    return -sized[0]
