"""The command line. pyarrow and rich are imported only by the commands that need them."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from crowdarrow.errors import CrowdarrowError, UsageError
from crowdarrow.read.options import available_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

_DONE, _FAILED, _WRONG_USAGE, _WITH_REJECTS = 0, 1, 2, 3
_SIGNALLED = 128  # a shell's exit status for a signal is this and its number

_EXAMPLES = """\b
Examples:
  crowdarrow inspect classifications.csv
  crowdarrow convert classifications.csv out/
  crowdarrow convert classifications.csv.gz marks.parquet --table marks --workflows workflows.csv
  crowdarrow convert 'exports/*.csv' all.parquet --since 2024-01-01
  crowdarrow convert classifications.csv by_workflow/ --table classifications --partition-by workflow_id
  zcat classifications.csv.gz | crowdarrow convert - - --columns classification_id,created_at
"""

_STATUSES = """\b
Exit status: 0 all records converted; 1 failed, the output is untouched; 2 wrong usage; 3 converted, with
rejects (the output is whole and valid).
"""


class _Terminated(BaseException):
    """SIGTERM or SIGHUP, as an exception, so that temporary files are removed."""


def _names(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    if value is None:
        return None
    names = [name.strip() for name in value.split(",")]
    if "" in names:
        msg = f"{value!r} has an empty name; give names with commas between them"
        raise click.BadParameter(msg)
    return names


def _ids(context: click.Context, parameter: click.Parameter, value: str | None) -> list[int] | None:
    names = _names(context, parameter, value)
    try:
        return None if names is None else [int(name) for name in names]
    except ValueError:
        msg = f"{value!r}: give whole numbers with commas between them"
        raise click.BadParameter(msg) from None


@click.group(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, help="Show the version and exit.",
              callback=lambda context, _, value: _show_version(context) if value else None)  # fmt: skip
def cli() -> None:
    """Turn Zooniverse, PYBOSSA and LibCrowds exports into typed tables: Parquet, CSV and Arrow files."""


def _show_version(context: click.Context) -> NoReturn:
    from crowdarrow import __version__

    _print(f"crowdarrow {__version__}")
    context.exit()


@cli.command(epilog=_EXAMPLES + "\n" + _STATUSES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.argument("output", metavar="OUTPUT")
@click.option("--table", help="The table to write. Default: the record table.")
@click.option("--tables", metavar="A,B|all", help="The tables to write to a folder. Default: all.")
@click.option("--kind", help="The export's kind; else found from the content.")
@click.option("--workflows", metavar="FILE", help="A workflow export, for labels.")
@click.option("--columns", metavar="A,B", callback=_names, help="The columns to keep, of a single table.")
@click.option("--workflow-id", metavar="N[,N]", callback=_ids, help="Keep these workflows' records.")
@click.option("--workflow-version", metavar="RANGE", help="Keep records of this version or these versions.")
@click.option("--since", metavar="TIME", help="Keep records created at this time (UTC) or later.")
@click.option("--until", metavar="TIME", help="Keep records created before this time (UTC); of a date, the day.")
@click.option("--compression", type=click.Choice(["zstd", "snappy", "gzip", "none"]),
              help="Default: zstd for Parquet, none for Arrow files.")  # fmt: skip
@click.option("--compression-level", type=int, metavar="N", help="Default: 1 for zstd, 6 for .csv.gz.")
@click.option("--row-group-size", type=click.IntRange(min=1), metavar="N",
              help="Rows per Parquet row group. Default: about 32 MiB of data.")  # fmt: skip
@click.option("--partition-by", metavar="COL[,COL]", callback=_names,
              help="Make folders COL=value/part-0.parquet; OUTPUT is a folder.")  # fmt: skip
@click.option("--format", "format_", type=click.Choice(["parquet", "csv", "csv.gz", "arrow"]),
              help="The format of the files in a folder. Default: parquet.")  # fmt: skip
@click.option("--rejects", metavar="FILE", help="Where rejected records go. Default: OUTPUT.rejects.csv.")
@click.option("--strict", is_flag=True, help="Fail at the first rejected record.")
@click.option("--max-rejects", type=click.IntRange(min=0), metavar="N", help="Fail when more are rejected.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Cores to use at once. Default: all.")
@click.option("--max-record-bytes", type=click.IntRange(min=1), metavar="N", default=64 << 20,
              help="Reject longer records. Default: 64 MiB.")  # fmt: skip
@click.option("--encoding", metavar="NAME", help="The input's text encoding. Default: UTF-8.")
@click.option("--member", metavar="NAME", help="The member of a zip to read, where it has several.")
@click.option("--csv-safe", is_flag=True, help="Put ' before CSV text that a spreadsheet takes for a formula.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.option("--progress/--no-progress", default=None, help="Default: when stderr is a terminal.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
@click.option("--report", metavar="FILE.json", help="Write the report to a file too.")
def convert(
    inputs: tuple[str, ...],
    output: str,
    format_: str | None,
    progress: bool | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Convert INPUT (paths, a quoted glob, or - for stdin; plain, gzip, zstd or zip) to OUTPUT.

    OUTPUT ends in .parquet, .csv, .csv.gz or .arrow for one table, or in / (a folder) for all tables; -
    writes CSV to stdout.
    """
    _choose_memory_pool()
    from crowdarrow.conversion.run import convert as run

    with _progress(progress if progress is not None else not quiet and _is_terminal(sys.stderr)) as show:
        report = run(list(inputs), output, format=format_, progress=show, **options)
    if not quiet:
        _say(str(report))
        if report.rejected and not report.rejects_path:
            _say("  rejected records were not kept; --rejects FILE keeps them")
    return _WITH_REJECTS if report.rejected else _DONE


