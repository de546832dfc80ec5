"""The index of a file: positions at which it may be divided, with what tells whether the file is still the same."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from crowdarrow._core import __version__
from crowdarrow.errors import CrowdarrowError, DamagedInputError, InputError, InputNotFoundError, UsageError
from crowdarrow.indexing.positions import BLOCK_BYTES, Position, Positions, find_positions, is_divisible
from crowdarrow.read.distinct import check_distinct
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.opened import open_inputs
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.output import Progress
from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.existing import check_absent, check_possible
from crowdarrow.sinks.sending import SentFiles
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.urls import is_url, local_path, shown_url

SUFFIX = ".crowdarrow-index.json"
"""What is added to the name of a file for that of its index."""
_FORMAT = 1
_EVERY = 4 << 20
"""Bytes between two positions: the positions of 1 TB take 10 MB."""


class Identity(NamedTuple):
    """What tells whether a file is still the same.

    Attributes:
        size: its bytes.
        modified: when it was changed last, in nanoseconds since 1970.
        etag: the entity tag of an object of a store.
    """

    size: int | None
    modified: int | None
    etag: str | None = None

    @classmethod
    def of(cls, origin: Any, stamp: tuple[int, int] | None) -> "Identity":
        """The identity of a file with a stamp, or of an object of a store."""
        if isinstance(origin, StoreObject):
            size, etag, modified = origin.identity
            # An entity tag alone is compared: a copy within a store keeps it, and has another time.
            time = None if modified is None or etag else round(modified.timestamp() * 1e9)
            return cls(size, time, etag)
        return cls(None, None) if stamp is None else cls(*stamp)


@dataclass(frozen=True)
class Index:
    """The index of a file.

    Attributes:
        name: the name of the file.
        identity: what it was when the index was made.
        positions: where it may be divided.
        algorithm: the name of the digest.
    """

    name: str
    identity: Identity
    positions: Positions
    algorithm: str | None

    def to_json(self) -> str:
        """The text of the index."""
        found = {
            "crowdarrow_index": _FORMAT,
            "version": __version__,
            "name": os.path.basename(self.name),  # noqa: PTH119 - it may be a URL
            "identity": self.identity._asdict(),
            "algorithm": self.algorithm,
            "positions": asdict(self.positions),
        }
        return json.dumps(found, separators=(",", ":")) + "\n"

    def check(self, path: str, name: str, options: ReadOptions) -> None:
        """Check that the index, which has a path, is for reading a file with these options.

        Raises:
            UsageError: it was made with others.
        """
        made_with = self.positions.max_record_bytes
        if made_with != options.max_record_bytes:
            msg = f"{path} was made with `max_record_bytes` {made_with}; give the same, or make a new one: {_how(name)}"
            raise UsageError(msg)
        separator = self.positions.separator
        if separator is not None and separator not in options.separators:
            msg = f"{path} was made with the separator {separator!r}; omit `separator`, or make a new one: {_how(name)}"
            raise UsageError(msg)


def path_of_index(file: str | os.PathLike[str]) -> str:
    """The path of a file's index."""
    return os.fspath(file) + SUFFIX


def write_index(
    file: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    force: bool = False,
    progress: Callable[[Progress], object] | None = None,
    options: ReadOptions | None = None,
) -> Index:
    """Write the index of a file, which is read once.

    Args:
        file: a path, or the URL of an object of a store.
        output: the path or URL of the index; by default that of the file with `.crowdarrow-index.json` after it.
        force: whether an index that exists is replaced.
        progress: called with the progress.
        options: how the file is read.

    Raises:
        UsageError: the file cannot be divided, or is one of a store and `output` was not given.
        OutputExistsError: the index exists, and `force` was not given.
        CrowdarrowError: the file cannot be read or is not an export, or the index cannot be written.
    """
    file = local_path(os.fspath(file))
    if output is None and is_url(file):
        msg = f"{file} is a URL; name a file for its index with `output`"
        raise UsageError(msg)
    options = options or ReadOptions(digest="blake3", block_bytes=BLOCK_BYTES)
    with SentFiles(force=force) as sent:
        path = os.fspath(sent.path(path_of_index(file) if output is None else output, "output"))
        check_distinct([path], [file])
        check_possible(path)
        check_absent(path, force=force)
        with output_errors(path), Staging(force=force) as staging:
            written = staging.add(path)
            found = make_index(file, options, progress=progress)
            written.write_text(found.to_json(), encoding="utf-8")
            staging.commit(then=sent.send)
    return found


