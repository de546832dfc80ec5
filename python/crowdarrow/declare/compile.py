"""Compiles a declaration, for the requested tables and columns, to the engine's plan."""

import gc
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crowdarrow.declare.derive import redundant_columns, resolve_fields
from crowdarrow.declare.header import SURPLUS, Header, output_name
from crowdarrow.declare.scopes import ScopeBuilder
from crowdarrow.declare.table_plan import TablePlan, choose_columns, plan_table
from crowdarrow.declare.tables import Column, Export, Transform
from crowdarrow.declare.templates import JsonTemplate
from crowdarrow.declare.types import string
from crowdarrow.declare.values import FieldNumbers, cell
from crowdarrow.errors import UsageError
from crowdarrow.frozen import Frozen, FrozenValue

if TYPE_CHECKING:
    import pyarrow as pa


class CompiledPlan(Frozen):
    """What a run needs: the engine's plan, the columns of each source, and the tables."""

    text: str
    """The engine's plan, as JSON."""
    columns: list[list[int | None]]
    """For each source and each field of the plan, the field's index in the source's header."""
    least: list[int | None]
    """For each source, the number of fields that a record has at least if it may differ from the header."""
    tables: list[TablePlan]
    counters: list[str]
    """The names of what is counted besides rows."""
    label_table: str | None = None
    """The last table, if its rows only count the labels of records."""

    @property
    def schemas(self) -> dict[str, "pa.Schema"]:
        """The schema of each table that is part of the output."""
        return {plan.table.name: plan.schema for plan in self.tables if plan.table.name != self.label_table}


class Filter(FrozenValue):
    """A condition on records, evaluated before anything else of a record is decoded."""

    argument: str
    """The argument that requests it; `Export.filters` maps it to a column."""
    operation: str
    """The engine's operation: `one_of`, `versions` or `times`."""
    values: Mapping[str, Any]

    def shown(self, value: tuple[int, int]) -> str:
        """A value of the filter's column as text: an integer, a version or a time."""
        number, minor = value
        if self.operation == "times":
            return (datetime(1970, 1, 1) + timedelta(microseconds=number)).isoformat() + "Z"  # noqa: DTZ001 - in UTC
        return str(number) if self.operation == "one_of" or minor < 0 else f"{number}.{minor}"


_MOST_KNOWN = 64
"""Maximum number of compiled plans that a process keeps."""
_known: dict[Any, tuple[Export, CompiledPlan]] = {}


