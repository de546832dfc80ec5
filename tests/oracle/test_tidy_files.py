"""The oracle's tidy tables lose nothing: real exports, and synthetic ones of every age and profile, come back whole."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdarrow import synthetic
from crowdarrow.synthetic import ages
from crowdarrow.synthetic.catalogue import PROFILES
from oracle import schemas
from oracle.exact_csv import Splitter
from oracle.metadata import render, same_json
from oracle.tidy import Result, read_tidy
from support import hostile, tidy_hostile
from support.tidy_lossless import (
    Row,
    is_combo,
    objects_of,
    same_answers,
    same_identification,
    same_items,
    same_mark,
    value_in,
)
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, csv_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "zooniverse"
RETIRED = "id workflow_id classifications_count created_at updated_at retired_at subject_id retirement_reason".split()  # noqa: SIM905 - as the contract writes them


def kind_of(path: Path) -> str | None:
    """The kind of a file, None if it is no export."""
    try:
        return schemas.find_kind(Splitter(path.read_bytes(), 1 << 26, truncated=False).header)
    except ValueError:
        return None


def files_of(kind: str) -> list[Path]:
    """The real exports of a kind."""
    return [path for path in sorted(DATA.glob("*/*.csv")) if kind_of(path) == kind]


def by_record(table: list[Row], sizes: list[int]) -> list[list[Row]]:
    """The rows of `annotations` record by record; `sizes` are their numbers."""
    assert len(table) == sum(sizes)
    rows = iter(table)
    return [[next(rows) for _ in range(size)] for size in sizes]


def check_objects(rows: list[Row], sources: list[list[Any]], *, identifications: bool) -> None:
    """Each mark, or identification, is a row, in order, and comes back from it."""
    wanted = [found for source in sources for found in objects_of(source, identifications)]
    place = "identification_index" if identifications else "mark_index"
    assert [(row["annotation_index"], row["combo_index"], row[place]) for row in rows] == [one[:3] for one in wanted]
    same = same_identification if identifications else same_mark
    lost = [number for number, (row, one) in enumerate(zip(rows, wanted, strict=True)) if not same(row, one[3])]
    assert not lost


def check_subjects(rows: list[Row], records: list[Row]) -> None:
    """Each subject as the first record of its workflow shows it."""
    first: dict[tuple[Any, int], Any] = {}
    for record in records:
        for key, subject in json.loads(record["subject_data"] or "{}").items():
            if key.lstrip("-").isdigit():
                first.setdefault((record["workflow_id"], int(key)), subject)
    assert [(row["workflow_id"], row["subject_id"]) for row in rows] == list(first)
    for row, subject in zip(rows, first.values(), strict=True):
        found: Any = json.loads(row["metadata"]) if row["metadata"] is not None else None
        if row["retired"] is not None:
            extra = json.loads(row["retired"].pop("extra") or "{}")
            known = {name: None if value is None else render(name, value) for name, value in row["retired"].items()}
            assert list(known) == RETIRED
            # All eight are in the source of today; an early one had fewer, and those are null.
            given = subject["retired"].keys()
            found["retired"] = {name: value for name, value in known.items() if name in given} | extra
        elif isinstance(subject, dict) and "retired" in subject and subject["retired"] is None:
            found["retired"] = None
        assert same_json(found, subject), f"{len(first)} subjects"


def check(result: Result) -> None:
    """All invariants."""
    records = result.table_of("classifications")
    sources = [json.loads(record["annotations"] or "[]") for record in records]
    tables = {name: result.table_of(name) for name in ("annotations", "answers", "marks", "identifications")}
    sizes = [len(source) + sum(len(value_in(item)) for item in source if is_combo(item)) for source in sources]
    for number, (rows, source) in enumerate(zip(by_record(tables["annotations"], sizes), sources, strict=True)):
        assert same_items(rows, source), f"row {number}"
    check_objects(tables["marks"], sources, identifications=False)
    check_objects(tables["identifications"], sources, identifications=True)
    whole = [item for source in sources for item in source]
    assert same_answers(tables["answers"], whole)
    check_subjects(result.table_of("subjects"), records)


@hostile.look
@given(st.lists(tidy_hostile.annotations, min_size=1, max_size=3), st.sampled_from([PFE, FEM]))
def test_hostile_annotations(cells: list[str], metadata: str) -> None:
    records = [IDENTITY | {"created_at": "", "metadata": metadata, "annotations": cell} for cell in cells]
    result = read_tidy(csv_of(HEADER, records))
    assert not result.rejects
    check(result)


@pytest.mark.parametrize("path", files_of("zooniverse.classifications"), ids=lambda path: path.name)
def test_real_exports(path: Path) -> None:
    check(read_tidy(path))


@pytest.mark.parametrize(
    ("age", "profile"),
    [
        (age, profile)
        for place, age in enumerate(ages.CLASSIFICATIONS)
        for profile in (PROFILES if not place else ["mixed"])
    ],
)
def test_synthetic_exports(age: str, profile: str, tmp_path: Path) -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=300, header=age, profile=profile, faults=0.1)
    check(read_tidy(path))


@pytest.mark.parametrize("path", files_of("zooniverse.workflows"), ids=lambda path: path.name)
def test_real_workflows(path: Path) -> None:
    result = read_tidy(path, kind="zooniverse.workflows")
    wanted = []
    for row in result.table_of("workflows"):
        for key, task in json.loads(row["tasks"] or "{}").items():
            wanted.append((row["workflow_id"], row["version"], row["minor_version"], key, task))
            for place, tool in enumerate(task.get("tools") or []):
                wanted += [
                    (row["workflow_id"], row["version"], row["minor_version"], f"{key}.{place}.{number}", detail)
                    for number, detail in enumerate(tool.get("details") or [])
                ]
    tasks = result.table_of("tasks")
    assert [
        (row["workflow_id"], row["version"], row["minor_version"], row["task"], json.loads(row["definition"]))
        for row in tasks
    ] == wanted
