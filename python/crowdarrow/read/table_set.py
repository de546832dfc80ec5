"""One pass over an export that fills several tables."""

import operator
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

import pyarrow as pa

from crowdarrow import _core
from crowdarrow._core import Batch as DecodedBatch
from crowdarrow._core import DecodedBlock, RecordIds, Run, SourceEnd, WorkerPool
from crowdarrow.declare.compile import Filter
from crowdarrow.declare.table_plan import TablePlan
from crowdarrow.errors import (
    CrowdarrowError,
    InternalError,
    ReaderConsumedError,
    RejectedError,
    with_short_traceback,
)
from crowdarrow.read.computed import Feed
from crowdarrow.read.inputs import OpenInput, stored_total
from crowdarrow.read.layouts import CompiledParts, tables_of
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.output import BlockOutput, Progress, Reject, Rejects, SourceInfo
from crowdarrow.read.people import without_values
from crowdarrow.read.project import Part
from crowdarrow.read.report import Report
from crowdarrow.read.resources import check_memory, check_memory_between_blocks, has_memory_limit
from crowdarrow.terminal import number_of

MAX_DEPTH = 128
"""Nesting of JSON beyond which a record is rejected."""
_TRANSFORM_ROWS = 1 << 14
"""Rows that are collected before a table's transforms run: each run has a fixed cost."""
_TRANSFORM_BYTES = 4 << 20
"""Bytes after which the transforms run anyway: their memory is a multiple of it."""
_NO_REJECTS = Rejects("", _core.Rejects([]))
_TOGETHER = 8
"""Tables from which others are computed collect this many times as much: each computation takes many short steps."""
_MANY = 100
"""With more inputs, the batches of all tables are collected: a batch of few rows has a fixed cost."""
_APART = 64
"""More collected batches are combined into one: the buffers of a batch of few rows are mostly empty."""
_NEXT_PAGE = "next page, which the last page names, is not in the input"
"""The note for an input that is a page of a longer list."""


class _Collected:
    """Batches of one table that wait for more."""

    def __init__(self, schema: pa.Schema, *, measured: bool) -> None:
        """Collect batches with this schema; `measured` if their size is of interest."""
        self.batches: list[pa.RecordBatch] = []
        self.rows = self.size = 0
        self._measured = measured
        self._schema = schema

    def add(self, decoded: DecodedBatch) -> None:
        """Add a batch of the engine."""
        # The schema is known. pyarrow has no public function that imports without it.
        holder, address = decoded.array_at()
        batch = pa.RecordBatch._import_from_c(address, self._schema)  # noqa: SLF001
        del holder
        self.batches.append(batch)
        self.rows += batch.num_rows
        if self._measured:
            self.size += decoded.nbytes
        if len(self.batches) > _APART:
            self.batches = pa.Table.from_batches(self.batches).combine_chunks().to_batches()

    def take(self) -> list[pa.RecordBatch]:
        """Take the collected batches."""
        taken = self.batches
        self.batches, self.rows, self.size = [], 0, 0
        return taken


