"""One object of a store or a web server, which can be read any number of times and is the same each time."""

import threading
import zlib
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from crowdarrow.errors import CrowdarrowError, InputError
from crowdarrow.stores.ahead import Block, Pace, ahead, interruptible, soon
from crowdarrow.stores.client import changed_error, connect, failure_of
from crowdarrow.stores.retries import Attempts
from crowdarrow.stores.urls import Address, address_of

_HEAD = 1 << 16
"""Bytes of the first request. They are kept until the object is opened: they tell what it is."""
_BLOCK = 4 << 20
"""Bytes of a request while several are answered at the same time."""
_AHEAD = 6
"""Requests that are answered at the same time."""
_NOT_SHARED = {"_head": None, "_rest": None, "following": None}
"""Attributes that are not pickled, with their values in another process."""
_TRIAL = 32 << 20
"""Bytes after which the speed of reading is judged."""
_SLOW_BYTE = 1 / 64e6
"""A connection that takes longer for a byte is slow, as those of large stores are; then several are tried."""


class Identity(NamedTuple):
    """What tells one version of an object from another."""

    size: int
    etag: str | None
    modified: datetime | None

    @property
    def is_known(self) -> bool:
        """Whether a change would be noticed; a size alone says little."""
        return self.etag is not None or (self.modified is not None and self.modified.timestamp() > 0)

    @property
    def strong_etag(self) -> str | None:
        """The entity tag for `If-Match`, which compares strong ones only."""
        return None if self.etag is None or self.etag.startswith("W/") else self.etag


