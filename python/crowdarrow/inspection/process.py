"""The process that draws a page, so that matplotlib is loaded while the input is read.

In a thread of this process, which then waits for Python's lock, loading it stops the counting for half a second.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from subprocess import DEVNULL
from typing import TYPE_CHECKING

from crowdarrow import child

if TYPE_CHECKING:
    from subprocess import Popen
    from types import TracebackType
    from typing import Self

    from crowdarrow.declare.charts import Page


# numpy, which matplotlib loads, would start a thread for each core: they wait for work by spinning, beside the reader.
_SETUP = "import gc, os; gc.disable(); os.environ['OPENBLAS_NUM_THREADS'] = '1'"


class DrawingProcess:
    """A process that loads what draws a page, and ends with the page or with this program."""

    def __init__(self) -> None:
        self._child: Popen[bytes] | None = None
        if sys.executable and not getattr(sys, "frozen", False):  # a bundle's executable does not run Python code
            with contextlib.suppress(OSError):
                self._child = child.start(__name__, _SETUP, stderr=DEVNULL)

    def html(self, page: Page) -> str | None:
        """The text of a page; none if the process failed."""
        if not self._child:
            return None
        try:
            found, _ = self._child.communicate(pickle.dumps(page))
            return found.decode() if self._child.returncode == 0 else None
        except (OSError, ValueError):
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child and self._child.returncode is None:
            self._child.kill()
            self._child.communicate()


def serve() -> None:
    """Make a page: the main function of the process."""
    from crowdarrow.inspection import render

    render.load()
    if data := sys.stdin.buffer.read():
        sys.stdout.buffer.write(render.html(pickle.loads(data)).encode())  # noqa: S301 - from this program
        sys.stdout.buffer.flush()
    os._exit(0)  # which is sooner than finalizing the interpreter, for which the page would wait
