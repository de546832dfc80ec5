"""Labels and indices of dropdown options: by value in the old front end, by index in the current one.

See docs/contract.md, section 2.4.
"""

from pathlib import Path
from typing import Any

import pytest

from support.labelled_files import Labelled, drawing, dropdown, select, tool, version

NAMES = "answer label choice_index"
COUNTRY = select("Country", {"c6e0d98477ec8": "Oceania", "3844fc24a3df7": "US"})
YEAR = select("Year", {1897: "'97"}, {1897: "'97 again", 1898: "'98", "c6e0d98477ec8": "no country"})
VERSIONS = [version("3.4", {"T0": dropdown(COUNTRY, YEAR)})]


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return Labelled(tmp_path)


@pytest.mark.parametrize(
    ("items", "found"),
    [
        # Hashes and numbers, each in its own select.
        (
            [
                {"select_label": "Country", "option": True, "value": "c6e0d98477ec8"},
                {"select_label": "Year", "option": True, "value": 1898},
            ],
            [("c6e0d98477ec8", "Oceania", 0), ("1898", "'98", 1)],
        ),
        # The exported label is kept; the index is added.
        (
            [{"select_label": "Country", "option": True, "value": "3844fc24a3df7", "label": "USA"}],
            [("3844fc24a3df7", "USA", 1)],
        ),
        # An option in the lists of two answers: the first.
        ([{"select_label": "Year", "option": True, "value": 1897}], [("1897", "'97", 0)]),
        # The select is found by its title at any index.
        ([{"select_label": "Year", "option": True, "value": "c6e0d98477ec8"}], [("c6e0d98477ec8", "no country", 2)]),
        # Free text is not an option, even if it equals one; nor is a value that the version lacks.
        ([{"select_label": "Country", "option": False, "value": "3844fc24a3df7"}], [("3844fc24a3df7", None, None)]),
        ([{"select_label": "Country", "option": True, "value": "0000"}], [("0000", None, None)]),
        ([{"select_label": "City", "option": True, "value": "3844fc24a3df7"}], [("3844fc24a3df7", None, None)]),
        # The submitted form without titles: by index in the list, including nulls.
        ([{"option": True, "value": "3844fc24a3df7"}], [("3844fc24a3df7", "US", 1)]),
        ([None, {"option": True, "value": 1898}], [("1898", "'98", 1)]),
        ([None, {"option": True, "value": "3844fc24a3df7"}], [("3844fc24a3df7", None, None)]),
        ([None, None, {"option": True, "value": 1898}], [("1898", None, None)]),
    ],
)
def test_options_of_the_old_front_end(labelled: Labelled, items: list[Any], found: list[Any]) -> None:
    assert labelled.columns(NAMES, "answers", [{"task": "T0", "value": items}], VERSIONS) == found
    # The question of a top-level dropdown is the title of its select, which is exported.
    assert labelled.columns("question_label", "answers", [{"task": "T0", "value": items}], VERSIONS) == [None] * len(
        found
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        # From 2021 to 2026 the value is the index.
        ({"select_label": "Country", "option": True, "value": 1}, ("1", "US", 1)),
        ({"select_label": "Country", "option": True, "value": 1, "label": "USA"}, ("1", "USA", 1)),
        ({"select_label": "Country", "option": True, "value": 7}, ("7", None, 7)),
        # Since 2026.
        (
            {"select_label": "Country", "option": True, "option_index": 1, "value": "3844fc24a3df7"},
            ("3844fc24a3df7", "US", 1),
        ),
        ({"select_label": "Country", "option": False, "value": "3844fc24a3df7"}, ("3844fc24a3df7", None, None)),
        # The submitted form.
        ({"selection": 0, "option": True}, (None, "Oceania", 0)),
        ({"selection": "mine", "option": False}, ("mine", None, None)),
    ],
)
def test_options_of_the_current_front_end(labelled: Labelled, value: Any, found: Any) -> None:
    annotations = [{"task": "T0", "task_type": "dropdown-simple", "value": value}]
    versions = [version("3.4", {"T0": dropdown(COUNTRY)})]
    assert labelled.columns(NAMES, "answers", annotations, versions, fem=True) == [found]


