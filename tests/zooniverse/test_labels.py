"""Labels from a workflow export, through the API and the command line: columns, errors, and real exports."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca
from conftest import SHARED_DATA
from crowdarrow.cli import run
from oracle.tidy import read_tidy
from support.zooniverse_examples import csv_of, differences, workflow_export

if TYPE_CHECKING:
    from conftest import Collect

TABLES = ("annotations", "answers", "marks", "identifications")
PAIRS = [
    ("zooniverse__aggregation-for-caesar/cls_export.csv", "zooniverse__aggregation-for-caesar/wf_export.csv"),
    (
        "coolneighbors__DataAnalysis/byw-cn-test-project-classifications.csv",
        "coolneighbors__DataAnalysis/byw-cn-test-project-workflows.csv",
    ),
    (
        "weecology__EvergladesTools/everglades-watch-classifications@58bf171970.csv",
        "weecology__EvergladesTools/everglades-watch-workflows.csv",
    ),
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two classifications and a workflow export, which lacks the workflow of the second one."""
    tools = [{"type": "point", "label": "T0.tools.0.label", "details": [{"type": "single", "question": "How old?",
              "answers": [{"label": "Young"}, {"label": "Old"}]}]}]  # fmt: skip
    exported = [{"version": 3, "minor_version": 4, "tasks": {"T0": {"type": "drawing", "instruction": "Mark.",
                 "tools": tools}}, "strings": {"T0.tools.0.label": "Nest"}}]  # fmt: skip
    mark = {"x": 1, "y": 2, "toolIndex": 0, "toolType": "point", "frame": 0, "details": [{"task": "T0.0.0"}]}
    answer = {"task": "T0.0.0", "value": 1, "taskType": "single", "markIndex": 0}
    annotations = json.dumps([{"task": "T0", "value": [mark]}, answer])
    header = "classification_id,workflow_id,workflow_version,annotations,subject_ids"
    record = {"workflow_version": "3.4", "annotations": annotations, "subject_ids": 7}
    records = [{"classification_id": number, "workflow_id": number + 9} | record for number in (1, 2)]
    classifications, workflows = tmp_path / "classifications.csv", tmp_path / "workflows.csv"
    classifications.write_bytes(csv_of(header, records))
    workflows.write_bytes(workflow_export(exported))
    return classifications, workflows


def test_subtask_of_the_current_front_end(files: tuple[Path, Path], run_collect: "Collect") -> None:
    tables = run_collect(files[0], workflows=files[1]).tables
    first, other = tables["answers"].to_pylist()
    assert (first["question_label"], first["label"], first["choice_index"]) == ("How old?", "Old", 1)
    assert (first["subtask"], first["label_exact"]) == ("T0.0.0", True)
    assert (other["question_label"], other["label"], other["label_exact"]) == (None, None, None)
    marks = tables["marks"].to_pylist()
    assert [row["tool_label"] for row in marks] == ["Nest", None]
    assert [row["task_label"] for row in marks] == ["Mark.", None]
    assert [row["task_label"] for row in tables["annotations"].to_pylist()] == ["Mark.", "How old?", None, None]


def test_command_line_option(files: tuple[Path, Path], tmp_path: Path) -> None:
    classifications, workflows = map(str, files)
    output = tmp_path / "marks.parquet"
    arguments = ["convert", classifications, str(output), "--table", "marks", "--workflows", workflows, "--quiet"]
    assert run(arguments) == 0
    with ca.open(classifications, table="marks", workflows=workflows) as reader:
        assert [row["tool_label"] for row in reader.to_table().to_pylist()] == ["Nest", None]


def test_columns_without_labels(files: tuple[Path, Path]) -> None:
    with ca.open(files[0], table="marks", workflows=files[1], columns=["mark_index", "label_exact"]) as reader:
        assert reader.to_table().to_pylist() == [
            {"mark_index": 0, "label_exact": True},
            {"mark_index": 0, "label_exact": None},
        ]


def test_errors_for_other_files(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(
        ca.UnknownKindError, match=r"zooniverse\.classifications, but labels are taken from .* zooniverse\.workflows"
    ):
        ca.open(files[0], table="marks", workflows=files[0])
    with pytest.raises(ca.InputNotFoundError, match=r"nowhere\.csv"):
        ca.open(files[0], table="marks", workflows=tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ca.UnknownKindError, match="no file of `workflows` is an export: the folder has no files"):
        ca.open(files[0], table="marks", workflows=tmp_path / "empty")
    with pytest.raises(ca.UsageError, match="`workflows` does not apply"):
        ca.open(files[1], workflows=files[1])


def test_label_columns_are_null_without_a_workflow_export(files: tuple[Path, Path]) -> None:
    rows = ca.open(files[0], table="annotations").to_table().to_pylist()
    assert {(row["task_label"], row["label_exact"]) for row in rows} == {(None, None)}


@pytest.mark.parametrize(("classifications", "workflows"), PAIRS, ids=[Path(pair[0]).stem for pair in PAIRS])
def test_real_exports(classifications: str, workflows: str, shared_data: Path, run_collect: "Collect") -> None:
    assert shared_data == SHARED_DATA
    source, labels = (shared_data / "zooniverse" / name for name in (classifications, workflows))
    expected = read_tidy(source, workflows=labels)
    found = run_collect(source, workflows=labels)
    for name in TABLES:
        got, wanted = (tables[name].to_pylist() for tables in (found.tables, expected.tables))
        assert not differences(got, wanted, shown=False), name
