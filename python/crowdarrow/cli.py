"""The command line. Commands import pyarrow and rich only when they need them."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import json
import os
import re
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from crowdarrow import completion
from crowdarrow.console import PROGRESS_HELP, Console, terminal_width, wrapped_on_terminal
from crowdarrow.conversion.options import WriteOptions
from crowdarrow.errors import CrowdarrowError, UsageError
from crowdarrow.extraction import command as extracts_command
from crowdarrow.indexing import command as index_command
from crowdarrow.options import options_of
from crowdarrow.preview import command as head_command
from crowdarrow.read.options import ReadOptions, available_threads
from crowdarrow.read.resources import has_memory_limit
from crowdarrow.suggest import hint
from crowdarrow.terminal import plain_json, plain_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import FrameType

_DONE, _FAILED, _WRONG_USAGE, _WITH_REJECTS = 0, 1, 2, 3
_M_ARENA_MAX = -8  # of glibc's malloc.h
_SIGNALLED = 128  # a shell's exit status for a signal is this plus the signal's number

_EXAMPLES = """\b
Examples:
  crowdarrow inspect classifications.csv
  crowdarrow convert classifications.csv out/
  crowdarrow convert exports/ project/
  crowdarrow convert classifications.csv.gz marks.parquet --table marks --workflows workflows.csv
  crowdarrow convert 'exports/*.csv' all.parquet --since 2024-01-01
  crowdarrow convert classifications.csv by_workflow/ --table classifications --partition-by workflow_id
  zcat classifications.csv.gz | crowdarrow convert - - --columns classification_id,created_at
"""

_INSPECT_EXAMPLES = """\b
Examples:
  crowdarrow inspect classifications.csv
  crowdarrow inspect 'exports/*.csv' --kind classifications --json
  zcat classifications.csv.gz | crowdarrow inspect -
"""

_SCHEMA_EXAMPLES = """\b
Examples:
  crowdarrow schema
  crowdarrow schema classifications
  crowdarrow schema tasks task_info --json
"""

_STATUSES = """\b
Exit status: 0 all records converted; 1 failed, no output changed; 2 wrong usage; 3 converted, with rejected
records (the output is complete and valid).
"""


class _Terminated(BaseException):
    """SIGTERM or SIGHUP, raised as an exception so that temporary files are removed."""


_OPTIONS = options_of(ReadOptions) | options_of(WriteOptions)
_NAMES = {name: f"--{name.replace('_', '-')}" for name, known in _OPTIONS.items() if known.flag}
_NAMES |= {"input": "INPUT", "output": "OUTPUT", "path": "--html"} | extracts_command.NAMES


def _with_flags(message: str) -> str:
    """A message of the library, which has names of arguments in backticks, with the command line's names of them."""
    return re.sub("`([a-z_]+)`", lambda match: _NAMES.get(match[1], match[0]), message)


def _options(names: Iterable[str]) -> Callable[[Any], Any]:
    """Decorate a command with options; their values are checked by the dataclasses, with the API's own checks."""

    def decorate(command: Any) -> Any:
        chosen = [name for name in names if name in _NAMES]
        # A function gets its decorators from the last line to the first; a command has its options already.
        for name in chosen if isinstance(command, click.Command) else reversed(chosen):
            known = _OPTIONS[name]
            kind: Any = click.Choice(known.choices) if known.choices else int if known.form == "integer" else str
            details: dict[str, Any] = {"type": kind, "metavar": known.metavar}
            if known.form == "flag":
                details = {"is_flag": True}
            details |= {"help": known.help, "shell_complete": completion.completer(name, known)}
            flags = [known.short, _NAMES[name]] if known.short else [_NAMES[name]]
            command = click.option(*flags, name, **details)(command)
        return command

    return decorate


class _Commands(click.Group):
    """A group that suggests the command that was probably meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command and its arguments."""
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = self.list_commands(ctx)
            ctx.fail(f"there is no command {args[0]!r}{hint(args[0], known)}; the commands are {', '.join(known)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, help="Show the version and exit.",
              callback=lambda context, _, value: _show_version(context) if value else None)  # fmt: skip
def cli() -> None:
    """Turn Zooniverse, PYBOSSA and LibCrowds exports into typed tables: Parquet, CSV, Arrow and Excel files."""


