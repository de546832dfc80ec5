"""Which rows of a split are final, and which are finished when the parts are merged.

The rows of most tables depend on their record alone. These depend on the splits before, and are kept as the engine
gives them: rows of tables that keep the first of several elements, rows with numbers over all inputs, and rows that a
transform sees in order. Tables that are computed from others are made when all parts are there.
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from crowdarrow._core import WorkerPool
from crowdarrow.declare import Computation
from crowdarrow.declare.compile import CompiledPlan
from crowdarrow.read.computed import ComputedPlan
from crowdarrow.read.layouts import CompiledParts
from crowdarrow.read.opened import Opened
from crowdarrow.read.people import Renaming
from crowdarrow.splitting.reading import Split

NUMBER, INDEX = "record_number", "record_index"
"""The operations of columns with the number of the record over all inputs, and with its index in its own input."""


class Gathering:
    """Takes the rows from which tables are computed.

    Attributes:
        names: their tables.
        take: called with the rows that the same records have in them.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(names)
        self.take: Callable[[Mapping[str, pa.RecordBatch]], None] = lambda _: None

    def add(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Take the rows of the same records."""
        self.take(batches)

    def finish(self, workers: WorkerPool) -> Iterator[tuple[str, pa.Table]]:  # noqa: ARG002 - those of `Computation`
        """Nothing is computed yet."""
        yield from ()

    def counts(self) -> Mapping[str, int]:
        """No counts yet."""
        return {}

    def close(self) -> None:
        """Do nothing: there are no temporary files."""


class _GatheredPlan(ComputedPlan):
    """Computed tables whose rows are only gathered."""

    gathering: Gathering

    def start(self) -> Computation:
        """Start a pass."""
        return self.gathering

    def summary(self, counts: Mapping[str, int]) -> str:  # noqa: ARG002 - as in `ComputedPlan`
        """Nothing to say yet."""
        return ""

    @property
    def counts_beside(self) -> None:
        """Nothing is counted yet."""
        return


@dataclass(frozen=True)
class SplitPlan:
    """How a split is read and written.

    Attributes:
        compiled: its plan, of which some tables are not finished.
        schemas: the schema of each table of the output.
        computed: the tables that are computed when the parts are merged.
        once: the tables that keep the first of several elements with a key, each with the name of the count of elements
            that differ from it, if there is one.
        gathering: takes the rows from which tables are computed.
        renaming: how names of people are replaced in finished rows.
    """

    compiled: CompiledParts
    schemas: Mapping[str, pa.Schema]
    computed: frozenset[str]
    once: Mapping[str, str | None]
    gathering: Gathering
    renaming: Renaming | None

    @property
    def waiting(self) -> frozenset[str]:
        """The tables that are not finished."""
        return self.compiled.unfinished

    def renamed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A finished batch in its output form."""
        return batch if self.renaming is None else self.renaming.replace(batch)

    def keys_of(
        self, keys: Sequence[Sequence[tuple[pa.RecordBatch, pa.RecordBatch]]]
    ) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """The keys of each table in `once`, from those that a table set has."""
        names = [one.table.name for one in self.compiled.plans[0].tables]
        for table in self.once:
            found = [part[names.index(table)] for part in keys]
            yield _joined([kept for kept, _ in found]), _joined([counts for _, counts in found])


def plan_split(opened: Opened, tables: Sequence[str] | str | None, split: Split) -> SplitPlan:
    """The plan for some tables of a split.

    Raises:
        UsageError: a table or a column does not exist, or an option concerns none of the tables.
    """
    compiled = opened.compile(tables, is_only=len(split.shape.known) == 1)
    once = {name: counter for plan in compiled.plans for name, counter in _named(plan)}
    waiting = {
        one.table.name
        for plan in compiled.plans
        for one in plan.tables
        if one.steps()[1].transforms
        or (one.table.name in once and not split.is_first)
        or (one.columns_with(NUMBER) and (split.first or split.is_relative))
        or (one.columns_with(INDEX) and split.is_relative)
    }
    inner = frozenset() if compiled.computed is None else compiled.computed.input_names
    waiting &= set(compiled.schemas) - inner
    gathering = Gathering(sorted(inner))
    schemas = compiled.output_schemas
    plans = [
        plan.replaced(tables=[one.steps()[0] if one.table.name in waiting else one for one in plan.tables])
        for plan in compiled.plans
    ]
    computed = compiled.computed
    names: frozenset[str] = frozenset()
    if computed is not None:
        names = frozenset(computed.schemas)
        members = {one: getattr(computed, one) for one in computed.field_names}
        computed = _GatheredPlan(**members, gathering=gathering)
    found = compiled.replaced(plans=plans, unfinished=frozenset(waiting), computed=computed, renaming=None)
    return SplitPlan(found, schemas, names, once, gathering, compiled.renaming)


def distinct_values(compiled: CompiledParts) -> dict[str, pa.Array]:
    """The values of which the transforms count the distinct ones, by the name of the count."""
    found: dict[str, list[pa.Array]] = {}
    transforms = [one for plan in compiled.plans for table in plan.tables for one in table.transforms]
    if compiled.computed is not None and compiled.computed.beside is not None:
        transforms.append(compiled.computed.beside)
    for distinct in dict.fromkeys(one.distinct for one in transforms if one.distinct is not None):
        for name, values in distinct().items():
            found.setdefault(name, []).append(values)
    return {name: pa.concat_arrays(values).unique() for name, values in found.items()}


def _named(plan: CompiledPlan) -> Iterator[tuple[str, str | None]]:
    """The tables of a plan that keep the first of several elements, with the name of a count of the others."""
    for table, counter in _once_tables(plan.text):
        yield table, None if counter is None else plan.counters[counter]


@functools.lru_cache(maxsize=16)
def _once_tables(text: str) -> tuple[tuple[str, int | None], ...]:
    """The tables of a plan that keep the first of several elements, with the number of a count of the others."""
    spec = json.loads(text)
    names = [table["name"] for table in spec["tables"]]
    found: dict[str, int | None] = {table["name"]: None for table in spec["tables"] if "once_per" in table}
    for once in _members(spec["record"], "once"):
        found[names[once["table"]]] = once["counter"]
    return tuple(found.items())


def _members(value: Any, name: str) -> Iterator[Any]:
    """The members with a name, at any depth."""
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for one in value.values():
            yield from _members(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _members(one, name)


def _joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (found,) = pa.Table.from_batches(batches).combine_chunks().to_batches() or [batches[0]]
    return found
