"""The page of an inspection: one HTML file that needs nothing else."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from crowdarrow import __version__
from crowdarrow.declare.charts import QUALITY, Chart, Listing
from crowdarrow.errors import UsageError
from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.existing import check_absent, check_possible
from crowdarrow.sinks.sending import SentFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crowdarrow.inspection.inspection import Inspection

_ROWS = 40
_TEXT = 120
_MISSING = "a page needs matplotlib and Jinja2: pip install 'crowdarrow[html]'"


def write(found: Inspection, path: str | os.PathLike[str], charts: Sequence[Chart], *, force: bool) -> None:
    """Write the page to a file; see `Inspection.to_html`."""
    check(path, force=force)
    text = html(found, charts)
    with SentFiles(force=force) as sent:
        target = os.fspath(sent.path(path, "path"))
        with Staging(force=force) as staging, output_errors(target):
            stage = staging.add(target)
            stage.write_text(text, encoding="utf-8")
            staging.commit(then=sent.send)


def check(path: str | os.PathLike[str], *, force: bool) -> None:
    """Raise an error if the page could not be written: its libraries are missing, or something is in the way."""
    # The command line hides numpy from pyarrow, which starts faster without it.
    if sys.modules.get("numpy", 0) is None:
        del sys.modules["numpy"]
        sys.meta_path.insert(0, _WithoutPandas())
    try:
        import jinja2  # noqa: F401
        import matplotlib as mpl  # noqa: F401
    except ImportError:
        raise UsageError(_MISSING) from None
    with SentFiles(force=force) as sent:
        target = os.fspath(sent.path(path, "path"))
        check_possible(target)
        check_absent(target, force=force)


class _WithoutPandas:
    """Hides pandas, which pyarrow imports for half a second if it is there and numpy is not hidden."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def prepare() -> None:
    """Load what draws the page while the input is read: it takes longer than the reading of a small one."""
    threading.Thread(target=_load, name="crowdarrow-page", daemon=True).start()


def _load() -> None:
    with contextlib.suppress(ImportError):  # which writing the page reports
        import jinja2  # noqa: F401

        import crowdarrow.inspection.draw  # noqa: F401


def html(found: Inspection, charts: Sequence[Chart]) -> str:
    """The page as a text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
    from markupsafe import Markup

    from crowdarrow.inspection.draw import short, svg

    def cell(value: Any) -> str:
        return f"{value:,}" if isinstance(value, int | float) else short("" if value is None else value, _TEXT)

    sections: dict[str, list[dict[str, Any]]] = {}
    for chart in [*charts, *_tables(found)]:
        shown: dict[str, Any] = {"title": short(chart.title, 80), "note": chart.note}
        if isinstance(chart, Listing):
            is_number = [
                all(isinstance(row[at], int | float) for row in chart.rows) for at in range(len(chart.columns))
            ]
            shown |= {"columns": list(zip(chart.columns, is_number, strict=True))}
            shown |= {"rows": [list(zip(map(cell, row), is_number, strict=True)) for row in chart.rows[:_ROWS]]}
            if len(chart.rows) > _ROWS:
                shown["note"] = f"{chart.note} The first {_ROWS} of {len(chart.rows):,} rows.".strip()
        else:
            # The text in the element is escaped by matplotlib.
            shown["svg"] = Markup(svg(chart))  # noqa: S704
        sections.setdefault(chart.section, []).append(shown)
    environment = Environment(
        loader=PackageLoader("crowdarrow.inspection", "."), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("page.html.jinja").render(
        title=short(", ".join(source["name"] for source in found.sources), 100),
        facts=[(name, short(value, 300)) for name, value in _facts(found)],
        sections=sections,
        version=__version__,
    )


def _facts(found: Inspection) -> Iterable[tuple[str, str]]:
    yield "kind", found.kind
    yield "records", f"{found.records:,}"
    yield "rejected", f"{found.rejected:,}"
    if found.first:
        yield "from", found.first
        yield "to", str(found.last)
    yield "size", f"{found.bytes:,} bytes, unpacked"


def _tables(found: Inspection) -> Iterable[Chart]:
    """The tables of every kind: what was accepted, and what was rejected."""
    if found.leniencies:
        note = "Values that were accepted although they deviate from the format."
        yield Listing(QUALITY, "Accepted", note, ("what", "count"), list(found.leniencies.items()))
    rejected = [
        (kind, one["count"], "; ".join(f"record {at['record']}, byte {at['byte_offset']}" for at in one["examples"]))
        for kind, one in found.rejects.items()
    ]
    note = "" if rejected else "No record is rejected."
    yield Listing(QUALITY, "Rejects", note, ("kind", "records", "the first of them") if rejected else (), rejected)
    largest = [(name, cells[0]["bytes"]) for name, cells in found.largest.items() if cells]
    if largest:
        yield Listing(QUALITY, "Longest cells", "", ("column", "bytes"), largest)
    inputs = [(one["name"], one["compression"] or "plain", one["size"]) for one in found.sources]
    yield Listing(QUALITY, "Inputs", "", ("file", "compression", "bytes"), inputs)
