"""Which Parquet encodings pay, told from a sample of a table's first row group.

Measured with pyarrow 26 on two cores (AMD EPYC), 60,000 classifications, 115 MB of Arrow data in two row
groups, zstd level 1, one thread; `annotations` and `subject_data` are 75 % of the bytes:

====================================================  =======  ========
options                                               seconds  file, MB
====================================================  =======  ========
pyarrow's own (dictionary and statistics everywhere)  0.40     29.1
no dictionary                                         0.33     29.3
dictionary for short repeated columns                 0.315    28.6
the same, no statistics of JSON text                  0.29     28.5
the same, and `subject_data` (each value 15 times)    0.20     16.1
the same with the 1 MiB dictionary limit              0.32     28.5
level 3 instead of 1 (pyarrow's own options)          0.63     23.4
no compression                                        0.10     92.3
====================================================  =======  ========

Nothing came of other sizes of pages (64 KiB: +40 %, 4 MiB: +45 %), of write batches (64 to 8192), of more
rows per page, of version 2 data pages, or of DELTA_LENGTH_BYTE_ARRAY. zstd itself is two thirds of
what is left.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

_RUNS, _RUN_ROWS = 8, 512
# A dictionary pays where fewer than half of the values are distinct: the hashing costs less than the
# encoding saves.
_WORTH_IT = 0.5
# Of so few rows nothing can be told. Nor is there time to be won: pyarrow takes as long to load what counts values as
# to encode them all.
_FEW_ROWS = 256
# Text longer than this on average is JSON or prose: its minimum and maximum help no reader, and bloat the
# footer.
_LONG_TEXT = 128


@dataclass
class ColumnEncoding:
    """The leaves (dotted Parquet paths) of one top-level column that get a dictionary, or statistics."""

    dictionary: list[str] = field(default_factory=list)
    statistics: list[str] = field(default_factory=list)


def plan_encoding(batches: list[pa.RecordBatch], schema: pa.Schema) -> list[ColumnEncoding]:
    """One `ColumnEncoding` per top-level column; the same rows, however cut into batches, give the same."""
    table = pa.Table.from_batches(batches, schema)
    few = table.num_rows < _FEW_ROWS
    sample = _sample(table)
    plans = []
    for column in range(len(schema)):
        plan = ColumnEncoding()
        for path, values in _leaves(schema.field(column).name, sample.column(column).combine_chunks()):
            if not _is_long_text(values):
                plan.statistics.append(path)
            if not pa.types.is_boolean(values.type) and (few or _repeats(values, table.num_rows / sample.num_rows)):
                plan.dictionary.append(path)
        plans.append(plan)
    return plans


def _sample(table: pa.Table) -> pa.Table:
    """Runs of neighbouring rows, spread over the table: they show repetition both nearby and far apart."""
    if table.num_rows <= _RUNS * _RUN_ROWS:
        return table
    step = (table.num_rows - _RUN_ROWS) // (_RUNS - 1)
    return pa.concat_tables([table.slice(run * step, _RUN_ROWS) for run in range(_RUNS)])


def _leaves(path: str, array: pa.Array | pa.ChunkedArray) -> Iterator[tuple[str, pa.Array]]:
    """The leaf arrays of a column by their Parquet path, in Parquet's order."""
    if isinstance(array, pa.ChunkedArray):  # combine_chunks gives one where there is no chunk at all
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0, array.type)
    if pa.types.is_struct(array.type):
        for child, values in zip(array.type, array.flatten(), strict=True):
            yield from _leaves(f"{path}.{child.name}", values)
    elif pa.types.is_list(array.type):
        yield from _leaves(f"{path}.list.element", _items(array))
    else:
        yield path, array


def _items(array: pa.ListArray) -> pa.Array:
    """The items of all lists. Unlike pyarrow's `flatten` it needs no `pyarrow.compute`, which is slow to load."""
    if len(array) == 0:
        return array.values.slice(0, 0)
    start, end = (array.offsets[place].as_py() for place in (0, len(array)))
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
    """Whether fewer than half of the values of a column `scale` times as long as its sample are distinct.

    Of numbers and times those that stand one behind the other count once: the rows of one record repeat its id and
    its time, and zstd has those for less than a dictionary, whose entries each stand for one record then. Measured on
    the tidy tables of 200 MB: answers, marks and annotations 24, 6 and 5 % smaller, and 13, 6 and 6 % faster.
    A sample of n values from D equally likely ones has about D * (1 - exp(-n / D)) distinct ones; this is
    solved for D, then applied to the whole column. Where there is nothing to go by, Parquet's own fallback
    from a dictionary to plain values keeps the price of a wrong yes low.
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
    return bool(-low * math.expm1(-n * scale / low) < _WORTH_IT * n * scale)
