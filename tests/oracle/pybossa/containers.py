"""The content of a download: of the file, the gzip, or the member of the zip that is read."""

import io
import struct
import zipfile
import zlib
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from oracle.pure_python import load

ZIP = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_DEFLATED = 8


class Content(NamedTuple):
    """The decompressed bytes, the names of the member and the file, and whether the bytes are truncated."""

    data: bytes
    names: tuple[str, ...]
    truncated: bool


def _member_of(names: list[str]) -> str:
    """The member that is read: neither one of `__MACOSX/` nor one that ends in `_info_only`."""
    files = [name for name in names if not name.endswith("/") and not name.startswith("__MACOSX/")]
    wanted = [name for name in files if not PurePosixPath(name).stem.endswith("_info_only")]
    if len(wanted) != 1:
        msg = f"the zip holds {len(wanted)} members that could be the download: {', '.join(wanted[:5])}"
        raise ValueError(msg)
    return wanted[0]


def _cut_member(data: bytes) -> tuple[str, bytes]:
    """The first member of a truncated zip: its name, and what there is of its bytes."""
    if len(data) < _LOCAL_HEADER.size:
        return "", b""
    head = _LOCAL_HEADER.unpack_from(data)
    method, size, name_length, extra_length = head[3], head[7], head[9], head[10]
    start = _LOCAL_HEADER.size + name_length + extra_length
    name = data[_LOCAL_HEADER.size : _LOCAL_HEADER.size + name_length].decode("utf-8", "replace")
    if method != _DEFLATED:
        return name, data[start : start + size]
    return name, zlib.decompressobj(wbits=-15).decompress(data[start:])


def content_of(source: str | PathLike[str] | bytes, name: str | None) -> Content:
    """The content of `source`; `name` is the name of the file if `source` is bytes.

    Raises:
        ValueError: no member of the zip, or more than one, could be the download.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    file_name = name or ("" if isinstance(source, bytes) else Path(source).name)
    if not data.startswith(ZIP):
        plain, truncated = load(data)
        return Content(plain, (file_name,), truncated)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _member_of(archive.namelist())
            return Content(archive.read(member), (PurePosixPath(member).name, file_name), truncated=False)
    except zipfile.BadZipFile:
        # Also if the member is whole: the archive is not.
        member, content = _cut_member(data)
        return Content(content, (PurePosixPath(member).name, file_name), truncated=True)
