"""What a user names as input, opened: paths, globs, stdin, file objects; and text encodings other than UTF-8."""

import codecs
import contextlib
import glob
import io
import os
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO, cast

from crowdarrow._core import Input
from crowdarrow.errors import DamagedInputError, InputNotFoundError, UsageError

_READ = 1 << 20
_NO_TEXT = "crowdarrow.no-text"


def _no_text(error: UnicodeError) -> tuple[str | bytes, int]:
    """A byte that no UTF-8 text has, in place of what an encoding cannot say."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff" * (error.end - error.start), error.end
    raise error


codecs.register_error(_NO_TEXT, _no_text)


class Opened:
    """One input, and what it told when it ended."""

    def __init__(self, origin: Any, name: str, *, member: str | None, digest: bool, encoding: str | None) -> None:
        self.name = name
        self.stored = Input(origin, name, member=member, digest=digest)
        """The bytes as stored, decompressed: what progress and digests count."""
        self.text = self.stored if encoding is None else Input(Transcoder(self.stored, encoding), name)
        """The same in UTF-8."""
        self.stored_bytes: int | None = None
        self.sha256: str | None = None

    def finish(self, stored_bytes: int, sha256: str | None) -> None:
        """Take what the end of the UTF-8 bytes told; where they were transcoded, ask the stored bytes themselves."""
        if self.text is not self.stored:
            stored_bytes, sha256 = self.stored.finish()
        self.stored_bytes, self.sha256 = stored_bytes, sha256


class Transcoder:
    """A binary file object that gives the text of another as UTF-8.

    What the encoding cannot decode comes out as bytes that are not UTF-8, so that the record which holds them is
    rejected and not silently changed.
    """

    def __init__(self, source: Input, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)(errors=_NO_TEXT)
        self._pending = b""
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        while not self._pending and not self._ended:
            data = self._source.read(_READ)
            self._ended = not data
            try:
                text = self._decoder.decode(data, final=self._ended)
            except UnicodeError as error:
                # A byte that cannot be decoded is no error here: this is about the whole, such as a missing mark.
                msg = f"{self._source.name} is not in the encoding that --encoding names: {error}"
                raise DamagedInputError(msg) from None
            self._pending = text.encode("utf-8", errors=_NO_TEXT)
        if self._ended and not self._pending and self._source.truncated:
            why = f"{self._source.name} ends early: {self._source.truncated}"
            msg = f"{why}; fetch it again, or convert it without --encoding"
            raise DamagedInputError(msg)
        head, self._pending = self._pending[:size], self._pending[size:]
        return head


def check_encoding(encoding: str | None) -> str | None:
    """The encoding's name, or none where it is UTF-8 anyway.

    Raises:
        UsageError: Python has no text encoding of this name.
    """
    if encoding is None:
        return None
    try:
        info = codecs.lookup(encoding)
        is_text = info._is_text_encoding  # noqa: SLF001 - the only way to tell `zlib` from `cp1252`
    except (LookupError, AttributeError):
        is_text = False
    if not is_text:
        msg = f"no text encoding {encoding!r}; Python knows names such as utf-16, cp1252, latin-1, mac-roman"
        raise UsageError(msg)
    return None if info.name in ("utf-8", "utf-8-sig") else encoding


def resolve(inputs: Any) -> list[tuple[Any, str]]:
    """Each input as something `Input` opens, with its name for messages; globs are expanded in name order.

    Raises:
        InputNotFoundError: a glob matches nothing.
        UsageError: nothing was named, or stdin twice.
    """
    many = (
        isinstance(inputs, Iterable)
        and not isinstance(inputs, str | bytes | os.PathLike)
        and not hasattr(inputs, "read")
    )
    resolved: list[tuple[Any, str]] = []
    for item in inputs if many else [inputs]:
        resolved.extend(_resolve_one(item))
    if not resolved:
        msg = "no input was named"
        raise UsageError(msg)
    if sum(name == "<stdin>" for _, name in resolved) > 1:
        msg = "stdin (-) can be read only once"
        raise UsageError(msg)
    return resolved


def _resolve_one(item: Any) -> list[tuple[Any, str]]:
    if hasattr(item, "read"):
        return [(item, str(getattr(item, "name", None) or "<file object>"))]
    if isinstance(item, bytes):
        item = os.fsdecode(item)
    if item == "":
        msg = "an input has an empty name"
        raise UsageError(msg)
    if item == "-":
        return [(_stdin(), "<stdin>")]
    path = os.fspath(item)
    if isinstance(item, str) and glob.has_magic(path) and not os.path.lexists(path):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - the pattern may be absolute
        if not matches:
            msg = f"no file matches {path}"
            raise InputNotFoundError(msg)
        return [(match, match) for match in matches]
    return [(path, path)]


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        msg = "INPUT -: there is no stdin; name a file"
        raise UsageError(msg)
    # Unbuffered: a thread that waits inside the buffered reader when the interpreter ends aborts it.
    try:
        return cast("BinaryIO", io.FileIO(sys.stdin.fileno(), closefd=False))
    except (AttributeError, OSError, ValueError):
        return sys.stdin.buffer


def open_all(
    inputs: Any, *, member: str | None = None, digest: bool = False, encoding: str | None = None
) -> list[Opened]:
    """Open every input named.

    Raises:
        InputError: one cannot be opened.
    """
    encoding = check_encoding(encoding)
    return [Opened(origin, name, member=member, digest=digest, encoding=encoding) for origin, name in resolve(inputs)]


def stored_total(opened: Iterable[Opened]) -> int | None:
    """The stored bytes of all inputs together, where all are known."""
    sizes = [one.stored.stored_size for one in opened]
    with contextlib.suppress(TypeError):
        return sum(size for size in sizes)  # type: ignore[misc]  # a None among them is what is suppressed
    return None
