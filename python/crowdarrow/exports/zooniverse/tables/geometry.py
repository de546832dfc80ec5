"""Drawn marks of all tools, made comparable: their centre and the box around them, in image pixels, y down.

A step over a whole batch of the `marks` table. What each tool's members mean, and where that is from: PFE is the
legacy classifier (`zooniverse/Panoptes-Front-End`, `app/classifier/drawing-tools/`), FEM the present one
(`zooniverse/front-end-monorepo`, `packages/lib-classifier/src/plugins/drawingTools/models/marks/`).

* `point`: `x, y` itself. PFE `point`; FEM `Point`.
* `line`, `transcriptionLine`: the box of the ends, whatever the direction. PFE `line`; FEM `Line`,
  `TranscriptionLine`.
* `circle`, `triangle`: `r` around the centre; a triangle's is its circumscribed circle's. PFE `circle`, `triangle`;
  FEM `Circle`.
* `ellipse`: `rx` along `angle` (degrees) and `ry` across it. PFE `ellipse`; FEM `Ellipse`.
* `rectangle`, crops: PFE's `x, y` is the top-left corner, FEM's `x_center, y_center` the centre. PFE `rectangle`,
  `tasks/crop`; FEM `Rectangle`. A mark that has the other front end's member alone is read by that.
* `rotateRectangle`: the same, turned by `angle` (degrees) about its centre. PFE `rotate-rectangle`; FEM
  `RotateRectangle`.
* `polygon`, `bezier`, `freehandLine`, `freehandShape`, `freehandSegmentLine`, `freehandSegmentShape`: the box of all
  points (a bezier's control points too), and its middle. PFE `polygon`, `bezier`, `freehand-*`; FEM `Polygon`,
  `FreehandLine`, whose `pathX, pathY` are `points` by now.
* `column`: `x` is the left edge, and there is no y. PFE `column-rectangle`.
* `fullWidthLine`: `y` alone, as newer ones have the image's width as `x`. PFE `full-width-line`.
* `fullHeightLine`: `x` alone, likewise. PFE `full-height-line`.
* `fan`: none. PFE `components/Fan`.
* `graph2d...`: none; its units are the graph's. FEM's data visualisation annotations.

Other tools (`temporalPoint`, `temporalRotateRectangle`, `pointGrid`, `grid`, `anchoredEllipse`) are told by their
members, as are marks without a tool's name.

PFE measures the angles of circles, ellipses and triangles counter-clockwise, FEM all of its clockwise. The box is the
same: an ellipse or rectangle turned by `-a` is the one turned by `a` seen in a mirror laid through its centre, and so
is its box, which such a mirror leaves as it is.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.tables.marks import ADDS, NEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    _Box = Callable[[Mapping[str, pa.Array]], dict[str, pa.Array]]

__all__ = ["ADDS", "NEEDS", "normalised"]

_KEEP_NULLS = pc.ScalarAggregateOptions(skip_nulls=False)
_RADIANS = math.pi / 180


class Shape(IntEnum):
    """What is computed alike; the order is of no meaning."""

    NONE = 0
    POINT = 1
    LINE = 2
    ROUND = 3
    ELLIPSE = 4
    RECTANGLE = 5
    POINTS = 6
    COLUMN = 7
    ACROSS = 8
    UPRIGHT = 9


TOOLS: dict[str, Shape] = {
    "point": Shape.POINT,
    "line": Shape.LINE,
    "transcriptionLine": Shape.LINE,
    "circle": Shape.ROUND,
    "triangle": Shape.ROUND,
    "ellipse": Shape.ELLIPSE,
    "rectangle": Shape.RECTANGLE,
    "rotateRectangle": Shape.RECTANGLE,
    "polygon": Shape.POINTS,
    "bezier": Shape.POINTS,
    "freehandLine": Shape.POINTS,
    "freehandShape": Shape.POINTS,
    "freehandSegmentLine": Shape.POINTS,
    "freehandSegmentShape": Shape.POINTS,
    "column": Shape.COLUMN,
    "fullWidthLine": Shape.ACROSS,
    "fullHeightLine": Shape.UPRIGHT,
    "fan": Shape.NONE,
}
_GRAPH = "graph2d"  # and a suffix: graph ranges

# The first whose members are all there tells what a mark without a known tool is.
_TELLING: tuple[tuple[tuple[str, ...], Shape], ...] = (
    (("radius", "spread"), Shape.NONE),
    (("points",), Shape.POINTS),
    (("x1", "y1", "x2", "y2"), Shape.LINE),
    (("rx", "ry"), Shape.ELLIPSE),
    (("r",), Shape.ROUND),
    (("width", "height"), Shape.RECTANGLE),
    (("x", "width"), Shape.COLUMN),
    (("x", "y"), Shape.POINT),
    (("y",), Shape.ACROSS),
    (("x",), Shape.UPRIGHT),
)


def normalised(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The columns `ADDS` (float64) for the columns `NEEDS` of a batch of marks, all of one length.

    An axis is null where a member it needs is missing or not finite; a centre may stand without a box.
    Work is done only for the shapes that the batch holds, and for the rows that have them.
    """
    shapes = _shapes(columns)
    found = {name: pa.nulls(len(shapes), pa.float64()) for name in ADDS}
    kinds = pc.unique(shapes).to_pylist()
    for kind in kinds:
        if kind == Shape.NONE:
            continue
        reads, box = _BOXES[kind]
        rows = pc.equal(shapes, pa.scalar(kind, pa.int8())) if len(kinds) > 1 else None
        part = {name: columns[name] if rows is None else columns[name].filter(rows) for name in reads}
        for name, values in box(part).items():
            found[name] = values if rows is None else pc.replace_with_mask(found[name], rows, values)
    return found