class StoreObject:
    """An object of a store, or a file of a web server.

    Its size and entity tag are those of the first answer. Any other answer must have the same: an object that changed
    is an error, whatever is read of it and when. Pickled objects keep them, so this holds across processes.

    Args:
        address: where the object is.
        keeps_open: whether the first request is for the whole object, whose answer waits until the object is opened. If
            not, it is for the first bytes alone.

    Attributes:
        name: the URL for messages, without its query.
        following: the object that is read after this one. When this one is opened again, that one is requested.
    """

    def __init__(self, address: Address, *, keeps_open: bool = True) -> None:
        self.address = address
        self.keeps_open = keeps_open
        self.name = address.name
        self._identity: Identity | None = None
        self._has_parts: bool | None = None
        self._head: bytes | None = None
        self._rest: Iterator[bytes] | None = None
        self.following: StoreObject | None = None
        self._was_opened = False
        self._lock = threading.RLock()

    @classmethod
    def at(cls, url: str, argument: str = "input") -> "StoreObject":
        """The object at a URL."""
        return cls(address_of(url, argument))

    @property
    def size(self) -> int:
        """The number of bytes, as the server says."""
        return self.identity.size

    @property
    def etag(self) -> str | None:
        """The entity tag."""
        return self.identity.etag

    @property
    def identity(self) -> Identity:
        """What the first answer said. The object is requested for it if there was none."""
        if self._identity is None:
            self.head()
        if self._identity is None:
            msg = f"cannot read {self.name}: the server gave no answer"
            raise InputError(msg)
        return self._identity

    @property
    def is_ranged(self) -> bool:
        """Whether the server sends parts, and says enough for parts of two versions never to be mixed."""
        if self._has_parts is None:
            self._first_answer((0, _HEAD))
        return bool(self._has_parts) and self.identity.is_known

    def head(self) -> bytes:
        """The first bytes, at least 64 KiB if there are so many. They are kept until the object is opened."""
        with self._lock:
            if self._head is None:
                answer = self._first_answer(None if self.keeps_open or self._has_parts is False else (0, _HEAD))
                if self._has_parts and not self.keeps_open and self.identity.is_known:
                    self._head = b"".join(self.part(0, min(_HEAD, self.size), answer))
                else:
                    whole = self._whole(answer if self._is_whole(answer) else None)
                    self._head, self._rest = next(whole, b""), whole
            return self._head

    def forget(self) -> None:
        """Free the first bytes, because there are very many objects."""
        with self._lock:
            self._head = self._rest = None

    def read_range(self, offset: int, size: int) -> bytes:
        """The bytes from an offset, fewer if the object ends before.

        Raises:
            InputError: they cannot be read, the object changed, or the server does not send parts.
        """
        self.check_ranged()
        end = min(offset + size, self.size)
        if self._head is not None and end <= len(self._head):
            return self._head[offset:end]
        return b"".join(self.part(offset, end))

    def check_ranged(self) -> None:
        """Check that the object can be read in parts.

        Raises:
            InputError: the server does not send them.
        """
        if not self.is_ranged:
            msg = f"{self.name} cannot be read in parts: its server does not send them; download the file"
            raise InputError(msg)

    def open(self) -> Iterator[bytes]:
        """The bytes of the whole object, some of which are read ahead. The first have arrived when this returns.

        If the server says several times that nothing follows a byte, they end there, before `size`.

        Raises:
            InputError: it cannot be read, or is not what it was when it was opened first. The iterator raises it too.
        """
        with self._lock:
            head, rest = self.head(), self._rest
            self._rest = None
            if not len(head) == self.size <= _HEAD:
                self._head = None
            is_again, self._was_opened = self._was_opened, True
            self.keeps_open = True  # the whole object is read
        if is_again and self.following is not None:
            soon(self.following.head)
        if rest is None and len(head) == min(_HEAD, self.size):
            rest = self.part(len(head), self.size)
        return self._from(head, rest or iter(()))

    def _first_answer(self, part: tuple[int, int] | None) -> Any:
        """The answer to a request for the first bytes or the whole; for the whole if the server does not send parts."""
        attempts = Attempts(self.address, 0)
        while True:
            try:
                answer = self._request(part)
            except CrowdarrowError:
                raise
            except Exception as error:  # noqa: BLE001 - obstore has many
                failure = failure_of(error)
                # An empty object has no parts.
                if part is not None and (failure.is_unranged or failure.status == 416):  # noqa: PLR2004
                    self._has_parts, part = False, None
                elif attempts.is_end_after(error):
                    raise attempts.error(failure) from None
            else:
                if part is not None:
                    self._has_parts = True
                return answer

    def _is_whole(self, answer: Any) -> bool:
        return bool(answer.range == (0, self.size))

    def _request(self, part: tuple[int, int] | None) -> Any:
        """The answer to a request for a part, or for the whole; it is of the same version as all before.

        Raises:
            InputError: the object changed.
            Exception: any error of obstore.
        """
        store = connect(self.address)
        import obstore

        options: dict[str, Any] = {} if part is None else {"range": part}
        if self._identity and (etag := self._identity.strong_etag):
            options["if_match"] = etag
        key: str = self.address.key
        answer: Any = interruptible(lambda: obstore.get(store, key, options=options or None))  # type: ignore[arg-type]
        meta = answer.meta
        found = Identity(meta["size"], meta["e_tag"], meta["last_modified"])
        self._identity = self._identity or found
        if found != self._identity:
            raise changed_error(self.name)
        return answer

    def _check_same(self, found: int, known: int) -> None:
        if found != known:
            raise changed_error(self.name)

    def part(self, start: int, end: int, answer: Any = None) -> Iterator[bytes]:
        """The bytes of a part, as they come; there may be an answer already."""
        attempts = Attempts(self.address, end - start)
        while start < end:
            error = None
            try:
                for chunk in (answer or self._request((start, end))).stream(min_chunk_size=attempts.chunk):
                    data = chunk[: end - start]
                    start += len(data)
                    attempts.has_come()
                    yield data
            except CrowdarrowError:
                raise
            except Exception as found:  # noqa: BLE001 - obstore has many
                error = found
            answer = None
            if start < end and attempts.is_end_after(error):
                return

    def _from(self, head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
        """All bytes: the first were read already, the others come from one request.

        One request costs the least. If it is slow, several at the same time are tried, and then the faster way
        is used.
        """
        if head:
            yield head
        pace = Pace(_TRIAL)
        position = len(head)
        if position < self.size:
            for chunk in ahead(pace.watched(rest, _SLOW_BYTE)):
                position += len(chunk)
                yield chunk
        if pace.is_slow and position < self.size and not self.is_ranged:
            yield from ahead(rest)
        elif pace.is_slow and position < self.size:
            several = Pace(_TRIAL)
            for chunk in several.watched(self._blocks(position), pace.seconds / pace.bytes):
                position += len(chunk)
                yield chunk
            if several.is_slow and position < self.size:
                yield from ahead(self.part(position, self.size))

    def _blocks(self, start: int) -> Iterator[bytes]:
        """The bytes from an offset on, by several requests at the same time."""
        waiting: deque[Block] = deque()
        missing = 0
        while not missing and (waiting or start < self.size):
            while len(waiting) < _AHEAD and start < self.size:
                end = min(start + _BLOCK, self.size)
                waiting.append(Block(self.part(start, end), end - start))
                start = end
            block = waiting.popleft()
            missing = block.size
            for chunk in block.chunks():
                missing -= len(chunk)
                yield chunk

    def _whole(self, answer: Any) -> Iterator[bytes]:
        """All bytes of one answer; if it breaks off, the rest in parts.

        If the server does not send parts, another answer is read up to there, and must have the same bytes.
        """
        attempts = Attempts(self.address, self.size)
        position, known = 0, 0
        while position < self.size or answer is not None:
            error, skipped, again = None, 0, 0
            try:
                for chunk in (answer or self._request(None)).stream(min_chunk_size=attempts.chunk):
                    repeated = chunk[: position - skipped]
                    again, skipped = self._sum(repeated, again), skipped + len(repeated)
                    if repeated and skipped == position:
                        self._check_same(again, known)
                    if data := chunk[len(repeated) :]:
                        known, skipped, position = self._sum(data, known), skipped + len(data), position + len(data)
                        attempts.has_come()
                        yield data
            except CrowdarrowError:
                raise
            except Exception as found:  # noqa: BLE001 - obstore has many
                error = found
            answer = None
            if position < self.size and attempts.is_end_after(error):
                return
            if position < self.size and self.identity.is_known and self.is_ranged:
                yield from self.part(position, self.size)
                return

    def _sum(self, data: bytes, before: int) -> int:
        """A checksum of bytes, if nothing else tells whether they are the same."""
        return before if self.identity.is_known else zlib.crc32(data, before)

    def __repr__(self) -> str:
        return self.name

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"} | _NOT_SHARED

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()
