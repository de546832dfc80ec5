"""Opening an export: `open` for one table as a stream of batches, `open_tables` for several tables in one pass."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self, Unpack

import pyarrow as pa

from crowdarrow import exports
from crowdarrow._core import RecordIds
from crowdarrow.declare import Export, LabelSource, Transform
from crowdarrow.declare.compile import Filter
from crowdarrow.errors import UnknownKindError, UsageError
from crowdarrow.options import checked_names, describe, options_from, shown
from crowdarrow.read.folders import Expansion, expand
from crowdarrow.read.inputs import OpenInput, resolve
from crowdarrow.read.layouts import Columns, CompiledParts, compile_parts, tables_of
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.output import BlockOutput, Progress, Reject, SourceInfo
from crowdarrow.read.project import Group, find_inputs, open_candidates
from crowdarrow.read.table_set import Closing, TableSet, consumed

__all__ = ["BlockOutput", "Progress", "Reader", "Reject", "SourceInfo", "TableSet", "open", "open_tables"]

TableChoice = Callable[[Export], tuple[list[str], Columns]]
"""Chooses tables and their columns once the kind of export is known."""

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
        self.rejects: list[Reject] = []
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

    def __iter__(self) -> Self:
        self._check_not_taken()
        self._tables.check_readable()
        return self

    def __next__(self) -> pa.RecordBatch:
        # Several threads may share a reader; each batch goes to one of them.
        with self._lock:
            self._check_not_taken()
            if not self._done:
                self._tables.check_readable()
            self._started = True
            return next(self._batches)

    def close(self) -> None:
        """Stop reading."""
        self._tables.close()

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

    def _check_not_taken(self) -> None:
        if self._taken:
            msg = "the stream of this reader was taken already"
            raise consumed(msg)


@dataclass(frozen=True)
class Opened:
    """Inputs that are open, their kind and columns known, of which no record has been read.

    Attributes:
        export: the kind of export.
        options: how it is read.
        group: the inputs.
        label_inputs: the paths of the exports that labels are taken from.
    """

    export: Export
    options: ReadOptions
    group: Group
    _filters: list[Filter]
    _labels: Mapping[str, Transform] | None
    label_inputs: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the inputs."""
        return [one.name for one in self.inputs]

    @property
    def inputs(self) -> list[OpenInput]:
        """The inputs."""
        return self.group.inputs

    @property
    def tables(self) -> list[str]:
        """The names of the tables, the record table first."""
        return tables_of(self.group.parts)

    def compile(self, tables: Sequence[str] | str | TableChoice | None) -> CompiledParts:
        """The plan that fills `tables`, with their schemas.

        Raises:
            UsageError: a table or a column does not exist.
        """
        if callable(tables):
            names, columns = tables(self.export)
        else:
            names, columns = _tables_of(self.tables, tables), self.options.columns
        if columns is not None and not isinstance(columns, Mapping) and len(names) > 1:
            msg = "`columns` applies to one table; for several, map each table to its columns"
            raise UsageError(msg)
        ids = self._collects_ids
        return compile_parts(self.group.parts, names, columns, self._filters, self._labels, ids=ids)

    @property
    def _collects_ids(self) -> bool:
        """Whether records of one input may come again in another."""
        return len(self.group.inputs) > 1 and self.export.record_id is not None

    def read(self, compiled: CompiledParts) -> TableSet:
        """Start reading; this can be done once."""
        ids = RecordIds(drops=self.options.duplicates == "first") if self._collects_ids else None
        return TableSet(self.group.parts, compiled, self.options, ids)


def open_inputs(inputs: Any, options: ReadOptions) -> Opened:
    """Open the inputs, which are of one kind, and detect it.

    Raises:
        UnknownKindError: the inputs are of several kinds.
    """
    opened, _ = open_kinds(inputs, options)
    if len(opened) > 1:
        msg = f"{several_kinds(opened)}; convert them to a folder, or choose one with `kind`"
        raise UnknownKindError(msg)
    return opened[0]


def several_kinds(opened: Iterable[Opened]) -> str:
    """The kinds of some inputs, with an example of each."""
    return ", ".join(f"{one.inputs[0].name} is {one.export.kind}" for one in opened)


