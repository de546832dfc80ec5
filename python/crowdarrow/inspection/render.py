"""The text of a page, from what it shows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from crowdarrow import __version__
from crowdarrow.declare.charts import Bars, Chart, Listing, Page
from crowdarrow.inspection.canvas import settings
from crowdarrow.inspection.draw import short, svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

_ROWS = 40
_TEXT = 120


def html(page: Page) -> str:
    """The page as a text."""
    with settings():
        sections = _sections(page.charts)
    return _template().render(
        title=short(page.title, 100),
        facts=[(name, short(value, 300)) for name, value in page.facts],
        sections=sections,
        version=__version__,
    )


def load() -> None:
    """Load all that makes a page, such as its font."""
    html(Page("", [], [Bars("", "", bars=[("", 1)])]))


def _sections(charts: Sequence[Chart]) -> dict[str, list[dict[str, Any]]]:
    sections: dict[str, list[dict[str, Any]]] = {}
    for chart in charts:
        shown: dict[str, Any] = {"title": short(chart.title, 80), "note": chart.note}
        if isinstance(chart, Listing):
            shown |= _table(chart)
        else:
            # The text in the element is escaped by matplotlib.
            shown["svg"] = Markup(svg(chart))  # noqa: S704
        sections.setdefault(chart.section, []).append(shown)
    return sections


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("crowdarrow.inspection", "."), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.jinja")


def _table(chart: Listing) -> dict[str, Any]:
    is_number = [all(isinstance(row[at], int | float) for row in chart.rows) for at in range(len(chart.columns))]
    shown: dict[str, Any] = {
        "columns": list(zip(chart.columns, is_number, strict=True)),
        "rows": [list(zip(map(_cell, row), is_number, strict=True)) for row in chart.rows[:_ROWS]],
    }
    if len(chart.rows) > _ROWS:
        shown["note"] = f"{chart.note} The first {_ROWS} of {len(chart.rows):,} rows.".strip()
    return shown


def _cell(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else short("" if value is None else value, _TEXT)
