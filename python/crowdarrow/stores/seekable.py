"""An object of a store as a file that can seek, for the directories of archives."""

import io

from crowdarrow.stores.object import StoreObject

_BUFFER = 1 << 18


class _Parts(io.RawIOBase):
    def __init__(self, stored: StoreObject) -> None:
        self._stored = stored
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stored.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stored.read_range(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def seekable(stored: StoreObject) -> io.BufferedReader:
    """A file that reads parts of an object as they are needed.

    Raises:
        InputError: the server does not send parts. Reading raises it too.
    """
    stored.read_range(0, 0)
    return io.BufferedReader(_Parts(stored), _BUFFER)
