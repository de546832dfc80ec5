"""Freehand paths, drawn anew in each record: pooled rings, begun anywhere and set down anywhere on the image.

A reader that writes repeated cells once must find as few here as in real exports, where no path is drawn twice.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from .chance import Chance, whole
from .encode import Maker

_RINGS = 64
_LARGEST = 150
_WAVES = 3
_WAVE = 0.2
_SPAN = int(2 * _LARGEST * (1 + _WAVES * _WAVE)) + 2
"""No ring is wider or higher."""
_SCALES = (0.94, 0.5335, 0.985, 1.2345, 1.0, 1.7067)

# For each kind, how many points it has. Those of a traced outline lie a pixel or two apart, clicked ones wherever.
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
    """A kind of path, the size of the image, the digits that its client rounds to, and if it ends where it began."""

    kind: str
    wide: int
    high: int
    digits: int
    closed: bool = False


class _Ring(NamedTuple):
    """A closed path in whole screen pixels from 0: what picks its points from the texts of an axis, and its size."""

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
    # A hand is never equally quick.
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
    """The texts of coordinates by whole screen pixel, scaled to the image and rounded by the client."""
    before, after = around
    made = _TEXTS.setdefault((scale, digits, before, after), [])
    for at in range(len(made), pixels + _SPAN):
        made.append(b"%b%a%b" % (before, whole(round(at * scale, digits)), after))
    return made


@dataclass(frozen=True)
class _Hand:
    """Draws one kind of path: the texts of both axes, and the image's size on the screen."""

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
            count += 1  # its first point ends it too
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
    """Makes lists of points: `[{"x":1.5,"y":2},…]`."""
    hand = _hand(chance, form, (b',{""x"":', b""), (b',""y"":', b"}"))

    def make(chance: Chance) -> bytes:
        xs, ys = hand.draw(chance)
        pieces = [b""] * (2 * len(xs))
        pieces[::2], pieces[1::2] = xs, ys
        return b"[" + b"".join(pieces)[1:] + b"]"

    return make


def two_lists(chance: Chance, form: Form) -> Maker:
    """Makes all from the value of `pathX` to that of `pathY`, two members that stand side by side in jsonb."""
    hand = _hand(chance, form, (b"", b""), (b"", b""))

    def make(chance: Chance) -> bytes:
        xs, ys = hand.draw(chance)
        return b'[%b],""pathY"":[%b]' % (b",".join(xs), b",".join(ys))

    return make
