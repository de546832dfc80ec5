"""Combos: annotations within an annotation, one level only."""

from .example import Example

COMBOS = [
    Example(
        "combo of single, multiple, text and dropdown",
        '[{"task":"T3","task_label":null,"value":['
        '{"task":"init","task_label":"Are you sure?","value":"Yes"},'
        '{"task":"T2","task_label":"Fruits?","value":["Tomato?!"]},'
        '{"task":"T6","value":"a secret","task_label":"Tell me."},'
        '{"task":"T7","value":[{"select_label":"Country","option":true,"value":"c6e0d98477ec8","label":"Oceania"}]}]}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T3", "value_kind": "combo"},
                {
                    "annotation_index": 0,
                    "combo_index": 0,
                    "task": "init",
                    "task_label": "Are you sure?",
                    "value": '"Yes"',
                    "value_kind": "string",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 1,
                    "task": "T2",
                    "task_label": "Fruits?",
                    "value": '["Tomato?!"]',
                    "value_kind": "array",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 2,
                    "task": "T6",
                    "task_label": "Tell me.",
                    "value": '"a secret"',
                    "value_kind": "string",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 3,
                    "task": "T7",
                    "value": '[{"select_label":"Country","option":true,"value":"c6e0d98477ec8","label":"Oceania"}]',
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "combo_index": 0,
                    "task": "init",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Yes",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 1,
                    "task": "T2",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Tomato?!",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 2,
                    "task": "T6",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "a secret",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 3,
                    "task": "T7",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "c6e0d98477ec8",
                    "label": "Oceania",
                    "is_option": True,
                },
            ],
        },
    ),
    Example(
        "a combo without an object is an array",
        '[{"task":"T3","task_label":null,"value":[0]}]',
        {
            "annotations": [{"annotation_index": 0, "task": "T3", "value": "[0]", "value_kind": "array"}],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "0",
                    "number": 0.0,
                },
            ],
        },
    ),
    Example(
        "a combo with an error, a mark without a task, drawings, and a combo within",
        '[{"task":"T3","value":[{"error":"task cannot be exported"},{"x":1,"y":2},'
        '{"task":"T4","value":[{"x":1,"y":2,"tool":0,"frame":0,"details":[{"value":0}],"tool_label":"Nest"}]},'
        '{"task":"T5","value":[{"task":"T6","value":"deep"}]}]}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T3", "value_kind": "combo"},
                {
                    "annotation_index": 0,
                    "combo_index": 0,
                    "value_kind": "missing",
                    "extra": '{"error":"task cannot be exported"}',
                },
                {"annotation_index": 0, "combo_index": 1, "value_kind": "missing", "extra": '{"x":1,"y":2}'},
                {
                    "annotation_index": 0,
                    "combo_index": 2,
                    "task": "T4",
                    "value": ('[{"x":1,"y":2,"tool":0,"frame":0,"details":[{"value":0}],"tool_label":"Nest"}]'),
                    "value_kind": "array",
                },
                {
                    "annotation_index": 0,
                    "combo_index": 3,
                    "task": "T5",
                    "value": '[{"task":"T6","value":"deep"}]',
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "combo_index": 2,
                    "mark_index": 0,
                    "task": "T4",
                    "subtask": "T4.0.0",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "0",
                    "number": 0.0,
                },
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "combo_index": 2,
                    "task": "T4",
                    "mark_index": 0,
                    "frame": 0,
                    "tool_index": 0,
                    "tool_label": "Nest",
                    "dialect": "pfe",
                    "x": 1.0,
                    "y": 2.0,
                    "details": '[{"value":0}]',
                    "cx": 1.0,
                    "cy": 2.0,
                    "xmin": 1.0,
                    "ymin": 2.0,
                    "xmax": 1.0,
                    "ymax": 2.0,
                },
            ],
        },
    ),
    Example(
        "a bare 0 beside a combo's children is a row, and the answer that its value is",
        '[{"task":"T3","value":[{"task":"T4","value":null},0]}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T3", "value_kind": "combo"},
                {"annotation_index": 0, "combo_index": 0, "task": "T4", "value": "null", "value_kind": "null"},
                {"annotation_index": 0, "combo_index": 1, "value": "0", "value_kind": "number"},
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "combo_index": 1,
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "0",
                    "number": 0.0,
                },
            ],
        },
    ),
]