def open_kinds(inputs: Any, options: ReadOptions) -> tuple[list[Opened], dict[str, str]]:
    """Open the inputs; returns those of each kind, and the files that are not read, with the reason.

    Raises:
        UsageError: no kind has a column for one of the filters, or labels.
    """
    if options.kind is not None:
        exports.by_kind(options.kind)
    filters = options.filters()
    groups, skipped = find_inputs(inputs, options)
    chosen_of = [[one for one in filters if one.argument in group.export.filters] for group in groups]
    if len(groups) == 1:
        chosen_of = [filters]
    for one in filters:
        if not any(one in chosen for chosen in chosen_of):
            msg = f"`{one.argument}` does not apply: none of the kinds has a column for it"
            raise UsageError(msg)
    if options.workflows is not None and all(group.export.labels is None for group in groups):
        msg = f"`workflows` does not apply: {groups[0].kind} has no table with labels"
        raise UsageError(msg)
    opened = []
    for group, chosen in zip(groups, chosen_of, strict=True):
        found = _label_candidates(group, groups, options)
        labels = None if found is None else _read_labels(group.export.labels, found, options)
        paths = () if found is None else tuple(str(one.origin) for one in found.candidates)
        opened.append(Opened(group.export, options, group, chosen, labels, paths))
    return opened, skipped


def read_tables(inputs: Any, tables: Sequence[str] | str | TableChoice | None, options: ReadOptions) -> TableSet:
    """`open_tables` with its options as a dataclass; `tables` may also be a function that chooses."""
    opened = open_inputs(inputs, options)
    return opened.read(opened.compile(tables))


def _label_candidates(group: Group, groups: Sequence[Group], options: ReadOptions) -> Expansion | None:
    """The files that labels are taken from: `workflows`, or the inputs of another kind."""
    if group.export.labels is None:
        return None
    if options.workflows is not None:
        return expand(resolve(options.workflows), None)
    other = next((one for one in groups if one.kind == group.export.labels.kind), None)
    if other is None:
        return None
    if other.once_only:
        msg = f"{other.once_only} is read twice, for labels too; save it to a file, or name another with `workflows`"
        raise UsageError(msg)
    return Expansion(other.candidates)


def _read_labels(source: LabelSource | None, found: Expansion, options: ReadOptions) -> Mapping[str, Transform] | None:
    """For each table with labels, the transform that takes them from another export."""
    if source is None:
        return None
    encoding = None if options.workflows is not None else options.encoding
    options = ReadOptions(encoding=encoding)
    # The kind is checked while opening: a pipe cannot be opened twice.
    (group, *_), _ = open_candidates(found, options)
    if group.kind != source.kind:
        msg = f"{group.candidates[0].name} is {group.kind}, but labels are taken from an export of kind {source.kind}"
        raise UnknownKindError(msg)
    opened = Opened(group.export, options, group, [], None)
    with opened.read(opened.compile(lambda export: ([export.record_table.name], source.columns))) as labels:
        return source.transforms(batch for block in labels for _, batch in block.batches)


def _tables_of(known: list[str], tables: Sequence[str] | str | None) -> list[str]:
    if tables is None:
        return known[:1]
    names = [tables] if isinstance(tables, str) else list(dict.fromkeys(tables))
    return known if "all" in names else names


def open_tables(inputs: Any, *, tables: Sequence[str] | str | None = None, **options: Unpack[ReadKeywords]) -> TableSet:
    """Open an export for one pass that fills several tables.

    Args:
        inputs: a path, a glob, `"-"` for stdin, a binary file object, or a list of these.
        tables: names of tables, `"all"`, or None for the record table alone.
        **options: as for `open`; `columns` may also map tables to their columns.

    Raises:
        CrowdarrowError: an input cannot be read, its kind is unknown, or an option is invalid.
    """
    names = None if tables is None else checked_names("tables", tables)
    return read_tables(inputs, names, options_from(ReadOptions, options, "ca.open_tables"))


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
    if table is not None and (not isinstance(table, str) or table == "all"):
        msg = f"`table` must be the name of one table, not {shown(table)}; ca.open_tables reads several"
        raise UsageError(msg)
    if "tables" in options:
        msg = "`tables` is an option of ca.open_tables; ca.open reads one table: `table`"
        raise UsageError(msg)
    return Reader(read_tables(input, table and [table], options_from(ReadOptions, options, "ca.open")))


open.__doc__ = f"{open.__doc__}\n{describe(ReadOptions)}"