def compile_plan(
    export: Export,
    tables: Sequence[str],
    headers: Sequence[list[str]],
    columns: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    filters: Sequence[Filter] = (),
    labels: Mapping[str, Transform] | None = None,
    *,
    ids: bool = False,
    made: dict[Any, Any] | None = None,
) -> CompiledPlan:
    """Compile `export` for sources with these headers; `labels` are transforms that precede a table's own.

    `ids` if the run collects record ids. Plans with the same `made` are run in one pass, and share the state of their
    transforms.

    `columns` names the columns of the only table, or maps tables to their columns; then hidden columns may be named,
    and tables that are not in the mapping have all their columns. Plans are kept, so that a second call with equal
    arguments is quick.

    Raises:
        UsageError: a requested table or column does not exist.
    """
    labels = labels or {}
    by_table = dict(columns) if isinstance(columns, Mapping) else dict.fromkeys(tables, columns)
    key = (
        id(export),
        tuple(tables),
        tuple(map(tuple, headers)),
        isinstance(columns, Mapping),
        tuple((name, None if names is None else tuple(names)) for name, names in by_table.items()),
        repr(filters),
        ids,
        tuple((name, label.inputs, label.outputs) for name, label in labels.items()),
    )
    if key in _known:
        _, plan = _known[key]
    else:
        with _collector_paused():
            plan = _compile(
                export, tables, headers, by_table, filters, labels, hidden=isinstance(columns, Mapping), ids=ids
            )
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        if not export.is_temporary:
            # The export is kept with its plan: the id of an export that is gone may be used again.
            _known[key] = (export, plan)
    made = {} if made is None else made
    return plan.replaced(
        tables=[one.for_pass(labels.get(one.table.labels_of or one.table.name), made) for one in plan.tables]
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A pause of Python's garbage collector: a plan has thousands of objects without a cycle among them.

    Collecting after each 700 of them takes as long as making them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _compile(
    export: Export,
    tables: Sequence[str],
    names: Sequence[list[str]],
    by_table: Mapping[str, Sequence[str] | None],
    filters: Sequence[Filter],
    labels: Mapping[str, Transform],
    *,
    hidden: bool,
    ids: bool,
) -> CompiledPlan:
    headers = [Header(header, export.renamed) for header in names]
    templates = resolve_fields(export.derived, headers)
    distinct = [frozenset(header) for header in dict.fromkeys(map(tuple, names))]
    unknown = _unknown_columns(export, templates, distinct, headers)
    if strange := [name for name in by_table if name not in tables]:
        msg = f"columns of {strange[0]!r} are asked for, which is not among the tables: {', '.join(tables)}"
        raise UsageError(msg)
    chosen: list[TablePlan] = []
    for name in tables:
        table = export.table(name)
        present = tuple(column for column in table.columns if column.is_in(distinct))
        if table is export.record_table:
            present += tuple(
                Column(name, string, None if field == name else cell(field, export.nulls), export.nulls)
                for name, field in unknown.items()
            )
        chosen_names = by_table.get(name)
        available = (*present, *table.hidden) if hidden else present
        wanted = present if chosen_names is None else choose_columns(table, available, chosen_names)
        chosen.append(plan_table(table, wanted, labels.get(table.labels_of or name)))
    label_table = None if export.labels is None else export.labels.record
    if label_table is not None and label_table.name in labels:
        chosen.append(plan_table(label_table, label_table.columns, labels[label_table.name]))
    else:
        label_table = None
    cells = {export.record_table.name: _cells(export, chosen, unknown)}
    builder = ScopeBuilder(
        [plan.table.name for plan in chosen], [unknown[name] for names in cells.values() for name in names]
    )
    fields = builder.fields
    # The table with the most row paths decides the order of the loops that it shares. Its rows come in the order of its
    # declaration, whichever other tables are converted.
    for number, plan in sorted(enumerate(chosen), key=lambda item: -len([*item[1].table.rows])):
        own = plan.decoded[: len(plan.decoded) - len(cells.get(plan.table.name, ()))]
        builder.add_table(number, plan.table, [(column.name, column.expr) for column in own])
    for counter in export.counters:
        if set(counter.tables) & set(tables):
            builder.add_counter(counter)
    record = builder.record()
    derived = [[fields.number(name), template.spec(fields)] for name, template in templates.items() if name in fields]
    spec = {
        "tables": [
            _table_spec(plan, fields, cells.get(plan.table.name, []), export.nulls, internal=plan.table is label_table)
            for plan in chosen
        ],
        "filters": _filter_specs(export, filters, builder),
        "derived": derived,
        "record_id": builder.number(export.record_id) if ids and export.record_id else None,
        "absent_na": export.absent_na,
    }
    # After all that may number more of them.
    spec |= {"counters": builder.counters, "fields": [field.removeprefix(SURPLUS) for field in fields.names]}
    rest = json.dumps(spec, separators=(",", ":"), check_circular=False)
    text = f'{{"record":{record},{builder.numbered()},{rest[1:]}'
    # The only field of a JSON record has no name.
    indices = [[header.fields.get(field) if field else 0 for field in fields.names] for header in headers]
    least = [_least(export, header) for header in names]
    counting = None if label_table is None else label_table.name
    return CompiledPlan(text, indices, least, chosen, builder.counters, counting)


def filter_columns(export: Export, one: Filter) -> set[str]:
    """The CSV columns that a filter compares.

    Raises:
        UsageError: the kind has no column for it.
    """
    column = export.filters.get(one.argument)
    if column is None:
        msg = f"`{one.argument}` does not apply: {export.kind} has no column for it"
        raise UsageError(msg)
    if isinstance(column, tuple):
        return {column[0]}
    return {column} if isinstance(column, str) else set(column.columns)


def _filter_specs(export: Export, filters: Sequence[Filter], builder: ScopeBuilder) -> list[dict[str, Any]]:
    specs = []
    for one in filters:
        filter_columns(export, one)  # raises
        column = export.filters[one.argument]
        if isinstance(column, tuple):
            major, minor = (builder.fields.number(name) for name in column)
            specs.append({one.operation: {"field": major, "minor": minor, **one.values}})
        elif isinstance(column, str):
            specs.append({one.operation: {"field": builder.fields.number(column), **one.values}})
        else:
            specs.append({f"{one.operation}_of": {"expr": builder.number(column), **one.values}})
    return specs


def _cells(export: Export, chosen: Iterable[TablePlan], unknown: Mapping[str, str]) -> list[str]:
    """The unknown columns at the end of the record table, which the engine gets as a list: there may be thousands."""
    names = [column.name for plan in chosen if plan.table.name == export.record_table.name for column in plan.decoded]
    return list(itertools.takewhile(unknown.__contains__, reversed(names)))[::-1]


def _table_spec(
    plan: TablePlan, fields: FieldNumbers, cells: Sequence[str], nulls: tuple[str, ...], *, internal: bool
) -> dict[str, Any]:
    table = plan.table
    own = plan.decoded[: len(plan.decoded) - len(cells)]
    spec: dict[str, Any] = {"name": table.name, "columns": [[c.name, c.type.spec] for c in own]}
    if cells:
        spec["cells"] = {"names": cells, "first": 0, "nulls": nulls}
    if table.once_per is not None:
        spec["once_per"] = fields.number(table.once_per)
    if table.fragments is not None:
        places = {column.name: place for place, column in enumerate(plan.decoded)}
        text, numbers = table.fragments
        if text in places:
            spec["fragments"] = {"of": places[text], "into": [places.get(name) for name in numbers]}
    if internal:
        spec["internal"] = True
    return spec


def _unknown_columns(
    export: Export,
    templates: Mapping[str, JsonTemplate],
    distinct: Sequence[AbstractSet[str]],
    headers: Sequence[Header],
) -> dict[str, str]:
    """The columns that are not declared: output name to field, in order of appearance.

    A column without a name is called `column_<n>`, one whose name is taken `<name>_<n>`; n is its position from 1.
    """
    if export.json:
        return {}
    table = export.record_table
    exprs = [column.expr for column in table.columns]
    exprs += [expr for rows in table.rows for expr in rows.columns.values()]
    read = {name for expr in exprs for name in expr.columns} | templates.keys()
    read |= {name for template in templates.values() for name in template.read()}
    redundant = redundant_columns(export.redundant, headers)
    present = {c.name for c in table.columns if c.is_in(distinct)}
    optionals = {c.name for c in table.columns if c.optional}
    unknown: dict[str, str] = {}
    for header in headers:
        written = present - (optionals - header.first.keys())
        known = {header.fields[name] for name in read if name in header.fields}
        for index, name in enumerate(header.names):
            if index in known or name in redundant:
                continue
            is_plain = name and name not in written and "\0" not in name
            output = name if is_plain else output_name(name, index, written)
            written.add(output)
            field = unknown.setdefault(output, SURPLUS + output if output in read else output)
            header.fields[field] = index
    return unknown


def _least(export: Export, header: Sequence[str]) -> int | None:
    """The number of fields before the columns in which records may differ from the header; None if there are none."""
    if not export.ragged or not any(original in header for original in export.redundant.values()):
        return None
    redundant = redundant_columns(export.redundant, [Header(header)])
    least = len(header)
    while least and header[least - 1] in redundant:
        least -= 1
    return None if redundant.intersection(header[:least]) else least
