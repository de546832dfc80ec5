"""Real rows for the benchmarks: those of exports, repeated."""

import csv
from pathlib import Path

import pytest

from peers.duckdb_reader import COLUMNS
from real_rows import FIRST_ID, write


def export(path: Path, rows: list[dict[str, str]], *, columns: list[str] | None = None) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns or ["", *COLUMNS], restval="{}", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_rows_are_repeated_with_new_ids(tmp_path: Path) -> None:
    rows = [
        {"classification_id": "1", "user_id": "NA", "user_name": "ann\né", "annotations": "[]"},
        {"classification_id": "2", "user_id": "7", "user_name": "bea", "annotations": '[{"task":"T0"}]'},
        {"classification_id": "3", "annotations": "[{"},
    ]
    other = export(tmp_path / "subjects.csv", rows, columns=["subject_id", "annotations"])
    output = tmp_path / "out.csv"
    count = write(output, 1500, [export(tmp_path / "in.csv", rows), other])
    assert output.stat().st_size >= 1500
    assert b"\r" not in output.read_bytes()
    with output.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == list(COLUMNS)
    assert [int(row["classification_id"]) for row in found] == list(range(FIRST_ID, FIRST_ID + count))
    kept = [(row["user_id"], row["user_name"], row["annotations"]) for row in found]
    assert set(kept[:2]) == {("", "ann\né", "[]"), ("7", "bea", '[{"task":"T0"}]')}
    assert all(set(kept[place : place + 2]) == set(kept[:2]) for place in range(0, count, 2))


def test_exports_without_such_rows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rows of 14 columns"):
        write(tmp_path / "out.csv", 1, [export(tmp_path / "in.csv", [])])
