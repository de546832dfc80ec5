"""`Export`: an export as a source that can be read any number of times."""

import os
import stat
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa

from crowdarrow import notebook
from crowdarrow.errors import CrowdarrowError, DamagedInputError, ReaderConsumedError, UsageError, with_short_traceback
from crowdarrow.options import has_options, options_from, shown
from crowdarrow.read.arguments import Inputs
from crowdarrow.read.inputs import as_list
from crowdarrow.read.layouts import Columns
from crowdarrow.read.objects import is_openable, name_of
from crowdarrow.read.opened import Opened, TableChoice, open_inputs
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.reader import Reader
from crowdarrow.stores.urls import shown_url

if TYPE_CHECKING:
    from crowdarrow.declare import Export as Declaration
    from crowdarrow.declare.compile import Filter
    from crowdarrow.read.report import Report


_SHOWN_COLUMNS = 100


class ArrowSource(ABC):
    """Base of objects that engines read by the Arrow PyCapsule interface, as often as they like."""

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table."""

    @abstractmethod
    def open(self) -> Reader:
        """A new `Reader` of the table, which reads the input from its beginning."""

    @with_short_traceback
    def to_reader(self) -> pa.RecordBatchReader:
        """The table as a new pyarrow reader, for libraries that take no other stream."""
        return self.open().to_reader()

    @with_short_traceback
    def to_table(self) -> pa.Table:
        """The table, in memory."""
        return self.open().to_table()

    def _repr_html_(self) -> str:
        """The columns; the input is opened for them, and no record is read."""
        try:
            schema = self.schema
        except CrowdarrowError as error:
            return notebook.facts(repr(self), [("error", error)])
        rows = [(one.name, one.type, _description(one)) for one in schema]
        more = f"{len(rows) - _SHOWN_COLUMNS:,} more columns" if len(rows) > _SHOWN_COLUMNS else ""
        return notebook.grid(repr(self), ("column", "type", "description"), rows[:_SHOWN_COLUMNS], more)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A new stream of the table, by the Arrow PyCapsule interface."""
        return self.open().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The schema of the table, by the Arrow PyCapsule interface."""
        return self.schema.__arrow_c_schema__()


class ExportTable(ArrowSource):
    """One table of an `Export`: lazy, and read anew by each stream.

    Attributes:
        name: the table's name.
        report: the report of the table's last reading, live while it lasts; None before the first.
    """

    def __init__(self, export: "Export", name: str) -> None:
        self._export = export
        self.name = name
        self.report: Report | None = None

    @property
    def kind(self) -> str:
        """The kind of the export."""
        return self._export.kind

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table."""
        return self._export.schema_of(self.name)

    def open(self) -> Reader:
        """A new `Reader` of the table, which reads the input from its beginning."""
        reader = self._export.open(self.name)
        self.report = reader.report
        return reader

    def __repr__(self) -> str:
        return f"{self._export!r}.table({self.name!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {"_export": self._export, "name": self.name, "report": None}


