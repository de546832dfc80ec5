"""Batches that the engine's Parquet writer gets from the engine, without pyarrow."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.read import table_set
from crowdarrow.synthetic import generate_classifications


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with malformed records."""
    path = tmp_path_factory.mktemp("passed") / "export.csv"
    generate_classifications(path, records=300, seed=5, faults=0.1)
    return path


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of each batch that pyarrow imports."""
    found: list[int] = []
    collected = vars(table_set)["_Collected"]
    add = collected.add

    def counted(waiting: Any, batch: Any) -> None:
        found.append(batch.num_rows)
        add(waiting, batch)

    monkeypatch.setattr(collected, "add", counted)
    return found


@pytest.mark.parametrize("block_bytes", [7000, 4 << 20])
@pytest.mark.parametrize("row_group_size", [1, 17, 1000, None])
def test_rows_and_row_groups(
    block_bytes: int, row_group_size: int | None, export: Path, imported: list[int], tmp_path: Path
) -> None:
    target = tmp_path / "a.parquet"
    report = ca.convert(export, target, row_group_size=row_group_size, block_bytes=block_bytes)
    assert imported == []
    with ca.open(export) as reader:
        expected = pa.Table.from_batches(reader, reader.schema)
    assert report.tables == {"classifications": expected.num_rows}
    assert report.rows == expected.num_rows
    assert pq.read_table(target).equals(expected)
    meta = pq.read_metadata(target)
    sizes = [meta.row_group(at).num_rows for at in range(meta.num_row_groups)]
    whole, rest = divmod(expected.num_rows, row_group_size or 1000)
    assert sizes == [row_group_size] * whole + [rest] * bool(rest)


@pytest.mark.parametrize(
    "options", [{"columns": ["metadata", "classification_id"]}, {"workflow_id": [1]}, {"duplicates": "first"}]
)
def test_options_of_reading(options: dict[str, Any], export: Path, imported: list[int], tmp_path: Path) -> None:
    ca.convert([export, export], tmp_path / "a.parquet", **options)
    assert imported == []
    with ca.open([export, export], **options) as reader:
        expected = pa.Table.from_batches(reader, reader.schema)
    assert pq.read_table(tmp_path / "a.parquet").equals(expected)


def test_columns_that_only_the_engine_needs(export: Path, imported: list[int], tmp_path: Path) -> None:
    """Tables without transforms come without the columns that other tables refer to, such as the record's number."""
    report = ca.convert(export, f"{tmp_path}/out/")
    assert imported == [report.tables["marks"]]
    found: dict[str, list[pa.RecordBatch]] = {name: [] for name in report.tables}
    with ca.open_tables(export, tables=list(found)) as tables:
        for block in tables:
            for name, batch in block.batches:
                found[name].append(batch)
    for name, batches in found.items():
        written = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert written.equals(pa.Table.from_batches(batches))
        assert written.num_rows == report.tables[name]
        assert "record" not in written.schema.names


def test_tables_that_pyarrow_changes_are_imported(export: Path, imported: list[int], tmp_path: Path) -> None:
    ca.convert(export, tmp_path / "a.csv")
    assert imported
    imported.clear()
    ca.convert(export, f"{tmp_path}/folder/", partition_by="workflow_id", table="classifications")
    assert imported
    imported.clear()
    ca.convert(export, tmp_path / "a.parquet", people="hash", people_key=tmp_path / "key")
    assert imported
    with ca.open(export) as reader:
        names = set(pa.Table.from_batches(reader, reader.schema)["user_name"].to_pylist())
    assert names.isdisjoint({*pq.read_table(tmp_path / "a.parquet")["user_name"].to_pylist()} - {None})


def test_errors_of_the_writer_reach_the_caller(export: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_args: object) -> None:
        msg = "no room"
        raise OSError(28, msg)

    monkeypatch.setattr("crowdarrow.sinks.parquet.ParquetSink.write", fail)
    with pytest.raises(ca.OutputError, match="no room"):
        ca.convert(export, tmp_path / "a.parquet", block_bytes=7000)
    assert list(tmp_path.iterdir()) == []
