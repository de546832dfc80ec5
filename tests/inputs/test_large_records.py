"""Records of some megabytes that access the elements of one value many times: the time is linear in their size."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import collect
from crowdarrow.exports.zooniverse.labels import resolve
from crowdarrow.exports.zooniverse.labels.packed import Document
from crowdarrow.exports.zooniverse.labels.versions import Workflow
from support.labelled_files import Labelled, drawing, dropdown, question, select, tool, version
from support.zooniverse_examples import FEM, HEADER, IDENTITY, csv_of

MANY = 60_000
LONGEST = 8.0
"""Seconds; a quadratic algorithm takes minutes."""

VERSIONS = [version("3.4", {"T0": drawing(tool("Nest", "point", question("How old?", "single", "Young", "Old")))})]


def subtasks(count: int) -> list[Any]:
    marks = [{"x": 1, "y": 2} for _ in range(count)]
    marks[-1]["tool_label"] = "Nest"  # type: ignore[assignment]
    answers = [{"task": "T0.0.0", "markIndex": count - 1, "value": 1} for place in range(count)]
    return [{"task": "T0", "value": marks}, *answers]


def long_drawing(count: int) -> list[Any]:
    """A drawing with many members; each sub-task's answer looks up its own mark among them."""
    members = {f"k{number}": 1 for number in range(count)}
    answers = [{"task": "T0.0.0", "markIndex": 0, "value": 1} for _ in range(count)]
    return [{**members, "task": "T0", "value": [{"x": 1, "tool_label": "Nest"}]}, *answers]


@pytest.mark.parametrize("annotations", [subtasks, long_drawing])
def test_answers_beside_a_large_drawing(tmp_path: Path, annotations: Callable[[int], list[Any]]) -> None:
    record = IDENTITY | {
        "metadata": FEM,
        "workflow_version": "3.4",
        "workflow_id": 10,
        "annotations": json.dumps(annotations(MANY)),
    }
    workflows = Labelled(tmp_path).workflows(*VERSIONS)
    started = time.process_time()
    found = collect(csv_of(HEADER, [record]), tables=["answers"], workflows=workflows)
    assert time.process_time() - started < LONGEST
    assert found.tables["answers"]["label"].to_pylist() == ["Old"] * MANY


def test_options_of_a_long_dropdown() -> None:
    task = dropdown(select("Place", {f"v{number}": f"place {number}" for number in range(MANY)}))
    workflow = Workflow(Document({"T0": task}), Document({}))
    started = time.process_time()
    for number in range(MANY - 5000, MANY):
        found = resolve.dropdown(workflow, "T0", None, None, None, None, "Place", 0, f"v{number}", None)
        assert found == (None, f"place {number}", number)
    assert time.process_time() - started < LONGEST
