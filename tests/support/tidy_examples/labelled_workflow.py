"""The workflow of the labelled examples, and its versions."""

from typing import Any

TASKS: dict[str, Any] = {
    "T0": {
        "type": "drawing",
        "help": "T0.help",
        "instruction": "T0.instruction",
        "tools": [
            {
                "type": "point",
                "label": "T0.tools.0.label",
                "details": [
                    {
                        "type": "single",
                        "question": "T0.tools.0.details.0.question",
                        "answers": [
                            {"label": "T0.tools.0.details.0.answers.0.label"},
                            {"label": "T0.tools.0.details.0.answers.1.label"},
                        ],
                    },
                    {"type": "slider", "instruction": "T0.tools.0.details.1.instruction", "min": "0", "max": "9"},
                ],
            },
            {
                "type": "fullWidthLine",
                "label": "T0.tools.1.label",
                "details": [
                    {
                        "type": "dropdown",
                        "instruction": "T0.tools.1.details.0.instruction",
                        "selects": [
                            {
                                "title": "Colour",
                                "options": {
                                    "*": [
                                        {"label": "T0.tools.1.details.0.selects.0.options.*.0.label", "value": "aa"},
                                        {"label": "T0.tools.1.details.0.selects.0.options.*.1.label", "value": "bb"},
                                    ]
                                },
                            }
                        ],
                    }
                ],
            },
            {
                "type": "circle",
                "label": "T0.tools.2.label",
                "details": [
                    {"type": "multiple", "question": "Which?", "answers": [{"label": "One"}, {"label": "Two"}]}
                ],
            },
        ],
    },
    "T1": {
        "type": "survey",
        "choices": {"GRFF": {"label": "T1.choices.GRFF.label"}, "ZBR": {"label": "T1.choices.ZBR.label"}},
        "questions": {
            "HWMN": {
                "label": "T1.questions.HWMN.label",
                "answers": {"1": {"label": "T1.questions.HWMN.answers.1.label"}},
            }
        },
    },
    "T2": {
        "type": "dropdown",
        "instruction": "T2.instruction",
        "selects": [
            {
                "title": "Country",
                "options": {
                    "*": [
                        {"label": "T2.selects.0.options.*.0.label", "value": "c6e0d98477ec8"},
                        {"label": "T2.selects.0.options.*.1.label", "value": "3844fc24a3df7"},
                    ]
                },
            },
            {
                "title": "Year",
                "options": {
                    "c6e0d98477ec8": [{"label": "1897", "value": 1897}],
                    "3844fc24a3df7": [{"label": "1897", "value": 1897}, {"label": "1898", "value": 1898}],
                },
            },
        ],
    },
    "T3": {"type": "single", "question": "T3.question", "answers": [{"label": "T3.answers.0.label"}]},
    "T4": {"type": "dropdown-simple", "instruction": "Pick.", "options": ["red", "blue"]},
}
STRINGS: dict[str, Any] = {
    "T0.help": "Help!",
    "T0.instruction": "Mark the animals.",
    "T0.tools.0.label": "Eye",
    "T0.tools.0.details.0.question": "Open?",
    "T0.tools.0.details.0.answers.0.label": "Open",
    "T0.tools.0.details.0.answers.1.label": "Shut",
    "T0.tools.0.details.1.instruction": "How big?",
    "T0.tools.1.label": "Horizon",
    "T0.tools.1.details.0.instruction": "Which colour?",
    "T0.tools.1.details.0.selects.0.options.*.0.label": "Red",
    "T0.tools.1.details.0.selects.0.options.*.1.label": "Blue",
    "T0.tools.2.label": "Eye",
    "T1.choices.GRFF.label": "Giraffe",
    "T1.choices.GRFF.confusions": {"ZBR": "striped"},
    "T1.questions.HWMN.label": "How many?",
    "T1.questions.HWMN.answers.1.label": "One",
    "T2.instruction": "Where?",
    "T2.selects.0.options.*.0.label": "Oceania",
    "T2.selects.0.options.*.1.label": "US",
    "T3.question": "Is it near?",
    "T3.answers.0.label": "Yes",
}
LATER = STRINGS | {"T3.question": "Is it near now?"}
LAST = STRINGS | {"T3.question": "Is it near at last?"}
WORKFLOW = [{"version": 3, "minor_version": 4, "tasks": TASKS, "strings": STRINGS}]
# (5, 9) is not the first with both numbers large enough for (4, 1), and (9, 2) is the greatest.
VERSIONS = [
    {"workflow_id": 11, "version": 3, "minor_version": 4, "tasks": {}, "strings": {}},
    {"version": 2, "minor_version": 30, "tasks": TASKS, "strings": STRINGS},
    {"version": 3, "minor_version": 4, "tasks": TASKS, "strings": STRINGS},
    {"version": 9, "minor_version": 2, "tasks": TASKS, "strings": LAST},
    {"version": 5, "minor_version": 9, "tasks": TASKS, "strings": LATER},
]
