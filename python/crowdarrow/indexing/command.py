"""The command `crowdarrow index`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crowdarrow.completion import files
from crowdarrow.console import PROGRESS_HELP
from crowdarrow.terminal import number_of

if TYPE_CHECKING:
    from crowdarrow.console import Console

OPTIONS = ("kind", "separator", "max_record_bytes", "max_columns", "digest")
"""The options of reading that the command has."""

_EXAMPLES = """\b
Examples:
  crowdarrow index classifications.csv
  crowdarrow index classifications.csv -o classifications.index.json
"""


@click.command(name="index", epilog=_EXAMPLES)
@click.argument("file", shell_complete=files)
@click.option("-o", "--output", metavar="OUTPUT", shell_complete=files,
              help="The index. Default: FILE.crowdarrow-index.json.")  # fmt: skip
@click.option("-f", "--force", is_flag=True, help="Replace the index if it exists.")
@click.option("--progress/--no-progress", default=None, help=PROGRESS_HELP)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
def command(file: str, output: str | None, *, force: bool, progress: bool | None, quiet: bool, **options: Any) -> int:
    """Find where records of FILE begin, so that many processes can each read a part of it.

    FILE is CSV, a JSON array or JSON Lines, not compressed. It is read once, and nothing is decoded. The index has its
    size, time of change and digest: using it after FILE changed is an error.
    """
    console: Console = click.get_current_context().obj
    console.prepare()
    from crowdarrow.indexing.index import path_of_index, write_index
    from crowdarrow.indexing.positions import BLOCK_BYTES
    from crowdarrow.options import options_from
    from crowdarrow.read.options import ReadOptions

    given = {name: value for name, value in options.items() if value is not None}
    reading = options_from(ReadOptions, {"digest": "blake3", **given, "block_bytes": BLOCK_BYTES}, "index")
    with console.progress(progress, quiet=quiet) as show:
        found = write_index(file, output, force=force, progress=show, options=reading)
    if not quiet:
        positions = found.positions
        places = number_of(len(positions.found), "place")
        written = output or path_of_index(file)
        console.say(
            f"{found.name}: {number_of(positions.end[2], 'record')}, {positions.size / 1e6:,.1f} MB, "
            f"{places} to divide it -> {written}"
        )
    return 0
