"""`python -m crowdarrow.synthetic.demo FOLDER`: convert the exports of a synthetic project and show the tables."""

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from crowdarrow import kinds

_ROWS = 4
_CELL = 24  # characters
_GAP = 3  # what the table puts between two columns
_NUMBERS = {pa.int32(), pa.int64(), pa.float64()}
_WIDTH = 110  # where there is no terminal to ask
# 3 tells that some records were rejected: the demo damages a few on purpose.
_CONVERTED = {0, 3}
_FAULTS = "0.0005"
_EXPORTS = ("classifications", "subjects", "workflows")
# What tells most, first; the other columns follow where there is room.
_FIRST = ("classification_id", "user_name", "workflow_version", "workflow_major", "workflow_minor")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit status of the step that failed, or 0."""
    parser = argparse.ArgumentParser(prog="python -m crowdarrow.synthetic.demo", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("demo"), help="where files go (demo)")
    parser.add_argument("--size", default="50MB", help="size of the classification export (50MB)")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    console = Console(width=width, highlight=False, markup=False, emoji=False)

    generate = ["export", str(folder), "--size", options.size, "--faults", _FAULTS]
    status = _run(console, "python -m crowdarrow.synthetic", "crowdarrow.synthetic", generate, quiet=True)
    if status != 0:
        return status
    tables: list[Path] = []
    for export in _EXPORTS:
        convert = ["convert", str(folder / f"{export}.csv"), f"{folder / export}/", "--force"]
        status = _run(console, "crowdarrow", "crowdarrow", convert)
        if status not in _CONVERTED:
            return status
        tables += [folder / export / f"{table}.parquet" for table in kinds()[f"zooniverse.{export}"]]
    for path in tables:
        _show(console, path)
    console.print(f"\nThe tables are in {', '.join(f'{folder / export}/' for export in _EXPORTS)}", soft_wrap=True)
    return 0


def _run(console: Console, shown: str, module: str, arguments: list[str], *, quiet: bool = False) -> int:
    console.print(f"$ {shown} {shlex.join(arguments)}", style="bold", soft_wrap=True)
    console.file.flush()
    output = subprocess.DEVNULL if quiet else None
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, stdout=output, check=False).returncode  # noqa: S603 - nothing but ourselves


def _show(console: Console, path: Path) -> None:
    """Print the first rows of as many columns as the width has room for, and the names of the others."""
    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
        head = next(file.iter_batches(batch_size=_ROWS), pa.RecordBatch.from_pylist([], schema))
    console.print(f"\n{path}: {rows:,} rows, {path.stat().st_size:,} bytes", style="bold", soft_wrap=True)
    names = sorted(schema.names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    columns = {name: [name, *map(_cell, head[name].to_pylist())] for name in names}
    shown = _fitting(columns, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, _GAP - 1, 0, 0), show_edge=False)
    for name in shown:
        numeric = pa.types.is_integer(schema.field(name).type) or pa.types.is_floating(schema.field(name).type)
        table.add_column(name, no_wrap=True, justify="right" if numeric else "left")
    for row in zip(*(columns[name][1:] for name in shown), strict=True):
        table.add_row(*row)
    console.print(table)
    others = [name for name in schema.names if name not in shown]
    if others:
        console.print(f"and {', '.join(others)}")


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}"
    text = "" if value is None else " ".join(f"{value}".split())
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _fitting(columns: dict[str, list[str]], width: int) -> list[str]:
    shown: list[str] = []
    for name, texts in columns.items():
        width -= max(map(cell_len, texts)) + _GAP
        if width < 0 and shown:
            break
        shown.append(name)
    return shown


if __name__ == "__main__":
    sys.exit(main())
