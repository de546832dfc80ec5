"""What each extractor gives, by hand-made records of both front ends."""

import json
from typing import Any

import pytest

import crowdarrow as ca
from support.extract_files import export_of, record

V2 = {"classifier_version": "2.0"}


def _marks(*marks: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"task": "T0", "value": [{"frame": 0, "details": []} | mark for mark in marks]} | more]


def _value(value: Any) -> list[dict[str, Any]]:
    return [{"task": "T0", "value": value}]


SQUARE = [{"x": 0, "y": 0}, {"x": 4, "y": 0}, {"x": 4, "y": 4}]
CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]], dict[str, Any], Any]] = [
    ("question_extractor", {}, _value("Yes, it's 1,000 m!"), {}, {"yes-it-s-1000-m": 1}),
    ("question_extractor", {}, _value(["Blau & Grün", "Blau & Grün", None]), {}, {"blau-grun": 2, "None": 1}),
    ("question_extractor", {}, _value(3), {}, {"3": 1}),
    ("question_extractor", {}, _value([False]), {}, {"False": 1}),
    ("question_extractor", {"task": "T9"}, _value("x"), {}, {}),
    ("shortcut_extractor", {}, _value(["a b"]), {}, {"a-b": 1}),
    (
        "survey_extractor",
        {},
        _value(
            [{"choice": "RED DEER", "answers": {"HOW MANY": "2", "DOING": ["EATING", "EATING"]}}, {"choice": "FOX"}]
        ),
        {},
        [{"choice": "red-deer", "answers_how-many": {"2": 1}, "answers_doing": {"eating": 2}}, {"choice": "fox"}],
    ),
    ("survey_extractor", {}, [], {}, []),
    ("dropdown_extractor", {}, _value([{"value": "Ab"}, {"value": None}]), {}, {"value": [{"ab": 1}, {"None": 1}]}),
    (
        "dropdown_extractor",
        {},
        [{"task": "T0", "taskType": "dropdown-simple", "value": {"selection": 2, "option": True}}],
        V2,
        {"value": [{"2": 1}]},
    ),
    ("dropdown_extractor", {}, [{"task": "T0", "taskType": "dropdown", "value": []}], V2, {"value": []}),
    ("slider_extractor", {}, _value("1.5"), {}, {"slider_value": "1.5"}),
    ("text_extractor", {}, _value("a\nb"), {}, {"text": "a\nb", "gold_standard": True}),
    ("all_tasks_empty_extractor", {}, [{"task": "T0", "value": None}, {"task": "T1"}], {}, {"result": True}),
    ("all_tasks_empty_extractor", {}, _value([]), {}, {"result": False}),
    ("point_extractor", {}, _marks({"tool": 1, "x": 2, "y": 3.5}), {}, {"T0_tool1_x": [2], "T0_tool1_y": [3.5]}),
    (
        "point_extractor_by_frame",
        {"tools": [1]},
        _marks({"tool": 0, "x": 0, "y": 0}, {"tool": 1, "x": 2, "y": 3, "frame": 5}),
        {},
        {"frame5": {"T0_tool1_x": [2], "T0_tool1_y": [3]}},
    ),
    (
        "rectangle_extractor",
        {"details": {"T0_tool0": ["question_extractor", None]}},
        _marks({"tool": 0, "x": 1, "y": 2, "width": 3, "height": 4, "details": [{"value": "Yes"}, {"value": 0}]}),
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
            *_marks({"toolIndex": 0, "x": 1, "y": 2, "r": 3, "details": [{"task": "T0.0.0"}]}, taskType="drawing"),
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
    ("shape_extractor", {"shape": "column"}, _marks({"tool": 0, "x": None, "width": None}), {}, {}),
    (
        "polygon_extractor",
        {},
        _marks({"tool": 0, "points": SQUARE}, {"toolIndex": 1, "pathX": [1], "pathY": [2]}, {"tool": 2, "points": []}),
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
    ("bezier_extractor", {}, _marks({"tool": 0, "points": SQUARE[:2]}), {}, {"frame0": {}}),
    (
        "line_text_extractor",
        {},
        _marks({"x1": 0, "x2": 2, "y1": 0, "y2": 2, "details": [{"value": "up"}]}),
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
        _marks(
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
        _value(
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
    ("sw_variant_extractor", {}, _value([{"variants": ["ye", ""]}, {}]), {}, {"variants": ["ye"]}),
    (
        "sw_graphic_extractor",
        {},
        _value(
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
        _value([{"choice": "A"}, {"choice": "C"}]),
        {},
        [{"choice": "a", "in_whitelist": True}, {"choice": "c", "in_whitelist": False}],
    ),
    (
        "nfn_extractor",
        {"workflow": "herbarium", "year": "T0", "state": "T1"},
        [*_value([{"value": 1987}]), {"task": "T1", "value": "Ohio"}],
        {"utc_offset": "-21600"},
        {"workflow": "herbarium", "decade": "80s", "state": "Ohio", "time": "earlybird"},
    ),
    (
        "question_extractor",
        {"pluck": {"who": "metadata.session", "none": "metadata.none", "feedback": "metadata.feedback.T0"}},
        _value("x"),
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
    ("question_extractor", {"recursive": True}, _value("a") + _value("b"), {}, [{"a": 1}, {"b": 1}]),
]


@pytest.mark.parametrize(("extractor", "keywords", "annotations", "metadata", "expected"), CASES)
def test_extract(
    extractor: str, keywords: dict[str, Any], annotations: list[Any], metadata: dict[str, Any], expected: Any
) -> None:
    subject = {"90": {"retired": None, "kinds": "a,b"}}
    one = record(annotations, metadata=metadata, subject_data=subject, gold_standard="true")
    (found,) = ca.iter_extracts(export_of([one]), extractor, keywords | {"no_version": True})
    assert found.reason is None
    assert json.loads(json.dumps(found.extract)) == expected


@pytest.mark.parametrize(
    ("extractor", "annotations", "reason"),
    [
        ("question_extractor", [{"task": "T0"}], "no member 'value'"),
        ("question_extractor", _value({"a": 1}), "values of another type"),
        (
            "point_extractor",
            _marks({"toolIndex": 0, "x": 1, "y": 1}),
            "marks of the newer front end need shape_extractor",
        ),
        ("shape_extractor", [], "no member 'shape'"),
        ("survey_extractor", _value("text"), "values of another type"),
        ("polygon_extractor", _marks({"tool": 0}), "no member 'pathX'"),
        ("question_extractor", [{"error": "task cannot be exported"}], "values that it cannot read"),
    ],
)
def test_record_of_another_shape_has_a_reason(extractor: str, annotations: list[Any], reason: str) -> None:
    (found,) = ca.iter_extracts(export_of([record(annotations)]), extractor)
    assert (found.extract, found.reason) == (None, reason)


def test_every_extractor_has_a_version() -> None:
    (found,) = ca.iter_extracts(export_of([record(_value("x"))]), "question_extractor")
    assert found.extract == {"x": 1, "aggregation_version": "5.3.1"}


def test_unknown_extractor_is_an_error() -> None:
    with pytest.raises(ca.UsageError, match="`extractor` is none of panoptes_aggregation"):
        next(iter(ca.iter_extracts(export_of([]), "questions_extractor")))
