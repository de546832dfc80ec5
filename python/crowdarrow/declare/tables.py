"""Tables and exports."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from crowdarrow.declare.derive import HeaderField
from crowdarrow.declare.paths import RECORD, RowPath
from crowdarrow.declare.templates import JsonTemplate
from crowdarrow.declare.types import Type
from crowdarrow.declare.values import Expr, JsonPath, cell, null
from crowdarrow.errors import UsageError
from crowdarrow.frozen import Frozen, FrozenValue
from crowdarrow.suggest import hint

if TYPE_CHECKING:
    import pyarrow as pa

    from crowdarrow._core import WorkerPool
    from crowdarrow.declare.charts import ChartCounts

    Arrays = Mapping[str, pa.Array]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


class Column(FrozenValue):
    """A column of a table; by default the scalar in the CSV column of the same name."""

    name: str
    type: Type
    source: Expr | None = None
    nulls: tuple[str, ...] = ()
    optional: bool = False
    """Included only if a file has the CSV column."""
    unless: str | None = None
    """Included only if a file lacks this CSV column."""

    def __init__(
        self,
        name: str,
        type: Type,
        source: Expr | None = None,
        nulls: tuple[str, ...] = (),
        optional: bool = False,  # noqa: FBT001, FBT002 - as that of the field
        unless: str | None = None,
    ) -> None:
        # Written out: a file may have thousands of columns.
        vars(self).update(name=name, type=type, source=source, nulls=nulls, optional=optional, unless=unless)

    def is_in(self, headers: Sequence[AbstractSet[str]]) -> bool:
        """Whether a table of files with these names of columns has the column."""
        if self.unless is not None:
            return any(self.unless not in header for header in headers)
        return not self.optional or any(set(self.expr.columns) & header for header in headers)

    @property
    def expr(self) -> Expr:
        """The expression used by rows that don't set the column."""
        return self.source or cell(self.name, self.nulls)


def from_rows(name: str, type_: Type) -> Column:
    """A column that the table's `Rows` set; null in rows that don't."""
    return Column(name, type_, null)


class Rows(Frozen):
    """A group of rows: one row per element of `path`, and the columns they set."""

    path: RowPath
    columns: Mapping[str, Expr] = _EMPTY

    def __init__(self, path: RowPath, columns: Mapping[str, Expr] = _EMPTY) -> None:
        # Written out: tables have hundreds of groups of rows.
        vars(self).update(path=path, columns=columns)


class LazyRows:
    """Rows that are declared on first use: most runs read few of the tables."""

    def __init__(self, declare: Callable[[], Iterable[Rows]]) -> None:
        self._declare = declare

    @cached_property
    def _rows(self) -> tuple[Rows, ...]:
        return tuple(self._declare())

    def __iter__(self) -> Iterator[Rows]:
        return iter(self._rows)


class Counter(Frozen):
    """A count in the report: the elements of a path that no table has a row for."""

    name: str
    path: RowPath
    tables: tuple[str, ...]
    """The count is made if one of these tables is read."""
    sketch: JsonPath | None = None
    """A value; its type sketches are counted separately."""


class Transform(Frozen):
    """A vectorised function over each finished batch of a table, for what no path can express."""

    inputs: tuple[str, ...]
    """The columns it reads."""
    outputs: tuple[str, ...]
    """The columns it adds or replaces."""
    run: "Callable[[Arrays], Arrays] | None" = None
    factory: "Callable[[], Callable[[Arrays], Arrays]] | None" = None
    """Returns a new `run` for each pass, for a function that keeps state."""
    counts: "Callable[[], Mapping[str, int]] | None" = None
    """Counts for the report by name, at the end of the pass; the transforms of several tables may share them."""

    distinct: "Callable[[], Mapping[str, pa.Array]] | None" = None
    """Of counts that are numbers of distinct values: these values, by the count's name."""

    def for_pass(self, made: "dict[Any, Any]") -> "Transform":
        """The transform for one pass over the input; `made` are the functions that this pass has made."""
        if self.factory is None:
            return self
        if self.factory not in made:
            made[self.factory] = self.factory()
        return self.replaced(run=made[self.factory])


