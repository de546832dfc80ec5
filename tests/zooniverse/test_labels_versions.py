"""Labels from a workflow export: the version they come from, and each rule with values written by hand.

See docs/contract.md, section 2.4.
"""

import json
from pathlib import Path

import pytest

import crowdarrow as ca
from conftest import collect
from oracle.tidy import read_tidy
from support.labelled_files import Labelled, drawing, question, tool, version
from support.zooniverse_examples import HEADER, csv_of, differences

NEAR = [{"task": "T0", "value": "Yes"}]
# Each label is the number of its version. 5.9 comes after the largest version.
VERSIONS = [
    version("3.4", {"T0": question("of another workflow")}, workflow_id=11),
    *(version(number, {"T0": question(number)}) for number in ("2.30", "3.4", "12.1", "12.100", "9.2", "5.9")),
]


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return Labelled(tmp_path)


@pytest.mark.parametrize(
    ("at", "label", "exact"),
    [
        ("3.4", "3.4", True),
        ("12.1", "12.1", True),
        ("12.100", "12.100", True),
        # Versions are not floats: 12.10 is neither 12.1 nor 12.100. 12.100 is the first with both numbers as large.
        ("12.10", "12.100", False),
        # Both numbers count: 2.30 has only a larger minor, 12.1 only a larger major.
        ("3.5", "12.100", False),
        ("5.9", "5.9", True),
        ("5.8", "12.100", False),
        ("1.2", "2.30", False),
        ("9.1", "12.1", False),
        # Larger than all: the largest.
        ("12.101", "12.100", False),
        ("13.0", "12.100", False),
        # A missing minor counts as 0 and is not exact.
        ("3", "3.4", False),
        ("10", "12.1", False),
        ("13", "12.100", False),
        # Not a version: the largest, which is not exact.
        ("", "12.100", False),
        ("3.4.1", "12.100", False),
        ("v3.4", "12.100", False),
        ("-3.4", "12.100", False),
        ("9" * 5000 + ".1", "12.100", False),
    ],
)
def test_version_that_labels_a_row(labelled: Labelled, at: str, label: str, *, exact: bool) -> None:
    assert labelled.columns("task_label label_exact", "annotations", NEAR, VERSIONS, at=at) == [(label, exact)]


def test_row_without_minor_uses_minor_0_and_is_not_exact(labelled: Labelled) -> None:
    versions = [version("7.3", {"T0": question("7.3")}), version("7.0", {"T0": question("7.0")})]
    assert labelled.columns("task_label label_exact", "annotations", NEAR, versions, at="7.0") == [("7.0", True)]
    # Labels are those of 7.0, but not exact.
    assert labelled.columns("label_exact", "annotations", NEAR, versions, at="7") == [False]


def test_version_without_minor_counts_as_minor_0_and_is_not_exact(labelled: Labelled) -> None:
    versions = [version("7", {"T0": question("7")}), version("8", {"T0": question("8")})]
    for at, label in (("7.0", "7"), ("7", "7"), ("8.0", "8"), ("7.1", "8"), ("6.0", "7")):
        assert labelled.columns("task_label label_exact", "annotations", NEAR, versions, at=at) == [(label, False)]


@pytest.mark.parametrize(
    ("at", "label", "exact"),
    [
        # The row of the same major, the first of them; the minor is not compared.
        ("3.4", "3", True),
        ("3", "3", True),
        ("5.100", "5", True),
        # Else the first row with a greater major, else the greatest.
        ("2.1", "3", False),
        ("4.0", "7", False),
        ("6.0", "7", False),
        ("8.0", "7", False),
        ("v3", "7", False),
        ("", "7", False),
    ],
)
def test_export_without_minor_versions_compares_majors(tmp_path: Path, at: str, label: str, *, exact: bool) -> None:
    rows = [
        f'10,{major},"{{""T0"":{{""question"":""{text}""}}}}"' for major, text in ((3, 3), (3, "3b"), (7, 7), (5, 5))
    ]
    workflows = tmp_path / "workflows.csv"
    workflows.write_text("\n".join(["workflow_id,version,tasks", *rows, ""]))
    record = {"workflow_id": 10, "workflow_version": at, "annotations": json.dumps(NEAR)}
    data = csv_of(HEADER, [record])
    result = collect(data, tables=["annotations"], workflows=workflows)
    found = result.rows
    assert [(row["task_label"], row["label_exact"]) for row in found] == [(label, exact)]
    assert not differences(found, read_tidy(data, workflows).table_of("annotations"))


