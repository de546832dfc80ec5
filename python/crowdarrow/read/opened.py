"""Inputs that are open: their kinds, tables and columns are known, and no record has been read."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crowdarrow import exports
from crowdarrow._core import RecordIds
from crowdarrow.declare import Export, Transform
from crowdarrow.declare.compile import Filter, filter_columns
from crowdarrow.errors import UnknownKindError, UsageError
from crowdarrow.read.companions import check_companions, companions_of
from crowdarrow.read.computed import check_arguments, plan_computed
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.layouts import Columns, CompiledParts, compile_parts, tables_of
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.people import KeyFile, Renaming, renaming_of
from crowdarrow.read.project import Group, find_inputs
from crowdarrow.read.table_set import TableSet

TableChoice = Callable[[Export], tuple[list[str], Columns]]
"""Chooses tables and their columns once the kind of export is known."""


@dataclass(frozen=True)
class Opened:
    """Inputs that are open, their kind and columns known, of which no record has been read.

    Attributes:
        export: the kind of export.
        options: how it is read.
        group: the inputs.
        other_inputs: the files of the exports that values are taken from, by the argument that names them.
    """

    export: Export
    options: ReadOptions
    group: Group
    _filters: list[Filter]
    _labels: Mapping[str, Transform] | None
    other_inputs: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    _renaming: Renaming | None = None

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

    def narrowed(self, filters: Mapping[str, Sequence[Filter]], table: str) -> "Opened":
        """The same with more filters, by the columns of `table` that they stand for.

        A filter is left out if it could leave out a row whose value in that column it accepts: the column must be what
        the filter goes by, and no row may depend on records other than its own.
        """
        if self.options.duplicates == "first" or self.options.reject_limit is not None:
            return self
        chosen = []
        for column, found in filters.items():
            for one in found:
                with contextlib.suppress(UsageError):
                    _check_filters(self.group, [one])
                    if all(_goes_by(part.export, one, table, column) for part in self.group.parts):
                        chosen.append(one)
        return replace(self, _filters=[*self._filters, *chosen])

    def compile(self, tables: Sequence[str] | str | TableChoice | None, *, is_only: bool = True) -> CompiledParts:
        """The plan that fills `tables`, with their schemas.

        Unless the inputs are the only ones of a call, the caller checks that each option concerns a table.

        Raises:
            UsageError: a table or a column does not exist, or an option concerns none of the tables.
        """
        if callable(tables):
            names, columns = tables(self.export)
        else:
            names, columns = _tables_of(self.tables, tables), self.options.columns
        if columns is not None and not isinstance(columns, Mapping) and len(names) > 1:
            msg = "`columns` applies to one table; for several, map each table to its columns"
            raise UsageError(msg)
        if is_only:
            check_arguments([self.export], names, self.options)
        by_table = columns if isinstance(columns, Mapping) else {} if columns is None else {names[0]: columns}
        computed = plan_computed(self.export, names, by_table, self.options)
        parts, ids = self.group.parts, self._collects_ids
        if computed is None:
            found = compile_parts(parts, names, columns, self._filters, self._labels, ids=ids)
            return replace(found, renaming=self._renaming)
        own = {name: wanted for name, wanted in by_table.items() if name not in computed.schemas}
        own |= {table.name: wanted for table, wanted in computed.inputs}
        export = self.export.with_tables(table for table, _ in computed.inputs)
        parts = [part._replace(export=export) for part in parts]
        read = [name for name in names if name not in computed.schemas] + [table.name for table, _ in computed.inputs]
        found = compile_parts(parts, read, own, self._filters, self._labels, ids=ids)
        known = found.schemas | computed.schemas
        schemas = {name: known[name] for name in names}
        return replace(found, schemas=schemas, computed=computed, renaming=self._renaming)

    @property
    def _collects_ids(self) -> bool:
        """Whether records of one input may come again in another."""
        return len(self.group.inputs) > 1 and self.export.record_id is not None

    def read(self, compiled: CompiledParts) -> TableSet:
        """Start reading; this can be done once."""
        if self._renaming is not None:
            self._renaming.load()
        ids = RecordIds(drops=self.options.duplicates == "first") if self._collects_ids else None
        return TableSet(self.group.parts, compiled, self.options, ids, self._filters)


def open_inputs(inputs: Any, options: ReadOptions) -> Opened:
    """Open the inputs, which are of one kind, and detect it.

    Raises:
        UnknownKindError: the inputs are of several kinds.
    """
    opened, _ = open_kinds(inputs, options)
    if len(opened) > 1:
        msg = (
            f"{several_kinds(opened)}; convert them to a folder, or choose one with `kind`, or in an archive with "
            "`member`"
        )
        raise UnknownKindError(msg)
    return opened[0]


def several_kinds(opened: Iterable[Opened]) -> str:
    """The kinds of some inputs, with an example of each."""
    return ", ".join(f"{one.inputs[0].name} is {one.export.kind}" for one in opened)


def open_kinds(inputs: Any, options: ReadOptions) -> tuple[list[Opened], dict[str, str]]:
    """Open the inputs; returns those of each kind, and the files that are not read, with the reason.

    Raises:
        UsageError: an option applies to none of the kinds.
    """
    if options.kind is not None:
        exports.by_kind(options.kind)
    filters = options.filters()
    groups, others, skipped = find_inputs(inputs, options)
    chosen_of = [[one for one in filters if one.argument in group.export.filters] for group in groups]
    if len(groups) == 1:
        chosen_of = [filters]
    for group, chosen in zip(groups, chosen_of, strict=True):
        _check_filters(group, chosen)
    for one in filters:
        if not any(one in chosen for chosen in chosen_of):
            msg = f"`{one.argument}` does not apply: none of the kinds has a column for it"
            raise UsageError(msg)
    check_companions(groups, options)
    opened = []
    key_file = KeyFile(options.people_key)
    for group, chosen in zip(groups, chosen_of, strict=True):
        found = companions_of(group, [*groups, *others], options)
        renaming = renaming_of(found.group.export, options, key_file)
        own = found.group if renaming is None else found.group.mapped(renaming.transformed)
        opened.append(Opened(own.export, options, own, chosen, found.labels, found.inputs, renaming))
    return opened, skipped


def read_tables(inputs: Any, tables: Sequence[str] | str | TableChoice | None, options: ReadOptions) -> TableSet:
    """`open_tables` with its options as a dataclass; `tables` may also be a function that chooses."""
    opened = open_inputs(inputs, options)
    return opened.read(opened.compile(tables))


def _goes_by(export: Export, one: Filter, table: str, column: str) -> bool:
    """Whether a filter goes by a column of a table, whose rows each come from one record."""
    found = next((known for known in export.tables if known.name == table), None)
    if found is None:
        return True  # it has no rows
    if found.once_per is not None or any(column in change.outputs or change.factory for change in found.transforms):
        return False
    declared = next((known for known in found.columns if known.name == column), None)
    by = export.filters[one.argument]
    return declared is not None and (declared.expr == by or (declared.source is None and by == column))


def _check_filters(group: Group, filters: Sequence[Filter]) -> None:
    """Check that each CSV of a group has the columns of the filters.

    Raises:
        UsageError: one lacks a column, so that the filter would leave out all of its records.
    """
    for part in group.parts:
        for one, header in zip(part.inputs, part.headers, strict=True):
            for condition in filters:
                missing = sorted(filter_columns(part.export, condition) - set(header))
                if missing and not part.export.json:
                    msg = f"`{condition.argument}` does not apply: {one.name} has no column {missing[0]!r}"
                    raise UsageError(msg)


def _tables_of(known: list[str], tables: Sequence[str] | str | None) -> list[str]:
    if tables is None:
        return known[:1]
    names = [tables] if isinstance(tables, str) else list(dict.fromkeys(tables))
    return list(dict.fromkeys([*known, *(one for one in names if one != "all")])) if "all" in names else names
