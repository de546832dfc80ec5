"""Runs panoptes_aggregation in an environment of its own, and compares its files with those of crowdarrow."""

import csv
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("CROWDARROW_PANOPTES", ROOT / "benchmarks" / "data" / ".venv-panoptes" / "bin" / "python"))
"""The Python of the environment."""
ABSENT = "panoptes_aggregation is not here (CROWDARROW_PANOPTES names the Python of its environment)"

_SHAPES = (
    *("circle", "column", "ellipse", "fullWidthLine", "fullHeightLine", "line", "point", "rectangle"),
    *("rotateRectangle", "triangle", "fan", "temporalRotateRectangle", "temporalPoint"),
)
_OF_TASK = (
    *("question", "shortcut", "survey", "dropdown", "slider", "text", "line_text", "sw", "sw_variant", "sw_graphic"),
    *("point", "point_extractor_by_frame", "rectangle", "polygon", "bezier", "poly_line_text"),
)
_MOST_TASKS = 6
csv.field_size_limit(1 << 30)

_SCRIPT = """
import json, sys, traceback, warnings, io, contextlib
warnings.simplefilter("ignore")
from panoptes_aggregation.scripts import config_workflow, extract_csv, reduce_csv
functions = {"config": config_workflow, "extract": extract_csv, "reduce": reduce_csv}
found = []
for name, arguments in json.load(sys.stdin):
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            functions[name](**arguments)
        found.append(None)
    except BaseException as error:
        found.append(type(error).__name__ + ": " + str(error)[:200])
print("RESULT" + json.dumps(found))
"""


def run(calls: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str | None]:
    """Call `config`, `extract` and `reduce` with these arguments; returns the error of each, or None."""
    given = json.dumps(list(calls))
    done = subprocess.run([PYTHON, "-c", _SCRIPT], input=given, capture_output=True, text=True, check=True)
    found: list[str | None] = json.loads(done.stdout.rpartition("RESULT")[2])
    return found


def records(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """The records of an export."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def wide_configs(path: Path) -> list[dict[str, Any]]:
    """For each workflow of an export, a configuration with all extractors for its most frequent tasks."""
    tasks: dict[str, Counter[str]] = {}
    surveys: set[str] = set()
    for record in records(path):
        found = tasks.setdefault(record["workflow_id"], Counter())
        annotations = json.loads(record["annotations"])
        surveys |= {one["task"] for one in annotations if _is_survey(one)}
        found.update(one["task"] for one in annotations if isinstance(one.get("task"), str) and "." not in one["task"])
    return [
        _wide(int(number), [task for task, _ in found.most_common(_MOST_TASKS)], surveys)
        for number, found in tasks.items()
    ]


def _is_survey(annotation: Mapping[str, Any]) -> bool:
    value = annotation.get("value")
    return isinstance(value, list) and any(isinstance(one, dict) and "choice" in one for one in value)


def _wide(workflow: int, tasks: list[str], surveys: set[str]) -> dict[str, Any]:
    extractors: dict[str, list[dict[str, Any]]] = {}
    for name in _OF_TASK:
        extractors[name if name.startswith("point_") else f"{name}_extractor"] = [{"task": task} for task in tasks]
    # Without an identification in all records, the tool stops with an error.
    extractors["survey_extractor"] = [{"task": task} for task in tasks if task in surveys]
    for shape in _SHAPES:
        extractors[f"shape_extractor_{shape}"] = [
            {"task": task, "shape": shape, "tools": [0, 1, 2], "details": _details(task)} for task in tasks
        ]
    extractors["polygon_extractor"] += [{"task": task, "details": {}} for task in tasks]
    extractors["poly_line_text_extractor"] += [{"task": task, "dot_freq": "word"} for task in tasks]
    extractors["rectangle_extractor"] += [{"task": task, "details": _details(task)} for task in tasks]
    extractors["all_tasks_empty_extractor"] = [{"task": "all"}]
    extractors["question_extractor"] += [
        {"task": task, "recursive": True, "recursive_subject_ids": True} for task in tasks
    ]
    extractors["question_extractor"] += [{"task": task, "pluck": {"where": "metadata.source"}} for task in tasks]
    return {"workflow_id": workflow, "workflow_version": {"min": "0"}, "extractor_config": extractors}


def _details(task: str) -> dict[str, Any]:
    older = {f"{task}_tool{tool}": ["question_extractor", "text_extractor", "question_extractor"] for tool in range(3)}
    newer = {f"{task}_toolIndex{tool}_subtask{n}": "text_extractor" for tool in range(3) for n in range(2)}
    return older | newer


class Compared(NamedTuple):
    """The rows and cells that two folders have in common, and what differs."""

    rows: int
    cells: int
    differences: list[str]


def compare(theirs: Path, ours: Path) -> Compared:
    """Compare two folders of files: the same rows and values, whatever the form of a whole float."""
    names = {folder: sorted(one.name for one in folder.glob("*.csv")) for folder in (theirs, ours)}
    differences = [] if names[theirs] == names[ours] else [f"files {set(names[theirs]) ^ set(names[ours])}"]
    rows = cells = 0
    for name in set(names[theirs]) & set(names[ours]):
        left, right = records(theirs / name, "utf-8"), records(ours / name, "utf-8")
        if len(left) != len(right):
            differences.append(f"{name}: {len(left)} and {len(right)} rows")
        for number, (one, other) in enumerate(zip(left, right, strict=False)):
            rows, cells = rows + 1, cells + len(one)
            if one.keys() != other.keys():
                differences.append(f"{name}: columns {sorted(one.keys() ^ other.keys())[:5]}")
                break
            differences += [
                f"{name}, row {number}, {key}: {one[key][:80]!r} and {other[key][:80]!r}"
                for key in one
                if one[key] != other[key] and not _equal_numbers(one[key], other[key])
            ]
    return Compared(rows, cells, differences)


def _equal_numbers(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def slugs(texts: list[str]) -> list[str]:
    """The names that the question extractor gives to these answers."""
    script = (
        "import json, sys; from slugify import slugify; "
        "print(json.dumps([slugify(text, separator='-') for text in json.load(sys.stdin)]))"
    )
    done = subprocess.run([PYTHON, "-c", script], input=json.dumps(texts), capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found