@pytest.mark.parametrize("workflow_id", [12, ""])
def test_workflow_missing_from_the_export(labelled: Labelled, workflow_id: int | str) -> None:
    names = "task_label task_type label_exact"
    found = labelled.columns(names, "annotations", NEAR, VERSIONS, workflow_id=workflow_id)
    assert found == [(None, None, None)]


def test_each_row_uses_its_own_workflow(labelled: Labelled) -> None:
    found = labelled.columns("task_label", "annotations", NEAR, VERSIONS, workflow_id=11)
    assert found == ["of another workflow"]


def test_only_nulls_are_filled(labelled: Labelled) -> None:
    versions = [version("3.4", {"T0": drawing(tool("Eye", "circle")), "T1": question("Near?")})]
    annotations = [
        {"task": "T1", "value": "Yes"},
        {"task": "T1", "task_label": "As exported", "taskType": "multiple", "value": "Yes"},
        {"task": "T1", "task_label": "", "value": "Yes"},
        {"task": "T9", "value": "Yes"},
    ]
    assert labelled.columns("task_label task_type label_exact", "annotations", annotations, versions) == [
        ("Near?", "single", True),
        ("As exported", "multiple", True),
        ("", "single", True),
        (None, None, True),
    ]
    marks = [
        {"task": "T0", "value": [{"x": 1, "y": 2, "tool": 0}]},
        {"task": "T0", "task_label": "M", "value": [{"x": 1, "y": 2, "toolIndex": 0, "toolType": "point"}]},
    ]
    assert labelled.columns("task_label tool_label tool_type", "marks", marks, versions) == [
        ("Mark them.", "Eye", "circle"),
        ("M", "Eye", "point"),
    ]


def test_task_with_another_type_in_another_version(labelled: Labelled) -> None:
    versions = [
        version("1.1", {"T0": question("Which?", "multiple")}),
        version("2.1", {"T0": drawing(tool("Eye"))}),
        version("3.1", {"T0": {"type": "survey", "choices": {"E": {"label": "Elk"}}}}),
    ]
    kinds = [labelled.columns("task_type", "annotations", NEAR, versions, at=at) for at in ("1.1", "2.1", "3.1")]
    assert kinds == [["multiple"], ["drawing"], ["survey"]]
    elk = [{"task": "T0", "value": [{"choice": "E"}]}]
    labels = [labelled.columns("choice_label", "identifications", elk, versions, at=at) for at in ("1.1", "2.1", "3.1")]
    assert labels == [[None], [None], ["Elk"]]


def test_combo_and_its_children_have_labels(labelled: Labelled) -> None:
    tasks = {"T0": {"type": "combo", "tasks": ["T1", "T2"]}, "T1": question("Near?"), "T2": {"type": "text"}}
    combo = [{"task": "T0", "value": [{"task": "T1", "value": "Yes"}, {"task": "T2", "value": "far"}]}]
    assert labelled.columns("task task_label task_type", "annotations", combo, [version("3.4", tasks)]) == [
        ("T0", None, "combo"),
        ("T1", "Near?", "single"),
        ("T2", None, "text"),
    ]


def test_texts_are_looked_up_in_the_strings_of_the_same_version(labelled: Labelled) -> None:
    tasks = {"T0": {"type": "single", "question": "T0.question"}}
    versions = [
        version("3.4", tasks, {"T0.question": "Is it near?"}),
        version("3.5", tasks, {"T0.question": "Is it *near*?\n"}),
        version("3.6", tasks),
        version("3.7", {"T0": {"question": "What is it?"}}),
    ]
    found = [labelled.columns("task_label", "annotations", NEAR, versions, at=f"3.{minor}") for minor in (4, 5, 6, 7)]
    assert found == [["Is it near?"], ["Is it *near*?\n"], [None], ["What is it?"]]


