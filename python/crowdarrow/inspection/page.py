"""The page of an inspection: one HTML file that needs nothing else."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from crowdarrow.declare.charts import QUALITY, Chart, Listing, Page
from crowdarrow.errors import UsageError
from crowdarrow.read.distinct import check_distinct
from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.existing import check_absent, check_possible
from crowdarrow.sinks.sending import SentFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crowdarrow.inspection.inspection import Inspection
    from crowdarrow.inspection.process import DrawingProcess

_MISSING = "a page needs matplotlib and Jinja2: pip install 'crowdarrow[html]'"


def write(
    found: Inspection,
    path: str | os.PathLike[str],
    charts: Sequence[Chart],
    *,
    force: bool,
    drawing: DrawingProcess | None = None,
) -> None:
    """Write the page to a file; see `Inspection.to_html`. This process draws it if no other one does."""
    check(path, [source["name"] for source in found.sources], force=force)
    title = ", ".join(source["name"] for source in found.sources)
    page = Page(title, list(_facts(found)), [*charts, *_tables(found)])
    text = drawing.html(page) if drawing else None
    if text is None:
        # The command line hides numpy from pyarrow, which starts faster without it.
        if sys.modules.get("numpy", 0) is None:
            del sys.modules["numpy"]
        try:
            from crowdarrow.inspection import render
        except ImportError:
            raise UsageError(_MISSING) from None
        text = render.html(page)
    with SentFiles(force=force) as sent:
        target = os.fspath(sent.path(path, "path"))
        with Staging(force=force) as staging, output_errors(target):
            stage = staging.add(target)
            stage.write_text(text, encoding="utf-8")
            staging.commit(then=sent.send)


def check(path: str | os.PathLike[str], inputs: Sequence[Any], *, force: bool) -> None:
    """Raise an error if the page could not be written: its libraries are missing, or something is in the way.

    `inputs` are the inputs of the inspection, none of which may be replaced.
    """
    # To import them takes as long as a small input: the caller may read it meanwhile.
    if not all(map(find_spec, ("jinja2", "matplotlib"))):
        raise UsageError(_MISSING)
    with SentFiles(force=force) as sent:
        target = os.fspath(sent.path(path, "path"))
        check_distinct([target], inputs)
        check_possible(target)
        check_absent(target, force=force)


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
