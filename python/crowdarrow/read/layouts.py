"""The plans of inputs of one kind in several layouts, whose tables and columns are united."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from crowdarrow import exports
from crowdarrow.declare import Transform
from crowdarrow.declare.compile import CompiledPlan, Filter, compile_plan
from crowdarrow.errors import UsageError
from crowdarrow.frozen import Frozen
from crowdarrow.read.computed import ComputedPlan
from crowdarrow.read.people import Renaming
from crowdarrow.read.project import Part
from crowdarrow.suggest import hint

Columns = Sequence[str] | Mapping[str, Sequence[str]] | None


class CompiledParts(Frozen):
    """A plan for each part, and the schema of each table over all parts."""

    plans: list[CompiledPlan]
    schemas: dict[str, pa.Schema]
    computed: ComputedPlan | None = None
    """The tables that are computed from those of the plans."""
    renaming: Renaming | None = None
    """How names of people are replaced in finished batches."""
    unfinished: frozenset[str] = frozenset()
    """Tables whose batches are returned as the plans give them; another process finishes them."""
    is_united: bool = False
    """Whether the schemas also cover plans that are not among these."""

    @property
    def output_schemas(self) -> dict[str, pa.Schema]:
        """The schemas of the output batches."""
        if self.renaming is None:
            return self.schemas
        return {name: self.renaming.schema(schema) for name, schema in self.schemas.items()}

    def is_conform(self, table: str) -> bool:
        """Whether the batches of each part have the columns of all parts; False for a table that was not asked for."""
        # Comparing schemas of thousands of columns takes as long as reading the batch.
        return table in self.unfinished or (table in self.schemas and len(self.plans) == 1 and not self.is_united)

    def conform(self, table: str, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        """A batch of one part with the columns of all parts; None if the table was not asked for."""
        schema = self.schemas.get(table)
        if self.is_conform(table):
            return batch
        if schema is None or batch.schema.equals(schema):
            return None if schema is None else batch
        names = set(batch.schema.names)
        columns = [
            batch.column(one.name) if one.name in names else pa.nulls(batch.num_rows, one.type) for one in schema
        ]
        return pa.record_batch(columns, schema=schema)


def tables_of(parts: Sequence[Part]) -> list[str]:
    """The names of the tables of some parts, the record table first."""
    known = {table.name for part in parts for table in part.export.tables}
    return [name for name in exports.kinds()[parts[0].export.kind] if name in known]


def compile_parts(
    parts: Sequence[Part],
    tables: Sequence[str],
    columns: Columns,
    filters: Sequence[Filter],
    labels: Mapping[str, Transform] | None,
    *,
    ids: bool,
) -> CompiledParts:
    """Compile the tables of all parts.

    Raises:
        UsageError: no part has one of the tables or columns.
    """
    if len(parts) == 1:
        plan = compile_plan(parts[0].export, tables, parts[0].headers, columns, filters, labels, ids=ids)
        return CompiledParts([plan], plan.schemas)
    by_table = dict(columns) if isinstance(columns, Mapping) else dict.fromkeys(tables, columns)
    chosen = {name: tuple(names) for name, names in by_table.items() if names is not None}
    for name in set(tables) - set(tables_of(parts)):
        parts[0].export.table(name)  # raises
    # A part that has none of the tables is read too: its records are counted.
    names = [[name for name in tables if _has(part, name)] or [part.export.record_table.name] for part in parts]
    whole = [compile_plan(part.export, own, part.headers) for part, own in zip(parts, names, strict=True)]
    known = {
        name: _names(parts, [plan.schemas[name] for plan in whole if name in plan.schemas], name) for name in tables
    }
    bases = {name: [_base(known[name], one, name) for one in wanted] for name, wanted in chosen.items()}
    plans = []
    made: dict[Any, Any] = {}
    for part, own, plan in zip(parts, names, whole, strict=True):
        present = {name: set(_names([part], [plan.schemas[name]], name)) for name in own}
        own_columns = {
            name: [one for one, base in zip(chosen[name], bases[name], strict=True) if base in present[name]]
            or plan.schemas[name].names[:1]
            for name in own
            if name in chosen
        }
        plans.append(
            compile_plan(part.export, own, part.headers, own_columns or None, filters, labels, ids=ids, made=made)
        )
    return CompiledParts(plans, {name: _united(plans, name, bases.get(name)) for name in tables})


def _has(part: Part, table: str) -> bool:
    return any(one.name == table for one in part.export.tables)


def _names(parts: Sequence[Part], schemas: Sequence[pa.Schema], table: str) -> list[str]:
    """The columns of a table, hidden ones included, over some parts."""
    hidden = [c.name for part in parts if _has(part, table) for c in part.export.table(table).hidden]
    return list(dict.fromkeys([*(name for schema in schemas for name in schema.names), *hidden]))


def _base(known: Sequence[str], name: str, table: str) -> str:
    """The column that a name, or the name of a child, belongs to."""
    base = name if name in known else name.partition(".")[0]
    if base not in known:
        msg = f"{table} has no column {name!r}{hint(name, known)}; its columns are {', '.join(known)}"
        raise UsageError(msg)
    return base


def _united(plans: Sequence[CompiledPlan], table: str, wanted: Sequence[str] | None) -> pa.Schema:
    """The columns of a table over all parts: those asked for, or all in the order of their first appearance."""
    fields = {one.name: one for plan in plans if table in plan.schemas for one in plan.schemas[table]}
    return pa.schema([fields[name] for name in (fields if wanted is None else dict.fromkeys(wanted))])