def _shapes(columns: Mapping[str, pa.Array]) -> pa.Array:
    """The `Shape` of each row (int8, no nulls): by the tool's name where it is known, else by the members."""
    tools = columns["tool_type"]
    by_name = pa.array([*TOOLS.values(), Shape.NONE], pa.int8())
    place = pc.index_in(tools, value_set=pa.array(TOOLS))
    if place.null_count > tools.null_count:  # names that aren't in the list
        graph = pa.scalar(len(TOOLS), pa.int32())
        place = pc.if_else(pc.fill_null(pc.starts_with(tools, _GRAPH), fill_value=False), graph, place)
    shapes = by_name.take(place)
    if not shapes.null_count:
        return shapes
    told = [
        (pc.and_(there, shapes.is_null()), shape)
        for members, shape in _TELLING
        if (there := _all_there([columns[name] for name in members])) is not None
    ]
    if told:
        masks = pa.StructArray.from_arrays([mask for mask, _ in told], names=[str(i) for i in range(len(told))])
        shapes = pc.case_when(masks, *(pa.scalar(shape, pa.int8()) for _, shape in told), shapes)
    return pc.fill_null(shapes, pa.scalar(Shape.NONE, pa.int8()))


def _all_there(members: list[pa.Array]) -> pa.Array | None:
    """Which rows have all these members; None where none has."""
    if any(member.null_count == len(member) for member in members):
        return None
    there = members[0].is_valid()
    for member in members[1:]:
        there = pc.and_(there, member.is_valid())
    return there