def _show_version(context: click.Context) -> NoReturn:
    from crowdarrow import __version__

    _print(f"crowdarrow {__version__}")
    context.exit()


@cli.command(epilog=_EXAMPLES + "\n" + _STATUSES)
@click.argument("paths", nargs=-1, required=True, metavar="INPUT... OUTPUT", shell_complete=completion.files)
@click.option("-o", "--output", metavar="OUTPUT", help="OUTPUT; then all other paths are inputs.",
              shell_complete=completion.files)  # fmt: skip
@_options(_OPTIONS)
@click.option("--progress/--no-progress", default=None, help=PROGRESS_HELP)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
def convert(
    paths: tuple[str, ...],
    output: str | None,
    progress: bool | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Convert INPUT (paths, folders, a quoted glob, URLs, or - for stdin; plain, compressed, zip or tar) to OUTPUT.

    OUTPUT ends in .parquet, .csv, .csv.gz, .arrow or .xlsx for one table, or in / (a folder) for all tables;
    - writes CSV to stdout. It may be a URL of a bucket. Inputs of several kinds need a folder, and each kind
    has a folder in it.
    """
    if output is None:
        *inputs, output = paths
        if not inputs:
            msg = f"Missing argument OUTPUT: where to write the tables of {output}, such as out/ or out.parquet"
            raise click.UsageError(msg, click.get_current_context())
    else:
        inputs = list(paths)
    _choose_memory_pool()
    from crowdarrow.conversion.run import convert as run

    with _progress_if(progress, quiet=quiet) as show:
        report = run(inputs, output, progress=show, **options)
    if not quiet:
        _say(_with_flags(str(report)))
        if not report.has_kept_rejects:
            _say("  rejected records were not kept; --rejects FILE writes them to a file")
    return _WITH_REJECTS if report.rejected else _DONE


@cli.command(epilog=_INSPECT_EXAMPLES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...", shell_complete=completion.files)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--html", "page", metavar="FILE", help="Write a page with charts to this file too.")
@click.option("-f", "--force", is_flag=True, help="Replace the page if it exists.")
@_options(
    [
        "kind",
        "encoding",
        "member",
        "separator",
        "threads",
        "max_record_bytes",
        "max_columns",
        "max_expansion",
        "people",
        "people_key",
    ]
)
@click.option("--progress/--no-progress", default=None, help=PROGRESS_HELP)
def inspect(
    inputs: tuple[str, ...], page: str | None, progress: bool | None, *, as_json: bool, force: bool, **options: Any
) -> int:
    """Count what INPUT contains: kind, records, dates, workflows and versions, tasks, drift, rejects."""
    if force and page is None:
        msg = "--force needs --html: nothing else is written"
        raise UsageError(msg)
    with contextlib.ExitStack() as ending:
        if page is not None:
            from crowdarrow.inspection.process import DrawingProcess

            # Before anything else is loaded; with one thread, one core is busy.
            drawing = None if options["threads"] == 1 else ending.enter_context(DrawingProcess())
        _choose_memory_pool()
        from crowdarrow.inspection.inspection import inspect as run

        if page is not None:
            from crowdarrow.inspection import page as pages

            pages.check(page, inputs, force=force)
        with _progress_if(progress, quiet=False) as show:
            found = run(list(inputs), charts=page is not None, progress=show, **options)
        if page is not None:
            pages.write(found, page, found.page_source(), force=force, drawing=drawing)
    if as_json:
        _print_json(found.to_dict())
    else:
        _print(wrapped_on_terminal(_with_flags(str(found))))
    return _DONE


@cli.command(epilog=_SCHEMA_EXAMPLES)
@click.argument("kind", required=False, shell_complete=completion.kinds)
@click.argument("table", required=False, shell_complete=completion.tables)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def schema(kind: str | None, table: str | None, as_json: bool) -> int:
    """List the kinds and their tables, or the columns of KIND's tables, or those of TABLE, with descriptions.

    One part of KIND is enough if no other kind has it, such as tasks.
    """
    import crowdarrow
    from crowdarrow import describe, exports

    kinds = crowdarrow.kinds()
    on_request = {name: exports.by_kind(name).requested_tables for name in kinds}
    if kind is None:
        lines = [
            f"{name}: {', '.join(tables)}" + (f"; on request: {', '.join(more)}" if (more := on_request[name]) else "")
            for name, tables in kinds.items()
        ]
        if as_json:
            _print_json(kinds)
        else:
            _print("\n".join(lines))
        return _DONE
    kind = exports.full_name(kind)
    export = exports.by_kind(kind)
    tables = [export.any_table(name) for name in ([table] if table else [*kinds[kind], *on_request[kind]])]
    if as_json:
        found = [{"kind": kind, "table": one.name, "columns": describe.as_dict(one)} for one in tables]
        _print_json(found[0] if table else found)
    else:
        for one in tables:
            _print("\n".join([f"{kind} {one.name}", *describe.lines(one, terminal_width())]))
    return _DONE


def _choose_memory_pool() -> None:
    """Make Arrow use jemalloc, with few arenas, and keep freed memory.

    Converting 1 GB to one table then takes 250 MB of memory instead of 320. With jemalloc's default number of arenas it
    takes 290 to 370 MB, because memory that is freed in one arena is not used by others. By default jemalloc returns
    freed memory to the system after a second; allocating it again costs 200,000 page faults and 5 % of the time. An
    inspection with a page takes 240 MB instead of 310.
    """
    # The variables must be set before pyarrow is loaded. pyarrow warns if it was built without jemalloc; its wheels for
    # Linux, which contain libarrow.so, have it.
    found = importlib.util.find_spec("pyarrow")
    for folder in (found and found.submodule_search_locations) or ():
        if any(Path(folder).glob("libarrow.so.*")):
            os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
            arenas = max(1, available_threads() // 4)
            os.environ.setdefault("JE_ARROW_MALLOC_CONF", f"narenas:{arenas},dirty_decay_ms:-1,background_thread:false")


@contextlib.contextmanager
def _progress(shown: bool) -> Iterator[Callable[[Any], None] | None]:
    if not shown:
        yield None
        return
    from crowdarrow.progress import ProgressBar, ProgressLines

    with ProgressBar() if _is_terminal(sys.stderr) else ProgressLines() as bar:
        yield bar


def _progress_if(
    wanted: bool | None, *, quiet: bool
) -> contextlib.AbstractContextManager[Callable[[Any], None] | None]:
    """Progress if it is wanted; if nothing is said, on a terminal."""
    return _progress(wanted if wanted is not None else not quiet and _is_terminal(sys.stderr))


cli.add_command(head_command.command)
_options(head_command.OPTIONS)(head_command.command)
cli.add_command(index_command.command)
_options(index_command.OPTIONS)(index_command.command)
cli.add_command(extracts_command.command)
_options(["threads", "encoding", "member", "separator", "strict", "max_rejects", "people", "people_key"])(
    extracts_command.command
)


def _print(text: str) -> None:
    """Write to stdout."""
    try:
        click.echo(plain_lines(text))  # noqa: TID251 - escaped
    except BrokenPipeError:
        raise
    except OSError as error:
        from crowdarrow.sinks.atomic import output_error

        raise output_error(error, "to stdout") from error


def _print_json(value: Any) -> None:
    text = plain_json(value)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    _print(text)


def _flush(stream: TextIO | None) -> None:
    if stream is not None:  # a process may be started without standard streams
        stream.flush()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _say(text: str) -> None:
    # stderr may be closed; the run succeeds nevertheless.
    with contextlib.suppress(OSError):
        click.echo(plain_lines(text), err=True)  # noqa: TID251 - escaped


def _report_error(message: str) -> None:
    _say("crowdarrow: " + " ".join(message.split("\n")))


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    # A second signal during the removal of temporary files would leave some behind.
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt if number == signal.SIGINT else _Terminated(number)


_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; an error is one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if instruction := os.environ.get(completion.VARIABLE):
            return completion.answer(cli, instruction)
        if not given:
            _say(cli.get_help(click.Context(cli, info_name="crowdarrow", **cli.context_settings)))
            return _WRONG_USAGE
        # Not cli.main, which handles Ctrl-C and closed pipes itself.
        console = Console(_choose_memory_pool, _print, lambda text: _say(_with_flags(text)), _progress_if)
        with cli.make_context("crowdarrow", given, obj=console) as context:
            status = int(cli.invoke(context))
        _flush(sys.stdout)
    except click.exceptions.Exit as done:
        status = done.exit_code
    except BrokenPipeError:
        # Discard stdout's buffer; otherwise Python reports an error at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = _FAILED
    except (Exception, KeyboardInterrupt, _Terminated) as error:  # noqa: BLE001 - each is reported in one line
        status, message = _verdict(error)
        _report_error(message)
    return status


def _verdict(error: BaseException) -> tuple[int, str]:
    """The exit status and the line for stderr."""
    match error:
        case UsageError():
            found = _WRONG_USAGE, _with_flags(str(error))
        case CrowdarrowError():
            found = _FAILED, _with_flags(str(error))
        case click.ClickException():
            context = getattr(error, "ctx", None)
            command = f"{context.command_path} --help" if context else "--help"
            found = _WRONG_USAGE, f"{_click_message(error)} (see {command})"
        case KeyboardInterrupt():
            found = _SIGNALLED + signal.SIGINT, "interrupted; no output was changed"
        case _Terminated():
            found = _SIGNALLED + int(error.args[0]), "terminated; no output was changed"
        case _ if what := _missing(error):
            found = (
                _FAILED,
                f"{what}; no output was changed; raise the limit (ulimit -u, ulimit -v), or lower --threads",
            )
        case _:
            if os.environ.get("CROWDARROW_DEBUG"):
                import traceback

                _say("".join(traceback.format_exception(error)))
            what = f"internal error: {type(error).__name__}: {error}; no output was changed; please report this"
            found = _FAILED, f"{what} (CROWDARROW_DEBUG=1 shows the traceback)"
    return found


def _click_message(error: click.ClickException) -> str:
    """The message of click, with the name that was probably meant."""
    context = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption) and context:
        flags = [flag for one in context.command.get_params(context) for flag in (*one.opts, *one.secondary_opts)]
        more = hint(error.option_name, [flag for flag in flags if flag.startswith("--")])
        return f"there is no option {error.option_name}{more}"
    message = error.format_message()
    kind = error.param.type if isinstance(error, click.BadParameter) and error.param else None
    if isinstance(kind, click.Choice) and (given := re.search(r"'([^']*)' is not one of", message)):
        return message.rstrip(".") + hint(given[1], kind.choices)
    return message


def _missing(error: BaseException) -> str | None:
    """What the system has too little of, if that is the reason for an unexpected error."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return "not enough memory"
    # How the loader of shared libraries reports that it cannot map one.
    if isinstance(error, ImportError) and any(
        part in text for part in ("failed to map", "cannot allocate", "cannot map")
    ):
        return "not enough memory to load the libraries"
    if isinstance(error, RuntimeError) and "start new thread" in text:
        return "cannot start another thread"
    return None


def _run_limited() -> int:
    """Run the command line in a child process, since the address space is limited."""
    from crowdarrow.supervisor import run_in_child

    # Each arena of malloc would reserve 64 MiB of address space for a thread.
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    return run_in_child(_run_and_flush, _SIGNALS, _say)


def _run_and_flush() -> int:
    status = run()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            _flush(stream)
    return status


def _raise_file_limit() -> None:
    """Allow as many open files as the system does: all files of a folder are open at once."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # Unix only

        _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    # pyarrow imports numpy and pandas if they are installed, which takes longer than a small conversion. Nothing here
    # uses them. None makes the import of numpy fail.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]
    for name in _SIGNALS:
        # nohup and background shells ignore some signals on purpose.
        if signal.getsignal(name) is not signal.SIG_IGN:
            signal.signal(name, _interrupt)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None:
            # The next file to be opened would get the missing stream's descriptor, and the stream's output.
            os.open(os.devnull, os.O_RDWR)
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            # A character that the locale's encoding lacks is shown as an escape.
            output.reconfigure(errors="backslashreplace")
    _raise_file_limit()
    status = _run_limited() if has_memory_limit() else _run_and_flush()
    # Everything is written and cleaned up. Finalizing the interpreter takes a sixth of the time of a short run, and
    # might wait for a thread that waits for input.
    os._exit(status)
