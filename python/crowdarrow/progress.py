"""A progress bar over the input's stored bytes, for terminals and notebooks."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Self

from crowdarrow.terminal import number_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from crowdarrow.read.output import Progress


_CELLS = 20
"""Width of the bar in a notebook, in characters."""


_BAR_WIDTHS = (40, 20, 10)
"""Widths of the bar in a terminal; the widest that fits is taken."""
_LINE_PAUSE = 0.1
"""Seconds between two states of a line."""
_LINE_SECONDS = 30.0
"""Seconds between two lines where stderr is not a terminal."""


def line_of(progress: Progress, seconds: float, width: int | None = None) -> str:
    """The progress on one line of at most `width` characters: what fits of it, the most important first."""
    rate = progress.bytes_read / seconds if seconds > 0 else 0.0
    size = f"{progress.bytes_read / 1e6:,.1f} MB"
    rows = [f"{progress.rows:,} rows", f"{progress.rejected:,} rejected"]
    speed = f"{rate / 1e6:,.1f} MB/s"
    if not progress.bytes_total:
        return _fitting([[size, *rows, speed], [size, rows[0], speed], [size, rows[0]], [size]], width)
    share = min(progress.bytes_read / progress.bytes_total, 1)
    percent = f"{share:4.0%}"
    size = f"{progress.bytes_read / 1e6:,.1f} of {progress.bytes_total / 1e6:,.1f} MB"
    left = f"{_clock((1 - share) * progress.bytes_total / rate) if rate else '-:--:--'} left"
    if share == 1:
        left = "finishing"  # the digest of an archive, the last rows, the disk
    return _fitting(
        [
            [percent, size, speed, *rows, left],
            [percent, size, *rows, left],
            [percent, size, rows[0], left],
            [percent, size, left],
            [percent, left],
            [percent],
        ],
        width,
    )


def _fitting(choices: list[list[str]], width: int | None) -> str:
    """The first of some lists of texts that fits into a line."""
    lines = [", ".join(texts) for texts in choices]
    return next((line for line in lines if width is None or len(line) <= width), lines[-1][:width])


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(min(seconds, 86_400_000)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


class ProgressBar:
    """Shows bytes read, rate, rows, rejects and time left on stderr, and disappears when the run ends."""

    def __init__(self) -> None:
        """Create the bar; it is shown once the context is entered."""
        from rich.console import Console  # here, because rich takes time to load
        from rich.progress import Progress as Bar
        from rich.progress import ProgressColumn, Task
        from rich.progress_bar import ProgressBar as Cells
        from rich.table import Table
        from rich.text import Text

        console = Console(stderr=True)
        show, bytes_of = self._line, self._bytes

        class Line(ProgressColumn):
            """The whole line, made for the width that the terminal has now."""

            def render(self, task: Task) -> Table | Text:  # noqa: ARG002 - the numbers are those of the run
                width = console.width - 1
                text = show(width)
                room = width - len(text) - 1
                cells = next((size for size in _BAR_WIDTHS if size <= room and bytes_of()[1]), None)
                if cells is None:
                    return Text(text, no_wrap=True, overflow="crop")
                grid = Table.grid(padding=(0, 1, 0, 0))
                done, total = bytes_of()
                grid.add_row(Cells(total=total, completed=done, width=cells), Text(text, no_wrap=True))
                return grid

        self._bar = Bar(Line(), console=console, transient=True)
        self._bar.add_task("", total=None)
        self._progress: Progress | None = None
        self._source: Callable[[], Progress] | None = None
        self._started = time.monotonic()

    def follow(self, source: Callable[[], Progress], began: float | None = None) -> None:
        """Ask for the progress whenever the bar is drawn, which a thread of the bar does ten times a second."""
        self._source = source
        self._started = self._started if began is None else began

    def _bytes(self) -> tuple[int, int | None]:
        return (0, None) if self._progress is None else self._progress[:2]

    def _line(self, width: int) -> str:
        """The line that is shown."""
        if self._source is not None:
            self._progress = self._source()
        if self._progress is None:
            return "reading"[:width]
        return line_of(self._progress, time.monotonic() - self._started, width)

    def __call__(self, progress: Progress) -> None:
        """Update the bar."""
        self._progress = progress

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._bar.stop()


class ProgressLines:
    """Writes a line on stderr every 30 seconds, for log files."""

    def __init__(self) -> None:
        self._started = self._shown = time.monotonic()
        self._lock = threading.Lock()
        self._source: Callable[[], Progress] | None = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def follow(self, source: Callable[[], Progress], began: float | None = None) -> None:
        """Ask for the progress, in a thread, whenever it is time for a line."""
        self._source = source
        self._started = self._started if began is None else began
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._write_lines, name="crowdarrow-progress", daemon=True)
            self._thread.start()

    def __call__(self, progress: Progress) -> None:
        """Write a line if it is time for one."""
        with self._lock:
            now = time.monotonic()
            if now - self._shown < _LINE_SECONDS:
                return
            self._shown = now
        with contextlib.suppress(OSError, ValueError):  # stderr may be closed; the run goes on
            print(f"crowdarrow: {line_of(progress, now - self._started).strip()}", file=sys.stderr, flush=True)  # noqa: T201 - its numbers need no escapes

    def _write_lines(self) -> None:
        while not self._ended.wait(max(self._shown + _LINE_SECONDS - time.monotonic(), _LINE_PAUSE)):
            if self._source is not None:
                self(self._source())

    def __enter__(self) -> Self:
        """Begin with nothing shown."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write no more lines; those that were written stay."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()


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
        text = f"{text}, {number_of(progress.rows, 'row')}, {progress.rejected:,} rejected"
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


