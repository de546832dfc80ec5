"""Labels of marks and of their sub-tasks: the tool is found by the tool label of the mark, if it has one.

See docs/contract.md, section 2.4.
"""

from pathlib import Path
from typing import Any

import pytest

from support.labelled_files import Labelled, drawing, dropdown, question, select, tool, version


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return Labelled(tmp_path)


OPEN = question("Open?", "single", "Open", "Shut")
COLOURS = question("Which?", "multiple", "Red", "Green", "Blue")
TASKS = {
    "T0": drawing(
        tool("Eye", "point", OPEN, {"type": "text", "instruction": "What is written?"}),
        tool("Ear", "circle", COLOURS),
        tool("Eye", "line", question("How?", "single", "Far", "Near")),
        tool(None, "polygon"),
    )
}
VERSIONS = [version("3.4", TASKS)]


def pfe(mark: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"task": "T0", "value": [{"x": 1, "y": 2} | mark]}]


@pytest.mark.parametrize(
    ("mark", "labels"),
    [
        # Without a label: by index.
        ({"tool": 0}, ("Eye", "point")),
        ({"toolIndex": 1}, ("Ear", "circle")),
        ({"tool_index": 1, "tool_label": None}, ("Ear", "circle")),
        ({"tool": 3}, (None, "polygon")),
        ({"tool": 4}, (None, None)),
        ({"tool": -1}, (None, None)),
        ({}, (None, None)),
        # With a label: by the label, not by index. Of several equal labels the one at the index, or else the first.
        ({"tool": 0, "tool_label": "Ear"}, ("Ear", "circle")),
        ({"tool": 0, "tool_label": "Eye"}, ("Eye", "point")),
        ({"tool": 2, "tool_label": "Eye"}, ("Eye", "line")),
        ({"tool": 1, "tool_label": "Eye"}, ("Eye", "point")),
        ({"tool": 9, "tool_label": "Eye"}, ("Eye", "point")),
        ({"tool_label": "Eye"}, ("Eye", "point")),
        # A label that no tool has: null.
        ({"tool": 0, "tool_label": "Nose"}, ("Nose", None)),
        ({"tool": 0, "tool_label": "eye"}, ("eye", None)),
        ({"tool": 0, "tool_label": ""}, ("", None)),
    ],
)
def test_tool_of_a_mark(labelled: Labelled, mark: dict[str, Any], labels: tuple[Any, Any]) -> None:
    assert labelled.columns("tool_label tool_type", "marks", pfe(mark), VERSIONS) == [labels]


@pytest.mark.parametrize(
    ("mark", "labels"),
    [
        ({"tool": 0}, ("Open?", "Shut", 1)),
        ({"tool": 0, "tool_label": "Ear"}, ("Which?", "Green", 1)),
        ({"tool": 2, "tool_label": "Eye"}, ("How?", "Near", 1)),
        ({"tool": 1, "tool_label": "Eye"}, ("Open?", "Shut", 1)),
        ({"tool": 0, "tool_label": "Nose"}, (None, None, None)),
        ({"tool": 3}, (None, None, None)),
    ],
)
def test_subtask_belongs_to_the_tool_in_both_front_ends(
    labelled: Labelled, mark: dict[str, Any], labels: tuple[Any, Any, Any]
) -> None:
    names = "question_label label choice_index"
    old = pfe(mark | {"details": [{"value": 1}]})
    assert labelled.columns(names, "answers", old, VERSIONS) == [labels]
    new = [*pfe(mark), {"task": f"T0.{mark['tool']}.0", "value": 1, "markIndex": 0}]
    assert labelled.columns(names, "answers", new, VERSIONS, fem=True) == [labels]
    # A sub-task that is its own item has a row in `annotations`, with question and type.
    found = labelled.columns("task_label", "annotations", new, VERSIONS, fem=True)
    assert found == ["Mark them.", labels[0]]


def test_subtask_without_a_mark_has_the_label_of_its_detail(labelled: Labelled) -> None:
    alone = [{"task": "T0.0.0", "value": 1}]
    for table in ("annotations", "answers"):
        assert labelled.columns("task_label", table, alone, VERSIONS, fem=True) == ["Open?"]


