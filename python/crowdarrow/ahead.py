"""Calls on a thread of their own, made before their results are needed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Call(Generic[Result]):
    """A call that has begun.

    Args:
        function: what is called.
        arguments: its arguments.
    """

    def __init__(self, function: Callable[..., Result], *arguments: object) -> None:
        self._function, self._arguments = function, arguments
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name="crowdarrow-ahead", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def error(self) -> BaseException | None:
        """What it raises, once it has ended."""
        self.wait()
        return self._error

    def result(self) -> Result:
        """What it returns, once it has ended; its error is raised."""
        if (error := self.error()) is not None:
            raise error
        return self._results[0]

    def _run(self) -> None:
        function, arguments = self._function, self._arguments
        del self._function, self._arguments
        try:
            self._results.append(function(*arguments))
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self._error = error


def each_ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The results of a function for each item; that for the next one is computed meanwhile."""
    begun: deque[Call[Result]] = deque()
    try:
        for item in items:
            begun.append(Call(function, item))
            if len(begun) > 1:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for call in begun:
            call.wait()
