"""`crowdarrow convert` writes the tidy tables: one file for each, a single table, or partitions."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow import synthetic
from crowdarrow.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conftest import Collect, Collected

SIX = ["classifications", "annotations", "answers", "marks", "identifications", "subjects"]
THREE = ["workflows", "tasks", "choices"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic export without faults, with several workflows and all kinds of tasks."""
    path = tmp_path_factory.mktemp("tidy") / "classifications.csv"
    synthetic.generate_classifications(path, records=150, seed=2)
    return path


@pytest.fixture(scope="module")
def expected(source: Path) -> "Collected":
    """The tables of the export."""
    from conftest import collect

    result = collect(source)
    assert all(result.tables[name].num_rows for name in SIX)
    return result


def files(tables: "Iterable[str]", extension: str) -> list[str]:
    """The names in a folder of some tables, the manifest included."""
    return sorted([*(f"{name}.{extension}" for name in tables), "crowdarrow.json"])


def convert(*arguments: object) -> None:
    assert run(["convert", *map(str, arguments), "--quiet"]) == 0


def test_one_parquet_file_for_each_table(source: Path, expected: "Collected", tmp_path: Path) -> None:
    convert(source, f"{tmp_path}/out/")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files(SIX, "parquet")
    for name in SIX:
        assert pq.read_table(tmp_path / "out" / f"{name}.parquet").equals(expected.tables[name]), name


def test_one_parquet_file_for_each_table_of_workflows(tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "workflows.csv"
    synthetic.generate_workflows(path, records=30, seed=2)
    convert(path, f"{tmp_path}/out/")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files(THREE, "parquet")
    tables = run_collect(path).tables
    for name in THREE:
        assert tables[name].num_rows > 0
        assert pq.read_table(tmp_path / "out" / f"{name}.parquet").equals(tables[name]), name


def test_arrow_files(source: Path, expected: "Collected", tmp_path: Path) -> None:
    convert(source, f"{tmp_path}/out/", "--format", "arrow")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files(SIX, "arrow")
    for name in SIX:
        with pa.memory_map(str(tmp_path / "out" / f"{name}.arrow")) as file:
            assert pyarrow.ipc.open_file(file).read_all().equals(expected.tables[name]), name


def test_csv_files(source: Path, expected: "Collected", tmp_path: Path) -> None:
    convert(source, f"{tmp_path}/out/", "--format", "csv")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files(SIX, "csv")
    for name in SIX:
        with (tmp_path / "out" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        table = expected.tables[name]
        assert len(rows) == table.num_rows, name
        assert list(dict.fromkeys(column.split(".")[0] for column in header)) == table.column_names, name
        # Compare columns that are written as they are. Readers of CSV do not distinguish null and an empty text.
        for index, column in enumerate(header):
            if column in table.column_names and table.schema.field(column).type in {
                pa.int32(),
                pa.int64(),
                pa.string(),
            }:
                wanted = ["" if value is None else str(value) for value in table[column].to_pylist()]
                assert [row[index] for row in rows] == wanted, f"{name}.{column}"


@pytest.mark.parametrize("table", SIX)
def test_one_table(table: str, source: Path, expected: "Collected", tmp_path: Path) -> None:
    convert(source, tmp_path / "one.parquet", "--table", table)
    assert [path.name for path in tmp_path.iterdir()] == ["one.parquet"]
    assert pq.read_table(tmp_path / "one.parquet").equals(expected.tables[table])


def test_some_tables(source: Path, expected: "Collected", tmp_path: Path) -> None:
    convert(source, f"{tmp_path}/out/", "--tables", "marks,answers")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files(("answers", "marks"), "parquet")
    for name in ("marks", "answers"):
        assert pq.read_table(tmp_path / "out" / f"{name}.parquet").equals(expected.tables[name])


def test_partitions(source: Path, expected: "Collected", tmp_path: Path) -> None:
    convert(source, f"{tmp_path}/out/", "--partition-by", "workflow_id")
    for name in SIX:
        table = expected.tables[name]
        folders = [path.name for path in (tmp_path / "out" / name).iterdir()]
        assert sorted(folders) == sorted(f"workflow_id={value}" for value in set(table["workflow_id"].to_pylist()))
        hive = ds.partitioning(pa.schema([("workflow_id", pa.int64())]), flavor="hive")
        found = ds.dataset(tmp_path / "out" / name, partitioning=hive).to_table()
        assert found.num_rows == table.num_rows
        for workflow in set(table["workflow_id"].to_pylist()):
            of_one = pa.compute.field("workflow_id") == workflow
            names = [column for column in table.column_names if column != "workflow_id"]
            assert found.filter(of_one).select(names).equals(table.filter(of_one).select(names)), name


def test_report_counts_rows(source: Path, expected: "Collected", tmp_path: Path) -> None:
    report = ca.convert(source, f"{tmp_path}/out/", tables="all")
    assert report.tables == {name: table.num_rows for name, table in expected.tables.items()}
    assert report.notes == expected.report.notes
    assert list(report.outputs) == SIX
