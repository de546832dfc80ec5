"""The geometry of drawn marks by tool, for each of the two front ends, in natural image pixels, y down."""

from collections.abc import Callable
from dataclasses import dataclass, field

from . import strokes
from .chance import Chance
from .encode import ANEW, Json, Maker, verbatim

Members = dict[str, Json]


@dataclass(frozen=True)
class Canvas:
    """The image that was drawn on, and the makers of what is new on it in each record."""

    width: int
    height: int
    frames: int = 1
    makers: list[Maker] = field(default_factory=list)

    def anew(self, make: Maker) -> str:
        """The slot for what `make` makes."""
        self.makers.append(make)
        return chr(ANEW + len(self.makers) - 1)

    def path(self, chance: Chance, kind: str, digits: int, *, closed: bool = False) -> str:
        """A list of points, rounded to `digits`; the kinds are those of `strokes`."""
        form = strokes.Form(kind, self.width, self.height, digits, closed)
        return verbatim(self.anew(strokes.points(chance, form)))

    def two_lists(self, chance: Chance, kind: str) -> Members:
        """The members `pathX` and `pathY`, which nothing comes between in jsonb's order."""
        # Most outlines end where they began.
        form = strokes.Form(kind, self.width, self.height, 2, chance.likely(0.85))
        return {"pathX": verbatim(self.anew(strokes.two_lists(chance, form)))}


def _xy(chance: Chance, canvas: Canvas) -> Members:
    if chance.likely(0.02):
        return {
            "x": -chance.coordinate(12),
            "y": canvas.height + chance.coordinate(9),
        }  # dragged out of the image
    if chance.likely(0.002):
        return {"x": verbatim("1.0e-05"), "y": verbatim("189862.0")}  # as Ruby prints them
    return {"x": chance.coordinate(canvas.width), "y": chance.coordinate(canvas.height)}


def _line(chance: Chance, canvas: Canvas) -> Members:
    wide, high = canvas.width, canvas.height
    return {
        "x1": chance.coordinate(wide),
        "x2": chance.coordinate(wide),
        "y1": chance.coordinate(high),
        "y2": chance.coordinate(high),
    }


def _angle(chance: Chance) -> float:
    return chance.pick((0, chance.uniform(-180, 180), chance.uniform(-180, 180)))


def _size(chance: Chance, canvas: Canvas) -> Members:
    return {"width": chance.coordinate(canvas.width / 3), "height": chance.coordinate(canvas.height / 3)}


def _radii(chance: Chance, canvas: Canvas) -> Members:
    return {
        "rx": chance.coordinate(canvas.width / 6),
        "ry": chance.coordinate(canvas.height / 6),
        "angle": _angle(chance),
    }


def _corners(chance: Chance, canvas: Canvas) -> list[Json]:
    return [_xy(chance, canvas) for _ in range(chance.randint(3, 9))]


def _circle(chance: Chance, canvas: Canvas) -> Members:
    made = _xy(chance, canvas) | {"r": chance.coordinate(canvas.width / 8)}
    return made if chance.likely(0.1) else made | {"angle": _angle(chance)}


def _column(chance: Chance, canvas: Canvas) -> Members:
    made: Members = {"x": chance.coordinate(canvas.width), "width": chance.coordinate(90)}
    return made if chance.likely(0.2) else {"0": 0, **made}


def _full_width(chance: Chance, canvas: Canvas) -> Members:
    made: Members = {"y": chance.coordinate(canvas.height)}
    return made | {"x": canvas.width} if chance.likely(0.3) else made  # newer ones have the whole width too


def _full_height(chance: Chance, canvas: Canvas) -> Members:
    made: Members = {"x": chance.coordinate(canvas.width)}
    return made | {"y": canvas.height} if chance.likely(0.3) else made


def _grid(chance: Chance, canvas: Canvas) -> Members:
    made = _xy(chance, canvas) | _size(chance, canvas)
    return (
        made | {"templateID": chance.random(), "row": chance.randint(0, 9), "column": chance.pick("ABCDE")}
        if chance.likely(0.5)
        else made
    )


