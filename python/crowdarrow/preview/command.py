"""The command `crowdarrow head`."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import click

from crowdarrow.completion import files, tables
from crowdarrow.console import PROGRESS_HELP, terminal_width, wrapped
from crowdarrow.terminal import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crowdarrow.console import Console
    from crowdarrow.preview.layout import Layout
    from crowdarrow.preview.rows import Row
    from crowdarrow.read.reader import Reader

OPTIONS = (
    "kind", "workflows", "subjects", "subject_keys", "columns", "workflow_id", "workflow_version", "since", "until",
    "once", "live", "first", "gold", "threads", "max_record_bytes", "max_columns", "max_expansion", "encoding",
    "member", "separator", "people", "people_key",
)  # fmt: skip
"""The options of reading that the command has."""

_EXAMPLES = """\b
Examples:
  crowdarrow head classifications.csv
  crowdarrow head classifications.csv.gz --table marks -n 5 --workflows workflows.csv
  crowdarrow head classifications.csv --columns classification_id,user_name,created_at
  zcat classifications.csv.gz | crowdarrow head - --table answers
"""

_BLOCK = 1 << 18
"""Bytes that are read for one block: few, because few rows are shown."""
_PATIENCE = 1.0
"""Seconds without a row after which progress is shown: most tables have their first rows at once."""
_CHARACTERS = 2
"""Characters of a value for each column of the terminal: some characters have no width."""


@click.command(name="head", epilog=_EXAMPLES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=files)
@click.option("--table", metavar="NAME", help="The table. Default: the record table.", shell_complete=tables)
@click.option("-n", "--rows", "count", type=click.IntRange(min=0), default=10, metavar="N",
              help="The number of rows. Default: 10.")  # fmt: skip
@click.option("--progress/--no-progress", default=None, help=PROGRESS_HELP)
def command(inputs: tuple[str, ...], table: str | None, count: int, *, progress: bool | None, **options: Any) -> int:
    """Print the first rows of a table of INPUT, as wide as the terminal.

    Reading stops after these rows. Null is an empty cell, and the empty string is "". If the columns do not fit, those
    with one value in all these rows are left out, then the last ones; the names of all are printed below.
    """
    console: Console = click.get_current_context().obj
    console.prepare()
    from crowdarrow.read.reader import open as open_table

    with open_table(list(inputs), table, block_bytes=_BLOCK, **options) as reader:
        _print(reader, count, console, progress=progress, keeps_all=options.get("columns") is not None)
        report = reader.report
        if report.rejected:
            read = number_of(report.records, "record")
            console.say(f"crowdarrow: {report.rejected:,} of the first {read} rejected; inspect tells why")
        if report.suggestion and not report.rows:
            console.say(f"crowdarrow: {report.suggestion}")
    return 0


def _print(reader: Reader, count: int, console: Console, *, progress: bool | None, keeps_all: bool) -> None:
    from crowdarrow.preview.layout import Layout
    from crowdarrow.preview.rows import first_rows, is_number

    width = terminal_width()
    layout = None
    shown = 0
    chunks = first_rows(reader, count, _CHARACTERS * width) if count else iter(())
    for rows in _awaited(chunks, reader, console, progress=progress):
        if layout is None:
            numbers = [is_number(field.type) for field in reader.schema]
            layout = Layout(reader.schema.names, rows, numbers, width, keeps_all=keeps_all, ellipsis=_ellipsis())
            console.write("\n".join(layout.header()))
        console.write("\n".join(layout.lines(rows)))
        shown += len(rows)
    if layout is None:
        layout = Layout(reader.schema.names, [], [False] * len(reader.schema), width, keeps_all=True)
        console.write("\n".join(layout.header()))
    for note in _notes(reader, layout, shown, count):
        console.write("\n".join(wrapped(note, width)))


def _awaited(
    chunks: Iterator[list[Row]], reader: Reader, console: Console, *, progress: bool | None
) -> Iterator[list[Row]]:
    """The chunks. Progress is shown while one is awaited: votes come at the end, filters may leave few rows."""
    from crowdarrow.progress import follow

    began = time.monotonic()
    while True:
        with contextlib.ExitStack() as stack:

            def show(stack: contextlib.ExitStack = stack) -> None:
                follow(stack.enter_context(console.progress(progress, quiet=False)), reader.progress, began)

            timer = threading.Timer(_PATIENCE, show)
            timer.start()
            try:
                chunk = next(chunks, None)
            finally:
                timer.cancel()
                timer.join()
        if chunk is None:
            return
        yield chunk


def _notes(reader: Reader, layout: Layout, shown: int, count: int) -> list[str]:
    """The notes below the rows."""
    which = ("the first " if shown == count else "all ") if shown > 1 else ""
    rows = "the first row" if shown == count == 1 else which + number_of(shown, "row")
    notes = [f"({rows} of the table {reader.table} of {reader.kind})"]
    if layout.same:
        notes.append(f"(the same in all these rows: {', '.join(f'{name} {value}' for name, value in layout.same)})")
    if layout.null:
        notes.append(f"(null in all these rows: {', '.join(layout.null)})")
    if layout.rest:
        notes.append(f"(more columns, which --columns shows: {', '.join(layout.rest)})")
    return notes


def _ellipsis() -> str:
    try:
        "…".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return "..."
    return "…"
