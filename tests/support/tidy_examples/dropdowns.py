"""Dropdowns of both front ends, in all their forms."""

from .example import FEM, Example

DROPDOWNS = [
    Example(
        "PFE: an option, free text, unanswered, a number",
        '[{"task":"T7","value":[{"select_label":"Country","option":true,"value":"c6e0d98477ec8","label":"Oceania"},'
        '{"select_label":"City","option":false,"value":"something unlisted"},{"select_label":"State"},'
        '{"select_label":"County","option":false,"value":null},'
        '{"select_label":"Year","option":true,"value":1898,"label":"1898"}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T7",
                    "value": (
                        '[{"select_label":"Country","option":true,"value":"c6e0d98477ec8","label":"Oceania"},'
                        '{"select_label":"City","option":false,"value":"something unlisted"},{"select_label":"State"},'
                        '{"select_label":"County","option":false,"value":null},'
                        '{"select_label":"Year","option":true,"value":1898,"label":"1898"}]'
                    ),
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T7",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "c6e0d98477ec8",
                    "label": "Oceania",
                    "is_option": True,
                },
                {
                    "annotation_index": 0,
                    "task": "T7",
                    "question": "City",
                    "answer_index": 1,
                    "kind": "string",
                    "answer": "something unlisted",
                    "is_option": False,
                },
                {
                    "annotation_index": 0,
                    "task": "T7",
                    "question": "Year",
                    "answer_index": 4,
                    "kind": "number",
                    "answer": "1898",
                    "number": 1898.0,
                    "label": "1898",
                    "is_option": True,
                },
            ],
        },
    ),
    Example(
        "PFE, unformatted and with holes; a value that is an array",
        '[{"task":"T7","value":[null,null,{"value":"Canada","option":false},{"value":["x"],"option":"yes"}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T7",
                    "value": '[null,null,{"value":"Canada","option":false},{"value":["x"],"option":"yes"}]',
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T7",
                    "answer_index": 2,
                    "kind": "string",
                    "answer": "Canada",
                    "is_option": False,
                },
                {"annotation_index": 0, "task": "T7", "answer_index": 3, "kind": "array"},
            ],
        },
    ),
    Example(
        "FEM since April 2026, with option_index",
        '[{"task":"T1","task_type":"dropdown-simple","value":{"select_label":"Country","option":true,'
        '"option_index":2,"value":"3844fc24a3df7","label":"US"}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "task_type": "dropdown-simple",
                    "value": (
                        '{"select_label":"Country","option":true,"option_index":2,"value":"3844fc24a3df7","label":"US"}'
                    ),
                    "value_kind": "object",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "3844fc24a3df7",
                    "label": "US",
                    "is_option": True,
                    "choice_index": 2,
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "FEM, May 2021 to April 2026: the value is the index",
        '[{"task":"T1","task_type":"dropdown-simple","value":{"select_label":"Country","option":true,"value":2,'
        '"label":"US"}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "task_type": "dropdown-simple",
                    "value": '{"select_label":"Country","option":true,"value":2,"label":"US"}',
                    "value_kind": "object",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "2",
                    "number": 2.0,
                    "label": "US",
                    "is_option": True,
                    "choice_index": 2,
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "FEM, unanswered, free text, null",
        '[{"task":"T1","task_type":"dropdown-simple","value":{"select_label":"Country"}},'
        '{"task":"T1","task_type":"dropdown-simple","value":{"select_label":"Country","option":false,'
        '"value":"Hey! Listen!"}},{"task":"T2","value":null,"taskType":"dropdown-simple"}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "task_type": "dropdown-simple",
                    "value": '{"select_label":"Country"}',
                    "value_kind": "object",
                },
                {
                    "annotation_index": 1,
                    "task": "T1",
                    "task_type": "dropdown-simple",
                    "value": '{"select_label":"Country","option":false,"value":"Hey! Listen!"}',
                    "value_kind": "object",
                },
                {
                    "annotation_index": 2,
                    "task": "T2",
                    "task_type": "dropdown-simple",
                    "value": "null",
                    "value_kind": "null",
                },
            ],
            "answers": [
                {
                    "annotation_index": 1,
                    "task": "T1",
                    "question": "Country",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "Hey! Listen!",
                    "is_option": False,
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "FEM as it was submitted: an option, free text, nothing, an option that is no index",
        '[{"task":"T1","value":{"selection":2,"option":true},"taskType":"dropdown-simple"},'
        '{"task":"T1","value":{"selection":"mine","option":false},"taskType":"dropdown-simple"},'
        '{"task":"T1","value":{"selection":null,"option":true},"taskType":"dropdown-simple"},'
        '{"task":"T1","value":{"selection":"odd","option":true},"taskType":"dropdown-simple"},'
        '{"task":"T1","value":{"selection":4},"taskType":"dropdown-simple"}]',
        {
            "annotations": [
                {
                    "annotation_index": place,
                    "task": "T1",
                    "task_type": "dropdown-simple",
                    "value": value,
                    "value_kind": "object",
                }
                for place, value in enumerate(
                    (
                        '{"selection":2,"option":true}',
                        '{"selection":"mine","option":false}',
                        '{"selection":null,"option":true}',
                        '{"selection":"odd","option":true}',
                        '{"selection":4}',
                    )
                )
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T1",
                    "answer_index": 0,
                    "kind": "number",
                    "is_option": True,
                    "choice_index": 2,
                },
                {
                    "annotation_index": 1,
                    "task": "T1",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "mine",
                    "is_option": False,
                },
                {
                    "annotation_index": 3,
                    "task": "T1",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "odd",
                    "is_option": True,
                },
                {
                    "annotation_index": 4,
                    "task": "T1",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "4",
                    "number": 4.0,
                },
            ],
        },
        metadata=FEM,
    ),
]