class SendingLine:
    """Shows how much of the outputs has been sent, on one line of a terminal, which disappears at the end.

    Args:
        total: the bytes that are sent.
        is_shown: whether the line is wanted. It is shown on a terminal alone.
    """

    def __init__(self, total: int, *, is_shown: bool) -> None:
        self._total = total
        self._is_shown = is_shown and sys.stderr is not None and sys.stderr.isatty()
        self._width, self._written = 0, 0.0

    def __call__(self, sent: int) -> None:
        """Update the line, at most ten times a second."""
        now = time.monotonic()
        if self._is_shown and now - self._written >= _LINE_PAUSE:
            self._written = now
            self._write(f"sending {sent / 1e6:,.1f} of {self._total / 1e6:,.1f} MB")

    def __enter__(self) -> Self:
        """Show the line."""
        self(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the line."""
        if self._width:
            self._write("")
            self._write("")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # stderr may be closed; the run goes on
            sys.stderr.write("\r" + text.ljust(self._width))
            sys.stderr.flush()
            self._width = len(text)


def follow(show: object, source: Callable[[], Progress], began: float | None = None) -> None:
    """Let a bar or lines ask for the progress themselves, so that they go on while no block comes.

    An archive is read once more for its digest, and what is sent to a store comes after the last block. Functions of
    callers are only called between blocks, in the thread that reads. Speeds are since `began`, if reading began earlier
    than showing it.
    """
    if isinstance(show, ProgressBar | ProgressLines):
        show.follow(source, began)


def shown_progress(
    progress: bool | Callable[[Progress], object] | None,  # noqa: FBT001 - what a caller gave as `progress`
) -> AbstractContextManager[Callable[[Progress], object] | None]:
    """A context that gives the function to call with progress; None if none is shown.

    True shows a bar on stderr if that is a terminal or the output of a notebook.
    """
    if progress is True:
        # A kernel of Jupyter has another stderr, which is not a terminal.
        if type(sys.stderr).__module__.startswith("ipykernel."):
            return NotebookLine()
        return ProgressBar() if sys.stderr and sys.stderr.isatty() else contextlib.nullcontext()
    return contextlib.nullcontext(progress or None)