@cli.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--kind", help="The export's kind; else found from the content.")
@click.option("--encoding", metavar="NAME", help="The input's text encoding. Default: UTF-8.")
@click.option("--member", metavar="NAME", help="The member of a zip to read, where it has several.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Cores to use at once. Default: all.")
def inspect(inputs: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Say what INPUT holds: kind, records, dates, workflows and versions, tasks, drift, rejects."""
    from crowdarrow.inspection.inspection import inspect as run

    found = run(list(inputs), **options)
    _print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) if as_json else str(found))
    return _DONE


@cli.command()
@click.argument("kind", required=False)
@click.argument("table", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def schema(kind: str | None, table: str | None, as_json: bool) -> int:
    """List the kinds and their tables, or the columns of KIND's tables, or those of TABLE."""
    import crowdarrow

    known = crowdarrow.kinds()
    if kind is None:
        listed = {name: list(tables) for name, tables in known.items()}
        lines = [f"{name}: {', '.join(tables)}" for name, tables in listed.items()]
        _print(json.dumps(listed, indent=2) if as_json else "\n".join(lines))
        return _DONE
    if kind not in known:
        msg = f"no kind {kind}; known are {', '.join(known)}"
        raise UsageError(msg)
    if table is not None and table not in known[kind]:
        msg = f"no table {table} in {kind}; it has {', '.join(known[kind])}"
        raise UsageError(msg)
    names = [table] if table else list(known[kind])
    columns = {name: [(item.name, str(item.type)) for item in crowdarrow.schema(kind, name)] for name in names}
    if as_json:
        found = [
            {
                "kind": kind,
                "table": name,
                "columns": [{"name": column, "type": type_} for column, type_ in items],
            }
            for name, items in columns.items()
        ]
        _print(json.dumps(found[0] if table else found, indent=2))
        return _DONE
    for name, items in columns.items():
        _print(f"{kind} {name}")
        width = max(len(column) for column, _ in items)
        for column, type_ in items:
            _print(f"  {column:{width}}  {type_}")
    return _DONE


def _choose_memory_pool() -> None:
    """Have Arrow use jemalloc, and keep what it has: 1 GB to one table takes 250 MB of memory and not 320.

    Of its arenas one for four cores is enough; with several for each, as it has them, what is freed in one is of no
    use to others: 290 to 370 MB. And given back to the system after a second, memory is asked for again at once: a
    fifth of a million page faults, a twentieth of the time.
    """
    # It must be named before pyarrow is loaded, and pyarrow warns where it was built without. Its own wheels for Linux,
    # told by the library that stands beside the package, have it.
    found = importlib.util.find_spec("pyarrow")
    for folder in (found and found.submodule_search_locations) or ():
        if any(Path(folder).glob("libarrow.so.*")):
            os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
            arenas = max(1, available_threads() // 4)
            os.environ.setdefault("JE_ARROW_MALLOC_CONF", f"narenas:{arenas},dirty_decay_ms:-1")


@contextlib.contextmanager
def _progress(shown: bool) -> Iterator[Callable[[Any], None] | None]:
    if not shown:
        yield None
        return
    from crowdarrow.conversion.progress import ProgressBar

    with ProgressBar() as bar:
        yield bar


def _print(text: str) -> None:
    """Write to stdout."""
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        from crowdarrow.sinks.atomic import output_error

        raise output_error(error, "to stdout") from error


def _flush(stream: TextIO | None) -> None:
    if stream is not None:  # as it is where the process was started without it
        stream.flush()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _say(text: str) -> None:
    # Nobody may be left to read it; the run is no worse for that.
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def _complain(message: str) -> None:
    _say("crowdarrow: " + " ".join(message.split("\n")))


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    # A second signal while temporary files are being removed would leave some behind.
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt if number == signal.SIGINT else _Terminated(number)


_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; errors become one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if not given:
            _say(cli.get_help(click.Context(cli, info_name="crowdarrow")))
            return _WRONG_USAGE
        # Not cli.main: it has its own ways with Ctrl-C and closed pipes.
        with cli.make_context("crowdarrow", given) as context:
            status = int(cli.invoke(context))
        _flush(sys.stdout)
    except click.exceptions.Exit as done:
        status = done.exit_code
    except BrokenPipeError:
        # What is still in stdout's buffer has nowhere to go: without this Python complains of it at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = _FAILED
    except (Exception, KeyboardInterrupt, _Terminated) as error:  # noqa: BLE001 - each becomes a line
        status, message = _verdict(error)
        _complain(message)
    return status


def _verdict(error: BaseException) -> tuple[int, str]:
    """The exit status and the line for stderr."""
    match error:
        case UsageError():
            found = _WRONG_USAGE, str(error)
        case CrowdarrowError():
            found = _FAILED, str(error)
        case click.ClickException():
            context = getattr(error, "ctx", None)
            command = f"{context.command_path} --help" if context else "--help"
            found = _WRONG_USAGE, f"{error.format_message()} (see {command})"
        case KeyboardInterrupt():
            found = _SIGNALLED + signal.SIGINT, "interrupted; nothing was changed"
        case _Terminated():
            found = _SIGNALLED + int(error.args[0]), "terminated; nothing was changed"
        case _:
            if os.environ.get("CROWDARROW_DEBUG"):
                raise error
            what = f"internal error: {type(error).__name__}: {error}; nothing was changed; please report this"
            found = _FAILED, f"{what} (CROWDARROW_DEBUG=1 shows where it came from)"
    return found


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    # Where numpy is installed pyarrow loads it, and then pandas, which takes longer than many a conversion; nothing
    # here uses them, and pyarrow does without. None means that there is no such module.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]
    for name in _SIGNALS:
        # nohup and background shells ignore some signals on purpose.
        if signal.getsignal(name) is not signal.SIG_IGN:
            signal.signal(name, _interrupt)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None:
            # Started without it: the next file to be opened would have its number, and get what is meant for it.
            os.open(os.devnull, os.O_RDWR)
    status = run()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            _flush(stream)
    # All is written and cleaned up. What is left is to take the interpreter down object by object, a sixth of the time
    # of a short run; and after Ctrl-C a thread may still wait for input that never comes, and Python for it.
    os._exit(status)
