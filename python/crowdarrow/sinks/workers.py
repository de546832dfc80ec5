"""The worker threads of a run, as the sinks use them."""

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from crowdarrow._core import Workers

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# Below this size, passing work to another thread takes longer than the work.
_MIN_PARALLEL_BYTES = 1 << 20


class Cancelled(Exception):  # noqa: N818 - not an error, but how a cancelled call returns early
    """The worker pool was cancelled during a call."""


class WorkerPool:
    """Threads that encode for the sinks. Their number never changes what is written."""

    def __init__(self, workers: Workers | int = 1) -> None:
        """Use the threads of a run, which also read and decode, or start the given number of new ones."""
        self._workers = Workers(workers) if isinstance(workers, int) else workers
        self._cancelled = threading.Event()

    def map(
        self, function: Callable[[_Item], _Result], items: Iterable[_Item], *, size: int = _MIN_PARALLEL_BYTES
    ) -> list[_Result]:
        """Apply `function` to each item and return the results in order.

        `size` is the number of bytes of Arrow data to process; a small amount is processed on the calling thread.
        `function` must not call this method. Raises `Cancelled` before the next item once `cancel` was called.
        """

        def call(item: _Item) -> _Result:
            if self._cancelled.is_set():
                raise Cancelled
            return function(item)

        return list(map(call, items)) if size < _MIN_PARALLEL_BYTES else self._workers.map(call, list(items))

    def run(self, function: Callable[[], _Result]) -> _Result:
        """Call `function` on one of the threads and return its result."""
        (result,) = self.map(lambda _: function(), [None])
        return result

    def cancel(self) -> None:
        """Make running calls of `map` end early."""
        self._cancelled.set()
