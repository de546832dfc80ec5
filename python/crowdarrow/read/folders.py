"""Folders and archives as inputs: which files and members are read."""

import contextlib
import io
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from crowdarrow.errors import InputError
from crowdarrow.exports import SKIP_MEMBERS
from crowdarrow.stores.ahead import together
from crowdarrow.stores.listing import matching, objects_in
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.seekable import seekable
from crowdarrow.terminal import valid

if TYPE_CHECKING:
    import zipfile

    from crowdarrow.stores.urls import Address

_ZIP = b"PK\x03\x04"
_MOST_CONNECTIONS = 4
"""With more inputs from stores, each is requested twice: its first bytes for detection, and the whole to read it."""
_WARMED = 64
"""Objects of a folder that are requested at a time."""
_MOST_HEADS = 1000
"""With more objects in a folder, the first bytes of each are not kept: they are requested again when it is opened."""
_MOST_MEMBERS = 1000
"""Files of an archive that are read: each is opened, and reads the directory of the archive."""
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\0": "lzma"}
"""Python's modules for compressed data, by the first bytes of the data."""
_TAR_HEADER, _TAR_MAGIC = 512, slice(257, 262)
_OFFICE = {"[Content_Types].xml", "mimetype"}
"""Members of office documents, which are zips but no archives of exports."""
_UTF8_NAME = 0x800
"""The flag of a zip member whose name is UTF-8."""


class Candidate(NamedTuple):
    """A file, or a member of an archive, that may be an export."""

    origin: Any
    """A path, an object of a store, or a binary file object."""
    name: str
    """Its name in messages."""
    member: str | None = None
    """The member of an archive."""
    optional: bool = False
    """Whether it comes from a folder or an archive, where a file that is not an export is skipped."""


@dataclass(eq=False)
class Expansion:
    """The files of some inputs, with those of folders and archives.

    Attributes:
        candidates: the files, in the order of the inputs; those of a folder or an archive by name.
        skipped: files that are not read, with the reason.
    """

    candidates: list[Candidate] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def expand(inputs: Iterable[tuple[Any, str]], member: str | None) -> Expansion:
    """Replace folders and archives by the files in them. With `member`, that member of each archive is read.

    Raises:
        InputError: a folder cannot be listed, or an archive has too many files.
    """
    found = Expansion()
    inputs = list(inputs)
    keeps_open = sum(isinstance(origin, StoreObject) for origin, _ in inputs) <= _MOST_CONNECTIONS
    for origin, name in inputs:
        if isinstance(origin, StoreObject):
            origin.keeps_open = keeps_open
            _add_stored(found, origin, member)
        elif not isinstance(origin, str | os.PathLike):
            found.candidates.append(Candidate(origin, valid(name), member))
        elif os.path.isdir(origin):  # noqa: PTH112 - a name may be too long for `Path`
            for path in files_of(Path(origin)):
                if path.name.endswith(SKIP_MEMBERS):
                    found.skipped[valid(str(path))] = _REPEATS
                else:
                    _add_file(found, Candidate(str(path), valid(str(path)), member, optional=True))
        else:
            _add_file(found, Candidate(origin, valid(name), member))
    return found


def _add_stored(found: Expansion, stored: StoreObject, member: str | None) -> None:
    """Add an object of a store, or the objects of a folder or a pattern."""
    address = stored.address
    several: list[Address] | None = None
    if address.is_folder:
        several = objects_in(address)
    elif address.is_glob:
        several = matching(address)
    objects = [stored] if several is None else [StoreObject(one, keeps_open=False) for one in several]
    for one, following in itertools.pairwise(objects):
        one.following = following
    for place, one in enumerate(objects):
        if several is not None and place % _WARMED == 0:
            together(each.head for each in objects[place : place + _WARMED])
        name = valid(one.name)
        if address.is_folder and name.endswith(SKIP_MEMBERS):
            found.skipped[name] = _REPEATS
        else:
            _add_file(found, Candidate(one, name, member, optional=address.is_folder))
        if len(objects) > _MOST_HEADS:
            one.forget()


