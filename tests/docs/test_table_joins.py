"""The joins that the pages of the tidy tables give in prose, run in DuckDB: each answer joins exactly one row."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

import crowdarrow as ca
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, csv_of

TABLES = Path(__file__).resolve().parents[2] / "docs" / "tables"

OLD_MARKS = [{"x": 1, "y": 2, "tool": 0, "details": [{"value": 0}, {"value": [0, 1]}]}, {"x": 3, "y": 4, "tool": 1}]
NEW_MARKS = [{"x": 1, "y": 2, "toolIndex": 0}, {"x": 3, "y": 4, "toolIndex": 1}]
ANSWER = {"task": "T0.1.0", "markIndex": 1, "value": 1}
ANIMALS = [{"choice": "ZBR", "answers": {"HWMN": "4", "BHV": ["a", "b"]}}, {"choice": "GNT", "answers": {"HWMN": "1"}}]
SURVEY = {"task": "T1", "value": ANIMALS}
RECORDS: list[tuple[str, list[dict[str, Any]]]] = [
    (PFE, [{"task": "T0", "value": OLD_MARKS}, SURVEY]),
    (FEM, [{"task": "T0", "value": NEW_MARKS}, ANSWER, SURVEY]),
    (PFE, [SURVEY, {"task": "C", "value": [{"task": "T0", "value": OLD_MARKS}, SURVEY]}]),
]


def columns_in_prose(page: str, other: str) -> list[str]:
    """The columns by which the page says that `answers` join another table."""
    text = " ".join((TABLES / f"{page}.md").read_text(encoding="utf-8").split())
    match = re.search(rf"\]\({other}\.md\),? (?:which )?(?:one row each in .*?)?(?:join )?by `([\w, ]+)`", text)
    assert match, f"docs/tables/{page}.md has no join with {other}"
    return match[1].split(", ")


@pytest.mark.parametrize(
    ("page", "other", "joined", "condition", "rows"),
    [
        ("answers", "marks", "marks", "a.subtask IS NOT NULL", 7),
        ("answers", "identifications", "identifications", "a.identification_index IS NOT NULL", 16),
        ("identifications", "answers", "identifications", "a.identification_index IS NOT NULL", 16),
    ],
)
def test_each_answer_joins_one_row(
    page: str, other: str, joined: str, condition: str, rows: int, tmp_path: Path
) -> None:
    export = tmp_path / "classifications.csv"
    fixed = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "subject_data": '{"7":{}}', "subject_ids": "7"}
    export.write_bytes(
        csv_of(
            HEADER,
            [
                fixed | {"classification_id": number, "metadata": metadata, "annotations": json.dumps(items)}
                for number, (metadata, items) in enumerate(RECORDS)
            ],
        )
    )
    ca.convert(export, f"{tmp_path}/tables/", tables=["answers", joined])
    # In SQL a null equals nothing, so the keys must have no nulls.
    on = " AND ".join(f"a.{name} = o.{name}" for name in columns_in_prose(page, other))
    answers, others = (f"'{tmp_path}/tables/{name}.parquet'" for name in ("answers", joined))
    (counts,) = duckdb.execute(f"""
        SELECT count(*), count(DISTINCT a.row), count(o.task), bool_and(a.task = o.task)
        FROM (SELECT *, row_number() OVER () AS row FROM {answers}) a LEFT JOIN {others} o ON {on} WHERE {condition}
    """).fetchall()
    assert counts == (rows, rows, rows, True)
