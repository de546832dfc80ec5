"""Parts of an object that are read one after the other, as a split does."""

from typing import TYPE_CHECKING

from crowdarrow.stores.ahead import ahead
from crowdarrow.stores.object import StoreObject

if TYPE_CHECKING:
    from collections.abc import Iterator


class Parts:
    """An object of which one part after the other is read; what comes after a part is read ahead.

    Args:
        stored: the object.
    """

    def __init__(self, stored: StoreObject) -> None:
        self._stored = stored
        self._position = -1
        self._stream: Iterator[bytes] = iter(())
        self._left = b""

    def read_range(self, offset: int, size: int) -> bytes:
        """The bytes from an offset, fewer if the object ends before. A part that follows the last one was read ahead.

        Raises:
            InputError: they cannot be read, the object changed, or the server does not send parts.
        """
        if offset != self._position:
            self._stored.check_ranged()
            self._stream, self._left = ahead(self._stored.part(offset, self._stored.size)), b""
        found = [self._left]
        missing = size - len(self._left)
        while missing > 0 and (chunk := next(self._stream, None)) is not None:
            found.append(chunk)
            missing -= len(chunk)
        data = b"".join(found)
        self._left = data[size:]
        self._position = offset + min(size, len(data))
        return data[:size]
