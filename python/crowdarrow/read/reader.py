"""Opening an export: `open` for one table as a stream of batches, `open_tables` for several tables in one pass."""

import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Self, Unpack

import pyarrow as pa

from crowdarrow.errors import UsageError, with_short_traceback
from crowdarrow.options import checked_names, has_options, options_from, shown
from crowdarrow.read.arguments import Inputs
from crowdarrow.read.opened import ReadableSplit, read_tables
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.output import BlockOutput, Progress, Reject, ShownRejects, SourceInfo
from crowdarrow.read.table_set import Closing, TableSet, consumed

__all__ = ["BlockOutput", "Progress", "Reader", "Reject", "SourceInfo", "TableSet", "open", "open_tables"]

_REJECTS_KEPT = 1000


class Reader(Closing):
    """One table of an export, as a stream of record batches in bounded memory. It gives its rows once.

    A reader is an iterator of batches, and an Arrow stream (`__arrow_c_stream__`) that one consumer can take whole:
    `polars.DataFrame(reader)`, `pyarrow.table(reader)`. Asking for its rows a second time raises `ReaderConsumedError`;
    `crowdarrow.Export` can be read any number of times. (`polars.from_arrow` returns a series of structs for streams of
    other libraries than pyarrow.)

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
        self.rejects: list[Reject] = ShownRejects()
        """The first thousand rejected records, without their raw bytes; `crowdarrow.convert` writes all to a file."""
        self._batches = self._read()
        self._started = self._taken = self._done = False
        self._lock = threading.Lock()

    def _read(self) -> Iterator[pa.RecordBatch]:
        for block in self._tables:
            rejects = (reject._replace(raw=b"") for reject in block.rejects if not reject.more)
            self.rejects.extend(islice(rejects, _REJECTS_KEPT - len(self.rejects)))
            for _, batch in block.batches:
                yield batch
        self._done = True

    @with_short_traceback
    def __iter__(self) -> Self:
        self._check_not_taken()
        self._tables.check_readable()
        return self

    @with_short_traceback
    def __next__(self) -> pa.RecordBatch:
        # Several threads may share a reader; each batch goes to one of them.
        with self._lock:
            self._check_not_taken()
            if not self._done:
                self._tables.check_readable()
            self._started = True
            return next(self._batches)

    def __repr__(self) -> str:
        return f"<Reader {self.kind}, table {self.table}: {self.report.records:,} records read>"

    def close(self) -> None:
        """Stop reading."""
        self._tables.close()

    def progress(self) -> Progress:
        """How much has been read; may be called from any thread."""
        return self._tables.progress()

    @with_short_traceback
    def to_reader(self) -> pa.RecordBatchReader:
        """The stream as a pyarrow reader.

        Raises:
            ReaderConsumedError: rows were read already, or the reader is closed.
        """
        with self._lock:
            self._check_not_taken()
            self._tables.check_readable()
            if self._started:
                msg = "batches of this reader were taken already, and the rest is a shorter table"
                raise consumed(msg)
            self._taken = True
        return pa.RecordBatchReader.from_batches(self.schema, self._batches)

    @with_short_traceback
    def to_table(self) -> pa.Table:
        """The stream as one table, in memory.

        Raises:
            ReaderConsumedError: rows were read already, or the reader is closed.
        """
        return self.to_reader().read_all()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The stream, by the Arrow PyCapsule interface."""
        return self.to_reader().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The schema, by the Arrow PyCapsule interface; a consumer that needs it first does not take the stream."""
        return self.schema.__arrow_c_schema__()

    def __reduce__(self) -> str:
        msg = "a reader cannot be copied or sent to another process"
        raise consumed(msg)

    def _check_not_taken(self) -> None:
        if self._taken:
            msg = "the stream of this reader was taken already"
            raise consumed(msg)


@has_options(ReadKeywords, ReadOptions)
def open_tables(
    inputs: Inputs, *, tables: Sequence[str] | str | None = None, **options: Unpack[ReadKeywords]
) -> TableSet:
    """Open an export for one pass that fills several tables.

    Args:
        inputs: a path, a folder, a glob, a URL, `"-"` for stdin, a binary file object, content as bytes, or a list of
            these; all of one kind.
        tables: names of tables, `"all"`, or None for the record table alone.
        **options: see below; `columns` may also map tables to their columns.

    Raises:
        CrowdarrowError: an input cannot be read, its kind is unknown, or an option is invalid.
    """
    names = None if tables is None else checked_names("tables", tables)
    return read_tables(inputs, names, options_from(ReadOptions, options, "ca.open_tables"))


@has_options(ReadKeywords, ReadOptions)
def open(  # noqa: A001 - the API's name
    input: Inputs | ReadableSplit, table: str | None = None, **options: Unpack[ReadKeywords]
) -> Reader:
    """Open one table of an export as a stream of Arrow record batches.

    Args:
        input: a path, a folder, a glob, a URL, `"-"` for stdin, a binary file object, content as bytes, or a list of
            these, all of one kind: plain, compressed, zip or tar, detected by their first bytes; or a split of a plan
            (`crowdarrow.splits`).
        table: the table. Default: the record table.
        **options: see below.

    Raises:
        CrowdarrowError: the input cannot be read, its kind is unknown, or an option is invalid.
    """
    if table is not None and (not isinstance(table, str) or table == "all"):
        msg = f"`table` must be the name of one table, not {shown(table)}; ca.open_tables reads several"
        raise UsageError(msg)
    if "tables" in options:
        msg = "`tables` is an option of ca.open_tables; ca.open reads one table: `table`"
        raise UsageError(msg)
    if isinstance(input, ReadableSplit):
        if options:
            msg = f"`{next(iter(options))}`: the options of a split are those that its plan was made with"
            raise UsageError(msg)
        return Reader(input.read(table and [table]))
    return Reader(read_tables(input, table and [table], options_from(ReadOptions, options, "ca.open")))
