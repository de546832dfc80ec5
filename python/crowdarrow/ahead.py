"""Calls on a thread of their own, made before their results are needed."""

from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")


class CallThread(Generic[Result]):
    """A thread that makes the calls it is sent, one after the other. It keeps nothing of a call that has ended."""

    def __init__(self) -> None:
        self.waiting = 0
        """Calls whose results were not received."""
        self._sent: SimpleQueue[tuple[Callable[..., Result], tuple[Any, ...]] | None] = SimpleQueue()
        self._ended: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()
        self._thread = Thread(target=self._run, name="crowdarrow-ahead", daemon=True)
        self._thread.start()

    def send(self, function: Callable[..., Result], *arguments: Any) -> None:
        """Send a call."""
        self.waiting += 1
        self._sent.put((function, arguments))

    def receive(self) -> Result:
        """The result of the first call that was not received, once it has ended; its error is raised."""
        result, error = self._ended.get()
        self.waiting -= 1
        if error is not None:
            raise error
        return cast("Result", result)

    def finish(self, most: int = 0) -> None:
        """Wait until no more than `most` calls wait; an error of one of them is raised."""
        while self.waiting > most:
            self.receive()

    def close(self) -> None:
        """End the thread, once all calls have ended."""
        self._sent.put(None)
        self._thread.join()

    def _run(self) -> None:
        while self._make_next():
            pass

    def _make_next(self) -> bool:
        sent = self._sent.get()
        if sent is None:
            return False
        function, arguments = sent
        try:
            self._ended.put((function(*arguments), None))
        except BaseException as error:  # noqa: BLE001 - raised by `receive`
            self._ended.put((None, error))
        return True


def each_ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The results of a function for each item; that for the next one is computed meanwhile."""
    threads: list[CallThread[Result]] = [CallThread(), CallThread()]
    try:
        for item in items:
            this, other = threads
            this.send(function, item)
            if other.waiting:
                yield other.receive()
            threads.reverse()
        if threads[1].waiting:
            yield threads[1].receive()
    finally:
        for thread in threads:
            thread.close()
