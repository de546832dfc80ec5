"""The tables' CSV, read with the default options of other readers, keeps versions such as 4.1 and 4.10 apart."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

import crowdarrow as ca
from support.recipes import README, request, section, steps
from support.zooniverse_examples import HEADER, IDENTITY, PFE, csv_of

VERSIONS = ["4.1", "4.10", "4.10", "12.100", "16"]
PAIRS = {(4, 1), (4, 10), (12, 100), (16, None)}
KEY = ["workflow_major", "workflow_minor"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The `answers` of records of these versions, as CSV."""
    fixed = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "metadata": PFE, "subject_ids": "7"}
    fixed |= {"annotations": '[{"task":"T0","value":"Yes"}]'}
    export = tmp_path / "classifications.csv"
    export.write_bytes(csv_of(HEADER, [fixed | {"workflow_version": version} for version in VERSIONS]))
    ca.convert(export, tmp_path / "answers.csv", table="answers")
    return tmp_path / "answers.csv"


def by_pandas(path: Path) -> list[tuple[float, float]]:
    return list(pd.read_csv(path)[KEY].itertuples(index=False, name=None))


def by_duckdb(path: Path) -> list[tuple[float, float]]:
    return duckdb.execute(f"SELECT workflow_major, workflow_minor FROM '{path}'").fetchall()


def by_polars(path: Path) -> list[tuple[float, float]]:
    return pl.read_csv(path).select(KEY).rows()


@pytest.mark.parametrize("read", [by_pandas, by_duckdb, by_polars])
def test_default_options_keep_versions_apart(table: Path, read: Callable[[Path], list[tuple[float, float]]]) -> None:
    found = {(major, None if minor is None or pd.isna(minor) else minor) for major, minor in read(table)}
    assert found == PAIRS


def test_readme_reads_the_version_as_text(table: Path) -> None:
    (program,) = (step.text for step in steps(section(README, "Recipes", 2)) if "pd.read_csv" in step.text)
    code = program + "\nprint([sorted(set(table['workflow_version'])) for table in (by_pandas, by_duckdb, by_polars)])"
    status, output = request(table.parent, code=code)
    assert status == 0, output
    assert output.splitlines()[-1] == str([sorted(set(VERSIONS))] * 3)
