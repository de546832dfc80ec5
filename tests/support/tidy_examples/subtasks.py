"""The sub-tasks of marks and cells: within the mark (PFE), or beside the drawing (FEM)."""

from .example import FEM, Example

POINT = {"x": 1.0, "y": 2.0, "cx": 1.0, "cy": 2.0, "xmin": 1.0, "ymin": 2.0, "xmax": 1.0, "ymax": 2.0}
PFE_DETAILS = (
    '[{"value":[0,null,2]},{"value":"0.5"},{"value":3},{"value":null},null,'
    '{"value":[{"value":"0806ccfc6feae","option":true},null,{"value":"Canada","option":false}]},{"value":[]}]'
)
FEM_DETAILS = '[{"task":"T0.1.0"},{"task":"T0.1.1"}]'
FEM_MARKS = (
    f'[{{"x":1,"y":2,"frame":0,"details":{FEM_DETAILS},"toolType":"point","toolIndex":1,"tool_label":null}},'
    f'{{"x":1,"y":2,"frame":0,"details":{FEM_DETAILS},"toolType":"point","toolIndex":1,"tool_label":"Eye"}}]'
)
CELLS = '[{"index":6,"subject":"134853","details":[{"task":"T0.cell.6.subtask.0"}]}]'
LINES = (
    '[{"x1":8,"x2":2,"y1":96,"y2":104,"frame":0,"details":[{"task":"T0.0.0"}],'
    '"toolType":"transcriptionLine","toolIndex":0}]'
)

