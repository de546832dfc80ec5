"""Inputs that are open: their kinds, tables and columns are known, and no record has been read."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from crowdarrow import exports
from crowdarrow._core import RecordIds
from crowdarrow.declare import Export, Table, Transform
from crowdarrow.declare.compile import Filter, filter_columns
from crowdarrow.errors import UsageError
from crowdarrow.frozen import Frozen
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


class Opened(Frozen):
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
    filters: list[Filter]
    _labels: Mapping[str, Transform] | None
    other_inputs: Mapping[str, tuple[Any, ...]] = MappingProxyType({})
    renaming: Renaming | None = None
    is_several: bool | None = None
    """Whether the inputs are several, if the group has not all of them."""

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
        """The same with more filters, by the columns of `table` whose conditions they express.

        A filter is left out if it could leave out a row whose value in that column it accepts: the column must be what
        the filter compares, and no row may depend on other records.
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
        return self.replaced(filters=[*self.filters, *chosen])

    def with_tables(self, tables: Iterable[Table]) -> "Opened":
        """The same with more tables."""
        more = tuple(tables)
        if not more:
            return self
        group = self.group.mapped(lambda export: export.with_tables(more))
        return self.replaced(export=self.export.with_tables(more), group=group)

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
            msg = "`columns` applies to one table: choose it with `table`, or in Python map each table to its columns"
            raise UsageError(msg)
        if is_only:
            check_arguments([self.export], names, self.options)
        by_table = columns if isinstance(columns, Mapping) else {} if columns is None else {names[0]: columns}
        computed = plan_computed(self.export, names, by_table, self.options)
        parts, ids = self.group.parts, self.collects_ids
        if computed is None:
            found = compile_parts(parts, names, columns, self.filters, self._labels, ids=ids)
            return found.replaced(renaming=self.renaming)
        own = {name: wanted for name, wanted in by_table.items() if name not in computed.schemas}
        own |= {table.name: wanted for table, wanted in computed.inputs}
        export = self.export.with_tables(table for table, _ in computed.inputs)
        parts = [part._replace(export=export) for part in parts]
        read = [name for name in names if name not in computed.schemas] + [table.name for table, _ in computed.inputs]
        found = compile_parts(parts, read, own, self.filters, self._labels, ids=ids)
        known = found.schemas | computed.schemas
        schemas = {name: known[name] for name in names}
        return found.replaced(schemas=schemas, computed=computed, renaming=self.renaming)

    @property
    def collects_ids(self) -> bool:
        """Whether records of one input may come again in another."""
        is_several = len(self.group.inputs) > 1 if self.is_several is None else self.is_several
        return is_several and self.export.record_id is not None

    def read(self, compiled: CompiledParts) -> TableSet:
        """Start reading; this can be done once."""
        if self.renaming is not None:
            self.renaming.load()
        ids = RecordIds(drops=self.options.duplicates == "first") if self.collects_ids else None
        return TableSet(self.group.parts, compiled, self.options, ids, self.filters)


class ReadableSplit(ABC):
    """A part of some inputs that is read without the others."""

    @abstractmethod
    def read(self, tables: Sequence[str] | None) -> TableSet:
        """Start reading some tables, by default the record table."""


def open_inputs(inputs: Any, options: ReadOptions) -> Opened:
    """Open the inputs, which are of one kind, and detect it.

    Raises:
        UsageError: the inputs are of several kinds.
    """
    opened, _ = open_kinds(inputs, options)
    if len(opened) > 1:
        raise several_kinds(opened, "convert them to a folder")
    return opened[0]


def several_kinds(opened: Iterable[Opened], advice: str) -> UsageError:
    """The error for inputs of several kinds where one is needed, with an example of each kind."""
    found = ", ".join(f"{one.inputs[0].name} is {one.export.kind}" for one in opened)
    choice = f"{advice}, or choose one with `kind`, or in an archive with `member`"
    return UsageError(f"the inputs are of several kinds ({found}): {choice}")


def tables_of_kinds(groups: Iterable[Group]) -> dict[str, tuple[str, ...]]:
    """The tables of each kind, those that are made on request last."""
    return {one.kind: (*tables_of(one.parts), *one.export.requested_tables) for one in groups}


def open_kinds(inputs: Any, options: ReadOptions) -> tuple[list[Opened], dict[str, str]]:
    """Open the inputs; returns those of each kind, and the files that are not read, with the reason.

    Raises:
        UsageError: an option applies to none of the kinds.
    """
    found = find_kinds(inputs, options)
    opened = []
    key_file = KeyFile(options.people_key)
    for group, chosen in zip(found.groups, found.filters, strict=True):
        opened.append(open_group(group, [*found.groups, *found.others], chosen, options, key_file))
    return opened, found.skipped


class FoundKinds(NamedTuple):
    """The inputs of a call by kind, and the filters that apply to each."""

    groups: list[Group]
    filters: list[list[Filter]]
    others: list[Group]
    skipped: dict[str, str]


def find_kinds(inputs: Any, options: ReadOptions) -> FoundKinds:
    """Find the inputs of each kind, and check the options that concern them.

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
    return FoundKinds(groups, chosen_of, others, skipped)


def open_group(
    group: Group,
    groups: Sequence[Group],
    filters: list[Filter],
    options: ReadOptions,
    key_file: KeyFile,
    *,
    is_several: bool | None = None,
) -> Opened:
    """The inputs of one kind with what they take from other exports, which are named or among `groups`.

    With `is_several`, the group has only some of the inputs of its kind; what other exports give is then kept, since
    this process probably reads more of them.
    """
    found = companions_of(group, groups, options, is_kept=is_several is not None)
    renaming = renaming_of(found.group.export, options, key_file)
    own = found.group if renaming is None else found.group.mapped(renaming.transformed)
    return Opened(own.export, options, own, filters, found.labels, found.inputs, renaming, is_several)


def read_tables(inputs: Any, tables: Sequence[str] | str | TableChoice | None, options: ReadOptions) -> TableSet:
    """`open_tables` with its options as a dataclass; `tables` may also be a function that chooses."""
    opened = open_inputs(inputs, options)
    return opened.read(opened.compile(tables))


def _goes_by(export: Export, one: Filter, table: str, column: str) -> bool:
    """Whether a filter compares this column of a table, and each row of the table comes from one record."""
    found = next((known for known in export.tables if known.name == table), None)
    if found is None:
        return table not in export.requested_tables  # a table of other layouts has no rows of this one
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
    for part in group.parts if filters else ():
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
