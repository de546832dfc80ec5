"""Centre and axis-aligned box of a mark, in image pixels with y pointing down, for both front ends.

Both front ends have angles in degrees. In PFE, angles of circles, ellipses and triangles have the opposite
sign, but the box is the same for both signs.
"""

import math
from typing import Any

Row = dict[str, Any]

# Members that identify the tool if `tool_type` is null: the first of these sets that is complete.
BY_MEMBERS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("radius", "spread"), "fan"),
    (("points",), "polygon"),
    (("x1", "y1", "x2", "y2"), "line"),
    (("rx", "ry"), "ellipse"),
    (("r",), "circle"),
    (("width", "height"), "rectangle"),
    (("x", "width"), "column"),
    (("x", "y"), "point"),
    (("y",), "fullWidthLine"),
    (("x",), "fullHeightLine"),
)
ALIASES = {
    "rotateRectangle": "rectangle",
    "transcriptionLine": "line",
    "triangle": "circle",
    "bezier": "polygon",
    "freehandLine": "polygon",
    "freehandShape": "polygon",
    "freehandSegmentLine": "polygon",
    "freehandSegmentShape": "polygon",
}


def tool_of(row: Row) -> str | None:
    """The tool whose geometry a row of `marks` has; None if no known tool matches."""
    named = row.get("tool_type") or ""
    if named.startswith("graph2d"):
        return "graph2d"
    named = ALIASES.get(named, named)
    if named in SHAPES:
        return named
    for members, tool in BY_MEMBERS:
        if all(row.get(member) is not None for member in members):
            return tool
    return None


def middle(low: float | None, high: float | None) -> float | None:
    """The middle of two ends."""
    return None if low is None or high is None else (low + high) / 2


def axis(name: str, centre: float | None, one: float | None, other: float | None) -> Row:
    """The columns of an axis from its centre and its two ends; without both ends there is no box."""
    low, high = (None, None) if one is None or other is None else (min(one, other), max(one, other))
    return {f"c{name}": centre, f"{name}min": low, f"{name}max": high}


def around(name: str, centre: float | None, half: float | None) -> Row:
    """The columns of an axis from its centre and half its extent."""
    if centre is None or half is None:
        return axis(name, centre, None, None)
    return axis(name, centre, centre - half, centre + half)


def _centre(row: Row, name: str) -> float | None:
    """The centre of a round shape: FEM `x_center`, PFE `x`."""
    centre: float | None = row.get(f"{name}_center")
    return row.get(name) if centre is None else centre


def _point(row: Row) -> Row:
    x, y = row.get("x"), row.get("y")
    return axis("x", x, x, x) | axis("y", y, y, y)


def _line(row: Row) -> Row:
    x1, x2, y1, y2 = row.get("x1"), row.get("x2"), row.get("y1"), row.get("y2")
    return axis("x", middle(x1, x2), x1, x2) | axis("y", middle(y1, y2), y1, y2)


def _circle(row: Row) -> Row:
    return around("x", _centre(row, "x"), row.get("r")) | around("y", _centre(row, "y"), row.get("r"))


def _ellipse(row: Row) -> Row:
    rx, ry, angle = row.get("rx"), row.get("ry"), row.get("angle")
    half_x = half_y = None
    if rx is not None and ry is not None and angle is not None:
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        half_x, half_y = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return around("x", _centre(row, "x"), half_x) | around("y", _centre(row, "y"), half_y)


def _side(row: Row, name: str, extent: str) -> Row:
    """One axis of an unrotated rectangle: FEM stores the centre, PFE the top left corner.

    If a mark has only the member of the other front end, that member is used.
    """
    centre, corner, size = row.get(f"{name}_center"), row.get(name), row.get(extent)
    if centre is not None and (corner is None or row.get("dialect") == "fem"):
        return around(name, centre, None if size is None else size / 2)
    if corner is None or size is None:
        return axis(name, None, None, None)
    return axis(name, corner + size / 2, corner, corner + size)


def _rectangle(row: Row) -> Row:
    """A rectangle rotated by its angle, for any tool: the box encloses the rotated shape."""
    upright = _side(row, "x", "width") | _side(row, "y", "height")
    angle, width, height = row.get("angle") or 0, row.get("width"), row.get("height")
    if angle == 0:
        return upright
    half_x = half_y = None
    if width is not None and height is not None:
        cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
        half_x = (abs(width) * cos + abs(height) * sin) / 2
        half_y = (abs(width) * sin + abs(height) * cos) / 2
    return around("x", upright["cx"], half_x) | around("y", upright["cy"], half_y)


def _polygon(row: Row) -> Row:
    points = row.get("points") or []
    box: Row = {}
    for name in ("x", "y"):
        positions = [point[name] for point in points if point is not None and point[name] is not None]
        whole = positions and len(positions) == len(points)
        low, high = (min(positions), max(positions)) if whole else (None, None)
        box |= axis(name, middle(low, high), low, high)
    return box


def _column(row: Row) -> Row:
    return _side({"x": row.get("x"), "width": row.get("width")}, "x", "width")


def _full_width_line(row: Row) -> Row:
    return axis("y", row.get("y"), row.get("y"), row.get("y"))


def _full_height_line(row: Row) -> Row:
    return axis("x", row.get("x"), row.get("x"), row.get("x"))


def _none(_row: Row) -> Row:
    return {}


SHAPES = {
    "point": _point,
    "line": _line,
    "circle": _circle,
    "ellipse": _ellipse,
    "rectangle": _rectangle,
    "polygon": _polygon,
    "column": _column,
    "fullWidthLine": _full_width_line,
    "fullHeightLine": _full_height_line,
    "fan": _none,
    "graph2d": _none,
}


def normalise(row: Row) -> Row:
    """The columns `cx, cy, xmin, ymin, xmax, ymax` of a row of `marks`, without null ones."""
    tool = tool_of(row)
    return {} if tool is None else SHAPES[tool](row)
