"""One object of a store or a web server, which can be read any number of times and is the same each time."""

import threading
import zlib
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from crowdarrow.errors import CrowdarrowError, InputError
from crowdarrow.stores.client import changed_error, connect, failure_of
from crowdarrow.stores.retries import CHUNK, Attempts
from crowdarrow.stores.urls import Address, address_of

_BLOCK = 4 << 20
"""Bytes of a request while a whole object is read."""
_AHEAD = 6
"""Requests whose answers may be in memory."""


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

    Attributes:
        name: the URL for messages, without its query.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.name = address.name
        self._identity: Identity | None = None
        self._has_parts: bool | None = None

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
            self._first_answer()
        if self._identity is None:
            msg = f"cannot read {self.name}: the server gave no answer"
            raise InputError(msg)
        return self._identity

    @property
    def is_ranged(self) -> bool:
        """Whether the server sends parts, and says enough for parts of two versions never to be mixed."""
        if self._has_parts is None:
            self._first_answer()
        return bool(self._has_parts) and self.identity.is_known

    def read_range(self, offset: int, size: int) -> bytes:
        """The bytes from an offset, fewer if the object ends before.

        Raises:
            InputError: they cannot be read, the object changed, or the server does not send parts.
        """
        if not self.is_ranged:
            msg = f"{self.name} cannot be read in parts: its server does not send them; download the file"
            raise InputError(msg)
        return b"".join(self._part(offset, min(offset + size, self.size)))

    def open(self) -> Iterator[bytes]:
        """The bytes of the whole object, some of which are read ahead. The first answer has come when this returns.

        If the server says, time and again, that nothing comes after some byte, they end there, before `size`.

        Raises:
            InputError: it cannot be read, or is not what it was when it was opened first. The iterator raises it too.
        """
        first = self._first_answer()
        if self._has_parts and self.identity.is_known:
            return self._blocks(first)
        return _ahead(self._whole(None if self._has_parts else first))

    def _first_answer(self) -> Any:
        """The answer to a request for the first bytes, or for the whole if the server does not send parts."""
        attempts = Attempts(self.address, 0)
        while True:
            try:
                answer = self._request(None if self._has_parts is False else (0, CHUNK))
            except CrowdarrowError:
                raise
            except Exception as error:  # noqa: BLE001 - obstore has many
                failure = failure_of(error)
                # An empty object has no parts.
                if self._has_parts is not False and (failure.is_unranged or failure.status == 416):  # noqa: PLR2004
                    self._has_parts = False
                elif attempts.is_end_after(error):
                    raise attempts.error(failure) from None
            else:
                self._has_parts = self._has_parts is not False
                return answer

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
        answer = obstore.get(store, self.address.key, options=options or None)  # type: ignore[arg-type]
        meta = answer.meta
        found = Identity(meta["size"], meta["e_tag"], meta["last_modified"])
        self._identity = self._identity or found
        if found != self._identity:
            raise changed_error(self.name)
        return answer

    def _check_same(self, found: int, known: int) -> None:
        if found != known:
            raise changed_error(self.name)

    def _part(self, start: int, end: int, answer: Any = None) -> Iterator[bytes]:
        """The bytes of a part, of which there may be an answer already."""
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

    def _blocks(self, first: Any) -> Iterator[bytes]:
        """All bytes, in blocks that are requested before they are needed; none before the first bytes are used."""
        start, size = min(CHUNK, self.size), self.size
        missing = start
        for chunk in self._part(0, start, first):
            missing -= len(chunk)
            yield chunk
        ahead: deque[_Block] = deque()
        while not missing and (ahead or start < size):
            while len(ahead) < _AHEAD and start < size:
                end = min(start + _BLOCK, size)
                ahead.append(_Block(self._part(start, end), end - start))
                start = end
            block = ahead.popleft()
            for chunk in block.chunks():
                missing -= len(chunk)
                yield chunk
            missing += block.size

    def _whole(self, answer: Any) -> Iterator[bytes]:
        """All bytes of one answer; where it breaks off, another one is read up to there and must be the same."""
        attempts = Attempts(self.address, self.size)
        position, known = 0, 0
        while position < self.size or answer is not None:
            error, skipped, again = None, 0, 0
            try:
                for chunk in (answer or self._request(None)).stream(min_chunk_size=attempts.chunk):
                    repeated = chunk[: position - skipped]
                    again, skipped = zlib.crc32(repeated, again), skipped + len(repeated)
                    if repeated and skipped == position:
                        self._check_same(again, known)
                    if data := chunk[len(repeated) :]:
                        known, skipped, position = zlib.crc32(data, known), skipped + len(data), position + len(data)
                        attempts.has_come()
                        yield data
            except CrowdarrowError:
                raise
            except Exception as found:  # noqa: BLE001 - obstore has many
                error = found
            answer = None
            if position < self.size and attempts.is_end_after(error):
                return

    def __repr__(self) -> str:
        return self.name


class _Block(threading.Thread):
    """A part that is read by a thread of its own."""

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
        """The bytes of the part, once they have come."""
        self.join()
        if self._error is not None:
            raise self._error
        return self._found


def _ahead(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, of which a thread reads some ahead from when the first is used."""
    ready = threading.Condition()
    found: deque[bytes | BaseException | None] = deque()
    is_closed = False

    def put(one: bytes | BaseException | None) -> bool:
        with ready:
            ready.wait_for(lambda: is_closed or len(found) < _AHEAD * _BLOCK // CHUNK)
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
