"""Values that no tidy table reads are counted by shape, at any place, if such a table was requested."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from conftest import collect
from crowdarrow.read.report import Report
from support.zooniverse_examples import HEADER, IDENTITY, PFE, csv_of

NAME = "value that no table takes apart: "
TIDY = ["answers", "marks", "identifications"]


def notes(*annotations: Any, tables: list[str] | None = None) -> dict[str, int]:
    """Return the counts that the report notes for these annotations, by shape."""
    records = [IDENTITY | {"metadata": PFE, "annotations": json.dumps(one)} for one in annotations]
    found = collect(csv_of(HEADER, records), tables=tables or TIDY)
    assert not found.rejects
    assert all(name.startswith(NAME) for name in found.report.notes)
    return {name.removeprefix(NAME): count for name, count in found.report.notes.items()}


@pytest.mark.parametrize(
    ("value", "shapes"),
    [
        ([[1, 2]], {"[[…]]": 1}),
        ([None, [{"x": 1}]], {"[[…] null]": 1}),
        (["a", [1], {"y": 1, "x": 2}], {"[[…] string {x y}]": 1}),
        ("text", {}),
        (None, {}),
        ([], {}),
        ([None], {}),
        (["a", 1, True], {}),
        ([{"x": 1}, {"choice": "A"}, {"select_label": "S", "value": None}], {}),
        ({"something": [[1]]}, {}),
    ],
)
def test_note_counts_values_by_shape(value: Any, shapes: dict[str, int]) -> None:
    assert notes([{"task": "T0", "value": value}]) == shapes
    child = {"task": "C", "value": [{"task": "T0", "value": value}, {"task": "T1", "value": "a"}]}
    assert notes([child]) == shapes


def test_items_that_are_lists_are_counted() -> None:
    assert notes([[[1]], [1], {"task": "C", "value": [{"task": "T0", "value": 1}, [[2]]]}]) == {"[[…]]": 2}


def test_combo_within_a_combo_is_counted() -> None:
    inner = {"task": "D", "value": [{"task": "T0", "value": 1}]}
    assert notes([{"task": "C", "value": [inner]}]) == {"[{task value}]": 1}
    assert notes([inner]) == {}


def test_counts_are_summed_over_records_and_blocks() -> None:
    many = [[{"task": "T0", "value": [[number]]}, {"task": "T1", "value": [[], None]}] for number in range(50)]
    assert notes(*many) == {"[[…]]": 50, "[[…] null]": 50}


def test_shapes_are_counted_only_for_requested_tables() -> None:
    odd = [{"task": "T0", "value": [[1]]}]
    assert notes(odd, tables=["classifications", "annotations"]) == {}
    for table in TIDY:
        assert notes(odd, tables=[table]) == {"[[…]]": 1}


def test_number_of_shapes_is_bounded() -> None:
    odd = [[{"task": "T0", "value": [[], {f"k{number}": 1}]}] for number in range(250)]
    found = notes(*odd)
    assert sum(found.values()) == 250
    # A hundred shapes, and the others together.
    assert (len(found), found["…"]) == (101, 150)
    (long,) = notes([{"task": "T0", "value": [[], {"é" * 1000: 1}]}])
    assert len(long) <= 201


def test_shapes_that_are_named_do_not_depend_on_blocks() -> None:
    numbers = [number % 240 for number in range(1000)]
    random.Random(1).shuffle(numbers)  # noqa: S311 - the same each time
    found = []
    for size in (1, 7, 1000):
        report = Report()
        for at in range(0, len(numbers), size):
            block = Counter(numbers[at : at + size])
            shapes = [(number % 2, f"{number:03}", count) for number, count in block.items()]
            report.note_all(["odd", "even"], [0, 0], shapes)
        found.append(report.notes)
    assert found[0] == found[1] == found[2]
    assert sum(found[0].values()) == 1000
    # The first hundred of each name.
    assert {f"odd: {number:03}" for number in range(0, 200, 2)} | {"odd: …"} == {
        name for name in found[0] if name.startswith("odd")
    }


def test_summary_shows_a_few_shapes() -> None:
    report = Report(notes={f"odd: {number}": number for number in range(1, 21)})
    assert "noted: odd: 20 (20), odd: 19 (19)," in str(report)
    assert str(report).rstrip().endswith("and 12 more in the report")
