"""Surveys: an array of identifications, or one object as in 2016."""

from .example import FEM, Example

SURVEYS = [
    Example(
        "PFE, two identifications",
        '[{"task":"T3","value":[{"choice":"GRFF","answers":{"HWMN":"1","WHTBHVRSDS":["MVNG","TNG"],"RTHRNN":"N"},'
        '"filters":{}},{"choice":"ZBR","answers":{},"filters":{"CLR":"RD"}}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "value": (
                        '[{"choice":"GRFF","answers":{"HWMN":"1","WHTBHVRSDS":["MVNG","TNG"],"RTHRNN":"N"},'
                        '"filters":{}},{"choice":"ZBR","answers":{},"filters":{"CLR":"RD"}}]'
                    ),
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "identification_index": 0,
                    "task": "T3",
                    "question": question,
                    "answer_index": place,
                    "kind": "string",
                    "answer": answer,
                }
                for question, place, answer in (
                    ("HWMN", 0, "1"),
                    ("WHTBHVRSDS", 0, "MVNG"),
                    ("WHTBHVRSDS", 1, "TNG"),
                    ("RTHRNN", 0, "N"),
                )
            ],
            "identifications": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "identification_index": 0,
                    "choice": "GRFF",
                    "answers": '{"HWMN":"1","WHTBHVRSDS":["MVNG","TNG"],"RTHRNN":"N"}',
                    "filters": "{}",
                },
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "identification_index": 1,
                    "choice": "ZBR",
                    "answers": "{}",
                    "filters": '{"CLR":"RD"}',
                },
            ],
        },
    ),
    Example(
        "FEM, and nothing here",
        '[{"task":"T0","value":[],"taskType":"survey"},'
        '{"task":"T0","value":[{"choice":"NOTHINGHERE","answers":{},"filters":{}}],"taskType":"survey"}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T0", "task_type": "survey", "value": "[]", "value_kind": "array"},
                {
                    "annotation_index": 1,
                    "task": "T0",
                    "task_type": "survey",
                    "value": '[{"choice":"NOTHINGHERE","answers":{},"filters":{}}]',
                    "value_kind": "array",
                },
            ],
            "identifications": [
                {
                    "annotation_index": 1,
                    "task": "T0",
                    "identification_index": 0,
                    "choice": "NOTHINGHERE",
                    "answers": "{}",
                    "filters": "{}",
                },
            ],
        },
        metadata=FEM,
    ),
    Example(
        "early 2016: one object, the task named by its type",
        '[{"task":"survey","value":{"answers":{"HWMN":"2"},"filters":{},"choice":"NTHNGHR"}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "survey",
                    "value": '{"answers":{"HWMN":"2"},"filters":{},"choice":"NTHNGHR"}',
                    "value_kind": "object",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "identification_index": 0,
                    "task": "survey",
                    "question": "HWMN",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "2",
                },
            ],
            "identifications": [
                {
                    "annotation_index": 0,
                    "task": "survey",
                    "identification_index": 0,
                    "choice": "NTHNGHR",
                    "answers": '{"HWMN":"2"}',
                    "filters": "{}",
                },
            ],
        },
    ),
    Example(
        "odd members: nulls, a number, a choice that is no text, geometry beside a choice, places with a hole",
        '[{"task":"T3","value":[null,{"choice":5,"answers":{"A":null,"B":[null,"x"],"C":2},"filters":null,"x":1.0},'
        '{"choice":null}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "value": (
                        '[null,{"choice":5,"answers":{"A":null,"B":[null,"x"],"C":2},"filters":null,"x":1.0},'
                        '{"choice":null}]'
                    ),
                    "value_kind": "array",
                },
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "identification_index": 1,
                    "task": "T3",
                    "question": "B",
                    "answer_index": 1,
                    "kind": "string",
                    "answer": "x",
                },
                {
                    "annotation_index": 0,
                    "identification_index": 1,
                    "task": "T3",
                    "question": "C",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "2",
                    "number": 2.0,
                },
            ],
            "identifications": [
                {
                    "annotation_index": 0,
                    "task": "T3",
                    "identification_index": 1,
                    "answers": '{"A":null,"B":[null,"x"],"C":2}',
                    "extra": '{"choice":5,"x":1.0}',
                },
                {"annotation_index": 0, "task": "T3", "identification_index": 2},
            ],
        },
    ),
]
