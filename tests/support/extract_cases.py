"""Hand-made annotations for each extractor, with the extracts that are expected."""

from typing import Any

V2 = {"classifier_version": "2.0"}


def marks_of(*marks: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"task": "T0", "value": [{"frame": 0, "details": []} | mark for mark in marks]} | more]


def value_of(value: Any) -> list[dict[str, Any]]:
    return [{"task": "T0", "value": value}]


SQUARE = [{"x": 0, "y": 0}, {"x": 4, "y": 0}, {"x": 4, "y": 4}]
CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]], dict[str, Any], Any]] = [
    ("question_extractor", {}, value_of("Yes, it's 1,000 m!"), {}, {"yes-it-s-1000-m": 1}),
    ("question_extractor", {}, value_of(["Blau & Grün", "Blau & Grün", None]), {}, {"blau-grun": 2, "None": 1}),
    ("question_extractor", {}, value_of(3), {}, {"3": 1}),
    ("question_extractor", {}, value_of([False]), {}, {"False": 1}),
    ("question_extractor", {"task": "T9"}, value_of("x"), {}, {}),
    ("shortcut_extractor", {}, value_of(["a b"]), {}, {"a-b": 1}),
    (
        "survey_extractor",
        {},
        value_of(
            [{"choice": "RED DEER", "answers": {"HOW MANY": "2", "DOING": ["EATING", "EATING"]}}, {"choice": "FOX"}]
        ),
        {},
        [{"choice": "red-deer", "answers_how-many": {"2": 1}, "answers_doing": {"eating": 2}}, {"choice": "fox"}],
    ),
    ("survey_extractor", {}, [], {}, []),
    ("dropdown_extractor", {}, value_of([{"value": "Ab"}, {"value": None}]), {}, {"value": [{"ab": 1}, {"None": 1}]}),
    (
        "dropdown_extractor",
        {},
        [{"task": "T0", "taskType": "dropdown-simple", "value": {"selection": 2, "option": True}}],
        V2,
        {"value": [{"2": 1}]},
    ),
    ("dropdown_extractor", {}, [{"task": "T0", "taskType": "dropdown", "value": []}], V2, {"value": []}),
    ("slider_extractor", {}, value_of("1.5"), {}, {"slider_value": "1.5"}),
    ("text_extractor", {}, value_of("a\nb"), {}, {"text": "a\nb", "gold_standard": True}),
    ("all_tasks_empty_extractor", {}, [{"task": "T0", "value": None}, {"task": "T1"}], {}, {"result": True}),
    ("all_tasks_empty_extractor", {}, value_of([]), {}, {"result": False}),
    ("point_extractor", {}, marks_of({"tool": 1, "x": 2, "y": 3.5}), {}, {"T0_tool1_x": [2], "T0_tool1_y": [3.5]}),
    (
        "point_extractor_by_frame",
        {"tools": [1]},
        marks_of({"tool": 0, "x": 0, "y": 0}, {"tool": 1, "x": 2, "y": 3, "frame": 5}),
        {},
        {"frame5": {"T0_tool1_x": [2], "T0_tool1_y": [3]}},
    ),
    (
        "rectangle_extractor",
        {"details": {"T0_tool0": ["question_extractor", None]}},
        marks_of({"tool": 0, "x": 1, "y": 2, "width": 3, "height": 4, "details": [{"value": "Yes"}, {"value": 0}]}),
        {},
        {
            "frame0": {
                "T0_tool0_x": [1],
                "T0_tool0_y": [2],
                "T0_tool0_width": [3],
                "T0_tool0_height": [4],
                "T0_tool0_details": [[{"yes": 1}, "No extractor for this subtask type"]],
            }
        },
    ),
    (
        "shape_extractor",
        {"shape": "circle", "details": {"T0_toolIndex0_subtask0": "text_extractor"}},
        [
            *marks_of({"toolIndex": 0, "x": 1, "y": 2, "r": 3, "details": [{"task": "T0.0.0"}]}, taskType="drawing"),
            {"task": "T0.0.0", "taskType": "text", "markIndex": 0, "value": "hello"},
        ],
        V2,
        {
            "frame0": {
                "T0_toolIndex0_x": [1],
                "T0_toolIndex0_y": [2],
                "T0_toolIndex0_r": [3],
                "T0_toolIndex0_subtask0": [{"text": "hello", "gold_standard": False}],
            },
            "classifier_version": "2.0",
        },
    ),
    ("shape_extractor", {"shape": "column"}, marks_of({"tool": 0, "x": None, "width": None}), {}, {}),
    (
        "polygon_extractor",
        {},
        marks_of(
            {"tool": 0, "points": SQUARE}, {"toolIndex": 1, "pathX": [1], "pathY": [2]}, {"tool": 2, "points": []}
        ),
        {},
        {
            "frame0": {
                "T0_tool0_pathX": [[0, 4, 4]],
                "T0_tool0_pathY": [[0, 0, 4]],
                "T0_toolIndex1_pathX": [[1]],
                "T0_toolIndex1_pathY": [[2]],
                "gold_standard": True,
            }
        },
    ),
    ("bezier_extractor", {}, marks_of({"tool": 0, "points": SQUARE[:2]}), {}, {"frame0": {}}),
    (
        "line_text_extractor",
        {},
        marks_of({"x1": 0, "x2": 2, "y1": 0, "y2": 2, "details": [{"value": "up"}]}),
        {},
        {
            "frame0": {
                "points": {"x": [[0, 2]], "y": [[0, 2]]},
                "text": [["up"]],
                "slope": [45.0],
                "gold_standard": True,
            }
        },
    ),
    (
        "line_text_extractor",
        {},
        [
            {
                "task": "T0",
                "taskType": "transcription",
                "value": [{"frame": 0, "x1": 0, "x2": 2, "y1": 1, "y2": 1, "details": [{"task": "T0.0.0"}]}],
            },
            {"task": "T0.0.0", "taskType": "text", "markIndex": 0, "value": "flat"},
        ],
        V2,
        {
            "frame0": {
                "points": {"x": [[0, 2]], "y": [[1, 1]]},
                "text": [["flat"]],
                "slope": [0.0],
                "gold_standard": True,
            }
        },
    ),
    (
        "poly_line_text_extractor",
        {"dot_freq": "word"},
        marks_of(
            {"points": [{"x": 3, "y": 0}, {"x": 3, "y": 5}, {"x": 3, "y": 9}], "details": [{"value": "two words"}]},
            {"points": SQUARE, "details": [{"value": "one"}]},
        ),
        {},
        {
            "frame0": {
                "points": {"x": [[3, 3, 3]], "y": [[0, 5, 9]]},
                "text": [["two", "words"]],
                "slope": [90.0],
                "gold_standard": True,
            }
        },
    ),
    (
        "sw_extractor",
        {},
        value_of(
            [
                {
                    "startPoint": {"x": 0, "y": 0},
                    "endPoint": {"x": 1, "y": 0},
                    "text": "<b>a</b> &amp; <sl>b</sl><sl></sl>é",
                },
                {"startPoint": {"x": None, "y": 0}, "endPoint": {"x": 1, "y": 0}, "text": "lost"},
            ]
        ),
        {},
        {
            "frame0": {
                "points": {"x": [[0, 1]], "y": [[0, 0]]},
                "text": [["a & <sl>b</sl>"]],
                "slope": [0.0],
                "gold_standard": True,
            }
        },
    ),
    ("sw_variant_extractor", {}, value_of([{"variants": ["ye", ""]}, {}]), {}, {"variants": ["ye"]}),
    (
        "sw_graphic_extractor",
        {},
        value_of(
            [
                {"type": "graphic", "x": "1", "y": 2, "width": 3, "height": 4, "tag": "seal"},
                {"type": "image", "x": 1, "y": 2, "width": "NaN", "height": 4},
            ]
        ),
        {},
        {
            "frame0": {
                "tool0_tag": ["seal"],
                "tool0_x": [1.0],
                "tool0_y": [2.0],
                "tool0_width": [3.0],
                "tool0_height": [4.0],
            }
        },
    ),
    ("pluck_and_split_extractor", {"path": "$.subject.metadata.kinds"}, [], {}, {"data": ["a", "b"]}),
    ("pluck_and_split_extractor", {"path": "$.metadata.none"}, [], {}, {}),
    (
        "survey_whitelist_extractor",
        {"path": "$.subject.metadata.kinds"},
        value_of([{"choice": "A"}, {"choice": "C"}]),
        {},
        [{"choice": "a", "in_whitelist": True}, {"choice": "c", "in_whitelist": False}],
    ),
    (
        "nfn_extractor",
        {"workflow": "herbarium", "year": "T0", "state": "T1"},
        [*value_of([{"value": 1987}]), {"task": "T1", "value": "Ohio"}],
        {"utc_offset": "-21600"},
        {"workflow": "herbarium", "decade": "80s", "state": "Ohio", "time": "earlybird"},
    ),
    (
        "question_extractor",
        {"pluck": {"who": "metadata.session", "none": "metadata.none", "feedback": "metadata.feedback.T0"}},
        value_of("x"),
        {
            "session": "s1",
            "feedback": {"T0": [{"strategy": "singleAnswerQuestion", "success": True, "answer": "0"}] * 2},
        },
        {
            "x": 1,
            "pluck.who": "s1",
            "feedback": {
                "success": [True, True],
                "true_answer": ["0", "0"],
                "strategy": "singleAnswerQuestion",
                "agreement_score": 1.0,
            },
        },
    ),
    ("question_extractor", {"recursive": True}, value_of("a") + value_of("b"), {}, [{"a": 1}, {"b": 1}]),
]
