"""Rows with a workflow export at hand: labels by the row's own version (contract, 2.4)."""

from .example import FEM, Example, Row
from .labelled_workflow import STRINGS, TASKS, VERSIONS, WORKFLOW

POINT = {"x": 1.0, "y": 2.0, "cx": 1.0, "cy": 2.0, "xmin": 1.0, "ymin": 2.0, "xmax": 1.0, "ymax": 2.0}
FEM_MARKS = (
    '[{"x":1,"y":2,"frame":0,"details":[{"task":"T0.0.0"}],"toolType":"point","toolIndex":0,"tool_label":null},'
    '{"x":1,"y":2,"frame":0,"details":[],"toolType":"point","toolIndex":7,"tool_label":null}]'
)


def at_version(name: str, version: str, label: str, *, exact: bool) -> Example:
    """A question of the workflow `VERSIONS`, whose label tells the version it comes from."""
    return Example(
        name,
        '[{"task":"T3","task_label":null,"value":"Yes"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "task_label": label,
                    "task_type": "single",
                    "value": '"Yes"',
                    "value_kind": "string",
                    "label_exact": exact,
                }
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Yes",
                    "label_exact": exact,
                }
            ],
        },
        version=version,
        workflows=VERSIONS,
    )


def pfe_mark(name: str, mark: str, details: str, row: Row, answers: list[Row]) -> Example:
    """One PFE mark of T0 with sub-tasks."""
    value = f"[{mark}]"
    common = {"annotation_index": 0, "task": "T0", "label_exact": True}
    return Example(
        name,
        f'[{{"task":"T0","task_label":"As exported.","value":{value}}}]',
        {
            "annotations": [
                common | {"task_label": "As exported.", "task_type": "drawing", "value": value, "value_kind": "array"}
            ],
            "marks": [
                common
                | {"task_label": "As exported.", "mark_index": 0, "dialect": "pfe", "details": details, "frame": 0}
                | row
            ],
            "answers": [common | {"mark_index": 0} | answer for answer in answers],
        },
        workflows=WORKFLOW,
    )


