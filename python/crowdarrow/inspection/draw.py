"""Draws charts as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any

from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D

from crowdarrow.declare.charts import Bars, Chart, Density, Histogram, Shares, Timeline
from crowdarrow.inspection.canvas import FAINT, GRID, SERIES, Canvas, boxes
from crowdarrow.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDTH, _HEIGHT = 345.6, 194.4
"""Points of a chart, small enough for a phone."""
_ROW = 17.3
_PAD = 3.6
"""Points around a chart."""
_TICKS = 4
_LEGEND = 26
"""Characters of a name in a legend with two columns."""
_AWAY = 4.5
"""Points from an axis to its labels, and from these to its title."""
_LABEL = 34
"""Characters of a label."""
_SIZE, _TITLE_SIZE, _VALUE_SIZE = 8, 8.5, 7.5
"""Sizes of the labels of an axis, of its title, and of values."""
_CAPITAL = 0.73
"""Height of a capital letter or digit, by the size of the text."""
_LINE = 1.2
"""Height of a line of text, by its size."""
_KEY, _KEY_GAP, _COLUMN_GAP = 16, 6, 16
"""Points of the sample of a colour in a legend, from it to its name, and between columns."""
_LEAST = 40
"""Points of an area in which nothing else has left room."""
_SHADES = 32
"""Shades of a density."""


def short(text: object, length: int = _LABEL) -> str:
    """A text from the input: control characters escaped, and long ones cut."""
    found = plain(str(text)[: 4 * length])
    return found if len(found) <= length else found[: length - 1] + "…"


def svg(chart: Chart) -> str:
    """The chart as an SVG element; called within `settings`."""
    canvas = Canvas(_WIDTH, _height(chart))
    _DRAWINGS[type(chart)](chart, canvas)
    return canvas.element(short(chart.title, 80))


def _height(chart: Chart) -> float:
    if isinstance(chart, Bars):
        return 39.6 + _ROW * max(3, len(chart.bars))
    return _WIDTH * 0.8 if isinstance(chart, Density) else _HEIGHT


@dataclass(frozen=True)
class _Axis:
    """An axis with its limits, and labels at some places."""

    low: float
    high: float
    labels: Sequence[tuple[float, str]]
    title: str = ""
    size: float = _SIZE
    angle: int = 0
    has_grid: bool = False

    def share(self, place: float) -> float:
        """Where a place is, from 0 to 1."""
        return (place - self.low) / (self.high - self.low)


class _Area:
    """The area between two axes, with room around it for their labels.

    Args:
        canvas: what is drawn on.
        x, y: the axes.
        above: points that are left free above.
        texts: texts within the area: where they start, from 0 to 1, and their widths.
        is_square: whether width and height are the same.
    """

    def __init__(
        self,
        canvas: Canvas,
        x: _Axis,
        y: _Axis,
        *,
        above: float = 0,
        texts: Sequence[tuple[float, float]] = (),
        is_square: bool = False,
    ) -> None:
        self._canvas, self._x, self._y = canvas, x, y
        title = _TITLE_SIZE * _LINE
        widest = max((canvas.width_of(text, y.size) for _, text in y.labels), default=0)
        left = _PAD + (title + _AWAY if y.title else 0) + widest + _AWAY
        right = canvas.width - _PAD
        turn = x.angle * pi / 180
        around = list(texts)
        highest = x.size
        for place, text in x.labels:
            width = canvas.width_of(text, x.size)
            start, end = (-width * cos(turn), _AWAY) if turn else (-width / 2, width / 2)
            around += [(x.share(place), start), (x.share(place), end)]
            highest = max(highest, x.size + width * sin(turn))
        for _ in range(3):  # since more room at one side moves what is at the other
            shown = [left + at * (right - left) + away for at, away in around]
            left += max(0, _PAD - min(shown, default=_PAD))
            right -= max(0, max(shown, default=0) - canvas.width + _PAD)
        bottom = _PAD + (title + _AWAY if x.title else 0) + highest + _AWAY
        width = max(_LEAST, right - left)
        height = max(_LEAST, canvas.height - _PAD - max(above, y.size / 2) - bottom)
        if is_square:
            size = min(width, height)
            left, bottom = left + (width - size) / 2, bottom + (height - size) / 2
            width = height = size
        self.left, self.bottom, self.width, self.height = left, bottom, width, height
        scale = (width / (x.high - x.low), height / (y.high - y.low))
        self.at = Affine2D().translate(-x.low, -y.low).scale(*scale).translate(left, bottom)
        """The transform of places to points."""
        self._draw_grid()

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.bottom + self.height

    def _draw_grid(self) -> None:
        for place, _ in self._x.labels if self._x.has_grid else ():
            x = self.left + self._x.share(place) * self.width
            self._canvas.line([(x, self.bottom), (x, self.top)], GRID, 0.6)
        for place, _ in self._y.labels if self._y.has_grid else ():
            y = self.bottom + self._y.share(place) * self.height
            self._canvas.line([(self.left, y), (self.right, y)], GRID, 0.6)

    def draw_axes(self, *, is_framed: bool = False) -> None:
        """Draw the axes over what is in the area; or a frame."""
        canvas, x, y = self._canvas, self._x, self._y
        bottom_left, top_right = (self.left, self.bottom), (self.right, self.top)
        top_left, bottom_right = (self.left, self.top), (self.right, self.bottom)
        lines = [(bottom_left, top_left), (bottom_left, bottom_right)]
        for line in [*lines, (top_left, top_right), (bottom_right, top_right)] if is_framed else lines:
            canvas.line(line, FAINT, 0.8)
        below = self.bottom - _AWAY
        for place, text in x.labels:
            at = self.left + x.share(place) * self.width
            if x.angle:
                canvas.text(at + x.size / 4, below - x.size * 0.52, text, x.size, "right", x.angle)
            else:
                canvas.text(at, below - x.size * _CAPITAL, text, x.size, "center")
        for place, text in y.labels:
            at = self.bottom + y.share(place) * self.height
            canvas.text(self.left - _AWAY, at - y.size * _CAPITAL / 2, text, y.size, "right")
        if x.title:
            canvas.text(self.left + self.width / 2, _PAD + _TITLE_SIZE / 4, x.title, _TITLE_SIZE, "center")
        if y.title:
            middle = self.bottom + self.height / 2
            canvas.text(_PAD + _TITLE_SIZE * 0.8, middle, y.title, _TITLE_SIZE, "center", 90)


def _numbers(high: float, title: str) -> _Axis:
    """An axis from 0 with labels at round numbers."""
    places = [place for place in MaxNLocator(5, integer=True).tick_values(0, high) if 0 <= place <= high]
    return _Axis(0, high, [(place, f"{place:,.0f}") for place in places], title, has_grid=True)


def _timeline(chart: Timeline, canvas: Canvas) -> None:
    names = [short(name, _LEGEND) for name in chart.series]
    legend = _Legend(canvas, names) if len(names) > 1 else None
    edges = [*chart.starts, chart.starts[-1] + chart.step]
    length = edges[-1] - edges[0]
    form = "%d %b %H:%M" if length <= 3 * 86_400 else "%d %b %Y" if length <= 400 * 86_400 else "%b %Y"
    shown = chart.starts[:: max(1, -(-len(chart.starts) // _TICKS))]
    labels = [(start, datetime.fromtimestamp(start, UTC).strftime(form)) for start in shown]
    totals = [sum(counts) for counts in zip(*chart.series.values(), strict=True)]
    area = _Area(
        canvas, _Axis(edges[0], edges[-1], labels), _numbers(max(totals) * 1.05 or 1, chart.unit),
        above=legend.height if legend else 0,
    )  # fmt: skip
    # One outline for each series: a shape for each bar would take a second to draw.
    bottom = [0] * len(chart.starts)
    for colour, counts in zip(SERIES, chart.series.values(), strict=False):
        top = [old + new for old, new in zip(bottom, counts, strict=True)]
        canvas.fill(Path([*_steps(edges, top), *_steps(edges, bottom)[::-1]]), area.at, colour, edge=0.4)
        bottom = top
    area.draw_axes()
    if legend:
        legend.draw(area.left + area.width / 2, area.top)


def _steps(edges: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
    """A line with a step at each edge."""
    sides = zip(edges, edges[1:], values, strict=False)
    return [point for start, end, value in sides for point in ((start, value), (end, value))]


class _Legend:
    """The names of series with their colours, in two columns or one above the other."""

    def __init__(self, canvas: Canvas, names: Sequence[str]) -> None:
        self._canvas = canvas
        half = -(-len(names) // 2)
        self._columns = [names[:half], names[half:]]
        if self._width() > canvas.width - 2 * _PAD:
            self._columns = [names]
        self.height = len(self._columns[0]) * self._row + _AWAY

    @property
    def _row(self) -> float:
        return _SIZE * 1.45

    def _widths(self) -> list[float]:
        texts = [max(self._canvas.width_of(name, _SIZE) for name in names) for names in self._columns]
        return [_KEY + _KEY_GAP + text for text in texts]

    def _width(self) -> float:
        return sum(self._widths()) + _COLUMN_GAP * (len(self._columns) - 1)

    def draw(self, middle: float, bottom: float) -> None:
        """Draw it, within the canvas."""
        canvas, width = self._canvas, self._width()
        x = max(_PAD, min(middle - width / 2, canvas.width - _PAD - width))
        colours = iter(SERIES)
        for names, column in zip(self._columns, self._widths(), strict=True):
            y = bottom + self.height - self._row + _AWAY / 2
            for name, colour in zip(names, colours, strict=False):
                canvas.fill(boxes([(x, y, x + _KEY, y + _SIZE * 0.7)]), Affine2D(), colour)
                canvas.text(x + _KEY + _KEY_GAP, y, name, _SIZE)
                y -= self._row
            x += column + _COLUMN_GAP


def _bars(chart: Bars, canvas: Canvas) -> None:
    names, values = zip(*((short(name), value) for name, value in chart.bars), strict=True)
    most = chart.most or max(values) or 1
    x = _numbers(most * 1.16, chart.unit)
    texts = [(value + most * 0.015, f"{value:,}") for value in values]
    area = _Area(
        canvas, x, _Axis(len(names) - 0.5, -0.5, list(enumerate(names))),
        texts=[(x.share(at), canvas.width_of(text, _VALUE_SIZE)) for at, text in texts],
    )  # fmt: skip
    bars = [(0, place - 0.36, value, place + 0.36) for place, value in enumerate(values)]
    canvas.fill(boxes(bars), area.at, SERIES[0])
    for place, (at, text) in enumerate(texts):
        left, middle = area.at.transform((at, place))
        canvas.text(left, middle - _VALUE_SIZE * _CAPITAL / 2, text, _VALUE_SIZE)
    area.draw_axes()


def _histogram(chart: Histogram, canvas: Canvas) -> None:
    is_short = len(chart.labels) <= 12 and max(map(len, chart.labels)) <= 3  # noqa: PLR2004 - what fits
    labels = list(enumerate(chart.labels))
    x = _Axis(-0.8, len(labels) - 0.2, labels, chart.x, size=7, angle=0 if is_short else 45)
    area = _Area(canvas, x, _numbers(max(chart.counts) * 1.05 or 1, chart.y))
    bars = [(place - 0.43, 0, place + 0.43, count) for place, count in enumerate(chart.counts)]
    canvas.fill(boxes(bars), area.at, SERIES[0])
    area.draw_axes()


def _shares(chart: Shares, canvas: Canvas) -> None:
    labels = [(place / 5, f"{place / 5:.0%}") for place in range(6)]
    axes = (_Axis(0, 1, labels, title, has_grid=True) for title in (chart.x, chart.y))
    area = _Area(canvas, *axes)
    points = list(zip(chart.people, chart.records, strict=True))
    canvas.fill(Path([*points, (points[-1][0], 0), (points[0][0], 0)]), area.at, SERIES[0], alpha=0.15)
    equal: dict[str, Any] = {"colour": FAINT, "width": 1, "dashes": (3.7, 1.6)}
    own: dict[str, Any] = {"colour": SERIES[0], "width": 2}
    canvas.line([(0, 0), (1, 1)], at=area.at, **equal)
    canvas.line(points, at=area.at, **own)
    area.draw_axes()
    for row, (look, name) in enumerate([(equal, "all equal"), (own, "this project")]):
        x, y = area.left + 8, area.top - 14 - row * _SIZE * 1.45
        canvas.line([(x, y + _SIZE * 0.35), (x + _KEY, y + _SIZE * 0.35)], **look)
        canvas.text(x + _KEY + _KEY_GAP, y, name, _SIZE)


def _density(chart: Density, canvas: Canvas) -> None:
    most = max(map(max, chart.counts))
    size = len(chart.counts)
    x = _Axis(0, size, [(0, "left"), (size, "right")])
    area = _Area(canvas, x, _Axis(size, 0, [(0, "top"), (size, "bottom")]), is_square=True)
    # One outline for all cells of a shade: a shape for each cell would take seconds to draw.
    shades: dict[int, list[tuple[float, float, float, float]]] = {}
    for row, counts in enumerate(chart.counts):
        end = 0
        for shade, cells in groupby(-(-count * _SHADES // most) for count in counts):
            start, end = end, end + len(list(cells))
            if shade:
                shades.setdefault(shade, []).append((start, row, end, row + 1))
    for shade, cells_of_shade in sorted(shades.items()):
        canvas.fill(boxes(cells_of_shade), area.at, SERIES[0], alpha=0.12 + 0.88 * shade / _SHADES)
    area.draw_axes(is_framed=True)


_DRAWINGS: dict[type[Chart], Callable[[Any, Canvas], None]] = {
    Timeline: _timeline,
    Bars: _bars,
    Histogram: _histogram,
    Shares: _shares,
    Density: _density,
}
