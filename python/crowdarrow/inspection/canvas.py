"""Shapes and texts of a chart as SVG, with the colours of the page: it has a light and a dark form.

matplotlib's renderer measures and writes them. Its figures, in which each axis and label is an object with a layout of
its own, take a second for the charts of a page. It draws with placeholders for the page's colours, which are then
replaced by their names in CSS.
"""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.transforms import Transform

_COLOURS = {
    "#010203": "var(--ink)",
    "#010204": "var(--faint)",
    "#010205": "var(--grid)",
    **{f"#0102{0x10 + at:02x}": f"var(--c{at})" for at in range(6)},
}
INK, FAINT, GRID, *SERIES = _COLOURS
_BOX = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)
_MEASURED = 100
"""The size at which letters are measured."""
_WIDTHS: dict[str, float] = {}
"""The widths of letters at this size."""
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_COLOUR = re.compile(r"#0102[01][0-9a-f]")
_HEAD = re.compile(r".*?<svg [^>]*?(viewBox=\"[^\"]+\")[^>]*>", re.DOTALL)
_FONT = re.compile(r"font: ([\d.]+)px [^;\"]*")


class Canvas:
    """An SVG element that grows. Lengths are points, and positions are from the bottom left."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._file = io.StringIO()
        renderer: Any = RendererSVG
        self._renderer = renderer(width, height, self._file, metadata=_NO_METADATA)
        self._text = Text(rotation_mode="anchor")

    def width_of(self, text: str, size: float) -> float:
        """The width of a text; letters that are moved together or joined make it less."""
        return sum(map(self._letter, text)) * size / _MEASURED

    def _letter(self, letter: str) -> float:
        # Measured once: a call takes longer than a short text is written.
        width = _WIDTHS.get(letter)
        if width is None:
            width, _, _ = self._renderer.get_text_width_height_descent(letter, _font(_MEASURED), ismath=False)
            _WIDTHS[letter] = width
        return width

    def fill(self, path: Path, at: Transform, colour: str, *, alpha: float = 1, edge: float = 0) -> None:
        """Fill an outline, whose line has a width of `edge`."""
        self._renderer.draw_path(self._style(colour, edge), path, at, to_rgba(colour, alpha))

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        width: float,
        at: Transform | None = None,
        dashes: Sequence[float] | None = None,
    ) -> None:
        """Draw a line."""
        style = self._style(colour, width)
        style.set_dashes(0, dashes)
        self._renderer.draw_path(style, Path(points), at or Affine2D())

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        align: Literal["left", "center", "right"] = "left",
        angle: float = 0,
    ) -> None:
        """Write a text on a line that starts, ends or has its middle at a position."""
        # The browser's font has other widths than the one that is measured: it aligns the text.
        self._text.set_position((x, y))
        self._text.set_horizontalalignment(align)
        style = self._style(INK, 0)
        self._renderer.draw_text(style, x, self.height - y, text, _font(size), angle, ismath=False, mtext=self._text)

    def element(self, label: str) -> str:
        """The element, which `label` describes; nothing can be drawn afterwards."""
        self._renderer.finalize()
        text = _COLOUR.sub(lambda match: _COLOURS[match[0]], self._file.getvalue())
        text = _FONT.sub(r"font: \1px sans-serif", text)
        label = label.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        return _HEAD.sub(lambda match: f'<svg role="img" aria-label="{label}" {match[1]}>', text, count=1).strip()

    def _style(self, colour: str, width: float) -> Any:
        style = self._renderer.new_gc()
        style.set_foreground(colour)
        style.set_linewidth(width)
        return style


@contextmanager
def settings() -> Iterator[None]:
    """The settings of matplotlib with which canvases are used."""
    with mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that matplotlib's font lacks: the browser has its own
        yield


def boxes(corners: Sequence[tuple[float, float, float, float]]) -> Path:
    """Rectangles as one outline: a shape for each of them would take a second to draw."""
    points = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)] for x0, y0, x1, y1 in corners]
    return Path([one for box in points for one in box], [*_BOX] * len(points))


@cache
def _font(size: float) -> FontProperties:
    return FontProperties(family="DejaVu Sans", size=size)
