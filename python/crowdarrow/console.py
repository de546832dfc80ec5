"""What the command line gives its commands, and the width of the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from crowdarrow.frozen import Frozen
from crowdarrow.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRESS_HELP = "Progress on stderr; a line each 30 s if it is not a terminal. Default: on a terminal only."
_INDENT = " " * 11
"""Indentation of the continued lines of an inspection: the width of its labels."""
_WIDTH = 120
"""The width where stdout is not a terminal, so that files and pipes get the same text everywhere."""
_USUAL_WIDTH = 80
"""The width of a terminal that does not know its own."""


class Console(Frozen):
    """Functions of the command line; both streams escape control characters.

    Attributes:
        prepare: chooses the memory pool, before pyarrow is imported.
        write: writes lines to stdout.
        say: writes a line to stderr, with flags for the names of arguments.
        progress: a context that gives the function to call with progress, or None if none is shown; its argument is
            what `--progress` says, None if nothing; `quiet` says whether the run is.
    """

    prepare: Callable[[], None]
    write: Callable[[str], None]
    say: Callable[[str], None]
    progress: Callable[..., Any]


def terminal_width() -> int:
    """The characters of a line on stdout: `COLUMNS` if the environment has it, else the width of the terminal."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        if not sys.stdout.isatty():
            return _WIDTH
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL_WIDTH
    except (AttributeError, OSError, ValueError):
        return _WIDTH


def wrapped_on_terminal(text: str) -> str:
    """The text with its long lines wrapped if stdout is a terminal; else a line is a line, for other programs."""
    try:
        if not sys.stdout.isatty():
            return text
    except (AttributeError, ValueError):
        return text
    width = terminal_width()
    return "\n".join(part for line in text.split("\n") for part in wrapped(line, width, _INDENT))


def wrapped(text: str, width: int, indent: str = "  ") -> Iterator[str]:
    """Lines of a text that is wrapped at its blanks; all lines but the first are indented, if there is space."""
    from rich.cells import cell_len, chop_cells  # here, because most commands wrap nothing

    indent = indent if len(indent) < width // 2 else ""
    line, is_new = "", True
    for word in plain(text).split(" "):
        joined = f"{line}{word}" if is_new else f"{line} {word}"
        if not is_new and line.strip() and cell_len(joined) > width:
            yield line
            joined = indent + word
        *full, line = chop_cells(joined, width) or [""]
        yield from full
        is_new = False
    yield line
