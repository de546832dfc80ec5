"""A picture as SVG text: rectangles, lines and words, no more."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
INK, MUTED, GRID, PAPER = "#1f2933", "#616e7c", "#e4e7eb", "#ffffff"


class Svg:
    """A picture of a size in pixels, on white: it is shown on dark pages too."""

    def __init__(self, width: float, height: float, description: str) -> None:
        self.width = width
        self.height = height
        self.description = description
        self.parts: list[str] = []

    def _add(self, name: str, text: str | None = None, **attributes: str | float) -> None:
        texts = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in attributes.items()}
        told = "".join(f" {key.replace('_', '-')}={quoteattr(value)}" for key, value in texts.items())
        self.parts.append(f"<{name}{told}/>" if text is None else f"<{name}{told}>{escape(text)}</{name}>")

    def rect(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled rectangle."""
        self._add("rect", x=round(x, 1), y=round(y, 1), width=round(width, 1), height=round(height, 1), fill=fill)

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str = GRID, width: float = 1) -> None:
        """A straight line."""
        x1, y1, x2, y2 = (round(at, 1) for at in (x1, y1, x2, y2))
        self._add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)

    def polyline(
        self, points: Iterable[tuple[float, float]], stroke: str, width: float = 2, *, dashed: bool = False
    ) -> None:
        """A line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        more = {"stroke_dasharray": "5 4"} if dashed else {}
        self._add(
            "polyline", points=path, fill="none", stroke=stroke, stroke_width=width, stroke_linejoin="round", **more
        )

    def dot(self, x: float, y: float, fill: str) -> None:
        """A small disc."""
        self._add("circle", cx=round(x, 1), cy=round(y, 1), r=3.5, fill=fill)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        anchor: str = "start",
        fill: str = INK,
        bold: bool = False,
    ) -> None:
        """Words; `y` is their base line."""
        weight = {"font_weight": "600"} if bold else {}
        self._add("text", text, x=round(x, 1), y=round(y, 1), font_size=size, text_anchor=anchor, fill=fill, **weight)

    def render(self) -> str:
        """The file's text."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" role="img" font-family={quoteattr(FONT)}>'
        )
        background = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
        title = f"<title>{escape(self.description)}</title>"
        return "\n".join([head, title, background, *self.parts, "</svg>", ""])
