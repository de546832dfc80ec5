"""Finishes the rows of tables that depend on the splits before, in the order of the splits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare.table_plan import TablePlan
from crowdarrow.read.opened import Opened
from crowdarrow.splitting.finish import INDEX, NUMBER, SplitPlan, distinct_values, plan_split
from crowdarrow.splitting.folder import PartsFolder
from crowdarrow.splitting.reading import Split
from crowdarrow.splitting.report import PartReport

_Key = tuple[int | None, int]


class FinishedRows:
    """The rows of the tables of one kind, as one pass gives them.

    Each table is asked for split by split, in their order.

    Args:
        opened: the kind, as if all of its inputs were open.
        tables: the tables that were read.
        pairs: the splits with their parts.
        folder: the folder of the parts.

    Attributes:
        schemas: the schema of each table of the output.
        compiled: the plan of one pass.
    """

    def __init__(
        self,
        opened: Opened,
        tables: Sequence[str] | str | None,
        pairs: Sequence[tuple[Split, PartReport]],
        folder: PartsFolder,
    ) -> None:
        is_only = len(pairs[0][0].shape.known) == 1
        self.compiled = opened.compile(tables, is_only=is_only)
        self.schemas = self.compiled.output_schemas
        self._folder = folder
        self._plans: dict[tuple[bool, bool, bool], SplitPlan] = {}
        for split, _ in pairs:
            if split.place not in self._plans:
                self._plans[split.place] = plan_split(opened, tables, split)
        self._plan = next(iter(self._plans.values()))
        self._steps: list[dict[str, TablePlan]] = [
            {one.table.name: one.steps()[1] for one in plan.tables} for plan in self.compiled.plans
        ]
        self._before = before_each(pairs)
        self._seen: dict[str, dict[_Key, int]] = {}
        self._differing: dict[str, int] = {}

    @property
    def computed(self) -> frozenset[str]:
        """The tables that are computed from others."""
        return self._plan.computed

    @property
    def gathered(self) -> Sequence[str]:
        """The tables from which others are computed."""
        found = self.compiled.computed
        return [] if found is None else [table.name for table, _ in found.inputs]

    def renamed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A finished batch in its output form."""
        return self._plan.renamed(batch)

    def distinct(self) -> Mapping[str, pa.Array]:
        """The values of which the distinct ones were counted here."""
        return distinct_values(self.compiled)

    def differing(self) -> Mapping[str, int]:
        """Number of elements that differ from the first one with their key and that the parts have not counted."""
        return self._differing

    def is_final(self, split: Split, table: str) -> bool:
        """Whether the part of a table is final."""
        return table not in self._plans[split.place].waiting

    def final(self, split: Split, table: str) -> Iterator[pa.RecordBatch]:
        """The rows of a part that are final."""
        self.pass_over(split, table)
        yield from self._rows_of(split, table)

    def pass_over(self, split: Split, table: str) -> None:
        """Note what the splits after this one depend on."""
        if table in self._plan.once:
            self._kept(split, table)

    def finished(self, split: Split, table: str) -> Iterator[pa.RecordBatch]:
        """The rows of a part that is not final, finished."""
        kept = self._kept(split, table) if table in self._plan.once else None
        step = self._steps[split.inputs[0].part][table]
        at = 0
        for given in self._rows_of(split, table):
            batch = given
            if kept is not None:
                batch = given.filter(pa.array(kept[at : at + given.num_rows], pa.bool_()))
                at += given.num_rows
            if batch.num_rows:
                batch = self._numbered(split, step, step.finish([batch]))
                whole = self.compiled.conform(table, batch)
                if whole is not None:
                    yield self._plan.renamed(whole)

    def inputs_of_computed(self, split: Split, part: PartReport) -> Iterator[dict[str, pa.RecordBatch]]:
        """The rows of a part from which tables are computed, those of the same records together."""
        steps = self._steps[split.inputs[0].part]
        batches = {table: self._rows_of(split, table) for table in self.gathered}
        numbers = {table: iter(part.groups.get(table, ())) for table in self.gathered}
        due = {table: next(numbers[table], None) for table in self.gathered}
        while (group := min((one for one in due.values() if one is not None), default=None)) is not None:
            found = {}
            for table in self.gathered:
                if due[table] == group:
                    found[table] = self._numbered(split, steps[table], next(batches[table]))
                    due[table] = next(numbers[table], None)
            yield found

    def _rows_of(self, split: Split, table: str) -> Iterator[pa.RecordBatch]:
        return self._folder.rows(self._folder.table_name(split.kind, table, split, "rows"))

    def _numbered(self, split: Split, step: TablePlan, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with numbers of records over all inputs, and with indices of records in their own input."""
        before = self._before[split.number]
        for op, number in ((NUMBER, before.all_records), (INDEX, before.records)):
            for name in step.columns_with(op) if number else ():
                at = batch.schema.get_field_index(name)
                if at >= 0:
                    numbers = pc.add(batch.column(at), pa.scalar(number, batch.schema.field(at).type))
                    batch = batch.set_column(at, batch.schema.field(at), numbers)
        return batch

    def _kept(self, split: Split, table: str) -> list[bool]:
        """Whether each row of a part is of the first element with its key; notes the keys of the part."""
        seen = self._seen.setdefault(table, {})
        rows: list[bool] = []
        own: dict[_Key, int] = {}
        for record_key, key, content, count in self._keys(split, f"{table}.kept"):
            is_kept = key is None or (record_key, key) not in seen
            rows += [is_kept] * count
            if key is not None:
                own[record_key, key] = content
        for pair, content in own.items():
            seen.setdefault(pair, content)
        counter = self._plan.once[table]
        if counter is not None:
            more = 0
            for record_key, key, content, count in self._keys(split, f"{table}.counts"):
                pair = record_key, key
                more += count * ((content != seen[pair]) - (content != own[pair]))
            self._differing[counter] = self._differing.get(counter, 0) + more
        return rows

    def _keys(self, split: Split, what: str) -> Iterator[tuple[int | None, int, int, int]]:
        for batch in self._folder.rows(self._folder.state(split, f"{what}.arrow")):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


class Before(NamedTuple):
    """What is added to the numbers of a split to get those of all inputs and of its own input.

    Attributes:
        all_records: records of all inputs.
        records: records of its own input.
        lines: lines of its own input.
    """

    all_records: int
    records: int
    lines: int


def before_each(pairs: Sequence[tuple[Split, PartReport]]) -> dict[int, Before]:
    """What comes before each split, by its number."""
    found: dict[int, Before] = {}
    inputs = own = records = lines = first = 0
    for split, part in pairs:
        if split.first != first:
            inputs, own, records, lines, first = inputs + own, 0, 0, 0, split.first
        relative = Before(inputs + records, records, lines)
        found[split.number] = relative if split.is_relative else Before(inputs, 0, 0)
        own += part.records
        _, line, read, _ = part.ends[-1]
        records, lines = (records + read, lines + line - 1) if split.is_relative else (read, line - 1)
    return found
