"""Pages of Parquet files: values, nulls and lists of each depth come back in three readers, with true statistics."""

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.sink_files import write

_POINT = pa.struct([("x", pa.float64()), ("name", pa.string()), ("flags", pa.list_(pa.bool_()))])
_SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        ("count", pa.int32()),
        ("time", pa.timestamp("us", "UTC")),
        ("kind", pa.string()),
        ("is_new", pa.bool_()),
        ("size", pa.float64()),
        ("empty", pa.string()),
        ("numbers", pa.list_(pa.int64())),
        ("paths", pa.list_(pa.list_(_POINT))),
        (
            "inner",
            pa.struct([("deep", pa.struct([("a", pa.int32()), ("b", pa.string())])), ("list", pa.list_(_POINT))]),
        ),
    ]
)


def _rows(seed: int, count: int) -> Iterator[dict[str, Any]]:
    pick = random.Random(seed)  # noqa: S311 - repeatable

    def maybe(value: Any) -> Any:
        return None if pick.random() < 0.3 else value

    def items(make: Any) -> Any:
        return maybe([make() for _ in range(pick.choice([0, 0, 1, 2, 5]))])

    def point() -> Any:
        name, flags = maybe(f"point {pick.randrange(30)}"), items(lambda: maybe(pick.random() < 0.5))
        return maybe({"x": maybe(pick.choice([-0.0, 0.0, 1.5, pick.random()])), "name": name, "flags": flags})

    for row in range(count):
        deep = maybe({"a": maybe(pick.randrange(-9, 9)), "b": maybe("ü" * pick.randrange(4))})
        yield {
            "id": row // 3,
            "count": maybe(pick.randrange(-(2**31), 2**31)),
            "time": maybe(row // 7 * 10**9),
            "kind": None if row % 5000 < 1000 else f"kind {pick.randrange(300)}",
            "is_new": maybe(pick.random() < 0.9),
            "size": maybe(pick.choice([1.5, -2.25, pick.random()])),
            "empty": None,
            "numbers": items(lambda: maybe(pick.randrange(-(2**63), 2**63))),
            "paths": items(lambda: items(point)),
            "inner": maybe({"deep": deep, "list": items(point)}),
        }


@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_nested_values_come_back_in_every_reader(tmp_path: Path, compression: str) -> None:
    whole = pa.RecordBatch.from_pylist(list(_rows(7, 4000)), _SCHEMA)
    # Batches that begin within the bits and the buffers of their arrays.
    parts = [whole.slice(start, 613) for start in range(0, 4000, 613)]
    path = write(tmp_path / "a.parquet", parts, _SCHEMA, row_group_size=1500, compression=compression)
    expected = pa.table(whole)
    assert pq.read_table(path).equals(expected)
    assert pl.read_parquet(path).to_dicts() == expected.to_pylist()
    found = duckdb.read_parquet(str(path)).project("* replace (epoch_us(time) as time)").to_arrow_table()
    times = expected["time"].cast(pa.int64())
    assert found.to_pylist() == expected.set_column(2, "time", times).to_pylist()


def test_columns_longer_than_a_page_come_back(tmp_path: Path) -> None:
    rows = 140_000
    columns = {
        "run": pa.array([row // 9 for row in range(rows)], pa.int64()),
        "few": pa.array([None if row % 3 == 0 else f"value {row * 7 % 11}" for row in range(rows)]),
        "many": pa.array([f"value {row * 7 % 20_011}" for row in range(rows)]),
        "all null": pa.nulls(rows, pa.float64()),
        "flag": pa.array([row % 7 < 3 for row in range(rows)]),
        "list": pa.array([[row % 5] * (row % 4) if row % 6 else None for row in range(rows)], pa.list_(pa.int32())),
    }
    batch = pa.record_batch(columns)
    path = write(tmp_path / "a.parquet", [batch], batch.schema)
    assert pq.read_table(path).equals(pa.table(batch))
    assert pl.read_parquet(path).equals(pl.DataFrame(batch))
    assert duckdb.read_parquet(str(path)).to_arrow_table().cast(batch.schema).equals(pa.table(batch))


def test_dictionary_that_grows_too_large_is_followed_by_plain_values(tmp_path: Path) -> None:
    texts = [f"{row % 2200}:" + "ab" * 2000 for row in range(5000)]
    batch = pa.record_batch({"text": texts})
    path = write(tmp_path / "a.parquet", [batch.slice(start, 500) for start in range(0, 5000, 500)], batch.schema)
    chunk = pq.read_metadata(path).row_group(0).column(0)
    assert chunk.has_dictionary_page
    assert {"PLAIN", "RLE_DICTIONARY"} <= set(chunk.encodings)
    for found in (
        pq.read_table(path),
        pl.read_parquet(path).to_arrow(),
        duckdb.read_parquet(str(path)).to_arrow_table(),
    ):
        assert found["text"].to_pylist() == texts


def test_statistics_are_of_the_values_that_are_there(tmp_path: Path) -> None:
    batch = pa.record_batch(
        {
            "plain": pa.array([3, None, -5, 4, None], pa.int32()),
            "repeated": pa.array(["b", "a", None, "b", "ä"]),
            "flag": pa.array([True, None, True, True, True]),
            "null": pa.nulls(5, pa.int64()),
            "list": pa.array([[1, 2], [], None, [None, -7], [2]], pa.list_(pa.int64())),
            "float": pa.array([math.nan, 1.0, -0.0, None, -3.5]),
            "nan": pa.array([math.nan] * 5),
        }
    )
    path = write(tmp_path / "a.parquet", [batch], batch.schema)
    group = pq.read_metadata(path).row_group(0)
    found = {}
    for number in range(group.num_columns):
        column = group.column(number)
        statistics = column.statistics
        bounds = (statistics.min, statistics.max) if statistics.has_min_max else None
        found[column.path_in_schema.split(".")[0]] = (bounds, statistics.null_count, column.num_values)
    assert found["plain"] == ((-5, 4), 2, 5)
    assert found["repeated"] == (("a", "ä"), 1, 5)
    assert found["flag"] == ((True, True), 1, 5)
    assert found["null"] == (None, 5, 5)
    assert found["list"] == ((-7, 2), 3, 7)
    query = f"select path_in_schema, stats_min_value, stats_max_value from parquet_metadata('{path}')"
    seen = {name: (low, high) for name, low, high in duckdb.execute(query).fetchall()}
    assert seen["float"] == ("-3.5", "1.0")
    # Readers leave out parts of a file by these bounds.
    assert duckdb.execute(f"select count(*) from '{path}' where float = -3.5").fetchall() == [(1,)]
    assert pl.scan_parquet(path).filter(pl.col("plain") == -5).collect().height == 1
    assert pl.read_parquet(path)["float"].to_list()[1:] == [1.0, -0.0, None, -3.5]
