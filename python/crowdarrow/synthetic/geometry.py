"""Marks that volunteers draw, including long freehand paths."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from .chance import Chance, whole
from .encode import FIRST_MAKER, Json, Maker, verbatim

_RINGS = 64
_LARGEST = 150
_WAVES = 3
_WAVE = 0.2
_SPAN = int(2 * _LARGEST * (1 + _WAVES * _WAVE)) + 2
"""The largest width and height of a ring."""
_SCALES = (0.94, 0.5335, 0.985, 1.2345, 1.0, 1.7067)

# The number of points of each kind. Those of a traced outline are one or two pixels apart.
_POINTS: dict[str, Callable[[Chance], int]] = {
    "outline": lambda chance: max(12, min(1600, int(chance.lognormvariate(6.0, 0.6)))),
    "older outline": lambda chance: max(12, min(900, int(chance.lognormvariate(5.4, 0.6)))),
    "trace": lambda chance: chance.randint(20, 110),
    "older trace": lambda chance: chance.randint(12, 90),
    "polygon": lambda chance: chance.randint(15, 60),
    "corners": lambda chance: chance.randint(3, 9),
}
_CLICKED = frozenset({"polygon", "corners"})


@dataclass(frozen=True)
class Form:
    """A kind of path: the size of the image, the client's number of digits, and whether the path is closed."""

    kind: str
    wide: int
    high: int
    digits: int
    closed: bool = False


class _Ring(NamedTuple):
    """A closed path in whole screen pixels from 0: getters of its points from the texts of an axis, and its size."""

    across: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    down: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    points: int
    wide: int
    high: int


@lru_cache(maxsize=len(_POINTS) * _RINGS)
def _ring(kind: str, number: int) -> _Ring:
    chance = Chance.of("ring", kind, number)
    points = _POINTS[kind](chance)
    step = chance.uniform(0.8, 2.2)
    radius = chance.uniform(12, _LARGEST) if kind in _CLICKED else min(_LARGEST, points * step / math.tau)
    waves = [(chance.randint(2, 5), chance.random() * _WAVE, chance.random() * math.tau) for _ in range(_WAVES)]
    # The speed of a hand varies.
    turns = list(accumulate(0.4 + 1.2 * chance.random() for _ in range(points)))
    xs, ys = [], []
    for turn in turns:
        angle = turn / turns[-1] * math.tau
        reach = radius * (1 + sum(size * math.sin(times * angle + phase) for times, size, phase in waves))
        xs.append(round(reach * math.cos(angle)))
        ys.append(round(reach * math.sin(angle)))
    left, top = min(xs), min(ys)
    across, down = itemgetter(*(x - left for x in xs)), itemgetter(*(y - top for y in ys))
    return _Ring(across, down, points, max(xs) - left, max(ys) - top)


_TEXTS: dict[tuple[float, int, bytes, bytes], list[bytes]] = {}


def _texts(scale: float, digits: int, around: tuple[bytes, bytes], pixels: int) -> list[bytes]:
    """The texts of coordinates by screen pixel, scaled to the image and rounded by the client."""
    before, after = around
    made = _TEXTS.setdefault((scale, digits, before, after), [])
    for at in range(len(made), pixels + _SPAN):
        made.append(b"%b%a%b" % (before, whole(round(at * scale, digits)), after))
    return made


