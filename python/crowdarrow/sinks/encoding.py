"""Which columns of a Parquet file get a dictionary or statistics, planned from a sample of the first rows."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

_RUNS, _RUN_ROWS = 8, 512
# A dictionary pays if fewer than this share of the values are distinct: hashing then costs less than encoding saves.
_MAX_DISTINCT = 0.5
# Below this number of rows a sample says little, and loading `pyarrow.compute` takes as long as encoding the rows.
_FEW_ROWS = 256
# Text that is longer on average is JSON or prose: its minimum and maximum help no reader and enlarge the footer.
_LONG_TEXT = 128


@dataclass
class EncodingPlan:
    """Dotted Parquet paths of the columns with a dictionary, and of the columns with statistics."""

    dictionary: list[str] = field(default_factory=list)
    statistics: list[str] = field(default_factory=list)


def plan_encoding(batches: list[pa.RecordBatch], schema: pa.Schema) -> EncodingPlan:
    """Plan from the rows of a row group. How the rows are cut into batches does not change the plan."""
    table = pa.Table.from_batches(batches, schema)
    few = table.num_rows < _FEW_ROWS
    sample = _sample(table)
    plan = EncodingPlan()
    for name, column in zip(schema.names, sample.columns, strict=True):
        for path, values in _leaves(name, column.combine_chunks()):
            if not _is_long_text(values):
                plan.statistics.append(path)
            if not pa.types.is_boolean(values.type) and (few or _repeats(values, table.num_rows / sample.num_rows)):
                plan.dictionary.append(path)
    return plan


def _sample(table: pa.Table) -> pa.Table:
    """Runs of adjacent rows, spread over the table: they show repetition of adjacent and of distant rows."""
    if table.num_rows <= _RUNS * _RUN_ROWS:
        return table
    step = (table.num_rows - _RUN_ROWS) // (_RUNS - 1)
    return pa.concat_tables([table.slice(run * step, _RUN_ROWS) for run in range(_RUNS)])


def _leaves(path: str, array: pa.Array | pa.ChunkedArray) -> Iterator[tuple[str, pa.Array]]:
    """Leaf arrays of a column with their Parquet paths, in the order of the Parquet schema."""
    if isinstance(array, pa.ChunkedArray):  # `combine_chunks` returns one if there are no chunks
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0, array.type)
    if pa.types.is_struct(array.type):
        for child, values in zip(array.type, array.flatten(), strict=True):
            yield from _leaves(f"{path}.{child.name}", values)
    elif pa.types.is_list(array.type):
        yield from _leaves(f"{path}.list.element", _items(array))
    else:
        yield path, array


def _items(array: pa.ListArray) -> pa.Array:
    """Items of all lists, without `ListArray.flatten`, which loads `pyarrow.compute`."""
    if len(array) == 0:
        return array.values.slice(0, 0)
    start, end = (array.offsets[index].as_py() for index in (0, len(array)))
    return array.values.slice(start, end - start)


def _is_long_text(values: pa.Array) -> bool:
    if not pa.types.is_string(values.type):
        return False
    filled = len(values) - values.null_count
    if not filled:
        return False
    offsets = memoryview(values.buffers()[1]).cast("i")
    return bool(offsets[values.offset + len(values)] - offsets[values.offset] > _LONG_TEXT * filled)


def _repeats(sample: pa.Array, scale: float) -> bool:
    """Whether fewer than half of the values are distinct in a column that is `scale` times as long as its sample.

    A run of equal numbers or times counts once. The rows of one record repeat its id and its time, which zstd
    compresses better than a dictionary with one entry per record: tables with several rows per record are 5 to 24 %
    smaller. A sample of n of D equally likely values has about D * (1 - exp(-n / D)) distinct values. The code solves
    this for D, then applies it to the whole column. If nothing is known, the answer is yes, because the writer falls
    back from a dictionary that grows too large.
    """
    if sample.null_count == len(sample):
        return True
    import pyarrow.compute as pc

    sample = sample.drop_null()
    if not pa.types.is_string(sample.type):
        sample = pc.run_end_encode(sample).values
    n = len(sample)
    distinct = pc.count_distinct(sample, mode="only_valid").as_py()
    if distinct == n:
        return False
    low, high = float(distinct), 1e12
    for _ in range(100):
        middle = math.sqrt(low * high)
        if middle * -math.expm1(-n / middle) < distinct:
            low = middle
        else:
            high = middle
    return bool(-low * math.expm1(-n * scale / low) < _MAX_DISTINCT * n * scale)
