"""No information is lost: annotations, marks, answers, subjects and tasks are rebuilt from the tidy tables."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crowdarrow import synthetic
from crowdarrow.synthetic import PROFILES
from oracle.metadata import render, same_json
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

if TYPE_CHECKING:
    from conftest import Collect, Collected

RETIRED = ("id", "workflow_id", "classifications_count", "created_at", "updated_at", "retired_at", "subject_id",
           "retirement_reason")  # fmt: skip


def rows_of(result: "Collected", name: str) -> list[Row]:
    rows: list[Row] = result.tables[name].to_pylist()
    return rows


def assert_items(rows: list[Row], sources: list[list[Any]]) -> None:
    """Each item and each child of a combo is a row, in order, and the lists are rebuilt from the rows."""
    sizes = [len(source) + sum(len(value_in(item)) for item in source if is_combo(item)) for source in sources]
    assert len(rows) == sum(sizes)
    at = iter(rows)
    lost = [
        number
        for number, (size, source) in enumerate(zip(sizes, sources, strict=True))
        if not same_items([next(at) for _ in range(size)], source)
    ]
    assert not lost


def assert_objects(rows: list[Row], sources: list[list[Any]], *, identifications: bool) -> None:
    """Each mark, or each identification, is a row, in order, and is rebuilt from the row."""
    wanted = [found for source in sources for found in objects_of(source, identifications)]
    index = "identification_index" if identifications else "mark_index"
    indices = [(row["annotation_index"], row["combo_index"], row[index]) for row in rows]
    # Compared outside the assertion, so that its message shows no data of a real export.
    same_indices = indices == [one[:3] for one in wanted]
    assert same_indices
    same = same_identification if identifications else same_mark
    lost = [number for number, (row, one) in enumerate(zip(rows, wanted, strict=True)) if not same(row, one[3])]
    assert not lost


def assert_subjects(rows: list[Row], records: list[Row]) -> None:
    """Each subject equals the one in the first record of its workflow that has the subject."""
    first: dict[tuple[Any, int], Any] = {}
    for record in records:
        for key, subject in json.loads(record["subject_data"] or "{}").items():
            if key.lstrip("-").isdigit():
                first.setdefault((record["workflow_id"], int(key)), subject)
    same_keys = [(row["workflow_id"], row["subject_id"]) for row in rows] == list(first)
    assert same_keys
    lost = [n for n, (row, one) in enumerate(zip(rows, first.values(), strict=True)) if not same_subject(row, one)]
    assert not lost


def same_subject(row: Row, subject: Any) -> bool:
    """Whether the JSON of a subject is rebuilt from its row."""
    found: Any = json.loads(row["metadata"]) if row["metadata"] is not None else None
    if row["retired"] is not None:
        extra = json.loads(row["retired"].pop("extra") or "{}")
        assert tuple(row["retired"]) == RETIRED
        # Early exports lack some of the eight members, which are null.
        known = {name: row["retired"][name] for name in RETIRED if name in subject["retired"]}
        typed = {name: None if value is None else render(name, value) for name, value in known.items()}
        found["retired"] = typed | extra
    elif isinstance(subject, dict) and "retired" in subject and subject["retired"] is None:
        found["retired"] = None
    return same_json(found, subject)


def assert_lossless(result: "Collected") -> None:
    """The records that were not rejected are rebuilt from the tables."""
    sources = [json.loads(text or "[]") for text in result.tables["classifications"]["annotations"].to_pylist()]
    assert_items(rows_of(result, "annotations"), sources)
    assert_objects(rows_of(result, "marks"), sources, identifications=False)
    assert_objects(rows_of(result, "identifications"), sources, identifications=True)
    each_once = same_answers(rows_of(result, "answers"), [item for source in sources for item in source])
    assert each_once
    assert_subjects(rows_of(result, "subjects"), rows_of(result, "classifications"))


def assert_tasks(result: "Collected") -> None:
    """Each task of each workflow is a row, followed by the sub-tasks of its tools."""
    wanted = []
    for row in rows_of(result, "workflows"):
        version = (row["workflow_id"], row["version"], row["minor_version"])
        for key, task in json.loads(row["tasks"] or "{}").items():
            wanted.append((*version, key, task))
            for tool_index, tool in enumerate(task.get("tools") or []):
                details = enumerate(tool.get("details") or [])
                wanted += [(*version, f"{key}.{tool_index}.{index}", detail) for index, detail in details]
    columns = ("workflow_id", "version", "minor_version", "task")
    tasks = [(*(row[name] for name in columns), json.loads(row["definition"])) for row in rows_of(result, "tasks")]
    same = tasks == wanted
    assert same


def test_real_exports(zooniverse_file: Path, run_collect: "Collect") -> None:
    result = run_collect(zooniverse_file)
    if result.kind == "zooniverse.subjects":
        pytest.skip("a subject export has no annotations and no tasks")
    (assert_tasks if result.kind == "zooniverse.workflows" else assert_lossless)(result)


@pytest.mark.parametrize("profile", PROFILES)
def test_synthetic_exports(profile: str, tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=300, profile=profile, faults=0.1)
    result = run_collect(path)
    assert result.report.rows + result.report.rejected == 300
    assert result.report.rejected > 0
    assert_lossless(result)
