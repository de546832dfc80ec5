"""A progress bar over the input's stored bytes, for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from types import TracebackType

    from crowdarrow.read.output import Progress


class ProgressBar:
    """Shows bytes read, rate, rows, rejects and time left on stderr, and disappears when the run ends."""

    def __init__(self) -> None:
        """Create the bar; it is shown once the context is entered."""
        self._bar = Bar(
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
