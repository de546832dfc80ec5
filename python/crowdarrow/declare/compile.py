"""A declaration and what was asked of it, compiled to the engine's plan."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crowdarrow.declare import Column, Export, Fields, Step, StructType, Table, cell, string
from crowdarrow.declare.scopes import scope_of
from crowdarrow.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Filling:
    """How a table is filled: what the engine decodes, the steps after it, and what comes out."""

    table: Table
    """With the columns that come out."""
    decoded: tuple[Column, ...]
    steps: tuple[Step, ...]
    schema: "pa.Schema"

    def finish(self, batches: "list[pa.RecordBatch]") -> "pa.RecordBatch":
        """The engine's batches as one, with the steps done."""
        import pyarrow as pa

        batch = batches[0]
        if len(batches) > 1:
            (batch,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
        if not self.steps and self.decoded == self.table.columns:
            return batch
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
        for step in self.steps:
            arrays |= step.run(arrays) if step.run else {}
        return pa.record_batch([arrays[name] for name in self.schema.names], schema=self.schema)


@dataclass(frozen=True)
class Compiled:
    """What a run needs: the engine's plan, each source's columns for it, and the tables it fills."""

    text: str
    columns: list[list[int | None]]
    """For each source, the place in its header of each field of the plan."""
    tables: list[Filling]
    notes: list[str]
    """The names of what is counted besides rows."""

    @property
    def schemas(self) -> dict[str, "pa.Schema"]:
        """The schema of each table."""
        return {filling.table.name: filling.schema for filling in self.tables}


@dataclass(frozen=True)
class Filters:
    """Conditions on records, pushed into the parse: what is left out is not decoded further."""

    workflow_ids: tuple[int, ...] | None = None
    versions: tuple[tuple[int, int | None] | None, tuple[int, int | None] | None] | None = None
    since: int | None = None
    """Microseconds of the epoch, the first that belongs to the range."""
    until: int | None = None
    """Microseconds of the epoch, the first that no longer does."""

    def spec(self, export: Export, fields: Fields) -> list[dict[str, Any]]:
        """The engine's form of them."""
        known = {column for table in export.tables for c in table.columns for column in c.expr.columns}
        specs: list[dict[str, Any]] = []

        def add(option: str, column: str, name: str, arguments: dict[str, Any]) -> None:
            if column not in known:
                msg = f"{option} needs a column {column}, which {export.kind} does not have"
                raise UsageError(msg)
            specs.append({name: {"field": fields.number(column), **arguments}})

        if self.workflow_ids is not None:
            add("`workflow_id`", "workflow_id", "one_of", {"values": list(self.workflow_ids)})
        if self.versions is not None:
            low, high = self.versions
            add("`workflow_version`", "workflow_version", "versions", {"from": low, "to": high})
        if self.since is not None or self.until is not None:
            option = "`since`" if self.since is not None else "`until`"
            add(option, "created_at", "times", {"from": self.since, "until": self.until})
        return specs


def compile_plan(
    export: Export,
    tables: Sequence[str],
    headers: Sequence[list[str]],
    columns: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    filters: Filters | None = None,
    labels: Mapping[str, Step] | None = None,
) -> Compiled:
    """Compile `export` for sources with these headers; `labels` are steps that go before a table's own.

    `columns` are those of the only table, or by table, where hidden ones may be named too and a table that isn't
    named has all of its own.

    Raises:
        UsageError: a table or column is asked for that there is not.
    """
    fields = Fields()
    unknown = _unknown_columns(export, headers)
    chosen: list[Filling] = []
    by_table = columns if isinstance(columns, Mapping) else dict.fromkeys(tables, columns)
    if strange := [name for name in by_table if name not in tables]:
        msg = f"columns of {strange[0]!r} are asked for, which is not among the tables: {', '.join(tables)}"
        raise UsageError(msg)
    for name in tables:
        table = export.table(name)
        if table is None:
            known = ", ".join(table.name for table in export.tables)
            msg = f"{export.kind} has no table {name!r}; its tables are {known}"
            raise UsageError(msg)
        present = tuple(
            c for c in table.columns if not c.optional or any(set(c.expr.columns) & set(h) for h in headers)
        )
        if table is export.record_table:
            present += tuple(Column(name, string, cell(name, export.nulls)) for name in unknown)
        names = by_table.get(name)
        there = (*present, *table.hidden) if isinstance(columns, Mapping) else present
        wanted = present if names is None else _choose(table, there, names)
        label = (labels or {}).get(name)
        chosen.append(_filling(table, wanted, table.steps if label is None else (label, *table.steps)))
    notes: list[str] = []
    record = scope_of(export, chosen, fields, notes)
    derived = [
        [fields.number(name), tree.spec(fields)] for name, tree in export.derived.items() if name in fields.names
    ]
    spec = {
        "tables": [_table_spec(filling, fields) for filling in chosen],
        "record": record,
        "filters": (filters or Filters()).spec(export, fields),
        "notes": notes,
        "derived": derived,
    }
    spec["fields"] = fields.names
    places = [_places(fields.names, header, unknown, place) for place, header in enumerate(headers)]
    return Compiled(json.dumps(spec), places, chosen, notes)


def _filling(table: Table, wanted: tuple[Column, ...], steps: tuple[Step, ...]) -> Filling:
    names = {column.name for column in wanted}
    used: list[Step] = []
    for step in reversed(steps):
        if names & set(step.fills):
            used.insert(0, step.started())
            names |= set(step.needs)
    rests = _rests(table)
    if names & rests:
        # What is left for `extra` depends on every other column, and on its coming after them.
        names |= {column.name for column in table.columns}
    there = {column.name for column in wanted}
    whole = (*table.columns, *table.hidden)
    decoded = (*wanted, *(column for column in whole if column.name in names - there))
    if names & rests and wanted != table.columns:
        decoded = tuple(sorted(decoded, key=lambda column: column.name in rests))
    return Filling(replace(table, columns=wanted), decoded, tuple(used), table.schema(wanted))


def _rests(table: Table) -> set[str]:
    """The columns that hold what no other column does."""
    given = (pair for rows in table.rows for pair in rows.columns.items())
    return {name for name, expr in given if expr.has("rest")}


def _table_spec(filling: Filling, fields: Fields) -> dict[str, Any]:
    table = filling.table
    spec: dict[str, Any] = {"name": table.name, "columns": [[c.name, c.type.spec] for c in filling.decoded]}
    if table.once_per is not None:
        spec["once_per"] = fields.number(table.once_per)
    return spec


def _unknown_columns(export: Export, headers: Sequence[list[str]]) -> dict[str, list[int | None]]:
    """The columns that are not declared: output name to the place in each header, in order of appearance.

    A column without a name is `column_<n>`; one whose name is written already is `<name>_<n>`, n its place from 1.
    """
    if export.json:
        return {}
    table = export.record_table
    exprs = [column.expr for column in table.columns]
    exprs += [expr for rows in table.rows for expr in rows.columns.values()]
    read = {name for expr in exprs for name in expr.columns}
    read |= {name for tree in export.derived.values() for name in tree.read()} | export.passed_over
    unknown: dict[str, list[int | None]] = {}
    for number, header in enumerate(headers):
        optional = {c.name for c in table.columns if c.optional and c.name not in header}
        written = {column.name for column in table.columns} - optional
        first: set[str] = set()
        for place, name in enumerate(header):
            if name in read and name not in first:
                first.add(name)
                continue
            # Arrow's C interface ends a name at a NUL byte.
            output = name.replace("\0", "\\0") or f"column_{place + 1}"
            if output in written:
                output = f"{output}_{place + 1}"
            while output in written:
                output += "_"
            written.add(output)
            unknown.setdefault(output, [None] * len(headers))[number] = place
    return unknown


def _places(
    names: Sequence[str], header: list[str], unknown: dict[str, list[int | None]], source: int
) -> list[int | None]:
    return [unknown[n][source] if n in unknown else header.index(n) if n in header else None for n in names]


def _choose(table: Table, present: tuple[Column, ...], names: Sequence[str]) -> tuple[Column, ...]:
    """The columns asked for, in the order asked; of a struct `name.child` chooses children."""
    by_name = {column.name: column for column in present}
    wanted: dict[str, list[str] | None] = {}
    for name in names:
        parent, _, child = name.partition(".")
        if name in by_name:
            wanted[name] = None
        elif child and parent in by_name and isinstance(by_name[parent].type, StructType):
            kind = by_name[parent].type
            if not isinstance(kind, StructType) or child not in kind.names:
                msg = f"{table.name}.{parent} has no child {child!r}; it has {', '.join(getattr(kind, 'names', []))}"
                raise UsageError(msg)
            children = wanted.setdefault(parent, [])
            if children is not None and child not in children:
                children.append(child)
        else:
            msg = f"{table.name} has no column {name!r}; its columns are {', '.join(by_name)}"
            raise UsageError(msg)
    if not wanted:
        msg = f"no column of {table.name} was asked for; its columns are {', '.join(by_name)}"
        raise UsageError(msg)
    return tuple(_with_children(by_name[name], children) for name, children in wanted.items())


def _with_children(column: Column, children: list[str] | None) -> Column:
    if children is None or not isinstance(column.type, StructType):
        return column
    # What goes to `extra` depends on every child, so that with it the whole struct is decoded.
    return column if "extra" in children else replace(column, type=column.type.only(children))
