"""What Python objects can be an input: bytes, file objects, responses, and objects that can be opened."""

import inspect
import io
import os
from collections.abc import Iterator, Mapping
from typing import Any

from crowdarrow.errors import InputError, UsageError
from crowdarrow.options import shown
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.urls import address_of, is_url, shown_url

_CHUNK = 1 << 20
_LONGEST_PATH = 4096
_FIRST_ERROR_STATUS = 400
_BLANK = 0x20  # bytes below it are line ends of text, and common in compressed data
_INPUTS = "a path, a binary file object, the content as bytes, or a list of these"


class ChunkReader:
    """A binary file object that reads an iterator of chunks."""

    def __init__(self, chunks: Iterator[Any], length: int | None = None) -> None:
        self._chunks = chunks
        self._pending = memoryview(b"")
        self.length = length

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        while not self._pending:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            if isinstance(chunk, bytes) and 0 < len(chunk) <= size:
                return chunk
            self._pending = memoryview(chunk).cast("B")
        head, self._pending = self._pending[:size], self._pending[size:]
        return bytes(head)


def is_single(inputs: Any) -> bool:
    """Whether a value is one input, or none at all, and not several inputs."""
    return (
        isinstance(inputs, str | os.PathLike | Mapping)
        or _is_content(inputs)
        or _is_file(inputs)
        or _is_response(inputs)
        or _opens(inputs)
        or (hasattr(inputs, "__arrow_c_stream__") and not hasattr(inputs, "dtype"))  # a table; a series is a list
    )


def is_openable(item: Any) -> bool:
    """Whether an input can be opened again: it is a path, holds its content, or has `open`."""
    return (
        isinstance(item, str | os.PathLike)
        or _is_content(item)
        or (not _is_file(item) and not _is_response(item) and _opens(item))
    )


def _is_content(item: Any) -> bool:
    """Whether an object is bytes, of Python or of a store (obstore), which may also be a path."""
    return isinstance(item, bytes | bytearray | memoryview) or (hasattr(item, "to_bytes") and not hasattr(item, "real"))


def from_object(item: Any) -> tuple[Any, str]:
    """An input as a path or a binary file object, and its name for messages.

    Raises:
        UsageError: the object is not an input; the message says what can be one.
        InputError: it is the response of a server that reports an error.
    """
    if _is_content(item):
        return _from_bytes(item)
    if is_url(item):
        stored = StoreObject(address_of(item, "input"))
        return stored, stored.name
    if isinstance(item, str) or (isinstance(item, os.PathLike) and not _is_open_file(item)):
        return _from_path(item)
    if _is_file(item):
        _check_file(item)
    elif not _is_response(item) and not _opens(item):
        raise _no_input(item)
    if not _opens(item) or _is_file(item):
        _check_status(item)
    return _as_file(item), name_of(item)


def announced_length(item: Any) -> int | None:
    """The number of bytes that a file object says it still has, as HTTP responses do; None if it doesn't say."""
    length = getattr(item, "length", None)
    if length is None:
        length = getattr(item, "length_remaining", None)  # urllib3
    return length if isinstance(length, int) and not isinstance(length, bool) and length >= 0 else None


def _as_file(item: Any) -> Any:
    if _is_file(item):
        return item
    if hasattr(item, "iter_bytes"):  # httpx
        return ChunkReader(iter(item.iter_bytes()), _content_length(item))
    if hasattr(item, "iter_content"):  # requests
        return ChunkReader(iter(item.iter_content(_CHUNK)), _content_length(item))
    if hasattr(item, "stream"):  # obstore
        return ChunkReader(iter(item.stream()))
    if _is_chunks(item):
        return ChunkReader(iter(item))
    # An open file of fsspec has its own mode; paths of zipfile, importlib and others are opened in that of a caller.
    opened = item.open() if _is_open_file(item) else item.open("rb")
    _check_file(opened)
    return opened


def _content_length(item: Any) -> int | None:
    """The length in a response's headers; None if they have none, or if the content was encoded for the transfer."""
    headers = getattr(item, "headers", None)
    if headers is None or not hasattr(headers, "get") or headers.get("content-encoding", "identity") != "identity":
        return None
    text = headers.get("content-length")
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else None


def _is_file(item: Any) -> bool:
    return hasattr(item, "read") and not hasattr(item, "iter_bytes")


