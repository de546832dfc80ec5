"""The tables `tasks` and `choices` of a workflow export."""

import json

from .example import WorkflowExample
from .labelled_workflow import STRINGS, TASKS


def _definition(*path: str | int) -> str:
    value = TASKS
    for step in path:
        value = value[step]  # type: ignore[index]  # lists by place, objects by key
    return json.dumps(value, separators=(",", ":"))


WORKFLOWS = [
    WorkflowExample(
        "a workflow of the contract's kinds of choices",
        json.dumps(TASKS),
        json.dumps(STRINGS),
        {
            "tasks": [
                {
                    "task": "T0",
                    "task_type": "drawing",
                    "label": "Mark the animals.",
                    "help": "Help!",
                    "definition": _definition("T0"),
                },
                {
                    "task": "T0.0.0",
                    "task_type": "single",
                    "label": "Open?",
                    "definition": _definition("T0", "tools", 0, "details", 0),
                },
                {
                    "task": "T0.0.1",
                    "task_type": "slider",
                    "label": "How big?",
                    "definition": _definition("T0", "tools", 0, "details", 1),
                },
                {
                    "task": "T0.1.0",
                    "task_type": "dropdown",
                    "label": "Which colour?",
                    "definition": _definition("T0", "tools", 1, "details", 0),
                },
                {
                    "task": "T0.2.0",
                    "task_type": "multiple",
                    "label": "Which?",
                    "definition": _definition("T0", "tools", 2, "details", 0),
                },
                {"task": "T1", "task_type": "survey", "definition": _definition("T1")},
                {"task": "T2", "task_type": "dropdown", "label": "Where?", "definition": _definition("T2")},
                {"task": "T3", "task_type": "single", "label": "Is it near?", "definition": _definition("T3")},
                {"task": "T4", "task_type": "dropdown-simple", "label": "Pick.", "definition": _definition("T4")},
            ],
            "choices": [
                {"task": "T0", "role": "tool", "choice_index": 0, "tool_type": "point", "label": "Eye"},
                {"task": "T0", "role": "tool", "choice_index": 1, "tool_type": "fullWidthLine", "label": "Horizon"},
                {"task": "T0", "role": "tool", "choice_index": 2, "tool_type": "circle", "label": "Eye"},
                {"task": "T0.0.0", "role": "answer", "choice_index": 0, "label": "Open"},
                {"task": "T0.0.0", "role": "answer", "choice_index": 1, "label": "Shut"},
                {
                    "task": "T0.1.0",
                    "role": "option",
                    "choice_index": 0,
                    "choice_id": "aa",
                    "parent": "Colour",
                    "label": "Red",
                },
                {
                    "task": "T0.1.0",
                    "role": "option",
                    "choice_index": 1,
                    "choice_id": "bb",
                    "parent": "Colour",
                    "label": "Blue",
                },
                {"task": "T0.2.0", "role": "answer", "choice_index": 0, "label": "One"},
                {"task": "T0.2.0", "role": "answer", "choice_index": 1, "label": "Two"},
                {"task": "T1", "role": "choice", "choice_index": 0, "choice_id": "GRFF", "label": "Giraffe"},
                # Its label is not in `strings`.
                {"task": "T1", "role": "choice", "choice_index": 1, "choice_id": "ZBR"},
                {"task": "T1", "role": "question", "choice_index": 0, "choice_id": "HWMN", "label": "How many?"},
                {
                    "task": "T1",
                    "role": "question_answer",
                    "choice_index": 0,
                    "choice_id": "1",
                    "parent": "HWMN",
                    "label": "One",
                },
                {
                    "task": "T2",
                    "role": "option",
                    "choice_index": 0,
                    "choice_id": "c6e0d98477ec8",
                    "parent": "Country",
                    "label": "Oceania",
                },
                {
                    "task": "T2",
                    "role": "option",
                    "choice_index": 1,
                    "choice_id": "3844fc24a3df7",
                    "parent": "Country",
                    "label": "US",
                },
                {
                    "task": "T2",
                    "role": "option",
                    "choice_index": 0,
                    "choice_id": "1897",
                    "parent": "Year",
                    "label": "1897",
                },
                {
                    "task": "T2",
                    "role": "option",
                    "choice_index": 0,
                    "choice_id": "1897",
                    "parent": "Year",
                    "label": "1897",
                },
                {
                    "task": "T2",
                    "role": "option",
                    "choice_index": 1,
                    "choice_id": "1898",
                    "parent": "Year",
                    "label": "1898",
                },
                {"task": "T3", "role": "answer", "choice_index": 0, "label": "Yes"},
                {"task": "T4", "role": "option", "choice_index": 0, "label": "red"},
                {"task": "T4", "role": "option", "choice_index": 1, "label": "blue"},
            ],
        },
    ),
    WorkflowExample(
        "required as a boolean and as text, next, tokens kept, texts that are no paths, labels that are missing",
        r'{"T0": {"type":"single","required":true,"next":"T1","question":"Why\u003f","answers":'
        r'[{"next":"T1","label":"T0.answers.0.label"},{"label":"Plain"},{}]},'
        r'"T1": {"type":"multiple","required":"true","next":null,"question":"T1.question","help":"Read 1.50 of it"},'
        r'"T2": {"type":"combo","required":"false","tasks":["T0","T1"],"loosen_requirements":1.50}}',
        '{"T0.answers.0.label":"First"}',
        {
            "tasks": [
                {
                    "task": "T0",
                    "task_type": "single",
                    "label": "Why?",
                    "required": True,
                    "next": "T1",
                    "definition": (
                        r'{"type":"single","required":true,"next":"T1","question":"Why\u003f","answers":'
                        r'[{"next":"T1","label":"T0.answers.0.label"},{"label":"Plain"},{}]}'
                    ),
                },
                {
                    "task": "T1",
                    "task_type": "multiple",
                    "help": "Read 1.50 of it",
                    "required": True,
                    "definition": (
                        '{"type":"multiple","required":"true","next":null,"question":"T1.question",'
                        '"help":"Read 1.50 of it"}'
                    ),
                },
                {
                    "task": "T2",
                    "task_type": "combo",
                    "required": False,
                    "definition": (
                        '{"type":"combo","required":"false","tasks":["T0","T1"],"loosen_requirements":1.50}'
                    ),
                },
            ],
            "choices": [
                {"task": "T0", "role": "answer", "choice_index": 0, "label": "First"},
                {"task": "T0", "role": "answer", "choice_index": 1, "label": "Plain"},
                {"task": "T0", "role": "answer", "choice_index": 2},
            ],
        },
    ),
    WorkflowExample("a workflow without tasks", "{}", "{}"),
]