class Closing(ABC):
    """Base of context managers that close themselves."""

    @abstractmethod
    def close(self) -> None:
        """Stop reading."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class TableSet(Closing):
    """Several tables of one kind of export, filled in one pass; an iterator of `BlockOutput`.

    Attributes:
        kind: the kind of export.
        schemas: the schema of each table, in order.
        tables: the names of all tables of the kind, including those that were not requested.
        record_table: the name of the table with one row per record.
        report: counts, live while reading and final at the end.
        renaming: how names of people are replaced; None if they are kept.
        rejected_before: rejects of earlier table sets, which count for the limit on rejects too.
        keys: with `tracks_keys`, for each part and each table of its plan: the keys of the groups of rows that were
            kept as the first with their key, and the number of elements of each key and content.
        ends: the ends of the sources that were read.
        pass_on: set before reading, is called with the batches of tables that come out with the engine's columns, which
            are then in no `BlockOutput`. A consumer that gives them back to the engine need not import them.
        workers: the run's threads, also available to consumers; at most `threads` of them are busy.
    """

    def __init__(
        self,
        parts: list[Part],
        compiled: CompiledParts,
        options: ReadOptions,
        ids: RecordIds | None,
        filters: Sequence[Filter] = (),
        *,
        tracks_keys: bool = False,
    ) -> None:
        self.export = parts[0].export
        self.kind = self.export.kind
        self.tables = tables_of(parts)
        self.record_table = self.tables[0]
        self.schemas = compiled.output_schemas
        self.renaming = compiled.renaming
        self.report = Report(kind=self.kind, tables=dict.fromkeys(compiled.schemas, 0))
        self.report.filters = filters
        self.report.encoding = options.encoding
        self._parts = parts
        self._compiled = compiled
        self._inputs = [one for part in parts for one in part.inputs]
        self._is_many = len(self._inputs) > _MANY
        self._total = stored_total(self._inputs)
        self._inputs_of_computed = compiled.computed.input_names if compiled.computed else frozenset()
        self._ids, self._tracks_keys = ids, tracks_keys
        self.keys: list[list[tuple[pa.RecordBatch, pa.RecordBatch]]] = []
        self.ends: list[SourceEnd] = []
        self._reject_limit = options.reject_limit
        self._max_rows = options.max_record_rows
        self.rejected_before = 0
        self._drops_duplicates = options.duplicates == "first"
        self._options = options
        self._started = time.perf_counter()
        self._outputs: Iterator[BlockOutput] | None = None
        self.pass_on: Callable[[str, DecodedBatch], None] | None = None
        self._ended: str | None = None
        self._process = os.getpid()
        self._is_limited = has_memory_limit()
        if self._is_limited:
            check_memory(options.worker_count, self._total)
        self.workers = WorkerPool(options.worker_count)
        self._start(0)
        self._feed = None if compiled.computed is None else Feed(compiled.computed, self.workers)

    def _start(self, number: int) -> None:
        """Start reading a part."""
        self._part, self._plan = self._parts[number], self._compiled.plans[number]
        self._collected = [
            _Collected(
                one.decoded_schema,
                measured=self._is_many or bool(one.transforms) or one.table.name in self._inputs_of_computed,
            )
            for one in self._plan.tables
        ]
        triples = list(zip(self._part.sources, self._plan.columns, self._plan.least, strict=True))
        limits = {"max_depth": MAX_DEPTH, "max_rows": self._max_rows}
        self._run = Run(
            self._plan.text, triples, workers=self.workers, ids=self._ids, tracks_keys=self._tracks_keys, **limits
        )

    def close(self) -> None:
        """Stop reading; the report keeps the counts up to this point."""
        self._ended = self._ended or "this reader is closed"
        if self._process == os.getpid():
            self._run.cancel()
        if self._feed:
            self._feed.close()

    def check_readable(self) -> None:
        """Check that there may be output to come.

        Raises:
            ReaderConsumedError: all was read, reading failed or was stopped, or this is another process.
        """
        if self._ended:
            raise consumed(self._ended)
        if self._process != os.getpid():
            # The threads that read are not in a forked process: waiting for them would never end.
            msg = "this reader was opened before the process forked, and cannot be read in the new process"
            raise consumed(msg)

    @with_short_traceback
    def __iter__(self) -> Iterator[BlockOutput]:
        self.check_readable()
        if self._outputs is None:
            self._outputs = self._read_with_short_tracebacks()
        return self._outputs

    def __repr__(self) -> str:
        return f"<TableSet {self.kind}, tables {', '.join(self.schemas)}: {self.report.records:,} records read>"

    def progress(self) -> Progress:
        """How much has been read; may be called from any thread."""
        report = self.report
        read = sum(one.bytes_read for one in self._inputs)
        return Progress(read, self._total, report.records, report.rows, report.rejected)

    @property
    def provenance(self) -> list[SourceInfo]:
        """The sources, with the facts known so far."""
        return [
            SourceInfo(one.name, one.stored_bytes, one.digest, one.algorithm, one.compression) for one in self._inputs
        ]

    def _read_with_short_tracebacks(self) -> Iterator[BlockOutput]:
        try:
            yield from self._read()
        except InternalError:
            raise  # with all frames
        except CrowdarrowError as error:
            raise error.with_traceback(None) from error.__cause__

    def _read(self) -> Iterator[BlockOutput]:
        ended = "reading failed, and this reader cannot go on"
        try:
            for number in range(len(self._parts)):
                if number:
                    self._start(number)
                while (event := self._next()) is not None:
                    if self._is_limited:
                        check_memory_between_blocks()
                    source = self._part.inputs[event.source]
                    if isinstance(event, DecodedBlock):
                        yield self._block(source, event)
                    else:
                        source.finish(event.stored_bytes, event.digest)
                        self.ends.append(event)
                if last := self._finished(0, 0):
                    yield BlockOutput(last, _NO_REJECTS)
                if self._tracks_keys:
                    self.keys.append([self._keys_of(at) for at in range(len(self._plan.tables))])
            yield from self._computed()
            self._add_counts()
            self.report.finish(self.provenance, drops_duplicates=self._drops_duplicates)
            ended = "this reader was read to its end"
        finally:
            self._ended = self._ended or ended
            if self._process == os.getpid():
                self._run.cancel()
            if self._feed:
                self._feed.close()
            self.report.seconds = time.perf_counter() - self._started

    def _computed(self) -> Iterator[BlockOutput]:
        """The tables that are computed from the others, once these are complete."""
        plan = self._compiled.computed
        if plan is None or self._feed is None:
            return
        computation = self._feed.computation()
        for name, batch in plan.finish(computation, self.workers):
            self.report.tables[name] += batch.num_rows
            yield BlockOutput([(name, self._renamed(batch))], _NO_REJECTS)
        counts = dict(computation.counts())
        self.report.count_votes(counts, plan.summary(counts))

    def _keys_of(self, table: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        kept, counts = self._run.take_keys(table)
        return pa.record_batch(kept), pa.record_batch(counts)

    def _next(self) -> DecodedBlock | SourceEnd | None:
        self.check_readable()
        event = self._run.next()
        if event is None and self._ended:  # closed by another thread
            self.check_readable()
        return event

    def _block(self, source: OpenInput, block: DecodedBlock) -> BlockOutput:
        report, export = self.report, self._part.export
        report.records += block.records
        self._count_kept(block.rows)
        report.filtered += block.filtered
        report.bytes += block.bytes
        if not report.kept:
            report.note_left_out(block.left_out)
        for generic, count in block.leniencies:
            if generic == "next_page":
                report.notes[_NEXT_PAGE] = report.notes.get(_NEXT_PAGE, 0) + count
                continue
            name = export.leniencies.get(generic, generic)
            report.leniencies[name] = report.leniencies.get(name, 0) + count
        for table, batch in block.batches:
            plan = self._plan.tables[table]
            if self.pass_on is not None and self._is_passed_on(plan):
                self._count_rows(plan.table.name, batch.num_rows)
                report.tables[plan.table.name] += batch.num_rows
                self.pass_on(plan.table.name, plan.select(batch))
            else:
                self._collected[table].add(batch)
        batches = self._finished(_TRANSFORM_ROWS, _TRANSFORM_BYTES)
        report.note_all(self._plan.counters, block.notes, block.shapes)
        rejects = self._rejects(source.name, block)
        report.count_rejects(block.rejects)
        report.seconds = time.perf_counter() - self._started
        return BlockOutput(batches, rejects)

    def _count_kept(self, records: int) -> None:
        """Count records that are neither rejected nor filtered out."""
        export, report = self._part.export, self.report
        report.kept += records
        if export.has_single_rows:
            report.rows += records
            if any(plan.table.name == export.record_table.name for plan in self._plan.tables):
                report.unwritten += records

    def _count_rows(self, table: str, rows: int) -> None:
        """Count rows of the record table: each record that was kept has one, or any number of them."""
        export = self._part.export
        if table != export.record_table.name:
            return
        if export.has_single_rows:
            self.report.unwritten -= rows
        else:
            self.report.rows += rows

    def _add_counts(self) -> None:
        """Add the counts of transforms to the report."""
        plans = self._compiled.plans
        for plan in plans:
            source = self.export.labels
            if source and plan.label_table is not None and (label := plan.tables[-1].label) and label.counts:
                # The plans of a run share their labels.
                by_source = dict(label.counts())
                self.report.count_labels(by_source, source.summary(by_source), source.advice(by_source))
        tables = [table for plan in plans for table in plan.tables if table.table.name != plan.label_table]
        counted = [one.counts for table in tables for one in table.transforms]
        if self._compiled.computed:
            counted.append(self._compiled.computed.counts_beside)
        for counts in dict.fromkeys(one for one in counted if one is not None):
            for name, count in counts().items():
                if count:
                    self.report.leniencies[name] = self.report.leniencies.get(name, 0) + count

    def _rejects(self, source: str, block: DecodedBlock) -> Rejects:
        export = self._part.export
        # A JSON record is the only field of its source, and has an empty name. A derived field has the name of its
        # column in parentheses.
        names = {"": None} if export.json else {field: field.strip("()") for field in export.derived}
        rejects = Rejects(source, without_values(block.rejects, self._options), names)
        if self._reject_limit is not None:
            allowed = self._reject_limit - self.rejected_before - self.report.rejected
            if (found := block.rejects.beyond(max(allowed, 0))) is not None:
                raise too_many_rejects(rejects[found], self._reject_limit)
        return rejects

    def _finished(self, rows: int, size: int) -> list[tuple[str, pa.RecordBatch]]:
        """The batches that are ready.

        A table with transforms collects `rows` rows or `size` bytes first. The tables from which others are computed
        do so together, as do all tables of many inputs: a consumer may compare their rows.
        """
        batches = []
        of_computed: dict[str, pa.RecordBatch] = {}
        together = [plan.table.name in self._inputs_of_computed for plan in self._plan.tables]
        factors = [_TOGETHER if one else 1 for one in together]
        full = [
            one.rows >= factor * rows or one.size >= factor * size
            for factor, one in zip(factors, self._collected, strict=True)
        ]
        are_due = [is_full or not plan.transforms for plan, is_full in zip(self._plan.tables, full, strict=True)]
        if self._is_many:
            are_due = [any(full)] * len(full)
        elif self._inputs_of_computed:
            is_due = any(map(operator.and_, together, full))
            are_due = [is_due if one else own for one, own in zip(together, are_due, strict=True)]
        for plan, collected, is_due in zip(self._plan.tables, self._collected, are_due, strict=True):
            if collected.batches and is_due:
                taken = collected.take()
                (batch,) = self.workers.map(plan.finish, [taken]) if plan.transforms else [plan.finish(taken)]
                name = plan.table.name
                self._count_rows(name, batch.num_rows)
                if name in self._inputs_of_computed:
                    of_computed[name] = batch
                elif (whole := self._compiled.conform(name, batch)) is not None:
                    self.report.tables[name] += batch.num_rows
                    batches.append((name, self._renamed(whole)))
        if self._feed and of_computed:
            self._feed.add(of_computed)
        return batches

    def _is_passed_on(self, plan: TablePlan) -> bool:
        """Whether the batches of a table have the engine's columns and are returned at once."""
        name = plan.table.name
        is_changed = bool(plan.transforms) or self.renaming is not None or name in self._inputs_of_computed
        return not (is_changed or self._is_many) and self._compiled.is_conform(name)

    def _renamed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A finished batch in its output form."""
        return batch if self.renaming is None else self.renaming.replace(batch)


def consumed(why: str) -> ReaderConsumedError:
    """The error for a second request for rows, with what to do."""
    return ReaderConsumedError(f"{why}; a reader gives its rows once: ca.Export(...) reads the input anew each time")


def too_many_rejects(reject: Reject, limit: int) -> RejectedError:
    """The error for the first reject beyond a limit."""
    why = (
        f"more than {number_of(limit, 'record was', 'records were')} rejected"
        if limit
        else "`strict` or `max_rejects` 0 allows no rejects"
    )
    column = f", column {reject.column}" if reject.column else ""
    return RejectedError(
        f"{reject.source}: record {reject.record} (line {reject.line}, byte {reject.byte_offset}{column}): "
        f"{reject.message} [{reject.kind}]; {why}"
    )
