"""Reading an export: `open` for one table, `open_tables` for several in one pass."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, Unpack

import pyarrow as pa

from crowdarrow import exports
from crowdarrow._core import CsvSource, DecodedBlock, JsonSource, Run, Workers
from crowdarrow.declare import Sample
from crowdarrow.declare.compile import CompiledPlan, Filters, compile_plan
from crowdarrow.errors import RejectedError, UnknownKindError, UsageError
from crowdarrow.read.inputs import Opened, open_all, stored_total
from crowdarrow.read.options import ReadOptions, available_threads, time_bound, version_range, workflow_ids
from crowdarrow.read.report import Report
from crowdarrow.read.sniff import look_at

if TYPE_CHECKING:
    import os

    from crowdarrow.declare import Export

    Columns = Sequence[str] | Mapping[str, Sequence[str]] | None
    Choice = Callable[[Export], tuple[list[str], Columns]]

BLOCK_BYTES = 4 << 20
"""New bytes of a block of records: what a worker decodes at a time."""

MAX_RECORD_BYTES = 64 << 20
MAX_DEPTH = 128
_LARGEST_RECORD = 1 << 30
_REJECTS_KEPT = 1000
_STEP_ROWS = 1 << 14
"""Rows that a table's steps wait for: each costs something for each batch, however small."""
_STEP_BYTES = 4 << 20
"""Bytes that they wait for at most: the steps' memory is a multiple of it."""


class Reject(NamedTuple):
    """A rejected record, or one part of a huge one."""

    source: str
    record: int
    """The record's number in its source, from 1; the header is none."""
    line: int
    """The physical line it starts on, from 1."""
    byte_offset: int
    """Where it starts, in bytes of the decompressed source."""
    column: str | None
    kind: str
    message: str
    raw: bytes
    """The record's bytes, without its line end."""
    more: bool
    """The raw record goes on in the next reject of the same record."""


class Step(NamedTuple):
    """What one block of the input gave."""

    batches: list[tuple[str, pa.RecordBatch]]
    """Table and batch, in the order of the input."""
    rejects: list[Reject]


class Progress(NamedTuple):
    """How far a run is."""

    bytes_read: int
    """Stored (compressed) bytes read so far."""
    bytes_total: int | None
    """All of them; None for a stream."""
    records: int
    rows: int
    rejected: int


class SourceInfo(NamedTuple):
    """Where the data came from; what is known only at the end of a source is None before."""

    name: str
    size: int | None
    sha256: str | None


