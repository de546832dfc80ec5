"""What each extractor gives, by hand-made records of both front ends."""

import json
from typing import Any

import pytest

import crowdarrow as ca
from support.extract_cases import CASES, marks_of, value_of
from support.extract_files import export_of, record


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
        ("question_extractor", value_of({"a": 1}), "values of another type"),
        (
            "point_extractor",
            marks_of({"toolIndex": 0, "x": 1, "y": 1}),
            "marks of the newer front end need shape_extractor",
        ),
        ("shape_extractor", [], "no member 'shape'"),
        ("survey_extractor", value_of("text"), "values of another type"),
        ("polygon_extractor", marks_of({"tool": 0}), "no member 'pathX'"),
        ("question_extractor", [{"error": "task cannot be exported"}], "values that it cannot read"),
    ],
)
def test_record_of_another_shape_has_a_reason(extractor: str, annotations: list[Any], reason: str) -> None:
    (found,) = ca.iter_extracts(export_of([record(annotations)]), extractor)
    assert (found.extract, found.reason) == (None, reason)


def test_every_extractor_has_a_version() -> None:
    (found,) = ca.iter_extracts(export_of([record(value_of("x"))]), "question_extractor")
    assert found.extract == {"x": 1, "aggregation_version": "5.3.1"}


def test_unknown_extractor_is_an_error() -> None:
    with pytest.raises(ca.UsageError, match="`extractor` is not one of panoptes_aggregation"):
        next(iter(ca.iter_extracts(export_of([]), "questions_extractor")))