def test_tools_in_another_order(labelled: Labelled) -> None:
    versions = [
        version("1.1", {"T0": drawing(tool("Eye", "point", OPEN), tool("Ear", "circle", COLOURS))}),
        version("2.1", {"T0": drawing(tool("Ear", "circle", COLOURS), tool("Eye", "point", OPEN))}),
    ]
    mark = pfe({"tool": 0, "tool_label": "Eye", "details": [{"value": 0}]})
    for at in ("1.1", "2.1", "3.1"):
        assert labelled.columns("question_label label", "answers", mark, versions, at=at) == [("Open?", "Open")]
    bare = pfe({"tool": 0, "details": [{"value": 0}]})
    found = [labelled.columns("label", "answers", bare, versions, at=at) for at in ("1.1", "2.1", "3.1")]
    assert found == [["Open"], ["Red"], ["Red"]]


def test_subtasks_of_each_type(labelled: Labelled) -> None:
    slider = {"type": "slider", "instruction": "How big?"}
    details = [OPEN, COLOURS, {"type": "text", "instruction": "What is written?"}, slider, dropdown(select("C", {}))]
    versions = [version("3.4", {"T0": drawing(tool("Eye", "point", *details))})]
    values = [1, [2, 0, 7], "0", "0.5", [{"value": "mine", "option": False}]]
    marks = pfe({"tool": 0, "details": [{"value": value} for value in values]})
    assert labelled.columns("subtask question_label answer label choice_index", "answers", marks, versions) == [
        ("T0.0.0", "Open?", "1", "Shut", 1),
        ("T0.0.1", "Which?", "2", "Blue", 2),
        ("T0.0.1", "Which?", "0", "Red", 0),
        ("T0.0.1", "Which?", "7", None, None),
        ("T0.0.2", "What is written?", "0", None, None),
        ("T0.0.3", "How big?", "0.5", None, None),
        ("T0.0.4", "Pick.", "mine", None, None),
    ]


@pytest.mark.parametrize("value", ['"1"', "true", "0.5", "-1", "2", "1e10", "4294967297"])
def test_values_that_are_not_an_answer_index(labelled: Labelled, value: str) -> None:
    annotations = f'[{{"task":"T0","value":[{{"tool":0,"details":[{{"value":{value}}}]}}]}}]'
    found = labelled.columns("question_label label choice_index", "answers", annotations, VERSIONS)
    assert found == [("Open?", None, None)]


def test_subtask_of_a_missing_mark_is_found_by_key(labelled: Labelled) -> None:
    stray = [{"task": "T0.1.0", "value": [2], "markIndex": 5}]
    found = labelled.columns("question_label label choice_index", "answers", stray, VERSIONS, fem=True)
    assert found == [("Which?", "Blue", 2)]


def test_subtasks_of_a_group_have_no_tool(labelled: Labelled) -> None:
    tasks = {"T0": {"type": "subjectGroupComparison", "question": "Odd one?"}}
    cells = [
        {"task": "T0", "value": [{"index": 6, "details": [{"task": "T0.cell.6.subtask.0"}]}]},
        {"task": "T0.cell.6.subtask.0", "value": "why", "taskType": "text", "cellIndex": 0},
    ]
    names = "task subtask question_label label label_exact"
    found = labelled.columns(names, "answers", cells, [version("3.4", tasks)], fem=True)
    assert found == [("T0", "T0.cell.6.subtask.0", None, None, True)]


def test_transcription_lines_have_tools(labelled: Labelled) -> None:
    text = {"type": "text", "instruction": "Type the line."}
    tasks = {"T0": {"type": "transcription", "tools": [tool("Line", "transcriptionLine", text)]}}
    line = {"x1": 1, "y1": 2, "x2": 3, "y2": 4, "toolIndex": 0, "toolType": "transcriptionLine"}
    annotations = [
        {"task": "T0", "value": [line], "taskType": "transcription"},
        {"task": "T0.0.0", "value": "Mountmelick", "taskType": "text", "markIndex": 0},
    ]
    versions = [version("3.4", tasks)]
    assert labelled.columns("tool_label", "marks", annotations, versions, fem=True) == ["Line"]
    found = labelled.columns("answer question_label", "answers", annotations, versions, fem=True)
    assert found == [("Mountmelick", "Type the line.")]
    assert labelled.columns("task_label", "annotations", annotations, versions, fem=True) == [None, "Type the line."]


def test_box_of_a_mark_whose_type_is_from_the_workflow(labelled: Labelled) -> None:
    versions = [version("3.4", {"T0": drawing(tool("Edge", "fullWidthLine"))})]
    found = labelled.columns("cy ymin xmin cx", "marks", pfe({"x": 600, "y": 9, "tool": 0}), versions)
    assert found == [(9.0, 9.0, None, None)]