class Export(ArrowSource):
    """An export that can be read any number of times; nothing is read before it is needed.

    It is an Arrow stream (`__arrow_c_stream__`) of the record table, and `table(name)` is one of any table. Each stream
    reads the input anew, so DuckDB, Polars, pandas and pyarrow may ask for it in several queries, and twice in one.

    An input that can be read only once (stdin, a pipe, a file object, a response of a server) gives one stream. The
    next one raises `ReaderConsumedError`.

    Args:
        inputs: as for `open`.
        **options: as for `open`. `columns` applies to the table that is read, or maps tables to their columns.

    Attributes:
        report: the report of the last reading of any table, live while it lasts; None before the first.
    """

    @has_options(ReadKeywords, ReadOptions)
    def __init__(self, inputs: Inputs, **options: Unpack[ReadKeywords]) -> None:
        self._inputs = as_list(inputs)
        self._options = options_from(ReadOptions, options, "ca.Export")
        self.report: Report | None = None
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._pending: Opened | None = None
        self._opened = False
        self._kind: str | None = None
        self._tables: list[str] = []
        self._schemas: dict[str | None, pa.Schema] = {}

    @property
    def kind(self) -> str:
        """The kind of the export."""
        with self._lock:
            if self._kind is None:
                self._look()
            return str(self._kind)

    @property
    def tables(self) -> list[str]:
        """The names of the tables, the record table first."""
        with self._lock:
            if self._kind is None:
                self._look()
            return list(self._tables)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the record table."""
        return self.schema_of(None)

    def schema_of(self, table: str | None) -> pa.Schema:
        """The Arrow schema of a table, by default of the record table."""
        with self._lock:
            if table not in self._schemas:
                (self._schemas[table],) = self._look().compile(self._chosen(table)).output_schemas.values()
            return self._schemas[table]

    def table(self, name: str) -> ExportTable:
        """One of the tables. Whether the export has it is checked when it is read.

        Raises:
            UsageError: the name is not text.
        """
        if not isinstance(name, str):
            msg = f"`name` must be the name of one table, not {shown(name)}"
            raise UsageError(msg)
        return ExportTable(self, name)

    def open(self, table: str | None = None) -> Reader:
        """A new `Reader`, by default of the record table, which reads the input from its beginning.

        Raises:
            ReaderConsumedError: the input can be read only once, and was.
            CrowdarrowError: as for `crowdarrow.open`.
        """
        return self.open_part(table)

    def open_part(
        self,
        table: str | None = None,
        columns: Collection[str] | None = None,
        filters: "Mapping[str, Sequence[Filter]] | None" = None,
    ) -> Reader:
        """`open` with at most these columns of the schema. Filters, by column, are used if the kind has them."""
        with self._lock:
            opened = self._look()
            compiled = opened.compile(self._chosen(table))
            ((name, schema),) = compiled.output_schemas.items()
            if not schema.equals(self._schemas.setdefault(table, schema)):
                msg = f"{', '.join(opened.names)} changed: its columns are others than before; make a new ca.Export"
                raise DamagedInputError(msg)
            self._pending = None
            if columns is not None or filters:
                opened = opened.narrowed(filters or {}, name)
                _, given = self._chosen(table)(opened.export)
                chosen = _narrowed(schema.names, given, columns)
                compiled = opened.compile(lambda _: ([name], chosen))
            reader = Reader(opened.read(compiled))
            self.report = reader.report
            return reader

    def _chosen(self, table: str | None) -> TableChoice:
        """Choose a table, and its columns of those that the options name for tables."""

        def choose(export: "Declaration") -> tuple[list[str], Columns]:
            name = table or export.record_table.name
            columns: Columns = self._options.columns
            if isinstance(columns, Mapping):
                for known in columns:
                    export.any_table(known)  # raises if there is no such table
                columns = columns.get(name)
            return [name], columns

        return choose

    def _look(self) -> Opened:
        """The inputs, open. Those that can be read once stay open for the first reading."""
        if self._pending is not None:
            return self._pending
        once = [item for item in self._inputs if _is_read_once(item)]
        if once and self._opened:
            name = name_of(once[0])
            msg = f"ca.Export read {name} already, which can be read only once; save it to a file and name the file"
            raise ReaderConsumedError(msg)
        opened = open_inputs(self._inputs, self._options)
        self._opened = True
        self._kind, self._tables = opened.export.kind, opened.tables
        if once:
            self._pending = opened
        return opened

    def __repr__(self) -> str:
        names = [shown_url(one) if isinstance(one, str) else one for one in self._inputs]
        inputs = names[0] if len(names) == 1 else names
        return f"Export({shown(inputs)})"

    def __getstate__(self) -> dict[str, Any]:
        return {"_inputs": self._inputs, "_options": self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.report = None
        self._reset()


def _description(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"description", b""), "utf-8", "replace")


def _narrowed(names: Sequence[str], given: Columns, columns: Collection[str] | None) -> Columns:
    """The columns of `given` whose output name, at the same index in `names`, is in `columns`; at least one column."""
    if columns is None or (given is not None and len(given) != len(names)):  # children of a struct are one column
        return given
    known = names if given is None else list(given)
    return [one for one, name in zip(known, names, strict=True) if name in columns] or known[:1]


def _is_read_once(item: Any) -> bool:
    """Whether an input can be read only once: stdin, a file object, a response, a pipe."""
    if not is_openable(item):
        return True
    if not isinstance(item, str | bytes | os.PathLike):
        return False
    if isinstance(item, str | bytes) and item in {"-", b"-"}:
        return True
    try:
        mode = os.stat(item).st_mode  # noqa: PTH116 - the path as given
    except (OSError, ValueError, TypeError):  # no path, or none that can be read
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