@dataclass(frozen=True)
class _Hand:
    """Draws one kind of path, given the texts of both axes and the image's size on the screen."""

    kind: str
    across: list[bytes]
    down: list[bytes]
    wide: int
    high: int
    closed: bool

    def draw(self, chance: Chance) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The texts of the points of one path, by axis."""
        ring = _ring(self.kind, int(chance.random() * _RINGS))
        left = int(chance.random() * max(1, self.wide - ring.wide))
        top = int(chance.random() * max(1, self.high - ring.high))
        first = int(chance.random() * ring.points)
        count = ring.points
        if self.closed:
            count += 1  # the first point is also the last one
        elif self.kind not in _CLICKED:
            count = int(count * (0.7 + 0.3 * chance.random()))
        xs = ring.across(self.across[left : left + ring.wide + 1])
        ys = ring.down(self.down[top : top + ring.high + 1])
        return (xs[first:] + xs[: first + 1])[:count], (ys[first:] + ys[: first + 1])[:count]


def _hand(chance: Chance, form: Form, across: tuple[bytes, bytes], down: tuple[bytes, bytes]) -> _Hand:
    scale = chance.pick(_SCALES)
    wide, high = int(form.wide / scale), int(form.high / scale)
    texts = _texts(scale, form.digits, across, wide), _texts(scale, form.digits, down, high)
    return _Hand(form.kind, *texts, wide, high, form.closed)


def points(chance: Chance, form: Form) -> Maker:
    """Returns a maker of point lists: `[{"x":1.5,"y":2},…]`."""
    hand = _hand(chance, form, (b',{""x"":', b""), (b',""y"":', b"}"))

    def make(chance: Chance) -> bytes:
        xs, ys = hand.draw(chance)
        pieces = [b""] * (2 * len(xs))
        pieces[::2], pieces[1::2] = xs, ys
        return b"[" + b"".join(pieces)[1:] + b"]"

    return make


def two_lists(chance: Chance, form: Form) -> Maker:
    """Returns a maker of the values of `pathX` and `pathY`, and of the text between them."""
    hand = _hand(chance, form, (b"", b""), (b"", b""))

    def make(chance: Chance) -> bytes:
        xs, ys = hand.draw(chance)
        return b'[%b],""pathY"":[%b]' % (b",".join(xs), b",".join(ys))

    return make


Members = dict[str, Json]


@dataclass(frozen=True)
class Canvas:
    """The image that was drawn on, and the makers of the parts that differ between records."""

    width: int
    height: int
    frames: int = 1
    makers: list[Maker] = field(default_factory=list)

    def slot_for(self, make: Maker) -> str:
        """Add a maker. Returns its slot."""
        self.makers.append(make)
        return chr(FIRST_MAKER + len(self.makers) - 1)

    def path(self, chance: Chance, kind: str, digits: int, *, closed: bool = False) -> str:
        """A list of points, rounded to `digits`."""
        form = Form(kind, self.width, self.height, digits, closed)
        return verbatim(self.slot_for(points(chance, form)))

    def two_lists(self, chance: Chance, kind: str) -> Members:
        """The members `pathX` and `pathY`, which are adjacent in jsonb order."""
        # Most outlines are closed.
        form = Form(kind, self.width, self.height, 2, chance.likely(0.85))
        return {"pathX": verbatim(self.slot_for(two_lists(chance, form)))}


def _xy(chance: Chance, canvas: Canvas) -> Members:
    if chance.likely(0.02):
        return {"x": -chance.coordinate(12), "y": canvas.height + chance.coordinate(9)}  # dragged out of the image
    if chance.likely(0.002):
        return {"x": verbatim("1.0e-05"), "y": verbatim("189862.0")}  # in Ruby's format
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
    return made | {"x": canvas.width} if chance.likely(0.3) else made  # newer ones also have the width


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
    "polygon": lambda chance, canvas: {"closed": chance.likely(0.9), "points": _corners(chance, canvas)},
    "bezier": lambda chance, canvas: {"closed": True, "points": _corners(chance, canvas), "auto_closed": True},
    "triangle": lambda chance, canvas: _xy(chance, canvas) | {"r": chance.randint(8, 99), "angle": _angle(chance)},
    "fan": lambda chance, canvas: (
        _xy(chance, canvas)
        | {"radius": chance.coordinate(200), "spread": chance.uniform(5, 90), "rotation": chance.uniform(-180, 180)}
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
    """A traced outline of hundreds of points, as in the largest rows of real projects."""
    if fem and kind == "polygon":
        return {"points": canvas.path(chance, "polygon", 2)}
    if fem:
        return canvas.two_lists(chance, "outline")
    closed = kind == "freehandShape"
    made: Members = {"points": canvas.path(chance, "older outline", 1, closed=closed)}
    return made | {"auto_closed": True} if closed else made