SUBTASKS = [
    Example(
        "PFE details of every kind",
        '[{"task":"T5","task_label":"Draw.","value":[{"x":1,"y":2,"tool":2,"frame":0,"details":'
        + PFE_DETAILS
        + ',"tool_label":"Bird"}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T5",
                    "task_label": "Draw.",
                    "value": '[{"x":1,"y":2,"tool":2,"frame":0,"details":' + PFE_DETAILS + ',"tool_label":"Bird"}]',
                    "value_kind": "array",
                }
            ],
            "answers": [
                {"annotation_index": 0, "mark_index": 0, "task": "T5"} | row
                for row in (
                    {"subtask": "T5.2.0", "answer_index": 0, "kind": "number", "answer": "0", "number": 0.0},
                    {"subtask": "T5.2.0", "answer_index": 2, "kind": "number", "answer": "2", "number": 2.0},
                    {"subtask": "T5.2.1", "answer_index": 0, "kind": "string", "answer": "0.5"},
                    {"subtask": "T5.2.2", "answer_index": 0, "kind": "number", "answer": "3", "number": 3.0},
                    {
                        "subtask": "T5.2.5",
                        "answer_index": 0,
                        "kind": "string",
                        "answer": "0806ccfc6feae",
                        "is_option": True,
                    },
                    {
                        "subtask": "T5.2.5",
                        "answer_index": 2,
                        "kind": "string",
                        "answer": "Canada",
                        "is_option": False,
                    },
                )
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T5",
                    "task_label": "Draw.",
                    "mark_index": 0,
                    "frame": 0,
                    "tool_index": 2,
                    "tool_label": "Bird",
                    "dialect": "pfe",
                    "details": PFE_DETAILS,
                }
                | POINT
            ],
        },
    ),
    Example(
        "PFE details of a mark without a tool",
        '[{"task":"T5","value":[{"x":1,"y":2,"details":[{"value":"text"}]}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T5",
                    "value": '[{"x":1,"y":2,"details":[{"value":"text"}]}]',
                    "value_kind": "array",
                }
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "mark_index": 0,
                    "task": "T5",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "text",
                }
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T5",
                    "mark_index": 0,
                    "dialect": "pfe",
                    "details": '[{"value":"text"}]',
                }
                | POINT
            ],
        },
    ),
    Example(
        "FEM sub-tasks beside the drawing, which is answered twice: each belongs to the nearest before it",
        '[{"task":"T0.1.0","value":9,"taskType":"single","markIndex":0},'
        f'{{"task":"T0","task_label":"Draw.","value":{FEM_MARKS}}},'
        '{"task":"T0.1.0","value":0,"taskType":"single","markIndex":0},'
        '{"task":"T0.1.1","value":[0,2],"taskType":"multiple","markIndex":1},'
        f'{{"task":"T0","task_label":"Draw.","value":{FEM_MARKS}}},'
        '{"task":"T0.1.1","value":{"selection":2,"option":true},"taskType":"dropdown-simple","markIndex":1},'
        '{"task":"T0.1.0","value":null,"taskType":"single","markIndex":1}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0.1.0",
                    "task_type": "single",
                    "mark_index": 0,
                    "value": "9",
                    "value_kind": "number",
                },
                {
                    "annotation_index": 1,
                    "task": "T0",
                    "task_label": "Draw.",
                    "value": FEM_MARKS,
                    "value_kind": "array",
                },
                {
                    "annotation_index": 2,
                    "task": "T0.1.0",
                    "task_type": "single",
                    "mark_index": 0,
                    "value": "0",
                    "value_kind": "number",
                },
                {
                    "annotation_index": 3,
                    "task": "T0.1.1",
                    "task_type": "multiple",
                    "mark_index": 1,
                    "value": "[0,2]",
                    "value_kind": "array",
                },
                {
                    "annotation_index": 4,
                    "task": "T0",
                    "task_label": "Draw.",
                    "value": FEM_MARKS,
                    "value_kind": "array",
                },
                {
                    "annotation_index": 5,
                    "task": "T0.1.1",
                    "task_type": "dropdown-simple",
                    "mark_index": 1,
                    "value": '{"selection":2,"option":true}',
                    "value_kind": "object",
                },
                {
                    "annotation_index": 6,
                    "task": "T0.1.0",
                    "task_type": "single",
                    "mark_index": 1,
                    "value": "null",
                    "value_kind": "null",
                },
            ],
            "answers": [
                {"task": "T0"} | row
                for row in (
                    {
                        "annotation_index": 0,
                        "mark_index": 0,
                        "subtask": "T0.1.0",
                        "answer_index": 0,
                        "kind": "number",
                        "answer": "9",
                        "number": 9.0,
                    },
                    {
                        "annotation_index": 1,
                        "mark_index": 0,
                        "subtask": "T0.1.0",
                        "answer_index": 0,
                        "kind": "number",
                        "answer": "0",
                        "number": 0.0,
                    },
                    {
                        "annotation_index": 1,
                        "mark_index": 1,
                        "subtask": "T0.1.1",
                        "answer_index": 0,
                        "kind": "number",
                        "answer": "0",
                        "number": 0.0,
                    },
                    {
                        "annotation_index": 1,
                        "mark_index": 1,
                        "subtask": "T0.1.1",
                        "answer_index": 1,
                        "kind": "number",
                        "answer": "2",
                        "number": 2.0,
                    },
                    {
                        "annotation_index": 4,
                        "mark_index": 1,
                        "subtask": "T0.1.1",
                        "answer_index": 0,
                        "kind": "number",
                        "is_option": True,
                        "choice_index": 2,
                    },
                )
            ],
            "marks": [
                {
                    "annotation_index": drawing,
                    "task": "T0",
                    "task_label": "Draw.",
                    "mark_index": place,
                    "frame": 0,
                    "tool_index": 1,
                    "tool_type": "point",
                    "tool_label": label,
                    "dialect": "fem",
                    "details": FEM_DETAILS,
                }
                | POINT
                for drawing in (1, 4)
                for place, label in ((0, None), (1, "Eye"))
            ],
        },
        metadata=FEM,
    ),
    Example(
        "transcription: lines, and their texts beside them",
        f'[{{"task":"T0","value":{LINES},"taskType":"transcription"}},'
        '{"task":"T0.0.0","value":"Mountmelick  4th of 3rd mo","taskType":"text","markIndex":0}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "transcription",
                    "value": LINES,
                    "value_kind": "array",
                },
                {
                    "annotation_index": 1,
                    "task": "T0.0.0",
                    "task_type": "text",
                    "mark_index": 0,
                    "value": '"Mountmelick  4th of 3rd mo"',
                    "value_kind": "string",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "mark_index": 0,
                    "task": "T0",
                    "subtask": "T0.0.0",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Mountmelick  4th of 3rd mo",
                },
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "mark_index": 0,
                    "frame": 0,
                    "tool_index": 0,
                    "tool_type": "transcriptionLine",
                    "dialect": "fem",
                    "x1": 8.0,
                    "y1": 96.0,
                    "x2": 2.0,
                    "y2": 104.0,
                    "details": '[{"task":"T0.0.0"}]',
                    "cx": 5.0,
                    "cy": 100.0,
                    "xmin": 2.0,
                    "ymin": 96.0,
                    "xmax": 8.0,
                    "ymax": 104.0,
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "subjectGroupComparison: a cell, and its sub-task beside it",
        f'[{{"task":"T0","value":{CELLS},"taskType":"subjectGroupComparison"}},'
        '{"task":"T0.cell.6.subtask.0","value":"odd","taskType":"text","cellIndex":0}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "subjectGroupComparison",
                    "value": CELLS,
                    "value_kind": "array",
                },
                {
                    "annotation_index": 1,
                    "task": "T0.cell.6.subtask.0",
                    "task_type": "text",
                    "mark_index": 0,
                    "value": '"odd"',
                    "value_kind": "string",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "mark_index": 0,
                    "task": "T0",
                    "subtask": "T0.cell.6.subtask.0",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "odd",
                },
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "mark_index": 0,
                    "dialect": "fem",
                    "details": '[{"task":"T0.cell.6.subtask.0"}]',
                    "extra": '{"index":6,"subject":"134853"}',
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "a markIndex beside a task that is no sub-task; both indices; one that is no integer",
        '[{"task":"T1","value":"a","markIndex":3,"cellIndex":4},{"task":"T1.0.0","value":"b","markIndex":"0"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "mark_index": 3,
                    "value": '"a"',
                    "value_kind": "string",
                    "extra": '{"cellIndex":4}',
                },
                {
                    "annotation_index": 1,
                    "task": "T1.0.0",
                    "value": '"b"',
                    "value_kind": "string",
                    "extra": '{"markIndex":"0"}',
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "mark_index": 3,
                    "task": "T1",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "a",
                },
                {"annotation_index": 1, "task": "T1.0.0", "answer_index": 0, "kind": "string", "answer": "b"},
            ],
        },
        metadata=FEM,
    ),
]