def _freehand(chance: Chance, canvas: Canvas) -> Members:
    closed = chance.likely(0.4)
    made: Members = {"points": canvas.path(chance, "older trace", 1, closed=closed)}
    return made | {"auto_closed": True} if closed else made


PFE: dict[str, Callable[[Chance, Canvas], Members]] = {
    "point": _xy,
    "line": _line,
    "circle": _circle,
    "ellipse": lambda chance, canvas: _xy(chance, canvas) | _radii(chance, canvas),
    "rectangle": lambda chance, canvas: _xy(chance, canvas) | _size(chance, canvas),
    "rotateRectangle": lambda chance, canvas: _xy(chance, canvas) | _size(chance, canvas) | {"angle": _angle(chance)},
    "polygon": lambda chance, canvas: {
        "closed": chance.likely(0.9),
        "points": _corners(chance, canvas),
    },
    "bezier": lambda chance, canvas: {
        "closed": True,
        "points": _corners(chance, canvas),
        "auto_closed": True,
    },
    "triangle": lambda chance, canvas: _xy(chance, canvas) | {"r": chance.randint(8, 99), "angle": _angle(chance)},
    "fan": lambda chance, canvas: (
        _xy(chance, canvas)
        | {
            "radius": chance.coordinate(200),
            "spread": chance.uniform(5, 90),
            "rotation": chance.uniform(-180, 180),
        }
    ),
    "column": _column,
    "fullWidthLine": _full_width,
    "fullHeightLine": _full_height,
    "pointGrid": _xy,
    "anchoredEllipse": lambda chance, canvas: {"x": canvas.width / 2, "y": canvas.height / 2} | _radii(chance, canvas),
    "grid": _grid,
    "freehandLine": _freehand,
    "freehandShape": _freehand,
    "freehandSegmentLine": _freehand,
    "freehandSegmentShape": _freehand,
}


def _centre(chance: Chance, canvas: Canvas) -> Members:
    return {"x_center": chance.coordinate(canvas.width), "y_center": chance.coordinate(canvas.height)}


def _when(chance: Chance) -> Members:
    moment = chance.randint(0, 29999)
    return {"displayTime": moment / 30000, "displayTimeStamp": f"{moment // 1000:02d}:{moment % 1000:03d}"}


FEM: dict[str, Callable[[Chance, Canvas], Members]] = {
    "point": _xy,
    "line": _line,
    "circle": lambda chance, canvas: _centre(chance, canvas) | {"r": chance.coordinate(canvas.width / 8)},
    "ellipse": lambda chance, canvas: _centre(chance, canvas) | _radii(chance, canvas),
    "rectangle": lambda chance, canvas: _centre(chance, canvas) | _size(chance, canvas),
    "rotateRectangle": lambda chance, canvas: (
        _centre(chance, canvas) | _size(chance, canvas) | {"angle": _angle(chance)}
    ),
    "temporalPoint": lambda chance, canvas: _xy(chance, canvas) | _when(chance),
    "temporalRotateRectangle": lambda chance, canvas: (
        _centre(chance, canvas) | _size(chance, canvas) | {"angle": _angle(chance)} | _when(chance)
    ),
    "polygon": lambda chance, canvas: {"points": canvas.path(chance, "corners", 2)},
    "freehandLine": lambda chance, canvas: canvas.two_lists(chance, "trace"),
    "transcriptionLine": _line,
}


def long_path(chance: Chance, canvas: Canvas, kind: str, *, fem: bool) -> Members:
    """A whole outline traced: paths of hundreds of points, as in the largest rows of real projects."""
    if fem and kind == "polygon":
        return {"points": canvas.path(chance, "polygon", 2)}
    if fem:
        return canvas.two_lists(chance, "outline")
    closed = kind == "freehandShape"
    made: Members = {"points": canvas.path(chance, "older outline", 1, closed=closed)}
    return made | {"auto_closed": True} if closed else made
