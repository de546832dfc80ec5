"""Threads that read parts of an object before they are needed, and that wait for answers."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar, cast

Result = TypeVar("Result")
_TOGETHER = 16
"""Calls that are made at the same time."""
_AHEAD = 24
"""Chunks that a stream reads ahead."""


def interruptible(call: Callable[[], Result]) -> Result:
    """The result of a call that may wait long for a server. A signal ends the wait, not the call in its thread."""
    if threading.current_thread() is not threading.main_thread():
        return call()
    waiting = _Call(call)
    waiting.join()
    if waiting.error is not None:
        raise waiting.error
    return cast("Result", waiting.result)


def together(calls: Iterable[Callable[[], object]]) -> BaseException | None:
    """Make some calls, several at a time; returns the first error, after which no more are made."""
    waiting = iter(calls)
    while several := [_Call(call) for call in itertools.islice(waiting, _TOGETHER)]:
        for one in several:
            one.join()
        if error := next((one.error for one in several if one.error is not None), None):
            return error
    return None


def soon(call: Callable[[], object]) -> None:
    """Make a call without waiting for it."""
    _Call(call)


class _Call(threading.Thread):
    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__(name="crowdarrow-store", daemon=True)
        self.result: object = None
        self.error: BaseException | None = None
        self._call = call
        self.start()

    def run(self) -> None:
        try:
            self.result = self._call()
        except BaseException as error:  # noqa: BLE001 - it is raised where the call is awaited
            self.error = error


class Pace:
    """How long an iterator of bytes was waited for.

    Attributes:
        is_slow: whether the iterator was left because it was slow.
    """

    def __init__(self, trial: int) -> None:
        self.bytes, self.seconds, self.is_slow = 0, 0.0, False
        self._trial = trial

    def watched(self, chunks: Iterator[bytes], slowest: float) -> Iterator[bytes]:
        """The same chunks, up to the end of the trial if a byte takes longer than `slowest` seconds."""
        for chunk in chunks:
            yield chunk
            break  # the time until the first bytes come says nothing about the others
        before = time.perf_counter()
        for chunk in chunks:
            self.seconds += time.perf_counter() - before
            self.bytes += len(chunk)
            yield chunk
            if self._trial and self.bytes >= self._trial:
                self._trial, self.is_slow = 0, self.seconds > self.bytes * slowest
                if self.is_slow:
                    return
            before = time.perf_counter()


class Block(threading.Thread):
    """A part that is read by a separate thread."""

    def __init__(self, part: Iterator[bytes], size: int) -> None:
        super().__init__(name="crowdarrow-store", daemon=True)
        self.size = size
        self._part = part
        self._found: list[bytes] = []
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Read the part."""
        try:
            self._found.extend(self._part)
        except BaseException as error:  # noqa: BLE001 - it is raised where the part is used
            self._error = error

    def chunks(self) -> list[bytes]:
        """The bytes of the part, once they have arrived."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._found


def ahead(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks. Once the first is used, a thread reads some ahead."""
    ready = threading.Condition()
    found: deque[bytes | BaseException | None] = deque()
    is_closed = False

    def put(one: bytes | BaseException | None) -> bool:
        with ready:
            ready.wait_for(lambda: is_closed or len(found) < _AHEAD)
            found.append(one)
            ready.notify_all()
            return is_closed

    def read() -> None:
        try:
            if not any(put(chunk) for chunk in chunks):
                put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised where the chunks are used
            put(error)

    threading.Thread(target=read, name="crowdarrow-store", daemon=True).start()
    try:
        while True:
            with ready:
                ready.wait_for(lambda: bool(found))
                one = found.popleft()
                ready.notify_all()
            if isinstance(one, BaseException):
                raise one
            if one is None:
                return
            yield one
    finally:
        with ready:
            is_closed = True
            ready.notify_all()