def files_of(folder: Path) -> list[Path]:
    """The files in a folder by name, without those in its sub-folders and hidden ones.

    A link whose target is missing counts as a file, which cannot be read: it may be an export.

    Raises:
        InputError: the folder cannot be listed.
    """
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and (path.is_file() or (path.is_symlink() and not path.exists()))
        )
    except OSError as error:
        msg = f"cannot list the folder {folder}: {error.strerror}"
        raise InputError(msg) from error


_REPEATS = "it repeats columns of another file"


def _add_file(found: Expansion, one: Candidate) -> None:
    """Add a file; an archive of several files as its members."""
    members = [] if one.member is not None else list(_members(one.origin))
    chosen = [name for name in members if not name.endswith(SKIP_MEMBERS)]
    found.skipped |= {f"{one.name}/{valid(name)}": _REPEATS for name in members if name.endswith(SKIP_MEMBERS)}
    if len(chosen) < 2:  # noqa: PLR2004 - a single member needs no name
        found.candidates.append(one)
        return
    if len(chosen) > _MOST_MEMBERS:
        msg = (
            f"{one.name} has {len(chosen):,} files, more than {_MOST_MEMBERS:,}; unpack it and name the folder, or "
            "choose one with `member`"
        )
        raise InputError(msg)
    found.candidates += [
        Candidate(one.origin, f"{one.name}/{valid(name)}", name, optional=True) for name in sorted(chosen)
    ]


def _members(origin: str | os.PathLike[str] | StoreObject) -> Iterator[str]:
    """The members of a zip or tar that are not hidden; none if a file is not an archive, or is damaged."""
    try:
        opened = _seekable(origin)
        if opened is None:
            return  # it has one member, or the reader says that it has several
        with opened as file:
            head = file.read(_TAR_HEADER)
            names = _zip_members(file) if head.startswith(_ZIP) else _tar_members(file, head)
    except (OSError, ValueError, NotImplementedError):
        return  # the reader says what is wrong
    if not _OFFICE.isdisjoint(names):
        return
    for name in dict.fromkeys(names):
        if not name.startswith("__MACOSX/") and not any(part.startswith(".") for part in name.split("/")):
            yield name


def _seekable(origin: str | os.PathLike[str] | StoreObject) -> BinaryIO | None:
    """A file that can seek; None if it is read once, from its beginning."""
    if isinstance(origin, StoreObject):
        return seekable(origin) if _may_have_members(origin.head()) and origin.is_ranged else None
    if not os.path.isfile(origin):  # noqa: PTH113 - a name may be too long for `Path`
        return None
    return Path(origin).open("rb")


def _may_have_members(head: bytes) -> bool:
    """Whether a file that begins so is an archive, compressed or not."""
    module = next((module for magic, module in _COMPRESSED.items() if head.startswith(magic)), None)
    if module is not None:
        with contextlib.suppress(Exception), import_module(module).open(io.BytesIO(head), "rb") as unpacked:
            head = unpacked.read(_TAR_HEADER)
    return head.startswith(_ZIP) or head[_TAR_MAGIC] == b"ustar"


def _zip_members(file: BinaryIO) -> list[str]:
    """The files in a zip; none if it is damaged."""
    import zipfile  # here, because few inputs need it

    try:
        with zipfile.ZipFile(file) as archive:
            return [_name(info) for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile:
        return []


def _tar_members(file: BinaryIO, head: bytes) -> list[str]:
    """The files in a tar, compressed or not; none if a file is not a tar. The whole archive is read for it."""
    module = next((module for magic, module in _COMPRESSED.items() if head.startswith(magic)), None)
    if module is not None:
        file.seek(0)
        with contextlib.suppress(Exception), import_module(module).open(file, "rb") as unpacked:
            head = unpacked.read(_TAR_HEADER)
    if head[_TAR_MAGIC] != b"ustar":
        return []
    import tarfile  # here, because few inputs need it
    import zlib
    from lzma import LZMAError

    try:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:*", encoding="utf-8", errors="replace") as archive:
            return [info.name for info in archive if info.isfile()]
    except (tarfile.TarError, zlib.error, LZMAError, EOFError):
        return []


def _name(info: "zipfile.ZipInfo") -> str:
    """A member's name as the engine reads it: UTF-8, whatever its flags say."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    return info.orig_filename.encode("cp437", "replace").decode("utf-8", "replace")
