"""What the command line gives its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


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