@pytest.mark.parametrize(
    "options", [["red", "blue"], [{"label": "red", "value": "r"}, {"label": "blue", "value": "b"}]]
)
def test_simple_dropdown_is_a_select(labelled: Labelled, options: list[Any]) -> None:
    versions = [version("3.4", {"T0": {"type": "dropdown-simple", "instruction": "Pick.", "options": options}})]
    annotations = [{"task": "T0", "value": {"selection": 1, "option": True}, "taskType": "dropdown-simple"}]
    assert labelled.columns(NAMES, "answers", annotations, versions, fem=True) == [(None, "blue", 1)]


def test_subtasks(labelled: Labelled) -> None:
    versions = [version("3.4", {"T0": drawing(tool("Eye", "point", dropdown(COUNTRY, YEAR)))})]
    names = f"subtask question_label {NAMES}"
    old = [
        {
            "task": "T0",
            "value": [
                {"tool": 0, "details": [{"value": [{"value": "3844fc24a3df7", "option": True}, None]}]},
                {"tool": 0, "details": [{"value": [None, {"value": 1898, "option": True}]}]},
                {"tool": 0, "details": [{"value": [{"value": "mine", "option": False}]}]},
            ],
        }
    ]
    assert labelled.columns(names, "answers", old, versions) == [
        ("T0.0.0", "Pick.", "3844fc24a3df7", "US", 1),
        ("T0.0.0", "Pick.", "1898", "'98", 1),
        ("T0.0.0", "Pick.", "mine", None, None),
    ]
    new = [{"task": "T0.0.0", "value": {"selection": 1, "option": True}, "markIndex": 0}]
    assert labelled.columns(names, "answers", new, versions, fem=True) == [("T0.0.0", "Pick.", None, "US", 1)]


def test_selects_with_equal_titles_are_found_by_index(labelled: Labelled) -> None:
    versions = [version("3.4", {"T0": dropdown(select("", {"1": "one"}), select("", {"1": "first"}))})]
    item = {"select_label": "", "option": True, "value": "1"}
    annotations = [{"task": "T0", "value": [item, item, item]}]
    assert labelled.columns("label", "answers", annotations, versions) == ["one", "first", "one"]


def test_options_of_another_version(labelled: Labelled) -> None:
    versions = [
        version("1.1", {"T0": dropdown(select("Country", {"a": "Oceania"}))}),
        version("2.1", {"T0": dropdown(select("Country", {"b": "US", "a": "Oceania (all)"}))}),
    ]
    annotations = [{"task": "T0", "value": [{"select_label": "Country", "option": True, "value": "a"}]}]
    found = [labelled.columns("label choice_index", "answers", annotations, versions, at=at) for at in ("1.1", "2.1")]
    assert found == [[("Oceania", 0)], [("Oceania (all)", 1)]]


def test_value_without_option_is_looked_up(labelled: Labelled) -> None:
    items = [{"select_label": "Country", "value": "3844fc24a3df7"}]
    found = labelled.columns(f"{NAMES} is_option", "answers", [{"task": "T0", "value": items}], VERSIONS)
    assert found == [("3844fc24a3df7", "US", 1, None)]


def test_option_whose_value_is_a_boolean_is_not_a_number(labelled: Labelled) -> None:
    options = {"options": {"*": [{"value": True, "label": "Yes"}, {"value": 1, "label": "One"}]}, "title": "Number"}
    versions = [version("3.4", {"T0": dropdown(options)})]
    items = [{"select_label": "Number", "option": True, "value": value} for value in ("True", 1)]
    found = labelled.columns(NAMES, "answers", [{"task": "T0", "value": items}], versions)
    assert found == [("True", None, None), ("1", "One", 1)]