def make_index(
    file: str | os.PathLike[str],
    options: ReadOptions,
    *,
    every: int = _EVERY,
    progress: Callable[[Progress], object] | None = None,
) -> Index:
    """The index of a file, with positions about `every` bytes apart.

    Raises:
        UsageError: the file cannot be divided.
        CrowdarrowError: it cannot be read, or is not an export.
    """
    opened = open_inputs(file, options)
    if len(opened.inputs) > 1 or opened.group.candidates[0].optional:
        msg = f"{file} is a folder or has several files; an index is of one file"
        raise UsageError(msg)
    ((one, source),) = ((part.inputs[0], part.sources[0]) for part in opened.group.parts)
    _check_divisible(one)
    origin = opened.group.candidates[0].origin
    identity = Identity.of(origin, one.stored.stamp)
    if identity.size is None:
        msg = f"{one.name} is not a file, and cannot be divided; save it to one"
        raise UsageError(msg)
    positions = find_positions(one, source, options, every, progress)
    return Index(one.name, identity, positions, options.digest_name)


def _check_divisible(one: OpenInput) -> None:
    if is_divisible(one):
        return
    what = "an archive" if one.stored.member is not None else f"compressed ({one.compression})"
    msg = f"{one.name} is {what}: only a plain file can be read in parts; unpack it, or convert it as it is"
    raise UsageError(msg)


def changed_error(path: str, name: str) -> DamagedInputError:
    """The error for a file that is another one than when its index was made."""
    msg = f"{name} changed after its index was made, or {path} is that of another file; make a new one: {_how(name)}"
    return DamagedInputError(msg)


def _how(name: str) -> str:
    return f"crowdarrow index {name} --force"


def read_index(path: str | os.PathLike[str]) -> Index:
    """The index at a path or URL.

    Raises:
        DamagedInputError: it is damaged.
        UsageError: it is of another version.
        InputError: it cannot be read.
    """
    place: str = os.fspath(local_path(path))
    name = shown_url(place)
    try:
        data = b"".join(StoreObject.at(place, "index").open()) if is_url(place) else Path(place).read_bytes()
    except FileNotFoundError:
        msg = f"there is no index {name}; `crowdarrow index FILE` makes one"
        raise InputNotFoundError(msg) from None
    except CrowdarrowError:
        raise
    except OSError as error:
        msg = f"cannot read {name}: {error.strerror}"
        raise InputError(msg) from error
    try:
        found = json.loads(data)
        index = Index(found["name"], Identity(**found["identity"]), _positions(found["positions"]), found["algorithm"])
        written_as = int(found["crowdarrow_index"])
    except (ValueError, TypeError, KeyError, RecursionError):
        msg = f"{name} is damaged, or no index of crowdarrow; `crowdarrow index FILE` makes one"
        raise DamagedInputError(msg) from None
    if written_as != _FORMAT:
        msg = f"{name} is an index of another version of crowdarrow; make a new one"
        raise UsageError(msg)
    return index


def _positions(found: dict[str, Any]) -> Positions:
    """The positions of an index. Members of wrong types raise various errors: the index is damaged."""
    header = found["header"]
    places: list[Position] = [_position(one) for one in found["found"]]
    end = _position(found["end"])
    in_order = [(0, 0, 0), *places, end]
    if any(not (one[0] < next_[0] and one[1] <= next_[1]) for one, next_ in pairwise(in_order)):
        raise ValueError
    known = {one.name: found[one.name] for one in fields(Positions)}
    return Positions(
        **known | {"header": None if header is None else tuple(map(str, header)), "found": tuple(places), "end": end}
    )


def _position(found: Any) -> Position:
    offset, line, records = map(int, found)
    return offset, line, records
