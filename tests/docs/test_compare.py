"""What `docs/compare.md` says of crowdarrow, DuckDB and Polars."""

import csv
import gzip
import json
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

import crowdarrow as ca
from support.recipes import ROOT

HEADER = (
    *("classification_id", "user_name", "user_id", "workflow_id", "workflow_version", "created_at"),
    *("metadata", "annotations", "subject_data", "subject_ids"),
)
VALUES = ["Yes", ["Yes", "No"], [{"tool": 0, "frame": 0, "x": 1.5, "y": 2, "details": []}]]
SQL = "SELECT a->>'value' FROM (SELECT unnest(annotations::JSON[]) AS a FROM '{}')"


def write(path: Path, annotations: list[str]) -> Path:
    """An export: versions 10.1, 10.10, 10.10, …; every second user is not logged in."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for number, cell in enumerate(annotations, start=1):
            version = "10.1" if number == 1 else "10.10"
            user = [f"v{number}", number if number % 2 else ""]
            rest = ["2024-05-01 10:00:00 UTC", '{"session":"s"}', cell, f'{{"{number}":{{"retired":null}}}}', number]
            rows.writerow([number, *user, 2101, version, *rest])
    return path


def query(text: str) -> list[tuple[object, ...]]:
    """The rows of a DuckDB query."""
    return duckdb.connect().execute(text).fetchall()


def cells() -> list[str]:
    return [json.dumps([{"task": "T0", "value": value}]) for value in VALUES]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.csv", cells())


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write(tmp_path / "bad.csv", [*cells(), '[{"task":"T0","value":"Ye'])


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return write(tmp_path / "large.csv", [*cells(), json.dumps([{"task": "T0", "value": "x" * 3_000_000}])])


class TestCrowdarrow:
    def test_versions_ids_and_tables(self, good: Path) -> None:
        with ca.open(good) as reader:
            table = pa.Table.from_batches(list(reader), schema=reader.schema)
        assert table["workflow_version"].to_pylist() == ["10.1", "10.10", "10.10"]
        assert table["workflow_minor"].to_pylist() == [1, 10, 10]
        assert (str(table.schema.field("user_id").type), table["user_id"].to_pylist()) == ("int64", [1, None, 3])
        with ca.open(good, table="answers") as reader:
            assert [row for batch in reader for row in batch["answer"].to_pylist()] == ["Yes", "Yes", "No"]
        with ca.open(good, table="marks") as reader:
            assert [row for batch in reader for row in batch["x"].to_pylist()] == [1.5]

    def test_one_bad_cell_rejects_one_record(self, bad: Path, tmp_path: Path) -> None:
        report = ca.convert(bad, tmp_path / "out.parquet")
        assert (report.rows, report.rejected) == (3, 1)

    def test_large_cells_and_archives(self, good: Path, large: Path, tmp_path: Path) -> None:
        assert ca.convert(large, tmp_path / "large.parquet").rows == 4
        packed = tmp_path / "good.csv.gz"
        packed.write_bytes(gzip.compress(good.read_bytes()))
        assert ca.convert(packed, tmp_path / "gzip.parquet").rows == 3
        with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
            archive.write(good, "one.csv")
            archive.write(good, "two.csv")
        assert ca.convert(tmp_path / "two.zip", tmp_path / "zip.parquet").records == 6

    def test_a_failed_run_keeps_the_old_output(self, bad: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.parquet"
        output.write_bytes(b"old")
        with pytest.raises(ca.CrowdarrowError):
            ca.convert(bad, output, force=True, max_rejects=0)
        assert output.read_bytes() == b"old"


class TestDuckDB:
    def test_versions_are_one_float_and_ids_integers(self, good: Path) -> None:
        text = f"SELECT DISTINCT typeof(workflow_version), workflow_version, typeof(user_id) FROM '{good}'"
        assert query(text) == [("DOUBLE", 10.1, "BIGINT")]

    def test_json_is_text_and_a_guessed_list_loses_text(self, good: Path) -> None:
        assert query(f"SELECT DISTINCT typeof(annotations) FROM '{good}'") == [("VARCHAR",)]
        assert [row[0] for row in query(SQL.format(good))][:2] == ["Yes", '["Yes","No"]']
        guessed = """from_json(annotations, '[{"task":"VARCHAR","value":["VARCHAR"]}]')[1].value"""
        found = query(f"SELECT {guessed} FROM '{good}'")
        assert [row[0] for row in found][:2] == [None, ["Yes", "No"]]

    def test_one_bad_cell_fails_the_query_and_keeps_the_old_output(self, bad: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.parquet"
        output.write_bytes(b"old")
        with pytest.raises(duckdb.ConversionException):
            query(f"COPY ({SQL.format(bad)}) TO '{output}' (FORMAT parquet)")
        assert output.read_bytes() == b"old"
        tried = f"SELECT count(*) FROM '{bad}' WHERE TRY_CAST(annotations AS JSON) IS NULL"
        assert query(tried) == [(1,)]

    def test_large_cells_and_archives(self, good: Path, large: Path, tmp_path: Path) -> None:
        with pytest.raises(duckdb.InvalidInputException):
            query(f"SELECT count(*) FROM '{large}'")
        given = f"SELECT count(*) FROM read_csv('{large}', max_line_size=10000000)"
        assert query(given) == [(4,)]
        packed = tmp_path / "good.csv.gz"
        packed.write_bytes(gzip.compress(good.read_bytes()))
        assert query(f"SELECT count(*) FROM '{packed}'") == [(3,)]


class TestPolars:
    def test_versions_are_one_float_and_ids_integers(self, good: Path) -> None:
        table = pl.read_csv(good)
        assert (table["workflow_version"].dtype, table["workflow_version"].n_unique()) == (pl.Float64(), 1)
        assert (table["user_id"].dtype, table["annotations"].dtype) == (pl.Int64(), pl.String())

    @pytest.mark.parametrize("value", [pl.String(), pl.List(pl.String())], ids=str)
    def test_values_of_different_types_are_an_error(self, good: Path, value: pl.DataType) -> None:
        annotations = pl.read_csv(good)["annotations"]
        with pytest.raises(pl.exceptions.ComputeError):
            annotations.str.json_decode(pl.List(pl.Struct({"task": pl.String(), "value": value})))

    def test_one_bad_cell_fails_and_leaves_no_old_output(self, bad: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.parquet"
        output.write_bytes(b"old")
        decoded = pl.col("annotations").str.json_decode(pl.List(pl.Struct({"task": pl.String()})))
        with pytest.raises(pl.exceptions.ComputeError):
            pl.scan_csv(bad).with_columns(decoded).sink_parquet(output)
        assert output.read_bytes() != b"old"

    def test_large_cells_and_archives(self, good: Path, large: Path, tmp_path: Path) -> None:
        assert pl.read_csv(large).height == 4
        packed = tmp_path / "good.csv.gz"
        packed.write_bytes(gzip.compress(good.read_bytes()))
        assert pl.read_csv(packed).height == 3


def test_the_page_names_the_versions_it_was_checked_with() -> None:
    text = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    for name, version in (("DuckDB", duckdb.__version__), ("Polars", pl.__version__)):
        assert f"{name} {version.partition('.')[0]}." in text
