"""Questions, texts, sliders and shortcuts, and the forms their annotations had over the years."""

from .example import FEM, Example

QUESTIONS = [
    Example(
        "single, answered",
        '[{"task":"T0","task_label":"Is it near?","value":"Yes"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "Is it near?",
                    "value": '"Yes"',
                    "value_kind": "string",
                }
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 0, "kind": "string", "answer": "Yes"},
            ],
        },
    ),
    Example(
        "single, answered, whose label has an escape and Markdown",
        r'[{"task":"T0","task_label":"A \u0026 B","value":"No\n\u003cb\u003e"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "A & B",
                    "value": r'"No\n\u003cb\u003e"',
                    "value_kind": "string",
                }
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 0, "kind": "string", "answer": "No\n<b>"},
            ],
        },
    ),
    Example(
        "single, skipped",
        '[{"task":"T1","task_label":"What time was it?","value":null}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "task_label": "What time was it?",
                    "value": "null",
                    "value_kind": "null",
                }
            ],
        },
    ),
    Example(
        "single as an index, before August 2015, in the key order of June 2015",
        '[{"task":"init","value":1,"task_label":"Is it near?"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "init",
                    "task_label": "Is it near?",
                    "value": "1",
                    "value_kind": "number",
                }
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "init",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "1",
                    "number": 1.0,
                },
            ],
        },
    ),
    Example(
        "single of the new front end: no taskType, as in PFE",
        '[{"task":"T0","task_label":"Is it near?","value":"Yes"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "Is it near?",
                    "value": '"Yes"',
                    "value_kind": "string",
                }
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 0, "kind": "string", "answer": "Yes"},
            ],
        },
        metadata=FEM,
    ),
    Example(
        "multiple: order as chosen, a null among them",
        '[{"task":"T0","task_label":"How many?","value":["2", null, "1"]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_label": "How many?",
                    "value": '["2",null,"1"]',
                    "value_kind": "array",
                }
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 0, "kind": "string", "answer": "2"},
                {"annotation_index": 0, "task": "T0", "answer_index": 2, "kind": "string", "answer": "1"},
            ],
        },
    ),
    Example(
        "multiple, nothing chosen, and the same task again with indices",
        '[{"task":"T0","task_label":null,"value":[]},{"task":"T0","value":[0,1.50]}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T0", "value": "[]", "value_kind": "array"},
                {"annotation_index": 1, "task": "T0", "value": "[0,1.50]", "value_kind": "array"},
            ],
            "answers": [
                {
                    "annotation_index": 1,
                    "task": "T0",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "0",
                    "number": 0.0,
                },
                {
                    "annotation_index": 1,
                    "task": "T0",
                    "answer_index": 1,
                    "kind": "number",
                    "answer": "1.50",
                    "number": 1.5,
                },
            ],
        },
    ),
    Example(
        "text, and an empty one",
        '[{"task":"T1","value":"Calm and light airs.","task_label":"Transcribe"},{"task":"T2","value":""}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "task_label": "Transcribe",
                    "value": '"Calm and light airs."',
                    "value_kind": "string",
                },
                {"annotation_index": 1, "task": "T2", "value": '""', "value_kind": "string"},
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Calm and light airs.",
                },
                {"annotation_index": 1, "task": "T2", "answer_index": 0, "kind": "string", "answer": ""},
            ],
        },
    ),
    Example(
        "slider, a text and a number",
        '[{"task":"T0","value":"3"},{"task":"T0","value":3}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T0", "value": '"3"', "value_kind": "string"},
                {"annotation_index": 1, "task": "T0", "value": "3", "value_kind": "number"},
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 0, "kind": "string", "answer": "3"},
                {
                    "annotation_index": 1,
                    "task": "T0",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "3",
                    "number": 3.0,
                },
            ],
        },
    ),
    Example(
        "shortcut, an array since March 2017 and a text before",
        '[{"task":"init","task_label":"Fire?","value":["yes"]},{"task":"init","task_label":"Fire?","value":"yes"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "init",
                    "task_label": "Fire?",
                    "value": '["yes"]',
                    "value_kind": "array",
                },
                {
                    "annotation_index": 1,
                    "task": "init",
                    "task_label": "Fire?",
                    "value": '"yes"',
                    "value_kind": "string",
                },
            ],
            "answers": [
                {"annotation_index": 0, "task": "init", "answer_index": 0, "kind": "string", "answer": "yes"},
                {"annotation_index": 1, "task": "init", "answer_index": 0, "kind": "string", "answer": "yes"},
            ],
        },
    ),
    Example(
        "textFromSubject",
        r'[{"task":"T0","value":"line one\nline two","taskType":"textFromSubject"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "textFromSubject",
                    "value": r'"line one\nline two"',
                    "value_kind": "string",
                }
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "line one\nline two",
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "a task that could not be exported, 2016",
        '[{"error":"task cannot be exported"},{"task":"T9","task_label":null,"error":"combo tasks cannot be nested"}]',
        {
            "annotations": [
                {"annotation_index": 0, "value_kind": "missing", "extra": '{"error":"task cannot be exported"}'},
                {
                    "annotation_index": 1,
                    "task": "T9",
                    "value_kind": "missing",
                    "extra": '{"error":"combo tasks cannot be nested"}',
                },
            ],
        },
    ),
    Example(
        "a custom app: a boolean, members of its own, a label that is no text, both spellings of the type",
        '[{"task":"T0","value":false,"_key":0.25,"_n":null,"task_label":5,"taskType":null,"task_type":"mine"},'
        '{"task":7,"value":true,"taskType":"one","task_type":"two"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "mine",
                    "value": "false",
                    "value_kind": "boolean",
                    "extra": '{"_key":0.25,"_n":null,"task_label":5}',
                },
                {
                    "annotation_index": 1,
                    "task_type": "one",
                    "value": "true",
                    "value_kind": "boolean",
                    "extra": '{"task":7,"task_type":"two"}',
                },
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 0, "kind": "boolean", "answer": "false"},
                {"annotation_index": 1, "answer_index": 0, "kind": "boolean", "answer": "true"},
            ],
        },
    ),
    Example(
        "numbers as they are written; beyond 2^53 and beyond all floats",
        '[{"task":"T0","value":[189862.0,1.0e-05,9007199254740993,1e999,-0]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "value": "[189862.0,1.0e-05,9007199254740993,1e999,-0]",
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "answer_index": place,
                    "kind": "number",
                    "answer": answer,
                    "number": number,
                }
                for place, answer, number in (
                    (0, "189862.0", 189862.0),
                    (1, "1.0e-05", 1e-05),
                    (2, "9007199254740993", 9007199254740992.0),
                    (3, "1e999", None),
                    (4, "-0", 0.0),
                )
            ],
        },
    ),
    Example(
        "a task key that is asked twice, the first time with nothing; duplicate keys: the last one wins",
        '[{"task":"T0","value":null},{"task":"T0","value":"a","value":"b"}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T0", "value": "null", "value_kind": "null"},
                {"annotation_index": 1, "task": "T0", "value": '"b"', "value_kind": "string"},
            ],
            "answers": [
                {"annotation_index": 1, "task": "T0", "answer_index": 0, "kind": "string", "answer": "b"},
            ],
        },
    ),
    Example(
        "arrays inside arrays give nothing; the scalar beside them does",
        '[{"task":"T0","value":[["a"],"b",[]]}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T0", "value": '[["a"],"b",[]]', "value_kind": "array"},
            ],
            "answers": [
                {"annotation_index": 0, "task": "T0", "answer_index": 1, "kind": "string", "answer": "b"},
            ],
        },
    ),
    Example("no annotations", "[]", {}),
]
