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
from crowdarrow.indexing.index import Identity, Index, check_index, read_index
from crowdarrow.indexing.positions import Position, Positions, find_positions, is_divisible
from crowdarrow.options import shown
from crowdarrow.read.folders import Candidate
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.sniff import sniff
from crowdarrow.splitting.reading import START, SplitInput
from crowdarrow.stores.object import StoreObject

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
        index: paths of indices of the inputs, which `exact` takes instead of reading.
        options: how the inputs are read.

    Raises:
        UsageError: an index is given for `probe`.
        CrowdarrowError: an index cannot be read.
    """

    def __init__(
        self, target_bytes: int, method: Method, index: Sequence[str | os.PathLike[str]], options: ReadOptions
    ) -> None:
        if index and method == "probe":
            msg = "`index` goes with `method` exact: with an index there is nothing to guess"
            raise UsageError(msg)
        self._target, self._method = target_bytes, method
        # One pass reads all bytes, and so finds the digest for the footers of files.
        self._options = replace(options, digest=options.digest or "blake3")
        self._indices = [(path, read_index(path)) for path in index]

    @property
    def unused(self) -> list[str]:
        """Indices of files that are not among the inputs."""
        return [os.fspath(path) for path, _ in self._indices]

    def cut(self, one: SplitInput) -> tuple[SplitInput, list[Piece]]:
        """The pieces of an input, and what is known of it then."""
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
            path, found = index
            identity = Identity.of(one.candidate.origin, one.stamp)
            check_index(found, path, one.candidate.name, identity, self._options)
            return self._at(one, found.positions, found.algorithm)
        every = max(1, min(_MOST_APART, self._target // _POSITIONS))
        positions = find_positions(own, source, self._options, every)
        return self._at(one, positions, self._options.digest_name)

    def _index_of(self, one: SplitInput) -> tuple[str | os.PathLike[str], Index] | None:
        """The index of an input, with its path: of those of files of its name, the one that was made of it."""
        named = [index for index in self._indices if index[1].name == _name(one.candidate)]
        if not named:
            return None
        found = named[0]
        if len(named) > 1:
            identity = Identity.of(one.candidate.origin, one.stamp)
            found = next((index for index in named if index[1].identity == identity), found)
        self._indices.remove(found)
        return found

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
        UsageError: they are no paths.
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


def _name(candidate: Candidate) -> str:
    return os.path.basename(candidate.origin.name if isinstance(candidate.origin, StoreObject) else candidate.origin)  # noqa: PTH119 - it may be a URL
