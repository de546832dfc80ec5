"""Extractors of marks: points, shapes, polygons and curves."""

from collections.abc import Sequence
from typing import Any

from crowdarrow.extraction.extractors.core import Extract, Task
from crowdarrow.extraction.needs import needed

SHAPES = {
    "circle": ("x", "y", "r"),
    "column": ("x", "width"),
    "ellipse": ("x", "y", "rx", "ry", "angle"),
    "fullWidthLine": ("y",),
    "fullHeightLine": ("x",),
    "line": ("x1", "y1", "x2", "y2"),
    "point": ("x", "y"),
    "rectangle": ("x", "y", "width", "height"),
    "rotateRectangle": ("x", "y", "width", "height", "angle"),
    "triangle": ("x", "y", "r", "angle"),
    "fan": ("x", "y", "radius", "spread", "rotation"),
    "temporalRotateRectangle": ("x_center", "y_center", "width", "height", "angle", "displayTime"),
    "temporalPoint": ("x", "y", "displayTime"),
}
"""The members of a mark of each shape."""

_CURVE_POINTS = 10
"""Points of the line that replaces one Bézier curve."""
_CONTROL_POINTS = 3


def points(task: Task, **_: Any) -> Extract:
    """The points of each tool, over all frames."""
    found: Extract = {}
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            _check_older(mark)
            _add(found, f"{key}_tool{mark['tool']}", mark, ("x", "y"))
    return found


def points_by_frame(task: Task, **_: Any) -> Extract:
    """The points of each frame and tool."""
    found: Extract = {}
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            _check_older(mark)
            frame = found.setdefault(f"frame{mark['frame']}", {})
            _add(frame, f"{key}_tool{mark['tool']}", mark, ("x", "y"))
    return found


def rectangles(task: Task, **_: Any) -> Extract:
    """The rectangles of each frame and tool."""
    found: Extract = {}
    members = SHAPES["rectangle"]
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            tool, frame = f"{key}_tool{mark['tool']}", f"frame{mark['frame']}"
            if all(name in mark for name in members):
                _add(found.setdefault(frame, {}), tool, mark, members)
    return found


def shapes(task: Task, **keywords: Any) -> Extract:
    """The marks of the keyword `shape`, of each frame and tool."""
    members = SHAPES[keywords["shape"]]
    found: Extract = {}
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            tool, frame = _tool(key, mark), f"frame{mark.get('frame', 0)}"
            if not all(name in mark for name in members):
                continue
            values = found.setdefault(frame, {})
            for name in members:
                if mark[name] is not None:
                    values.setdefault(f"{tool}_{name}", []).append(mark[name])
            if not values:
                del found[frame]
    return found


def polygons(task: Task, **_: Any) -> Extract:
    """The outlines of polygons and freehand lines, of each frame and tool."""
    found: Extract = {}
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            tool, frame = _tool(key, mark), f"frame{mark.get('frame', 0)}"
            values = found.setdefault(frame, {})
            x, y = _path(mark)
            if len(x) > 0:
                values.setdefault(f"{tool}_pathX", []).append(x)
                values.setdefault(f"{tool}_pathY", []).append(y)
                values["gold_standard"] = task.gold_standard
    return found


def beziers(task: Task, **_: Any) -> Extract:
    """The curves through the control points of Bézier shapes, as lines of ten points each."""
    found: Extract = {}
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            tool, frame = f"{key}_tool{mark['tool']}", f"frame{mark.get('frame', 0)}"
            values = found.setdefault(frame, {})
            corners = needed("numpy", "numpy").array([[point["x"], point["y"]] for point in mark["points"]])
            if len(corners) >= _CONTROL_POINTS:
                x, y = _curve(corners)
                values.setdefault(f"{tool}_pathX", []).append(x)
                values.setdefault(f"{tool}_pathY", []).append(y)
    return found


def _check_older(mark: Any) -> None:
    if "toolIndex" in mark:
        msg = "marks of the newer front end need shape_extractor"
        raise ValueError(msg)


def _add(found: Extract, tool: str, mark: Any, members: Sequence[str]) -> None:
    if all(name in mark for name in members):
        for name in members:
            found.setdefault(f"{tool}_{name}", []).append(mark[name])


def _tool(key: Any, mark: Any) -> str:
    if "tool" in mark:
        return f"{key}_tool{mark['tool']}"
    return f"{key}_toolIndex{mark['toolIndex']}"


def _path(mark: Any) -> tuple[Any, Any]:
    if "points" in mark.keys():  # noqa: SIM118 - text has no keys, and is not a mark
        return [point["x"] for point in mark["points"]], [point["y"] for point in mark["points"]]
    return mark["pathX"], mark["pathY"]


def _curve(known: Any) -> tuple[list[float], list[float]]:
    """The points of the curves through an array of control points."""
    numpy = needed("numpy", "numpy")
    if len(known) % 2 == 0:  # a closed shape ends where it starts
        known = numpy.append(known, [known[0]], axis=0)
    t = numpy.linspace(0.0, 1.0, _CURVE_POINTS)
    weights = numpy.array([1.0 * t**2, 2.0 * t * (1 - t), 1.0 * (1 - t) ** 2])
    x: list[float] = []
    y: list[float] = []
    for start in range(0, len(known) - 2, 2):
        control = known[start : start + _CONTROL_POINTS]
        x += numpy.dot(control[:, 0], weights)[::-1].tolist()
        y += numpy.dot(control[:, 1], weights)[::-1].tolist()
    return x, y
