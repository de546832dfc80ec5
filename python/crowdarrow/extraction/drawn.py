"""The extracts of marks whose records have the usual form, by the engine.

Most bytes of drawings are coordinates, and Python takes long to make objects of them. Records of any other form are
left to the extractors in Python.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from crowdarrow._core import Drawn
from crowdarrow.extraction.batch_rows import ROW_END, Cells, Files, job_cells
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

Version = tuple[bool, Cells]
"""Whether a version of the classifier is that of the newer front end, and the first cells of its rows."""


class DrawnJobs:
    """The jobs that the engine reads.

    Attributes:
        numbers: their numbers among all jobs.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        found = {number: one for number, job in enumerate(jobs) if (one := _declared(job)) is not None}
        tasks = {one["task"] for one in found.values()}
        names = list(dict.fromkeys(jobs[number].name for number in found))
        others = [job for number, job in enumerate(jobs) if number not in found]
        # No other job may need the marks, or write to the same file in between.
        if any(job.name in names or not _is_of_another_task(job, tasks) for job in others):
            found = {}
        for number, one in found.items():
            one["file"], one["cells"] = names.index(jobs[number].name), job_cells(jobs[number])
        self.numbers, self._names = list(found), names
        declaration = json.dumps(_NAMES | {"jobs": list(found.values())})
        self._engine = Drawn(declaration, ROW_END.encode(), MAX_DEPTH) if found else None

    def read(
        self, texts: pa.Array, versions: Sequence[str | None], starts: Sequence[pa.Array], files: Files
    ) -> Iterator[tuple[int, int, pa.Array]]:
        """Add the rows of a batch to files.

        Yields parts of the batch: where each starts and ends, and its annotations without the marks that were read. The
        record at the end of a part, if there is one, belongs to none: it is not read.

        Args:
            texts: the annotations.
            versions: the versions of the classifier, as JSON.
            starts: the cells that rows begin with, as from `row_starts`.
            files: the files.
        """
        found = {one: version for one in dict.fromkeys(versions) if (version := _version_of(one)) is not None}
        places = {one: place for place, one in enumerate(found)}
        numbers, kinds = [places.get(one) for one in versions], list(found.values())
        arrays = (texts, *starts)
        start, count = 0, len(texts)
        while start < count:
            end, rest = start, texts[:0]
            if self._engine is not None:
                columns = [files.columns(name) for name in self._names]
                end, left, rows = self._engine.rows(arrays, start, numbers, kinds, columns)
                rest = pa.array(left)
                for name, (added, data, size) in zip(self._names, rows, strict=True):
                    files.add_rows(name, added, data, size)
            yield start, end, rest
            start = end + 1


_MOST_VERSIONS = 1 << 10


@lru_cache(maxsize=_MOST_VERSIONS)
def _version_of(version: str | None) -> Version | None:
    """A version of the classifier, as JSON; None if it is none."""
    cells = [(f"data.{VERSION_KEY}", RELEASE)]
    try:
        value = "1.0" if version is None else json.loads(version)
        if not is_newer(value):
            return False, cells
        return True, [("data.classifier_version", quoted(normal_version(value))), *cells]
    except (ValueError, TypeError, RecursionError):
        return None


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
