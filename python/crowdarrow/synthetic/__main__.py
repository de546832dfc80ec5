"""`python -m crowdarrow.synthetic KIND OUT`: write a synthetic export, and its summary (JSON) to stdout."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import ages, pybossa
from .classifications import generate_classifications, generate_export
from .output import Summary
from .pybossa import generate_results, generate_task_runs, generate_tasks
from .subjects import generate_subjects
from .web_annotations import MOTIVATIONS, generate_collection
from .workflows import PROFILES, generate_workflows

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?", re.IGNORECASE)
_NEWLINES = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
_TABLES: dict[str, tuple[Callable[..., Summary], Mapping[str, object], str]] = {
    "classifications": (generate_classifications, ages.CLASSIFICATIONS, "2016-05-12"),
    "subjects": (generate_subjects, ages.SUBJECTS, "2018-10-29"),
    "workflows": (generate_workflows, ages.WORKFLOWS, "2024-06-05"),
}
_DOWNLOADS: dict[str, Callable[..., Summary]] = {
    "task-runs": generate_task_runs,
    "tasks": generate_tasks,
    "results": generate_results,
    "collection": generate_collection,
}
_COMPRESSIONS = ("gzip", "zstd", "zip")


def parse_size(text: str) -> int:
    """Parse `1GB`, `200 MB`, `64KiB` or a plain number to bytes; raises `ValueError` for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        msg = f"not a size: {text!r} (examples: 200MB, 1GB, 64KiB)"
        raise ValueError(msg)
    return int(float(match[1]) * _UNITS[(match[2] or "").lower()])


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m crowdarrow.synthetic", description="Write a seeded synthetic export."
    )
    commands = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for kind in (*_TABLES, "export", *_DOWNLOADS):
        command = commands.add_parser(
            kind, help=f"write {'all three exports of one project' if kind == 'export' else kind}"
        )
        command.add_argument("out", metavar="OUT", help="folder to write into" if kind == "export" else "file to write")
        amount = command.add_mutually_exclusive_group()
        amount.add_argument("--size", type=_size, help="size before compression, e.g. 200MB or 1GB")
        amount.add_argument("--records", type=int, help="number of records")
        command.add_argument("--seed", type=int, default=1)
        if kind in _DOWNLOADS:
            _add_download_options(command, kind)
            continue
        command.add_argument("--profile", choices=PROFILES, default="mixed")
        command.add_argument("--faults", type=float, default=0.0, help="share of records to damage, 0 to 1")
        if kind in _TABLES:
            _, known, newest = _TABLES[kind]
            command.add_argument(
                "--header", choices=tuple(known), default=newest, help="day on which the header was introduced"
            )
            command.add_argument("--newline", choices=tuple(_NEWLINES), default="lf")
            command.add_argument("--bom", action="store_true", help="begin with a UTF-8 byte order mark")
            command.add_argument("--compression", choices=_COMPRESSIONS)
    return parser


def _add_download_options(command: argparse.ArgumentParser, kind: str) -> None:
    command.add_argument("--format", choices=pybossa.FORMATS, default="json")
    command.add_argument("--compression", choices=_COMPRESSIONS, help="zip: with the member names of the server")
    if kind == "collection":
        layouts: tuple[str, ...] = ("server", "explicates", "A", "B")
        command.add_argument("--motivation", choices=(*MOTIVATIONS, "mixed"), default="describing")
    else:
        layouts = pybossa.LAYOUTS
        command.add_argument("--page", choices=pybossa.PAGES, help="page of the project, which determines `info`")
    command.add_argument("--layout", choices=layouts, help="layout of the server's age; P1, P2, P3, A and B are CSV")


def _run(kind: str, out: str, options: dict[str, Any]) -> Summary | dict[str, Summary]:
    if kind == "export":
        return generate_export(out, **options)
    if kind in _DOWNLOADS:
        return _DOWNLOADS[kind](out, **options)
    options["newline"] = _NEWLINES[options["newline"]]
    return _TABLES[kind][0](out, **options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit status: 0 written, 1 failed, 2 wrong usage."""
    options = vars(_parser().parse_args(arguments))
    kind, out = options.pop("kind"), options.pop("out")
    try:
        done = _run(kind, out, options)
    except (OSError, ValueError, ImportError) as error:
        sys.stderr.write(f"cannot write {out}: {error}\n")
        return 1
    summaries = (
        done.to_dict() if isinstance(done, Summary) else {name: summary.to_dict() for name, summary in done.items()}
    )
    sys.stdout.write(json.dumps(summaries, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
