"""Bounding boxes and centres of drawn marks, in image pixels with y pointing down.

A transform of the table `marks`. The engine computes the boxes (`rust/core/src/geometry/`); this module declares which
tool draws which shape. The meaning of a tool's members is from its source code: PFE is the legacy classifier
(`zooniverse/Panoptes-Front-End`, `app/classifier/drawing-tools/`), FEM the current one
(`zooniverse/front-end-monorepo`, `packages/lib-classifier/src/plugins/drawingTools/models/marks/`).

* `point`: the point `x, y`. PFE `point`; FEM `Point`.
* `line`, `transcriptionLine`: the box of the ends, whatever the direction. PFE `line`; FEM `Line`,
  `TranscriptionLine`.
* `circle`, `triangle`: the radius `r` around the centre; for a triangle, that of its circumcircle. PFE `circle`,
  `triangle`; FEM `Circle`.
* `ellipse`: `rx` along `angle` (degrees) and `ry` across it. PFE `ellipse`; FEM `Ellipse`.
* `rectangle`, crops: PFE's `x, y` is the top-left corner, FEM's `x_center, y_center` the centre. PFE `rectangle`,
  `tasks/crop`; FEM `Rectangle`. A mark with the members of the other front end only is read by these.
* `rotateRectangle`: the same, turned by `angle` (degrees) about its centre. PFE `rotate-rectangle`; FEM
  `RotateRectangle`.
* `polygon`, `bezier`, `freehandLine`, `freehandShape`, `freehandSegmentLine`, `freehandSegmentShape`: the box of all
  points (a bezier's control points too), and its middle. PFE `polygon`, `bezier`, `freehand-*`; FEM `Polygon`,
  `FreehandLine`, whose `pathX, pathY` the table holds as `points`.
* `column`: `x` is the left edge, and there is no y. PFE `column-rectangle`.
* `fullWidthLine`: only `y`, since newer marks have the image's width as `x`. PFE `full-width-line`.
* `fullHeightLine`: only `x`, likewise. PFE `full-height-line`.
* `fan`: no box. PFE `components/Fan`.
* `graph2d...`: no box, since its units are the graph's. FEM's data visualisation annotations.

Other tools (`temporalPoint`, `temporalRotateRectangle`, `pointGrid`, `grid`, `anchoredEllipse`) and marks
without a tool's name are identified by their members.

PFE measures the angles of circles, ellipses and triangles counter-clockwise; FEM measures all angles clockwise. The box
doesn't depend on the direction: turning by `-a` instead of `a` mirrors the shape about its centre, which leaves its box
unchanged.
"""

from __future__ import annotations

import json
from enum import StrEnum, auto
from typing import TYPE_CHECKING

import pyarrow as pa

from crowdarrow._core import Boxes
from crowdarrow.exports.zooniverse.tables.marks import ADDS, NEEDS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ADDS", "NEEDS", "normalised"]


class Shape(StrEnum):
    """A shape of the engine (`rust/core/src/geometry/shape.rs`)."""

    NONE = auto()
    POINT = auto()
    LINE = auto()
    CIRCLE = auto()
    ELLIPSE = auto()
    RECTANGLE = auto()
    POINTS = auto()
    COLUMN = auto()
    HORIZONTAL_LINE = auto()
    VERTICAL_LINE = auto()


TOOLS: dict[str, Shape] = {
    "point": Shape.POINT,
    "line": Shape.LINE,
    "transcriptionLine": Shape.LINE,
    "circle": Shape.CIRCLE,
    "triangle": Shape.CIRCLE,
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
    "fullWidthLine": Shape.HORIZONTAL_LINE,
    "fullHeightLine": Shape.VERTICAL_LINE,
    "fan": Shape.NONE,
}
"""What is drawn with each tool."""

_PREFIXES: tuple[tuple[str, Shape], ...] = (("graph2d", Shape.NONE),)
"""Other tools' names by their beginning: graph ranges, which have a suffix."""

_MEMBERS: tuple[tuple[tuple[str, ...], Shape], ...] = (
    (("radius", "spread"), Shape.NONE),
    (("points",), Shape.POINTS),
    (("x1", "y1", "x2", "y2"), Shape.LINE),
    (("rx", "ry"), Shape.ELLIPSE),
    (("r",), Shape.CIRCLE),
    (("width", "height"), Shape.RECTANGLE),
    (("x", "width"), Shape.COLUMN),
    (("x", "y"), Shape.POINT),
    (("y",), Shape.HORIZONTAL_LINE),
    (("x",), Shape.VERTICAL_LINE),
)
"""The shape of a mark without a known tool: the first whose members are all present."""

_ROLES: dict[str, str | tuple[str, str]] = {
    "corner": ("x", "y"),
    "centre": ("x_center", "y_center"),
    "start": ("x1", "y1"),
    "end": ("x2", "y2"),
    "size": ("width", "height"),
    "radius": "r",
    "radii": ("rx", "ry"),
    "angle": "angle",
    "points": "points",
    "coordinates": ("x", "y"),
}
"""The member of a mark for each role in a shape."""

_BOXES = Boxes(
    json.dumps(
        {
            "named_by": "tool_type",
            "names": TOOLS,
            "prefixes": _PREFIXES,
            "detected_by": _MEMBERS,
            # In a rectangle with the members of both front ends, those of its own front end take precedence.
            "centred": ("dialect", "fem"),
            "roles": _ROLES,
        }
    )
)


def normalised(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The columns `ADDS` (float64) for the columns `NEEDS` and `_feature` of a batch of marks, all of one length.

    Features have none. An axis is null where a member it needs is missing or not finite; a centre may exist without a
    box.
    """
    marks = pa.StructArray.from_arrays([columns[name] for name in NEEDS], names=NEEDS)
    boxes = pa.array(_BOXES.of(marks))
    found = {name: boxes.field(name) for name in ADDS}
    features = columns["_feature"]
    if features.null_count == len(features):
        return found
    import pyarrow.compute as pc  # loading it takes longer than a small conversion

    # Features are in map units, not in pixels.
    return {name: pc.if_else(features.is_valid(), pa.scalar(None, pa.float64()), box) for name, box in found.items()}
