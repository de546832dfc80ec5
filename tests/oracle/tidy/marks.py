"""The rows of `marks` for an item."""

from collections.abc import Iterator
from typing import Any

from oracle.metadata import read_float
from oracle.node import Node

from .geometry import normalise
from .items import Item, things
from .labels import Labels, tool_label_of
from .members import Fit, Members, as_bool, as_float, as_int32, as_int64, as_json, as_text

REALS = (
    *("x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle"),
    *("x_center", "y_center", "radius", "spread", "rotation", "displayTime"),
)
FEM_MEMBERS = frozenset({"toolIndex", "tool_index", "toolType"})

Point = dict[str, float | None]


def _coordinate(node: Node | None) -> Fit[float]:
    """A coordinate of a point: a string is parsed, and is not exact."""
    return (None, False) if node is None else read_float(node.value)


def as_points(node: Node) -> Fit[list[Point | None]]:
    """For a list of points; exact if each item has only the numbers x and y."""
    if node.kind != "array":
        return None, False
    points: list[Point | None] = []
    whole = True
    for item in node.items:
        if item.kind != "object":
            points.append(None)
            whole = False
            continue
        (x, x_whole), (y, y_whole) = _coordinate(item.member("x")), _coordinate(item.member("y"))
        points.append({"x": x, "y": y})
        whole = whole and x_whole and y_whole and item.members.keys() == {"x", "y"}
    return points, whole


def _path(members: Members) -> list[Point | None] | None:
    """The points of `pathX` and `pathY`, as many as the shorter list has; exact if the lists have equal lengths."""
    xs, ys = members.node.member("pathX"), members.node.member("pathY")
    if xs is None or ys is None or xs.kind != "array" or ys.kind != "array":
        members.hold(*(name for name, node in (("pathX", xs), ("pathY", ys)) if node and node.kind == "null"))
        return None
    across, down = ([*map(_coordinate, path.items)] for path in (xs, ys))
    if len(across) == len(down) and all(whole for _, whole in across + down):
        members.hold("pathX", "pathY")
    return [{"x": x, "y": y} for (x, _), (y, _) in zip(across, down, strict=False)]


def _dialect(mark: Node, classifier_version: str | None) -> str:
    if mark.members.keys() & FEM_MEMBERS or (classifier_version or "").startswith("2."):
        return "fem"
    return "pfe"


def mark_row(mark: Node, classifier_version: str | None) -> dict[str, Any]:
    """The columns that are read from the members of a mark, without the normalised geometry."""
    members = Members(mark)
    row: dict[str, Any] = {
        "frame": members.take(as_int32, "frame"),
        "tool_index": members.take(as_int32, "tool", "toolIndex", "tool_index"),
        "tool_type": members.take(as_text, "toolType"),
        "dialect": _dialect(mark, classifier_version),
        **{name: members.take(as_float, name) for name in REALS},
        "points": members.take(as_points, "points"),
        "closed": members.take(as_bool, "closed"),
        "text": members.take(as_text, "text"),
        "details": members.take(as_json, "details"),
        "start": members.take(as_int64, "start"),
        "end": members.take(as_int64, "end"),
    }
    members.take(as_text, "tool_label")
    row["tool_label"] = tool_label_of(mark)
    if row["points"] is None:
        row["points"] = _path(members)
    elif path := members.node.members.keys() & {"pathX", "pathY"}:
        members.hold(*(name for name in path if mark.members[name].kind == "null"))
    row["extra"] = members.extra()
    return row


def marks_of(item: Item, classifier_version: str | None, labels: Labels | None) -> Iterator[dict[str, Any]]:
    """One row for each mark of the item; if the type or label of the tool is null, it is taken from the workflow."""
    for position, mark in things(item.content, "mark"):
        row = mark_row(mark, classifier_version) | {"task_label": item.task_label, "mark_index": position}
        if labels is not None:
            row["task_label"] = item.task_label if item.task_label is not None else labels.task_label(item)
            tool = labels.tool(item.task, row["tool_index"], row["tool_label"])
            for column, label in (("tool_type", tool.type), ("tool_label", tool.label)):
                row[column] = label if row[column] is None else row[column]
        yield row | {"task": item.task} | normalise(row)
