"""A progress bar over the input's stored bytes, for terminals and notebooks."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from crowdarrow.read.output import Progress


_CELLS = 20
"""Width of the bar in a notebook, in characters."""


class ProgressBar:
    """Shows bytes read, rate, rows, rejects and time left on stderr, and disappears when the run ends."""

    def __init__(self) -> None:
        """Create the bar; it is shown once the context is entered."""
        from rich.console import Console  # here, because rich takes time to load
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._bar = Progress(
            BarColumn(),
            TaskProgressColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[rejected]:,} rejected"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, rows=0, rejected=0)

    def __call__(self, progress: Progress) -> None:
        """Update the bar."""
        self._bar.update(
            self._task,
            completed=progress.bytes_read,
            total=progress.bytes_total,
            rows=progress.rows,
            rejected=progress.rejected,
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._bar.stop()


class NotebookLine:
    """Shows the same on one line of a notebook's output, which stays when the run ends."""

    def __init__(self) -> None:
        self._width = 0

    def __call__(self, progress: Progress) -> None:
        """Write the line over the one before."""
        text = f"{progress.bytes_read / 1e6:,.1f} MB"
        if progress.bytes_total:
            share = min(progress.bytes_read / progress.bytes_total, 1)
            done = round(share * _CELLS)
            text = f"{'█' * done}{'░' * (_CELLS - done)} {share:4.0%}  {text} of {progress.bytes_total / 1e6:,.1f} MB"
        text = f"{text}, {progress.rows:,} rows, {progress.rejected:,} rejected"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def __enter__(self) -> Self:
        """Begin with nothing shown."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the line, if there is one."""
        if self._width:
            sys.stderr.write("\n")


def shown_progress(
    progress: bool | Callable[[Progress], object] | None,  # noqa: FBT001 - what a caller gave as `progress`
) -> AbstractContextManager[Callable[[Progress], object] | None]:
    """A context that gives the function to call with progress; None if none is shown.

    True shows a bar on stderr if that is a terminal or the output of a notebook.
    """
    if progress is True:
        # A kernel of Jupyter has a stderr of its own, which is no terminal.
        if type(sys.stderr).__module__.startswith("ipykernel."):
            return NotebookLine()
        return ProgressBar() if sys.stderr and sys.stderr.isatty() else contextlib.nullcontext()
    return contextlib.nullcontext(progress or None)
