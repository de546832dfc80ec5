"""What the command line gives its commands, and the width of the terminal."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 120
"""The width where stdout is not a terminal, so that files and pipes get the same text everywhere."""
_USUAL_WIDTH = 80
"""The width of a terminal that does not know its own."""


@dataclass(frozen=True)
class Console:
    """Functions of the command line; both streams escape control characters.

    Attributes:
        prepare: chooses the memory pool, before pyarrow is imported.
        write: writes lines to stdout.
        say: writes a line to stderr, with flags for the names of arguments.
        progress: a context that gives the function to call with progress, or None if none is shown.
    """

    prepare: Callable[[], None]
    write: Callable[[str], None]
    say: Callable[[str], None]
    progress: Callable[[bool], Any]


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