def lazy(module: str, name: str) -> "Callable[..., Any]":
    """A function whose module is imported on the first call: transforms need pyarrow, declarations don't."""

    def run(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return run


class Table(Frozen):
    """A table: one row per record, or per element of its rows' paths."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Rows] = (Rows(RECORD),)
    """May be iterated more than once."""
    once_per: str | None = None
    """Only the first record with a given integer in this CSV column gives rows."""
    transforms: tuple[Transform, ...] = ()
    fragments: tuple[str, tuple[str, ...]] | None = None
    """A text column with media fragments such as `xywh=1,2,3,4`, and the columns of their four numbers."""
    hidden: tuple[Column, ...] = ()
    """Columns that only transforms or `fragments` read; they are not part of the output."""
    labels_of: str | None = None
    """The table whose labels it gets. Default: the table of the same name."""
    about: Mapping[str, str] = _EMPTY
    """A description of each column, and of children of structs as `column.child`."""

    def schema(self, columns: tuple[Column, ...] | None = None) -> "pa.Schema":
        """The Arrow schema of these columns; by default of all that every file has.

        The metadata of a field holds its `description`, which Arrow and Parquet files keep.
        """
        import pyarrow as pa

        usual = (column for column in self.columns if not column.optional and column.unless is None)
        chosen = usual if columns is None else columns
        about = self.about
        # Of thousands of columns without a description, pairs take half the time.
        return pa.schema(
            [
                pa.field(one.name, one.type.arrow, metadata={"description": about[one.name]})
                if one.name in about
                else (one.name, one.type.arrow)
                for one in chosen
            ]
        )


class Sample(Frozen):
    """The beginning of an input, from which its kind is detected."""

    name: str
    """The input's name in messages."""
    member: str
    """The last part of its name, or of the name of a zip member."""
    header: list[str]
    """The names of its CSV columns, or of the members of its first JSON objects."""
    rows: list[Any]
    """Its first records: JSON values, or dicts of a CSV record's cells."""
    json: bool

    def get(self, function: "Callable[[Sample], Any]") -> Any:
        """The result of a function of the sample, which is computed once: many exports ask for it."""
        if function not in self._known:
            self._known[function] = function(self)
        return self._known[function]

    @cached_property
    def _known(self) -> "dict[Callable[[Sample], Any], Any]":
        return {}


class Inspector(Protocol):
    """The export's own part of an inspection: counts over the batches of one pass."""

    columns: "Mapping[str, Sequence[str]]"
    """The tables that it reads besides the record table, with their columns."""
    empty: Mapping[str, Any]
    """The names of its results, with their values for an export without records."""

    def add(self, batches: "Sequence[tuple[str, pa.RecordBatch]]") -> None:
        """Count the batches of one block: pairs of table and batch."""

    def results(self) -> Mapping[str, Any]:
        """The results by name, JSON-ready."""

    def lines(self, results: Mapping[str, Any]) -> "list[str]":
        """The results as text."""


class People(Frozen):
    """What of an export names people."""

    names: tuple[str, ...]
    """Columns, and members of objects in JSON, that name people."""
    flattened: bool = False
    """Whether these may be parts of a longer name that are separated by `_`, as in `0_creator_name`."""
    json: tuple[str, ...] = ()
    """Columns that hold such a member as JSON."""
    pairs: tuple[str, ...] = ()
    """In tables of keys and values: the column of the key, and those of the value."""


class LabelSource(Frozen):
    """Another export, from which the labels of an export's tables are taken."""

    kind: str
    columns: tuple[str, ...]
    """The columns of its record table that are read."""
    transforms: "Callable[[Iterable[pa.RecordBatch]], Mapping[str, Transform]]"
    """For each table with labels: the transform that adds them, given all rows of the other export.

    Their batches lack the columns that no file has. The transform of the table `record` counts the records.
    """
    record: Table
    """A table with one row per record, which is not part of the output: its `counts` are the report's `labels`."""
    summary: "Callable[[Mapping[str, int]], str]"
    """A line of the summary for these counts."""
    advice: "Callable[[Mapping[str, int]], str | None]"
    """Advice, if the counts suggest the wrong export."""


class BesideSource(Frozen):
    """Another export, from which values are put beside the rows of an export's tables."""

    kind: str
    tables: tuple[str, ...]
    """The tables that get the columns."""
    columns: tuple[str, ...]
    """The columns of the other export's record table that are read, the key of a row first."""
    added: Column
    """The column for the second of these."""
    of_export: "Callable[[Sequence[str]], tuple[Column, ...]]"
    """The columns for some keys, as the other export's record table has them."""
    of_record: "Callable[[Sequence[str]], tuple[Column, ...]]"
    """The columns for some keys, if there is no other export and the record itself has the values."""
    transform: "Callable[[Iterable[pa.RecordBatch], Sequence[str]], Transform]"
    """The transform that adds the columns with these names, given all rows of the other export."""


class Computation(Protocol):
    """Computes tables in one pass over the input."""

    def add(self, batches: "Mapping[str, pa.RecordBatch]") -> None:
        """Take the rows that the same records have in the tables that it needs, in order of the records."""

    def finish(self, workers: "WorkerPool") -> "Iterator[tuple[str, pa.Table]]":
        """Rows of the computed tables, by name; those of each table are in order."""

    def counts(self) -> Mapping[str, int]:
        """Counts for the report, after the last rows."""

    def close(self) -> None:
        """Remove temporary files."""


class Computed(Frozen):
    """Tables that are computed from others of the same pass, and made only if they are asked for by name."""

    tables: tuple[Table, ...]
    arguments: tuple[str, ...]
    """The arguments that concern these tables alone."""
    inputs: "Callable[[Sequence[str], Sequence[Column]], Sequence[tuple[Table, Sequence[str]]]]"
    """The tables that fill the given ones, with the columns that are read; they may have more columns beside."""
    start: "Callable[[Sequence[str], Mapping[str, Any], Sequence[str]], Computation]"
    """Starts a pass for some of the tables, given the arguments and the names of columns beside."""
    summary: "Callable[[Mapping[str, int]], str]"
    """A line of the summary for the counts."""
    beside: tuple[Column, ...] = ()
    """Columns that another export, or the record itself, puts beside their rows."""
    transform: Transform | None = None
    """Fills these columns in the finished rows; without it the record has them."""

    def table(self, name: str) -> Table | None:
        """The table called `name`, with the columns beside its rows."""
        return next((one for one in self.tables if one.name == name), None)

    def with_columns(self, tables: Iterable[str], columns: Sequence[Column], transform: Transform | None) -> "Computed":
        """The same with more columns after those of some tables."""
        chosen = set(tables) & {table.name for table in self.tables}
        changed = tuple(
            table.replaced(columns=(*table.columns, *columns)) if table.name in chosen else table
            for table in self.tables
        )
        return self.replaced(tables=changed, beside=tuple(columns) if chosen else (), transform=transform)


class Export(Frozen):
    """A kind of export in one of its layouts: how it is detected, and its tables, the record table first."""

    kind: str
    tables: tuple[Table, ...]
    requires: frozenset[str] = frozenset()
    """CSV columns that the header has, all of them."""
    requires_any: frozenset[str] = frozenset()
    """CSV columns of which the header has at least one."""
    lacking: "Callable[[Sample], str | None] | None" = None
    """Returns the columns that a sample lacks, as text, if `requires` and `requires_any` can't express them."""
    counters: tuple[Counter, ...] = ()
    filters: Mapping[str, str | tuple[str, str] | Expr] = _EMPTY
    """What each filter compares, by the name of the filter's argument.

    It is a CSV column, the columns of a version's two numbers, or the expression of a time. A file may lack the column
    of the second number.
    """
    time: str | None = None
    """The time of the record table that `since` and `until` compare, and whose range an inspection reports."""
    labels: LabelSource | None = None
    """The export that labels of its tables are taken from."""
    beside: BesideSource | None = None
    """The export from which values are put beside the rows."""
    computed: Computed | None = None
    """Tables that are made on request."""
    record_id: Expr | None = None
    """The integer that identifies a record in all downloads."""
    json: bool = False
    """Whether its records are JSON objects instead of CSV records."""
    detect: "Callable[[Sample], tuple[str, str] | None] | None" = None
    """Returns the kind and layout of a sample, if required columns alone don't identify them."""
    derived: Mapping[str, JsonTemplate | HeaderField] = _EMPTY
    """Fields composed from others, by the names that the tables use."""
    redundant: Mapping[str, str] = _EMPTY
    """Patterns of CSV columns that are not kept as unknown columns, each with the column that they repeat.

    If a file lacks that column, the others are kept.
    """
    ragged: bool = False
    """Records may have more or fewer fields than the header in the columns of `redundant`, if these come last."""
    renamed: Mapping[str, str] = _EMPTY
    """Older names of columns, each with the newer one that is read if a file has both."""
    absent_na: bool = False
    """Where R wrote a file, which quotes all names, an unquoted `NA` is an empty cell in all columns.

    Without this it is one in derived fields only.
    """
    nulls: tuple[str, ...] = ()
    """Texts that mean null in unknown columns."""
    leniencies: Mapping[str, str] = _EMPTY
    """Names that reports use for leniencies of the engine."""
    layout: str = ""
    """The layout's name. Inputs are read together only if their kind and layout are the same."""
    sampled_by: str = ""
    """If a name of a CSV header begins with this text, detection reads the first records too; of JSON, more of them."""
    sampled_columns: str = ""
    """The columns that detection reads of them, as a pattern."""
    sampled_text: str = ""
    """A text without which the records decide nothing."""
    has_single_rows: bool = True
    """Whether a record gives one row of the record table, and not any number of them."""
    is_temporary: bool = False
    """Whether it is made for one run, so that its plans are not kept."""
    people: People | None = None
    """The columns and members that name people."""
    inspect: "Callable[[], Inspector] | None" = None
    """Starts the export's own part of an inspection."""
    charts: "Callable[[], ChartCounts] | None" = None
    """Starts the counts of the export's charts, for the page of an inspection."""

    @property
    def record_table(self) -> Table:
        """The table with one row per input record, or any number of rows without `has_single_rows`."""
        return self.tables[0]

    def table(self, name: str) -> Table:
        """The table called `name`.

        Raises:
            UsageError: there is no such table.
        """
        found = next((table for table in self.tables if table.name == name), None)
        if found is None:
            known = [table.name for table in self.tables]
            more = hint(name, [*known, *self.requested_tables])
            msg = f"{self.kind} has no table {name!r}{more}; its tables are {', '.join(known)}"
            if self.requested_tables:
                msg += f", and on request {', '.join(self.requested_tables)}"
            raise UsageError(msg)
        return found

    def any_table(self, name: str) -> Table:
        """The table called `name`, made on request or not.

        Raises:
            UsageError: there is no such table.
        """
        return (self.computed and self.computed.table(name)) or self.table(name)

    @property
    def requested_tables(self) -> list[str]:
        """The names of the tables that are made on request."""
        return [] if self.computed is None else [table.name for table in self.computed.tables]

    @property
    def layout_name(self) -> str:
        """A name that no other layout of its kind has."""
        return "json" if self.json else self.layout or "csv"

    @property
    def companions(self) -> frozenset[str]:
        """The kinds of other exports that values are taken from."""
        return frozenset(one.kind for one in (self.labels, self.beside) if one is not None)

    def lacks(self, sample: Sample) -> str | None:
        """The columns or members that an input lacks of those that the kind needs, as text; None if it has them."""
        names = set(sample.header)
        if sample.json:
            objects = [set(row) for row in sample.rows if isinstance(row, dict)]
            if not objects:
                return None  # an empty download
            names = max(objects, key=lambda found: len(self.requires & found))
        missing = [repr(name) for name in sorted(self.requires - names)]
        if self.requires_any and not self.requires_any & names:
            missing.append("one of " + ", ".join(map(repr, sorted(self.requires_any))))
        if self.lacking is not None and (more := sample.get(self.lacking)):
            missing.append(more)
        return " and ".join(missing) or None

    def with_columns(
        self, tables: Iterable[str], columns: Sequence[Column], transform: Transform | None = None
    ) -> "Export":
        """The same with more columns before the last one of these tables, and a transform of them."""
        more = () if transform is None else (transform,)
        chosen = set(tables)
        changed = tuple(
            table.replaced(
                columns=(*table.columns[:-1], *columns, table.columns[-1]),
                transforms=(*table.transforms, *more),
            )
            if table.name in chosen
            else table
            for table in self.tables
        )
        computed = self.computed and self.computed.with_columns(chosen, columns, transform)
        return self.replaced(tables=changed, computed=computed, is_temporary=True)

    def with_transform(self, table: str, transform: Transform) -> "Export":
        """The same with a transform after those of one of its tables."""
        changed = tuple(
            one.replaced(transforms=(*one.transforms, transform)) if one.name == table else one for one in self.tables
        )
        return self.replaced(tables=changed, is_temporary=True)

    def with_tables(self, tables: Iterable[Table]) -> "Export":
        """The same with more tables."""
        return self.replaced(tables=(*self.tables, *tables), is_temporary=True)

    def matches(self, sample: Sample) -> bool:
        """Whether an input has this kind and layout."""
        if sample.json != self.json:
            return False
        if self.detect is not None:
            return bool(sample.get(self.detect) == (self.kind, self.layout))
        names = set(sample.header)
        return self.requires <= names and bool(self.requires_any & names)
