"""Text that a spreadsheet could evaluate: escaped in CSV and rejects, and restored by the documented recipes."""

import csv
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow.sinks.formulas import ESCAPED, escape_formulas
from support.sink_files import write

HEADER = (
    "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,gold_standard,"
    "expert,metadata,annotations,subject_data,subject_ids\n"
)
ROW = '1,"{name}",,ip,5,wf,1.1,2020-01-01 00:00:00 UTC,,,{{}},[],"{{""9"":{{}}}}",9\n'
REJECT = "{first},u,,ip,5,wf,1.1,notatime,,,{{}},[],{{}},9\n"
STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]  # noqa: RUF001 - full-width signs
FORMULAS = [f"{quotes}{start}1+1" for start in STARTS for quotes in ("", "'", "''")]
HARMLESS = ["", "a=1", "'", "''", "'a", "1-1", " =1", "é"]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_escape_is_undone_by_the_documented_pattern() -> None:
    texts = pa.array([*FORMULAS, *HARMLESS, None])
    escaped = escape_formulas(texts)
    assert escaped.to_pylist() == [*(f"'{text}" for text in FORMULAS), *HARMLESS, None]
    assert pa.compute.replace_substring_regex(escaped, ESCAPED, r"\1").equals(texts)


def test_documented_recipes_restore_the_text(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/csv-safe.md").read_text(encoding="utf-8")
    assert f'pattern = r"{ESCAPED}"' in page
    texts = [text for text in [*FORMULAS, *HARMLESS[1:]] if "\0" not in text]
    batch = pa.record_batch({"text": texts, "n": [-1] * len(texts)})
    path = write(tmp_path / "out.csv", [batch], batch.schema, csv_safe=True)
    read = pl.read_csv(path).with_columns(pl.col(pl.String).str.replace(ESCAPED, "${1}"))
    assert read["text"].to_list() == texts
    assert pd.read_csv(path, lineterminator="\n").replace(ESCAPED, r"\1", regex=True)["text"].tolist() == texts
    query = f"SELECT regexp_replace(text, ?, '\\1') FROM read_csv('{path}', quote = '\"')"
    assert [row[0] for row in duckdb.execute(query, [ESCAPED]).fetchall()] == texts


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
def test_every_text_cell_is_escaped_and_numbers_are_not(name: str, tmp_path: Path) -> None:
    batch = pa.record_batch({"text": FORMULAS, "number": [-1] * len(FORMULAS), "real": [-0.5] * len(FORMULAS)})
    path = write(tmp_path / name, [batch], batch.schema, csv_safe=True)
    with pa.input_stream(path) as file:
        rows = list(csv.DictReader(file.read().decode().splitlines(keepends=True)))
    assert [row["number"] + row["real"] for row in rows] == ["-1-0.5"] * len(FORMULAS)
    assert [row["text"][0] for row in rows] == ["'"] * len(FORMULAS)


@pytest.mark.parametrize("output", ["out.csv", "out.parquet"])
@pytest.mark.parametrize("start", [start for start in STARTS if start not in "\r\n"])
def test_rejects_are_escaped_whatever_the_format_of_the_tables(output: str, start: str, tmp_path: Path) -> None:
    (tmp_path / f"{start}in.csv".replace("\0", "")).write_text(
        HEADER + REJECT.format(first=f"{start}cmd|' /C calc'!A0")
    )
    (path,) = tmp_path.iterdir()
    report = ca.convert(path, tmp_path / output, kind="zooniverse.classifications", csv_safe=True)
    assert report.rejects_path is not None
    (row,) = read_csv(Path(report.rejects_path))
    assert row["raw"].startswith(f"'{start}cmd|")
    assert not any(cell.startswith(tuple(STARTS)) for cell in row.values())


def test_without_the_option_rejects_keep_the_record(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + REJECT.format(first="=1"))
    ca.convert(tmp_path / "in.csv", tmp_path / "out.csv")
    assert read_csv(tmp_path / "out.csv.rejects.csv")[0]["raw"].startswith("=1,")


def test_column_names_of_an_input_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER.replace("\n", ",=own\n") + ROW.format(name="\n=1").replace("9\n", "9,-5\n"))
    ca.convert(tmp_path / "in.csv", tmp_path / "out.csv", csv_safe=True)
    (row,) = read_csv(tmp_path / "out.csv")
    assert (row["'=own"], row["user_name"], row["workflow_id"]) == ("'-5", "'\n=1", "5")