SURVEY = {
    "type": "survey",
    "choices": {"GRFF": {"label": "Giraffe"}, "ZBR": {}},
    "questions": {
        "HWMN": {"label": "How many?", "answers": {"1": {"label": "One"}, "2": {"label": "Two"}}},
        "YNG": {"label": "Young?", "answers": {"1": {"label": "Yes"}}},
    },
}


def test_survey_labels(labelled: Labelled) -> None:
    animals = [
        {
            "task": "T0",
            "value": [
                {"choice": "GRFF", "answers": {"HWMN": ["1", "2"], "YNG": "1", "NEW": "1"}},
                {"choice": "ZBR", "answers": {"HWMN": "many"}},
                {"choice": "LN"},
            ],
        }
    ]
    versions = [version("3.4", {"T0": SURVEY})]
    assert labelled.columns("choice choice_label label_exact", "identifications", animals, versions) == [
        ("GRFF", "Giraffe", True),
        ("ZBR", None, True),
        ("LN", None, True),
    ]
    names = "question question_label answer label choice_index label_exact"
    assert labelled.columns(names, "answers", animals, versions) == [
        ("HWMN", "How many?", "1", "One", None, True),
        ("HWMN", "How many?", "2", "Two", None, True),
        ("YNG", "Young?", "1", "Yes", None, True),
        ("NEW", None, "1", None, None, True),
        ("HWMN", "How many?", "many", None, None, True),
    ]


def test_answers_to_questions_get_no_labels(labelled: Labelled) -> None:
    versions = [version("3.4", {"T0": question("Near?", "single", "Yes", "No")})]
    annotations = [{"task": "T0", "value": "Yes"}, {"task": "T0", "value": 1}]
    found = labelled.columns("answer question_label label choice_index label_exact", "answers", annotations, versions)
    assert found == [("Yes", None, None, None, True), ("1", None, None, None, True)]


def test_all_tables_have_the_same_labels(labelled: Labelled) -> None:
    versions = [version("3.3", {"T0": drawing(tool("Eye"))}), version("3.5", {"T0": drawing(tool("Ear"))})]
    marks = [{"task": "T0", "value": [{"x": 1, "y": 1, "tool": 0, "details": [{"value": 1}]}]}]
    for table in ("annotations", "answers", "marks"):
        assert labelled.columns("label_exact", table, marks, versions, at="3.3") == [True]
        assert labelled.columns("label_exact", table, marks, versions) == [False]
    animals = [{"task": "T0", "value": [{"choice": "GRFF"}]}]
    assert labelled.columns("label_exact", "identifications", animals, versions) == [False]


def test_lone_surrogates_of_labels_are_replaced(labelled: Labelled) -> None:
    versions = [version("3.4", {"T0": {"type": "\udc00", "question": "Near \ud800?"}})]
    assert rb"\ud800" in labelled.workflows(*versions).read_bytes()
    found = labelled.columns("task_label task_type label_exact", "annotations", NEAR, versions)
    assert found == [("Near \ufffd?", "\ufffd", True)]


def test_workflows_with_integers_longer_than_python_parses(labelled: Labelled) -> None:
    path = labelled.folder / "long.csv"
    number = "9" * 5000
    tasks = f'"{{""T0"":{{""question"":""Near?"",""max"":{number}}}}}"'
    path.write_text(f"workflow_id,version,minor_version,tasks\n10,3,4,{tasks}\n")
    classifications = labelled.folder / "classifications.csv"
    record = {"workflow_id": 10, "workflow_version": "3.4", "annotations": '[{"task":"T0"}]'}
    classifications.write_bytes(csv_of(HEADER, [record]))
    with ca.open(classifications, table="annotations", workflows=path) as reader:
        assert reader.to_table()["task_label"].to_pylist() == ["Near?"]


@pytest.mark.parametrize("at", ["0.4", "3.4"])
def test_workflow_row_without_a_version_is_older_than_every_version(labelled: Labelled, at: str) -> None:
    bare = version("", {"T0": question("bare")}) | {"minor_version": "4"}
    versions = [bare, version("1.0", {"T0": question("1.0")})]
    for known, label in ((versions, "1.0"), ([bare], "bare")):
        assert labelled.columns("task_label label_exact", "annotations", NEAR, known, at=at) == [(label, False)]
