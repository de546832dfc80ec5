"""The joins of the pages of the tables, run in DuckDB, Polars and pandas, give as many rows as plain Python."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from conftest import ABSENT, SHARED_DATA
from support.recipes import request, section, steps
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, csv_of

TABLES = Path(__file__).resolve().parents[2] / "docs" / "tables"
_KEY = ("classification_id", "annotation_key")
_MARK, _IDENTIFICATION = (*_KEY, "mark_index"), (*_KEY, "identification_index")
JOINS: dict[str, dict[str, tuple[str, ...]]] = {
    "annotations": {"answers": _KEY, "marks": _KEY, "identifications": _KEY},
    "answers": {"annotations": _KEY, "marks": _MARK, "identifications": _IDENTIFICATION},
    "marks": {"annotations": _KEY, "answers": _MARK},
    "identifications": {"annotations": _KEY, "answers": _IDENTIFICATION},
    "subjects": {"answers": ("workflow_id", "subject_id"), "marks": ("workflow_id", "subject_id")},
}
"""For each page, the tables that it joins, by these columns."""
ENGINES = ("duckdb", "polars", "pandas")

MARKS = [{"x": 1, "y": 2, "tool": 0, "details": [{"value": 0}, {"value": [0, 1]}]}, {"x": 3, "y": 4, "tool": 1}]
SURVEY = {"task": "T1", "value": [{"choice": "ZBR", "answers": {"HWMN": "4", "BHV": ["a", "b"]}}, {"choice": "GNT"}]}
SUBTASK = {"task": "T0.1.0", "markIndex": 1, "value": 1}
RECORDS = [
    (PFE, [{"task": "T0", "value": MARKS}, SURVEY, {"task": "T2", "value": None}]),
    (FEM, [{"task": "T9", "value": "x"}, {"task": "T0", "value": [{"x": 1, "toolIndex": 0}] * 2}, SUBTASK, SURVEY]),
    (PFE, [SURVEY, {"task": "C", "value": [SURVEY, {"task": "T0", "value": MARKS}]}]),
]


def sample(folder: Path, header: str = HEADER) -> Path:
    """An export with marks, sub-tasks, surveys and a combo."""
    fixed = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "subject_data": '{"7":{}}', "subject_ids": "7"}
    path = folder / "sample.csv"
    path.write_bytes(
        csv_of(
            header,
            [
                fixed | {"classification_id": number, "metadata": metadata, "annotations": json.dumps(items)}
                for number, (metadata, items) in enumerate(RECORDS)
            ],
        )
    )
    return path


@cache
def programs(page: str) -> tuple[str, ...]:
    """The programs of a page's section on joins, one for each engine."""
    text = section((TABLES / f"{page}.md").read_text(encoding="utf-8"), "Joins", 2)
    found = tuple(step.text for step in steps(text) if step.language == "python")
    assert [engine for engine, program in zip(ENGINES, found, strict=True) if f"import {engine}" in program] == [
        *ENGINES
    ]
    return found


def in_python(folder: Path, page: str, other: str, key: tuple[str, ...]) -> int:
    """Pairs of rows with equal keys; a null is equal to nothing."""
    counts = []
    for table in (page, other):
        rows = pq.read_table(folder / f"{table}.parquet", columns=list(key)).to_pylist()
        keys = (tuple(row[name] for name in key) for row in rows)
        counts.append(Counter(values for values in keys if None not in values))
    return sum(count * counts[1][values] for values, count in counts[0].items())


def check(export: Path, folder: Path, record: str = "classification_id") -> dict[tuple[str, str], int]:
    """Run all joins over an export in all engines; their row counts by page and other table."""
    ca.convert(export, f"{folder}/all/")
    found: dict[tuple[str, str], int] = {}
    for page, joins in JOINS.items():
        keys = {other: tuple(record if name == _KEY[0] else name for name in key) for other, key in joins.items()}
        expected = {other: in_python(folder / "all", page, other, key) for other, key in keys.items()}
        for engine, program in zip(ENGINES, programs(page), strict=True):
            status, output = request(folder, code=program.replace(_KEY[0], record))
            assert status == 0, output
            pairs = (line.split() for line in output.splitlines())
            assert {other: int(count) for other, count in pairs} == expected, f"{page} in {engine}"
        found |= {(page, other): count for other, count in expected.items()}
    return found


def test_joins_of_a_sample(tmp_path: Path) -> None:
    found = check(sample(tmp_path), tmp_path)
    # Two details of three answers in two records, one sub-task; three answers in each of three surveys, and a fourth.
    assert found["answers", "marks"] == found["marks", "answers"] == 7
    assert found["answers", "identifications"] == found["identifications", "answers"] == 12


def test_joins_by_record_without_ids(tmp_path: Path) -> None:
    assert check(sample(tmp_path, HEADER.partition(",")[2]), tmp_path, "record")["answers", "marks"] == 7


def test_joins_of_the_workflow_page(tmp_path: Path) -> None:
    page = (TABLES / "tasks.md").read_text(encoding="utf-8")
    (workflows,) = (step for step in steps(page) if step.language == "file")
    (tmp_path / workflows.name).write_text(workflows.text, encoding="utf-8")
    ca.convert(tmp_path / workflows.name, f"{tmp_path}/all/")
    key = ("workflow_id", "version", "minor_version", "task")
    expected = f"choices {in_python(tmp_path / 'all', 'tasks', 'choices', key)}\n"
    assert [request(tmp_path, code=program) for program in programs("tasks")] == [(0, expected)] * len(ENGINES)


FAULTS = SHARED_DATA / "faults" / "zooniverse"
REAL = [
    path for path in sorted(SHARED_DATA.glob("zooniverse/*/*classifications*.csv")) if path.stat().st_size < 4 << 20
]


@pytest.mark.skipif(not FAULTS.is_dir(), reason=ABSENT)
def test_joins_of_the_fault_files(tmp_path: Path) -> None:
    (tmp_path / "join").mkdir()
    (tmp_path / "age").mkdir()
    assert check(FAULTS / "F1_join.csv", tmp_path / "join")["answers", "marks"] == 1
    assert check(FAULTS / "h2015.csv", tmp_path / "age", "record")["annotations", "answers"] == 2


@pytest.mark.parametrize("path", REAL or [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))], ids=str)
def test_joins_of_real_exports(path: Path, tmp_path: Path) -> None:
    if ca.open(path).kind != "zooniverse.classifications":
        pytest.skip("another kind")
    names = {name for name in ca.open(path, table="answers").schema.names if name == "record"}
    check(path, tmp_path, *names)
