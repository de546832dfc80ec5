"""Where a large file is divided: at positions that one pass finds, or at guesses that are checked afterwards."""

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from crowdarrow._core import CsvSource, JsonSource
from crowdarrow.errors import UsageError
from crowdarrow.indexing.cuts import exact_cuts, guessed_cuts
from crowdarrow.indexing.index import Identity, changed_error, path_of_index, read_index
from crowdarrow.indexing.positions import BLOCK_BYTES, Position, Positions, find_positions, is_divisible
from crowdarrow.options import shown
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.sniff import sniff
from crowdarrow.splitting.reading import START, SplitInput
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.urls import shown_url

Method: TypeAlias = Literal["exact", "probe"]

_WINDOW = 64 << 10
"""Bytes of a file's beginning that say in which form its JSON is."""
_MOST_APART, _POSITIONS = 4 << 20, 16
"""Bytes between two positions that one pass finds, at most, and positions for each split: these get even sizes."""
_BOM, _BLANK = b"\xef\xbb\xbf", b" \t\r\n"

Piece: TypeAlias = tuple[Position, int | None]
"""Where a split starts, and the byte where it ends; None for the end of the input."""


class Cutter:
    """Divides inputs.

    Args:
        target_bytes: the bytes of a split, approximately; smaller files are not divided.
        method: `exact` reads each large file once; `probe` reads a little at each border.
        index: paths or URLs of indices of the inputs, which `exact` takes instead of reading.
        options: how the inputs are read.

    Raises:
        UsageError: an index is given for `probe`.
        CrowdarrowError: an index cannot be read, or is damaged.
    """

    def __init__(
        self, target_bytes: int, method: Method, index: Sequence[str | os.PathLike[str]], options: ReadOptions
    ) -> None:
        if index and method == "probe":
            msg = "`index` needs `method` exact: with an index there is nothing to guess"
            raise UsageError(msg)
        self._target, self._method = target_bytes, method
        self._every = max(1, min(_MOST_APART, target_bytes // _POSITIONS))
        # After a position in a block, the rest of the block is scanned again.
        block = min(options.block_bytes, BLOCK_BYTES, max(self._every, _WINDOW))
        # One pass reads all bytes, and so finds the digest for the footers of files.
        self._options = replace(options, digest=options.digest or "blake3", block_bytes=block)
        self._given = {shown_url(os.fspath(path)): read_index(path) for path in index}
        self._indices: dict[SplitInput, list[str]] = {}

    def match(self, inputs: Iterable[SplitInput]) -> None:
        """Find the inputs that the indices are of, by size and time of change, which a file keeps when it is moved.

        Between inputs that have the same ones, the name decides, and then the folder. An index that could still be of
        several is not used.

        Raises:
            UsageError: an index is of none of the inputs.
            DamagedInputError: the input that has its name changed since.
        """
        by_identity: dict[Identity, list[SplitInput]] = {}
        names = {}
        for one in inputs if self._given else ():
            if one.candidate.member is None:
                by_identity.setdefault(Identity.of(one.candidate.origin, one.stamp), []).append(one)
                names[_name(one)] = one.candidate.name
        for path, index in self._given.items():
            found = by_identity.get(index.identity)
            if found is None:
                if index.name in names:
                    raise changed_error(path, names[index.name])
                msg = f"`index`: {path} is the index of a file that is not among the inputs"
                raise UsageError(msg)
            found = [one for one in found if _name(one) == index.name] or found
            if len(found) > 1:
                beside = os.path.abspath(path)  # noqa: PTH100 - links are not followed
                found = [one for one in found if path_of_index(_origin(one)) == beside]
            for one in found:
                self._indices.setdefault(one, []).append(path)

    def cut(self, one: SplitInput) -> tuple[SplitInput, list[Piece]]:
        """The pieces of an input, and the input with its digest, if that is known now."""
        index = self._index_of(one)
        if one.size is None or (one.size <= self._target and index is None):
            return one, [(START, None)]
        own = OpenInput(one.candidate.origin, one.candidate.name, member=one.candidate.member, options=self._options)
        is_ranged = not isinstance(one.candidate.origin, StoreObject) or one.candidate.origin.is_ranged
        if not is_divisible(own) or not is_ranged:
            return one, [(START, None)]
        source, _ = sniff(own, replace(self._options, kind=None) if one.candidate.optional else self._options)
        if self._method == "probe":
            return self._guessed(one, source)
        if index is not None:
            found = self._given[index]
            found.check(index, one.candidate.name, self._options)
            header = tuple(source.header) if isinstance(source, CsvSource) else None
            if found.positions.header != header:
                raise changed_error(index, one.candidate.name)
            return self._at(one, found.positions, found.algorithm)
        positions = find_positions(own, source, self._options, self._every)
        return self._at(one, positions, self._options.digest_name)

    def _index_of(self, one: SplitInput) -> str | None:
        """The path of an input's index; None if there is none, or if there are two that differ."""
        paths = self._indices.get(one, [])
        return paths[0] if len({self._given[path].positions for path in paths}) == 1 else None

    def _at(self, one: SplitInput, positions: Positions, algorithm: str | None) -> tuple[SplitInput, list[Piece]]:
        digest = (positions.digest, algorithm) if positions.digest and algorithm else None
        known = replace(one, header_quoted=positions.header_quoted, lines=positions.lines, digest=digest)
        return known, _pieces(exact_cuts(positions, self._target))

    def _guessed(self, one: SplitInput, source: CsvSource | JsonSource) -> tuple[SplitInput, list[Piece]]:
        csv = source if isinstance(source, CsvSource) else None
        read_range = functools.partial(_read, one.candidate.origin)
        head = read_range(0, _WINDOW).removeprefix(_BOM).lstrip(_BLANK)
        known = replace(one, header_quoted=csv is not None and csv.header_quoted, lines=head.startswith(b"{"))
        header, separator = (None, None) if csv is None else (tuple(csv.header), csv.separator)
        cuts = guessed_cuts(
            read_range, one.size or 0, self._target, header=header, separator=separator, lines=known.lines
        )
        return known, _pieces([(offset, 1, 0) for offset in cuts])


def _pieces(cuts: Sequence[Position]) -> list[Piece]:
    """The pieces between cuts."""
    return list(zip([START, *cuts], [*(cut[0] for cut in cuts), None], strict=True))


def indices(index: Any) -> list[str | os.PathLike[str]]:
    """The paths of indices, of which a caller gave one or several.

    Raises:
        UsageError: they are not paths.
    """
    if index is None:
        return []
    found = [index] if isinstance(index, str | os.PathLike) or not isinstance(index, Iterable) else list(index)
    if not all(isinstance(one, str | os.PathLike) for one in found):
        msg = f"`index` must be a path or a list of paths, not {shown(index)}"
        raise UsageError(msg)
    return found


def _read(origin: Any, offset: int, size: int) -> bytes:
    if isinstance(origin, StoreObject):
        return origin.read_range(offset, size)
    with Path(origin).open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _origin(one: SplitInput) -> str:
    origin = one.candidate.origin
    return origin.name if isinstance(origin, StoreObject) else os.fspath(origin)


def _name(one: SplitInput) -> str:
    return os.path.basename(_origin(one))  # noqa: PTH119 - it may be a URL
