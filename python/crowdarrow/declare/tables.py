"""Tables and exports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from crowdarrow.declare.paths import RECORD, Path
from crowdarrow.declare.types import Type
from crowdarrow.declare.values import Expr, cell, null

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


@dataclass(frozen=True)
class Note:
    """Something that is counted where it stands in a record: a shape that no table has a place for."""

    name: str
    path: Path
    with_: tuple[str, ...]
    """The tables whose reading comes by there."""


@dataclass(frozen=True)
class Step:
    """A vectorised last step over each batch of a table, for what no path can say."""

    needs: tuple[str, ...]
    """The columns it reads."""
    fills: tuple[str, ...]
    """The columns it makes or replaces."""
    run: "Callable[[Arrays], Arrays]"


def later(module: str, name: str) -> "Callable[[Arrays], Arrays]":
    """A function of a module that is imported when a batch comes: steps need pyarrow, declarations don't."""

    def run(arrays: "Arrays") -> "Arrays":
        done: Arrays = getattr(import_module(module), name)(arrays)
        return done

    return run


@dataclass(frozen=True)
class Table:
    """A table: one row for each record, or for each part of its rows' paths."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Rows, ...] = (Rows(RECORD),)
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
class Export:
    """A kind of export in one of its layouts: how that is told, and its tables, the record table first."""

    kind: str
    tables: tuple[Table, ...]
    requires: frozenset[str]
    """CSV columns that its header has, all of them."""
    one_of: frozenset[str]
    """And at least one of these."""
    notes: tuple[Note, ...] = ()
    labels: "Callable[[str | os.PathLike[str]], Mapping[str, Step]] | None" = None
    """For each table that takes labels from a workflow export, the step that does, given that export's path."""

    @property
    def record_table(self) -> Table:
        """The table with one row for each input record."""
        return self.tables[0]

    def table(self, name: str) -> Table | None:
        """The table called `name`."""
        return next((table for table in self.tables if table.name == name), None)

    def matches(self, header: list[str]) -> bool:
        """Whether a header is this kind's."""
        names = set(header)
        return self.requires <= names and bool(self.one_of & names)
