"""The rows of `marks` for an item."""

from collections.abc import Iterator
from typing import Any

from oracle.metadata import read_float
from oracle.node import Node

from .features import feature_row
from .geometry import normalise
from .items import Item, features_of, things
from .labels import Labels, task_label_of
from .mark_members import REALS, Point, columns_of
from .members import Fit, Members, as_text


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


def mark_row(mark: Node, classifier_version: str | None) -> dict[str, Any]:
    """The columns that are read from the members of a mark, without the normalised geometry."""
    members = Members(mark)
    row = columns_of(members, classifier_version, REALS)
    row["tool_type"] = members.take(as_text, "toolType")
    row["points"] = members.take(as_points, "points")
    if row["points"] is None:
        row["points"] = _path(members)
    elif path := members.node.members.keys() & {"pathX", "pathY"}:
        members.hold(*(name for name in path if mark.members[name].kind == "null"))
    row["extra"] = members.extra()
    return row


def marks_of(item: Item, classifier_version: str | None, labels: Labels | None) -> Iterator[dict[str, Any]]:
    """One row for each mark of the item; if the type or label of the tool is null, it is taken from the workflow."""
    marks = [(position, mark_row(mark, classifier_version), True) for position, mark in things(item, "mark")]
    features = [(position, feature_row(feature, classifier_version), False) for position, feature in features_of(item)]
    for position, row, is_drawn in marks + features:
        row |= {"task": item.task, "task_label": task_label_of(item, labels), "mark_index": position}
        if labels is not None:
            tool = labels.tool(item.task, row["tool_index"], row["tool_label"])
            for column, label in (("tool_type", tool.type), ("tool_label", tool.label)):
                row[column] = label if row[column] is None else row[column]
        yield row | (normalise(row) if is_drawn else {})
