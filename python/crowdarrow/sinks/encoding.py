"""Which columns of a Parquet file get a dictionary or statistics, planned from a sample of the first rows."""

from typing import NamedTuple

import pyarrow as pa

from crowdarrow import _core


class EncodingPlan(NamedTuple):
    """Dotted Parquet paths of the columns with a dictionary, and of the columns with statistics."""

    dictionary: list[str]
    statistics: list[str]


def plan_encoding(batches: list[pa.RecordBatch | _core.Batch], schema: pa.Schema) -> EncodingPlan:
    """Plan from the rows of a row group (`rust/core/src/parquet_plan.rs`)."""
    return EncodingPlan(*_core.plan_encoding(batches, schema))
