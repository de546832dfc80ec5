"""The extracts of marks whose records have the usual form, by the engine.

Most bytes of drawings are coordinates, and Python takes long to make objects of them. Records of any other form are
left to the extractors in Python.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from crowdarrow._core import Drawn
from crowdarrow.extraction.batch_rows import Cells
from crowdarrow.extraction.cells import quoted
from crowdarrow.extraction.config import Job
from crowdarrow.extraction.extractors.core import RELEASE, VERSION_KEY, is_newer
from crowdarrow.extraction.extractors.shapes import SHAPES
from crowdarrow.extraction.versions import normal_version
from crowdarrow.read.table_set import MAX_DEPTH

_OUTLINES, _SHAPES = "polygon_extractor", "shape_extractor"
_NAMES = {
    "prefix": "data.",
    "task": "task",
    "value": "value",
    "kind": ("taskType", "drawing", ["dataVisAnnotation"]),
    "beside": "markIndex",
    "frame": "frame",
    "details": ("details", "task"),
    "tools": [("tool", "_tool"), ("toolIndex", "_toolIndex")],
    "axes": ("pathX", "pathY"),
    "points": ("points", ("x", "y")),
    "flag": ("gold_standard", "False"),
}

Found = tuple[Sequence[Any], Sequence[list[Cells] | None]]
"""The annotations of each record, without the marks that were read, and the cells of each job, or None."""


class DrawnJobs:
    """The jobs that the engine reads.

    Attributes:
        numbers: their numbers among all jobs.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        found = {number: one for number, job in enumerate(jobs) if (one := _declared(job)) is not None}
        tasks = {one["task"] for one in found.values()}
        names = {jobs[number].name for number in found}
        others = [job for number, job in enumerate(jobs) if number not in found]
        # No other job may need the marks, or write to the same file in between.
        if any(job.name in names or not _is_of_another_task(job, tasks) for job in others):
            found = {}
        self.numbers = list(found)
        self._engine = Drawn(json.dumps(_NAMES | {"jobs": list(found.values())})) if found else None
        self._starts: dict[str | None, Cells] = {}
        self._newer: dict[str | None, bool | None] = {}

    def read(self, annotations: pa.Array, versions: Sequence[str | None]) -> Found:
        """The extracts of a batch; `versions` are those of the classifier, as JSON."""
        if self._engine is None:
            return annotations.to_pylist(), [None] * len(annotations)
        newer = [self._newer[one] if one in self._newer else self._add(one) for one in versions]
        rest, rows = self._engine.read(annotations, newer, MAX_DEPTH)
        return pa.array(rest).to_pylist(), rows

    def rows(self, cells: Sequence[Cells] | None, version: str | None) -> Iterator[tuple[int, Cells]]:
        """The cells of the row of each job, with its number."""
        for number, found in zip(self.numbers, cells or (), strict=cells is not None):
            yield number, self._starts[version] + found

    def _add(self, version: str | None) -> bool | None:
        """Whether a version of the classifier is that of the newer front end; None if it is not a version."""
        if len(self._newer) >= _MOST_VERSIONS:
            self._newer.clear()
        cells = [(f"data.{VERSION_KEY}", RELEASE)]
        try:
            value = "1.0" if version is None else json.loads(version)
            found: bool | None = is_newer(value)
            if found:
                cells.insert(0, ("data.classifier_version", quoted(normal_version(value))))
        except (ValueError, TypeError, RecursionError):
            found = None
        self._starts[version] = cells
        self._newer[version] = found
        return found


_MOST_VERSIONS = 1 << 10


def _declared(job: Job) -> dict[str, Any] | None:
    """The declaration of a job that the engine can read."""
    keywords = job.keywords
    is_shape = job.extractor == _SHAPES
    if not isinstance(keywords, Mapping) or not (is_shape or job.extractor == _OUTLINES):
        return None
    task, tools, details = (keywords.get(name) for name in ("task", "tools", "details"))
    known = {"task", "tools", "details", *(["shape"] if is_shape else [])}
    if set(keywords) - known or not isinstance(task, str) or task == "all" or "." in task or details not in (None, {}):
        return None
    if "tools" in keywords and not (isinstance(tools, list) and all(type(one) is int for one in tools)):
        return None
    members = SHAPES.get(str(keywords.get("shape"))) if is_shape else None
    if is_shape and members is None:
        return None
    return {
        "task": task,
        "tools": None if tools is None else [str(one) for one in tools],
        "details": details is not None,
        "members": members,
    }


def _is_of_another_task(job: Job, tasks: set[str]) -> bool:
    """Whether a job reads none of these tasks."""
    task = job.keywords.get("task") if isinstance(job.keywords, Mapping) else None
    return isinstance(task, str) and task != "all" and task not in tasks
