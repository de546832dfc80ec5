"""The columns of one table that a run decodes, the transforms that it applies, and the output columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crowdarrow.declare.tables import Column, Table, Transform
from crowdarrow.declare.types import StructType, json_text
from crowdarrow.errors import UsageError
from crowdarrow.frozen import Frozen
from crowdarrow.suggest import hint

if TYPE_CHECKING:
    import pyarrow as pa

    from crowdarrow._core import Batch


class TablePlan(Frozen):
    """How a run fills a table."""

    table: Table
    """With the output columns only."""
    decoded: tuple[Column, ...]
    """The columns that the engine decodes."""
    transforms: tuple[Transform, ...]
    label: Transform | None
    """The transform that adds labels; it is replaced in each pass."""
    schema: "pa.Schema"
    """The output schema."""
    is_first_step: bool = False
    """Whether its batches have all columns that a second step reads, instead of those of `schema`."""

    @property
    def decoded_schema(self) -> "pa.Schema":
        """The schema of the engine's batches."""
        import pyarrow as pa

        return pa.schema([(one.name, one.type.arrow) for one in self.decoded])

    @property
    def is_decoded(self) -> bool:
        """Whether its batches are returned as the engine decodes them."""
        return not self.transforms and (self.is_first_step or self.decoded == self.table.columns)

    def steps(self) -> "tuple[TablePlan, TablePlan]":
        """The plan in two steps: what each batch can do alone, and what depends on all rows in their order."""
        at = next((at for at, one in enumerate(self.transforms) if one.factory is not None), len(self.transforms))
        first = self.replaced(transforms=self.transforms[:at], is_first_step=True)
        return first, self.replaced(transforms=self.transforms[at:])

    def columns_with(self, op: str) -> list[str]:
        """The decoded columns that are an operation, such as the number of the record."""
        of_rows = {name for rows in self.table.rows for name, expr in rows.columns.items() if expr.op == op}
        return [one.name for one in self.decoded if one.name in of_rows or (one.source and one.source.op == op)]

    def for_pass(self, label: Transform | None, made: dict[Any, Any]) -> "TablePlan":
        """The plan for one pass over the input, with this pass's labels and functions."""
        own = made.setdefault(self.table.name, {})
        transforms = tuple(label if one is self.label and label else one.for_pass(own) for one in self.transforms)
        return self.replaced(transforms=transforms, label=label)

    def select(self, batch: "Batch") -> "Batch":
        """The output columns of one of the engine's batches, for a table without transforms."""
        if self.is_decoded:
            return batch
        positions = {column.name: at for at, column in enumerate(self.decoded)}
        return batch.select([positions[column.name] for column in self.table.columns])

    def finish(self, batches: "list[pa.RecordBatch]") -> "pa.RecordBatch":
        """Concatenate the engine's batches and apply the transforms."""
        import pyarrow as pa

        batch = batches[0]
        if len(batches) > 1:
            (batch,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
        if self.is_decoded:
            return batch
        # Columns that no transform reads are passed on as they are: there may be thousands.
        arrays: dict[str, pa.Array] = {}
        for transform in self.transforms:
            arrays |= {name: batch[name] for name in transform.inputs if name not in arrays}
            made = transform.run(arrays) if transform.run else {}
            arrays |= made
            for name, array in made.items():
                index = batch.schema.get_field_index(name)
                field = pa.field(name, array.type)
                batch = batch.append_column(field, array) if index < 0 else batch.set_column(index, field, array)
        names = self.schema.names
        return batch if self.is_first_step or batch.schema.names == names else batch.select(names)


def plan_table(table: Table, wanted: tuple[Column, ...], label: Transform | None) -> TablePlan:
    """The plan for the output columns `wanted`; `label` is a transform that precedes the table's own."""
    names = {column.name for column in wanted}
    used: list[Transform] = []
    for transform in reversed(table.transforms if label is None else (label, *table.transforms)):
        if names & set(transform.outputs):
            used.insert(0, transform)
            names |= set(transform.inputs)
    if table.fragments is not None and names & set(table.fragments[1]):
        names.add(table.fragments[0])
    residuals = _residual_columns(table)
    if names & residuals:
        # A residual depends on every other column, and on being evaluated after them.
        names |= {column.name for column in table.columns}
    present = {column.name for column in wanted}
    every = (*table.columns, *table.hidden)
    decoded = (*wanted, *(column for column in every if column.name in names - present))
    if names & residuals and wanted != table.columns:
        decoded = tuple(sorted(decoded, key=lambda column: column.name in residuals))
    return TablePlan(table.replaced(columns=wanted), decoded, tuple(used), label, table.schema(wanted))


def _residual_columns(table: Table) -> set[str]:
    """The columns that hold what no other column does."""
    texts = [column.name for column in (*table.columns, *table.hidden) if column.type is json_text]
    return {
        name
        for rows in table.rows
        for name in texts
        if (expr := rows.columns.get(name)) is not None and expr.has("residual")
    }


def choose_columns(table: Table, present: tuple[Column, ...], names: Sequence[str]) -> tuple[Column, ...]:
    """The columns called `names`, in that order; `name.child` chooses children of a struct.

    Raises:
        UsageError: there is no such column, or no name.
    """
    by_name = {column.name: column for column in present}
    wanted: dict[str, list[str] | None] = {}
    for name in names:
        parent, _, child = name.partition(".")
        if name in by_name:
            wanted[name] = None
        elif child and parent in by_name and isinstance(by_name[parent].type, StructType):
            kind = by_name[parent].type
            if not isinstance(kind, StructType) or child not in kind.names:
                known = list(getattr(kind, "names", []))
                msg = f"{table.name}.{parent} has no child {child!r}{hint(child, known)}; it has {', '.join(known)}"
                raise UsageError(msg)
            children = wanted.setdefault(parent, [])
            if children is not None and child not in children:
                children.append(child)
        else:
            msg = f"{table.name} has no column {name!r}{hint(name, by_name)}; its columns are {', '.join(by_name)}"
            raise UsageError(msg)
    if not wanted:
        msg = f"no column of {table.name} was asked for; its columns are {', '.join(by_name)}"
        raise UsageError(msg)
    return tuple(_with_children(by_name[name], children) for name, children in wanted.items())


def _with_children(column: Column, children: list[str] | None) -> Column:
    if children is None or not isinstance(column.type, StructType):
        return column
    # `extra` depends on every child, so the whole struct is decoded with it.
    return column if "extra" in children else column.replaced(type=column.type.only(children))
