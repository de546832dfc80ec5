"""Exports on Dask: `convert` writes files by tasks, `read` gives a Dask DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

try:
    import dask
    import dask.dataframe as dd
    import pandas as pd
except ImportError as error:
    _msg = "crowdarrow.engines.dask needs Dask: pip install 'crowdarrow[dask]'"
    raise ImportError(_msg) from error

from crowdarrow.engines import common
from crowdarrow.options import has_options
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.reader import open as open_reader

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pyarrow as pa

    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.report import Report
    from crowdarrow.splitting.cutting import Method
    from crowdarrow.splitting.reading import Split
    from crowdarrow.splitting.report import PartReport

_NAME = "crowdarrow.engines.dask"


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
    """Convert an export by tasks of Dask: on the cluster of the current `Client`, else by threads of this process.

    Rows, rejects and the report are those of `crowdarrow.convert`. A task whose worker dies is run again by Dask; an
    error of crowdarrow is raised once all tasks have ended.

    Args:
        inputs: paths that all workers can read.
        output: as for `crowdarrow.convert`, where all workers can write.
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
) -> dd.DataFrame:
    """One table of an export as a Dask DataFrame: a partition for each split, in the order of the input.

    Columns have the types of Arrow (`pandas.ArrowDtype`).

    Args:
        inputs: paths that all workers can read.
        table: the table. Default: the record table.
        target_bytes: the size of a split: one partition.
        index: the index of a file that `crowdarrow index` wrote, or several.
        **options: as for `crowdarrow.open`.

    Raises:
        CrowdarrowError: as for `crowdarrow.open`.
    """
    plan = common.plan_of(inputs, f"{_NAME}.read", options, target_bytes=target_bytes, index=index)
    common.check_readable(plan, table)
    meta = _frame(plan.schema(table).empty_table())
    return dd.from_map(_partition, plan.splits, table=table, meta=meta, label="crowdarrow", enforce_metadata=False)


def _run(task: common.Task, splits: Sequence[Split]) -> Sequence[PartReport]:
    delayed = dask.delayed(common.attempt, name="crowdarrow", pure=False)
    return common.parts_of(dask.compute(*(delayed(task, split) for split in splits), optimize_graph=False))


def _partition(split: Split, table: str | None) -> pd.DataFrame:
    with open_reader(split, table) as reader:
        return _frame(reader.to_table())


def _frame(table: pa.Table) -> Any:
    return table.to_pandas(types_mapper=pd.ArrowDtype)
