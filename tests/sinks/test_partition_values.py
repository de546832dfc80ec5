"""Values that name folders: each has its own, and every row is counted into the part that holds it."""

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdarrow.errors import InternalError, OutputError
from crowdarrow.sinks.partition import _BufferedFile, _Partition
from support.sink_files import write

NULL = "__HIVE_DEFAULT_PARTITION__"
VALUES = [None, NULL, NULL.lower(), f"%5F{NULL[1:]}", "", "a", "A/b", "a%2Fb", "null", "é", ".", " "]


def parts(values: list[str | None], times: int = 50) -> list[pa.RecordBatch]:
    return [pa.record_batch({"name": pa.array(values, pa.string()), "n": range(len(values))}) for _ in range(times)]


def rows_of(root: Path) -> dict[str, int]:
    return {found.parent.name: pq.read_metadata(found).num_rows for found in root.rglob("*.parquet")}


def test_each_value_has_its_own_folder_that_decodes_to_it(tmp_path: Path) -> None:
    root = write(tmp_path / "p.parquet", parts(VALUES), parts(VALUES)[0].schema, partition_by=("name",))
    found = rows_of(root)
    assert set(found.values()) == {50}
    assert found.pop(f"name={NULL}") == 50
    assert {unquote(folder) for folder in found} == {f"name={value}" for value in VALUES if value is not None}


def test_duckdb_reads_null_and_its_text_back(tmp_path: Path) -> None:
    root = write(tmp_path / "p.parquet", parts(VALUES), parts(VALUES)[0].schema, partition_by=("name",))
    query = f"SELECT name, count(*) FROM read_parquet('{root}/*/*.parquet', hive_partitioning = true) GROUP BY name"
    assert dict(duckdb.execute(query).fetchall()) == dict.fromkeys(VALUES, 50)


class SlowFile(_BufferedFile):
    """Pauses before each write of waiting rows, so that a second thread would get in between."""

    def write(self, data: bytes) -> int:
        time.sleep(0.002)
        return super().write(data)


def test_slow_writes_do_not_double_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Null and the text shared a writer, which two threads used: rows came twice, or the file was corrupt."""
    monkeypatch.setattr("crowdarrow.sinks.partition._BufferedFile", SlowFile)
    monkeypatch.setattr("crowdarrow.sinks.partition._DISTRIBUTE_BYTES", 1)
    batches = parts([None, NULL], 10)
    for run in range(5):
        root = write(tmp_path / f"{run}.parquet", batches, batches[0].schema, threads=4, partition_by=("name",))
        assert sorted(rows_of(root).values()) == [10, 10]


def test_rows_missing_from_a_part_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = _Partition.append
    monkeypatch.setattr(_Partition, "append", lambda self, rows: append(self, rows.slice(1)))
    batches = parts(["a"])
    with pytest.raises(InternalError, match=r"49 of 50 rows are in .*name=a; no file was changed"):
        write(tmp_path / "p.parquet", batches, batches[0].schema, partition_by=("name",))


def test_value_too_long_for_a_folder_is_an_error_that_shows_it(tmp_path: Path) -> None:
    batches = parts(["a", "é" * 300])
    with pytest.raises(OutputError, match="`partition_by` name: a value is too long to name a folder: 'name=éé"):
        write(tmp_path / "p.parquet", batches, batches[0].schema, partition_by=("name",))


def test_two_values_with_one_folder_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.sinks.partition._folder", lambda column, value: f"{column}={value.lower()}")
    batches = parts(["a", "A"])
    with pytest.raises(InternalError, match="two values of `partition_by` have the same folder"):
        write(tmp_path / "p.parquet", batches, batches[0].schema, partition_by=("name",))


def test_documented_readers_read_text_with_null_and_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [None, "007", "a", ""]
    batch = pa.record_batch({"user_name": pa.array(values, pa.string()), "n": range(len(values))})
    write(tmp_path / "p.parquet", [batch], batch.schema, partition_by=("user_name",)).rename(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[2] / "docs/tables.md").read_text(encoding="utf-8")
    section = page.partition("\n## Partitions\n")[2].partition("\n## ")[0]
    code = section.partition("```python\n")[2].partition("\n```")[0]
    *imports, blank, schema, pandas, arrow, polars = code.split("\n")
    names: dict[str, Any] = {}
    exec("\n".join([*imports, blank, schema]), names)  # noqa: S102 - the recipe of the page
    query = re.search(r"`(SELECT [^`]+)`", section)
    assert query
    found = [eval(reading, names) for reading in (pandas, arrow, polars)]  # noqa: S307 - the same
    relation = duckdb.sql(query[1])
    assert relation
    tables = [pa.Table.from_pandas(found[0]), found[1], found[2].to_arrow(), relation.to_arrow_table()]
    for table in tables:
        rows = dict(zip(table["n"].to_pylist(), table["user_name"].to_pylist(), strict=True))
        assert [rows[number] for number in range(len(values))] == values
