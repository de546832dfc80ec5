"""Tables that are computed from others of the same pass, on request."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from crowdarrow._core import WorkerPool
from crowdarrow.ahead import CallThread
from crowdarrow.declare import Computation, Computed, Export, Table, Transform
from crowdarrow.declare.table_plan import choose_columns
from crowdarrow.errors import UsageError
from crowdarrow.frozen import Frozen
from crowdarrow.read.options import OF_COMPUTED, ReadOptions

_BATCH_ROWS = 1 << 16


class ComputedPlan(Frozen):
    """The computed tables of a run.

    Attributes:
        schemas: their schemas, by name.
        inputs: the tables that they are computed from, with the columns that are read.
    """

    schemas: dict[str, pa.Schema]
    inputs: Sequence[tuple[Table, Sequence[str]]]
    _declared: Computed
    _arguments: Mapping[str, Any]

    @property
    def input_names(self) -> frozenset[str]:
        """The names of the tables that they are computed from."""
        return frozenset(table.name for table, _ in self.inputs)

    def start(self) -> Computation:
        """Start a pass."""
        own = self._declared
        return own.start(list(self.schemas), self._arguments, [] if own.transform else [one.name for one in own.beside])

    def summary(self, counts: Mapping[str, int]) -> str:
        """A line of the summary."""
        return self._declared.summary(counts)

    @property
    def beside(self) -> Transform | None:
        """The transform of the columns beside."""
        return self._declared.transform

    @property
    def counts_beside(self) -> Callable[[], Mapping[str, int]] | None:
        """Counts what the transform of the columns beside does."""
        transform = self._declared.transform
        return None if transform is None else transform.counts

    def finish(self, computation: Computation, workers: WorkerPool) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The batches of the computed tables, with their columns."""
        transform = self._declared.transform
        for name, rows in computation.finish(workers):
            schema = self.schemas[name]
            for batch in rows.combine_chunks().to_batches(max_chunksize=_BATCH_ROWS):
                arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
                if transform is not None and transform.run and set(transform.outputs) & set(schema.names):
                    arrays |= transform.run(arrays)
                yield name, pa.record_batch([arrays[field.name] for field in schema], schema=schema)


class Feed:
    """Gives batches to a computation, in their order, while those that follow are decoded.

    Args:
        plan: the computed tables.
        workers: the threads of the run, on one of which the computation takes its batches.
    """

    def __init__(self, plan: ComputedPlan, workers: WorkerPool) -> None:
        self._plan, self._workers = plan, workers
        self._started: list[Computation] = []
        self._thread: CallThread[None] = CallThread()
        # What a computation needs is loaded while the first records are read.
        self._thread.send(self._start)

    def add(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Give batches to the computation once it has taken the previous ones; raises the error of those."""
        self._thread.finish()
        self._thread.send(self._add, batches)

    def computation(self) -> Computation:
        """The computation, once it has taken all batches; raises its error."""
        self._thread.finish()
        return self._started[0]

    def close(self) -> None:
        """Close the computation, after it has taken the last batches."""
        self._thread.close()
        for one in self._started:
            one.close()

    def _start(self) -> None:
        self._started.append(self._plan.start())

    def _add(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        self._workers.map(self._started[0].add, [batches])


def plan_computed(
    export: Export, tables: Sequence[str], columns: Mapping[str, Sequence[str]], options: ReadOptions
) -> ComputedPlan | None:
    """The plan for those of `tables` that are computed; None if there are none.

    Raises:
        UsageError: there is no such column.
    """
    declared = export.computed
    found = {name: table for name in tables if declared and (table := declared.table(name))}
    if declared is None or not found:
        return None
    schemas = {
        name: table.schema(choose_columns(table, table.columns, columns[name]) if name in columns else None)
        for name, table in found.items()
    }
    arguments = {name: given for name in declared.arguments if (given := getattr(options, name)) is not None}
    inputs = declared.inputs(list(found), () if declared.transform else declared.beside)
    return ComputedPlan(schemas, inputs, declared, arguments)


def check_arguments(exports: Sequence[Export], tables: Sequence[str], options: ReadOptions) -> None:
    """Check that options of computed tables are given only with one of these.

    Raises:
        UsageError: none of them is among the tables.
    """
    declared = [export.computed for export in exports if export.computed]
    if any(one.table(name) for one in declared for name in tables):
        return
    for name in OF_COMPUTED:
        if getattr(options, name) not in {None, False}:
            if not declared:
                msg = f"`{name}` does not apply: {exports[0].kind} has no table that it concerns"
                raise UsageError(msg)
            known = ", ".join(dict.fromkeys(table.name for one in declared for table in one.tables))
            msg = f"`{name}` applies to the tables {known}, and none of them was asked for"
            raise UsageError(msg)