def _is_response(item: Any) -> bool:
    """Whether an object is a response of httpx, requests or obstore, which do not read like files."""
    return any(hasattr(item, name) for name in ("iter_bytes", "iter_content")) or (
        (hasattr(item, "stream") and hasattr(item, "bytes")) or _is_chunks(item)
    )


def _is_chunks(item: Any) -> bool:
    """Whether an object is an iterator of chunks of obstore, which can also be iterated asynchronously."""
    return hasattr(item, "__anext__") and hasattr(item, "__next__")


def _is_open_file(item: Any) -> bool:
    return callable(getattr(item, "open", None)) and hasattr(item, "fs") and hasattr(item, "mode")


def _opens(item: Any) -> bool:
    """Whether an object is a file that is not open: of fsspec, or a path of zipfile, importlib or universal_pathlib."""
    return _is_open_file(item) or (callable(getattr(item, "open", None)) and hasattr(item, "is_file"))


def _from_bytes(data: Any) -> tuple[Any, str]:
    """Bytes are a path if they look like one, as everywhere in Python; else they are the content of an export."""
    if isinstance(data, bytes) and 0 < len(data) <= _LONGEST_PATH and b"\0" not in data:
        path = os.fsdecode(data)
        if (min(data) >= _BLANK and data[:1] not in (b"{", b"[")) or os.path.lexists(path):
            return path, path
    return io.BytesIO(memoryview(data)), "<bytes>"


def _from_path(item: str | os.PathLike[Any]) -> tuple[str, str]:
    try:
        path = os.fsdecode(os.fsencode(item))
    except (TypeError, ValueError):
        raise _no_input(item) from None
    if not path:
        msg = "`input` contains an empty name"
        raise UsageError(msg)
    check_no_content(path)
    return path, path


def check_no_content(path: str) -> None:
    """Check that text is a path, not the content of an export.

    Raises:
        UsageError: it has several lines, is longer than a path may be, or begins as JSON, and there is no such file.
    """
    is_content = any(sign in path for sign in "\n\r") or len(path) > _LONGEST_PATH or path.startswith(("{", "[{"))
    if is_content and "\0" not in path and not os.path.lexists(path):
        msg = "`input` is text that is not a path; pass the content of an export as bytes: text.encode()"
        raise UsageError(msg)


def _check_file(item: Any) -> None:
    if isinstance(item, io.TextIOBase):
        msg = f"`input` is a file opened as text ({name_of(item)}); open it in binary mode ('rb')"
        raise UsageError(msg)
    if not callable(item.read) or inspect.iscoroutinefunction(item.read):
        msg = f"`input` is {shown(item)}, whose `read` does not return bytes; pass a binary file object"
        raise UsageError(msg)
    try:
        inspect.signature(item.read).bind(_CHUNK)
    except ValueError:  # some builtins have no signature
        return
    except TypeError:
        msg = f"`input` is {shown(item)}, whose `read` takes no size; pass its content as bytes"
        raise UsageError(msg) from None


def _check_status(item: Any) -> None:
    status = getattr(item, "status_code", getattr(item, "status", None))
    if isinstance(status, int) and status >= _FIRST_ERROR_STATUS:
        msg = f"{name_of(item)}: the server answered with status {status}, not with an export"
        raise InputError(msg)


def _no_input(item: Any) -> UsageError:
    advice = ""
    if isinstance(item, Mapping):
        advice = "; of the response of a store, pass the body" if "Body" in item else ""
    elif hasattr(item, "__arrow_c_stream__"):
        advice = "; it is a table already"
    return UsageError(f"`input` must be {_INPUTS}, not {shown(item)}{advice}")


def name_of(item: Any) -> str:
    """The name of an input that is an object, for messages; a URL without its query, which may hold a signature."""
    if isinstance(item, str | bytes | os.PathLike) and not _is_open_file(item):
        path = os.fsdecode(item)
        return "stdin" if path == "-" else shown_url(path)
    for attribute in ("name", "url", "path"):
        found = getattr(item, attribute, None)
        if found is None or callable(found) or isinstance(found, int):
            continue
        text = os.fsdecode(found) if isinstance(found, bytes) else str(found)
        if text:
            return text.partition("?")[0] if "://" in text else text
    meta = getattr(item, "meta", None)  # obstore
    if isinstance(meta, Mapping) and isinstance(meta.get("path"), str):
        return str(meta["path"])
    return "<file object>"
