"""Where a file is divided into parts of about the same size."""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from crowdarrow._core import probe_csv, probe_json
from crowdarrow.indexing.positions import Position, Positions

_WINDOW = 1 << 16
"""Bytes from which a position is guessed."""


def exact_cuts(positions: Positions, target_bytes: int) -> list[Position]:
    """The positions at which a file is divided into parts of about `target_bytes`: none if it is not larger.

    The positions should be much closer together than that, so that the parts are of even sizes.
    """
    cuts: list[Position] = []
    for border in _borders(positions.end[0], target_bytes):
        at = bisect_left(positions.found, (border, 0, 0))
        if at < len(positions.found) and positions.found[at] not in cuts[-1:]:
            cuts.append(positions.found[at])
    return cuts


def guessed_cuts(
    read_range: Callable[[int, int], bytes],
    size: int,
    target_bytes: int,
    *,
    header: tuple[str, ...] | None,
    separator: str | None,
    lines: bool,
) -> list[int]:
    """Guesses of such positions, from the bytes at each border; two parts are one if there is no good guess.

    A guess may be wrong. It is right if the part before it starts at a right one, and its reader stops at the guess.

    Args:
        read_range: gives the bytes from an offset, at most so many.
        size: the size of the file.
        target_bytes: the size of a part.
        header: the names of the columns; None for JSON.
        separator: the character between the fields; None for JSON.
        lines: whether the file is JSON Lines.
    """
    cuts: list[int] = []
    for border in _borders(size, target_bytes):
        window = read_range(border, _WINDOW)
        if header is None or separator is None:
            guess = probe_json(window, lines=lines)
        else:
            guess = probe_csv(window, width=len(header), separator=separator)
        if guess is not None and 0 < border + guess < size and border + guess not in cuts[-1:]:
            cuts.append(border + guess)
    return cuts


def _borders(size: int, target_bytes: int) -> Iterator[int]:
    """The bytes at which parts of equal sizes, at most `target_bytes`, would start, without the first."""
    parts = -(-size // max(1, target_bytes))
    return (number * size // parts for number in range(1, parts))
