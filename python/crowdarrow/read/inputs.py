"""Inputs: paths, globs, stdin and file objects, opened; and text encodings other than UTF-8."""

import codecs
import glob
import io
import os
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO, cast

from crowdarrow._core import Expanded, Input, digest_of
from crowdarrow.errors import DamagedInputError, InputError, InputNotFoundError, UsageError
from crowdarrow.exports import SKIP_MEMBERS
from crowdarrow.read.objects import ChunkReader, announced_length, check_no_content, from_object, is_single
from crowdarrow.read.options import ReadOptions
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.parts import Parts
from crowdarrow.stores.urls import is_url, local_path
from crowdarrow.suggest import file_hint, hint, member_hint

STDIN = "<stdin>"
"""The name of stdin in messages and reports."""
_READ = 1 << 20
_EXPANSION_FLOOR = 1 << 30
"""Decompressed bytes that are allowed at any `max_expansion`."""
_INVALID_UTF8 = "crowdarrow.invalid-utf8"


def _invalid_utf8(error: UnicodeError) -> tuple[str | bytes, int]:
    """An error handler that replaces undecodable bytes by bytes that are not valid UTF-8."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff" * (error.end - error.start), error.end
    raise error


codecs.register_error(_INVALID_UTF8, _invalid_utf8)


class StoredFile:
    """What inputs from one file share. The members of an archive are such inputs.

    Attributes:
        expanded: the bytes of all of them, decompressed.
    """

    def __init__(self) -> None:
        self.expanded = Expanded()
        self._stamp: tuple[int, int] | None = None
        self._is_first = True
        self._digest: str | None = None

    def is_changed(self, stamp: tuple[int, int] | None) -> bool:
        """Whether the file was another one when it was opened first."""
        self._stamp = self._stamp or stamp
        return self._stamp != stamp

    def is_first(self) -> bool:
        """Whether this is the first call: the first input computes the digest, since each reads the same bytes."""
        was_first, self._is_first = self._is_first, False
        return was_first

    def digest(self, found: str | None, origin: Any, algorithm: str) -> str:
        """The digest of the file, of which an input found `found`; the file is read if none has found it."""
        self._digest = self._digest or found or digest_of_stored(origin, algorithm)
        return str(self._digest)


class OpenInput:
    """An input, open unless it was closed to be opened again when its records are read.

    Attributes:
        name: the input's name in messages and reports.
        stored: the stored bytes, decompressed; progress and digests count these.
        text: the same bytes in UTF-8.
        stored_bytes: the input's stored size; None until it has been read to its end.
        digest: the digest of the stored bytes; None until then, or if it was not requested.
        algorithm: the digest's name.
    """

    def __init__(
        self,
        origin: Any,
        name: str,
        *,
        member: str | None,
        options: ReadOptions,
        file: StoredFile | None = None,
        is_sampled: bool = False,
        start: int | None = None,
    ) -> None:
        """Open an input; with `is_sampled` only for a sample, so that it is opened again for its records.

        With `start`, only a part of a plain file is read, from this byte on.
        """
        self.name = name
        self.algorithm = options.digest_name
        self.stored_bytes: int | None = None
        self.digest: str | None = None
        is_stored = isinstance(origin, str | os.PathLike | StoreObject)
        self._path = origin if is_stored else None  # a file object belongs to its reader
        self._member, self._options = member, options
        self._file = file or StoredFile()
        self._announced = None if is_stored else announced_length(origin)
        self._is_sampled = is_sampled
        self._start = start
        self._open(origin)

    def _open(self, origin: Any) -> None:
        if isinstance(origin, StoreObject):
            self._announced = origin.size
            origin = ChunkReader(origin.open(), origin.size) if self._start is None else Parts(origin)
        hashes = not self._is_sampled and self._file.is_first()
        counts = not self._is_sampled and self._member is not None
        try:
            self.stored = Input(
                origin,
                self.name,
                member=self._member,
                skip_members=SKIP_MEMBERS,
                digest=self.algorithm if hashes else None,
                announced=self._announced,
                max_expansion=self._options.max_expansion,
                expansion_floor=_EXPANSION_FLOOR,
                expanded=self._file.expanded if counts else None,
                start=self._start,
            )
        except InputNotFoundError as error:
            if isinstance(self._path, str | os.PathLike) and (more := file_hint(self._path)):
                raise InputNotFoundError(f"{error}{more}") from error  # noqa: EM102 - the same message with a suggestion
            raise
        except InputError as error:
            if self._member is not None and (more := member_hint(self._member, error.members)):
                error.args = (f"{error}{more}",)
            raise
        if self._file.is_changed(self.stored.stamp):
            why = "the file changed while it was read; read it again when no program writes to it"
            msg = f"{self.name} is damaged: {why}"
            raise DamagedInputError(msg)
        encoding = check_encoding(self._options.encoding)
        self.text = self.stored if encoding is None else Input(Transcoder(self.stored, encoding), self.name)

    def reopen(self) -> Input:
        """The text once more, from its beginning."""
        self._is_sampled = False
        self._open(self._path)
        return self.text

    @property
    def compression(self) -> str | None:
        """The compression or archive of the stored bytes."""
        return None if self.stored.compression == "none" else self.stored.compression

    @property
    def size(self) -> int | None:
        """The stored size, if it is known before the input has been read."""
        return self._announced if self.stored.stored_size is None else self.stored.stored_size

    @property
    def bytes_read(self) -> int:
        """Stored bytes that were read of the records."""
        return 0 if self._is_sampled else self.stored.bytes_read

    def finish(self, stored_bytes: int, digest: str | None) -> None:
        """Record the size and digest at the end of `text`. Those of a transcoded input are taken from `stored`."""
        if self.text is not self.stored:
            stored_bytes, digest = self.stored.finish()
        if self.algorithm is not None:
            digest = self._file.digest(digest, self._path, self.algorithm)
        self.stored_bytes, self.digest = stored_bytes, digest


def digest_of_stored(origin: Any, algorithm: str) -> str | None:
    """The digest of a file or an object of a store, whatever it contains."""
    if isinstance(origin, StoreObject):
        origin = ChunkReader(origin.open(), origin.size)
    return digest_of(origin, algorithm)


class Transcoder:
    """A binary file object that converts another one from its encoding to UTF-8.

    Undecodable bytes become bytes that are not valid UTF-8, so that their record is rejected and not silently changed.
    """

    def __init__(self, source: Input, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)(errors=_INVALID_UTF8)
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
                # Undecodable bytes are handled above. This concerns the whole text, such as a missing byte-order mark.
                msg = f"{self._source.name} is not in the encoding given as `encoding`: {error}"
                raise DamagedInputError(msg) from None
            self._pending = text.encode("utf-8", errors=_INVALID_UTF8)
        if self._ended and not self._pending and self._source.truncated:
            msg = (
                f"{self._source.name} ends early: {self._source.truncated}; fetch it again, or convert it without "
                "`encoding`"
            )
            raise DamagedInputError(msg)
        head, self._pending = self._pending[:size], self._pending[size:]
        return head


_COMMON_ENCODINGS = ("utf-16", "cp1252", "latin-1", "mac-roman")


def check_encoding(encoding: str | None) -> str | None:
    """The encoding's name; None if it is UTF-8.

    Raises:
        UsageError: Python has no text encoding of this name.
    """
    if encoding is None:
        return None
    try:
        info = codecs.lookup(encoding)
        # Python has no public way to tell `zlib` from `cp1252`; two are of host names, and lack error handlers.
        is_text = info._is_text_encoding and info.name not in ("idna", "punycode")  # noqa: SLF001
    except (LookupError, AttributeError, ValueError):
        is_text = False
    if not is_text:
        from encodings.aliases import aliases

        texts = {alias: name for alias, name in aliases.items() if name != "rot_13" and not name.endswith("_codec")}
        known = (name.replace("_", "-") for name in (*_COMMON_ENCODINGS, *texts.values(), *texts))
        meant = hint(encoding, known) or f"; Python's names are {', '.join(_COMMON_ENCODINGS)}"
        msg = f"`encoding` is not a text encoding: {encoding!r}{meant}"
        raise UsageError(msg)
    return None if info.name in ("utf-8", "utf-8-sig") else encoding


def as_list(inputs: Any) -> list[Any]:
    """The inputs that a caller gave as one value or as several."""
    return [inputs] if is_single(inputs) or not isinstance(inputs, Iterable) else list(inputs)


def expand_glob(item: Any) -> list[Any]:
    """The files that a text matches as a glob, in name order; the item itself if it is not a glob or a file's name.

    A `file://` URL is the path that it names. The URL of a store is one item.
    """
    item = local_path(item)
    if is_url(item):
        return [item]
    text = isinstance(item, str) and not any(sign in item for sign in "\0\n\r")  # else it is not a path
    if text and glob.has_magic(item) and not os.path.lexists(item):
        return sorted(glob.glob(item, recursive=True))  # noqa: PTH207 - the pattern may be absolute
    return [item]


def resolve(inputs: Any) -> list[tuple[Any, str]]:
    """Each input as a value that `Input` opens, with its name for messages; globs are expanded in name order.

    Raises:
        InputNotFoundError: a glob matches no file.
        UsageError: there is no input, or stdin is given twice.
    """
    resolved = [found for item in as_list(inputs) for found in _resolve_one(item)]
    if not resolved:
        msg = "`input` is an empty list; name at least one input"
        raise UsageError(msg)
    if sum(name == STDIN for _, name in resolved) > 1:
        msg = "`input` contains stdin (-) more than once; it can be read only once"
        raise UsageError(msg)
    return resolved


def _resolve_one(item: Any) -> list[tuple[Any, str]]:
    if isinstance(item, str | bytes) and item in {"-", b"-"}:
        return [(_stdin(), STDIN)]
    found = expand_glob(item)
    if not found:
        check_no_content(item)
        msg = f"no file matches {item}"
        raise InputNotFoundError(msg)
    return [from_object(one) for one in found]


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        msg = "`input` is - (stdin), but the process has no stdin; name a file"
        raise UsageError(msg)
    # Unbuffered: a thread that waits inside the buffered reader when the interpreter ends would abort the process.
    try:
        return cast("BinaryIO", io.FileIO(sys.stdin.fileno(), closefd=False))
    except (AttributeError, OSError, ValueError):
        return sys.stdin.buffer


def stored_total(inputs: Iterable[OpenInput]) -> int | None:
    """The stored bytes of all inputs together; None if the size of one is not known."""
    sizes = [one.size for one in inputs]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
