"""Tables and exports."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from crowdarrow.declare.paths import RECORD, Path
from crowdarrow.declare.types import Type
from crowdarrow.declare.values import At, Expr, Tree, cell, null

if TYPE_CHECKING:
    import os

    import pyarrow as pa

    Arrays = Mapping[str, pa.Array]


@dataclass(frozen=True)
class Column:
    """A column of a table: by default the scalar in the CSV column of the same name."""

    name: str
    type: Type
    source: Expr | None = None
    nulls: tuple[str, ...] = ()
    optional: bool = False
    """Only in the table where a file has the CSV column."""

    @property
    def expr(self) -> Expr:
        """Where it comes from, where the rows say nothing else."""
        return self.source or cell(self.name, self.nulls)


def given(name: str, type_: Type) -> Column:
    """A column that the table's rows give; null in rows that don't."""
    return Column(name, type_, null)


@dataclass(frozen=True)
class Rows:
    """What a table's rows are made of, and where some of their columns come from."""

    path: Path
    columns: Mapping[str, Expr] = field(default_factory=dict)


class RowsOf:
    """A table's rows, said when they are first asked for: most runs need few of all the tables there are."""

    def __init__(self, say: Callable[[], Iterable[Rows]]) -> None:
        self._say = say

    @cached_property
    def _rows(self) -> tuple[Rows, ...]:
        return tuple(self._say())

    def __iter__(self) -> Iterator[Rows]:
        return iter(self._rows)


@dataclass(frozen=True)
class Note:
    """Something that is counted where it stands in a record: a shape that no table has a place for."""

    name: str
    path: Path
    with_: tuple[str, ...]
    """The tables whose reading comes by there."""
    shape: At | None = None
    """A value by whose shape it is counted."""


@dataclass(frozen=True)
class Step:
    """A vectorised last step over each batch of a table, for what no path can say."""

    needs: tuple[str, ...]
    """The columns it reads."""
    fills: tuple[str, ...]
    """The columns it makes or replaces."""
    run: "Callable[[Arrays], Arrays] | None" = None
    start: "Callable[[], Callable[[Arrays], Arrays]] | None" = None
    """Makes `run` anew for each pass, where it remembers what it has seen."""

    def started(self) -> "Step":
        """The step for one pass."""
        return self if self.start is None else replace(self, run=self.start(), start=None)


def later(module: str, name: str) -> "Callable[..., Any]":
    """A function of a module that is imported when it is called: steps need pyarrow, declarations don't."""

    def run(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return run


@dataclass(frozen=True)
class Table:
    """A table: one row for each record, or for each part of its rows' paths."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Rows] = (Rows(RECORD),)
    """May be gone over more than once."""
    once_per: str | None = None
    """Only the first record with a given integer in this CSV column gives rows."""
    steps: tuple[Step, ...] = ()
    hidden: tuple[Column, ...] = ()
    """Columns that steps read and no one sees."""

    def schema(self, columns: tuple[Column, ...] | None = None) -> "pa.Schema":
        """The Arrow schema of these columns, by default of all that every file has."""
        import pyarrow as pa

        chosen = [c for c in self.columns if not c.optional] if columns is None else columns
        return pa.schema([pa.field(column.name, column.type.arrow) for column in chosen])


@dataclass(frozen=True)
class Sample:
    """What a kind is told by: the beginning of an input."""

    name: str
    """What messages call it."""
    member: str
    """The last part of its name, or of a zip's member's."""
    header: list[str]
    """The names of its CSV columns, or of the members of its first JSON objects."""
    rows: list[Any]
    """Its first records: JSON values, or dicts of a CSV record's cells."""
    json: bool


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


@dataclass(frozen=True)
class Export:
    """A kind of export in one of its layouts: how that is told, and its tables, the record table first."""

    kind: str
    tables: tuple[Table, ...]
    requires: frozenset[str] = frozenset()
    """CSV columns that its header has, all of them."""
    one_of: frozenset[str] = frozenset()
    """And at least one of these."""
    notes: tuple[Note, ...] = ()
    labels: "Callable[[str | os.PathLike[str]], Mapping[str, Step]] | None" = None
    """For each table that takes labels from a workflow export, the step that does, given that export's path."""
    json: bool = False
    """Its records are JSON objects; else they are CSV records."""
    told: "Callable[[Sample], bool] | None" = None
    """How it is told where names alone do not tell it."""
    shaped: "Callable[[list[str]], Export] | None" = None
    """The same for a header, where its tables hang on the columns there are."""
    derived: Mapping[str, Tree] = field(default_factory=dict)
    """Fields made of others, by the names that its tables use."""
    passed_over: frozenset[str] = frozenset()
    """CSV columns that only repeat others."""
    nulls: tuple[str, ...] = ()
    """Texts that mean null in unknown columns."""
    layout: str = ""
    """The layout's name. Inputs are read together only if their kind and layout are the same."""
    sampled_by: str = ""
    """If a CSV header contains this text, detection reads the first records too."""
    inspect: "Callable[[], Inspector] | None" = None
    """Starts the export's own part of an inspection."""

    @property
    def record_table(self) -> Table:
        """The table with one row for each input record."""
        return self.tables[0]

    def table(self, name: str) -> Table | None:
        """The table called `name`."""
        return next((table for table in self.tables if table.name == name), None)

    def matches(self, sample: Sample) -> bool:
        """Whether an input is of this kind and layout."""
        if sample.json != self.json:
            return False
        if self.told is not None:
            return self.told(sample)
        names = set(sample.header)
        return self.requires <= names and bool(self.one_of & names)
