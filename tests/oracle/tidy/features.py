"""The features of a geoDrawing task (docs/contract.md, section 2.1 and section 5 on it)."""

import math
from typing import Any

from oracle.node import NOTHING, Node

from .mark_members import REALS, Point, columns_of
from .members import Members, as_json, number_or_text_float

# The radius of the sphere of Web Mercator, in metres.
EARTH = 6378137
# What a feature does not take from its own members; these stay in `extra` unless they are null.
NOT_OF_FEATURES = ("x", "y", "radius", "points", "toolType")


def _lon_lat(geometry: Node) -> tuple[float | None, float | None]:
    """The position of a point in degrees WGS 84, from Web Mercator metres; both or neither."""
    coordinates = geometry.member("coordinates")
    numbers = [number_or_text_float(node)[0] for node in ([] if coordinates is None else coordinates.items[:2])]
    x, y = numbers if len(numbers) == 2 else (None, None)
    if x is None or y is None:
        return None, None
    try:
        height = math.sinh(y / EARTH)
    except OverflowError:
        height = math.copysign(math.inf, y)
    return x / EARTH * 180 / math.pi, math.atan(height) * 180 / math.pi


def _line_points(geometry: Node) -> list[Point | None] | None:
    """The points of a LineString; a position that is not an array is a null point."""
    coordinates = geometry.member("coordinates")
    if coordinates is None or coordinates.kind != "array":
        return None
    return [None if position.kind != "array" else _point(position) for position in coordinates.items]


def _point(position: Node) -> Point:
    numbers = [number_or_text_float(node)[0] for node in position.items[:2]]
    x, y, *_ = [*numbers, None, None]
    return {"x": x, "y": y}


def feature_row(feature: Node, classifier_version: str | None) -> dict[str, Any]:
    """The columns of a feature; the normalised geometry is null."""
    members = Members(feature)
    row = columns_of(members, classifier_version, [name for name in REALS if name not in NOT_OF_FEATURES])
    geometry, properties = (feature.member(name) or NOTHING for name in ("geometry", "properties"))
    row["geometry"] = members.take(as_json, "geometry")
    kind = geometry.member("type")
    row["tool_type"] = None if kind is None else kind.text
    if row["tool_type"] == "Point":
        row["lon"], row["lat"] = _lon_lat(geometry)
    if row["tool_type"] == "LineString":
        row["points"] = _line_points(geometry)
    row["radius"] = Members(properties).take(number_or_text_float, "uncertainty_radius")
    own_type = feature.member("type")
    if own_type is not None and own_type.value == "Feature":
        members.hold("type")
    found = {name: feature.member(name) for name in NOT_OF_FEATURES}
    members.hold(*(name for name, node in found.items() if node is not None and node.kind == "null"))
    return row | {"extra": members.extra()}
