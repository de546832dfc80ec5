"""The columns of the tidy tables as the contract names them."""

IDENTITY = """
classification_id int64, subject_id int64, user_id int64, user_name string, workflow_id int64, workflow_version string,
created_at timestamp[us, tz=UTC]
"""
PLACES = "annotation_index int32, combo_index int32"
RETIRED = """struct<id: int64, workflow_id: int64, classifications_count: int64, created_at: timestamp[us, tz=UTC],
 updated_at: timestamp[us, tz=UTC], retired_at: timestamp[us, tz=UTC], subject_id: int64, retirement_reason: string,
 extra: string>""".replace("\n", "")

COLUMNS: dict[str, dict[str, str]] = {
    "zooniverse.classifications": {
        "annotations": f"""{IDENTITY}, {PLACES}, task string, task_label string, task_type string, mark_index int32,
            value string, value_kind string, extra string, label_exact bool""",
        "answers": f"""{IDENTITY}, {PLACES}, mark_index int32, identification_index int32, task string, subtask string,
            question string, question_label string, answer_index int32, kind string, answer string, number double,
            label string, is_option bool, choice_index int32, label_exact bool""",
        "marks": f"""{IDENTITY}, {PLACES}, task string, task_label string, mark_index int32, frame int32,
            tool_index int32, tool_type string, tool_label string, dialect string, x double, y double, x1 double,
            y1 double, x2 double, y2 double, width double, height double, r double, rx double, ry double, angle double,
            x_center double, y_center double, radius double, spread double, rotation double, displayTime double,
            points list<struct<x: double, y: double>>, closed bool, text string, details string, start int64, end int64,
            cx double, cy double, xmin double, ymin double, xmax double, ymax double, extra string, label_exact bool""",
        "identifications": f"""{IDENTITY}, {PLACES}, task string, identification_index int32, choice string,
            choice_label string, answers string, filters string, extra string, label_exact bool""",
        "subjects": f"subject_id int64, workflow_id int64, retired {RETIRED}, metadata string",
    },
    "zooniverse.workflows": {
        "tasks": """workflow_id int64, version int64, minor_version int64, task string, task_type string, label string,
            help string, required bool, next string, definition string""",
        "choices": """workflow_id int64, version int64, minor_version int64, task string, role string,
            choice_index int32, choice_id string, parent string, tool_type string, label string""",
    },
}


def squeezed(text: str) -> str:
    """The text of a schema on one line, without the name that lists give their items."""
    return " ".join(text.replace("item: ", "").replace("element: ", "").split())
