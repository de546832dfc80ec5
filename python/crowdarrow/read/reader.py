"""Opening an export: `open` for one table as a stream of batches, `open_tables` for several tables in one pass."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self, Unpack

import pyarrow as pa

from crowdarrow import exports
from crowdarrow._core import CsvSource, JsonSource
from crowdarrow.declare import Export, Transform
from crowdarrow.declare.compile import CompiledPlan, Filter, compile_plan
from crowdarrow.errors import UnknownKindError, UsageError
from crowdarrow.options import describe
from crowdarrow.read.inputs import OpenInput, open_all
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.output import BlockOutput, Progress, Reject, SourceInfo
from crowdarrow.read.sniff import detect_export, sniff
from crowdarrow.read.table_set import Closing, TableSet

__all__ = ["BlockOutput", "Progress", "Reader", "Reject", "SourceInfo", "TableSet", "open", "open_tables"]

Columns = Sequence[str] | Mapping[str, Sequence[str]] | None
TableChoice = Callable[[Export], tuple[list[str], Columns]]
"""Chooses tables and their columns once the kind of export is known."""

_REJECTS_KEPT = 1000


class Reader(Closing):
    """One table of an export, as a stream of record batches in bounded memory.

    A reader is an iterator of batches and an Arrow stream (`__arrow_c_stream__`): `polars.DataFrame(reader)`,
    `duckdb.from_arrow(reader)`, `pyarrow.table(reader)`. It can be read once. (`polars.from_arrow` returns a series of
    structs for streams of other libraries than pyarrow.)

    Attributes:
        kind: the kind of export.
        table: the table's name.
        schema: its Arrow schema.
        report: counts, live while reading and final at the end.
    """

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self.kind = tables.kind
        self.table, self.schema = next(iter(tables.schemas.items()))
        self.report = tables.report
        self.report.table = self.table
        self.rejects: list[Reject] = []
        """The first thousand rejected records, without their raw bytes; `crowdarrow.convert` writes all to a file."""
        self._batches = self._read()
        self._lock = threading.Lock()

    def _read(self) -> Iterator[pa.RecordBatch]:
        for block in self._tables:
            rejects = (reject._replace(raw=b"") for reject in block.rejects if not reject.more)
            self.rejects.extend(islice(rejects, _REJECTS_KEPT - len(self.rejects)))
            for _, batch in block.batches:
                yield batch

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        # Several threads may share a reader; each batch goes to one of them.
        with self._lock:
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


@dataclass(frozen=True)
class Opened:
    """Inputs that are open, their kind and columns known, of which no record has been read.

    Attributes:
        export: the kind of export.
        options: how it is read.
    """

    export: Export
    options: ReadOptions
    _inputs: list[OpenInput]
    _sources: list[CsvSource | JsonSource]
    _filters: list[Filter]
    _labels: Mapping[str, Transform] | None

    def compile(self, tables: Sequence[str] | str | TableChoice | None) -> CompiledPlan:
        """The plan that fills `tables`, with their schemas.

        Raises:
            UsageError: a table or a column does not exist.
        """
        if callable(tables):
            names, columns = tables(self.export)
        else:
            names, columns = _tables_of(self.export, tables), self.options.columns
        if columns is not None and not isinstance(columns, Mapping) and len(names) > 1:
            msg = "`columns` applies to one table; for several, map each table to its columns"
            raise UsageError(msg)
        headers = [source.header if isinstance(source, CsvSource) else [""] for source in self._sources]
        return compile_plan(self.export, names, headers, columns, self._filters, self._labels)

    def read(self, compiled: CompiledPlan) -> TableSet:
        """Start reading; this can be done once."""
        return TableSet(self._inputs, self._sources, compiled, self.export, self.options)


def open_inputs(inputs: Any, options: ReadOptions) -> Opened:
    """Open the inputs and detect their kind."""
    if options.kind is not None:
        exports.by_kind(options.kind)
    filters = options.filters()
    opened = open_all(inputs, member=options.member, digest=options.digest, encoding=options.encoding)
    sniffed = [sniff(one, options) for one in opened]
    export = detect_export([sample for _, sample in sniffed], options.kind)
    labels = None if options.workflows is None else _read_labels(export, options.workflows)
    return Opened(export, options, opened, [source for source, _ in sniffed], filters, labels)


def read_tables(inputs: Any, tables: Sequence[str] | str | TableChoice | None, options: ReadOptions) -> TableSet:
    """`open_tables` with its options as a dataclass; `tables` may also be a function that chooses."""
    opened = open_inputs(inputs, options)
    return opened.read(opened.compile(tables))


def _read_labels(export: Export, path: str | os.PathLike[str]) -> Mapping[str, Transform]:
    """For each table with labels, the transform that takes them from the export at `path`."""
    source = export.labels
    if source is None:
        msg = f"`workflows` does not apply: {export.kind} has no table with labels"
        raise UsageError(msg)

    # The kind is checked while opening: a pipe cannot be opened twice.
    def choose(found: Export) -> tuple[list[str], Columns]:
        if found.kind != source.kind:
            msg = f"{path} is {found.kind}, but labels are taken from an export of kind {source.kind}"
            raise UnknownKindError(msg)
        return [found.record_table.name], source.columns

    with read_tables(path, choose, ReadOptions()) as labels:
        return source.transforms(batch for block in labels for _, batch in block.batches)


def _tables_of(export: Export, tables: Sequence[str] | str | None) -> list[str]:
    if tables is None:
        return [export.record_table.name]
    if tables == "all":
        return [table.name for table in export.tables]
    return [tables] if isinstance(tables, str) else list(dict.fromkeys(tables))


def open_tables(inputs: Any, *, tables: Sequence[str] | str | None = None, **options: Unpack[ReadKeywords]) -> TableSet:
    """Open an export for one pass that fills several tables.

    Args:
        inputs: a path, a glob, `"-"` for stdin, a binary file object, or a list of these.
        tables: names of tables, `"all"`, or None for the record table alone.
        **options: as for `open`; `columns` may also map tables to their columns.

    Raises:
        CrowdarrowError: an input cannot be read, its kind is unknown, or an option is invalid.
    """
    return read_tables(inputs, tables, ReadOptions(**options))  # type: ignore[arg-type]  # lists become tuples


def open(  # noqa: A001 - the API's name
    input: Any, table: str | None = None, **options: Unpack[ReadKeywords]
) -> Reader:
    """Open one table of an export as a stream of Arrow record batches.

    Args:
        input: a path, a glob, `"-"` for stdin, a binary file object, or a list of these: plain, gzip, zstd or zip,
            detected by their first bytes.
        table: the table. Default: the record table.
        **options: see below.

    Raises:
        CrowdarrowError: the input cannot be read, its kind is unknown, or an option is invalid.

    The options:
    """
    return Reader(open_tables(input, tables=None if table is None else [table], **options))


open.__doc__ = f"{open.__doc__}\n{describe(ReadOptions)}"