def _point(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return _across(part) | _upright(part)


def _across(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return _axis("y", part["y"], part["y"], part["y"])


def _upright(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return _axis("x", part["x"], part["x"], part["x"])


def _line(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return _between("x", part["x1"], part["x2"]) | _between("y", part["y1"], part["y2"])


def _column(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    return _sized("x", part["x"], part["width"])


def _round(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    half = pc.abs(part["r"])
    return _around("x", _centre(part, "x"), half) | _around("y", _centre(part, "y"), half)


def _ellipse(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    cos, sin = _turn(part["angle"])
    along, across = part["rx"], part["ry"]
    wide = pc.sqrt(pc.add(_square(pc.multiply(along, cos)), _square(pc.multiply(across, sin))))
    high = pc.sqrt(pc.add(_square(pc.multiply(along, sin)), _square(pc.multiply(across, cos))))
    return _around("x", _centre(part, "x"), wide) | _around("y", _centre(part, "y"), high)


def _rectangle(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    angle = pc.fill_null(part["angle"], 0.0)
    turned = pc.not_equal(angle, 0.0)
    fem = pc.fill_null(pc.equal(part["dialect"], "fem"), fill_value=False)
    found: dict[str, pa.Array] = {}
    for axis, size in (("x", "width"), ("y", "height")):
        corner, centre, extent = part[axis], part[f"{axis}_center"], part[size]
        # Each front end's own member; a mark that has the other's alone is read by that.
        centred = pc.and_(centre.is_valid(), pc.or_(fem, corner.is_null()))
        if not pc.all(centred, min_count=0).as_py():
            found |= _sized(axis, corner, extent)
        if pc.any(centred, min_count=0).as_py():
            around = _around(axis, centre, _half(pc.abs(extent)))
            found |= {name: pc.if_else(centred, values, found.get(name)) for name, values in around.items()}
    if pc.any(turned, min_count=0).as_py():
        cos, sin = (pc.abs(values) for values in _turn(angle))
        width, height = (_half(pc.abs(part[size])) for size in ("width", "height"))
        wide = pc.add(pc.multiply(width, cos), pc.multiply(height, sin))
        high = pc.add(pc.multiply(width, sin), pc.multiply(height, cos))
        tilted = _around("x", found["cx"], wide) | _around("y", found["cy"], high)
        # What isn't turned keeps the corners as they were given, to the last digit.
        found = {name: pc.if_else(turned, tilted[name], values) for name, values in found.items()}
    return found


def _points(part: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The box of each list of points; an axis is null where a point lacks its coordinate."""
    points = part["points"]
    filled = pc.fill_null(pc.greater(pc.list_value_length(points), 0), fill_value=False)
    # A null list may have items beneath; taking the others leaves those behind.
    held = points if pc.all(filled, min_count=0).as_py() else points.filter(filled)
    items = held.flatten()
    axes = {axis: _finite(pc.struct_field(items, axis)) for axis in ("x", "y")}
    table = pa.table({"row": pc.list_parent_indices(held), **axes})
    # One thread keeps the groups in the order of the rows.
    boxes = table.group_by("row", use_threads=False).aggregate(
        [("x", "min_max", _KEEP_NULLS), ("y", "min_max", _KEEP_NULLS)]
    )
    found: dict[str, pa.Array] = {}
    for axis in ("x", "y"):
        box = boxes[f"{axis}_min_max"].combine_chunks()
        made = _between(axis, pc.struct_field(box, "min"), pc.struct_field(box, "max"))
        empty = pa.nulls(len(points), pa.float64())
        found |= {name: pc.replace_with_mask(empty, filled, values) for name, values in made.items()}
    return found


_BOXES: dict[int, tuple[tuple[str, ...], _Box]] = {
    Shape.POINT: (("x", "y"), _point),
    Shape.LINE: (("x1", "y1", "x2", "y2"), _line),
    Shape.ROUND: (("x", "y", "x_center", "y_center", "r"), _round),
    Shape.ELLIPSE: (("x", "y", "x_center", "y_center", "rx", "ry", "angle"), _ellipse),
    Shape.RECTANGLE: (("x", "y", "x_center", "y_center", "width", "height", "angle", "dialect"), _rectangle),
    Shape.POINTS: (("points",), _points),
    Shape.COLUMN: (("x", "width"), _column),
    Shape.ACROSS: (("y",), _across),
    Shape.UPRIGHT: (("x",), _upright),
}


def _axis(axis: str, low: pa.Array, high: pa.Array, middle: pa.Array) -> dict[str, pa.Array]:
    """One axis of a box, without what no number came of: a half-known box is none."""
    known = pc.and_(pc.is_finite(low), pc.is_finite(high))
    if not pc.all(known, min_count=0).as_py():
        low, high = (pc.if_else(known, values, None) for values in (low, high))
    return {f"c{axis}": _finite(middle), f"{axis}min": low, f"{axis}max": high}


def _between(axis: str, one: pa.Array, other: pa.Array) -> dict[str, pa.Array]:
    one, other = _finite(one), _finite(other)  # least and greatest pass over NaN
    low = pc.min_element_wise(one, other, skip_nulls=False)
    high = pc.max_element_wise(one, other, skip_nulls=False)
    return _axis(axis, low, high, pc.add(_half(one), _half(other)))


def _sized(axis: str, edge: pa.Array, size: pa.Array) -> dict[str, pa.Array]:
    return _between(axis, edge, pc.add(edge, size)) | {f"c{axis}": _finite(pc.add(edge, _half(size)))}


def _around(axis: str, centre: pa.Array, half: pa.Array) -> dict[str, pa.Array]:
    return _axis(axis, pc.subtract(centre, half), pc.add(centre, half), centre)


def _centre(part: Mapping[str, pa.Array], axis: str) -> pa.Array:
    """Circles and ellipses have their centre under either name."""
    return pc.coalesce(part[f"{axis}_center"], part[axis])


def _turn(angle: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Cosine and sine of an angle in degrees."""
    radians = pc.multiply(angle, _RADIANS)
    return pc.cos(radians), pc.sin(radians)


def _half(values: pa.Array) -> pa.Array:
    return pc.multiply(values, 0.5)


def _square(values: pa.Array) -> pa.Array:
    return pc.multiply(values, values)


def _finite(values: pa.Array) -> pa.Array:
    """Null for what is no finite number."""
    finite = pc.is_finite(values)
    return values if pc.all(finite, min_count=0).as_py() else pc.if_else(finite, values, None)
