"""The types of `input`: what `ca.open` and its like accept, for editors and type checkers."""

import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from typing_extensions import Buffer  # type checkers know it without the package


class BinaryFile(Protocol):
    """An open binary file, or a response that reads like one (urllib, http.client, urllib3)."""

    def read(self, size: int, /) -> "Buffer":
        """Up to `size` bytes; none at the end."""


class OpenFile(Protocol):
    """A file of fsspec that is not open."""

    @property
    def fs(self) -> Any:
        """Its file system."""

    def open(self) -> Any:
        """The file, open."""


class Openable(Protocol):
    """A path of `zipfile`, `importlib` or universal_pathlib."""

    def is_file(self) -> bool:
        """Whether it is a file."""

    def open(self, mode: Literal["rb"], /) -> Any:
        """The file, open in binary mode."""


class HttpxResponse(Protocol):
    """A response of httpx."""

    def iter_bytes(self) -> Iterator[bytes]:
        """Its content in parts."""


class RequestsResponse(Protocol):
    """A response of requests."""

    def iter_content(self, chunk_size: int, /) -> Iterator[Any]:
        """Its content in parts."""


class StoreResult(Protocol):
    """What `obstore.get` returns."""

    def stream(self) -> Iterable["Buffer"]:
        """Its content in parts."""


class StoreBytes(Protocol):
    """Bytes of obstore."""

    def to_bytes(self) -> bytes:
        """The content as Python bytes."""

    def isascii(self) -> bool:
        """Whether all bytes are ASCII. Bytes and integers both have `to_bytes`; only bytes have this method."""


Input: TypeAlias = (
    str
    | os.PathLike[Any]
    | bytes
    | bytearray
    | memoryview
    | BinaryFile
    | OpenFile
    | Openable
    | HttpxResponse
    | RequestsResponse
    | StoreResult
    | StoreBytes
)
"""A path, a glob, a URL, `"-"`, a file, a response, or the content of an export."""

Inputs: TypeAlias = Input | Sequence[Input] | AbstractSet[Input] | Iterator[os.PathLike[str]]
"""One input or several. An iterator of texts is not an input, since a file opened as text is such an iterator."""
