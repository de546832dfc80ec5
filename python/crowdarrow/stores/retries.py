"""How often a request to a store is sent again, and when a read is given up."""

import time

from crowdarrow.errors import InputError
from crowdarrow.stores.client import Failure, failure_of, input_error
from crowdarrow.stores.urls import Address

CHUNK = 1 << 20
"""Bytes that an answer gives at a time."""


class Patience:
    """Bounds of the attempts."""

    attempts = 6
    """Consecutive attempts without data after which a read fails."""
    ends = 5
    """The same if the server itself ends each answer: the object has no more bytes, whatever its stated length."""
    first_pause = 0.2
    """Seconds before the second attempt; each pause is twice the one before."""
    breaks = 100
    """Attempts of one read that may break off although each brings data; one more for each 100 kB."""


class Attempts:
    """The attempts of one read.

    Args:
        address: what is read.
        size: the bytes that are read.

    Attributes:
        chunk: the least bytes that an answer should give at a time. After a break, each byte that comes is used.
    """

    def __init__(self, address: Address, size: int) -> None:
        self.chunk = CHUNK
        self._address = address
        self._limit = Patience.breaks + size // 100_000
        self._broken = self._idle = 0
        self._has_come = self._is_end = False

    def has_come(self) -> None:
        """Record that the current attempt has brought something."""
        self._has_come = True

    def is_end_after(self, error: Exception | None) -> bool:
        """Whether the object ends here, after an attempt that ended early; if not, wait before the next attempt.

        Args:
            error: the error of obstore, or None if the answer simply ended.

        Raises:
            InputError: the object cannot be read, or there were enough attempts.
        """
        failure = Failure("the answer ended early", is_end=True, is_transient=True)
        failure = failure if error is None else failure_of(error)
        if failure.is_end and not failure.is_transient:
            return True
        self._broken += 1
        self._is_end = failure.is_end and (self._is_end or self._has_come or not self._idle)
        self._idle = 1 if self._has_come else self._idle + 1
        self._has_come, self.chunk = False, 1
        if self._is_end and self._idle >= Patience.ends:
            return True
        if not failure.is_transient or self._idle >= Patience.attempts or self._broken > self._limit:
            raise self.error(failure)
        time.sleep(Patience.first_pause * 2 ** (self._idle - 1))
        return False

    def error(self, failure: Failure) -> InputError:
        """The error for a read that is given up."""
        if self._broken > 1:
            failure = failure._replace(reason=f"{failure.reason}, in {self._broken} attempts")
        return input_error(self._address.name, self._address.scheme, failure)
