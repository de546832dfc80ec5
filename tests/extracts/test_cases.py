"""The extracts that the public tests of panoptes_aggregation expect, by the Python API."""

import csv
import json
import re
from functools import cache
from typing import Any

import pytest

import crowdarrow as ca
from conftest import ABSENT, SHARED_DATA

CASES = SHARED_DATA / "extracts" / "cases.json"
EXPORT = SHARED_DATA / "extracts" / "cases.csv"


def _cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8")) if CASES.exists() else []
    return found


@cache
def _lines() -> tuple[list[str], dict[int, list[str]]]:
    csv.field_size_limit(1 << 30)
    with EXPORT.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, {int(row[0]): row for row in rows}


def _export_of(number: int) -> bytes:
    """The export with one record."""
    import io

    text = io.StringIO(newline="")
    header, rows = _lines()
    csv.writer(text, lineterminator="\n").writerows([header, rows[number]])
    return text.getvalue().encode()


def _is_equal(found: Any, expected: Any, places: int | None) -> bool:
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(
                # The expected angles of lines are rounded.
                _is_equal(found[name], expected[name], 5 if name == "slope" else places)
                for name in expected
            )
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(_is_equal(one, other, places) for one, other in zip(found, expected, strict=True))
        )
    if isinstance(expected, int | float) and not isinstance(expected, bool) and places is not None:
        return isinstance(found, int | float) and abs(found - expected) < 10**-places
    return bool(found == expected)


@pytest.mark.skipif(not CASES.exists(), reason=ABSENT)
def test_there_are_129_cases() -> None:
    assert len(_cases()) == 129


@pytest.mark.parametrize("case", _cases(), ids=lambda case: re.sub(r"\W+", "-", case["source"])[:60])
def test_case_and_its_empty_record_give_what_is_expected(case: dict[str, Any]) -> None:
    keywords = case["keywords"] | {"no_version": True}
    pairs = [
        (case["classification_id"], case["expected"]),
        (case["blank_classification_id"], case["expected_of_blank"]),
    ]
    for number, expected in pairs:
        (found,) = ca.iter_extracts(_export_of(number), case["extractor"], keywords)
        assert found.reason is None
        assert found.classification_id == number
        assert _is_equal(found.extract, expected, case["places"]), found.extract
