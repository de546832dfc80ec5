"""Workers that make extracts: this process, and threads or processes beside it.

Threads work where the engine does most, which needs no lock of Python's; a batch need not be handed to another process.
The processes are children that read batches from their stdin and write results to their stdout.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from collections import deque
from typing import IO, TYPE_CHECKING, Any

from crowdarrow import child
from crowdarrow.ahead import CallThread
from crowdarrow.errors import CrowdarrowError, InternalError
from crowdarrow.extraction.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from crowdarrow.extraction.config import Config
    from crowdarrow.extraction.work import Result

    Known = Mapping[str, Sequence[str]]

_SIZE = 8
_SETUP = "sys.modules.setdefault('numpy')"
"""As on the command line, pyarrow does not find numpy, which makes a process start faster."""
_AHEAD = 2
"""Batches that each worker has: the one that it works on, and the next."""


class Workers:
    """Gives results in the order of the batches. This process takes its turn: its results are made when asked for."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._own = Work(config)
        self._others: list[_Process | _Thread] = []
        self._sent: deque[tuple[_Process | _Thread | None, Any, Known]] = deque()
        self._turn = 0

    def start(self, others: int) -> None:
        """Start other workers, unless they were started."""
        if len(self._others) < others:
            kind = _Thread if self._own.is_of_engine else _Process
            self._others = [kind(self._config) for _ in range(others)]

    @property
    def is_full(self) -> bool:
        """Whether a result should be taken before another batch is given."""
        return len(self._sent) >= (_AHEAD * (len(self._others) + 1) if self._others else 1)

    def give(self, batch: pa.RecordBatch, known: Known) -> None:
        """Give a batch, with the columns that the files have so far."""
        other = ([*self._others, None])[self._turn % (len(self._others) + 1)]
        self._turn += 1
        if other is not None:
            other.send((batch, known))
        self._sent.append((other, batch, known) if other is None else (other, None, {}))

    def take(self) -> Iterator[Result]:
        """The next result, if there is one."""
        if self._sent:
            other, batch, known = self._sent.popleft()
            yield self._own.run(batch, known) if other is None else other.receive()

    def close(self) -> None:
        """End the other workers."""
        for other in self._others:
            other.close()


class _Thread:
    """One thread."""

    def __init__(self, config: Config) -> None:
        self._work = Work(config)
        self._calls: CallThread[Result] = CallThread()

    def send(self, message: tuple[pa.RecordBatch, Known]) -> None:
        self._calls.send(self._work.run, *message)

    def receive(self) -> Result:
        return self._calls.receive()

    def close(self) -> None:
        self._calls.close()


class _Process:
    """One process, and a thread that takes its results: a process that waits to write one does not read a batch."""

    def __init__(self, config: Config) -> None:
        self._child = child.start(__name__, _SETUP)
        self._results: CallThread[Any] = CallThread()
        self._write(config)

    def send(self, message: tuple[pa.RecordBatch, Known]) -> None:
        self._write(message)
        self._results.send(_read, self._child.stdout)

    def receive(self) -> Result:
        try:
            found = self._results.receive()
        except (OSError, EOFError, ValueError):
            raise self._ended() from None
        if isinstance(found, BaseException):
            raise found
        result: Result = found
        return result

    def close(self) -> None:
        self._child.kill()
        with contextlib.suppress(OSError):  # what it had not taken is not needed
            _pipe(self._child.stdin).close()
        self._results.close()
        _pipe(self._child.stdout).close()
        self._child.wait()

    def _write(self, message: Any) -> None:
        try:
            _write(self._child.stdin, message)
        except OSError as error:
            raise self._ended() from error

    def _ended(self) -> InternalError:
        return InternalError(
            f"a process that makes extracts ended with status {self._child.poll()}; nothing was written; try "
            "`threads` 1"
        )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def _write(to: IO[bytes] | None, message: Any) -> None:
    pipe = _pipe(to)
    data = pickle.dumps(message, protocol=5)
    pipe.write(len(data).to_bytes(_SIZE, "little"))
    pipe.write(data)
    pipe.flush()


def _read(source: IO[bytes] | None) -> Any:
    pipe = _pipe(source)
    size = pipe.read(_SIZE)
    if len(size) < _SIZE:
        raise EOFError
    data = pipe.read(int.from_bytes(size, "little"))
    return pickle.loads(data)  # noqa: S301 - from this program


def serve() -> None:
    """Make extracts until there are no more batches: the main function of a process."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        work = Work(_read(source))
        while True:
            batch, known = _read(source)
            try:
                message: Any = work.run(batch, known)
            except CrowdarrowError as error:
                message = error
            _write(out, message)
    except (EOFError, OSError):
        return