class _Closing(ABC):
    """A context manager that closes itself."""

    @abstractmethod
    def close(self) -> None:
        """Stop reading."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class TableSet(_Closing):
    """Several tables of one export, filled in one pass over it; iterate it for `Step`s.

    Attributes:
        kind: the kind of export.
        schemas: the schema of each table, in order.
        tables: the names of all tables that inputs like this one give, whether they were asked for or not.
        record_table: the name of the table with one row for each record.
        report: counts, live while reading and final after it.
        workers: the run's threads, for work on what it gives: no more than `threads` are at work at once.
    """

    def __init__(
        self,
        opened: list[Opened],
        sources: list[CsvSource | JsonSource],
        compiled: CompiledPlan,
        export: "Export",
        *,
        threads: int,
        strict: bool,
        max_rejects: int | None,
    ) -> None:
        self.kind = export.kind
        self._json = export.json
        self.tables = [table.name for table in export.tables]
        self.record_table = export.record_table.name
        self.schemas = compiled.schemas
        self.report = Report(kind=export.kind, tables=dict.fromkeys(compiled.schemas, 0))
        self._opened = opened
        self._tables = compiled.tables
        self._notes = compiled.counters
        self._held: list[list[pa.RecordBatch]] = [[] for _ in compiled.tables]
        self._total = stored_total(opened)
        self._limit = 0 if strict else max_rejects
        self._started = time.perf_counter()
        self._steps: Iterator[Step] | None = None
        pairs = list(zip(sources, compiled.columns, strict=True))
        self.workers = Workers(threads)
        self._run = Run(compiled.text, pairs, workers=self.workers, max_depth=MAX_DEPTH)

    def close(self) -> None:
        """Stop reading; the report keeps what was counted until then."""
        self._run.cancel()

    def __iter__(self) -> Iterator[Step]:
        if self._steps is None:
            self._steps = self._read()
        return self._steps

    def progress(self) -> Progress:
        """How far the run is; may be called from any thread."""
        report = self.report
        read = sum(one.stored.bytes_read for one in self._opened)
        return Progress(read, self._total, report.records, report.rows, report.rejected)

    @property
    def provenance(self) -> list[SourceInfo]:
        """The sources, with what is known of them by now."""
        return [SourceInfo(one.name, one.stored_bytes, one.sha256) for one in self._opened]

    def _read(self) -> Iterator[Step]:
        try:
            while (event := self._run.next()) is not None:
                source = self._opened[event.source]
                if isinstance(event, DecodedBlock):
                    yield self._step(source, event)
                else:
                    source.finish(event.stored_bytes, event.sha256)
            if last := self._finished(0, 0):
                yield Step(last, [])
            self._finish()
        finally:
            self._run.cancel()
            self.report.seconds = time.perf_counter() - self._started

    def _step(self, source: Opened, block: DecodedBlock) -> Step:
        report = self.report
        report.records += block.records
        report.rows += block.rows
        report.filtered += block.filtered
        report.bytes += block.bytes
        for name, count in block.leniencies:
            report.leniencies[name] = report.leniencies.get(name, 0) + count
        for table, batch in block.batches:
            self._held[table].append(pa.record_batch(batch))
        batches = self._finished(_STEP_ROWS, _STEP_BYTES)
        report.note_all(self._notes, block.notes, block.shapes)
        rejects = [Reject(source.name, *reject) for reject in block.rejects]
        if self._json:
            # A record of JSON is the one field of its source, which has no name.
            rejects = [reject._replace(column=reject.column or None) for reject in rejects]
        for reject in rejects:
            if not reject.more:
                report.rejected += 1
                report.rejects[reject.kind] = report.rejects.get(reject.kind, 0) + 1
            if self._limit is not None and report.rejected + reject.more > self._limit:
                raise RejectedError(_rejected(reject, self._limit))
        report.seconds = time.perf_counter() - self._started
        return Step(batches, rejects)

    def _finished(self, rows: int, size: int) -> list[tuple[str, pa.RecordBatch]]:
        """The batches that are ready; those of tables with steps wait until they have so many rows or bytes."""
        batches = []
        for plan, held in zip(self._tables, self._held, strict=True):
            if held and (
                not plan.transforms
                or sum(batch.num_rows for batch in held) >= rows
                or sum(batch.nbytes for batch in held) >= size
            ):
                (batch,) = self.workers.map(plan.finish, [held]) if plan.transforms else [plan.finish(held)]
                held.clear()
                self.report.tables[plan.table.name] += batch.num_rows
                batches.append((plan.table.name, batch))
        return batches

    def _finish(self) -> None:
        report = self.report
        report.leniencies = dict(sorted(report.leniencies.items()))
        report.rejects = dict(sorted(report.rejects.items()))
        report.notes = dict(sorted(report.notes.items()))
        report.sources = [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in self.provenance]
        if report.rejects.get("utf8", 0) * 2 > report.records:
            report.suggestion = (
                "most records are not UTF-8: name the file's encoding, for example --encoding cp1252 or mac-roman"
            )
        report.check()


def _rejected(reject: Reject, limit: int) -> str:
    why = f"more than {limit} records were rejected" if limit else "no record may be (--strict or --max-rejects 0)"
    column = f", column {reject.column}" if reject.column else ""
    return (
        f"{reject.source}: record {reject.record} (line {reject.line}, byte {reject.byte_offset}{column}): "
        f"{reject.message} [{reject.kind}]; {why}"
    )


class Reader(_Closing):
    """One table of an export, as a stream of record batches in bounded memory.

    Iterate it, or hand it to anything that takes an Arrow stream (`__arrow_c_stream__`): `polars.DataFrame(reader)`,
    `duckdb.from_arrow(reader)`, `pyarrow.table(reader)`. It can be read once. (`polars.from_arrow` makes a series of
    structs of any stream that is not pyarrow's own.)

    Attributes:
        kind: the kind of export.
        table: the table's name.
        schema: its Arrow schema.
        report: counts, live while reading and final after it.
    """

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self.kind = tables.kind
        self.table, self.schema = next(iter(tables.schemas.items()))
        self.report = tables.report
        self.report.table = self.table
        self.rejects: list[Reject] = []
        """The first thousand rejected records, without their raw text; `crowdarrow.convert` keeps all in a file."""
        self._batches = self._read()
        self._turn = threading.Lock()

    def _read(self) -> Iterator[pa.RecordBatch]:
        for step in self._tables:
            rejects = (reject._replace(raw=b"") for reject in step.rejects if not reject.more)
            self.rejects.extend(islice(rejects, _REJECTS_KEPT - len(self.rejects)))
            for _, batch in step.batches:
                yield batch

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        # Threads that share a reader take turns, each batch going to one of them.
        with self._turn:
            return next(self._batches)

    def close(self) -> None:
        """Stop reading."""
        self._tables.close()

    def to_reader(self) -> pa.RecordBatchReader:
        """The rest of the stream as a pyarrow reader."""
        return pa.RecordBatchReader.from_batches(self.schema, self)

    def to_table(self) -> pa.Table:
        """The rest of the stream as one table, in memory."""
        return pa.Table.from_batches(self, self.schema)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rest of the stream, by the Arrow PyCapsule interface."""
        return self.to_reader().__arrow_c_stream__(requested_schema)


def open_tables(
    inputs: Any,
    *,
    tables: "Sequence[str] | str | Choice | None" = None,
    kind: str | None = None,
    workflows: "str | os.PathLike[str] | None" = None,
    columns: "Columns" = None,
    workflow_id: int | Sequence[int] | str | None = None,
    workflow_version: str | None = None,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    threads: int | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES,
    encoding: str | None = None,
    member: str | None = None,
    strict: bool = False,
    max_rejects: int | None = None,
    digest: bool = False,
    block_bytes: int = BLOCK_BYTES,
) -> TableSet:
    """Open an export for one pass that fills several tables.

    Args:
        inputs: a path, a glob, `"-"`, a binary file object, or a list of these.
        tables: names of tables, `"all"`, or None for the record table alone; or a function that gives names and
            `columns` for the declaration of the kind that was found.
        kind: the export's kind, where it shall not be found from the content.
        workflows: a workflow export to take labels from.
        columns: names, or `struct.child`, of the columns to decode: of a single table, or a mapping of tables to theirs
            (the others have all).
        workflow_id: keep the records of these workflows.
        workflow_version: keep the records of these versions: `12.100`, `12`, `12..14.5`, `12.1..`, `..14`.
        since: keep the records created then or later (UTC).
        until: keep the records created before then; a date alone belongs to the range.
        threads: cores to keep busy at most; by default all that this process may use.
        max_record_bytes: reject records longer than this.
        encoding: the text encoding, where it is not UTF-8: any that Python knows.
        member: the member of a zip to read.
        strict: raise at the first rejected record.
        max_rejects: raise when more records are rejected.
        digest: compute the sha256 of each input while it is read.
        block_bytes: new bytes of a block of records.

    Raises:
        CrowdarrowError: an input cannot be read, its kind is not known, or an option does not fit.
    """
    _check(kind, max_record_bytes, max_rejects, threads)
    if isinstance(columns, str):
        columns = columns.split(",")
    filters = Filters(
        None if workflow_id is None else workflow_ids(workflow_id),
        None if workflow_version is None else version_range(workflow_version),
        None if since is None else time_bound(since, end=False),
        None if until is None else time_bound(until, end=True),
    )
    opened = open_all(inputs, member=member, digest=digest, encoding=encoding)
    sampled = [look_at(one, kind, block_bytes=block_bytes, max_record_bytes=max_record_bytes) for one in opened]
    sources = [source for source, _ in sampled]
    headers = [source.header if isinstance(source, CsvSource) else [""] for source in sources]
    export = _kind_of(kind, [found for _, found in sampled])
    if export.for_header is not None:
        export = export.for_header(list(dict.fromkeys(name for header in headers for name in header)))
    labels = None
    if workflows is not None:
        if export.labels is None:
            msg = f"{export.kind} has no table that takes labels from a workflow export; leave out --workflows"
            raise UsageError(msg)
        labels = export.labels(workflows)
    if callable(tables):
        tables, columns = tables(export)
    names = _tables_of(export, tables)
    if columns is not None and not isinstance(columns, Mapping) and len(names) > 1:
        msg = "columns are chosen for one table, or by table"
        raise UsageError(msg)
    compiled = compile_plan(export, names, headers, columns, filters, labels)
    workers = threads or available_threads()
    return TableSet(opened, sources, compiled, export, threads=workers, strict=strict, max_rejects=max_rejects)


def open(  # noqa: A001 - the API's name
    input: Any,
    table: str | None = None,
    **options: Unpack[ReadOptions],
) -> Reader:
    """Open one table of an export as a stream of Arrow record batches.

    Args:
        input: a path, a glob, `"-"` for stdin, a binary file object, or a list of these: plain, gzip, zstd or zip,
            found by their first bytes.
        table: the table; by default the record table.
        **options: `kind` (else found from the content), `workflows` (a workflow export, for labels), `columns` (names,
            or `struct.child`), `workflow_id` (one or several), `workflow_version` (`12.100`, `12..14`), `since` and
            `until` (dates or times, UTC), `threads`, `max_record_bytes` (default 64 MiB), `encoding`, `member` (of a
            zip), `strict`, `max_rejects`.

    Raises:
        CrowdarrowError: the input cannot be read, its kind is not known, or an option does not fit.
    """
    return Reader(open_tables(input, tables=None if table is None else [table], **options))


def _check(kind: str | None, max_record_bytes: int, max_rejects: int | None, threads: int | None) -> None:
    """Refuse what no input would make sense of, before one is opened."""
    if kind is not None:
        exports.by_kind(kind)
    if not 1 <= max_record_bytes <= _LARGEST_RECORD:
        msg = f"max_record_bytes is from 1 to {_LARGEST_RECORD:,}, not {max_record_bytes}"
        raise UsageError(msg)
    if max_rejects is not None and max_rejects < 0:
        msg = f"max_rejects is at least 0, not {max_rejects}"
        raise UsageError(msg)
    if threads is not None and threads < 1:
        msg = f"threads is at least 1, not {threads}"
        raise UsageError(msg)


def _kind_of(kind: str | None, samples: list[Sample]) -> "Export":
    if kind is not None:
        found = [exports.by_kind(kind, sample) for sample in samples]
    else:
        found = [exports.detect(sample) for sample in samples]
    for export, sample in zip(found, samples, strict=True):
        if export.kind != found[0].kind or export.json != found[0].json or export.detect is not found[0].detect:
            msg = f"{sample.name} is {export.kind} but {samples[0].name} is {found[0].kind}; convert them apart"
            if export.kind == found[0].kind:
                msg = f"{sample.name} is {export.kind} in another layout than {samples[0].name}; convert them apart"
            raise UnknownKindError(msg)
    return found[0]


def _tables_of(export: "Export", tables: Sequence[str] | str | None) -> list[str]:
    if tables is None:
        return [export.record_table.name]
    if tables == "all":
        return [table.name for table in export.tables]
    return [tables] if isinstance(tables, str) else list(dict.fromkeys(tables))
