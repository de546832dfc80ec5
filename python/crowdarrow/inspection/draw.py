"""Draws charts as SVG, whose colours are the page's: it has a light and a dark form.

matplotlib draws with colours that stand for the page's, which are then replaced by their names in CSS.
"""

from __future__ import annotations

import io
import re
import warnings
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, StepPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from crowdarrow.declare.charts import Bars, Chart, Density, Histogram, Shares, Timeline
from crowdarrow.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 4.8, 2.7
"""Inches of a figure, small enough for a phone."""
_ROW = 0.24
_PAD = 0.05
"""Inches around a chart."""
_DPI = 72
"""That of SVG."""
_TICKS = 4
_LEGEND = 26
"""Characters of a name in a legend with two columns."""
_AWAY = 3
"""Points from an axis to its labels."""
_LABEL = 34
"""Characters of a label."""
_SHADES = 32
"""Shades of a density."""
_BOX = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)
_COLOURS = {
    "#010203": "var(--ink)",
    "#010204": "var(--faint)",
    "#010205": "var(--grid)",
    **{f"#0102{0x10 + at:02x}": f"var(--c{at})" for at in range(6)},
}
_INK, _FAINT, _GRID, *_SERIES = _COLOURS
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 8,
    "legend.frameon": False,
}
_COLOUR = re.compile(r"#0102[01][0-9a-f]")
_ID = re.compile(
    r' id="(?:figure|axes|patch|line2d|text|xtick|ytick|matplotlib\.axis|legend|\w+Collection|QuadMesh)_\d+"'
)
_HEAD = re.compile(r".*?<svg [^>]*?(viewBox=\"[^\"]+\")[^>]*>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_FONT = re.compile(r"font: ([\d.]+)px [^;\"]*")


def short(text: object, length: int = _LABEL) -> str:
    """A text from the input: control characters escaped, and long ones cut."""
    found = plain(str(text)[: 4 * length])
    return found if len(found) <= length else found[: length - 1] + "…"


def svg(chart: Chart, name: str) -> str:
    """The chart as an SVG element.

    Args:
        chart: what is drawn.
        name: a name of its own within the page, for the identifiers in the element.
    """
    with mpl.rc_context(_STYLE | {"svg.hashsalt": name}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that matplotlib's font lacks: the browser has its own
        figure = Figure(figsize=(_WIDTH, _height(chart)), dpi=_DPI)
        axes = figure.add_subplot()
        _DRAWINGS[type(chart)](chart, axes)
        _fit(chart, axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", _ID.sub("", file.getvalue()))
    text = _FONT.sub(r"font: \1px sans-serif", _COLOUR.sub(lambda match: _COLOURS[match[0]], text))
    label = short(chart.title, 80).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return _HEAD.sub(lambda match: f'<svg role="img" aria-label="{label}" {match[1]}>', text, count=1).strip()


def _fit(chart: Chart, axes: Axes) -> None:
    """Make room for what is around the axes: matplotlib's layouts measure all of it two or three times."""
    width, height = _WIDTH * _DPI, _height(chart) * _DPI
    found = axes.get_tightbbox(_renderer(width, height), for_layout_only=True)
    if found is not None:
        inside = axes.get_window_extent()
        axes.figure.subplots_adjust(
            left=(inside.x0 - found.x0) / width + _PAD / _WIDTH,
            bottom=(inside.y0 - found.y0) / height + _PAD / _height(chart),
            right=1 - (found.x1 - inside.x1) / width - _PAD / _WIDTH,
            top=1 - (found.y1 - inside.y1) / height - _PAD / _height(chart),
        )


def _renderer(width: float, height: float) -> Any:
    """What measures texts."""
    renderer: Any = RendererSVG
    return renderer(width, height, io.StringIO())


def _height(chart: Chart) -> float:
    if isinstance(chart, Bars):
        return 0.55 + _ROW * max(3, len(chart.bars))
    return _WIDTH * 0.8 if isinstance(chart, Density) else _HEIGHT


def _timeline(chart: Timeline, axes: Axes) -> None:
    # One outline for each series: a shape for each bar would take a second to draw.
    edges = [*chart.starts, chart.starts[-1] + chart.step]
    bottom: Any = [0] * len(chart.starts)
    for colour, (name, counts) in zip(_SERIES, chart.series.items(), strict=False):
        top = [old + new for old, new in zip(bottom, counts, strict=True)]
        axes.add_artist(
            StepPatch(top, edges, baseline=bottom, fill=True, color=colour, linewidth=0.4, label=short(name, _LEGEND))
        )
        bottom = top
    axes.set_ylabel(chart.unit)
    length = chart.starts[-1] + chart.step - chart.starts[0]
    form = "%d %b %H:%M" if length <= 3 * 86_400 else "%d %b %Y" if length <= 400 * 86_400 else "%b %Y"
    shown = chart.starts[:: max(1, -(-len(chart.starts) // _TICKS))]
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, max(bottom) * 1.05 or 1)
    _ticks(axes.xaxis, shown, [datetime.fromtimestamp(start, UTC).strftime(form) for start in shown])
    _numbers(axes.yaxis)
    if len(chart.series) > 1:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def _bars(chart: Bars, axes: Axes) -> None:
    names, values = zip(*((short(name), value) for name, value in chart.bars), strict=True)
    places = range(len(names))
    bars = [(0, place - 0.36, value, place + 0.36) for place, value in zip(places, values, strict=True)]
    axes.add_artist(_boxes(bars))
    axes.set_xlabel(chart.unit)
    most = chart.most or max(values) or 1
    axes.set_xlim(0, most * 1.16)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for place, value in zip(places, values, strict=True):
        axes.text(value + most * 0.015, place, f"{value:,}", va="center", fontsize=7.5)
    _ticks(axes.yaxis, places, names)
    _numbers(axes.xaxis)


def _histogram(chart: Histogram, axes: Axes) -> None:
    places = range(len(chart.counts))
    bars = [(place - 0.43, 0, place + 0.43, count) for place, count in zip(places, chart.counts, strict=True)]
    axes.add_artist(_boxes(bars))
    axes.set_xlabel(chart.x)
    axes.set_ylabel(chart.y)
    axes.set_xlim(-0.8, len(places) - 0.2)
    axes.set_ylim(0, max(chart.counts) * 1.05 or 1)
    is_short = len(places) <= 12 and max(map(len, chart.labels)) <= 3  # noqa: PLR2004 - what fits
    _ticks(axes.xaxis, places, chart.labels, size=7, rotation=0 if is_short else 45)
    _numbers(axes.yaxis)


def _shares(chart: Shares, axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1, linestyle="--", label="all equal")
    axes.plot(chart.people, chart.records, color=_SERIES[0], linewidth=2, label="this project")
    axes.fill_between(chart.people, chart.records, color=_SERIES[0], alpha=0.15, linewidth=0)
    axes.set_xlabel(chart.x)
    axes.set_ylabel(chart.y)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for axis in (axes.xaxis, axes.yaxis):
        places = [0.2 * place for place in range(6)]
        _ticks(axis, places, [f"{share:.0%}" for share in places], has_grid=True)
    axes.legend(loc="upper left")


def _density(chart: Density, axes: Axes) -> None:
    most = max(map(max, chart.counts))
    size = len(chart.counts)
    # One outline for all cells of a shade: a shape for each cell would take seconds to draw.
    shades: dict[int, list[tuple[int, int]]] = {}
    for row, counts in enumerate(chart.counts):
        end = 0
        for shade, cells in groupby(-(-count * _SHADES // most) for count in counts):
            start, end = end, end + len(list(cells))
            if shade:
                corners = [(start, row), (end, row), (end, row + 1), (start, row + 1), (start, row)]
                shades.setdefault(shade, []).extend(corners)
    for shade, corners in sorted(shades.items()):
        path = Path(corners, [*_BOX] * (len(corners) // len(_BOX)))
        alpha = 0.12 + 0.88 * shade / _SHADES
        axes.add_artist(PathPatch(path, color=_SERIES[0], alpha=alpha, linewidth=0))
    axes.set_xlim(0, size)
    axes.set_ylim(size, 0)
    axes.set_aspect("equal")
    for spine in axes.spines.values():
        spine.set_visible(True)
    _ticks(axes.xaxis, [0, size], ["left", "right"])
    _ticks(axes.yaxis, [0, size], ["top", "bottom"])


def _numbers(axis: Any) -> None:
    low, high = sorted(axis.get_view_interval())
    places = [place for place in MaxNLocator(5, integer=True).tick_values(low, high) if low <= place <= high]
    _ticks(axis, places, [f"{place:,.0f}" for place in places], has_grid=True)


def _ticks(
    axis: Any,
    places: Sequence[float],
    labels: Sequence[str],
    *,
    size: float = 8,
    rotation: int = 0,
    has_grid: bool = False,
) -> None:
    """Label places on an axis, whose limits are set; each tick of matplotlib is five artists, and slow."""
    axes = axis.axes
    is_x = axis is axes.xaxis
    axis.set_ticks([])
    base = axes.get_xaxis_transform() if is_x else axes.get_yaxis_transform()
    away = (0.0, -_AWAY / _DPI) if is_x else (-_AWAY / _DPI, 0.0)
    transform = base + ScaledTranslation(away[0], away[1], axes.figure.dpi_scale_trans)
    look: dict[str, Any] = {"transform": transform, "size": size, "rotation": rotation}
    look |= {"ha": "right" if rotation or not is_x else "center", "va": "top" if is_x else "center"}
    at = [(place, 0.0) if is_x else (0.0, place) for place in places]
    texts = [axes.text(x, y, label, **look) for (x, y), label in zip(at, labels, strict=True)]
    renderer = _renderer(_WIDTH, _HEIGHT)
    boxes = [text.get_window_extent(renderer) for text in texts]
    axis.labelpad = _AWAY + 2 + max((box.height if is_x else box.width for box in boxes), default=0)
    if has_grid:
        lines = [[(place, 0), (place, 1)] if is_x else [(0, place), (1, place)] for place in places]
        axes.add_artist(LineCollection(lines, transform=base, colors=_GRID, linewidths=0.6, zorder=0.5))


def _boxes(corners: Sequence[tuple[float, float, float, float]]) -> PathPatch:
    """Rectangles as one outline."""
    points = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)] for x0, y0, x1, y1 in corners]
    return PathPatch(Path([one for box in points for one in box], [*_BOX] * len(points)), color=_SERIES[0], linewidth=0)


_DRAWINGS: dict[type[Chart], Callable[[Any, Axes], None]] = {
    Timeline: _timeline,
    Bars: _bars,
    Histogram: _histogram,
    Shares: _shares,
    Density: _density,
}
