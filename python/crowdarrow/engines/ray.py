"""Exports on Ray: `convert` writes files by tasks, `read` gives a Ray Dataset."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Unpack

try:
    import ray
    from ray.data import Dataset, Datasource, ReadTask, read_datasource
    from ray.data.block import BlockMetadata
    from ray.exceptions import RayTaskError
except ImportError as error:
    _msg = "crowdarrow.engines.ray needs Ray: pip install 'crowdarrow[ray]'"
    raise ImportError(_msg) from error

from crowdarrow.engines import common
from crowdarrow.errors import CrowdarrowError
from crowdarrow.options import has_options
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.reader import open as open_reader

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.report import Report
    from crowdarrow.splitting.cutting import Method
    from crowdarrow.splitting.plan import Plan
    from crowdarrow.splitting.reading import Split
    from crowdarrow.splitting.report import PartReport

_NAME = "crowdarrow.engines.ray"
_RETRIES = 3
"""How often a task is run again after its worker died."""


@has_options(common.ConvertKeywords, *common.OWNERS)
def convert(
    inputs: Inputs,
    output: str | os.PathLike[str],
    *,
    target_bytes: int = common.TARGET_BYTES,
    method: Method = "exact",
    index: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    **options: Unpack[common.ConvertKeywords],
) -> Report:
    """Convert an export by tasks of Ray, of one CPU each.

    Rows, rejects and the report are those of `crowdarrow.convert`. A task whose worker dies is run again, up to three
    times; an error of crowdarrow ends the run.

    Args:
        inputs: paths that all nodes can read.
        output: as for `crowdarrow.convert`, where all nodes can write.
        target_bytes: the size of a split: one task.
        method: `exact`, or `probe` to plan without reading the inputs.
        index: the index of a file that `crowdarrow index` wrote, or several.
        **options: see below.

    Raises:
        CrowdarrowError: as for `crowdarrow.convert`.
    """
    planning = {"target_bytes": target_bytes, "method": method, "index": index}
    return common.convert(_run, inputs, output, f"{_NAME}.convert", options, **planning)


@has_options(ReadKeywords, ReadOptions)
def read(
    inputs: Inputs,
    table: str | None = None,
    *,
    target_bytes: int = common.TARGET_BYTES,
    index: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    **options: Unpack[ReadKeywords],
) -> Dataset:
    """One table of an export as a Ray Dataset: a read task for each split, which gives its batches as blocks.

    Ray gives blocks in the order of the input only if its `DataContext` asks for it: see `docs/engines.md`.

    Args:
        inputs: paths that all nodes can read.
        table: the table. Default: the record table.
        target_bytes: the size of a split: one read task.
        index: the index of a file that `crowdarrow index` wrote, or several.
        **options: as for `crowdarrow.open`.

    Raises:
        CrowdarrowError: as for `crowdarrow.open`.
    """
    plan = common.plan_of(inputs, f"{_NAME}.read", options, target_bytes=target_bytes, index=index)
    common.check_readable(plan, table)
    return read_datasource(Crowdarrow(plan, table), override_num_blocks=len(plan.splits))


class Crowdarrow(Datasource):  # type: ignore[misc]  # Ray is not looked at by type checkers
    """The splits of a plan as a source of Ray Data."""

    def __init__(self, plan: Plan, table: str | None) -> None:
        super().__init__()
        self._plan, self._table = plan, table

    def estimate_inmemory_data_size(self) -> int:
        """The approximate size of all tables: that of the input."""
        return sum(split.bytes for split in self._plan.splits)

    def get_read_tasks(self, parallelism: int, per_task_row_limit: int | None = None, *_: Any, **__: Any) -> list[Any]:
        """A task for each split, however many Ray asks for."""
        del parallelism
        schema = self._plan.schema(self._table)
        return [
            ReadTask(
                functools.partial(_blocks, split, self._table, schema),
                BlockMetadata(num_rows=None, size_bytes=split.bytes, exec_stats=None, input_files=split.names),
                schema=schema,
                per_task_row_limit=per_task_row_limit,
            )
            for split in self._plan.splits
        ]


def _run(task: common.Task, splits: Sequence[Split]) -> Sequence[PartReport]:
    remote = ray.remote(num_cpus=1, max_retries=_RETRIES, retry_exceptions=False)(_convert)
    shared = ray.put(task)
    tasks = [remote.remote(shared, split) for split in splits]
    try:
        parts: list[PartReport] = ray.get(tasks)
    except BaseException as error:
        for one in tasks:
            ray.cancel(one, force=True)
        if isinstance(error, RayTaskError) and isinstance(error.cause, CrowdarrowError):
            raise error.cause from None
        raise
    return parts


def _convert(task: common.Task, split: Split) -> PartReport:
    return task(split)


def _blocks(split: Split, table: str | None, schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    rows = 0
    with open_reader(split, table) as reader:
        for batch in reader:
            rows += batch.num_rows
            yield pa.Table.from_batches([batch])
    if not rows:
        yield schema.empty_table()
