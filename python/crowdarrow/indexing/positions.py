"""Positions at which a file may be divided, found in one pass that decodes no record."""

from collections.abc import Callable
from dataclasses import dataclass

from crowdarrow._core import Checkpoints, CsvSource, JsonSource
from crowdarrow.read.inputs import OpenInput
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.output import Progress

BLOCK_BYTES = 1 << 20
"""Bytes of one block: nothing is decoded, and blocks that fit a core's cache are read faster."""
Position = tuple[int, int, int]
"""The byte, the line from 1, and the number of records before it."""


@dataclass(frozen=True)
class Positions:
    """Positions in a file, and what a reader needs to start at one.

    Attributes:
        header: the names of the columns; None for JSON.
        separator: the character between the fields; None for JSON.
        header_quoted: whether all names of the header are quoted.
        lines: whether the file is JSON Lines.
        max_record_bytes: the limit of a record: with another one, a damaged file may have other positions.
        every: the bytes between two positions, approximately.
        found: the positions, neither the beginning nor the end among them.
        end: the position of the end.
        size: the size of the file.
        digest: its digest, if the options ask for one.
    """

    header: tuple[str, ...] | None
    separator: str | None
    header_quoted: bool
    lines: bool
    max_record_bytes: int
    every: int
    found: tuple[Position, ...]
    end: Position
    size: int
    digest: str | None


def is_divisible(one: OpenInput) -> bool:
    """Whether a file can be read from any byte on: it is neither compressed nor an archive, and in UTF-8."""
    return one.compression is None and one.stored.member is None and one.text is one.stored


def find_positions(
    one: OpenInput,
    source: CsvSource | JsonSource,
    options: ReadOptions,
    every: int,
    progress: Callable[[Progress], object] | None = None,
) -> Positions:
    """Read a file that is open to its end, and find the first position at or after each multiple of `every` bytes.

    Raises:
        CrowdarrowError: it cannot be read, or changed meanwhile.
    """
    checkpoints = Checkpoints(source, every=every)
    found = []
    for position in checkpoints:
        found.append(position)
        if progress is not None:
            progress(Progress(one.bytes_read, one.stored.stored_size, position[2], position[2], 0))
    size, digest = checkpoints.finish()
    csv = source if isinstance(source, CsvSource) else None
    return Positions(
        header=None if csv is None else tuple(csv.header),
        separator=None if csv is None else csv.separator,
        header_quoted=csv is not None and csv.header_quoted,
        lines=checkpoints.lines,
        max_record_bytes=options.max_record_bytes,
        every=every,
        found=tuple(found),
        end=checkpoints.end,
        size=size,
        digest=digest,
    )