LABELLED = [
    at_version("the row's own version", "3.4", "Is it near?", exact=True),
    at_version("10 is no 1: 3.40 is not 3.4", "3.40", "Is it near at last?", exact=False),
    at_version("the first in the file with both numbers large enough", "4.1", "Is it near at last?", exact=False),
    at_version("the first that is large enough may stand after a greater one", "4.5", "Is it near now?", exact=False),
    at_version("a version beyond all: the greatest", "12.1", "Is it near at last?", exact=False),
    at_version("no minor version counts as 0 and is never exact", "3", "Is it near?", exact=False),
    at_version("an early version that is large in the minor alone", "1.12", "Is it near?", exact=False),
    Example(
        "a workflow that is not in the export",
        '[{"task":"T3","value":"Yes"}]',
        {
            "annotations": [{"annotation_index": 0, "task": "T3", "value": '"Yes"', "value_kind": "string"}],
            "answers": [{"annotation_index": 0, "task": "T3", "answer_index": 0, "kind": "string", "answer": "Yes"}],
        },
        workflows=[{"workflow_id": 11, "version": 3, "minor_version": 4, "tasks": TASKS, "strings": STRINGS}],
    ),
    Example(
        "a task that the workflow has not, and labels that are there",
        '[{"task":"T9","value":"Yes"},{"task":"T3","task_label":"Old?","taskType":"mine","value":"Yes"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T9",
                    "value": '"Yes"',
                    "value_kind": "string",
                    "label_exact": True,
                },
                {
                    "annotation_index": 1,
                    "task": "T3",
                    "task_label": "Old?",
                    "task_type": "mine",
                    "value": '"Yes"',
                    "value_kind": "string",
                    "label_exact": True,
                },
            ],
            "answers": [
                {
                    "annotation_index": place,
                    "task": task,
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Yes",
                    "label_exact": True,
                }
                for place, task in ((0, "T9"), (1, "T3"))
            ],
        },
        workflows=WORKFLOW,
    ),
    Example(
        "FEM marks without a label get that of the tool at their index, and so do their sub-tasks",
        f'[{{"task":"T0","task_label":null,"value":{FEM_MARKS}}},'
        '{"task":"T0.0.0","value":1,"taskType":"single","markIndex":0},'
        '{"task":"T0.0.0","value":7,"markIndex":1}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "Mark the animals.",
                    "task_type": "drawing",
                    "value": FEM_MARKS,
                    "value_kind": "array",
                    "label_exact": True,
                },
                {
                    "annotation_index": 1,
                    "task": "T0.0.0",
                    "task_label": "Open?",
                    "task_type": "single",
                    "mark_index": 0,
                    "value": "1",
                    "value_kind": "number",
                    "label_exact": True,
                },
                {
                    "annotation_index": 2,
                    "task": "T0.0.0",
                    "task_label": "Open?",
                    "task_type": "single",
                    "mark_index": 1,
                    "value": "7",
                    "value_kind": "number",
                    "label_exact": True,
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "mark_index": 0,
                    "task": "T0",
                    "subtask": "T0.0.0",
                    "question_label": "Open?",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "1",
                    "number": 1.0,
                    "label": "Shut",
                    "choice_index": 1,
                    "label_exact": True,
                },
                {
                    "annotation_index": 0,
                    "mark_index": 1,
                    "task": "T0",
                    "subtask": "T0.0.0",
                    "question_label": "Open?",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "7",
                    "number": 7.0,
                    "label_exact": True,
                },
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "Mark the animals.",
                    "mark_index": place,
                    "frame": 0,
                    "tool_index": tool,
                    "tool_type": "point",
                    "dialect": "fem",
                    "details": details,
                    "label_exact": True,
                }
                | POINT
                | label
                for place, tool, details, label in (
                    (0, 0, '[{"task":"T0.0.0"}]', {"tool_label": "Eye"}),
                    (1, 7, "[]", {}),
                )
            ],
        },
        metadata=FEM,
        workflows=WORKFLOW,
    ),
    Example(
        "a FEM sub-task whose mark has a label: that tool's, not that of its key",
        '[{"task":"T0","task_label":"M","value":[{"r":1,"toolType":"circle","toolIndex":0,"tool_label":"Horizon"}]},'
        '{"task":"T0.0.0","value":{"selection":1,"option":true},"markIndex":0}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "M",
                    "task_type": "drawing",
                    "value": '[{"r":1,"toolType":"circle","toolIndex":0,"tool_label":"Horizon"}]',
                    "value_kind": "array",
                    "label_exact": True,
                },
                {
                    "annotation_index": 1,
                    "task": "T0.0.0",
                    "task_label": "Which colour?",
                    "task_type": "dropdown",
                    "mark_index": 0,
                    "value": '{"selection":1,"option":true}',
                    "value_kind": "object",
                    "label_exact": True,
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "mark_index": 0,
                    "task": "T0",
                    "subtask": "T0.0.0",
                    "question_label": "Which colour?",
                    "answer_index": 0,
                    "kind": "number",
                    "label": "Blue",
                    "is_option": True,
                    "choice_index": 1,
                    "label_exact": True,
                },
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "M",
                    "mark_index": 0,
                    "tool_index": 0,
                    "tool_type": "circle",
                    "tool_label": "Horizon",
                    "dialect": "fem",
                    "r": 1.0,
                    "label_exact": True,
                },
            ],
        },
        metadata=FEM,
        workflows=WORKFLOW,
    ),
    pfe_mark(
        "PFE, of two tools of that label the one at its index; the tool tells what r is",
        '{"r":5,"x":1,"y":2,"tool":2,"frame":0,"details":[{"value":[1,0,9]}],"tool_label":"Eye"}',
        '[{"value":[1,0,9]}]',
        {
            "tool_index": 2,
            "tool_type": "circle",
            "tool_label": "Eye",
            "r": 5.0,
            "x": 1.0,
            "y": 2.0,
            "cx": 1.0,
            "cy": 2.0,
            "xmin": -4.0,
            "ymin": -3.0,
            "xmax": 6.0,
            "ymax": 7.0,
        },
        [
            {
                "subtask": "T0.2.0",
                "question_label": "Which?",
                "answer_index": place,
                "kind": "number",
                "answer": answer,
                "number": float(answer),
            }
            | label
            for place, answer, label in (
                (0, "1", {"label": "Two", "choice_index": 1}),
                (1, "0", {"label": "One", "choice_index": 0}),
                (2, "9", {}),
            )
        ],
    ),
    pfe_mark(
        "PFE, the index belongs to a tool of another label: the first of that label; a slider's number is no index",
        '{"x":1,"y":2,"tool":1,"frame":0,"details":[{"value":1},{"value":1}],"tool_label":"Eye"}',
        '[{"value":1},{"value":1}]',
        {"tool_index": 1, "tool_type": "point", "tool_label": "Eye"} | POINT,
        [
            {
                "subtask": "T0.1.0",
                "question_label": "Open?",
                "answer_index": 0,
                "kind": "number",
                "answer": "1",
                "number": 1.0,
                "label": "Shut",
                "choice_index": 1,
            },
            {
                "subtask": "T0.1.1",
                "question_label": "How big?",
                "answer_index": 0,
                "kind": "number",
                "answer": "1",
                "number": 1.0,
            },
        ],
    ),
    pfe_mark(
        "PFE, a label that no tool has: nothing of the tool is filled",
        '{"x":1,"y":2,"tool":0,"frame":0,"details":[{"value":1}],"tool_label":"Nose"}',
        '[{"value":1}]',
        {"tool_index": 0, "tool_label": "Nose"} | POINT,
        [{"subtask": "T0.0.0", "answer_index": 0, "kind": "number", "answer": "1", "number": 1.0}],
    ),
    pfe_mark(
        "PFE full-width line with an x: the workflow's tool tells; a sub-task's dropdown by its value",
        '{"x":700,"y":144.5,"tool":1,"frame":0,"details":[{"value":[{"value":"bb","option":true}]}],'
        '"tool_label":"Horizon"}',
        '[{"value":[{"value":"bb","option":true}]}]',
        {
            "tool_index": 1,
            "tool_type": "fullWidthLine",
            "tool_label": "Horizon",
            "x": 700.0,
            "y": 144.5,
            "cy": 144.5,
            "ymin": 144.5,
            "ymax": 144.5,
        },
        [
            {
                "subtask": "T0.1.0",
                "question_label": "Which colour?",
                "answer_index": 0,
                "kind": "string",
                "answer": "bb",
                "label": "Blue",
                "is_option": True,
                "choice_index": 1,
            }
        ],
    ),
    Example(
        "survey",
        '[{"task":"T1","value":[{"choice":"GRFF","answers":{"HWMN":["1","2"],"NEW":"Y"},"filters":{}},'
        '{"choice":"ZBR"}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "task_type": "survey",
                    "value": (
                        '[{"choice":"GRFF","answers":{"HWMN":["1","2"],"NEW":"Y"},"filters":{}},{"choice":"ZBR"}]'
                    ),
                    "value_kind": "array",
                    "label_exact": True,
                }
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "identification_index": 0,
                    "task": "T1",
                    "kind": "string",
                    "label_exact": True,
                }
                | row
                for row in (
                    {
                        "question": "HWMN",
                        "question_label": "How many?",
                        "answer_index": 0,
                        "answer": "1",
                        "label": "One",
                    },
                    {"question": "HWMN", "question_label": "How many?", "answer_index": 1, "answer": "2"},
                    {"question": "NEW", "answer_index": 0, "answer": "Y"},
                )
            ],
            "identifications": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "identification_index": 0,
                    "choice": "GRFF",
                    "choice_label": "Giraffe",
                    "answers": '{"HWMN":["1","2"],"NEW":"Y"}',
                    "filters": "{}",
                    "label_exact": True,
                },
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "identification_index": 1,
                    "choice": "ZBR",
                    "label_exact": True,
                },
            ],
        },
        workflows=WORKFLOW,
    ),
    Example(
        "dropdowns: options by value (PFE) and by place (FEM), free text, a number",
        '[{"task":"T2","value":[{"select_label":"Country","option":true,"value":"3844fc24a3df7","label":"US"},'
        '{"select_label":"Year","option":true,"value":1898}]},'
        '{"task":"T2","value":[{"select_label":"Country","option":false,"value":"3844fc24a3df7"}]},'
        '{"task":"T2","task_type":"dropdown-simple","value":{"select_label":"Country","option":true,"value":1}},'
        '{"task":"T4","taskType":"dropdown-simple","value":{"selection":1,"option":true}}]',
        {
            "annotations": [
                {
                    "annotation_index": place,
                    "task": task,
                    "task_label": label,
                    "task_type": kind,
                    "value": value,
                    "value_kind": value_kind,
                    "label_exact": True,
                }
                for place, task, label, kind, value_kind, value in (
                    (
                        0,
                        "T2",
                        "Where?",
                        "dropdown",
                        "array",
                        '[{"select_label":"Country","option":true,"value":"3844fc24a3df7","label":"US"},'
                        '{"select_label":"Year","option":true,"value":1898}]',
                    ),
                    (
                        1,
                        "T2",
                        "Where?",
                        "dropdown",
                        "array",
                        '[{"select_label":"Country","option":false,"value":"3844fc24a3df7"}]',
                    ),
                    (
                        2,
                        "T2",
                        "Where?",
                        "dropdown-simple",
                        "object",
                        '{"select_label":"Country","option":true,"value":1}',
                    ),
                    (3, "T4", "Pick.", "dropdown-simple", "object", '{"selection":1,"option":true}'),
                )
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "3844fc24a3df7",
                    "label": "US",
                    "is_option": True,
                    "choice_index": 1,
                    "label_exact": True,
                },
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "question": "Year",
                    "answer_index": 1,
                    "kind": "number",
                    "answer": "1898",
                    "number": 1898.0,
                    "label": "1898",
                    "is_option": True,
                    "choice_index": 1,
                    "label_exact": True,
                },
                {
                    "annotation_index": 1,
                    "task": "T2",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "3844fc24a3df7",
                    "is_option": False,
                    "label_exact": True,
                },
                {
                    "annotation_index": 2,
                    "task": "T2",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "1",
                    "number": 1.0,
                    "label": "US",
                    "is_option": True,
                    "choice_index": 1,
                    "label_exact": True,
                },
                {
                    "annotation_index": 3,
                    "task": "T4",
                    "answer_index": 0,
                    "kind": "number",
                    "label": "blue",
                    "is_option": True,
                    "choice_index": 1,
                    "label_exact": True,
                },
            ],
        },
        metadata=FEM,
        workflows=WORKFLOW,
    ),
]
