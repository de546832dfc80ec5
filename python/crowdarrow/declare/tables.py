"""Tables and exports."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
