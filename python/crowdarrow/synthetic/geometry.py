"""The geometry of drawn marks by tool, for each of the two front ends, in natural image pixels, y down."""

from collections.abc import Callable
from dataclasses import dataclass

from .chance import Chance, whole
from .encode import Json, verbatim

Members = dict[str, Json]
_TURNS: tuple[tuple[int, int] | None, ...] = (None,) * 11 + ((1, 0), (-1, 0), (0, 1), (0, -1))


@dataclass(frozen=True)
class Canvas:
    """The image that was drawn on."""

    width: int
    height: int
    frames: int = 1


def path(chance: Chance, canvas: Canvas, points: int, digits: int) -> tuple[list[float], list[float]]:
    """A freehand path: whole screen pixels, scaled to the image and rounded by the client."""
    scale = chance.pick((0.94, 0.5335, 0.985, 1.2345, 1.0, 1.7067))
    x, y = int(chance.random() * canvas.width / scale), int(chance.random() * canvas.height / scale)
    dx, dy = chance.randint(-2, 2), chance.randint(-2, 2)
    xs: list[float] = []
    ys: list[float] = []
    # A hand keeps its direction for a while, so most steps repeat the one before.
    for turn in chance.choices(_TURNS, k=points):
        dx, dy = (max(-4, min(4, dx + turn[0])), max(-4, min(4, dy + turn[1]))) if turn else (dx, dy)
        x, y = x + dx, y + dy
        xs.append(round(x * scale, digits))
        ys.append(round(y * scale, digits))
    return [whole(at) for at in xs], [whole(at) for at in ys]


def _pairs(xs: list[float], ys: list[float]) -> list[Json]:
    return [{"x": x, "y": y} for x, y in zip(xs, ys, strict=True)]


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


def _corners(chance: Chance, canvas: Canvas, digits: int | None) -> list[Json]:
    count = chance.randint(3, 9)
    if digits is None:
        return [_xy(chance, canvas) for _ in range(count)]
    return [
        {"x": chance.rounded(canvas.width, digits), "y": chance.rounded(canvas.height, digits)} for _ in range(count)
    ]


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
    made: Members = {"points": _pairs(*path(chance, canvas, chance.randint(12, 90), 1))}
    return made | {"auto_closed": True} if chance.likely(0.4) else made


PFE: dict[str, Callable[[Chance, Canvas], Members]] = {
    "point": _xy,
    "line": _line,
    "circle": _circle,
    "ellipse": lambda chance, canvas: _xy(chance, canvas) | _radii(chance, canvas),
    "rectangle": lambda chance, canvas: _xy(chance, canvas) | _size(chance, canvas),
    "rotateRectangle": lambda chance, canvas: _xy(chance, canvas) | _size(chance, canvas) | {"angle": _angle(chance)},
    "polygon": lambda chance, canvas: {
        "closed": chance.likely(0.9),
        "points": _corners(chance, canvas, None),
    },
    "bezier": lambda chance, canvas: {
        "closed": True,
        "points": _corners(chance, canvas, None),
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


def _fem_path(chance: Chance, canvas: Canvas) -> Members:
    xs, ys = path(chance, canvas, chance.randint(20, 110), 2)
    return {"pathX": xs, "pathY": ys}


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
    "polygon": lambda chance, canvas: {"points": _corners(chance, canvas, 2)},
    "freehandLine": _fem_path,
    "transcriptionLine": _line,
}


def long_path(chance: Chance, canvas: Canvas, kind: str, *, fem: bool) -> Members:
    """A whole outline traced: paths of hundreds of points, as in the largest rows of real projects."""
    if fem:
        if kind == "polygon":
            return {"points": _pairs(*path(chance, canvas, chance.randint(15, 60), 2))}
        xs, ys = path(chance, canvas, min(1600, int(chance.lognormvariate(6.0, 0.6))), 2)
        return {"pathX": xs, "pathY": ys}
    made: Members = {"points": _pairs(*path(chance, canvas, min(900, int(chance.lognormvariate(5.3, 0.6))), 1))}
    return made | {"auto_closed": True} if kind == "freehandShape" else made
